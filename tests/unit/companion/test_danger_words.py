"""What people answer when they are asked about danger."""

import pytest

from functions.companion.rules.danger_states import Heard
from functions.companion.rules.danger_text_names import text_name
from functions.companion.rules.danger_words import (
    hear,
    names_suicide,
    says_only_yes,
    says_yes,
    tells_of_another_topic,
)
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
    "unsafe": [
        "I'm not safe", "I am not safe anymore", "ok I'll do it after all", "I've changed my mind, I'll do it",
        "Ich bin nicht in Sicherheit", "ich mach es doch",
    ],
    "admitted": [
        "i lied", "actually yes", "sometimes i do tho", "I do think about it", "that was a lie", "Ich habe gelogen",
        "doch, manchmal schon", "eigentlich ja",
    ],
    "indirect": [
        "i'll be gone too", "Everyone is better off without me", "dann bin ich eh nicht mehr da",
        "the thoughts are back", "it's getting worse again", "I still have these thoughts",
        "thank you for everything. goodbye", "es kommt wieder",
        "ich hab noch immer diese gedanken", "Danke für alles, leb wohl", "I called her to say goodbye",
    ],
    "unclear": [
        "Dinner is on the table for the kids", "I have no pills", "i take my pills every morning",
        "I gave the pills to my sister", "I put them away", "It was on the table for months", "I'll be fine",
        "ich habe die Tabletten weggeräumt", "I'm not safe to drive",
        "my sister came back from school", "sometimes i do yoga",
        "Ich bin mir nicht sicher", "thank you for everything", "I changed my mind about the sofa",
    ],
}  # fmt: skip
LINES = [
    "what are the numbers again", "is there someone i can text instead of call", "can you give me a helpline?",
    "do you know a hotline", "wie war nochmal die nummer?", "Wo kann ich anrufen?",
    "Gibt es jemanden, dem ich schreiben kann?", "give me the hotline number", "wie war die Nummer",
    "is there a text line? I can't talk", "what's the emergency number", "Gib mir die Telefonseelsorge",
]  # fmt: skip
LINES_AGAIN = [
    "the number please", "I lost the number", "can I text somebody?", "who do I call", "send me the numbers", "number?",
    "what number do i call", "is there any way to do this by text", "who can I chat with", "repeat the number",
    "Nummer bitte", "welche Nummer war das", "ich hab die Nummer vergessen", "wen soll ich anrufen?",
    "kann ich da auch schreiben?", "gibt es einen Chat", "wo ruf ich an", "gib mir bitte nochmal die Nummer",
    "Kann ich jemandem schreiben? Ich kann nicht sprechen",
]  # fmt: skip
NO_LINES = [
    "I don't want a hotline", "a number of people know", "ich brauche keine Nummer", "I can't text", "he has my number",
    "ich kann nicht schreiben",
]  # fmt: skip
BARRIERS = {
    "voice": [
        "I can't call anyone, my voice fails", "i cant talk right now", "I'm too scared to speak to anyone",
        "I hate phone calls", "I lose my voice when I try", "Ich kann niemanden anrufen, meine Stimme versagt",
        "Ich bringe kein Wort raus", "ich trau mich nicht anzurufen", "ich kann nicht telefonieren",
        "Meine Stimme versagt",
    ],
    "burden": [
        "I would be a burden", "I'm just a burden to them", "I don't want to bother anyone",
        "I'd only be wasting their time", "I don't deserve help", "Ich wäre nur eine Last",
        "ich will niemandem zur Last fallen", "ich will niemanden stören", "ich verdiene keine Hilfe",
    ],
    "alone": [
        "Nobody would care. I'm tired of it all", "I have nobody to tell", "there's no one to talk to",
        "Das interessiert doch keinen", "Ich habe niemanden", "Es wäre allen egal",
    ],
    "consequences": [
        "I'm scared they would send the police", "what if they take me to a hospital", "My fear is my parents find out",
        "Ich habe Angst, dass sie mich in die Klinik stecken", "was wenn meine Eltern es erfahren",
    ],
    "tried": [
        "I tried calling last time", "they hung up on me", "nobody can help me", "talking never helps",
        "Ich hab schon mal angerufen", "mir kann keiner helfen", "das bringt alles nichts",
    ],
    "words": [
        "I don't know what to say", "I can't find the words", "ich weiß nicht, wie ich anfangen soll",
        "mir fehlen die Worte",
    ],
}  # fmt: skip
NO_BARRIERS = [
    "I talked with my mum today", "The garden helps me a little", "I can't talk to my boss about the raise",
    "I don't like my job", "My parents are visiting", "Ich rede morgen mit meiner Mutter",
    "Mein Job ist langweilig", "I called a plumber before lunch", "nobody won the game",
]  # fmt: skip
HOURS = [
    "thanks. what do I do tonight", "how do I get through the night", "what can I do until tomorrow",
    "what could I do until she comes?", "was mache ich, bis jemand kommt",
    "Was mache ich heute Nacht?", "wie überstehe ich diese Nacht", "Was soll ich heute Abend tun?",
    "was mach ich denn die nächsten stunden",
]  # fmt: skip
HOURS_NOW = [
    "what do I do now?", "ok. and now?", "What now", "so what should I do next", "What else can I do?",
    "Was jetzt?", "Und nun?", "was soll ich jetzt machen", "Danke. Wie geht es jetzt weiter?", "whats good to do rn",
    "What would help me right now?", "what am I supposed to do now", "Was hilft mir jetzt?", "was wär gut grad",
]  # fmt: skip
THANKS = [
    "thanks", "thanks I guess", "Thank you so much for listening", "ok thanks, good night", "ok",
    "that helped a bit, thank you", "danke", "Danke dir. Gute Nacht", "ok danke", "alles klar, danke",
    "danke gute nacht", "thanks, bye", "thanks good night",
    "Danke fürs Zuhören",
]  # fmt: skip
NO_THANKS = ["thanks but my brother is here again", "no thanks to him I lost it", "danke, aber es tut noch weh", ""]

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
    """What is within reach, an attempt, hints, and what takes back that all is well are harmless words elsewhere."""
    assert hear(text, None, asked=False, in_danger=True) == heard
    assert hear(text, None, asked=False) == "unclear"


def test_an_admission_answers_no_question() -> None:
    """There, it is a yes."""
    assert hear("yes i do", None, in_danger=True) == "yes"
    assert hear("yes i do, tonight", None, in_danger=True) == "yes_now"
    assert hear("yes i do", None, asked=False, in_danger=True) == "admitted"


@pytest.mark.parametrize("text", ["I'll do it", "I'm going to do it", "ich mach es"])
def test_right_after_the_talk_to_do_it_is_a_hint(text: str) -> None:
    """Nothing may sound like assent to it. Later, it may be anything."""
    assert hear(text, None, asked=False, in_danger=True, talked="open") == "indirect"
    assert hear(text, None, asked=False, in_danger=True) == "unclear"
    assert text_name("eased", text) == "eased_other"


@pytest.mark.parametrize(
    ("text", "is_yes"),
    [
        ("yes", True),
        ("Yes, I do.", True),
        ("yes, i think about it", True),
        ("Ja", True),
        ("ja, manchmal", True),
        ("yeah my boss is awful", False),
        ("yes, I will", False),
        ("no", False),
        ("sometimes", False),
        ("", False),
    ],
)
def test_only_a_plain_yes_answers_what_is_asked_beside_a_reply(text: str, *, is_yes: bool) -> None:
    """Since the reply may have asked something else."""
    assert says_yes(text) is is_yes


@pytest.mark.parametrize(
    ("text", "is_yes"),
    [("yes", True), ("Yes, I am", True), ("ja, bin ich", True), ("oui", True), ("yes, i think about it", False),
     ("I think about dying", False), ("yes I will", False)],
)  # fmt: skip
def test_only_a_bare_yes_says_that_the_danger_is_over(text: str, *, is_yes: bool) -> None:
    """A yes with more may mean the danger."""
    assert says_only_yes(text) is is_yes


@pytest.mark.parametrize(
    ("state", "text", "heard", "later", "name"),
    [
        ("held", "hello", "unclear", True, "held_later"),
        ("held", "hello", "unclear", False, "held"),
        ("poisoned", "I should sleep it off", "unclear", False, "poisoned"),
        ("poisoned", "ok im safe", "safe", False, "poisoned_safe"),
        ("poisoned", "hello", "unclear", True, "poisoned_safe"),
        ("poisoned", "the ambulance is here", "unclear", False, "held_help"),
    ],
)
def test_the_held_texts_fit_what_happened(state: str, text: str, heard: Heard, name: str, *, later: bool) -> None:
    """Who has taken something may feel well; after hours, it is asked whether the danger is over."""
    assert text_name(state, text, heard, later=later) == name


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


def test_help_lines_are_listed_in_every_state() -> None:
    """In immediate danger after the emergency number, and to those who say that they cannot speak."""
    assert text_name("accepted", "what are the numbers", "lines") == "lines"
    assert text_name("held", "what are the numbers", "lines") == "held_lines"
    assert text_name("held", "give me the number or I kill myself", "said") == "held_lines"
    assert text_name("held", "I can't talk") == text_name("held", "ich kann nicht sprechen") == "held_lines"


@pytest.mark.parametrize("text", LINES_AGAIN)
def test_where_danger_was_spoken_of_few_words_ask_for_lines(text: str) -> None:
    """Elsewhere, a number may be any number."""
    assert hear(text, None, in_danger=True) == "lines"
    assert text_name("held", text) == "held_lines"


@pytest.mark.parametrize("text", NO_LINES)
def test_a_number_that_is_not_asked_for_is_none(text: str) -> None:
    """Nor are lines that somebody does not want."""
    assert hear(text, None, in_danger=True) != "lines"


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("yes", "held_yes"),
        ("Yes, I can.", "held_yes"),
        ("ja", "held_yes"),
        ("Ja, kann ich", "held_yes"),
        ("no", "held_no"),
        ("Nein.", "held_no"),
        ("yes, tonight", "held"),
        ("yes I will", "held"),
        ("yes, I am doing it", "held"),
        ("ja, ich mach es", "held"),
        ("no, that was a joke", "held_check"),
        ("hm", "held"),
        ("", "held"),
    ],
)
def test_in_immediate_danger_only_a_bare_answer_is_read_as_one(answer: str, name: str) -> None:
    """A yes with more may mean the danger itself, and nothing may sound like assent to that."""
    assert text_name("held", answer, hear(answer, None, in_danger=True)) == name


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BARRIERS.items() for text in texts])
def test_a_barrier_that_is_said_plainly_is_heard_later_too(name: str, text: str) -> None:
    """Also where the score takes it for a hint. It is the barrier that the reply makes smaller."""
    assert hear(text, None, asked=False, talked="lately") == "barrier"
    assert hear(text, "indirect", scored=True, asked=False, talked="lately") == "barrier"
    assert hear(text, None, asked=False) == "unclear"
    assert text_name("eased", text) == f"eased_{name}"


@pytest.mark.parametrize("text", NO_BARRIERS)
def test_other_talk_is_no_barrier(text: str) -> None:
    """When the conversation has gone on."""
    assert hear(text, None, asked=False, talked="lately") == "unclear"


def test_right_after_the_talk_a_word_is_enough() -> None:
    """If the reply was about that, and unless somebody is there. What the gate is sure of counts more."""
    assert hear("the police", None, asked=False, talked="barriers") == "barrier"
    assert hear("my mum is here", None, asked=False, talked="barriers") == "unclear"
    assert hear("can we talk about my mum", None, asked=False, talked="barriers") == "unclear"
    assert hear("my mum", None, asked=False, talked="open") == "unclear"
    assert hear("I would be a burden", "indirect", asked=False, talked="open") == "indirect"
    assert hear("I would be a burden", "explicit", asked=False, talked="open") == "explicit"


def test_a_barrier_that_was_not_spoken_of_yet_goes_first() -> None:
    """When a message names several."""
    text = "I can't call anyone, and I'd be a burden"

    assert text_name("eased", text) != text_name("eased", text, shown={text_name("eased", text): 1})


@pytest.mark.parametrize("text", HOURS)
def test_who_asks_how_to_get_through_the_night_is_heard(text: str) -> None:
    """After the talk, however it went on."""
    assert hear(text, None, asked=False, talked="lately") == "hours"
    assert hear(text, "indirect", scored=True, asked=False, talked="open") == "hours"
    assert hear(text, None, asked=False) == "unclear"


@pytest.mark.parametrize("text", HOURS_NOW)
def test_right_after_the_talk_what_now_is_about_it(text: str) -> None:
    """Later, it is about whatever was spoken of last."""
    assert hear(text, None, asked=False, talked="open") == "hours"
    assert hear(text, None, asked=False, talked="lately") == "unclear"


@pytest.mark.parametrize("text", THANKS)
def test_thanks_after_the_talk_are_heard(text: str) -> None:
    """If the message says nothing else."""
    assert hear(text, None, asked=False, talked="open") == "thanks"


@pytest.mark.parametrize("text", NO_THANKS)
def test_thanks_with_more_are_more(text: str) -> None:
    """What else is said is not passed over."""
    assert hear(text, None, asked=False, talked="open") != "thanks"


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


@pytest.mark.parametrize(("grade", "heard"), [("explicit", "suspected"), ("indirect", "hinted")])
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
    """But not a yes, and not that somebody is safe."""
    assert hear("I am safe", "indirect") == "safe"
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
        ("ok i'll try to call", "eased_going"),
        ("ok i'll try", "eased_other"),
        ("I will text my sister", "eased_going"),
        ("I'll call my kids to say goodbye", "eased_other"),
        ("can we talk about my dad now", "eased_other"),
        ("you won't tell anyone?", "eased_secret"),
        ("erzählst du das jemandem?", "eased_secret"),
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
    "text",
    [
        "My sister is here",
        "The ambulance is on its way",
        "I called 911",
        "Der Notarzt kommt",
        "my mum is coming",
        "Meine Mutter ist jetzt da",
        "I'm at the hospital",
        "ich bin in der Notaufnahme",
    ],
)
def test_who_has_help_is_not_told_to_call_again(text: str) -> None:
    """They are told to stay with those who are there."""
    assert text_name("held", text) == "held_help"


@pytest.mark.parametrize(
    "text",
    [
        "nobody is coming", "are you there?", "es ist niemand da", "If she is here?",
        "I called my mum, nobody picks up",
        "I called 112, it just rings", "I called my dad. He hung up.", "Ich habe angerufen. Es geht keiner ran",
        "I called her to say goodbye", "the train is coming", "der Zug kommt gleich", "the pills are here",
        "Hospital again? screw that",
    ],
)  # fmt: skip
def test_who_has_no_help_is_told_to_call(text: str) -> None:
    """A negation, a condition, a call that nobody took or a goodbye is no help."""
    assert text_name("held", text) == "held"


@pytest.mark.parametrize(
    "text", ["yes " * 5_000, "no, " * 5_000, "i mean " * 5_000, "ok ich ruf an " * 2_000, "' " * 9_000]
)
def test_hostile_texts_are_read_too(text: str) -> None:
    """Only their beginning is read, so that no pattern takes long."""
    assert hear(text, None) in {"yes", "no", "unclear"}
    assert text_name("eased", text) in {"eased_other", "eased_going"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No. What now?", "no"),
        ("No, I can't. What should I do now?", "no"),
        ("Nein. Was soll ich jetzt tun?", "no"),
        ("Yes, tonight. Who can I call?", "yes_now"),
        ("yes. can i write something?", "yes"),
        ("Ja. Er hat per WhatsApp Schluss gemacht", "yes"),
    ],
)
def test_an_answer_counts_more_than_what_is_asked_beside_it(text: str, expected: str) -> None:
    """Otherwise a refusal to get away from means, or a yes, would be lost."""
    assert hear(text, None, asked=True, in_danger=True, talked="open") == expected


@pytest.mark.parametrize(
    "text",
    [
        "can i write about my day?",
        "can I chat with you about my exam",
        "I need a phone number for the dentist",
        "wir haben uns \u00fcber whatsapp gestritten",
        "kann ich \u00fcber meinen Tag schreiben",
    ],
)
def test_after_danger_ordinary_sentences_ask_for_no_lines(text: str) -> None:
    """Once the talk about danger is over."""
    assert hear(text, None, asked=False, in_danger=True, talked=None) == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        "Mein Mann sagt, ich soll mal einen Tag freinehmen",
        "Heute habe ich im Auto geweint, bevor ich reingegangen bin",
        "Der Pflegedienst hat schon wieder abgesagt und mein Chef ist sauer",
        "my husband says I should take a day off",
        "the care home called again and my boss wants me in on Saturday",
    ],
)
def test_an_answer_that_tells_of_everyday_life_tells_of_something_else(text: str) -> None:
    """Then somebody who is only worn out is not asked again."""
    assert tells_of_another_topic(text)


@pytest.mark.parametrize(
    "text",
    [
        "i don't know",
        "egal",
        "why do you ask me about my job",
        "I don't want to talk about my family",
        "my kids would be fine with their dad",
        "my husband can look after the kids",
        "Meine Kinder haben ja ihren Vater",
        "die kinder sind heute bei der oma",
        "I gave my dog to my sister",
        "my kids are the only reason I stay",
        "my husband is asleep",
        "I cleaned the flat and paid the bills",
    ],
)
def test_what_may_be_an_answer_to_the_question_tells_of_nothing_else(text: str) -> None:
    """What is evasive, dark, or about how others would get along."""
    assert not tells_of_another_topic(text)
