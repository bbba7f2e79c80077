"""What the guide hears in messages as people write them: misspelled, in dialect, and about others."""

import pytest

from functions.companion.guide.flows import GuideState, Move
from functions.companion.guide.replies import next_move

AT_PRACTICE = GuideState(version=5, flow="anger", step="practice", turn=5, practices=("",))
ASKED = GuideState(version=5, flow="heartbreak", step="second", turn=3)


def after(state: GuideState | None, text: str, language: str = "en") -> Move:
    return next_move(state, text, language)


def topic(text: str, language: str) -> str:
    return after(None, text, language).state.flow


@pytest.mark.parametrize(
    ("language", "text", "flow"),
    [
        ("en", "i am so anxoius", "anxious"),
        ("en", "im depresed i thnk", "low"),
        ("en", "sooo tireddd", "burnout"),
        ("en", "we had a lovely evening walk", "good_day"),
        ("en", "the garage sent me a rating for the massage", "listen"),
        ("de", "ich bin voll gestrest", "burnout"),
        ("de", "ich bin wuetend", "anger"),
        ("de", "ich bin soooo nervös", "anxious"),
    ],
)
def test_a_misspelled_word_counts_unless_it_is_another_one(language: str, text: str, flow: str) -> None:
    """Swapped, doubled, missing and lengthened letters do not keep a topic from being heard."""
    assert topic(text, language) == flow


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("griaß di. i bin heit so grantig, des glaubst ned", "anger"),
        ("mei chef hot mi vor olle zsammgstaucht weil i 5 minuten zspät woa", "conflict"),
        ("i bin so miad, i kumm nimma ausm bett", "burnout"),
        ("heit woa a super tog", "good_day"),
    ],
)
def test_dialect_is_read(text: str, flow: str) -> None:
    """The person reads that they were heard, in standard German."""
    assert topic(text, "de") == flow


def test_who_refuses_in_dialect_is_offered_nothing() -> None:
    """Also a single word of dialect counts in a short message."""
    assert after(AT_PRACTICE, "na, ka übung", "de").remark == "no_offers"


@pytest.mark.parametrize(
    ("language", "text", "flow"),
    [
        ("en", "my dad will be so mad if i fail the exam", "exam"),
        ("en", "my dad is mad at me", "conflict"),
        ("en", "she makes me so angry", "anger"),
        ("en", "my sister is happy and I am so lonely", "loneliness"),
        ("de", "mein papa wird so sauer wenn ich die klausur nicht schaffe", "exam"),
        ("de", "mein papa ist sauer auf mich", "conflict"),
        ("de", "mein papa macht mich so wütend", "anger"),
    ],
)
def test_the_feelings_of_others_are_not_those_of_the_person(language: str, text: str, flow: str) -> None:
    """Whose feeling it is follows from the nearest person before it, unless it is aimed at the one who writes."""
    assert topic(text, language) == flow


@pytest.mark.parametrize(
    ("language", "text", "flow"),
    [
        ("en", "she broke up with me yesterday. over text", "heartbreak"),
        ("en", "I lost my job on Monday. After 22 years.", "job"),
        ("en", "our son was born 11 days ago and i feel nothing. just tired", "parent"),
        ("en", "my migraine is back", "ill"),
        ("en", "everything is just grey lately", "low"),
        ("en", "I ran my first 10k today!!", "good_day"),
        ("en", "hey so i have my maths final tomorrow and im literally shaking rn", "exam"),
        ("en", "I sleep fine and I like the job. But I have no friends here.", "loneliness"),
        ("en", "My mom has cancer and I can't stop worrying", "anxious"),
        ("de", "sie hat gestern schluss gemacht", "heartbreak"),
        ("de", "mir wurde am montag gekündigt", "job"),
        ("de", "ich bin vor 11 tagen vater geworden und fühle gar nichts", "parent"),
        ("de", "ich schlafe gut, aber ich kenne hier niemanden", "loneliness"),
        ("de", "ich kann nicht aufhören zu weinen", "low"),
        ("de", "hab die führerscheinprüfung bestanden!!", "good_day"),
    ],
)
def test_what_people_come_with_has_a_topic(language: str, text: str, flow: str) -> None:
    """In words of their own."""
    assert topic(text, language) == flow


@pytest.mark.parametrize(
    ("language", "text", "remark"),
    [
        ("en", "is that normal", "normal"),
        ("en", "how long does that last", "outlook"),
        ("en", "do you think she'll come back", "others_mind"),
        ("en", "How do I tell her?", "how_to_say"),
        ("en", "so you dont actually understand a word i say", "tested"),
        ("en", "what's 17 times 3", "tested"),
        ("en", "what if i never love him", None),
        ("de", "ist das normal", "normal"),
        ("de", "wird das irgendwann besser?", "outlook"),
        ("de", "glaubst du sie kommt zurück", "others_mind"),
        ("de", "wie sag ich es ihr", "how_to_say"),
        ("de", "verstehst du überhaupt was ich schreibe", "tested"),
    ],
)
def test_what_people_ask_is_answered_by_its_kind(language: str, text: str, remark: str | None) -> None:
    """A worry that begins with "what if" is none."""
    assert after(ASKED, text, language).remark == remark


def test_a_question_at_a_choice_chooses_nothing() -> None:
    """The question "How do I tell her" is not the wish to tell more."""
    move = after(ASKED.model_copy(update={"step": "choose"}), "How do I tell her?")

    assert (move.state.step, move.remark) == ("choose", "how_to_say")


def test_after_a_second_question_the_talk_goes_on() -> None:
    """So that no question of the guide is put three times."""
    move = after(ASKED.model_copy(update={"asked": 2}), "is that normal")

    assert (move.state.step, move.remark) == ("choose", "normal")


@pytest.mark.parametrize(
    ("language", "text", "step"),
    [
        ("en", "ok did it", "done"),
        ("en", "I'm done", "done"),
        ("en", "okay i did it. helped a little", "close"),
        ("en", "done. still awake lol", "unhelped"),
        ("en", "that helped a little thx", "close"),
        ("en", "it didn't help", "unhelped"),
        ("en", "yes", "after"),
        ("de", "hab ich gemacht", "done"),
        ("de", "das hat geholfen, danke", "close"),
        ("de", "fertig hat bissl geholfen", "close"),
    ],
)
def test_who_comes_back_from_a_practice_is_not_sent_there_again(language: str, text: str, step: str) -> None:
    """Who says at once how it was, is not asked for that."""
    assert after(AT_PRACTICE, text, language).state.step == step


def test_a_practice_that_did_not_help_is_no_failure() -> None:
    """Another one is offered once, and a no ends it."""
    state = after(AT_PRACTICE.model_copy(update={"step": "done"}), "not really").state
    steps = [after(state, text).state.step for text in ("no", "another one", "I just sat there")]

    assert (state.step, steps) == ("unhelped", ["close", "practice", "close"])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Yes, let's try something small."),
        ("en", "do you have something i can do right now"),
        ("de", "Was kurzes, ich hab 5 Minuten"),
        ("de", "hast du was das ich jetzt machen kann"),
    ],
)
def test_who_asks_for_something_to_do_gets_it_in_any_step(language: str, text: str) -> None:
    """In the topic of the talk."""
    state = after(ASKED.model_copy(update={"step": "third"}), text, language).state

    assert (state.flow, state.step) == ("heartbreak", "practice")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "No, I said I sleep fine. It's about having no friends here."),
        ("de", "Nein, ich meinte, dass ich hier keine Freunde habe."),
    ],
)
def test_a_correction_with_a_topic_begins_it(language: str, text: str) -> None:
    """The guide says that it was wrong."""
    move = after(GuideState(version=5, flow="sleepless", step="begin"), text, language)

    assert (move.state.flow, move.state.step, move.remark) == ("loneliness", "begin", "corrected")


@pytest.mark.parametrize(
    ("text", "resolved"), [("ok. i will ask the midwife", "resolved"), ("I won't ask the midwife", None)]
)
def test_what_a_person_resolves_is_heard(text: str, resolved: str | None) -> None:
    """The talk goes on."""
    assert after(GuideState(version=5, flow="parent", step="third"), text).remark == resolved


def test_a_goodbye_ends_a_long_message_too() -> None:
    """It stands alone in the last clause. Somebody else's goodbye in the middle is none."""
    texts = ("ok that was less dumb than i thought at first. bye", "he said bye to me as if we hardly knew each other")

    assert [after(ASKED, text).state.step for text in texts] == ["farewell", "choose"]


@pytest.mark.parametrize(("flow", "step"), [("good_day", "light_farewell"), ("grief", "farewell")])
def test_who_tells_of_something_good_is_not_told_of_help_lines(flow: str, step: str) -> None:
    """Also when the talk has come to its end before."""
    opened = after(None, {"good_day": "I ran my first 10k today!!", "grief": "my wife passed away"}[flow]).state
    ended = opened.model_copy(update={"step": "close"})

    assert [after(state, "bye!").state.step for state in (opened, ended)] == [step, step]


def test_only_what_is_about_the_topic_is_turned() -> None:
    """Not the longest sentence of a message about something else."""
    move = after(None, "My neighbour has a new red car with wide doors. I can't sleep at night.")

    assert (move.state.flow, move.words) == ("sleepless", "you can't sleep at night")


def test_i_begins_no_question() -> None:
    """What begins with "ich kann" is a statement, although "kann" alone asks."""
    assert after(ASKED, "ich kann es nicht ändern", "de").remark is None


def test_tomorrow_begins_no_question() -> None:
    """The word is a greeting in German as well, after which a verb would ask."""
    assert after(ASKED, "Morgen kommt die Nachbarin zum Kaffee", "de").remark is None


def test_what_comes_after_danger_waits_for_its_answer() -> None:
    """However often something else is asked."""
    move = after(GuideState(version=5, flow="near", step="second", asked=2), "can you fly")

    assert (move.state.step, move.remark) == ("second", "question")


def test_who_tells_of_something_good_is_asked_for_it_and_offered_no_practice() -> None:
    """Unless they ask for one."""
    state, steps = after(None, "I ran my first 10k today!!").state, []
    for text in ("my whole family was at the line", "my sister held a sign", "a photo of it"):
        state = after(state, text).state
        steps.append(state.step)

    assert steps == ["second", "third", "close"]
    assert after(ASKED.model_copy(update={"flow": "good_day"}), "something short please").state.step == "practice"


@pytest.mark.parametrize(("language", "text"), [("en", "nothing, it's fine"), ("de", "nichts, passt schon")])
def test_who_would_rather_leave_it_is_let_go(language: str, text: str) -> None:
    """The end of the topic says where help is."""
    assert after(ASKED, text, language).state.step == "close"


def test_a_question_about_something_else_leaves_the_help() -> None:
    """After a passage, what has a topic is no question about the app; what the help does not know is said."""
    state = GuideState(version=5, flow="app", step="article")
    texts = ("and why am i so sad all the time", "does it work on a moon base")

    assert [(after(state, text).state.flow, after(state, text).state.step) for text in texts] == [
        ("low", "begin"),
        ("app", "unknown"),
    ]
