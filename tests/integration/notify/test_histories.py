"""Random histories of ticks that are late, doubled, concurrent or crash: each notification is sent at most once."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import integers, lists, sampled_from
from pydantic import SecretStr

from functions.notify.events import reschedule
from functions.notify.job import reminder_job
from functions.notify.rules.decisions import GRACE
from infra.local.postgres import Server
from shared.clock import at_wall_time, day_bounds, zone
from shared.events import Events, tick
from shared.events.types import profile_changed
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Clone, Issuer, cloned, sign_up
from tests.integration.notify.scenario import utc

DAY = timedelta(days=1)
TICK = timedelta(minutes=5)
STEPS = ("begin", "hand over", "send", "settle")
# Makes one step of the job fail, like a crash: steps before it are committed, later ones do not happen.
BREAKS = """
    CREATE TABLE public.breaks (step text);
    CREATE FUNCTION public.break_at() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        IF EXISTS (SELECT FROM public.breaks WHERE step = TG_ARGV[0]) THEN
            RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = 'broken';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER begin AFTER UPDATE ON public.notifications DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.state = 'leased') EXECUTE FUNCTION public.break_at('begin');
    CREATE TRIGGER hand_over AFTER UPDATE ON public.notifications
        FOR EACH ROW WHEN (NEW.state = 'sending') EXECUTE FUNCTION public.break_at('hand over');
    CREATE TRIGGER send AFTER INSERT ON local.pushes EXECUTE FUNCTION public.break_at('send');
    CREATE TRIGGER settle AFTER UPDATE ON public.notifications
        FOR EACH ROW WHEN (OLD.state = 'sending') EXECUTE FUNCTION public.break_at('settle');
"""
# Nights when clocks change: the instant at which the history begins, and a local time in that night.
NIGHTS = {
    "America/New_York": ("2027-03-13 06:00", "02:30"),
    "Africa/Cairo": ("2027-04-29 06:00", "00:30"),
    "Australia/Lord_Howe": ("2027-04-02 12:00", "01:45"),
    "Pacific/Kiritimati": ("2027-03-13 06:00", "23:58"),
    "America/Santiago": ("2027-04-03 06:00", "23:30"),
    "Europe/London": ("2026-10-24 06:00", "01:30"),
}


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Clone]:
    with cloned(server) as clone:
        with clone.admin() as conn:
            conn.execute(BREAKS)
        yield clone


class Histories(RuleBasedStateMachine):
    database: Clone
    issuer: Issuer

    @initialize(name=sampled_from(sorted(NIGHTS)), quiet=sampled_from([None, ("12:00", "13:00")]))
    def create_recipient(self, name: str, quiet: tuple[str, str] | None) -> None:
        began, local_time = NIGHTS[name]
        self.tz, self.now = zone(name), utc(began)
        self.began = self.now
        self.times_of_day = ["12:30", local_time]
        self.ticks: list[datetime] = []
        self.crashed = self.moved = False
        self.person = sign_up(self.database)
        self.runner = asyncio.Runner()
        self.parts = Services(Settings(database_url=SecretStr(self.database.dsn()), mend_home=self.issuer.folder))
        use(self.parts)
        with self.database.admin() as conn:
            conn.execute("TRUNCATE public.notifications, public.notification_settings, public.breaks, local.pushes")
            conn.execute("INSERT INTO public.user_profiles (user_id, timezone) VALUES (%s, %s)", (self.person, name))
            conn.execute(
                "INSERT INTO public.devices (token, user_id, platform) VALUES (%s, %s, 'web')",
                (f"phone-{self.person}", self.person),
            )
            conn.execute(
                "INSERT INTO public.notification_settings"
                " (user_id, channels, kinds, quiet_from, quiet_to, check_in_times, max_per_day, schedule_next_at)"
                " VALUES (%s, '{push,in_app}', '{check_in}', %s, %s, %s::text[]::time[], 20, %s)",
                (self.person, *(quiet or (None, None)), self.times_of_day, self.now),
            )

    @rule(ticks=integers(1, 150))
    def time_passes_without_ticks(self, ticks: int) -> None:
        self.now += ticks * TICK

    @rule()
    def a_tick(self) -> None:
        self._tick(self.now)
        self.ticks.append(self.now)

    @rule(ticks=integers(2, 50))
    def a_tick_every_five_minutes(self, ticks: int) -> None:
        for _ in range(ticks):
            self.now += TICK
            self.a_tick()

    @rule(behind=lists(integers(0, 12), min_size=2, max_size=4))
    def ticks_overlap(self, behind: list[int]) -> None:
        """Some are doubled and some late, and all run concurrently."""
        self._tick(*(self.now - late * TICK for late in behind))

    @rule(name=sampled_from(sorted(NIGHTS)))
    def person_changes_zone(self, name: str) -> None:
        """Days may become shorter or come twice, so only the absence of duplicates is checked afterwards."""
        self.moved = True

        async def change_zone() -> None:
            async with self.parts.database.service() as conn:
                await reschedule(conn, Events([profile_changed(self.person, self.now, fields=["timezone"])]))

        with self.database.admin() as conn:
            query = "UPDATE public.user_profiles SET timezone = %s WHERE user_id = %s"
            conn.execute(query, (name, self.person))
        self.runner.run(change_zone())

    @rule(step=sampled_from(STEPS))
    def a_tick_that_crashes(self, step: str) -> None:
        """Its leases expire at once instead of after minutes."""
        with self.database.admin() as conn:
            conn.execute("INSERT INTO public.breaks VALUES (%s)", (step,))
            with suppress(psycopg.errors.RaiseException):
                self._tick(self.now)
            conn.execute("TRUNCATE public.breaks")
            query = "UPDATE public.notifications SET leased_until = '2000-01-01' WHERE state = 'sending'"
            self.crashed |= conn.execute(query).rowcount > 0
            conn.execute("UPDATE public.notifications SET leased_until = '2000-01-01' WHERE state = 'leased'")

    @invariant()
    def no_push_is_sent_twice(self) -> None:
        if hasattr(self, "person"):
            pushes = self.database.value("SELECT count(*) FROM local.pushes")
            messages = (
                "SELECT count(*) FROM public.notifications WHERE state IN ('sent', 'unknown') AND bundled_with IS NULL"
            )
            assert self.database.rows("SELECT key FROM local.pushes GROUP BY key HAVING count(*) > 1") == []
            assert pushes <= self.database.value(messages + " OR state = 'sending'")

    def teardown(self) -> None:
        if not hasattr(self, "person"):
            return
        self.a_tick()
        self.runner.run(self.parts.database.close())
        self.runner.close()
        query = "SELECT local_date, slot, state, state_reason FROM public.notifications WHERE user_id = %s"
        states = {(day, slot): (state, reason) for day, slot, state, reason in self.database.rows(query, self.person)}
        day = self.began.astimezone(self.tz).date()
        while not self.moved and day_bounds(day, self.tz, utc("2027-01-01").time())[1] <= self.now:
            for local_time in self.times_of_day:
                self._check_day(day, local_time, states.get((day, local_time)))
            day += DAY

    def _check_day(self, day: object, local_time: str, state: tuple[str, str | None] | None) -> None:
        at = datetime.fromisoformat(f"2027-01-01 {local_time}").time()
        due = at_wall_time(day, at, self.tz)  # type: ignore[arg-type]
        ends = max(day_bounds(due.astimezone(self.tz).date(), self.tz, utc("2027-01-01").time())[1], due + GRACE)
        quiet_ends = at_wall_time(day, datetime.fromisoformat("2027-01-01 13:00").time(), self.tz)  # type: ignore[arg-type]
        first = quiet_ends if local_time == "12:30" else due
        if due <= self.began or not any(first <= tick_time < ends for tick_time in self.ticks):
            return
        assert state is not None
        assert state == ("sent", None) or (self.crashed and state == ("unknown", "lease_expired"))

    def _tick(self, *moments: datetime) -> None:
        async def together() -> None:
            await asyncio.gather(*(reminder_job.run(tick("schedule.reminders", moment)) for moment in moments))

        self.runner.run(together())


@pytest.mark.slow
def test_every_history_sends_each_reminder_once(database: Clone, issuer: Issuer) -> None:
    """Reminders whose sender crashed are `unknown`. All others are sent on their day."""
    machine = type("Histories", (Histories,), {"database": database, "issuer": issuer})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15, phases=(Phase.generate,), stateful_step_count=25, database=None,
                ),
    )  # fmt: skip
