"""Sessions of the local sign-in: rotation of refresh tokens, their reuse, users and signing out."""

import asyncio
from datetime import timedelta
from typing import Literal

import httpx
import pytest
from supabase import AsyncClient
from supabase_auth.errors import AuthApiError

from infra.local import issuer
from shared.services import Services
from tests.conftest import APPS, ClockMover, Clone
from tests.integration.infra.auth.conftest import AppFactory, Mailbox, signed_up

ME = "me@example.com"
REFRESH = "/auth/v1/token?grant_type=refresh_token"
REUSE = timedelta(seconds=10)


async def refreshed(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post(REFRESH, json={"refresh_token": token})


async def test_a_refresh_token_is_replaced_by_each_use(app: AsyncClient, mailbox: Mailbox) -> None:
    first = await signed_up(app, mailbox, ME)

    second = (await app.auth.refresh_session()).session

    assert second
    assert second.refresh_token != first.refresh_token
    assert second.user.id == first.user.id


async def test_a_refresh_whose_answer_was_lost_can_be_repeated(
    app: AsyncClient, mailbox: Mailbox, http: httpx.AsyncClient, move_clock: ClockMover
) -> None:
    """At any time, until the new token is used: it is the same one again."""
    session = await signed_up(app, mailbox, ME)

    first = await refreshed(http, session.refresh_token)
    move_clock(timedelta(days=30))
    second = await refreshed(http, session.refresh_token)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["refresh_token"] == second.json()["refresh_token"]


async def test_tabs_that_refresh_at_once_share_the_result(
    app: AsyncClient, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    session = await signed_up(app, mailbox, ME)

    answers = await asyncio.gather(*(refreshed(http, session.refresh_token) for _ in range(5)))

    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_used_refresh_token_is_accepted_for_ten_seconds(
    app: AsyncClient, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    """A slow tab gets the token that is now valid."""
    session = await signed_up(app, mailbox, ME)
    second = (await refreshed(http, session.refresh_token)).json()
    third = (await refreshed(http, second["refresh_token"])).json()

    late = await refreshed(http, session.refresh_token)

    assert late.json()["refresh_token"] == third["refresh_token"]


async def test_a_stolen_refresh_token_ends_the_session(
    app: AsyncClient, mailbox: Mailbox, http: httpx.AsyncClient, move_clock: ClockMover
) -> None:
    """Whoever uses an old one first or last: afterwards no token of this session is valid."""
    session = await signed_up(app, mailbox, ME)
    second = (await refreshed(http, session.refresh_token)).json()
    third = (await refreshed(http, second["refresh_token"])).json()
    move_clock(REUSE)

    stolen = await refreshed(http, session.refresh_token)
    own = await refreshed(http, third["refresh_token"])

    assert [answer.json()["error_code"] for answer in (stolen, own)] == ["refresh_token_already_used"] * 2


async def test_an_unknown_refresh_token_is_refused(http: httpx.AsyncClient) -> None:
    answer = await refreshed(http, "x")

    assert (answer.status_code, answer.json()["error_code"]) == (400, "refresh_token_not_found")


@pytest.mark.parametrize(
    ("scope", "mine", "other"), [("local", False, True), ("others", True, False), ("global", False, False)]
)
async def test_signing_out_ends_the_sessions_of_its_scope(  # noqa: PLR0913 - one row of a table
    app: AsyncClient,
    new_app: AppFactory,
    mailbox: Mailbox,
    http: httpx.AsyncClient,
    scope: Literal["local", "others", "global"],
    *,
    mine: bool,
    other: bool,
) -> None:
    session = await signed_up(app, mailbox, ME)
    second_device = await new_app()
    elsewhere = (await second_device.auth.sign_in_with_password({"email": ME, "password": "correct horse"})).session
    assert elsewhere

    await app.auth.sign_out({"scope": scope})

    alive = [
        (await refreshed(http, token)).status_code == 200 for token in (session.refresh_token, elsewhere.refresh_token)
    ]
    assert alive == [mine, other]


async def test_a_user_is_read_only_while_the_session_lasts(
    app: AsyncClient, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    """Signing out ends it, although the access token has not expired."""
    session = await signed_up(app, mailbox, ME)
    headers = {"Authorization": f"Bearer {session.access_token}"}
    before = await http.get("/auth/v1/user", headers=headers)

    await app.auth.sign_out()
    after = await http.get("/auth/v1/user", headers=headers)

    assert (before.status_code, before.json()["email"]) == (200, ME)
    assert (after.status_code, after.json()["error_code"]) == (403, "session_not_found")


async def test_a_device_that_is_signed_out_elsewhere_is_refused_everywhere(
    app: AsyncClient, new_app: AppFactory, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    """Functions refuse its access token at once, and its refresh token is gone. The other device goes on."""
    lost = await signed_up(app, mailbox, ME)
    mine = (await (await new_app()).auth.sign_in_with_password({"email": ME, "password": "correct horse"})).session
    assert mine
    headers, headers_of_lost = ({"Authorization": f"Bearer {each.access_token}"} for each in (mine, lost))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(APPS["account"]), base_url="http://account", headers=headers
    ) as account:
        [other] = [s for s in (await account.get("/sessions")).json()["items"] if not s["current"]]

        ended = await account.delete(f"/sessions/{other['id']}")
        refused = await account.get("/me", headers=headers_of_lost)
        served = await account.get("/me")

    assert (other["user_agent"], other["ip"]) == (http.headers["User-Agent"], "127.0.0.1")
    assert (ended.status_code, refused.status_code, refused.json()["code"]) == (204, 401, "signed_out")
    assert (served.status_code, served.json()["sign_in_methods"]) == (200, ["email"])
    assert (await refreshed(http, lost.refresh_token)).status_code == 400
    assert (await refreshed(http, mine.refresh_token)).status_code == 200


async def test_data_of_a_user_is_merged(app: AsyncClient, mailbox: Mailbox) -> None:
    """A field of null is removed. Roles cannot be given to oneself."""
    await signed_up(app, mailbox, ME)
    await app.auth.update_user({"data": {"a": 1, "b": 2}})

    await app.auth.update_user({"data": {"b": None, "c": 3}, "app_metadata": {"role": "admin"}})  # type: ignore[typeddict-unknown-key] # what an attacker would send
    user = await app.auth.get_user()

    assert user
    assert user.user.user_metadata == {"a": 1, "c": 3}
    assert "role" not in user.user.app_metadata


async def test_a_new_password_ends_the_other_sessions(
    app: AsyncClient, new_app: AppFactory, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    """By a code of "I forgot my password". The old password is refused as the new one."""
    first = await signed_up(app, mailbox, ME)
    forgetful = await new_app()
    await forgetful.auth.reset_password_for_email(ME)
    await forgetful.auth.verify_otp({"email": ME, "token": mailbox.code(ME), "type": "recovery"})

    with pytest.raises(AuthApiError) as same:
        await forgetful.auth.update_user({"password": "correct horse"})
    await forgetful.auth.update_user({"password": "battery staple"})

    assert same.value.code == "same_password"
    assert (await refreshed(http, first.refresh_token)).status_code == 400
    assert (await app.auth.sign_in_with_password({"email": ME, "password": "battery staple"})).session


async def test_mend_token_and_sign_in_mean_the_same_person(
    app: AsyncClient, mailbox: Mailbox, services: Services, database: Clone, http: httpx.AsyncClient
) -> None:
    """An address is one person, whichever came first."""
    session = await signed_up(app, mailbox, ME)

    token = issuer.sign_in(services.settings, database.dsn("postgres"), ME, admin=False, minutes=5)
    user = await http.get("/auth/v1/user", headers={"Authorization": f"Bearer {token}"})

    assert user.json()["id"] == session.user.id
