"""The state machine of danger: its table, and the texts of its states."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from functions.companion.danger.texts import DANGER_TEXTS, DangerTexts
from functions.companion.rules.danger_phrases import barrier_names
from functions.companion.rules.danger_states import (
    ASKS_SAFETY,
    CHECKED,
    FIRST_RECORD,
    HELD,
    HELD_STATES,
    HINT_ASKED,
    LASTS,
    LISTENED,
    OTHERS,
    OTHERS_ASKED,
    POISONED,
    START,
    WONDERED,
    WORRIED,
    DangerRecord,
    Heard,
    Nearness,
    current_state,
    is_asking,
    machine,
    nearness,
    next_state,
)
from shared.safety import support_for

STATES = machine().states
ASKING = (
    "asked",
    "asked_again",
    "asked_now",
    "others_asked",
    "guided",
    "offered",
    "means",
    "means_again",
    "hurt",
    *sorted(HELD_STATES),
)  # in which no model replies
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
LANGUAGES = sorted(DANGER_TEXTS.by_code)


@pytest.mark.parametrize("state", STATES)
def test_whatever_is_said_of_danger_is_answered(state: str) -> None:
    """In every state. Immediate danger always leads to the emergency number."""
    assert next_state(state, "immediate") in HELD_STATES
    assert next_state(state, "said") is not None
    assert next_state(state, "explicit") is not None


@pytest.mark.parametrize("state", ASKING)
def test_an_open_question_is_never_dropped(state: str) -> None:
    """Whatever the person answers, the machine goes on, in a state that there is."""
    following = {heard: next_state(state, heard) for heard in get_args(Heard)}

    assert set(following.values()) <= STATES.keys() - {START}


def test_a_question_is_open_where_a_yes_answers_it() -> None:
    """In all others, a message that begins with yes is one like any other."""
    assert {state for state in STATES if is_asking(state)} == {*ASKING, CHECKED, HINT_ASKED}


def test_only_a_person_who_says_that_they_are_safe_leaves_the_held_state() -> None:
    """All else stays in it. Who has taken something is asked whether a doctor has said so."""
    assert {heard for heard in get_args(Heard) if next_state(HELD, heard) not in HELD_STATES} == {"safe", "assured"}
    assert {heard for heard in get_args(Heard) if next_state(POISONED, heard) != POISONED} == {"assured"}


def test_every_conversation_comes_to_rest() -> None:
    """Who answers no danger any more is asked at most twice and guided at most once."""
    for first in ("asked", "guided"):
        for heard in ("yes", "no", "unclear"):
            state, steps = first, 0
            while (following := next_state(state, heard)) is not None:
                state, steps = following, steps + 1

            assert steps <= 4


def test_what_was_said_is_not_asked() -> None:
    """Who has named suicide is guided at once, others are asked."""
    assert (next_state(START, "said"), next_state(START, "explicit")) == ("guided", "asked")


def test_what_only_the_score_has_found_is_asked_about_once() -> None:
    """Who answers something else goes on as usual. A further finding is asked about."""
    assert next_state(START, "suspected") == CHECKED
    assert next_state(CHECKED, "unclear") is None
    assert next_state(CHECKED, "hinted") is None
    assert next_state(CHECKED, "suspected") == next_state(CHECKED, "indirect") == "asked_again"
    assert (next_state(CHECKED, "yes"), next_state(CHECKED, "no")) == ("guided", "accepted")


def test_who_is_worn_out_is_asked_once_and_listened_to() -> None:
    """What is evasive is asked again, and further words of danger are followed as elsewhere."""
    assert next_state(START, "worn_out") == HINT_ASKED
    assert next_state(HINT_ASKED, "another_topic") == LISTENED
    assert next_state(HINT_ASKED, "unclear") == next_state(HINT_ASKED, "hinted") == "asked_again"
    assert (next_state(HINT_ASKED, "yes"), next_state(HINT_ASKED, "no")) == ("guided", "accepted")
    assert next_state(LISTENED, "unclear") is None
    assert next_state(LISTENED, "indirect") == "asked_again"


def test_a_state_of_another_version_is_the_start() -> None:
    """A text or a state that was taken away does not stop a conversation that stands in it."""
    assert next_state("a state of long ago", "explicit") == next_state(START, "explicit")


@pytest.mark.parametrize(
    ("state", "after_a_day"), [("asked", START), ("guided", START), (HELD, HELD), (POISONED, POISONED)]
)
def test_a_question_is_over_after_a_day(state: str, after_a_day: str) -> None:
    """Immediate danger is not."""
    record = DangerRecord(version="1", state=state, text=state, shown={})

    assert current_state(record, NOON, NOON + LASTS) == state
    assert current_state(record, NOON, NOON + LASTS + timedelta(seconds=1)) == after_a_day


def test_a_record_counts_its_texts() -> None:
    """The count goes on over states."""
    record = FIRST_RECORD.after("guided", "guided").after("eased", "eased_words").after("guided", "guided")

    assert record.state == "guided"
    assert record.shown == {"guided": 2, "eased_words": 1}
    assert (record.text, record.times_shown) == ("guided", 2)
    assert record.version == machine().version


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_speaks_of_a_joke(language: str) -> None:
    """Who takes words back may never have joked."""
    wordings = DANGER_TEXTS.by_code[language].wordings

    texts = [wording.message for name in ("accepted", "accepted_back") for wording in wordings[name]]
    assert not any("joke" in text or "Witz" in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_texts(language: str) -> None:
    """Several wordings each, so that none comes twice in a row. Violence is answered by the text of its support."""
    names = {
        name
        for name in STATES
        if name not in {START, WONDERED, CHECKED, HINT_ASKED, LISTENED, OTHERS, OTHERS_ASKED, WORRIED, "eased"}
    } | {
        "eased_other",
        "lines",
    }
    names |= {
        "held_help",
        "held_lines",
        "held_yes",
        "held_no",
        "asked_later",
        "means_gun",
        "accepted_back",
    } | ASKS_SAFETY
    names |= {f"eased_{barrier}" for barrier in (*barrier_names(), "company", "loss")}
    texts = DANGER_TEXTS.by_code[language]

    assert texts.wordings.keys() == names
    assert all(len(set(wordings)) == len(wordings) >= 2 for wordings in texts.wordings.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["asked", "guided", "offered", HELD, POISONED, "held_help", "held_later"])
def test_it_says_that_nobody_reads_along(language: str, name: str) -> None:
    """In every wording of a text that asks or guides."""
    wordings = DANGER_TEXTS.by_code[language].wordings[name]

    assert all(any(words in wording.message.lower() for words in NOTHING_SEEN[language]) for wording in wordings)


NOTHING_SEEN = {"en": ("nobody reads along", "nobody sees this"), "de": ("niemand liest", "liest hier niemand",
                "liest niemand", "niemand mitliest", "niemand sieht")}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["guided", "offered"])
def test_one_line_is_named_first(language: str, name: str) -> None:
    """Before somebody trusted and professional care; the emergency number comes last, for the case of need."""
    for wording in DANGER_TEXTS.by_code[language].wordings[name]:
        assert 0 < wording.message.index("{line}") < wording.message.index("{plan}")
        assert wording.message.index("{plan}") < wording.message.index("{emergency_number}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_emergency_number_comes_first_in_immediate_danger(language: str) -> None:
    """Within the first sentences, before anything else to do."""
    wordings = DANGER_TEXTS.by_code[language].wordings
    for name in (HELD, POISONED, "held_lines", "held_yes", "held_no"):
        assert all(wording.message.index("{emergency_number}") < 130 for wording in wordings[name])
        assert all(SAFE_WORDS[language] in wording.message for wording in wordings[name])


SAFE_WORDS = {"en": ": I am safe.", "de": ": Ich bin in Sicherheit."}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_promises_that_a_line_answers(language: str) -> None:
    """Lines have hours, and may be busy."""
    texts = DANGER_TEXTS.by_code[language].model_dump_json().lower()
    promises = ("day and night", "around the clock", "24 hours", "at any hour", "always there", "always answer",
                "there for you", "{line} is there", "tag und nacht", "rund um die uhr", "24 stunden", "immer jemand",
                "für dich da", "{line} da")  # fmt: skip

    assert [promise for promise in promises if promise in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["hours", "parted"])
def test_after_danger_the_next_hours_are_spoken_of(language: str, name: str) -> None:
    """With the number for danger and a line, and with distance from what could hurt."""
    for wording in DANGER_TEXTS.by_code[language].wordings[name]:
        assert "{emergency_number}" in wording.message
        assert "{line}" in wording.message
        assert (wording.question is None) == (name == "parted")


@pytest.mark.parametrize("state", ["eased", "safe", "hours", "parted"])
def test_another_barrier_is_made_smaller_too(state: str) -> None:
    """However many there are."""
    assert next_state(state, "barrier") == "eased"
    assert next_state(state, "hours") == "hours"


@pytest.mark.parametrize(
    ("state", "minutes", "is_last", "eased", "near"),
    [
        ("eased", 1, True, 1, "barriers"),
        ("safe", 1, True, 1, "open"),
        ("eased", 1, False, 1, "lately"),
        ("eased", 1, True, 4, "lately"),
        ("safe", 119, False, 0, "lately"),
        ("safe", 121, True, 0, None),
        ("asked", 1, True, 0, None),
        (HELD, 1, True, 0, None),
        (START, 1, True, 0, None),
    ],
)
def test_a_talk_about_danger_is_near_for_a_while(
    state: str, minutes: int, *, is_last: bool, eased: int, near: Nearness | None
) -> None:
    """Right after it, one word counts; later on, only what is said plainly; after two hours, nothing."""
    record = DangerRecord(version="1", state=state, text=state, shown={"eased_voice": eased, "guided": 9})

    assert nearness(record, state, timedelta(minutes=minutes), is_last=is_last) == near


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_promises_secrecy(language: str) -> None:
    """Nobody reads along, but the machine is no place to keep a danger secret."""
    texts = DANGER_TEXTS.by_code[language].model_dump_json().lower()
    promises = ("i tell nobody", "i will not tell", "i won't tell", "stays here", "between us", "ich sage es niemand",
                "ich verrate", "bleibt hier", "unter uns")  # fmt: skip

    assert [promise for promise in promises if promise in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_demands_a_promise(language: str) -> None:
    """Nor does one say the words that hurt."""
    texts = DANGER_TEXTS.by_code[language].model_dump_json().lower()

    assert not [
        word for word in ("promise me that", "commit suicide", "contract", "versprich", "selbstmord") if word in texts
    ]


def shown(texts: DangerTexts, *, safety_plan: bool) -> str:
    support = support_for("explicit_ideation", 0, "GB", "en", safety_plan=safety_plan)
    return texts.in_place_of(support, "guided", 0).message


def test_the_safety_plan_is_pointed_to_or_offered_for_later() -> None:
    """By whether there is one. The first line for a crisis is named with its number."""
    texts = DANGER_TEXTS.by_code["en"]

    assert texts.plan_there in shown(texts, safety_plan=True)
    assert texts.plan_later in shown(texts, safety_plan=False)
    assert "Samaritans (116 123)" in shown(texts, safety_plan=False)
