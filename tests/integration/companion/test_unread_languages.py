"""Talks with the scripted guide in languages that it does not read, over HTTP."""

from typing import Any

import pytest

from functions.companion.disclosure.texts import DISCLOSURE_TEXTS
from functions.companion.guide.flows import UnreadTexts
from functions.companion.guide.unread import UNKNOWN, UNREAD_TEXTS
from functions.companion.languages import written_language
from shared.safety.texts import languages
from shared.services import Services
from tests.conftest import Client, Clone
from tests.integration.companion.conftest import Begin, send

# Words about a bad day, a goodbye, and a question for what the companion is.
SAID = {
    "ar": ("كان يومي صعبا في العمل", "شكرا مع السلامة", "هل أنت إنسان؟"),
    "es": ("Hoy tuve un día difícil en el trabajo", "gracias, adiós", "¿eres humano?"),
    "fr": ("J'ai eu une journée difficile au travail", "merci, au revoir", "Es-tu un robot ?"),
    "hi": ("आज काम पर मेरा दिन मुश्किल था", "धन्यवाद, अलविदा", "क्या तुम इंसान हो?"),
    "it": ("Oggi ho avuto una giornata difficile al lavoro", "grazie, ciao", "sei umano?"),
    "ja": ("今日は仕事で大変でした", "ありがとう、またね", "あなたは人間ですか？"),  # noqa: RUF001 - other scripts
    "ko": ("오늘 직장에서 힘들었어요", "고마워요 안녕히 계세요", "당신은 사람인가요?"),
    "nl": ("Ik had vandaag een moeilijke dag op het werk", "bedankt, doei", "ben je een mens?"),
    "pl": ("Miałem dziś ciężki dzień w pracy", "dzięki, do widzenia", "czy jesteś człowiekiem?"),
    "pt": ("Hoje tive um dia difícil no trabalho", "obrigado, tchau", "você é humano?"),
    "ru": ("Сегодня был тяжёлый день на работе", "спасибо, пока", "ты человек?"),
    "tr": ("Bugün işte zor bir gün geçirdim", "teşekkürler, hoşça kal", "insan mısın?"),  # noqa: RUF001 - other scripts
    "zh": ("今天上班很辛苦", "谢谢，再见", "你是人吗？"),  # noqa: RUF001 - other scripts
}
CODES = sorted(SAID)


@pytest.fixture(autouse=True)
def _no_model(services: Services) -> None:
    vars(services)["settings"] = services.settings.model_copy(update={"environ": {}})


async def said(client: Client, path: str, *contents: str) -> list[str]:
    return [(await send(client, path, content))["reply"]["content"] for content in contents]


def introduction(texts: UnreadTexts) -> str:
    return f"{texts.introduction}\n\n{texts.ways}"


async def test_every_language_of_the_support_has_these_texts() -> None:
    """English and German have talks of their own; what is English here is for languages that we cannot tell."""
    assert {*languages()} - {"de", "en"} == SAID.keys() == UNREAD_TEXTS.by_code.keys() - {UNKNOWN}
    assert DISCLOSURE_TEXTS.by_code.keys() == {*languages()}


@pytest.mark.parametrize("code", CODES)
async def test_the_guide_does_not_act_as_if_it_understood(me: Client, begin: Begin, code: str) -> None:
    """It says in the person's language what it cannot do, and what there is: to try, people, or an end."""
    texts, (told, goodbye, _) = UNREAD_TEXTS.by_code[code], SAID[code]
    path = await begin()

    replies = await said(me, path, told, told, "1", "1.", "2", goodbye)

    assert replies[:4] == [introduction(texts), texts.kept[0], texts.practices[0], texts.practices[1]]
    assert replies[4].startswith(f"{texts.people}\n- ")
    assert replies[5] == texts.close[0]


@pytest.mark.parametrize("code", CODES)
async def test_who_asks_what_it_is_is_told_in_their_language(me: Client, begin: Begin, code: str) -> None:
    """The answer comes first, as in English."""
    [reply] = await said(me, await begin(), SAID[code][2])

    assert reply.startswith(DISCLOSURE_TEXTS.by_code[code].asked)


@pytest.mark.parametrize("code", CODES)
async def test_a_conversation_begins_in_the_language_of_the_profile(
    me: Client, begin: Begin, database: Clone, code: str
) -> None:
    """The first message says what the companion is in words that the person reads."""
    with database.admin() as conn:
        conn.execute("INSERT INTO public.user_profiles (user_id, locale) VALUES (%s, %s)", (me.person, f"{code}-XX"))

    path = await begin()

    items: list[dict[str, Any]] = (await me.get(path)).json()["items"]
    assert items[-1]["content"].startswith(DISCLOSURE_TEXTS.by_code[code].disclosure_scripted)


async def test_the_guide_talks_when_it_can_read(me: Client, begin: Begin) -> None:
    """A person may change to English and back."""
    path = await begin()

    replies = await said(me, path, SAID["fr"][0], "My boss shouted at me in front of everybody today", SAID["fr"][0])

    french = UNREAD_TEXTS.by_code["fr"]
    assert [replies[0], replies[2]] == [introduction(french), french.kept[0]]
    assert replies[1].isascii()


@pytest.mark.parametrize("text", ["мені сумно", "είμαι λυπημένος", "jag mår inte så bra idag", "אני עצוב"])
async def test_other_languages_are_told_so_in_english(me: Client, begin: Begin, text: str) -> None:
    """Of a language that is none of ours, the guide knows at least that it is none."""
    [reply] = await said(me, await begin(), text)

    assert reply == introduction(UNREAD_TEXTS.by_code[UNKNOWN])


async def test_danger_is_answered_all_the_same(me: Client, begin: Begin) -> None:
    """What is not read for a talk is read for danger."""
    path = await begin()
    await said(me, path, SAID["fr"][0])

    reply = (await send(me, path, "Je veux mourir"))["reply"]

    assert (reply["support"]["grade"], written_language(reply["content"])) == ("explicit", "fr")
