"""Talks about what is grave: each has a flow of its own, answers what people ask in it, and leads to people."""

from collections.abc import Mapping

import pytest

from functions.companion.guide.book import FLOW_TEXTS, flow_book
from functions.companion.guide.flows import GuideState
from functions.companion.guide.replies import next_move

GRAVE = ("first_aid", "threat", "voices", "self_harm", "baby", "eating", "violence")
VIOLENCE = {"guide": None, "grade": "danger_from_others"}
CONCERN = {"guide": "worried-about-someone", "grade": "worth_asking"}


def places(language: str, *texts: str, support: Mapping[str, str | None] | None = None) -> list[str]:
    """Where each message of a talk leads. `support` is what the safety gate has found for the first."""
    state, found = None, []
    for number, text in enumerate(texts):
        state = next_move(state, text, language, support=None if number else support).state
        found.append(f"{state.flow}.{state.step}")
    return found


OPENINGS = {
    "eating": [
        ("en", "i havent eaten in 3 days and im proud of it"),
        ("en", "I threw up after dinner again like every night"),
        ("en", "i weigh 38 kilos"),
        ("de", "hab seit 3 tagen nix gegessen und bin stolz"),
        ("de", "GESTERN HAB ICH NACH DEM ESSEN GEKOTZT, WIE IMMER"),
        ("de", "gib mir bitte tipps wie ich den hunger nicht spüre"),
    ],
    "first_aid": [
        ("en", "my friend took a bunch of pills"),
        ("en", "he is not breathing"),
        ("en", "my mate is breathing weird and i cant wake him"),
        ("de", "mein freund wacht nicht mehr auf"),
        ("de", "mein kumpel hat sich was reingezogen und wacht nicht auf"),
        ("de", "sie atmet nicht mehr"),
        ("de", "i kriag eam net wach"),
    ],
    "threat": [
        ("en", "i want to kill my boss"),
        ("en", "i have a knife in my bag"),
        ("de", "ich könnte meinen chef umbringen echt jetzt"),
        ("de", "ich hab ein messer dabei"),
    ],
    "voices": [
        ("en", "i hear voices"),
        ("en", "they put a chip in my tooth"),
        ("en", "I haven't slept in 5 days. Never felt better!"),
        ("de", "ICH HAB SEIT 4 TAGEN NICHT GESCHLAFEN UND MIR GEHT ES SO GUT WIE NOCH NIE"),
        ("de", "ich hab den code verstanden, die zahlen im radio sind für mich"),
    ],
    "baby": [
        ("en", "i keep getting images of hurting my baby and i hate it"),
        ("en", "my baby would be better off with a different mum"),
        ("de", "ich hab angst dass ich meinem baby was antue"),
    ],
    "self_harm": [("en", "i cut myself sometimes"), ("de", "ich ritz mich manchmal")],
}


@pytest.mark.parametrize(
    ("flow", "language", "text"), [(flow, *opening) for flow, openings in OPENINGS.items() for opening in openings]
)
@pytest.mark.parametrize("before", [None, "anger", "good_day"])
def test_what_is_grave_goes_before_what_is_light(flow: str, language: str, text: str, before: str | None) -> None:
    """Whatever other words stand beside it, at the beginning and in the middle of another topic."""
    state = GuideState(version=flow_book().version, flow=before, step="second", turn=3) if before else None

    assert next_move(state, text, language).state.flow == flow


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "i could kill my boss lol"),
        ("en", "i don't want to kill anyone"),
        ("en", "i would never hurt my baby"),
        ("en", "i don't hear voices"),
        ("en", "my son wont wake up for school"),
        ("en", "i cut myself shaving"),
        ("en", "i cut myself off from my friends"),
        ("en", "my boss was dying laughing, best presentation ever"),
        ("en", "my gf says im gonna be the death of her lol"),
        ("en", "i'm scared that I will hurt her feelings"),
        ("de", "ich könnte meine schwester erwürgen haha"),
        ("de", "ich will ihn nicht umbringen"),
        ("de", "ich habe messer und gabel in der küche"),
        ("de", "ich hab mich totgelacht"),
    ],
)
def test_figures_of_speech_and_denials_are_not_grave(language: str, text: str) -> None:
    """Nobody who jokes is sent to the emergency number, nor to a talk about a loss."""
    assert next_move(None, text, language).state.flow not in {*GRAVE, "grief", "worried", "medical"}


def test_first_aid_answers_what_people_ask() -> None:
    """No vomiting, no sleeping it off, the poison centre; the same call is not said again and again."""
    english = places(
        "en",
        "my friend took a bunch of pills",
        "she wont wake up",
        "should i make her throw up",
        "which number is poison control",
        "ok ill let her sleep it off",
        "i called 911 they r coming",
        "its my fault i gave her the xanax",
        "i cant stop crying",
        support=CONCERN,
    )
    german = places("de", "mein freund wacht nicht mehr auf", "er schnarcht komisch", "soll ich ihn kotzen lassen")

    assert english == [
        f"first_aid.{step}"
        for step in ("begin", "position", "vomit", "poison", "sleep_off", "called", "fault", "waiting")
    ]
    assert german == ["first_aid.position", "first_aid.position", "first_aid.vomit"]


@pytest.mark.parametrize(("language", "no"), [("en", "No"), ("de", "Nein")])
def test_nobody_is_told_to_make_somebody_vomit(language: str, no: str) -> None:
    """And each text of the first minutes names the emergency number."""
    texts = FLOW_TEXTS.texts(language)

    assert all(said.startswith(no) for said in texts.step("first_aid", "vomit"))
    for step in ("begin", "position", "vomit", "poison", "sleep_off", "awake", "close"):
        assert all("{emergency_number}" in said for said in texts.step("first_aid", step))


def test_a_body_in_danger_is_an_emergency_in_a_talk_about_eating() -> None:
    """And no tip is given."""
    assert places("en", "i think i have bulimia", "no", "i fainted twice today")[-1] == "medical.begin"
    assert places("de", "ich hab bulimie", "nein", "mir ist schwindlig und mein herz stolpert")[-1] == "medical.begin"
    assert places("en", "i think i have bulimia", "how do i not feel hungry")[-1] == "eating.tips"


def test_a_threat_is_answered_by_distance() -> None:
    """From the weapon, and from the person. Who is only angry may tell of it."""
    assert places(
        "en", "i want to kill my boss", "like actually. i have a knife in my bag", "im outside his office"
    ) == [
        "threat.begin",
        "threat.armed",
        "threat.distance",
    ]
    assert places("en", "im gonna kill my brother", "no just angry")[-1] == "threat.anger"


def test_voices_that_order_something_lead_to_help_now() -> None:
    """And what is told of voices is neither believed nor denied."""
    assert places("en", "i hear voices", "they tell me to hurt my mom")[-1] == "voices.now"
    assert places("de", "ich hör stimmen", "ja")[-1] == "voices.now"
    assert all("{emergency_number}" in said for said in FLOW_TEXTS.texts("en").step("voices", "now"))


@pytest.mark.parametrize(
    ("language", "opening", "question", "answer"),
    [
        ("en", "i cut myself sometimes", "do you tell my mum", "private"),
        ("de", "ich ritz mich manchmal", "bin ich verrückt", "crazy"),
        ("en", "i keep getting images of hurting my baby", "does this mean im crazy", "crazy"),
        ("en", "i keep getting images of hurting my baby", "will they take my baby away", "children"),
        ("en", "i think i have bulimia", "is it my fault", "fault"),
        ("de", "ich hab bulimie", "nee zum arzt geh ich nicht die stecken mich in die klinik", "clinic"),
        ("en", "i hear voices", "what happens if i call there", "calls"),
    ],
)
def test_direct_questions_are_answered(language: str, opening: str, question: str, answer: str) -> None:
    """In the talk, which then goes on to people."""
    *_, asked, after = places(language, opening, question, "hm, i think that over, ich denke nach")

    assert asked.endswith(f".{answer}")
    assert after.endswith((".people", ".words"))


def test_a_talk_about_violence_answers_what_holds_people_there() -> None:
    """His threat to die, fault, children, animals, the phone, and that he comes."""
    questions = {
        "en": {
            "thanks. he's coming": "away",
            "he says hell kill himself if i leave": "his_threat",
            "is it my fault": "hit",
            "what about the dog": "pets",
            "can he see this on my phone": "seen",
            "what happens if i call that number will they take my kids": "children",
        },
        "de": {
            "er kommt heut abend wieder": "away",
            "er meint er bringt sich um wenn ich gehe": "his_threat",
            "bin ich schuld": "hit",
            "und der hund": "pets",
            "kann er das auf meinem handy sehen": "seen",
            "was passiert wenn ich da anrufe": "calls",
        },
    }
    for language, asked in questions.items():
        opening = {"en": "my husband hits me", "de": "mein mann schlägt mich"}[language]
        found = {question: places(language, opening, "ja yes", question)[-1] for question in asked}
        assert found == {question: f"violence.{step}" for question, step in asked.items()}


def test_who_has_got_away_is_not_sent_away_again() -> None:
    """The talk hears that it is safe, also when it comes back to violence after its end."""
    talk = places(
        "en", "my wife hits me", "yes", "my brother", "ok", "ok", "im at my brothers and safe here", support=VIOLENCE
    )

    assert talk[-1] == "violence.people"
    assert places("de", "mein mann schlägt mich", "er wohnt nicht mehr hier")[-1] == "violence.people"


def test_a_child_that_harms_itself_is_not_at_once_an_emergency() -> None:
    """It is asked for, and a no is heard wherever the emergency number was named."""
    talk = places(
        "en",
        "my son 13 is cutting himself what do i do",
        "no hes ok he's eating dinner next to me",
        "no he has no plan i think",
        support=CONCERN,
    )

    assert talk == ["worried.harms", "worried.near", "worried.words"]
    assert places("en", "my friend is suicidal", "she has a gun", "no shes ok")[-1] == "worried.near"


@pytest.mark.parametrize(
    ("language", "loss", "hint"),
    [("en", "my wife died", "i just want to be with her"), ("de", "meine frau ist gestorben", "Ich möchte zu ihr.")],
)
def test_who_wants_to_be_with_the_dead_is_asked(language: str, loss: str, hint: str) -> None:
    """Whether they think of dying. A yes leads to help, a no back to the loss."""
    no = {"en": "no not like that", "de": "nein"}[language]

    assert places(language, loss, hint, "ja" if language == "de" else "yes")[1:] == ["grief.join", "grief.alive"]
    assert places(language, loss, hint, no)[-1] == "grief.second"


def test_panic_that_is_over_gets_no_breathing() -> None:
    """Nor does who declines it."""
    talk = places("en", "had a panic attack on the bus today", "its over now", "like 10 min", "so what else")

    assert talk == ["panic.past", "panic.past", "panic.since", "panic.close"]
    assert places("de", "hatte heut im bus ne panikattacke")[-1] == "panic.past"
    assert places("en", "i panic", "i dont want to breathe exercises they make it worse")[-1] == "panic.begin"


@pytest.mark.parametrize("flow", GRAVE)
def test_a_sign_that_is_repeated_becomes_an_answer(flow: str) -> None:
    """The same step does not come without end: the talk goes on."""
    book = flow_book()
    for step, of in book.steps(flow).items():
        if of.sign:
            state = GuideState(version=book.version, flow=flow, step=step, turn=3, asked=3)
            text = {"nearby": "he's coming", "vomit": "should i make her throw up"}.get(of.sign)
            assert text is None or next_move(state, text, "en").state.step != step


@pytest.mark.parametrize(("flow", "step"), [("grief", "choose"), ("worried", "call"), ("violence", "away")])
def test_a_talk_of_the_version_before_goes_on_where_it_stands(flow: str, step: str) -> None:
    """Version 4 has new flows and steps, and keeps those that there were."""
    state = GuideState(version=3, flow=flow, step=step, turn=3)

    assert next_move(state, "we sat there and said nothing for a while", "en").state.flow == flow
