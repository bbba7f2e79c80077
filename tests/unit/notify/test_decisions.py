"""Whether to tell a person what was planned for them, and when."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from functions.notify.rules.decisions import Decision, Intent, Person, judge, useful_until
from shared.clock import at_wall_time, zone
from tests.unit.notify.people import DAY, EVENING, NEW, intent, who_wants

MINUTE = timedelta(minutes=1)
DUE = at_wall_time(DAY, EVENING, NEW.tz)
NOTHING_QUIET = who_wants(quiet=None)


def judged(told: Intent, person: Person = NEW, now: datetime = DUE) -> Decision:
    [decision] = judge([told], person, now)
    return decision


def outcome(told: Intent, person: Person = NEW, now: datetime = DUE) -> tuple[str, str | None]:
    decision = judged(told, person, now)
    return decision.state, decision.why


def test_what_is_due_is_sent() -> None:
    """Nothing speaks against it."""
    assert outcome(intent()) == ("sending", None)


def test_what_is_not_due_where_the_person_is_now_waits_until_it_is() -> None:
    """They flew west since it was planned: 20:00 there is still ahead."""
    there = replace(NEW, tz=zone("America/New_York"))

    decision = judged(intent(), there)

    assert (decision.state, decision.due_at) == ("planned", at_wall_time(DAY, EVENING, there.tz))


def test_what_its_day_has_gone_by_for_is_dropped() -> None:
    """A reminder of yesterday helps nobody today."""
    assert outcome(intent(), NOTHING_QUIET, DUE + timedelta(hours=4)) == ("dropped", "late")
    assert outcome(intent(), NOTHING_QUIET, DUE + timedelta(hours=4) - MINUTE) == ("sending", None)


def test_a_day_ends_where_the_person_says() -> None:
    """Until four in the morning it is still the evening before."""
    owl = replace(NOTHING_QUIET, day_starts_at=time(4))

    assert outcome(intent(), owl, DUE + timedelta(hours=8) - MINUTE) == ("sending", None)
    assert outcome(intent(), owl, DUE + timedelta(hours=8)) == ("dropped", "late")
    assert outcome(intent(local_time=time(1)), owl, at_wall_time(DAY, time(4), NEW.tz)) == ("dropped", "late")


def test_the_last_minutes_of_a_day_find_their_tick_after_midnight() -> None:
    """What is due at 23:58 is told by the tick of 00:00, and up to a quarter of an hour late."""
    last = intent(local_time=time(23, 58))
    due = at_wall_time(DAY, time(23, 58), NEW.tz)

    assert outcome(last, NOTHING_QUIET, due + 14 * MINUTE) == ("sending", None)
    assert outcome(last, NOTHING_QUIET, due + 15 * MINUTE) == ("dropped", "late")


def test_news_keeps_for_another_day() -> None:
    """An insight found before midnight may be told in the morning, a mail about the account for a week."""
    assert outcome(intent("insight"), NOTHING_QUIET, DUE + timedelta(hours=27)) == ("sending", None)
    assert outcome(intent("insight"), NOTHING_QUIET, DUE + timedelta(hours=28)) == ("dropped", "late")
    assert outcome(intent("account"), now=DUE + timedelta(days=6)) == ("sending", None)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (time(6, 30), ("held", "quiet")),  # 07:00 is still today
        (time(6, 59), ("held", "quiet")),
        (time(7), ("sending", None)),
        (time(21, 59), ("sending", None)),
        (time(22), ("dropped", "quiet")),  # 07:00 is another day
        (time(0), ("held", "quiet")),
    ],
)
def test_quiet_hours_across_midnight(wall: time, expected: tuple[str, str | None]) -> None:
    """Held until they end where that is still the day it was meant for, else dropped."""
    assert outcome(intent(local_time=wall), now=at_wall_time(DAY, wall, NEW.tz)) == expected


def test_what_is_held_is_looked_at_when_quiet_ends() -> None:
    """At seven, by the clock of that morning."""
    early = intent(local_time=time(6, 30))

    assert judged(early, now=at_wall_time(DAY, time(6, 30), NEW.tz)).due_at == at_wall_time(DAY, time(7), NEW.tz)
    assert outcome(early, now=at_wall_time(DAY, time(7), NEW.tz)) == ("sending", None)


def test_quiet_hours_that_the_clock_repeats_end_once() -> None:
    """Until 02:30 on a night that has 02:30 twice: the first one ends them."""
    night = date(2026, 10, 25)
    sleeper = who_wants(quiet=(time(1), time(2, 30)))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    held = intent(local_date=night, local_time=time(1, 30))

    assert judged(held, sleeper, first - MINUTE).due_at == first
    assert outcome(held, sleeper, first) == ("sending", None)
    assert outcome(held, sleeper, first + 45 * MINUTE) == ("sending", None)  # the clock shows 02:15 again


def test_news_of_a_night_is_held_until_the_morning() -> None:
    """An insight found at 23:00 keeps: quiet ends tomorrow, and so does its use."""
    found = intent("insight", local_time=time(23))

    assert outcome(found, now=at_wall_time(DAY, time(23), NEW.tz)) == ("held", "quiet")


def test_who_has_checked_in_is_not_reminded_to() -> None:
    """On the day that the reminder is for, as the person counts days."""
    assert outcome(intent(), replace(NEW, checked_in=frozenset({DAY}))) == ("dropped", "done")
    assert outcome(intent(), replace(NEW, checked_in=frozenset({DAY - timedelta(days=1)}))) == ("sending", None)
    owl = replace(NOTHING_QUIET, day_starts_at=time(4), checked_in=frozenset({DAY - timedelta(days=1)}))
    at_one = intent(local_time=time(1))
    assert outcome(at_one, owl, at_wall_time(DAY, time(1), NEW.tz)) == ("dropped", "done")


def test_a_slot_without_anything_open_is_not_told_of() -> None:
    """All of it is done or skipped."""
    assert outcome(intent("plan", is_open=False)) == ("dropped", "done")


def test_a_week_without_an_entry_has_no_summary() -> None:
    """Nobody is shown an empty page."""
    week_ago = replace(NEW, checked_in=frozenset({DAY - timedelta(days=7)}))
    within = replace(NEW, checked_in=frozenset({DAY - timedelta(days=6)}))

    assert outcome(intent("weekly_summary"), week_ago) == ("dropped", "empty")
    assert outcome(intent("weekly_summary"), within) == ("sending", None)


@pytest.mark.parametrize("kind", ["check_in", "plan", "insight", "weekly_summary", "streak"])
def test_nothing_nudges_after_an_entry_that_told_of_danger(kind: str) -> None:
    """Until the silence ends; what concerns the account is told all the same."""
    silent = replace(NEW, silent_until=DUE + MINUTE, checked_in=frozenset({DAY - timedelta(days=1)}))

    assert outcome(intent(kind), silent) == ("dropped", "silence")
    assert outcome(intent("account"), silent) == ("sending", None)
    assert outcome(intent(kind), silent, DUE + MINUTE) == ("sending", None)


def test_a_kind_that_is_off_stays_away() -> None:
    """Streaks are off as well where the profile says so."""
    assert outcome(intent("plan"), who_wants(kinds=frozenset({"check_in"}))) == ("dropped", "off")
    assert outcome(intent("streak"), replace(NEW, streaks_enabled=False)) == ("dropped", "off")


def test_more_than_a_person_wants_in_a_day_is_dropped() -> None:
    """Over all kinds; what concerns the account does not count."""
    full = replace(NEW, told={DAY: 4})

    assert outcome(intent("plan"), full) == ("dropped", "cap")
    assert outcome(intent("account"), full) == ("sending", None)
    assert outcome(intent("plan"), replace(NEW, told={DAY: 3, DAY - timedelta(days=1): 9})) == ("sending", None)


def test_what_falls_together_is_one_message() -> None:
    """Of one channel; the plan leads, and a bundle counts once."""
    person = replace(NEW, told={DAY: 3})
    nudge, plan, other = intent("check_in"), intent("plan", slot="a"), intent("plan", slot="b")

    decisions = {decision.intent.id: decision for decision in judge([nudge, plan, other], person, DUE)}

    assert {decision.state for decision in decisions.values()} == {"sending"}
    assert decisions[plan.id].told_with is None
    assert decisions[nudge.id].told_with == decisions[other.id].told_with == plan.id


def test_the_last_message_of_a_day_goes_to_the_channel_that_leads() -> None:
    """A push and a mail are two messages: with one left, the push goes out."""
    person = replace(NEW, told={DAY: 3}, checked_in=frozenset({DAY - timedelta(days=1)}))
    mail, push, account = intent("weekly_summary"), intent("insight"), intent("account")

    decisions = {decision.intent.id: decision for decision in judge([mail, push, account], person, DUE)}

    assert (decisions[mail.id].state, decisions[mail.id].why) == ("dropped", "cap")
    assert (decisions[push.id].state, decisions[account.id].state) == ("sending", "sending")


def test_without_a_way_out_the_inbox_is_told() -> None:
    """And where there is no inbox either, nobody."""
    bare = replace(NEW, devices=(), email=None)

    assert outcome(intent(), bare) == ("sent", None)
    assert outcome(intent("account"), bare) == ("sent", None)
    assert outcome(intent(), who_wants(channels=frozenset({"email", "in_app"}))) == ("sent", None)
    only_push = replace(bare, wishes=replace(NEW.wishes, channels=frozenset({"push"})))
    assert outcome(intent(), only_push) == ("dropped", "unreachable")


def test_what_concerns_the_account_reaches_who_wants_no_mail() -> None:
    """A password that was changed is no newsletter."""
    assert outcome(intent("account"), who_wants(channels=frozenset({"push"}))) == ("sending", None)


def test_a_day_that_never_was_is_told_of_on_the_first_minute_after_it() -> None:
    """Samoa crossed the date line: 30 December 2011 did not take place there."""
    there = replace(NOTHING_QUIET, tz=zone("Pacific/Apia"))
    lost = intent(local_date=date(2011, 12, 30))
    first = datetime(2011, 12, 30, 10, tzinfo=UTC)

    assert judged(lost, there, first - MINUTE).due_at == first
    assert outcome(lost, there, first) == ("sending", None)
    assert useful_until(lost, there) == first + timedelta(days=1)
