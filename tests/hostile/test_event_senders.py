"""Pushes that somebody else sends: an event function refuses them before it reads them."""

import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.registry import registry
from shared.clock import utc_now
from shared.events import Event, push_message, types
from shared.settings import BadSettings, Settings
from tests.conftest import ClientFactory, ClockMover, Clone, Issuer
from tests.event_delivery import event_for
from tests.google_tokens import (
    AUDIENCE,
    checking_senders,
    id_token,
    signature_removed,
    token_as_received,
)
from tests.hostile.routes import served
from tests.hostile.wire import RawRequest, send

EVENT_TYPES = sorted(kind.name for kind in vars(types).values() if isinstance(kind, types.EventType))
CONSUMERS = [name for name, function in registry().functions.items() if function.trigger == "events"]
ANOTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
HOUR = timedelta(hours=1)
EFFECTS = "SELECT (SELECT count(*) FROM mend.event_claims) + (SELECT count(*) FROM mend.dead_letters)"
REMOTE = "postgresql://mend_app@db.example.org/postgres"

# Claims that are wrong, and the status that refuses them.
WRONG_CLAIMS: dict[str, tuple[dict[str, Any], int]] = {
    "an expired token": ({"exp": int(utc_now().timestamp()) - 60}, 401),
    "a token of tomorrow": ({"iat": int(utc_now().timestamp()) + 86400}, 401),
    "no expiry": ({"exp": None}, 401),
    "an expiry of a word": ({"exp": "never"}, 401),
    "another issuer": ({"iss": "https://accounts.example.org"}, 401),
    "no issuer": ({"iss": None}, 401),
    "another audience": ({"aud": "https://elsewhere.example.org"}, 401),
    "our audience among others": ({"aud": [AUDIENCE, "https://elsewhere.example.org"]}, 401),
    "no audience": ({"aud": None}, 401),
    "another account": ({"email": "someone@example.iam.gserviceaccount.com"}, 403),
    "no account": ({"email": None}, 403),
    "an address that is not verified": ({"email_verified": False}, 403),
    "an address verified by a word": ({"email_verified": "true"}, 403),
}


@pytest.fixture(params=["iam", "oidc"])
async def auth(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[str]:
    async with checking_senders(settings, request.param):
        yield request.param


async def push(consumer: str, authorization: str | None, body: bytes | None = None) -> int:
    content = json.dumps(push_message(event_for(consumer))).encode() if body is None else body
    headers = () if authorization is None else ((b"authorization", authorization.encode()),)
    return (await send(served(consumer), RawRequest("POST", b"/", headers=headers, body=content))).status


@pytest.mark.parametrize("consumer", CONSUMERS)
async def test_a_push_of_our_subscription_is_handled(auth: str, consumer: str, database: Clone) -> None:
    assert await push(consumer, f"Bearer {token_as_received(auth, id_token())}") == 200
    assert database.value(EFFECTS) == 1


@pytest.mark.parametrize("wrong", WRONG_CLAIMS)
async def test_a_token_with_a_wrong_claim_is_refused(auth: str, wrong: str, database: Clone) -> None:
    """It may be signed by Google: anybody can get such a token for an account of their own."""
    claims, status = WRONG_CLAIMS[wrong]

    assert await push("notify_events", f"Bearer {token_as_received(auth, id_token(**claims))}") == status
    assert database.value(EFFECTS) == 0


@pytest.mark.parametrize("consumer", CONSUMERS)
async def test_a_push_without_a_token_is_refused_unread(
    auth: str, consumer: str, database: Clone, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """A person's token does not help. Nothing is parked, not even an unreadable body; each refusal is a log line."""
    person = issuer.token(uuid4())
    values = (None, "", "Bearer", "Bearer x", "Bearer a.b.c", f"Basic {id_token()}", f"Bearer {person}")

    assert [await push(consumer, value) for value in values] == [401] * len(values)
    assert await push(consumer, None, body=b"{") == 401
    assert database.value(EFFECTS) == 0
    assert [record.msg for record in caplog.records].count("event_refused") == len(values) + 1
    assert auth


@pytest.mark.parametrize("auth", ["oidc"], indirect=True)
@pytest.mark.parametrize(
    "token",
    [
        id_token(ANOTHER_KEY),
        id_token(key_id="unknown"),
        signature_removed(id_token()),
        f"{id_token().rpartition('.')[0]}.AAAA",
    ],
    ids=["another key", "an unknown key", "a removed signature", "a wrong signature"],
)
async def test_a_forged_signature_is_refused(auth: str, token: str, database: Clone) -> None:
    """With `oidc` nobody has verified the token before us."""
    assert auth == "oidc"
    assert await push("notify_events", f"Bearer {token}") == 401
    assert database.value(EFFECTS) == 0


async def test_a_token_is_refused_once_it_has_expired(auth: str, move_clock: ClockMover) -> None:
    """A recorded push cannot be replayed for ever."""
    authorization = f"Bearer {token_as_received(auth, id_token())}"
    assert await push("notify_events", authorization) == 200

    move_clock(HOUR + timedelta(minutes=1))

    assert await push("notify_events", authorization) == 401


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_URL": REMOTE},
        {"DATABASE_URL": REMOTE, "EVENT_AUTH": "none"},
        {"DATABASE_URL": "host=127.0.0.1,db.example.org"},
        {"DATABASE_URL": "host=localhost hostaddr=203.0.113.7"},
        {"EVENT_AUTH": "iam"},
        {"EVENT_AUTH": "oidc", "EVENT_AUDIENCE": AUDIENCE},
        {"EVENT_AUTH": "trust"},
    ],
)
def test_a_process_with_a_database_elsewhere_must_verify_senders(environ: dict[str, str]) -> None:
    """It does not start with settings that would let anybody send events."""
    with pytest.raises(BadSettings):
        Settings.from_mapping(environ)


@pytest.mark.parametrize(
    "url", ["", "host=/run/postgresql", "postgresql://mend_app@127.0.0.1:5432/x", "host=localhost"]
)
def test_a_process_with_its_database_at_hand_need_not_verify_senders(url: str, tmp_path: Path) -> None:
    """A developer's machine has no Pub/Sub that could sign."""
    assert Settings.from_mapping({"DATABASE_URL": url, "MEND_HOME": str(tmp_path)}).event_auth == "none"


FORGERIES = int(os.environ.get("TRIALS", "100"))  # noqa: TID251 - more of them in `make soak`
WRONG_TOKENS = [
    None,
    "Bearer x",
    f"Bearer {id_token(ANOTHER_KEY)}",
    f"Bearer {signature_removed(id_token())}",
    *(f"Bearer {id_token(**claims)}" for claims, _ in WRONG_CLAIMS.values()),
]
OURS = """
    SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'mend'::regnamespace)
      AND relname NOT IN ('dead_letters', 'event_claims') -- that an event is parked is its only trace
"""


def forgery(rng: Random, consumer: str, person: UUID) -> tuple[str | None, Event]:
    """An event that must have no effect: of a wrong sender, of a foreign type, or of a time to come."""
    listened = registry().functions[consumer].listens
    foreign = [kind for kind in EVENT_TYPES if kind not in listened]
    data = {"entry_ids": [str(uuid4())], "content_id": str(uuid4()), "kind": "hide", "fields": ["timezone"]}
    ahead = rng.choice([timedelta(minutes=6), timedelta(days=400), timedelta(days=60_000)])
    authorization, kind, at = rng.choice(
        [
            (rng.choice(WRONG_TOKENS), rng.choice(listened), utc_now()),
            (f"Bearer {id_token()}", rng.choice(foreign), utc_now()),
            (f"Bearer {id_token()}", rng.choice(listened), utc_now() + ahead),
        ]
    )
    return authorization, Event(type=kind, occurred_at=at, user_id=person, data=data)


@pytest.mark.parametrize("auth", ["oidc"], indirect=True)
async def test_forged_events_change_nothing(client_for: ClientFactory, auth: str, database: Clone) -> None:
    """Whatever their type, their sender and their time, at most they are parked."""
    client = client_for("checkin")
    await client.post("/", json={"mood": "sad", "intensity": 5})
    await client_for("plan", client.person).post("/", json={"current": "sad", "target": "calm"})
    before, rng = contents(database), Random(FORGERIES)  # noqa: S311 - a choice of forgeries

    for _ in range(FORGERIES):
        consumer = rng.choice(CONSUMERS)
        authorization, event = forgery(rng, consumer, client.person)
        await push(consumer, authorization, json.dumps(push_message(event)).encode())

    assert auth
    assert contents(database) == before


def contents(database: Clone) -> dict[str, str]:
    """A digest of every table that events could change."""
    digest = "SELECT md5(coalesce(string_agg(r::text, ',' ORDER BY r::text), '')) FROM "
    return {table: database.value(f"{digest} {table} AS r") for (table,) in database.rows(OURS)}
