"""Talks about danger in languages in which the machine has no texts of its own, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from functions.companion.danger.short_texts import SHORT_TEXTS
from shared.safety.texts import all_of, languages
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.companion.conftest import Begin, decide, send
from tests.integration.companion.test_danger import MODEL, speaks, states, talk
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
HURTS = {
    "ar": "أجرح نفسي",
    "es": "Me corté otra vez",
    "fr": "je me scarifie",
    "hi": "मैं खुद को काटता हूँ",
    "it": "mi sono tagliata di nuovo",
    "ja": "リストカットをしています",
    "ko": "또 자해했어요",
    "nl": "Ik heb mezelf weer gesneden",
    "pl": "znowu się pocięłam",
    "pt": "me cortei de novo",
    "ru": "я снова порезала себя",
    "tr": "kendimi yine kestim",
    "zh": "我又自残了",
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


async def test_support_is_in_the_language_of_the_conversation_whatever_the_profile_says(
    me: Client, begin: Begin, database: Clone
) -> None:
    """Also that of the whole answer, which is the one beside the reply."""
    speaks(database, me, "de-DE", "DE")

    exchange = await send(me, await begin(), "Je veux mourir, je ne supporte plus rien du tout")

    assert exchange["support"] == exchange["reply"]["support"]
    assert is_text(exchange["reply"], "fr", "explicit")
    assert {line["country"] for line in exchange["support"]["lines"]} == {"DE"}


async def test_an_answer_hours_later_is_an_answer(
    me: Client, client_for: ClientFactory, begin: Begin, database: Clone, move_clock: ClockMover
) -> None:
    """From another device, too. What is no answer is asked about anew, in the same language."""
    first, second = await begin(), await begin()
    await talk(me, first, "Je veux mourir")
    await talk(me, second, "Quiero morir")
    move_clock(timedelta(hours=9))
    later = client_for("companion", me.person)

    [guided] = await talk(later, first, "oui")
    [again] = await talk(later, second, "hola")

    assert is_text(guided, "fr", "explicit")
    assert is_text(again, "es", "explicit")
    assert states(database).count("guided") == 1
    assert states(database).count("asked_again") == 1


async def test_danger_now_goes_on_in_another_conversation_in_its_language(
    me: Client, begin: Begin, database: Clone
) -> None:
    """It asks whether the person is safe, and a yes in that language answers."""
    first, second = await begin(), await begin()
    await talk(me, first, "Je veux mourir", "ce soir")

    asked, safe = await talk(me, second, "coucou", "oui")

    assert asked["support"]["question"] == SHORT_TEXTS.by_code["fr"].safe_now
    assert is_text(safe, "fr", "care")
    assert sorted(filter(None, states(database))) == ["asked", "held", "held", "safe"]


async def test_a_question_beside_a_reply_is_answered_in_any_language(me: Client, begin: Begin, database: Clone) -> None:
    """In other words than it was asked."""
    hint, again = await talk(me, await begin(), "tout le monde se porterait mieux", "oui")

    assert states(database) == ["wondered", "asked_again"]
    assert hint["support"]["question"] in {text["question"] for text in all_of("fr")["texts"]["indirect"]}
    assert is_text(again, "fr", "explicit")


async def test_who_lied_or_jokes_is_heard_in_any_language(me: Client, begin: Begin, database: Clone) -> None:
    """A no may be taken back, and so may danger."""
    await talk(me, await begin(), "Je veux mourir", "non", "en fait si", "c'était une blague")

    assert states(database) == ["asked", "accepted", "guided", "accepted"]


async def test_an_answer_is_read_in_the_language_of_its_own_words_too(
    me: Client, begin: Begin, database: Clone
) -> None:
    """The talk may have changed to another one meanwhile."""
    await talk(me, await begin(), "Voglio morire", "stasera", "I can't talk to anyone", "sono al sicuro")

    assert states(database) == ["asked", "held", "held", "safe"]


async def test_without_consent_grave_words_are_answered_in_their_language(
    me: Client, begin: Begin, database: Clone
) -> None:
    """Nothing is stored."""
    path = await begin()
    decide(database, me, granted=False)

    exchange = await send(me, path, "Je veux mourir")

    assert is_text(exchange["reply"], "fr", "explicit")
    assert exchange["support"] == exchange["reply"]["support"]
    assert states(database) == []


async def test_help_lines_are_listed_in_any_language(me: Client, begin: Begin, database: Clone) -> None:
    """With each way to reach them."""
    speaks(database, me, "fr-FR", "FR")

    _, reply = await talk(me, await begin(), "Je veux mourir", "quel est le numéro")

    assert "3114" in reply["content"]


@pytest.mark.parametrize("code", CODES)
async def test_self_harm_is_spoken_of_after_a_no_in_every_language(
    me: Client, begin: Begin, database: Clone, code: str
) -> None:
    """With a sentence about wounds."""
    _, hurt = await talk(me, await begin(), HURTS[code], ANSWERS[code][2])

    assert states(database) == ["asked", "hurt"]
    assert SHORT_TEXTS.by_code[code].wounds.partition("{")[0] in hurt["content"]
