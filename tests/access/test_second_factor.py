"""Admins act as admins only in a session with a second factor."""

import json
from pathlib import Path

import jwt
import pytest

from infra.local import issuer as local_issuer
from shared.auth import Authenticator
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import ClientFactory, Clone, Issuer, sign_up

ADMIN = {"app_metadata": {"role": "admin"}}
ONE_FACTOR = [{"aal": "aal1"}, {"aal": None}, {"aal": "aal3"}, {"aal": ["aal2"]}]


@pytest.mark.parametrize("claims", ONE_FACTOR, ids=str)
async def test_an_admin_without_a_second_factor_is_told_to_verify_one(
    client_for: ClientFactory, database: Clone, claims: dict[str, object]
) -> None:
    """The response is a 403 that says what to do, and nothing is changed."""
    [(item, title)] = database.rows("SELECT id, title FROM public.content LIMIT 1")
    admin = client_for("recommend", **ADMIN, **claims)

    refused = await admin.patch(f"/content/{item}", json={"title": "Changed"})

    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    assert "Verify one, then send the access token of that session" in refused.json()["detail"]
    assert database.value("SELECT title FROM public.content WHERE id = %s", item) == title


@pytest.mark.parametrize("claims", ONE_FACTOR, ids=str)
async def test_the_database_is_not_told_of_an_admin_either(
    settings: Settings, issuer: Issuer, database: Clone, claims: dict[str, object]
) -> None:
    """The claims for row-level security name no admin, so that no other route acts with an admin's rights."""
    token = issuer.token(sign_up(database), **ADMIN, **claims)

    person = await Authenticator(settings).person(f"Bearer {token}")

    assert json.loads(person.claims)["app_metadata"] == {}


async def test_a_person_who_is_no_admin_is_not_asked_for_a_second_factor(client_for: ClientFactory) -> None:
    """It would not help them: they get the 403 of everybody."""
    refused = await client_for("recommend", aal="aal1").post("/content", json={})

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_project_without_second_factors_can_say_so(
    client_for: ClientFactory, settings: Settings, database: Clone
) -> None:
    """With ADMIN_REQUIRES_MFA=0, the role is enough."""
    [(item,)] = database.rows("SELECT id FROM public.content LIMIT 1")
    admin = client_for("recommend", **ADMIN, aal="aal1")
    without = Services(settings.model_copy(update={"admin_requires_mfa": False}))
    use(without)

    changed = await admin.patch(f"/content/{item}", json={"title": "Changed"})
    await without.database.close()

    assert changed.status_code == 200


@pytest.mark.parametrize(("admin", "level"), [(True, "aal2"), (False, "aal1")])
def test_a_local_token_has_a_level_and_a_session_like_those_of_supabase(
    tmp_path: Path, database: Clone, *, admin: bool, level: str
) -> None:
    """An admin of this machine counts as signed in with a second factor."""
    settings = Settings(mend_home=tmp_path)
    token = local_issuer.sign_in(settings, database.dsn("postgres"), "me@example.com", admin=admin, minutes=5)

    claims = jwt.decode(token, options={"verify_signature": False})

    assert claims["aal"] == level
    assert claims["session_id"]
