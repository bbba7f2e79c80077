"""What support sees of a person's messages."""

from infra import deliveries
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.integration.notify.telling import living_in, plan, ticked, utc

NOON = utc("2027-02-01 12:00")


async def test_support_sees_what_became_of_a_message_and_not_what_it_said(
    client_for: ClientFactory, database: Clone
) -> None:
    """Kind, day, slot, state, reason and channel; no title, no body, no data."""
    me = await living_in(client_for, kinds={"check_in": False, "plan": True, "insight": True, "weekly_summary": False,
                                            "streak": False})  # fmt: skip
    plan(database, me.person, NOON, "plan", "afternoon")
    plan(database, me.person, NOON, "check_in", "12:00")
    await ticked(NOON)
    [item] = (await me.get("/inbox")).json()["items"]

    found = await deliveries.latest(services().database, me.person)

    lines = sorted(delivery.line for delivery in found)
    assert lines == [
        "2027-02-01T12:00+00:00  check_in  2027-02-01 12:00  dropped  off",
        "2027-02-01T12:00+00:00  plan  2027-02-01 afternoon  sent  in_app:sent push:sent",
    ]
    assert item["title"] not in "".join(lines)
