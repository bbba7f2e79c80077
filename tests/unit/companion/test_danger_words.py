"""What people answer when they are asked about danger."""

import pytest

from functions.companion.rules.danger_states import Heard
from functions.companion.rules.danger_words import hear, names_suicide, text_name
from shared.safety import Grade

IN_CONTEXT: dict[Heard, list[str]] = {
    "means_near": [
        "I took them out of the drawer, they're on the table", "The pills are right here", "I won't give them away",
        "no i'm not going to put them away", "Sie liegen auf dem Tisch", "Die Tabletten liegen vor mir",
    ],
    "means": [
        "I already have the tablets at home though", "I've got a gun", "i kept all my old pills",
        "Ich habe noch Tabletten zu Hause", "hab ein Messer im Zimmer",
    ],
    "explicit": [
        "I mean I did take some pills last year. But that was then", "I took an overdose in 2020",
        "Ich habe es letztes Jahr schon mal versucht",
    ],
    "indirect": ["i'll be gone too", "Everyone is better off without me", "dann bin ich eh nicht mehr da"],
    "unclear": [
        "Dinner is on the table for the kids", "I have no pills", "i take my pills every morning",
        "I gave the pills to my sister", "I put them away", "It was on the table for months", "I'll be fine",
        "ich habe die Tabletten weggeräumt",
    ],
}  # fmt: skip
LINES = [
    "what are the numbers again", "is there someone i can text instead of call", "can you give me a helpline?",
    "do you know a hotline", "wie war nochmal die nummer?", "Wo kann ich anrufen?",
    "Gibt es jemanden, dem ich schreiben kann?",
]  # fmt: skip

YES = [
    "yes", "Yeah...", "Honestly? Yeah", "I guess so", "Yes I do", "I am.", "Sometimes.", "kind of", "not yet", "y",
    "i think about it every day", "I\u2019ve thought about it", "Yes but not today", "yes, for years now",
    "Ja", "Ja schon", "hmm... manchmal", "ich denke oft daran", "noch nicht", "leider ja", "ab und zu",
]  # fmt: skip
NO = [
    "no", "nope, never", "No I don't", "of course not!!",
    "I'm not going to do anything", "i would never do that to my kids", "Nein.", "Nein, natürlich nicht", "Nee Quatsch",
    "Nein. Ich bin einfach müde.",
]  # fmt: skip
TAKEN_BACK = [
    "lol no just kidding", "that's not what I meant", "No, it was a joke", "I didn't mean it like that",
    "bro its a joke. everyone says kms. im fine", "Das ist doch nur ein Witz",
    "so habe ich das nicht gemeint", "Nein, so meinte ich das nicht", "Das war nicht so gemeint", "War nur ein Witz",
]  # fmt: skip
UNCLEAR = [
    "what?", "I don't know", "not really", "no but i do think about it", "No one would miss me", "no idea", "No point",
    "I wish i could say no", "F off", "Are you a bot?", "no, maybe", "Not today", "My sister said no",
    "Never felt worse", "no energy left", "",
    "Keine Ahnung", "Jein", "Nein, aber manchmal schon", "nicht wirklich", "Kein Grund mehr", "Was soll das?", "...",
]  # fmt: skip
YES_NOW = ["Yes. Tonight.", "yes right now", "ja, heute abend", "Ja, jetzt", "yes, I have it in front of me"]


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        *((text, "yes") for text in YES),
        *((text, "no") for text in NO),
        *((text, "taken_back") for text in TAKEN_BACK),
        *((text, "unclear") for text in UNCLEAR),
        *((text, "yes_now") for text in YES_NOW),
    ],
)
def test_an_answer_is_understood(answer: str, heard: Heard) -> None:
    """A no with a doubt is none, and a yes with a time that is near is more than a yes."""
    assert hear(answer, None) == heard
    assert hear(answer.upper(), None) == heard


@pytest.mark.parametrize("text", ["yes, tonight", "no", "Nein, war ein Witz"])
def test_without_a_question_nothing_is_an_answer(text: str) -> None:
    """A message that begins with yes may still hint."""
    assert hear(text, None, asked=False) == "unclear"
    assert hear(text, "indirect", asked=False) == "indirect"


@pytest.mark.parametrize(("heard", "text"), [(heard, text) for heard, texts in IN_CONTEXT.items() for text in texts])
def test_words_count_more_where_danger_was_spoken_of(heard: Heard, text: str) -> None:
    """What is within reach, an attempt and hints are harmless words elsewhere."""
    assert hear(text, None, in_danger=True) == heard
    assert hear(text, None) in {"unclear", "no"}


def test_what_is_within_reach_comes_before_the_score() -> None:
    """Because it is answered by distance."""
    assert hear("I have the pills at home", "explicit", scored=True, in_danger=True) == "means"
    assert hear("I have the pills at home", "explicit", scored=True) == "suspected"


@pytest.mark.parametrize("text", LINES)
def test_who_asks_for_help_lines_is_understood(text: str) -> None:
    """Also where the score takes it for a hint. Words that a pattern finds come first."""
    assert hear(text, "indirect", scored=True, asked=False) == "lines"
    assert hear(text, None) == "lines"
    assert hear(text, "explicit") == "explicit"


def test_help_lines_are_listed_unless_danger_is_immediate() -> None:
    """Then the emergency number comes first, as in every reply."""
    assert text_name("accepted", "what are the numbers", "lines") == "lines"
    assert text_name("held", "what are the numbers", "lines") == "held"


@pytest.mark.parametrize("text", ["no", "Nein", "I am safe", "I am fine"])
@pytest.mark.parametrize(
    ("grade", "heard"),
    [
        ("immediate", "immediate"), ("explicit", "explicit"), ("danger_from_others", "danger_from_others"),
    ],
)  # fmt: skip
def test_what_the_gate_finds_comes_first(text: str, grade: Grade, heard: Heard) -> None:
    """No answer lowers it."""
    assert hear(text, grade) == heard


@pytest.mark.parametrize(("grade", "heard"), [("explicit", "suspected"), ("indirect", "unclear")])
@pytest.mark.parametrize("text", ["No. I didn't mean it like that", "Nein, natürlich nicht"])
def test_a_message_that_only_denies_outweighs_the_score(text: str, grade: Grade, heard: Heard) -> None:
    """But not what a pattern has found, and not with anything else in the message."""
    assert hear(text, grade, scored=True) in {"no", "taken_back"}
    assert hear(text, grade) == grade
    assert hear(f"{text}. The letters are on the table", grade, scored=True) == heard
    assert hear("No, I'm not going to be here tomorrow", grade, scored=True) == heard
    assert hear("No pain after that", grade, scored=True) == heard


def test_a_score_alone_does_not_look_for_denials() -> None:
    """So they are looked for, where suicide is named."""
    assert names_suicide("I would never kill myself")
    assert not names_suicide("I would never kill myself", scored=True)
    assert names_suicide("ich bring mich um", scored=True)


def test_a_hint_makes_a_no_unclear() -> None:
    """But not a yes."""
    assert hear("no", "indirect") == "indirect"
    assert hear("yes", "indirect") == "yes"


@pytest.mark.parametrize(
    "text", ["I want to kill myself", "I'd end my life", "thinking of suicide", "ich will mich umbringen"]
)
def test_who_names_suicide_has_said_it(text: str) -> None:
    """A wish to die does not name it."""
    assert names_suicide(text)
    assert not names_suicide("I want to die")
    assert not names_suicide("Ich will sterben")
    assert not names_suicide("so you are the suicide bot")


def test_who_has_said_it_is_heard_so() -> None:
    """Others are asked."""
    assert hear("I want to kill myself", "explicit", said=True) == "said"
    assert hear("ich bring mich um", "indirect", said=True, scored=True) == "said"
    assert hear("I want to die", "explicit") == "explicit"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ok i'll try", "eased_going"),
        ("ich rufe jetzt an", "eased_going"),
        ("I won't call", "eased_other"),
        ("I'd lose my job if they find out", "eased_consequences"),
        ("Die Polizei kommt dann", "eased_consequences"),
        ("they hung up on me last time", "eased_tried"),
        ("I have no one", "eased_alone"),
        ("andere haben es schlimmer", "eased_burden"),
        ("I can't talk on the phone", "eased_voice"),
        ("ich kann nicht telefonieren", "eased_voice"),
        ("I don't know what to say", "eased_words"),
        ("ich weiß nicht was ich sagen soll", "eased_words"),
        ("because", "eased_other"),
    ],
)
def test_the_barrier_that_is_named_is_made_smaller(text: str, name: str) -> None:
    """A word for it is enough."""
    assert text_name("eased", text) == name


@pytest.mark.parametrize(
    "text", ["My sister is here", "The ambulance is on its way", "I called 911", "Der Notarzt kommt"]
)
def test_who_has_help_is_not_told_to_call_again(text: str) -> None:
    """They are told to stay with those who are there."""
    assert text_name("held", text) == "held_help"


@pytest.mark.parametrize("text", ["nobody is coming", "are you there?", "es ist niemand da", "If she is here?"])
def test_who_has_no_help_is_told_to_call(text: str) -> None:
    """A negation or a condition is no help."""
    assert text_name("held", text) == "held"


@pytest.mark.parametrize(
    "text", ["yes " * 5_000, "no, " * 5_000, "i mean " * 5_000, "ok ich ruf an " * 2_000, "' " * 9_000]
)
def test_hostile_texts_are_read_too(text: str) -> None:
    """Only their beginning is read, so that no pattern takes long."""
    assert hear(text, None) in {"yes", "no", "unclear"}
    assert text_name("eased", text) in {"eased_other", "eased_going"}
