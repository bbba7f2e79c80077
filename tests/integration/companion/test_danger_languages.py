"""Talks about danger in languages in which the machine has no texts of its own, over HTTP."""

from typing import Any

import pytest

from functions.companion.danger.short_texts import SHORT_TEXTS
from shared.safety.texts import all_of, languages
from tests.conftest import Client, Clone
from tests.integration.companion.conftest import Begin
from tests.integration.companion.test_danger import MODEL, states, talk
from tests.integration.shared.scripted_host import ScriptedHost

# A wish to die; a yes, a no, "yes, tonight", and "I am safe".
ANSWERS = {
    "ar": ("أريد أن أموت", "نعم", "لا", "نعم، الليلة", "أنا في أمان"),
    "es": ("Quiero morir", "sí", "No.", "si esta noche", "Estoy a salvo"),
    "fr": ("Je veux mourir", "Oui 😢", "non merci", "oui, ce soir", "je suis en sécurité"),
    "hi": ("मैं मरना चाहता हूँ", "हाँ", "नहीं", "haan aaj raat", "मैं सुरक्षित हूँ"),
    "it": ("Voglio morire", "SI", "no no", "sì stasera", "sono al sicuro adesso"),
    "ja": ("死にたい", "はい", "いいえ", "はい、今夜", "安全です"),
    "ko": ("죽고 싶어", "네", "아니요", "네 오늘 밤에", "이제 안전해요"),
    "nl": ("Ik wil dood", "ja", "nee hoor", "ja vanavond", "ik ben veilig"),
    "pl": ("Chcę umrzeć", "no tak", "nie", "tak, dziś w nocy", "jestem bezpieczna"),
    "pt": ("Quero morrer", "sim", "nao", "sim hoje", "estou em segurança"),
    "ru": ("Я хочу умереть", "da", "нет", "да, сегодня ночью", "я в безопасности"),
    "tr": ("Ölmek istiyorum", "EVET", "hayir", "evet bu gece", "güvendeyim"),
    "zh": ("我想死", "是的", "没有", "是的。今晚", "我安全了"),
}
CODES = sorted(ANSWERS)


def is_text(reply: dict[str, Any], code: str, *keys: str) -> bool:
    """Whether a reply is one of the texts of the support in a language."""
    numbers = (reply["support"]["emergency_number"], all_of(code)["local_emergency"])
    texts = [text["message"] for key in keys for text in all_of(code)["texts"][key]]
    filled = [text.replace("{emergency_number}", number) for text in texts for number in numbers]
    return any(reply["content"].startswith(text) for text in filled)


def test_every_language_of_the_support_is_tested() -> None:
    """English and German have talks of their own."""
    assert languages() - {"de", "en"} == ANSWERS.keys() == SHORT_TEXTS.by_code.keys()


@pytest.mark.parametrize("code", CODES)
async def test_a_yes_is_followed_in_every_language(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone, code: str
) -> None:
    """By the support again, which asks no model. Who has set no language is answered in the one they write."""
    wish, yes, *_ = ANSWERS[code]

    asked, guided = await talk(me, await begin(), wish, yes)

    assert states(database) == ["asked", "guided"]
    assert is_text(asked, code, "explicit", "indirect")
    assert is_text(guided, code, "explicit")
    assert guided["content"] != asked["content"]
    assert guided["support"]["lines"]
    assert guided["support"]["grade"] == "explicit"
    assert model.seen == []


@pytest.mark.parametrize("code", CODES)
async def test_a_no_is_accepted_in_every_language(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone, code: str
) -> None:
    """The care period stays open, and the conversation goes on afterwards."""
    wish, _, no, *_ = ANSWERS[code]
    path = await begin()

    _, accepted = await talk(me, path, wish, no)
    [after] = await talk(me, path, "The garden helps me a little")

    assert states(database) == ["asked", "accepted", None]
    assert is_text(accepted, code, "care")
    assert accepted["support"]["lines"]
    assert accepted["support"]["question"] is None
    assert after["content"] == MODEL
    assert database.value("SELECT ends_at > now() FROM public.care_periods")


@pytest.mark.parametrize("code", CODES)
async def test_danger_now_is_held_in_every_language_until_the_person_is_safe(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone, code: str
) -> None:
    """With the emergency number, and with the words that end it."""
    wish, yes, no, now, safe = ANSWERS[code]

    _, *held, released = await talk(me, await begin(), wish, now, yes, no, "...", safe)

    assert states(database) == ["asked", "held", "held", "held", "held", "safe"]
    assert all(is_text(reply, code, "immediate") for reply in held)
    assert all(SHORT_TEXTS.by_code[code].when_safe in reply["content"] for reply in held)
    assert {reply["support"]["grade"] for reply in held} == {"immediate"}
    assert is_text(released, code, "care")
    assert model.seen == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ar", "بلعتها كلها"),
        ("es", "ya me las tomé todas"),
        ("fr", "j'ai avalé tous les comprimés"),
        ("hi", "maine sab kha li"),
        ("it", "le ho prese tutte"),
        ("ja", "全部飲んだ"),
        ("ko", "약을 다 먹었어요"),
        ("nl", "ik heb ze allemaal ingenomen"),
        ("pl", "wzięłam tabletki"),
        ("pt", "já tomei todos"),
        ("ru", "я выпил таблетки"),
        ("tr", "haplari içtim"),
        ("zh", "都吞下去了"),
        ("en", "I've taken something"),
        ("de", "hab alle geschluckt"),
    ],
)
async def test_what_was_taken_is_an_emergency_in_every_language(
    me: Client, begin: Begin, database: Clone, code: str, words: str
) -> None:
    """Also in words that tell of it only as an answer. A care period opens, and the lines are for a poison."""
    wish = {"en": "I want to die", "de": "Ich will nicht mehr leben"}.get(code) or ANSWERS[code][0]

    _, taken = await talk(me, await begin(), wish, words)

    assert states(database) == ["asked", "poisoned"]
    assert is_text(taken, code, "immediate_poison")
    assert taken["support"]["grade"] == "immediate"
    assert database.value("SELECT max(grade) FROM public.care_periods WHERE grade = 'immediate'") == "immediate"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ar", "لدي خطة"),
        ("es", "tengo la cuerda delante de mí"),
        ("fr", "j'ai un plan"),
        ("hi", "रस्सी सामने रखी है"),
        ("it", "ho già preparato tutto"),
        ("ja", "ロープを準備しました"),
        ("ko", "계획이 있어요"),
        ("nl", "ik heb een plan"),
        ("pl", "mam plan"),
        ("pt", "tenho um plano"),
        ("ru", "план есть"),
        ("tr", "planim var"),
        ("zh", "我有计划"),
    ],
)
async def test_means_and_plans_are_an_emergency_in_every_language(
    me: Client, begin: Begin, database: Clone, code: str, words: str
) -> None:
    """Since the machine has no text there that speaks of distance alone."""
    await talk(me, await begin(), ANSWERS[code][0], words)

    assert states(database) == ["asked", "held"]


@pytest.mark.parametrize(
    ("code", "words", "state"),
    [
        ("es", "no puedo más", "asked_again"),
        ("es", "sí pero ahora no", "guided"),
        ("fr", "oui mais pas maintenant", "guided"),
        ("fr", "ouiii", "guided"),
        ("fr", "yes", "guided"),
        ("fr", "no", "accepted"),
        ("fr", "Yes, I think about it every day", "guided"),
        ("it", "non lo so", "asked_again"),
        ("it", "no non ce la faccio", "asked_again"),
        ("pl", "no", "asked_again"),
        ("ru", "net", "accepted"),
        ("ru", "👍", "guided"),
        ("tr", "ne", "asked_again"),
        ("pt", "às vezes", "guided"),
        ("nl", "nee grapje", "accepted"),
        ("ja", "大丈夫です", "asked_again"),
        ("ja", "hai", "guided"),
        ("zh", "不想活了", "guided"),
        ("hi", "nahi", "accepted"),
        ("ko", "ㅇㅇ", "guided"),
        ("ar", "aywa", "guided"),
    ],
)
async def test_an_answer_is_read_in_the_language_of_the_question_and_in_english(  # noqa: PLR0913, PLR0917 - one row
    me: Client, begin: Begin, database: Clone, code: str, words: str, state: str
) -> None:
    """Short words are other ones elsewhere. What is not clearly a no is none."""
    await talk(me, await begin(), ANSWERS[code][0], words)

    assert states(database)[0] == "asked"
    assert states(database)[1] == state
