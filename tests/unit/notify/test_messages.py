"""What goes out, and what is recorded of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.notify.channels.ports import Outcome
from functions.notify.messages import MOST_TRIES, Message, decided, messages, pushes, settled
from functions.notify.rules.decisions import judge
from shared.clock import at_wall_time
from tests.unit.notify.people import DAY, EVENING, NEW, intent

NOW = at_wall_time(DAY, EVENING, NEW.tz)
SENT, GONE, FAILED, LATER, UNKNOWN = (
    Outcome("sent"),
    Outcome("gone"),
    Outcome("failed", "status 400"),
    Outcome("later", "status 503"),
    Outcome("unknown"),
)


def recorded(*outcomes: Outcome, tries: int = 0) -> tuple[str, str | None]:
    [row] = settled(Message(NEW, [intent(tries=tries)]), outcomes, NOW)
    return row["state"], row["why"]


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
def test_of_several_devices_the_best_outcome_tells(
    outcomes: tuple[Outcome, ...], expected: tuple[str, str | None]
) -> None:
    """One device is enough; what may have arrived is not repeated for the sake of another."""
    assert recorded(*outcomes) == expected


def test_a_provider_that_takes_nothing_is_asked_again_ever_later() -> None:
    """After 5, 10, 20 and 40 minutes; then it has failed."""
    pauses = []
    for tries in range(MOST_TRIES):
        [row] = settled(Message(NEW, [intent(tries=tries)]), [LATER], NOW)
        pauses.append((row["state"], row.get("due_at", NOW) - NOW))

    minutes = [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)]
    assert pauses == [*(("planned", pause) for pause in minutes), ("failed", timedelta(0))]


def test_a_bundle_leads_to_the_inbox_and_lives_as_long_as_its_longest() -> None:
    """A nudge and an insight: the insight may still be shown tomorrow."""
    [bundle] = messages(NEW, judge([intent(), intent("insight")], NEW, NOW))
    [alone] = messages(NEW, judge([intent()], NEW, NOW))

    [of_two], [of_one] = pushes(bundle), pushes(alone)

    assert (of_two.link, of_one.link) == ("mend://inbox", "mend://check-in")
    assert of_two.until - of_one.until == timedelta(days=1)
    assert of_two.key == str(bundle.lead.id)


def test_all_of_a_bundle_fares_alike() -> None:
    """One answer settles each of its rows."""
    bundle = Message(NEW, [intent(slot="a"), intent(slot="b")])

    rows = settled(bundle, [UNKNOWN], NOW)

    assert [(row["id"], row["state"]) for row in rows] == [(each.id, "unknown") for each in bundle.intents]


def test_every_device_gets_a_message_once() -> None:
    """One push for each token, all with one key."""
    person = replace(NEW, devices=("one", "two"))
    [message] = messages(person, judge([intent()], person, NOW))

    assert [push.token for push in pushes(message)] == ["one", "two"]
    assert len({push.key for push in pushes(message)}) == 1


def test_what_is_dropped_says_nothing() -> None:
    """No words, no place in the inbox, no count."""
    person = replace(NEW, checked_in=frozenset({DAY}))
    [dropped] = judge([intent()], person, NOW)
    row = decided(dropped, person, NOW)

    assert (row["state"], row["why"], row["channels"]) == ("dropped", "done", {})
    assert not {"title", "told_on", "told_at"} & row.keys()


def test_who_has_no_inbox_is_told_outside_it() -> None:
    """The row is kept, and the inbox does not show it."""
    person = replace(NEW, wishes=replace(NEW.wishes, channels=frozenset({"push"})))
    [sending] = judge([intent()], person, NOW)
    row = decided(sending, person, NOW)

    assert row["told_on"] == DAY
    assert row["title"]
    assert "told_at" not in row
