"""Short answers about danger in languages in which the machine has no texts of its own."""

import re

import pytest

from functions.companion.danger.language import language_after
from functions.companion.danger.short_texts import SHORT_TEXTS
from functions.companion.rules.danger_answers import PHRASES, groups_of, in_english, phrases_by_language
from functions.companion.rules.danger_words import hear
from functions.companion.rules.safe_words import says_safe

CODES = sorted(phrases_by_language())
QUOTED = re.compile("[\u00ab\u2018\u201c\u201e\u300c](.+?)[\u00bb\u2019\u201d\u300d]")


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_every_group(code: str) -> None:
    """Each stands for an English phrase, but for words that say nothing, that deny, and that ask."""
    assert groups_of(code).keys() == (PHRASES.keys() - {"unsafe"}) | {"filler", "not", "ask", "empty"}


@pytest.mark.parametrize("code", CODES)
def test_the_words_that_end_a_held_talk_are_understood(code: str) -> None:
    """The companion asks to write them."""
    quoted = QUOTED.search(SHORT_TEXTS.by_code[code].when_safe)

    assert quoted is not None
    assert says_safe(in_english(quoted[1], code))


@pytest.mark.parametrize(
    ("code", "text", "phrases"),
    [
        ("ar", "نَعَم", "yes"),
        ("ar", "لا أعرف", "maybe"),
        ("ar", "أنا لست في أمان", "I am not safe, something"),
        ("ar", "سأفعلها", "I will do it now"),
        ("es", "pues sí, lo pienso cada día", "yes"),
        ("es", "no lo voy a hacer", "maybe, something"),
        ("es", "no tomé las pastillas", "maybe, something"),
        ("es", "sí, ya estoy a salvo ahora", "yes, I am safe, something"),
        ("es", "quizás esté a salvo, no sé", "maybe"),
        ("es", "era broma", "that is not what I meant"),
        ("es", "y qué", "something"),
        ("fr", "Je ne suis plus en danger", "I am safe"),
        ("fr", "je ne suis pas en sécurité", "I am not safe, something"),
        ("fr", "non, ce soir", "tonight"),
        ("fr", "j'ai menti", "yes, I lied"),
        ("hi", "haan par abhi nahi", "yes, not now, maybe"),
        ("hi", "मैं सुरक्षित नहीं हूँ", "I am not safe, something"),
        ("it", "non sono al sicuro", "I am not safe"),
        ("it", "no, sto bene grazie", "no, I feel better, thanks"),
        ("ja", "安全じゃない", "I am not safe"),
        ("ja", "はいそうです", "yes"),
        ("ja", "分かりません", "maybe"),
        ("ko", "안전하지 않아요", "I am not safe"),
        ("ko", "네네", "yes"),
        ("nl", "ik ben niet veilig", "I am not safe, something"),
        ("nl", "NEEEE", "no"),
        ("pl", "no", "something"),
        ("pl", "na pewno nie", "no"),
        ("pt", "tenho um plano", "yes, it is in front of me"),
        ("ru", "я не в безопасности", "I am not safe, something"),
        ("ru", "ya v bezopasnosti", "I am safe"),
        ("tr", "güvende değilim", "I am not safe"),
        ("tr", "HAYIR", "no"),
        ("zh", "我不安全", "I am not safe, something"),
        ("zh", "对不起", "something"),
        ("zh", "不知道", "maybe"),
        ("zh", "不会", "no"),
    ],
)
def test_an_answer_is_said_again_in_english(code: str, text: str, phrases: str) -> None:
    """Whatever the accents, the letters and the denials."""
    assert in_english(text, code) == phrases


@pytest.mark.parametrize("text", ["I am safe now", "no I am not thinking about it", "Was soll das heißen?"])
def test_english_and_german_stay_as_they_are(text: str) -> None:
    """People mix languages."""
    assert in_english(text, "es", "fr") == text


def test_the_question_decides_in_which_language_an_answer_is_read() -> None:
    """Polish "no" is nearly a yes. Without such a language, a message is read as it is."""
    assert in_english("no", "es", "pl") == "no"
    assert in_english("no", "pl", "es") == "something"
    assert in_english("no", "en", None) == "no"


@pytest.mark.parametrize(
    ("before", "text", "language"),
    [
        (None, "да", "ru"),
        ("en", "はい", "ja"),
        ("ja", "今夜", "ja"),
        ("en", "我想死", "zh"),
        ("fr", "نعم", "ar"),
        ("de", "हाँ", "hi"),
        ("en", "네 😢", "ko"),
        (None, "мені дуже погано", None),
        ("fr", "oui", "fr"),
        ("ja", "hai", "ja"),
        ("en", "I said 'да' to her, and she went", "en"),
        ("en", "...", "en"),
    ],
)
def test_a_script_tells_the_language_at_once(before: str | None, text: str, language: str | None) -> None:
    """Unless its letters are of another language. Words tell it only if they are clearly of another one."""
    assert language_after(before, text) == language


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("text", ["no, ", "不没有是", "就要会", "ないです", "si oui ", "वह ", "안 ", "وال"])
def test_hostile_answers_are_read_too(code: str, text: str) -> None:
    """Long ones, without an exponential search."""
    assert in_english((text * 1000)[:2000], code)


ABOUT_ANOTHER = {
    "ar": "مش عني، عن صديقي",
    "es": "no soy yo, es mi hermana",
    "fr": "cest pas moi c'est ma soeur",
    "hi": "mere bare mein nahi, meri behen ki baat hai",
    "it": "parlo di un mio amico, non di me",
    "ja": "友達の話です",
    "ko": "제 얘기가 아니라 친구 얘기예요",
    "nl": "het gaat niet om mij maar om mijn zus",
    "pl": "to nie ja, to moja siostra",
    "pt": "nao sou eu, e minha irma",
    "ru": "это не я, это моя сестра",
    "tr": "arkadas\u0131m için soruyorum",
    "zh": "不是我\uff0c是我妹妹",
}


@pytest.mark.parametrize("code", CODES)
def test_an_answer_about_somebody_else_is_heard_as_such(code: str) -> None:
    """Also without accents and in everyday words."""
    assert hear(in_english(ABOUT_ANOTHER[code], code), None, in_danger=True) == "other_person"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("es", "sí, y es por mi hermana"),
        ("es", "no soy yo, es mi hermana. bueno, yo también"),
        ("fr", "c'est ma soeur, mais moi aussi"),
        ("ja", "友達の話です、私も"),
        ("zh", "是我妹妹\uff0c我也是"),
    ],
)
def test_who_speaks_of_themselves_too_speaks_not_of_another_alone(code: str, text: str) -> None:
    """They are not let go as somebody who worries."""
    assert hear(in_english(text, code), None, in_danger=True) != "other_person"
