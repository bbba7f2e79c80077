"""What hands out or deletes everything of a person needs a sign-in of the last minutes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.auth import Authenticator, Person
from shared.clock import utc_now
from shared.db import claims_role
from shared.http.fresh_sign_in import MINUTES, FreshSignInNeeded, require_fresh_sign_in
from shared.services import Services
from tests.conftest import Clone, Issuer, sign_up

Claims = dict[str, Any]


def signed_in(minutes_ago: float, method: str = "password") -> Claims:
    return {"method": method, "timestamp": int((utc_now() - timedelta(minutes=minutes_ago)).timestamp())}


async def check(services: Services, issuer: Issuer, person_id: UUID, **claims: object) -> None:
    token = issuer.token(person_id, **claims)
    person: Person = await Authenticator(services.settings).person(f"Bearer {token}")
    async with services.database.transaction(claims_role(person.claims)) as conn:
        await require_fresh_sign_in(conn, person)


@pytest.mark.parametrize(
    "sign_ins", [[(0, "password")], [(MINUTES - 1, "otp")], [(600, "password"), (1, "totp")]], ids=str
)
async def test_a_sign_in_of_the_last_minutes_is_fresh(
    services: Services, issuer: Issuer, database: Clone, sign_ins: list[tuple[int, str]]
) -> None:
    """The newest proof of who the person is counts."""
    await check(services, issuer, sign_up(database), amr=[signed_in(*sign_in) for sign_in in sign_ins])


@pytest.mark.parametrize(
    "amr",
    [
        ["password"],
        "password",
        [{"method": "password"}],
        [{"method": "password", "timestamp": "now"}],
        [],
        None,
    ],
    ids=str,
)
async def test_a_token_that_does_not_tell_of_a_sign_in_is_refused(
    services: Services, issuer: Issuer, database: Clone, amr: object
) -> None:
    """A custom token hook of a Supabase project may leave out when the person signed in."""
    with pytest.raises(FreshSignInNeeded):
        await check(services, issuer, sign_up(database), amr=amr)


async def test_an_older_sign_in_is_refused_with_the_challenge_of_rfc_9470(
    services: Services, issuer: Issuer, database: Clone
) -> None:
    """A refreshed token is new, but its sign-in is not."""
    amr = [signed_in(MINUTES + 1), signed_in(0, "token_refresh")]

    with pytest.raises(FreshSignInNeeded) as refused:
        await check(services, issuer, sign_up(database), amr=amr)

    assert (refused.value.status, refused.value.code) == (401, "fresh_sign_in_needed")
    challenge = 'Bearer realm="mend", error="insufficient_user_authentication", max_age="600"'
    assert refused.value.headers == {"WWW-Authenticate": challenge}


@pytest.mark.parametrize(("status", "level"), [("verified", "aal2"), ("unverified", "aal1")])
async def test_a_second_factor_is_needed_only_from_who_has_one(
    services: Services, issuer: Issuer, database: Clone, status: str, level: str
) -> None:
    """A factor that was never verified does not count."""
    person = sign_up(database)
    add_factor(database, person, status)

    await check(services, issuer, person, aal=level)


async def test_who_has_a_second_factor_must_use_it(services: Services, issuer: Issuer, database: Clone) -> None:
    """A password alone is not enough then."""
    person = sign_up(database)
    add_factor(database, person, "verified")

    with pytest.raises(FreshSignInNeeded, match="second factor") as refused:
        await check(services, issuer, person, aal="aal1")

    assert 'acr_values="aal2"' in refused.value.headers["WWW-Authenticate"]


async def test_an_anonymous_person_refreshes_the_session(services: Services, issuer: Issuer, database: Clone) -> None:
    """They cannot sign in again, so a new token is the proof that they have."""
    person, issued = sign_up(database), int((utc_now() - timedelta(minutes=MINUTES + 1)).timestamp())
    anonymous: Claims = {"is_anonymous": True, "aal": "aal1", "amr": [signed_in(9000, "anonymous")]}

    await check(services, issuer, person, **anonymous)

    with pytest.raises(FreshSignInNeeded):
        await check(services, issuer, person, iat=issued, **anonymous)


def add_factor(database: Clone, person: UUID, status: str) -> None:
    with database.admin() as conn:
        conn.execute("INSERT INTO auth.mfa_factors VALUES (gen_random_uuid(), %s, %s)", (person, status))
