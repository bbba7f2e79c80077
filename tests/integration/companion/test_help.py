"""The help articles: read by everybody, and found by the words that people ask with."""

from functions.companion.help.search import find
from shared.services import Services

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


async def test_what_has_nothing_to_do_with_mend_finds_nothing(services: Services) -> None:
    """Better no answer than a wrong one."""
    async with services.database.service() as conn:
        found = {words: await find(conn, words) for words in OFF_TOPIC}

    assert {words: each for words, each in found.items() if each} == {}
