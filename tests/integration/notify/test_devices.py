"""The devices that a person gets pushes on."""

import asyncio

import pytest

from functions.notify.queries import MAX_DEVICES
from tests.conftest import Client, ClientFactory, Clone

TOKENS = "SELECT token FROM public.devices WHERE user_id = %s ORDER BY seen_at DESC, token DESC"


@pytest.fixture
def me(client_for: ClientFactory) -> Client:
    return client_for("notify")


def tokens(database: Clone, client: Client) -> list[str]:
    return [row[0] for row in database.rows(TOKENS, client.person)]


async def registered(client: Client, token: str, platform: str = "android") -> int:
    return (await client.put(f"/devices/{token}", json={"platform": platform})).status_code


async def test_a_device_is_registered_and_forgotten(me: Client, database: Clone) -> None:
    """Both calls may be repeated."""
    token = f"token:of-{me.person}"
    assert [await registered(me, token) for _ in range(2)] == [204, 204]
    assert tokens(database, me) == [token]

    assert [(await me.delete(f"/devices/{token}")).status_code for _ in range(2)] == [204, 204]
    assert tokens(database, me) == []


async def test_a_device_belongs_to_the_last_person(client_for: ClientFactory, database: Clone) -> None:
    """The person before gets no pushes there, and cannot delete the device of its new owner."""
    before, after = client_for("notify"), client_for("notify")
    token = f"shared-{before.person}"
    await registered(before, token)
    await registered(after, token)
    await before.delete(f"/devices/{token}")

    assert (tokens(database, before), tokens(database, after)) == ([], [token])


async def test_concurrent_registrations_leave_one_owner(client_for: ClientFactory, database: Clone) -> None:
    """Eight people register the same device at once."""
    people = [client_for("notify") for _ in range(8)]
    token = f"contested-{people[0].person}"

    answers = await asyncio.gather(*(registered(person, token) for person in people))

    assert answers == [204] * 8
    assert [tokens(database, person) for person in people].count([token]) == 1


async def test_the_oldest_of_too_many_devices_are_deleted(me: Client, database: Clone) -> None:
    """Only the latest twenty devices of a person are stored."""
    names = [f"{me.person}-{number:05}" for number in range(MAX_DEVICES + 5)]
    for name in names:
        await registered(me, name)

    assert tokens(database, me) == names[:4:-1]


async def test_the_device_limit_holds_under_load(me: Client, database: Clone) -> None:
    """It holds for 10,000 registrations in a row and for 200 concurrent ones."""
    claims = f'{{"sub": "{me.person}", "role": "authenticated"}}'
    with database.admin() as conn, conn.transaction():
        become = "SELECT set_config('role', 'mend_user', true), set_config('request.jwt.claims', %s, true)"
        conn.execute(become, (claims,))
        query = "SELECT mend.register_device(%s::text || i, 'web', %s) FROM generate_series(1, 10000) AS i"
        conn.execute(query, (f"{me.person}-", MAX_DEVICES))
    assert len(tokens(database, me)) == MAX_DEVICES
    turns = asyncio.Semaphore(8)

    async def register(number: int) -> int:
        async with turns:
            return await registered(me, f"{me.person}-at-once-{number}")

    answers = await asyncio.gather(*(register(number) for number in range(200)))

    assert set(answers) == {204}
    assert len(tokens(database, me)) == MAX_DEVICES


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("short", "8 to 1024"),
        ("x" * 1025, "8 to 1024"),
        ("with%20space", "8 to 1024"),
        ("ümlaut-in-it", "8 to 1024"),
        ("nul-%00-inside", "8 to 1024"),
        ("ExponentPushToken%5Bxxxxxxxxxxxxxxxxxxxxxx%5D", "This one is of Expo"),
        ("0a1B" * 16, "This one is of APNs"),
    ],
)
async def test_a_token_that_is_none_of_fcm_is_refused(me: Client, database: Clone, token: str, says: str) -> None:
    """With the reason. It reaches neither the database nor a provider, and the answer does not repeat it."""
    answers = [await me.put(f"/devices/{token}", json={"platform": "ios"}), await me.delete(f"/devices/{token}")]

    for answer in answers:
        [fault] = answer.json()["errors"]
        assert (answer.status_code, fault["loc"]) == (422, ["path", "token"])
        assert says in fault["msg"]
        assert token not in answer.text
    assert tokens(database, me) == []


async def test_a_slash_in_a_token_makes_another_path_of_it(me: Client) -> None:
    """No route has it."""
    assert (await me.put("/devices/a%2Fslash-b", json={"platform": "ios"})).status_code == 404


async def test_an_unknown_platform_is_refused(me: Client) -> None:
    """The platforms are iOS, Android and web."""
    assert await registered(me, "a-token-of-mine", "pager") == 422


async def test_no_log_holds_a_token(me: Client, capsys: pytest.CaptureFixture[str]) -> None:
    """The log line of a request names the route, not the path."""
    await registered(me, "canary-token-of-mine")
    await me.delete("/devices/canary-token-of-mine")

    assert "canary" not in "".join(capsys.readouterr())
