"""Whether a due notification is sent, held or dropped."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from functions.notify.rules.decisions import Decision, DueNotification, Recipient, decide, expiry
from shared.clock import at_wall_time, zone
from tests.unit.notify.recipients import DAY, EVENING, RECIPIENT, a_notification, recipient_with

MINUTE = timedelta(minutes=1)
DUE = at_wall_time(DAY, EVENING, RECIPIENT.tz)
NO_QUIET_HOURS = recipient_with(quiet_hours=None)


def decision_for(notification: DueNotification, recipient: Recipient = RECIPIENT, now: datetime = DUE) -> Decision:
    [decision] = decide([notification], recipient, now)
    return decision


def state_of(
    notification: DueNotification, recipient: Recipient = RECIPIENT, now: datetime = DUE
) -> tuple[str, str | None]:
    decision = decision_for(notification, recipient, now)
    return decision.state, decision.state_reason


def test_a_due_notification_is_sent() -> None:
    """No rule drops or holds it."""
    assert state_of(a_notification()) == ("leased", None)


def test_a_notification_waits_for_its_local_time_in_a_new_zone() -> None:
    """The recipient flew west after it was planned, to a zone in which 20:00 comes later."""
    in_new_york = replace(RECIPIENT, tz=zone("America/New_York"))

    decision = decision_for(a_notification(), in_new_york)

    assert (decision.state, decision.due_at) == ("planned", at_wall_time(DAY, EVENING, in_new_york.tz))


def test_a_notification_is_dropped_after_its_day() -> None:
    """A check-in reminder expires at the end of its day."""
    assert state_of(a_notification(), NO_QUIET_HOURS, DUE + timedelta(hours=4)) == ("dropped", "expired")
    assert state_of(a_notification(), NO_QUIET_HOURS, DUE + timedelta(hours=4) - MINUTE) == ("leased", None)


def test_a_day_ends_at_the_day_start_of_the_person() -> None:
    """With the day start 04:00, a reminder of 20:00 expires at 04:00."""
    night_owl = replace(NO_QUIET_HOURS, day_starts_at=time(4))

    assert state_of(a_notification(), night_owl, DUE + timedelta(hours=8) - MINUTE) == ("leased", None)
    assert state_of(a_notification(), night_owl, DUE + timedelta(hours=8)) == ("dropped", "expired")
    assert state_of(a_notification(local_time=time(1)), night_owl, at_wall_time(DAY, time(4), RECIPIENT.tz)) == (
        "dropped",
        "expired",
    )


def test_a_notification_just_before_midnight_is_sent_after_it() -> None:
    """One that is due at 23:58 is sent by the tick of 00:00, and up to 15 minutes late."""
    last = a_notification(local_time=time(23, 58))
    due = at_wall_time(DAY, time(23, 58), RECIPIENT.tz)

    assert state_of(last, NO_QUIET_HOURS, due + 14 * MINUTE) == ("leased", None)
    assert state_of(last, NO_QUIET_HOURS, due + 15 * MINUTE) == ("dropped", "expired")


def test_a_late_plan_reminder_is_not_sent() -> None:
    """It names a part of the day, so it expires after three hours."""
    plan = a_notification("plan")

    assert state_of(plan, NO_QUIET_HOURS, DUE + timedelta(hours=3) - MINUTE) == ("leased", None)
    assert state_of(plan, NO_QUIET_HOURS, DUE + timedelta(hours=3)) == ("dropped", "expired")


def test_insights_and_account_mail_stay_valid_for_longer() -> None:
    """An insight expires at the end of the next day, a mail about the account after a week."""
    assert state_of(a_notification("insight"), NO_QUIET_HOURS, DUE + timedelta(hours=27)) == ("leased", None)
    assert state_of(a_notification("insight"), NO_QUIET_HOURS, DUE + timedelta(hours=28)) == ("dropped", "expired")
    assert state_of(a_notification("account"), now=DUE + timedelta(days=6)) == ("leased", None)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (time(6, 30), ("held", "quiet_hours")),  # 07:00 is on the same day
        (time(6, 59), ("held", "quiet_hours")),
        (time(7), ("leased", None)),
        (time(21, 59), ("leased", None)),
        (time(22), ("dropped", "quiet_hours")),  # 07:00 is on the next day
        (time(0), ("held", "quiet_hours")),
    ],
)
def test_quiet_hours_hold_or_drop_a_notification(wall: time, expected: tuple[str, str | None]) -> None:
    """It is held if the quiet hours end before it expires, and dropped otherwise."""
    assert state_of(a_notification(local_time=wall), now=at_wall_time(DAY, wall, RECIPIENT.tz)) == expected


def test_a_held_notification_is_due_when_the_quiet_hours_end() -> None:
    """Quiet hours end at 07:00 local time."""
    early = a_notification(local_time=time(6, 30))

    assert decision_for(early, now=at_wall_time(DAY, time(6, 30), RECIPIENT.tz)).due_at == at_wall_time(
        DAY, time(7), RECIPIENT.tz
    )
    assert state_of(early, now=at_wall_time(DAY, time(7), RECIPIENT.tz)) == ("leased", None)


def test_quiet_hours_end_once_when_the_clock_repeats_their_end() -> None:
    """On a night that has 02:30 twice, quiet hours until 02:30 end the first time."""
    night = date(2026, 10, 25)
    sleeper = recipient_with(quiet_hours=(time(1), time(2, 30)))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    held = a_notification(local_date=night, local_time=time(1, 30))

    assert decision_for(held, sleeper, first - MINUTE).due_at == first
    assert state_of(held, sleeper, first) == ("leased", None)
    assert state_of(held, sleeper, first + 45 * MINUTE) == ("leased", None)  # the clock shows 02:15 again


def test_an_insight_at_night_is_held_until_the_morning() -> None:
    """An insight is valid until the end of the next day, so the quiet hours end in time."""
    insight = a_notification("insight", local_time=time(23))

    assert state_of(insight, now=at_wall_time(DAY, time(23), RECIPIENT.tz)) == ("held", "quiet_hours")


def test_a_check_in_reminder_is_dropped_after_a_check_in() -> None:
    """The check-in counts if it is on the day of the reminder, by the day start of the recipient."""
    assert state_of(a_notification(), replace(RECIPIENT, checked_in=frozenset({DAY}))) == ("dropped", "done")
    assert state_of(a_notification(), replace(RECIPIENT, checked_in=frozenset({DAY - timedelta(days=1)}))) == (
        "leased",
        None,
    )
    night_owl = replace(NO_QUIET_HOURS, day_starts_at=time(4), checked_in=frozenset({DAY - timedelta(days=1)}))
    at_one = a_notification(local_time=time(1))
    assert state_of(at_one, night_owl, at_wall_time(DAY, time(1), RECIPIENT.tz)) == ("dropped", "done")


def test_a_plan_reminder_is_dropped_when_its_slot_is_done() -> None:
    """Every activity of the slot is done or skipped."""
    assert state_of(a_notification("plan", is_open=False)) == ("dropped", "done")


def test_a_weekly_summary_without_entries_is_dropped() -> None:
    """At least one of the seven days before needs a check-in. The day of the summary itself does not count."""
    for days_ago, expected in {0: "dropped", 1: "leased", 7: "leased", 8: "dropped"}.items():
        recipient = replace(RECIPIENT, checked_in=frozenset({DAY - timedelta(days=days_ago)}))

        assert state_of(a_notification("weekly_summary"), recipient)[0] == expected


@pytest.mark.parametrize("kind", ["check_in", "plan", "insight", "weekly_summary", "streak"])
def test_a_care_period_drops_everything_except_account_mail(kind: str) -> None:
    """When the care period ends, notifications are sent again."""
    silent = replace(RECIPIENT, silent_until=DUE + MINUTE, checked_in=frozenset({DAY - timedelta(days=1)}))

    assert state_of(a_notification(kind), silent) == ("dropped", "care_period")
    assert state_of(a_notification("account"), silent) == ("leased", None)
    assert state_of(a_notification(kind), silent, DUE + MINUTE) == ("leased", None)


def test_a_kind_that_is_switched_off_is_dropped() -> None:
    """The preferences switch off any kind, and the profile switches off streaks."""
    assert state_of(a_notification("plan"), recipient_with(kinds=frozenset({"check_in"}))) == (
        "dropped",
        "switched_off",
    )
    assert state_of(a_notification("streak"), replace(RECIPIENT, streaks_enabled=False)) == ("dropped", "switched_off")


def test_the_daily_limit_drops_further_notifications() -> None:
    """The limit counts all kinds of one local day, but not account mail."""
    full = replace(RECIPIENT, sent_counts={DAY: 4})

    assert state_of(a_notification("plan"), full) == ("dropped", "daily_limit")
    assert state_of(a_notification("account"), full) == ("leased", None)
    assert state_of(a_notification("plan"), replace(RECIPIENT, sent_counts={DAY: 3, DAY - timedelta(days=1): 9})) == (
        "leased",
        None,
    )


def test_notifications_for_one_channel_are_bundled() -> None:
    """The kind with the lowest rank leads, and a bundle counts as one message."""
    recipient = replace(RECIPIENT, sent_counts={DAY: 3})
    check_in, plan, other = (
        a_notification("check_in"),
        a_notification("plan", slot="a"),
        a_notification("plan", slot="b"),
    )

    decisions = {decision.notification.id: decision for decision in decide([check_in, plan, other], recipient, DUE)}

    assert {decision.state for decision in decisions.values()} == {"leased"}
    assert decisions[plan.id].bundled_with is None
    assert decisions[check_in.id].bundled_with == decisions[other.id].bundled_with == plan.id


def test_the_last_message_of_a_day_has_the_lowest_rank() -> None:
    """A push and a mail are two messages. With one left of the daily limit, the insight is sent."""
    recipient = replace(RECIPIENT, sent_counts={DAY: 3}, checked_in=frozenset({DAY - timedelta(days=1)}))
    mail, push, account = a_notification("weekly_summary"), a_notification("insight"), a_notification("account")

    decisions = {decision.notification.id: decision for decision in decide([mail, push, account], recipient, DUE)}

    assert (decisions[mail.id].state, decisions[mail.id].state_reason) == ("dropped", "daily_limit")
    assert (decisions[push.id].state, decisions[account.id].state) == ("leased", "leased")


def test_a_person_without_address_gets_the_inbox() -> None:
    """Without the inbox, the notification is dropped as unreachable."""
    without_address = replace(RECIPIENT, devices=(), email=None)

    assert state_of(a_notification(), without_address) == ("sent", None)
    assert state_of(a_notification("account"), without_address) == ("sent", None)
    assert state_of(a_notification(), recipient_with(channels=frozenset({"email", "in_app"}))) == ("sent", None)
    only_push = replace(without_address, preferences=replace(RECIPIENT.preferences, channels=frozenset({"push"})))
    assert state_of(a_notification(), only_push) == ("dropped", "unreachable")


def test_account_mail_is_sent_when_mail_is_off() -> None:
    """The preferences for channels do not apply to account mail."""
    assert state_of(a_notification("account"), recipient_with(channels=frozenset({"push"}))) == ("leased", None)


def test_a_notification_of_a_skipped_date_is_due_right_after_it() -> None:
    """Samoa crossed the date line and had no 30 December 2011."""
    in_samoa = replace(NO_QUIET_HOURS, tz=zone("Pacific/Apia"))
    skipped = a_notification(local_date=date(2011, 12, 30))
    first = datetime(2011, 12, 30, 10, tzinfo=UTC)

    assert decision_for(skipped, in_samoa, first - MINUTE).due_at == first
    assert state_of(skipped, in_samoa, first) == ("leased", None)
    assert expiry(skipped, in_samoa) == first + timedelta(days=1)
