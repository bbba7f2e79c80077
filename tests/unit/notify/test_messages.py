"""The messages for notifications, and the rows that record decisions and outcomes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.notify.channels.ports import Outcome
from functions.notify.messages import MAX_ATTEMPTS, Message, bundle, decision_row, outcome_rows, pushes
from functions.notify.rules.decisions import decide
from shared.clock import at_wall_time
from tests.unit.notify.recipients import DAY, EVENING, RECIPIENT, a_notification

NOW = at_wall_time(DAY, EVENING, RECIPIENT.tz)
SENT, GONE, FAILED, LATER, UNKNOWN = (
    Outcome("sent"),
    Outcome("gone"),
    Outcome("failed", "status 400"),
    Outcome("later", "status 503"),
    Outcome("unknown"),
)


def stored_state(*outcomes: Outcome) -> tuple[str, str | None]:
    [row] = outcome_rows(Message(RECIPIENT, [a_notification()]), outcomes, NOW)
    return row["state"], row["state_reason"]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((SENT,), ("sent", None)),
        ((GONE, SENT), ("sent", None)),
        ((SENT, UNKNOWN, LATER), ("sent", None)),
        ((UNKNOWN, LATER), ("unknown", "unknown")),
        ((LATER, FAILED), ("planned", "status 503")),
        ((FAILED, GONE), ("failed", "status 400")),
        ((GONE,), ("failed", "gone")),
    ],
)
def test_the_best_outcome_among_devices_is_stored(
    outcomes: tuple[Outcome, ...], expected: tuple[str, str | None]
) -> None:
    """A message that reached one device, or may have reached it, is not sent again."""
    assert stored_state(*outcomes) == expected


def test_the_outcome_later_is_retried_with_growing_pauses() -> None:
    """Further attempts follow after 5, 10, 20 and 40 minutes. Then the notification has failed."""
    pauses = []
    for attempts in range(MAX_ATTEMPTS):
        [row] = outcome_rows(Message(RECIPIENT, [a_notification(attempts=attempts)]), [LATER], NOW)
        pauses.append((row["state"], row.get("due_at", NOW) - NOW))

    minutes = [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)]
    assert pauses == [*(("planned", pause) for pause in minutes), ("failed", timedelta(0))]


def test_a_bundle_opens_the_inbox_and_expires_with_its_last_notification() -> None:
    """A check-in reminder expires today, but the insight beside it tomorrow."""
    [of_both] = bundle(RECIPIENT, decide([a_notification(), a_notification("insight")], RECIPIENT, NOW))
    [alone] = bundle(RECIPIENT, decide([a_notification()], RECIPIENT, NOW))

    [of_two], [of_one] = pushes(of_both), pushes(alone)

    assert (of_two.link, of_one.link) == ("mend://inbox", "mend://check-in")
    assert of_two.expires_at - of_one.expires_at == timedelta(days=1)
    assert of_two.key == str(of_both.lead.id)


def test_one_outcome_is_stored_for_each_notification_of_a_bundle() -> None:
    """Every row of the bundle gets the state of its message."""
    message = Message(RECIPIENT, [a_notification(slot="a"), a_notification(slot="b")])

    rows = outcome_rows(message, [UNKNOWN], NOW)

    assert [(row["id"], row["state"]) for row in rows] == [(each.id, "unknown") for each in message.notifications]


def test_every_device_gets_one_push() -> None:
    """The pushes of a message have the same key."""
    recipient = replace(RECIPIENT, devices=("one", "two"))
    [message] = bundle(recipient, decide([a_notification()], recipient, NOW))

    assert [push.token for push in pushes(message)] == ["one", "two"]
    assert len({push.key for push in pushes(message)}) == 1


def test_a_dropped_notification_has_no_text() -> None:
    """It has no title, is not in the inbox and does not count for the daily limit."""
    recipient = replace(RECIPIENT, checked_in=frozenset({DAY}))
    [dropped] = decide([a_notification()], recipient, NOW)
    row = decision_row(dropped, recipient, NOW)

    assert (row["state"], row["state_reason"], row["channels"]) == ("dropped", "done", {})
    assert not {"title", "sent_on", "sent_at"} & row.keys()


def test_a_notification_of_a_person_without_inbox_is_not_in_it() -> None:
    """It has a title and counts for the daily limit, but has no time in the inbox."""
    recipient = replace(RECIPIENT, preferences=replace(RECIPIENT.preferences, channels=frozenset({"push"})))
    [sending] = decide([a_notification()], recipient, NOW)
    row = decision_row(sending, recipient, NOW)

    assert row["sent_on"] == DAY
    assert row["title"]
    assert "sent_at" not in row
