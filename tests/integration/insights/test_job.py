"""The nightly job: whom it looks at, when, and what it stores."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from functions.insights.job.main import consumer as job_consumer
from infra.local.postgres import Server
from shared.clock import at_wall_time, utc_now, zone
from shared.events import Event
from tests.conftest import ClientFactory, ClockMover, Clone, cloned
from tests.event_delivery import deliver
from tests.integration.insights.diary import Diary, ago, today
from tests.integration.insights.nights import (
    DUE_AT,
    FOUND,
    history,
    insights_of,
    kinds,
    ledger_of,
    night,
    open_care,
    run_job,
)

FOUND_OUTCOMES = 4  # mood, energy, and the two moods that are told
NIGHT = "SELECT mend.next_insight_night(%s, %s)"
OF_A_PERSON = """
    SELECT count(*) FROM (
        SELECT user_id FROM public.insights UNION ALL SELECT user_id FROM mend.insight_people
        UNION ALL SELECT user_id FROM public.experiments
    ) AS rows WHERE user_id = %s
"""


@pytest.fixture
def database(server: Server) -> Iterator[Clone]:
    """One database for each test: a night concerns all people."""
    with cloned(server) as clone:
        yield clone


async def written(diary: Diary, days: int, *, effect: bool = True) -> Diary:
    diary.write(history(days, today(), effect=effect))
    await diary.count()
    return diary


async def test_a_planted_effect_is_found_and_told_once(diary: Diary, database: Clone) -> None:
    """It is found for the mood, the energy and the two single moods, and one event announces all of them."""
    await written(diary, 120)

    await night(database)

    items = (await diary.get("/"))["items"]
    assert {(item["about"], item["outcome"], item["status"]) for item in items} == {
        ("walk", "valence", "new"),
        ("walk", "arousal", "new"),
        ("walk", "mood:happy", "new"),
        ("walk", "mood:sad", "new"),
    }
    mood = next(item for item in items if item["outcome"] == "valence")
    assert mood["title"] == "Walk goes with better days"
    assert mood["interval"]["low"] < mood["effect"] < mood["interval"]["high"]
    assert mood["n_with"] + mood["n_without"] == 120
    assert mood["experiment"] == {"factor": "walk", "kind": None}
    assert database.value(FOUND, diary.person) == 1


async def test_nothing_is_found_where_nothing_is(diary: Diary, database: Clone) -> None:
    """The look is spent all the same, and the factors are withheld with what is missing."""
    await written(diary, 120, effect=False)

    await night(database)

    assert insights_of(database, diary) == []
    ledger = ledger_of(database, diary)
    assert ledger
    assert ledger["looks"] == 4
    withheld = database.value("SELECT withheld FROM mend.insight_people WHERE user_id = %s", diary.person)
    assert {each["factor"] for each in withheld} == {"walk", "work", "coffee", "music"}


async def test_a_night_without_news_changes_nothing(diary: Diary, database: Clone) -> None:
    """Nobody is looked at twice for the same entries."""
    await written(diary, 120)
    await night(database)
    before = insights_of(database, diary), ledger_of(database, diary)

    await night(database)

    assert (insights_of(database, diary), ledger_of(database, diary)) == before
    assert database.value(FOUND, diary.person) == 1


async def test_concurrent_jobs_look_at_each_person_once(client_for: ClientFactory, database: Clone) -> None:
    """Two deliveries of a tick share the people."""
    people = [await written(Diary(client_for, database), 60) for _ in range(20)]
    with database.admin() as conn:
        conn.execute("UPDATE mend.insight_people SET due_at = %s", (utc_now(),))

    await asyncio.gather(*(run_job(utc_now()) for _ in range(3)))

    for diary in people:
        keys = [(insight["about"], insight["outcome"]) for insight in insights_of(database, diary)]
        assert len(keys) == len(set(keys)) == FOUND_OUTCOMES
        assert database.value(FOUND, diary.person) == 1


@pytest.mark.parametrize(("days", "looks"), [(27, 0), (28, 1), (56, 2)])
async def test_a_look_takes_28_days_with_entries(diary: Diary, database: Clone, days: int, looks: int) -> None:
    """Nights in between spend nothing."""
    await written(diary, days)

    await night(database)

    ledger = ledger_of(database, diary)
    assert ledger
    assert (ledger["looks"], ledger["version"], ledger["spent"] > 0) == (looks, 1, looks > 0)


async def test_who_brings_a_history_gets_one_look(diary: Diary, database: Clone) -> None:
    """It spends what the looks of that time would have spent, at most 6.5 %."""
    await written(diary, 700)

    await night(database)

    ledger = ledger_of(database, diary)
    assert ledger
    assert (ledger["looks"], ledger["spent"]) == (25, pytest.approx(0.065))


async def test_late_entries_do_not_repeat_a_look(diary: Diary, database: Clone) -> None:
    """What was recorded when the look was taken decides. Later nights only estimate again."""
    await written(diary, 60, effect=False)
    await night(database)
    ledger = ledger_of(database, diary)

    diary.write([(ago(100 + number), "happy", 8, ["walk"]) for number in range(20)])
    await diary.count()
    await night(database)

    assert insights_of(database, diary) == []
    assert ledger_of(database, diary) == ledger


async def test_what_no_longer_holds_ends(diary: Diary, database: Clone) -> None:
    """The insight is estimated again every night, and says that it has ended."""
    await written(diary, 120)
    await night(database)

    with database.admin() as conn:
        conn.execute(
            "UPDATE public.mood_entries AS e SET mood = CASE n.number %% 2 WHEN 0 THEN 'happy' ELSE 'sad' END FROM"
            " (SELECT id, row_number() OVER (PARTITION BY factors ORDER BY local_date) AS number"
            " FROM public.mood_entries) AS n WHERE n.id = e.id AND user_id = %s",
            (diary.person,),
        )
    await diary.count()
    await night(database)

    items = (await diary.get("/", status="ended"))["items"]
    assert {item["about"] for item in items} == {"walk"}
    assert "This no longer shows in your recent entries." in items[0]["cautions"]
    assert (await diary.get("/", status="new"))["items"] == []


async def test_what_is_not_estimated_for_long_ends(diary: Diary, database: Clone) -> None:
    """After 90 days without new entries nobody knows whether it still holds."""
    await written(diary, 120)
    await night(database)
    with database.admin() as conn:
        conn.execute("UPDATE public.insights SET expires_at = %s", (utc_now(),))

    await run_job(utc_now())

    assert {status for _, status in kinds(insights_of(database, diary))} == {"ended"}


@pytest.mark.parametrize(
    ("timezone", "now", "expected"),
    [
        ("UTC", "2027-02-01 02:59", "2027-02-01 03:00"),
        ("UTC", "2027-02-01 03:00", "2027-02-02 03:00"),
        ("America/New_York", "2027-03-13 12:00", "2027-03-14 07:00"),  # clocks go forward at 02:00
        ("America/New_York", "2026-10-31 12:00", "2026-11-01 08:00"),  # clocks go back at 02:00
        ("Pacific/Auckland", "2027-02-01 12:00", "2027-02-01 14:00"),
        ("Asia/Kathmandu", "2027-02-01 12:00", "2027-02-01 21:15"),
    ],
)
def test_the_night_is_the_persons(database: Clone, timezone: str, now: str, expected: str) -> None:
    """It begins at 03:00 where they are, on days of a clock change as well."""
    person = database.value("INSERT INTO auth.users (id) VALUES (gen_random_uuid()) RETURNING id")
    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.user_profiles (user_id, timezone) VALUES (%s, %s)"
            " ON CONFLICT (user_id) DO UPDATE SET timezone = excluded.timezone",
            (person, timezone),
        )
    moment, begins = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, expected))

    assert database.value(NIGHT, person, moment) == begins
    assert at_wall_time(begins.astimezone(zone(timezone)).date(), time(3), zone(timezone)) == begins


async def test_a_check_in_shortly_before_the_night_is_looked_at_in_it(
    diary: Diary, database: Clone, move_clock: ClockMover
) -> None:
    """The first tick after 03:00 counts its day, and then looks."""
    diary.write(history(60, today()))
    first_tick = database.value(NIGHT, diary.person, utc_now()) + timedelta(minutes=5)

    await run_job(first_tick, move_clock)

    assert len(insights_of(database, diary)) == FOUND_OUTCOMES


async def test_a_new_zone_moves_the_night(diary: Diary, client_for: ClientFactory, database: Clone) -> None:
    """Who moves is looked at in the night of where they are now."""
    await diary.check_in("happy", today())
    await diary.handle()
    before = database.value(DUE_AT, diary.person)

    account = client_for("account", diary.person)
    assert (await account.patch("/profile", json={"timezone": "Pacific/Auckland"})).status_code == 200
    await diary.handle()

    after = database.value(DUE_AT, diary.person)
    assert after != before
    assert after.astimezone(zone("Pacific/Auckland")).hour == 3


async def test_nothing_new_is_told_while_care_is_on(diary: Diary, database: Clone) -> None:
    """The person is looked at in a later night, and a new insight from before is not listed."""
    await written(diary, 120)
    await night(database)
    open_care(database, diary.person)
    await diary.check_in("sad", ago(200))
    await diary.handle()

    await night(database)

    assert (await diary.get("/"))["items"] == []
    assert database.value(DUE_AT, diary.person) > utc_now()
    with database.admin() as conn:
        conn.execute("UPDATE public.care_periods SET ends_at = %s", (utc_now(),))
    assert len((await diary.get("/"))["items"]) == FOUND_OUTCOMES


async def test_an_account_is_erased_with_its_insights(diary: Diary, database: Clone) -> None:
    """The next night does not miss it."""
    await written(diary, 120)
    await night(database)
    await diary.check_in("happy", ago(200))
    await diary.handle()

    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (diary.person,))
    await night(database)

    assert database.value(OF_A_PERSON, diary.person) == 0


async def test_one_persons_data_do_not_hold_up_the_others(client_for: ClientFactory, database: Clone) -> None:
    """Who cannot be looked at is due again in the next night, with the ledger as it was."""
    broken, whole = [await written(Diary(client_for, database), 60) for _ in range(2)]
    with database.admin() as conn:
        conn.execute(
            """UPDATE mend.insight_people SET ledger = '{"version": 99}' WHERE user_id = %s""", (broken.person,)
        )

    await night(database)

    assert insights_of(database, broken) == []
    assert ledger_of(database, broken) == {"version": 99}
    assert database.value(DUE_AT, broken.person) > utc_now()
    assert len(insights_of(database, whole)) == FOUND_OUTCOMES


async def test_a_refresh_does_not_wait_for_the_night(diary: Diary, database: Clone) -> None:
    """It looks at the person at once, and only if something is new."""
    await written(diary, 120)

    for _ in range(2):
        assert (await diary.insights.post("/refresh")).status_code == 202
        await handle_requests(database, diary.person)

    assert len(insights_of(database, diary)) == FOUND_OUTCOMES
    assert database.value("SELECT count(*) FROM mend.outbox WHERE type = 'insights.requested'") == 1


async def test_insights_are_announced_at_most_twice_a_week(diary: Diary, database: Clone) -> None:
    """What is found beyond that is announced in a later night."""
    await written(diary, 120)
    await night(database)
    with database.admin() as conn:
        conn.execute(
            "UPDATE public.insights SET told_at = told_at - CASE outcome WHEN 'arousal' THEN interval '1 day'"
            " ELSE interval '2 days' END"
        )
        conn.execute(
            "INSERT INTO public.insights SELECT (jsonb_populate_record(i, jsonb_build_object("
            "'id', gen_random_uuid(), 'about', 'work', 'told_at', NULL))).* FROM public.insights AS i"
            " WHERE outcome = 'valence'"
        )

    await diary.check_in("happy", ago(200))
    await diary.handle()
    await night(database)
    told_within_a_week = database.value(FOUND, diary.person)
    with database.admin() as conn:
        conn.execute("UPDATE public.insights SET told_at = told_at - interval '6 days'")
    await diary.check_in("happy", ago(201))
    await diary.handle()
    await night(database)

    assert (told_within_a_week, database.value(FOUND, diary.person)) == (1, 2)


async def test_a_hidden_factor_is_told_no_more(diary: Diary, database: Clone) -> None:
    """The list leaves it out at once."""
    await written(diary, 120)
    await night(database)

    with database.admin() as conn:
        conn.execute(
            "INSERT INTO public.insight_factors (user_id, factor, hidden) VALUES (%s, 'walk', true)", (diary.person,)
        )

    assert (await diary.get("/"))["items"] == []


async def test_a_hidden_measure_is_told_no_more(diary: Diary, database: Clone) -> None:
    """However it is spelled: its setting names it in small letters."""
    await written(diary, 120)
    await night(database)
    with database.admin() as conn:
        conn.execute("UPDATE public.insights SET kind = 'measure', about = 'Spaß am Lauf', names = '{Spaß am Lauf}'")
    told = (await diary.get("/"))["items"]

    await diary.insights.patch("/factors", json={"factor": "Spaß am Lauf", "hidden": True})

    assert told
    assert (await diary.get("/"))["items"] == []


async def test_reviews_of_months_and_years_are_announced(diary: Diary, database: Clone) -> None:
    """On the first of the next month and year, to people with entries in that time."""
    await written(diary, 20)

    await night(database)
    await diary.check_in("happy", ago(30))
    await diary.handle()
    await night(database)

    rows = database.rows(
        "SELECT kind, local_date, to_char(local_time, 'HH24:MI') FROM public.notifications"
        " WHERE user_id = %s AND kind LIKE '%%_review' ORDER BY kind",
        diary.person,
    )
    next_month = (today().replace(day=1) + timedelta(days=32)).replace(day=1)
    next_year = today().replace(year=today().year + 1, month=1, day=1)
    assert rows == [("monthly_review", next_month, "10:00"), ("yearly_review", next_year, "10:00")]


async def handle_requests(database: Clone, person: UUID) -> None:
    """Deliver the person's requests for a refresh to the job."""
    for (event_id,) in database.rows(
        "SELECT id FROM mend.outbox WHERE type = 'insights.requested' AND user_id = %s", person
    ):
        event = Event(id=event_id, type="insights.requested", user_id=person, occurred_at=utc_now())
        assert await deliver(job_consumer, event)
