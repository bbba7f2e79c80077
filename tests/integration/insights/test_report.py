"""GET /insights/report.pdf."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.conftest import ClientFactory
from tests.integration.insights.diary import Diary, ago

LABELS = ["Běhání", "Прогулка", "日本語の勉強", "산책", "قهوة", "हिन्दी", "a" * 80, "<b>&", "\x01\x02", "🏃"]
INSIGHT = """
    INSERT INTO public.insights
        (user_id, id, kind, about, names, outcome, lag, unit, effect, effect_sd, low, high, level, n_with, n_without,
         first_day, last_day, forgets_tags, method_version, status, found_at, estimated_at, expires_at)
    VALUES (%s, gen_random_uuid(), 'factor', %s, ARRAY[%s], 'valence', 0, 1, %s, 0.6, 1.2, 3.1, 0.95, 40, 60,
            '2026-01-01', '2026-06-30', false, 'test', 'new', now(), now(), 'infinity')
"""


async def printed(diary: Diary, **query: str) -> tuple[int, str]:
    """How many pages the report has, and its text."""
    response = await diary.insights.get("/report.pdf", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/pdf"
    pages = PdfReader(BytesIO(response.content)).pages
    return len(pages), " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_a_report_has_the_course_its_range_and_its_coverage(diary: Diary) -> None:
    """On one page, without a diagnosis and without what was written in notes."""
    diary.write([(ago(n), "sad" if n > 40 else "happy", 4 + n % 3, []) for n in range(80, 0, -1)], note="secret note")
    await diary.count()

    pages, text = await printed(diary)

    assert pages == 1
    assert "Entries: 80, on 80 of 90 days. Longest gap, in days: 9." in text
    assert "Hardest day: \N{MINUS SIGN}4.2 on " in text
    assert "Best day: 5.1 on " in text
    assert "Change in 30 days: " in text
    assert "It has no diagnosis" in text
    assert "happy 50 %, sad 50 %" in text
    assert "None was clear enough to be shown." in text
    assert "secret" not in text


async def test_a_name_is_printed_or_is_replaced_by_a_number(diary: Diary) -> None:
    """In every script, on at most two pages, with a note where a name cannot be printed."""
    diary.write([(ago(n), "happy", 5, [LABELS[n % len(LABELS)]]) for n in range(60, 0, -1)])
    await diary.count()
    with diary.database.admin() as conn:
        for number, label in enumerate(LABELS):
            conn.execute(INSIGHT, (diary.person, label.casefold(), label.casefold(), 2.5 - number / 10))

    pages, text = await printed(diary)

    assert pages <= 2
    for label in ("Běhání", "Прогулка", "日本語の勉強", "산책", "<b>&"):
        assert label in text
    assert text.count("+1.2 to +3.1") == len(LABELS)
    assert text.count("Factor ") == 4
    assert "* The name is in a script that this page cannot print." in text


@pytest.mark.parametrize(("hours", "is_told"), [([12], False), ([9, 15], True)])
async def test_jumps_are_told_of_entries_that_are_close(diary: Diary, hours: list[int], *, is_told: bool) -> None:
    """A clinician reads the share of real pairs. Of entries once a day, nothing is said."""
    for number in range(1, 16):
        for hour in hours:
            mood = "joyful" if (number + hour) % 2 else "sad"
            await diary.check_in(mood, ago(number), hour, intensity=8)

    _, text = await printed(diary)

    assert ("Jumps by 7 points or more between two entries at most eight hours apart" in text) is is_told


async def test_a_hidden_factor_is_not_printed(diary: Diary) -> None:
    """The person decides what others see."""
    diary.write([(ago(n), "happy", 5, ["wine"]) for n in range(60, 0, -1)])
    await diary.count()
    with diary.database.admin() as conn:
        conn.execute(INSIGHT, (diary.person, "wine", "wine", 2.0))
    assert "wine" in (await printed(diary))[1]

    await diary.insights.patch("/factors", json={"factor": "wine", "hidden": True})

    assert "wine" not in (await printed(diary))[1]


async def test_one_day_is_neither_the_best_nor_the_hardest(diary: Diary) -> None:
    """The report says that there are too few days for a mean."""
    diary.write([(ago(3), "frustrated", 7, [])])
    await diary.count()

    _, text = await printed(diary)

    assert "Entries: 1, on 1 of 90 days." in text
    assert "Best day" not in text


async def test_a_report_without_entries_says_so(diary: Diary, client_for: ClientFactory) -> None:
    """In the language of the profile."""
    await client_for("account", diary.person).patch("/profile", json={"locale": "de"})

    _, text = await printed(diary, **{"from": "2026-01-01", "to": "2026-01-31"})

    assert "1. Jan. 2026 bis 31. Jan. 2026" in text
    assert "Aus dieser Zeit gibt es keine Einträge." in text


@pytest.mark.parametrize("query", ["from=2026-02-01&to=2026-01-01", "from=1976-01-01&to=2026-01-01", "to=soon"])
async def test_a_range_must_make_sense(diary: Diary, query: str) -> None:
    """In order, and of at most 366 days."""
    assert (await diary.insights.get(f"/report.pdf?{query}")).status_code == 422
