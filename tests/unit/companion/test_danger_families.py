"""What people say in danger in their own words: places, plans, firearms, dialects, and that it is over."""

import pytest

from functions.companion.rules.danger_phrases import languages_of
from functions.companion.rules.danger_states import POISONED, Heard
from functions.companion.rules.danger_text_names import text_name
from functions.companion.rules.danger_words import hear, heard_when_held, tells_of_commands
from functions.companion.rules.questions import asks_yes_or_no

NEAR = [
    "tonight", "yes tonight", "yes, today", "when everyone is asleep", "in an hour", "yes, probably tonight",
    "heute noch", "ja heute nacht", "heut auf d nacht", "jo heit nocht", "in einer Stunde", "wenn alle schlafen",
]  # fmt: skip
NOT_NEAR = ["yes. my boyfriend left me today", "yes, it has been hard today", "ja, heute war es schlimm"]
PLANS = [
    "i have it all planned", "everything is planned", "I've got a plan", "I know how I'll do it", "i wrote my letters",
    "I said my goodbyes", "ich hab alles geplant", "ich weiß wie ich es mache", "der Abschiedsbrief liegt hier",
]  # fmt: skip
NO_PLANS = ["I have a plan to visit my sister", "we have everything planned for the party", "hab einen Plan für morgen"]
PLACES = [
    "im on the roof", "I'm standing on the bridge", "the cars are so small from here", "sitting on the ledge",
    "I'm at the train tracks", "waiting for the next train", "from the roof", "im up here",
    "ich bin auf dem dach", "bin oben", "ja bin oben", "vom dach", "steh am Gleis", "i bi ufm dach",
    "ich stehe auf der Brücke", "i steh scho am fensterbrett", "die Autos sind so klein von hier oben",
]  # fmt: skip
PERHAPS = [
    "today",
    "gleich",
    "im on the platform",
    "I'm at the station",
    "ich sitze am Fluss",
    "the voices tell me things",
]
NO_PLACES = [
    "i walked over the bridge yesterday", "I'm on the edge of tears", "I was on the roof last year", "im at home",
    "wir waren gestern auf der Brücke", "I'm off the bridge now",
    "ich geh über die brücke zur arbeit", "ich bin oben in meinem Zimmer", "we are up here in Scotland",
]  # fmt: skip
MEANS = [
    "i keep a loaded 9mm in the nightstand", "i have my dads shotgun", "I own a rifle", "there's a gun in the safe",
    "ich habe das Gewehr von meinem Vater zu Hause", "gwehr hob i daheim", "i hob a glock dahoam",
    "de tabletten hob i scho", "ich hab rasierklingen im bad",
]  # fmt: skip
NO_MEANS = ["i got a gift for my mum", "ich habe keine Waffe", "I don't have a gun"]
DIALECT_NO = ["nei", "nöd", "na", "nä", "na eh ned", "nei würklech nöd", "nee", "naa", "gar ned"]
DIALECT_YES = ["jo", "joa", "jau", "jo eh", "jawoi", "eh ja"]
TAKEN_BACK = [
    "i was being dramatic", "nein spaß", "oh no i meant yes its my job, im not suicidal", "just venting",
    "ich hab übertrieben", "das war blöd ausgedrückt", "bin nicht suizidal", "it was a figure of speech",
]  # fmt: skip
ADMITTED = ["yes actually", "ja doch", "eigentlich will ich schon", "actually i do", "yeah kinda", "doch"]
OF_OTHERS = ["it's not me its my friend emma", "im asking for a friend", "es geht nicht um mich", "not me"]
GOODBYES = [
    "night", "pfiat di", "ur ok. gn", "cheers mate gonna get some kip", "ok tschüss", "servus", "cya", "guad nacht",
]  # fmt: skip
BETTER = [
    "ok it stopped", "im fine", "i feel better thanks", "es geht wieder", "bin wieder daheim", "I came down",
    "i put them away", "alles wieder gut", "blutet nicht mehr", "I'm with my mum",
]  # fmt: skip
NO_BETTER = [
    "im not fine", "i dont feel better", "i feel no better", "mir geht es nicht gut", "it wont stop bleeding",
    "better off dead", "if im fine", "bin ned daheim", "nicht besser",
]  # fmt: skip
TREATED = [
    "the doctor says im ok", "ive been discharged", "im home from hospital", "they sent me home",
    "die ärztin sagt es ist alles in ordnung", "bin aus der klinik zurück", "bin entlassen",
]  # fmt: skip
NOT_TREATED = [
    "they said im not out of danger", "they wont let me go home", "der arzt sagt es ist nicht gut",
    "sie haben mich nicht entlassen",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        *((text, "yes_now") for text in NEAR),
        *((text, "yes") for text in NOT_NEAR),
        *((text, "means_near") for text in PLANS),
        *((text, "at_place") for text in PLACES),
        *((text, "near_place") for text in PERHAPS),
        *((text, "means") for text in MEANS),
        *((text, "no") for text in DIALECT_NO),
        *((text, "yes") for text in DIALECT_YES),
        *((text, "other_person") for text in OF_OTHERS),
    ],
)
def test_an_answer_about_danger_is_heard_in_other_words(text: str, heard: Heard) -> None:
    """In slang and dialect, too, and without a yes beside it."""
    assert hear(text, None, in_danger=True) == heard


@pytest.mark.parametrize("text", ["its about my mum", "es geht um meinen Vater"])
def test_who_names_somebody_may_name_the_reason(text: str) -> None:
    """So the question stays open, unless the gate finds worry."""
    assert hear(text, None, in_danger=True) == "unclear"
    assert hear(text, None, in_danger=True, worried=True) == "other_person"


@pytest.mark.parametrize("text", [*NO_PLANS, *NO_PLACES, *NO_MEANS])
def test_what_only_resembles_danger_is_none(text: str) -> None:
    """A plan for a party, a bridge of yesterday, or an English gift."""
    assert hear(text, None, in_danger=True) in {"unclear", "no"}


@pytest.mark.parametrize("text", [*NEAR, *PLANS, *PLACES])
def test_danger_now_is_heard_when_no_question_is_open(text: str) -> None:
    """Right after a reply about what makes calling hard."""
    assert hear(text, None, asked=False, in_danger=True, talked="barriers") in {"yes_now", "means_near", "at_place"}


def test_who_goes_there_answers_the_question_for_suicide_alone() -> None:
    """Later it may be where people are, as the machine has said."""
    assert hear("im walking there now", None, in_danger=True) == "at_place"
    assert hear("im walking there now", None, asked=False, in_danger=True, talked="open") == "unclear"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i hear voices they tell me im worthless they say i should go to the bridge", True),
        ("die stimmen sagen ich soll springen", True),
        ("i hear voices from next door", False),
        ("my boss says i should jump on the call", False),
    ],
)
def test_voices_that_command_harm_are_heard(text: str, *, expected: bool) -> None:
    """Also over several messages, which are read as one."""
    assert tells_of_commands(text) is expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("last night was really bad", ["en"]),
        ("das war eine last für mich", ["de"]),
        ("ok", ["en", "de"]),
        ("ja aber i feel like shit today", ["en", "de"]),
    ],
)
def test_a_message_is_read_in_its_language(text: str, codes: list[str]) -> None:
    """In all languages, if it is of several or of none for sure."""
    assert languages_of(text) == codes


@pytest.mark.parametrize("text", TAKEN_BACK)
def test_what_was_not_meant_may_be_said_later(text: str) -> None:
    """After any reply of the talk. It is answered with care, once."""
    assert hear(text, None, asked=False, in_danger=True, talked="barriers") == "taken_back"
    assert text_name("accepted", text, "taken_back", before="eased") == "accepted_back"
    assert text_name("accepted", text, "taken_back", before="asked") == "accepted"


@pytest.mark.parametrize("text", ["no not really", "not really", "nicht wirklich", "nein eigentlich nicht"])
def test_half_a_no_after_the_talk_is_heard(text: str) -> None:
    """It is asked about once more."""
    assert hear(text, None, in_danger=True, talked="open") == "half_no"


@pytest.mark.parametrize("text", ADMITTED)
def test_a_no_may_be_taken_back_in_any_order(text: str) -> None:
    """Right after it."""
    assert hear(text, None, asked=False, in_danger=True, talked="open") == "admitted"


@pytest.mark.parametrize("text", GOODBYES)
def test_a_goodbye_ends_the_talk(text: str) -> None:
    """Right after it, while its question is open, and later."""
    assert hear(text, None, asked=False, in_danger=True, talked="open") == "thanks"
    assert hear(text, None, asked=True, in_danger=True, talked="open") == "thanks"
    assert hear(text, None, asked=False, in_danger=True, talked="lately") == "thanks"


def test_thanks_alone_are_no_goodbye() -> None:
    """When the conversation has gone on, they are for that."""
    assert hear("thanks", None, asked=False, in_danger=True, talked="lately") == "unclear"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("last night was really bad", "eased_other"),
        ("i got a new job", "eased_other"),
        ("my dad is picking me up now", "eased_company"),
        ("Papa holt mich gleich ab", "eased_company"),
        ("my dog is here", "eased_other"),
        ("my buddy killed himself last spring", "eased_loss"),
        ("mein Freund hat sich letztes Jahr umgebracht", "eased_loss"),
        ("my job", "eased_consequences"),
        ("my parents would find out", "eased_consequences"),
    ],
)
def test_a_word_is_a_barrier_where_it_is_told_as_one(text: str, name: str) -> None:
    """In a few words, or as a fear. Who comes and who has died are answered as such."""
    assert text_name("eased", text) == name


def test_a_gun_is_named() -> None:
    """Other means are not."""
    assert text_name("means", "i have my dads shotgun", "means") == "means_gun"
    assert text_name("means", "ich habe Tabletten", "means") == "means"


def held(text: str, asked: str, state: str = "held") -> Heard:
    return heard_when_held(text, hear(text, None, in_danger=True), asked, state)


@pytest.mark.parametrize("text", BETTER)
def test_who_is_nearly_safe_is_asked_back_once(text: str) -> None:
    """No message that tells of help or relief is answered by the emergency number alone."""
    assert held(text, "held") == held(text, "held_later") == "calmer"
    assert text_name("held", text, "calmer", asked="held") in {"held_check", "held_help"}
    assert held(text, "held_check") == "assured"
    assert held(text, "poisoned_safe", POISONED) == "calmer"


@pytest.mark.parametrize("text", ["i think so", "mostly", "denk schon", "yes I will"])
def test_half_a_yes_is_asked_back(text: str) -> None:
    """Before it is taken for one, unless it may mean the danger."""
    heard = hear(text, None, in_danger=True)

    assert held(text, "held_later") == held(text, "held_check") == "calmer"
    assert heard_when_held(text, heard, "held_check", "held", 2) == ("calmer" if "will" in text else "assured")


@pytest.mark.parametrize("text", NO_BETTER)
def test_who_is_not_safe_is_not_taken_for_safe(text: str) -> None:
    """Whatever was asked."""
    assert held(text, "held_check") not in {"assured", "safe", "calmer"}
    assert held(text, "poisoned_safe", POISONED) not in {"assured", "safe"}


@pytest.mark.parametrize("text", TREATED)
def test_who_was_treated_is_asked_once(text: str) -> None:
    """Then it is an answer, also after poison."""
    assert held(text, "poisoned", POISONED) == "treated"
    assert text_name(POISONED, text, "treated", asked=POISONED) == "held_treated"
    assert held(text, "poisoned_safe", POISONED) == "assured"


@pytest.mark.parametrize("text", NOT_TREATED)
def test_who_was_not_treated_is_not_taken_for_treated(text: str) -> None:
    """A denial counts wherever it stands."""
    assert held(text, "poisoned_safe", POISONED) not in {"assured", "safe", "treated"}


def test_after_hours_it_is_asked_twice_before_it_is_urged() -> None:
    """Unless danger is told."""
    assert text_name("held", "hm", asked="held_later") == "held_check"
    assert text_name("held", "hm", asked="held_check") == "held"
    assert text_name("held", "ich bring mich um", "said", later=True) == "held"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("I hear you. What was hard today?", False),
        ("Will you try it?", True),
        ("Magst du das versuchen?", True),
        ("Was davon ist am schwersten?", False),
        ("Take your time.", False),
        ("Here is room for it, in any order. Would you tell me a bit more?", True),
    ],
)
def test_a_reply_waits_for_a_yes_or_not(reply: str, *, expected: bool) -> None:
    """If it does, a yes is no answer to the support beside it."""
    assert asks_yes_or_no(reply) is expected


@pytest.mark.parametrize(
    ("language", "reply", "expected"),
    [
        ("ar", "هل تريد أن تجرب؟", True),
        ("ar", "ما الذي يثقلك اليوم؟", False),
        ("es", "¿Crees que podrías dormir?", True),
        ("es", "Te leo. ¿Qué fue lo más duro hoy?", False),
        ("fr", "Veux-tu essayer ?", True),
        ("fr", "Je suis là. Avec qui veux-tu parler ?", False),
        ("ja", "試してみますか？", True),  # noqa: RUF001 - its question mark
        ("ja", "今日は何がつらかったですか？", False),  # noqa: RUF001 - as above
        ("pt", "Será que quer tentar?", True),
        ("de", "Worüber magst du reden?", False),
    ],
)
def test_a_reply_in_another_language_waits_for_a_yes_or_not(language: str, reply: str, *, expected: bool) -> None:
    """Whatever its question mark is, and wherever the word that asks stands."""
    assert asks_yes_or_no(reply, language) is expected
