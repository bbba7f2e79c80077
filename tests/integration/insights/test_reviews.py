"""Reviews of the week, month and year that are over."""

from datetime import date

import pytest

from functions.insights.reviews.review import latest_period
from tests.conftest import ClientFactory
from tests.integration.insights.diary import Diary, today


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        ("week", "2026-11-29", "2026-11-22", "2026-11-28"),  # a Sunday: the week ended last night
        ("week", "2026-11-28", "2026-11-15", "2026-11-21"),
        ("week", "2026-11-30", "2026-11-22", "2026-11-28"),
        ("month", "2027-01-01", "2026-12-01", "2026-12-31"),
        ("month", "2027-03-31", "2027-02-01", "2027-02-28"),
        ("year", "2027-01-01", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_review_is_about_what_is_over(period: str, day: str, first: str, last: str) -> None:
    """A week ends with its Saturday, so on Sunday all of it is there."""
    begins, ends = latest_period(period, date.fromisoformat(day))  # type: ignore[arg-type] # checked by the route

    assert (begins.isoformat(), ends.isoformat()) == (first, last)


@pytest.mark.parametrize("period", ["week", "month", "year"])
async def test_a_review_has_words_and_numbers(diary: Diary, client_for: ClientFactory, period: str) -> None:
    """In the language of the person."""
    first, last = latest_period(period, today())  # type: ignore[arg-type] # as above
    diary.write([(first, "happy", 8, []), (last, "sad", 4, []), (last, "sad", 6, [])])
    await diary.count()

    english = await diary.get("/reviews", period=period)
    await client_for("account", diary.person).patch("/profile", json={"locale": "de-DE"})
    german = await diary.get("/reviews", period=period)

    length = (last - first).days + 1
    assert (english["first"], english["last"], english["days"], english["entries"]) == (
        first.isoformat(),
        last.isoformat(),
        2,
        3,
    )
    assert english["best_day"] == {"date": first.isoformat(), "mean": 6.8, "entries": 1}
    assert english["sentences"][0] == f"You checked in on 2 of {length} days."
    assert german["sentences"][0] == f"An 2 von {length} Tagen hast du etwas eingetragen."
    assert (english["mood"], english["change"]) == (1.65, None)


async def test_a_hard_week_has_no_best_day_in_its_words(diary: Diary) -> None:
    """The numbers have it."""
    first, last = latest_period("week", today())
    diary.write([(first, "sad", 8, []), (last, "exhausted", 7, [])])
    await diary.count()

    review = await diary.get("/reviews", period="week")

    assert review["best_day"]
    assert "best day" not in " ".join(review["sentences"])


async def test_days_that_are_all_alike_have_no_best_one(diary: Diary) -> None:
    """Nor a hardest one, in words and numbers, of a review, a summary and the chart of weekdays."""
    first, last = latest_period("month", today())
    diary.write([(date.fromordinal(day), "okay", 5, []) for day in range(first.toordinal(), last.toordinal() + 1)])
    await diary.count()

    review = await diary.get("/reviews", period="month")
    summary = await diary.get("/summary", period="month", date=str(first))
    chart = (await diary.insights.get("/charts/patterns.html", params={"from": str(first), "to": str(last)})).text

    assert "best day" not in " ".join(review["sentences"])
    assert [each[name] for each in (review, summary) for name in ("best_day", "hardest_day")] == [None] * 4
    assert "Entries: " in chart
    assert "best on" not in chart


async def test_a_review_without_entries_says_so(diary: Diary) -> None:
    """It is no error."""
    review = await diary.get("/reviews")

    assert review["sentences"] == ["There are no entries in this time."]
    assert (review["mood"], review["best_day"]) == (None, None)
