"""The guide and danger that no question may delay: of somebody else, at home, of an emergency, of too much."""

import pytest

from functions.companion.guide.book import FLOW_TEXTS, flow_book
from functions.companion.guide.flows import GuideState
from functions.companion.guide.replies import next_move

CONCERN = {"guide": "worried-about-someone", "grade": "worth_asking"}
VIOLENCE = {"guide": None, "grade": "danger_from_others"}


def at(flow: str, step: str, turn: int = 3) -> GuideState:
    return GuideState(version=flow_book().version, flow=flow, step=step, turn=turn)


def place(state: GuideState | None, text: str, language: str = "en") -> tuple[str, str]:
    move = next_move(state, text, language)
    return move.state.flow, move.state.step


ACUTE = {
    "en": [
        "he just texted me goodbye", "she wrote a suicide note", "hes not picking up", "his phone is off",
        "she has a gun", "he is on the bridge", "what if he already did it", "should I call someone?",
    ],
    "de": [
        "er hat grad geschrieben: leb wohl", "sie hat sich von allen verabschiedet und geschrieben, danke",
        "er geht nicht ran", "sie hat ein messer", "er steht auf dem Dach", "was wenn er es schon gemacht hat",
        "soll ich den Notruf rufen?", "ich weiß nicht wo sie ist",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in ACUTE.items() for text in texts])
@pytest.mark.parametrize("step", ["begin", "noticed", "yourself", "close"])
def test_an_urgent_sign_of_another_leads_to_the_emergency_number(language: str, text: str, step: str) -> None:
    """In a talk about somebody else's danger, wherever it stands, also at its end. It is no goodbye of the person."""
    assert place(at("worried", step, 14), text, language) == ("worried", "call")
    assert all("{emergency_number}" in said for said in FLOW_TEXTS.texts(language).step("worried", "call"))


@pytest.mark.parametrize(
    ("language", "text", "step"),
    [
        ("en", "ok im calling 999", "calling"),
        ("de", "ich ruf jetzt die 112 an", "calling"),
        ("en", "should i tell his mum?", "tell"),
        ("en", "he said dont tell anyone", "tell"),
        ("en", "i swore to keep it secret", "tell"),
        ("de", "ich hab versprochen nichts zu sagen", "tell"),
        ("de", "soll ichs ihrer Mama sagen?", "tell"),
        ("en", "what should i do", "help"),
        ("de", "was soll ich denn machen", "help"),
        ("en", "he hardly eats and stays in bed", "words"),
    ],
)
def test_a_question_about_another_has_a_clear_answer(language: str, text: str, step: str) -> None:
    """A life counts more than a secret. What is no sign is an answer."""
    assert place(at("worried", "noticed"), text, language) == ("worried", step)


def test_what_the_gate_finds_makes_the_topic() -> None:
    """Whatever the words are, and in the middle of another topic. What is more urgent goes first."""
    anger = at("anger", "second")

    assert next_move(None, "he is going to", "en", support=CONCERN).state.flow == "worried"
    assert next_move(anger, "he is going to", "en", support=CONCERN).state.flow == "worried"
    assert next_move(anger, "it happened again", "en", support=VIOLENCE).state.flow == "violence"
    assert next_move(anger, "my chest hurts so much", "en", support=VIOLENCE).state.flow == "medical"


def test_a_goodbye_that_is_told_ends_no_talk() -> None:
    """Only the person's own does."""
    assert place(at("anger", "second"), "she just said bye") == ("anger", "choose")
    assert place(at("anger", "second"), "ok bye") == ("start", "farewell")


@pytest.mark.parametrize(
    ("language", "texts", "steps"),
    [
        (
            "en",
            ["someone at home hits me", "my stepdad does", "hes home now", "dont call anyone pls", "yes im safe"],
            ["begin", "away", "away", "secret", "people"],
        ),
        (
            "de",
            ["mein Stiefvater schlägt mich", "nein", "er ist wieder da", "bitte ruf niemanden an", "bin in Sicherheit"],
            ["begin", "away", "away", "secret", "people"],
        ),
    ],
)
def test_violence_at_home_is_answered_by_safety(language: str, texts: list[str], steps: list[str]) -> None:
    """No reply asks about feelings, and each is asked for nothing but safety and people."""
    state, places = None, []
    for text in texts:
        state = next_move(state, text, language).state
        places.append((state.flow, state.step))

    assert places == [("violence", step) for step in steps]


def test_a_talk_comes_back_to_violence_until_the_person_leaves_it() -> None:
    """Also after its end, after a passage of the help, and after a text of the danger machine."""
    ended = at("violence", "close").model_copy(update={"home": "violence"})
    quoted = at("app", "article").model_copy(update={"home": "violence"})
    left = next_move(ended, "can we talk about something else", "en").state

    assert place(ended, "i am so tired of all of it") == ("violence", "still")
    assert place(quoted, "i am so tired of all of it") == ("violence", "still")
    assert next_move(None, "my stepdad", "en", "others").state.flow == "violence"
    assert place(ended, "bye") == ("violence", "close")
    assert place(left, "my exam is tomorrow") == ("exam", "begin")


EMERGENCIES = {
    "en": [
        "my chest hurts and i cant breathe", "pain in my left arm", "is it a heart attack??", "I think it's a stroke",
        "one side of my face is numb", "my speech is slurred", "I took too much of my medicine",
        "my throat is swelling",
    ],
    "de": [
        "meine Brust tut weh und ich krieg keine Luft", "stechen im linken Arm", "ist das ein Herzinfarkt?",
        "mein Mundwinkel hängt", "ich kann nicht mehr richtig sprechen", "hab zu viele Tabletten genommen",
    ],
}  # fmt: skip
NO_EMERGENCIES = {
    "en": [
        "my heart hurts since he left", "my grandpa died of a heart attack", "no pain in my chest, just tired",
        "should I take more melatonin?", "I almost had a heart attack when she shouted", "I have too much to do",
    ],
    "de": ["mir tut das Herz weh seit er weg ist", "Opa ist an einem Schlaganfall gestorben", "das tut mir so weh"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in EMERGENCIES.items() for text in texts])
@pytest.mark.parametrize("state", [None, at("panic", "look"), at("near", "begin"), at("anger", "choose", 14)])
def test_an_emergency_gets_the_number_first(language: str, text: str, state: GuideState | None) -> None:
    """In any talk, and in panic as well. A script cannot judge it, and says nothing else."""
    move = next_move(state, text, language)

    assert (move.state.flow, move.state.step, move.remark) == ("medical", "begin", None)
    assert all("{emergency_number}" in said for said in FLOW_TEXTS.texts(language).step("medical", "begin"))


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in NO_EMERGENCIES.items() for text in texts]
)
def test_what_is_no_emergency_is_not_taken_for_one(language: str, text: str) -> None:
    """What is denied, long ago or a figure of speech."""
    assert place(None, text, language)[0] != "medical"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich hab Angst dass ich ihnen mal weh tue"),
        ("de", "ich könnte mein Kind manchmal schütteln"),
        ("en", "I'm scared I might hurt my kids"),
        ("en", "sometimes I almost slap my daughter"),
    ],
)
def test_who_fears_to_hurt_a_child_gets_relief_and_help(language: str, text: str) -> None:
    """Not the questions of worry."""
    assert place(None, text, language) == ("overload", "begin")


def test_feelings_that_may_be_hurt_are_another_thing() -> None:
    """Nobody is told to leave the room for them."""
    assert place(None, "I'm scared that I will hurt her feelings") == ("anxious", "begin")
