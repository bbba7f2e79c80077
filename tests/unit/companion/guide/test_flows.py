"""The flows as they are, and the faults that their loader finds."""

import re
from collections.abc import Iterator

import pytest

from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS, FlowFault, GuideBook, check, flow_book
from functions.companion.guide.flows import FlowBook, FlowTexts, FlowWords

FLOWS = {
    "listen", "anxious", "panic", "anger", "grief", "loneliness", "sleepless", "shame", "conflict", "exam", "burnout",
    "good_day", "small_step", "worried", "app", "medical", "violence", "overload",
    "heartbreak", "job", "parent", "ill", "low", "first_aid", "threat", "voices", "self_harm", "baby", "eating",
}  # fmt: skip
LONGEST_WORDING = 3  # sentences
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
NEVER_SAID = re.compile(
    r"\bi (?:feel|understand|love|care)\b|\bi(?: a|')m (?:sorry|proud|happy|sad)\b|well done|great job"
    r"|disorder|depress|diagnos|trauma|therap|symptom"
    r"|ich (?:fühle|verstehe|liebe)|tut mir leid|bin stolz|gut gemacht|störung",
    re.IGNORECASE,
)
FOUR_CHOICES = {"choices": dict.fromkeys("abcd", "close"), "next": "close"}
LONG_PATH = {"begin": {"next": "s0"}, "s13": {}} | {f"s{n}": {"next": f"s{n + 1}"} for n in range(13)}


def wordings(part: object) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for value in part.values():
                yield from wordings(value)
        case list():
            for value in part:
                yield from wordings(value)
        case _:
            raise TypeError(part)


def test_every_flow_is_there() -> None:
    """With four more: the beginning of a talk, two for the time after danger, and one without questions."""
    assert set(flow_book().flows) == FLOWS | {"start", "safe", "near", "quiet"}


PROMISES = {
    "en": ("day and night", "around the clock", "24 hours", "always answer", "always there", "always somebody"),
    "de": ("tag und nacht", "rund um die uhr", "24 stunden", "immer jemand", "immer erreichbar", "immer da"),
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_promises_that_a_line_answers(language: str) -> None:
    """Lines have hours, and may be busy. The page of the companion itself is there at night."""
    said = [text.lower() for text in wordings(FLOW_TEXTS.texts(language).model_dump(mode="json"))]

    assert [text for text in said if any(promise in text for promise in PROMISES[language])] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_wording_is_short_and_asks_one_thing(language: str) -> None:
    """At most three sentences, and one question. A practice is as long as its text in the catalogue."""
    texts = FLOW_TEXTS.texts(language).model_dump(mode="json")
    said = [text for text in wordings(texts) if "{body}" not in text]

    assert [text for text in said if len(SENTENCE_END.findall(text)) > LONGEST_WORDING + text.count("“")] == []
    assert [text for text in said if text.count("?") > 1 + text.count("? Ja, nein") + text.count("? Yes, no")] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_end_asks_nothing(language: str) -> None:
    """The next message begins a new talk, which would not hear the answer."""
    texts = FLOW_TEXTS.texts(language)
    ends = [
        (flow, step) for flow in flow_book().flows for step, of in flow_book().steps(flow).items() if not of.targets
    ]

    assert [end for end in ends if "?" in " ".join(texts.step(*end))] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_guide_claims_no_feelings_and_makes_no_diagnosis(language: str) -> None:
    """It does not praise like a coach either."""
    assert [
        text for text in wordings(FLOW_TEXTS.texts(language).model_dump(mode="json")) if NEVER_SAID.search(text)
    ] == []


def changed(path: str, value: object, *, texts: bool = False) -> GuideBook:
    """The book with one change at a path. Without a value, what is there is removed."""
    document = (FLOW_TEXTS.texts("en") if texts else flow_book()).model_dump(mode="json", exclude_unset=True)
    place, keys = document, path.split("/")
    for key in keys[:-1]:
        place = place.setdefault(key, {})
    if value is None:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    flows = flow_book() if texts else FlowBook.model_validate(document)
    english = FlowTexts.model_validate(document) if texts else FLOW_TEXTS.texts("en")
    return GuideBook(flows, {"en": english, "de": FLOW_TEXTS.texts("de")}, FLOW_WORDS.by_code)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("flows/worried/steps/call", {"next": "nowhere"}, "worried.call: leads to nowhere, which is no step"),
        ("flows/panic/steps/begin", {"next": "close"}, "panic.breathe: nothing leads here"),
        ("flows/worried/steps/words", {"next": "words"}, "worried.words: leads to no end"),
        ("flows/worried/steps/close", {"next": "begin"}, "worried.begin: leads to no end"),
        ("flows/panic/uses", ["close", "more"], "panic: uses the unknown steps ['more']"),
        ("common/choose", {"choices": {"try": "practice", "tell": "third"}}, "needs next beside its choices"),
        ("flows/app/steps/begin", FOUR_CHOICES, "too many choices"),
        ("flows/envy", {}, "envy.begin: has no wording"),
        ("flows/anger/steps", LONG_PATH, "path of more"),
        ("light_hints", ["colour"], "hints.colour: light or minor, and no hint"),
    ],
)  # fmt: skip
def test_faulty_steps_are_found(path: str, value: object, fault: str) -> None:
    """Nothing is served from flows that have a dead end."""
    with pytest.raises(FlowFault, match=re.escape(fault)):
        check(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("flows/anger/begin", None, "en: anger.begin: has no wording"),
        ("flows/anger/fourth", ["A?", "B?"], "en: anger.fourth: is used by no step"),
        ("common/more", ["A?", "B?"], "en: common.more: is used by no step"),
        ("flows/anger/begin", ["Only one?"], "en: anger.begin: has too few wordings"),
        ("flows/anger/begin", ["Twice?", "Twice?"], "en: said in two places: Twice?"),
        ("leads/anger", None, "en: leads.anger: a lead without a use, or none"),
        ("hints/money", None, "en: hints.money: words without texts, or none"),
        ("hints/money/heard", ["Only one."], "en: hints.money.heard: has too few wordings"),
        ("people/boss", None, "en: people.boss: words without texts, or none"),
    ],
)
def test_faulty_texts_are_found(path: str, value: object, fault: str) -> None:
    """Each step has wordings, and each wording a step."""
    with pytest.raises(FlowFault, match=re.escape(fault)):
        check(changed(path, value, texts=True))


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ({"groups": {}}, "en: groups.chest: words without a use, or none"),
        ({"signs": {}}, "en: signs.acute: words without a use, or none"),
        ({"topics": {}}, "en: topics.anger: words without a use, or none"),
    ],
)
def test_faulty_words_are_found(part: dict[str, object], fault: str) -> None:
    """Each sign has its words, and each step that a sign leads to has one."""
    search = FLOW_WORDS.texts("en").search.model_copy(update=part)
    words = {**FLOW_WORDS.by_code, "en": FlowWords(search=search)}

    with pytest.raises(FlowFault, match=re.escape(fault)):
        check(GuideBook(flow_book(), FLOW_TEXTS.by_code, words))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_talk_that_ends_late_does_not_say_so_twice(language: str) -> None:
    """What is said before an end has no four words in a row that the end has, too."""
    texts = FLOW_TEXTS.texts(language)
    ends = [said for flow in flow_book().flows if flow != "start" for said in texts.step(flow, "close")]
    late = {words for said in texts.remarks.late for words in four_words(said)}

    assert [said for said in ends if late.intersection(four_words(said))] == []


def four_words(text: str) -> list[str]:
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[start : start + 4]) for start in range(len(words) - 3)]


def test_a_language_needs_texts_and_words() -> None:
    """A guide that speaks a language also reads it."""
    book = GuideBook(flow_book(), FLOW_TEXTS.by_code, {"en": FLOW_WORDS.texts("en")})

    with pytest.raises(FlowFault, match="de: has texts or words, and not both"):
        check(book)
