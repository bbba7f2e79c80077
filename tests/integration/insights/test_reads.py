"""GET /insights/summary, /trend, /patterns, /calendar, /compare, /on-this-day."""

import random
from datetime import date, timedelta
from uuid import UUID

import pytest

from shared.clock import utc_now
from tests.conftest import ClientFactory
from tests.integration.insights.diary import Diary, ago, today

DAY = timedelta(days=1)
READS = ["/summary", "/trend", "/patterns", "/calendar", "/factors", "/measures", "/on-this-day"]


async def year_of_entries(diary: Diary, days: int = 365) -> None:
    """Moods that get better by 3 points a year, and better on weekends."""
    chance = random.Random(1)  # noqa: S311 - a simulation
    entries = []
    for number in range(days - 1, -1, -1):
        day = ago(number)
        level = 3 * (365 - number) / 365 + (1.5 if day.weekday() > 4 else 0) + chance.gauss(0, 1)
        mood = "happy" if level > 1.5 else "okay" if level > 0 else "sad"
        entries.append((day, mood, 6, ["work"] if day.weekday() < 5 else ["Run", "RUN "]))
    diary.write(entries)
    await diary.count()


@pytest.mark.parametrize("path", READS)
async def test_a_person_without_entries_gets_an_empty_answer(diary: Diary, path: str) -> None:
    """Nothing is made up."""
    answer = await diary.get(path)

    assert answer.get("points", answer.get("items", answer.get("days", answer.get("moods")))) == []


@pytest.mark.parametrize(
    "query",
    [
        "/summary?period=decade",
        "/summary?date=1899-01-01",
        "/trend?metric=luck",
        "/trend?metric=mood:luck",
        "/trend?from=2026-02-01&to=2026-01-01",
        "/trend?granularity=day&from=2020-01-01&to=2026-01-01",
        "/patterns?from=1970-01-01&to=2020-01-01",
        "/calendar?year=20000",
        "/compare",
        "/compare?a=2026-01-01/2026-01-31",
        "/compare?a=2026-02-31/2026-03-01&b=2026-01-01/2026-01-31",
        "/compare?a=2026-02-01/2026-01-01&b=2026-01-01/2026-01-31",
        "/compare?a=0001-01-01/0001-01-31&b=2026-01-01/2026-01-31",
        "/compare?a=2026-01-01/2026-01-31&b=9999-12-01/9999-12-31",
        "/compare?marker=2026-01-01&a=2026-01-01/2026-01-31&b=2026-01-01/2026-01-31",
        "/trend?metric=measure:luck",
        f"/measures/{UUID(int=0)}/values?from=1970-01-01&to=2020-01-01",
    ],
)
async def test_what_makes_no_sense_is_refused(diary: Diary, query: str) -> None:
    """The error names the parameter and never repeats its value."""
    response = await diary.insights.get(query)

    assert response.status_code == 422, response.text
    assert "luck" not in response.text


async def test_a_summary_counts_the_week(diary: Diary) -> None:
    """Monday to Sunday, with the best and the hardest day."""
    monday = today() - today().weekday() * DAY - 7 * DAY
    for number, mood in enumerate(["happy", "sad", "happy", "okay", "happy", "happy"]):
        await diary.check_in(mood, monday + number * DAY, factors=["Run", "work"])
    await diary.handle()

    summary = await diary.get("/summary", date=str(monday + 3 * DAY))

    assert (summary["from"], summary["to"]) == (str(monday), str(monday + 6 * DAY))
    assert summary["entries"] == 6
    assert summary["mood"] == pytest.approx(2.29, abs=0.01)
    assert summary["hardest_day"] == {"date": str(monday + DAY), "mean": -3.5, "entries": 1}
    assert summary["best_day"]["mean"] == 4.25
    assert summary["moods"][0] == {"mood": "happy", "entries": 4, "share": 0.67}
    assert summary["factors"] == [{"factor": "Run", "days": 6}, {"factor": "work", "days": 6}]
    assert summary["level"]["low"] < summary["mood"] < summary["level"]["high"]
    assert summary["change"] is None
    assert summary["coverage"]["days_with_entries"] == 6


async def test_a_trend_has_at_most_400_points(diary: Diary) -> None:
    """The granularity follows from the length of the range."""
    diary.write([(ago(number), "happy", 5, []) for number in range(5 * 365, 0, -1)])
    await diary.count()

    all_time, year = await diary.get("/trend"), await diary.get("/trend", **{"from": str(ago(364))})
    long = await diary.get("/trend", **{"from": "1950-01-01"})

    assert (all_time["granularity"], year["granularity"], long["granularity"]) == ("week", "day", "year")
    assert len(all_time["points"]) in (261, 262)
    assert len(year["points"]) == 364
    assert sum(point["days"] for point in all_time["points"]) == 5 * 365
    assert all_time["slope"] == {"mean": 0.0, "low": 0.0, "high": 0.0}


async def test_a_planted_slope_is_within_its_interval(diary: Diary) -> None:
    """It is a change in thirty days."""
    await year_of_entries(diary)

    slope = (await diary.get("/trend"))["slope"]

    assert 0 < slope["low"] < slope["mean"] < slope["high"]


@pytest.mark.parametrize(
    ("metric", "value"),
    [("mood", 4.25), ("arousal", 2.0), ("entries", 1), ("mood:happy", 1), ("mood:sad", 0)],
)
async def test_every_metric_has_a_trend(diary: Diary, metric: str, value: float) -> None:
    """By day and by month."""
    await diary.check_in("happy", ago(1))
    await diary.handle()

    points = [(await diary.get("/trend", metric=metric, granularity=unit))["points"] for unit in ("day", "month")]

    assert [[point["value"] for point in each] for each in points] == [[value], [value]]


async def test_a_measure_has_one_value_a_day(diary: Diary) -> None:
    """A later one replaces it."""
    for value in (6.5, 7.5):
        response = await diary.insights.post("/measures", json={"name": "Sleep", "value": value, "date": str(ago(2))})
        assert response.status_code == 204

    [measure] = (await diary.get("/measures"))["items"]
    id_ = measure.pop("measure_id")
    assert measure == {"name": "Sleep", "first_day": str(ago(2)), "last_day": str(ago(2))}
    assert await diary.get(f"/measures/{id_}/values") == {
        "measure_id": id_,
        "name": "Sleep",
        "items": [{"date": str(ago(2)), "value": 7.5}],
    }


async def test_a_measure_has_a_trend_by_its_id(diary: Diary) -> None:
    """Its name is in the answer and in the chart, and not in the URL."""
    await diary.insights.post("/measures", json={"name": "Sleep", "value": 7.5, "date": str(ago(2))})
    metric = f"measure:{await diary.measure_id('Sleep')}"

    answer = await diary.get("/trend", metric=metric)
    chart = await diary.insights.get("/charts/trend.svg", params={"metric": metric})

    assert (answer["metric"], answer["measure"]) == (metric, "Sleep")
    assert answer["points"] == [{"date": str(ago(2)), "value": 7.5, "days": 1}]
    assert "Sleep over time" in chart.text


async def test_the_ids_of_two_people_differ_for_the_same_name(diary: Diary, client_for: ClientFactory) -> None:
    """So an id tells nobody the name, and it is absent for anybody else."""
    stranger = client_for("insights")
    for client in (diary.insights, stranger):
        await client.post("/measures", json={"name": "Sleep", "value": 7.5})
    id_ = await diary.measure_id("Sleep")

    paths = (f"/measures/{id_}/values", f"/trend?metric=measure:{id_}", f"/charts/trend.html?metric=measure:{id_}")
    statuses = [(await stranger.get(path)).status_code for path in paths]

    assert statuses == [404, 404, 404]
    assert (await stranger.get("/measures")).json()["items"][0]["measure_id"] != id_


async def test_measures_and_settings_of_factors_are_limited(diary: Diary) -> None:
    """Fifty names, each with any number of days, and three hundred factors."""
    rows = (
        "INSERT INTO public.insight_measures SELECT %s, 'm' || n, current_date - 9, n FROM generate_series(1, 50) AS n"
    )
    factors = "INSERT INTO public.insight_factors SELECT %s, 'f' || n, true FROM generate_series(1, 300) AS n"
    with diary.database.admin() as conn:
        conn.execute(rows, (diary.person,))
        conn.execute(factors, (diary.person,))

    statuses = [
        (await diary.insights.post("/measures", json={"name": name, "value": 1})).status_code for name in ("m50", "m51")
    ]
    hidden = [
        (await diary.insights.patch("/factors", json={"factor": name, "hidden": True})).status_code
        for name in ("f9", "f301")
    ]

    assert statuses == [204, 409]
    assert hidden == [200, 409]


async def test_a_measure_is_deleted(diary: Diary) -> None:
    """Once."""
    for day in (ago(1), ago(2)):
        await diary.insights.post("/measures", json={"name": "Sleep", "value": 6, "date": str(day)})
    url = f"/measures/{await diary.measure_id('Sleep')}/values"

    days = (ago(2), ago(2), ago(1), ago(1))
    statuses = [(await diary.insights.delete(url, params={"date": str(day)})).status_code for day in days]

    assert statuses == [204, 404, 204, 404]
    assert (await diary.get("/measures"))["items"] == []


@pytest.mark.parametrize(
    "draft",
    [
        {"name": "", "value": 1},
        {"name": "a/b", "value": 1},
        {"name": "Sleep", "value": "7"},
        {"name": "Sleep", "value": 1e12},
        {"name": "Sleep", "value": 1, "date": "2199-01-01"},
    ],
)
async def test_a_measure_needs_a_name_a_number_and_a_day_that_has_come(diary: Diary, draft: dict[str, object]) -> None:
    """Anything else is refused."""
    assert (await diary.insights.post("/measures", json=draft)).status_code == 422


async def test_patterns_show_planted_weekends(diary: Diary) -> None:
    """With hours, months, transitions and the mix of moods."""
    await year_of_entries(diary)

    patterns = await diary.get("/patterns")

    means = {level["weekday"]: level["mean"] for level in patterns["weekdays"]}
    assert min(means[5], means[6]) > max(means[day] for day in range(5))
    assert sum(cell["entries"] for cell in patterns["hours"]) == patterns["entries"] == 365
    assert len(patterns["months"]) == 12
    assert {step["before"] for step in patterns["transitions"]} == {"happy", "okay", "sad"}
    assert sum(mood["entries"] for mood in patterns["moods"]) == 365
    assert patterns["volatility"]["pairs"] == 364
    assert patterns["coverage"]["caveat"] == "none"


async def test_a_changed_level_is_found(diary: Diary) -> None:
    """With the day from which on it holds."""
    diary.write([(ago(n), "sad" if n > 60 else "happy", 4 + n % 3, []) for n in range(120, 0, -1)])
    await diary.count()

    [change] = (await diary.get("/patterns"))["level_changes"]

    assert change["date"] == str(ago(60))
    assert change["before"] < 0 < change["after"]


async def test_hours_are_those_of_the_place_of_the_entry(diary: Diary, client_for: ClientFactory) -> None:
    """Also when the person is elsewhere by now."""
    account = client_for("account", diary.person)
    assert (await account.patch("/profile", json={"timezone": "Asia/Tokyo"})).status_code == 200
    await diary.check_in("happy", ago(3), hour=3)
    await diary.handle()

    [cell] = (await diary.get("/patterns"))["hours"]

    assert cell["hour"] == 12


async def test_a_flight_west_hides_no_entry(diary: Diary, client_for: ClientFactory) -> None:
    """An entry of the far east has a later date than the one of today in the far west. Both days are shown."""
    account = client_for("account", diary.person)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # always a day and an hour apart
        await account.patch("/profile", json={"timezone": zone})
        response = await diary.checkin.post("/", json={"mood": "happy", "intensity": 5})
        assert response.status_code == 201, response.text

    trend, patterns, summary = [await diary.get(path) for path in ("/trend", "/patterns", "/summary?period=year")]

    assert [len(trend["points"]), patterns["entries"]] == [2, 2]
    assert patterns["coverage"]["days_with_entries"] == 2
    assert summary["coverage"]["share"] <= 1


async def test_gaps_after_low_days_are_named(diary: Diary) -> None:
    """Days without an entry may then be lower than the others."""
    diary.write(
        [(ago(n), "sad" if n % 5 == 4 else "happy", 4 + n % 3, []) for n in range(300, 0, -1) if n % 5 not in (2, 3)]
    )
    await diary.count()

    assert (await diary.get("/patterns"))["coverage"]["caveat"] == "gaps_follow_low_days"


async def test_a_year_has_a_pixel_for_each_day_with_an_entry(diary: Diary) -> None:
    """With its mean and its most frequent mood."""
    day = date(utc_now().year - 1, 2, 28)
    for mood in ("happy", "sad", "happy"):
        await diary.check_in(mood, day)
    await diary.handle()

    calendar = await diary.get("/calendar", year=day.year)

    assert calendar["days"] == [{"date": str(day), "mean": 1.67, "entries": 3, "mood": "happy"}]


async def test_a_marker_splits_before_from_after(diary: Diary) -> None:
    """The difference has an interval."""
    diary.write([(ago(n), "sad" if n > 20 else "happy", 4 + n % 3, []) for n in range(40, 0, -1)])
    await diary.count()

    compared = await diary.get("/compare", marker=str(ago(20)), days=20)
    named = await diary.get("/compare", a=f"{ago(40)}/{ago(21)}", b=f"{ago(20)}/{ago(1)}")

    assert compared == named
    assert (compared["a"]["entries"], compared["b"]["entries"]) == (20, 20)
    assert 0 < compared["difference"]["low"] < 7.75 < compared["difference"]["high"]


class TestOnThisDay:
    """Entries of the same day in other years."""

    @pytest.fixture
    async def long_diary(self, diary: Diary) -> Diary:
        """Mixed moods of late, and a year ago none."""
        diary.write([(ago(n), "sad" if n % 2 else "happy", 5, []) for n in range(40, 0, -1)])
        await diary.count()
        return diary

    def a_year_ago(self) -> date:
        day = today()
        return date(day.year - (4 if (day.month, day.day) == (2, 29) else 1), day.month, day.day)

    async def test_a_good_entry_is_shown(self, long_diary: Diary) -> None:
        """With its note."""
        long_diary.write([(self.a_year_ago(), "happy", 8, ["sea"])], note="A day at the sea")

        [memory] = (await long_diary.get("/on-this-day"))["items"]

        assert (memory["mood"], memory["note"], memory["factors"]) == ("happy", "A day at the sea", ["sea"])

    async def test_a_low_entry_is_not(self, long_diary: Diary) -> None:
        """Low is below four fifths of the person's days."""
        long_diary.write([(self.a_year_ago(), "hopeless", 9, [])])

        assert (await long_diary.get("/on-this-day"))["items"] == []

    async def test_words_of_danger_are_not(self, long_diary: Diary) -> None:
        """Whatever the mood."""
        long_diary.write([(self.a_year_ago(), "happy", 9, [])], note="I am going to kill myself tonight")

        assert (await long_diary.get("/on-this-day"))["items"] == []

    async def test_nothing_is_shown_in_a_care_period(self, long_diary: Diary) -> None:
        """It begins with words of danger."""
        long_diary.write([(self.a_year_ago(), "happy", 8, [])])
        await long_diary.check_in("sad", today(), hour=0, note="I am going to kill myself tonight")

        assert (await long_diary.get("/on-this-day"))["items"] == []


class TestFactors:
    """What the person calls what happened."""

    @pytest.fixture
    async def tagged(self, diary: Diary) -> Diary:
        diary.write([(ago(n), "happy", 5, [["Run", "run ", "jog", "Work"][n % 4]]) for n in range(40, 0, -1)])
        diary.write([(ago(50), "happy", 5, [])])
        await diary.count()
        return diary

    async def test_spellings_are_one_factor(self, tagged: Diary) -> None:
        """Letter case and spaces make no difference."""
        factors = await tagged.get("/factors")

        assert [(item["factor"], item["days"]) for item in factors["items"]] == [("Run", 20), ("jog", 10), ("Work", 10)]
        assert (factors["days"], factors["tagged_days"]) == (41, 40)

    async def test_a_factor_is_spelled_as_on_most_days(self, diary: Diary) -> None:
        """Not as it is counted: capitals, ß and letters of other alphabets stay. Aliases, too, and what is set."""
        labels = ["Spaß", "SPASS", "Spaß", "İzmir", "ΟΔΟΣ", "Łukasz"]
        diary.write([(ago(n), "happy", 5, [labels[n % 6]]) for n in range(12, 0, -1)])
        await diary.count()

        listed = {item["factor"] for item in (await diary.get("/factors"))["items"]}
        summary = await diary.get("/summary", period="month", date=str(ago(10)))
        change = await diary.insights.patch("/factors", json={"factor": "ŁUKASZ", "alias_of": "spass"})

        assert listed == {"Spaß", "İzmir", "ΟΔΟΣ", "Łukasz"}
        assert {factor["factor"] for factor in summary["factors"]} <= listed
        assert (change.json()["factor"], change.json()["alias_of"]) == ("Łukasz", "Spaß")
        assert (await diary.get("/factors"))["items"][0]["aliases"] == ["Łukasz"]

    async def test_an_alias_is_counted_as_the_other_one(self, tagged: Diary) -> None:
        """And can be undone."""
        await tagged.insights.patch("/factors", json={"factor": "Jog", "alias_of": " RUN"})
        merged = (await tagged.get("/factors"))["items"]
        await tagged.insights.patch("/factors", json={"factor": "jog", "alias_of": None})

        assert (merged[0]["factor"], merged[0]["days"], merged[0]["aliases"]) == ("Run", 30, ["jog"])
        assert len((await tagged.get("/factors"))["items"]) == 3

    async def test_a_hidden_factor_is_left_out_of_summaries(self, tagged: Diary) -> None:
        """The list of factors still has it, to show it again."""
        response = await tagged.insights.patch("/factors", json={"factor": "work", "hidden": True})
        summary = await tagged.get("/summary", period="month", date=str(ago(20)))

        assert response.json() == {"factor": "Work", "hidden": True, "alias_of": None, "support": None}
        assert "Work" not in {item["factor"] for item in summary["factors"]}
        assert {item["factor"]: item["hidden"] for item in (await tagged.get("/factors"))["items"]}["Work"] is True

    @pytest.mark.parametrize("alias", ["jog", "walk"])
    async def test_aliases_have_no_chains(self, tagged: Diary, alias: str) -> None:
        """A factor is not an alias of itself, or of an alias."""
        await tagged.insights.patch("/factors", json={"factor": "walk", "alias_of": "run"})

        assert (await tagged.insights.patch("/factors", json={"factor": "jog", "alias_of": alias})).status_code == 409
        assert (await tagged.insights.patch("/factors", json={"factor": "run", "alias_of": "work"})).status_code == 409


async def test_product_figures_are_for_admins_and_hide_small_numbers(diary: Diary, client_for: ClientFactory) -> None:
    """One person alone is never counted."""
    monday = today() - today().weekday() * DAY - 7 * DAY
    diary.write([(monday, "happy", 5, [])])
    await diary.count()
    admin = client_for("insights", app_metadata={"role": "admin"})

    few = (await admin.get("/metrics")).json()["weeks"][-1]
    for _ in range(9):
        other = Diary(client_for, diary.database)
        other.write([(monday, "sad", 5, [])])
        await other.count()
    enough = (await admin.get("/metrics")).json()["weeks"][-1]

    assert (await diary.insights.get("/metrics")).status_code == 403
    assert (few["week"], few["active"], few["started"]) == (str(monday), None, None)
    assert (enough["active"], enough["entries"], enough["started"], enough["returned"]) == (10, 10, 10, None)
