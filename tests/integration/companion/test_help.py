"""The help articles: read by everybody, and found by the words that people ask with."""

import httpx
import pytest

from functions.companion.help.articles import articles
from functions.companion.help.search import find, find_preferring
from shared.services import Services
from tests.conftest import APPS, Client, Clone

ASKED = [
    ("Why do I get no reminders?", "reminders"),
    ("my notifications dont show up", "reminders"),
    ("The app shows the wrong time since I am travelling", "time-zones"),
    ("how can I download all my data", "export"),
    ("I want to delete my account", "deletion"),
    ("How do I withdraw my consent?", "consent"),
    ("how do i cancel my subscription", "premium"),
    ("Can I listen with Spotify?", "players"),
    ("I come from Daylio, can I bring my entries?", "import"),
    ("What is an insight?", "insights"),
    ("why are insights missing", "withheld-insights"),
    ("Who can read my notes?", "who-reads"),
    ("does the companion remember what I say", "companion"),
    ("I lost my streak", "streaks"),
    ("can I edit an entry of yesterday", "check-ins"),
    ("how do I pause a plan", "plans"),
    ("I forgot my password", "sign-in"),
    ("can I talk to somebody from the team", "hand-over"),
    ("what is a safety plan", "safety"),
    ("hide a suggestion", "suggestions"),
    ("how do i change the reminder time", "reminders"),
    ("at what time do reminders come", "reminders"),
    ("plan a trip", "brainstorm-and-planning"),
    ("Warum bekomme ich keine Erinnerungen?", "reminders"),
    ("Push kommt nicht an", "reminders"),
    ("Die Uhrzeit ist falsch", "time-zones"),
    ("Wie exportiere ich meine Daten?", "export"),
    ("Wie lösche ich mein Konto?", "deletion"),
    ("Ich möchte meine Einwilligung widerrufen", "consent"),
    ("Wie kündige ich mein Abo?", "premium"),
    ("Kann ich Spotify benutzen?", "players"),
    ("Ich will mein Tagebuch aus Daylio importieren", "import"),
    ("Was ist eine Erkenntnis?", "insights"),
    ("Warum sehe ich keine Erkenntnisse", "withheld-insights"),
    ("Wer kann meine Notizen lesen?", "who-reads"),
    ("Was merkt sich der Begleiter?", "companion"),
    ("Meine Serie ist weg", "streaks"),
    ("Kann ich einen Eintrag von gestern ändern?", "check-ins"),
    ("Wie pausiere ich einen Plan?", "plans"),
    ("Ich habe mein Passwort vergessen", "sign-in"),
    ("Ich möchte einen Menschen fragen", "hand-over"),
    ("Was ist ein Notfallplan?", "safety"),
    ("Einen Vorschlag ausblenden", "suggestions"),
    ("Wie ändere ich die Zeit der Erinnerung?", "reminders"),
    ("Wann kommt die Erinnerung?", "reminders"),
    ("Eine Reise planen", "brainstorm-and-planning"),
]
OFF_TOPIC = [
    "What is the capital of France?",
    "My dog ate my shoe",
    "ok",
    "thanks a lot!",
    "1234 ???",
    "Wie hoch ist der Eiffelturm?",
    "Danke schön",
    "Mein Hund hat meinen Schuh gefressen",
]


async def test_a_question_finds_its_article(services: Services) -> None:
    """In both languages, whichever the question is in, first of all."""
    misses = {}
    async with services.database.service() as conn:
        for words, name in ASKED:
            found = await find(conn, words)
            if not found or found[0].article.name != name:
                misses[words] = [(each.article.name, each.article.language, each.score) for each in found]

    assert misses == {}


async def test_the_passage_answers_the_question(services: Services) -> None:
    """Not only the article is the right one."""
    passages = {}
    async with services.database.service() as conn:
        for words in ("how do i change the reminder time", "How do I cancel my subscription?"):
            passages[words] = (await find(conn, words))[0].passage

    assert "change the times of your reminders" in passages["how do i change the reminder time"]
    assert "cancel the subscription there" in passages["How do I cancel my subscription?"]


async def test_a_passage_is_shown_in_another_language(services: Services) -> None:
    """The same one: articles have the same paragraphs in every language."""
    async with services.database.service() as conn:
        [found, *_] = await find(conn, "Wie lösche ich mein Konto?")

    assert found.article.language == "de"
    assert found.in_language("en-GB").article.title == "Deleting your account"
    assert found.in_language("en-GB").passage.startswith("When you delete your account")
    assert found.in_language("fr").article.language == "en"


@pytest.mark.parametrize("locale", ["en-GB", "de-AT"])
async def test_words_of_both_languages_are_taken_for_the_persons_own(services: Services, locale: str) -> None:
    """And others for the language that they are in."""
    async with services.database.service() as conn:
        both = await find_preferring(conn, "Spotify", locale)
        german = await find_preferring(conn, "Wie lösche ich mein Konto?", locale)
        nothing = await find_preferring(conn, "ok", locale)

    assert both[0].article.language == locale[:2]
    assert german[0].article.language == "de"
    assert nothing == []


async def test_what_has_nothing_to_do_with_mend_finds_nothing(services: Services) -> None:
    """Better no answer than a wrong one."""
    async with services.database.service() as conn:
        found = {words: await find(conn, words) for words in OFF_TOPIC}

    assert {words: each for words, each in found.items() if each} == {}


@pytest.fixture
async def reader(services: Services) -> httpx.AsyncClient:
    """Somebody who is not signed in."""
    assert services
    return httpx.AsyncClient(transport=httpx.ASGITransport(APPS["companion"]), base_url="https://mend.test")


def test_every_article_is_there_in_every_language() -> None:
    """With as many paragraphs, each short enough to be quoted."""
    shapes = {
        language: {name: len(article.passages) for name, article in by_name.items()}
        for language, by_name in articles().items()
    }

    assert shapes.keys() >= {"en", "de"}
    assert len(shapes["en"]) >= 15
    assert all(shape == shapes["en"] for shape in shapes.values())
    assert max(len(passage) for each in articles().values() for one in each.values() for passage in one.passages) < 400


async def test_everybody_reads_the_list(reader: httpx.AsyncClient) -> None:
    """In their language, without a sign-in, from a cache for an hour."""
    english = await reader.get("/help")
    german = await reader.get("/help", headers={"Accept-Language": "fr, de-AT;q=0.8"})
    chosen = await reader.get("/help?language=de-CH", headers={"Accept-Language": "en"})
    other = await reader.get("/help?language=tlh")

    titles = [item["title"] for item in english.json()["items"]]
    assert (english.status_code, titles) == (200, sorted(titles))
    assert {"Reminders do not arrive", "Export"} & {*titles} == {"Reminders do not arrive"}
    assert german.json()["language"] == chosen.json()["language"] == "de"
    assert other.json()["language"] == "en"
    assert english.headers["cache-control"] == "public, max-age=3600"
    assert "Accept-Language" in english.headers["vary"]


async def test_an_article_is_read_as_data_and_as_a_page(reader: httpx.AsyncClient) -> None:
    """The page is where the links in conversations lead. Who has it already is sent nothing."""
    article = (await reader.get("/help/reminders?language=de")).json()
    page = await reader.get("/help/reminders.html?language=de")
    again = await reader.get("/help/reminders.html?language=de", headers={"If-None-Match": page.headers["etag"]})

    assert article["title"] == "Erinnerungen kommen nicht an"
    assert article["url"].endswith("/companion/help/reminders.html?language=de")
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="de">' in page.text
    assert page.text.count("<p>") == len(article["text"].split("\n\n"))
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/help/nothing", "/help/nothing.html", "/help/..%2f..%2fsettings", "/help/Reminders"])
async def test_an_article_that_is_not_there_is_not_found(reader: httpx.AsyncClient, path: str) -> None:
    """Nothing but articles is read."""
    assert (await reader.get(path)).status_code == 404


async def test_a_search_shows_the_passage(reader: httpx.AsyncClient) -> None:
    """The best article first. What a person looks for is in no cache."""
    found = await reader.get("/help", params={"q": "Why do I get no reminders?"})
    german = await reader.get("/help", params={"q": "Erinnerungen", "language": "de"})
    nothing = await reader.get("/help", params={"q": "capital of France"})

    first = found.json()["items"][0]
    assert (first["name"], "reminder" in first["passage"].lower()) == ("reminders", True)
    assert found.headers["cache-control"] == "no-store"
    assert german.json()["items"][0]["title"] == "Erinnerungen kommen nicht an"
    assert nothing.json()["items"] == []


async def test_a_search_that_tells_of_danger_is_answered(reader: httpx.AsyncClient) -> None:
    """Also for somebody who is not signed in."""
    answer = await reader.get("/help", params={"q": "I want to kill myself"}, headers={"Accept-Language": "de-AT"})

    assert answer.json()["support"]["lines"][0]["country"] == "AT"
    assert (await reader.get("/help", params={"q": "reminders"})).json().get("support") is None


async def test_an_app_finds_help_for_its_person(me: Client, database: Clone) -> None:
    """Apps send a token and often no `Accept-Language`: support is in the person's language, with their lines."""
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.user_profiles (user_id, locale, country) VALUES (%s, 'de', 'DE')", (me.person,)
        )

    danger = (await me.get("/help", params={"q": "ich will sterben"})).json()["support"]
    found = (await me.get("/help", params={"q": "Konto löschen"})).json()

    assert danger["lines"][0]["country"] == "DE"
    assert "Du" in danger["message"] or "du" in danger["message"]
    assert found["language"] == "de"
    assert found["items"][0]["name"] == "deletion"


@pytest.mark.parametrize("query", ["q=", "language=" + "x" * 99, "page=2", "q=a&q=b", "q=" + "x" * 201])
async def test_a_search_that_is_wrong_is_refused(reader: httpx.AsyncClient, query: str) -> None:
    """As on every route."""
    assert (await reader.get(f"/help?{query}")).status_code == 422
