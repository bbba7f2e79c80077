"""Signing up and in by password, code, link or anonymously, with the real package `supabase`."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from psycopg import AsyncConnection
from supabase import AsyncClient
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from infra.local.auth import accounts
from infra.local.auth.errors import AuthError
from shared.services import Services
from tests.conftest import ClockMover, Clone
from tests.integration.infra.auth.conftest import AppFactory, Mailbox, signed_up

ME = "me@example.com"
PASSWORD = "correct horse"
CREDENTIALS = {"email": ME, "password": PASSWORD}
APP_LINK = "myapp://signed-in"


async def test_a_sign_up_is_confirmed_by_the_code_of_a_mail(
    app: AsyncClient, mailbox: Mailbox, services: Services
) -> None:
    """Without it there is no session. Afterwards functions accept the token, and the password signs in."""
    signed = await app.auth.sign_up({"email": "Me@Example.com", "password": PASSWORD, "options": {"data": {"a": 1}}})
    with pytest.raises(AuthApiError) as early:
        await app.auth.sign_in_with_password({"email": ME, "password": PASSWORD})
    verified = await app.auth.verify_otp({"email": ME, "token": mailbox.code(ME), "type": "email"})
    again = await app.auth.sign_in_with_password({"email": ME, "password": PASSWORD})

    assert signed.session is None
    assert early.value.code == "email_not_confirmed"
    assert verified.user
    assert (verified.user.email, verified.user.user_metadata, verified.user.is_anonymous) == (ME, {"a": 1}, False)
    assert [identity.provider for identity in verified.user.identities or []] == ["email"]
    assert again.session
    person = await services.authenticator.person(f"Bearer {again.session.access_token}")
    assert (str(person.id), person.is_admin) == (verified.user.id, False)


async def test_a_sign_up_for_a_taken_address_tells_nothing_of_its_account(
    app: AsyncClient, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    """It looks like that of a new address, except for the empty identities, as in Supabase, and changes nothing."""
    session = await signed_up(app, mailbox, ME)
    await app.auth.update_user({"email": "next@example.com", "data": {"name": "Ana"}})

    again, new = [
        (await http.post("/auth/v1/signup", json={"email": email, "password": "another one", "data": {"a": 1}})).json()
        for email in (ME, "new@example.com")
    ]

    assert (again.keys(), again["identities"], len(new["identities"])) == (new.keys(), [], 1)
    varying = {"id", "email", "identities", "created_at", "updated_at", "confirmation_sent_at"}
    assert [again[name] for name in again.keys() - varying] == [new[name] for name in again.keys() - varying]
    assert again["id"] != str(session.user.id)
    assert again["created_at"] == again["updated_at"] > session.user.updated_at.isoformat()
    assert mailbox.count(ME) == 1
    assert (await app.auth.sign_in_with_password({"email": ME, "password": PASSWORD})).session


async def test_a_code_signs_in_and_counts_once(app: AsyncClient, mailbox: Mailbox) -> None:
    """A new address becomes a person. A used, wrong or old code is refused."""
    await app.auth.sign_in_with_otp({"email": ME})
    first = await app.auth.verify_otp({"email": ME, "token": mailbox.code(ME), "type": "email"})
    await app.auth.sign_in_with_otp({"email": ME})
    code = mailbox.code(ME)
    second = await app.auth.verify_otp({"email": ME, "token": code, "type": "email"})

    with pytest.raises(AuthApiError) as used:
        await app.auth.verify_otp({"email": ME, "token": code, "type": "email"})

    assert first.user
    assert second.user
    assert first.user.id == second.user.id
    assert (used.value.status, used.value.code) == (403, "otp_expired")


async def test_a_code_is_valid_for_an_hour(app: AsyncClient, mailbox: Mailbox, move_clock: ClockMover) -> None:
    await app.auth.sign_in_with_otp({"email": ME})
    move_clock(timedelta(hours=1))

    with pytest.raises(AuthApiError) as late:
        await app.auth.verify_otp({"email": ME, "token": mailbox.code(ME), "type": "email"})

    assert late.value.code == "otp_expired"


async def test_nobody_is_created_if_the_app_says_so(app: AsyncClient, mailbox: Mailbox) -> None:
    with pytest.raises(AuthApiError) as refused:
        await app.auth.sign_in_with_otp({"email": ME, "options": {"should_create_user": False}})

    assert (refused.value.code, mailbox.count(ME)) == ("otp_disabled", 0)


async def test_a_link_leads_to_the_app_with_a_code_for_this_app_only(
    app: AsyncClient, new_app: AppFactory, mailbox: Mailbox, http: httpx.AsyncClient
) -> None:
    """By PKCE: without the verifier of the app that asked, the authorization code is worth nothing."""
    await app.auth.sign_in_with_otp({"email": ME, "options": {"email_redirect_to": APP_LINK}})
    opened = await http.get(mailbox.link(ME))
    [code] = parse_qs(urlsplit(opened.headers["Location"]).query)["code"]

    with pytest.raises(AuthApiError) as stolen:
        await (await new_app()).auth.exchange_code_for_session(
            {"auth_code": code, "code_verifier": "x" * 50, "redirect_to": APP_LINK}
        )

    own = await app.auth.exchange_code_for_session({"auth_code": code, "code_verifier": "", "redirect_to": APP_LINK})

    assert opened.headers["Location"].startswith(f"{APP_LINK}?code=")
    assert own.session
    assert stolen.value.code == "bad_code_verifier"


async def test_a_link_of_an_implicit_flow_has_the_tokens(http: httpx.AsyncClient, mailbox: Mailbox) -> None:
    """In the fragment, which no server sees. A link that was used says so."""
    await http.post("/auth/v1/otp", json={"email": ME}, params={"redirect_to": "http://localhost:3000/in"})
    link = mailbox.link(ME)

    first, second = await http.get(link), await http.get(link)

    target, _, fragment = first.headers["Location"].partition("#")
    tokens = parse_qs(fragment)
    assert (first.status_code, target) == (303, "http://localhost:3000/in")
    assert tokens.keys() >= {"access_token", "refresh_token", "expires_in", "type"}
    assert "error_code=otp_expired" in second.headers["Location"]


async def test_a_preview_of_a_link_does_not_use_it_up(http: httpx.AsyncClient, mailbox: Mailbox) -> None:
    """Programs of mail look where a link leads, by HEAD, before a person opens it."""
    await http.post("/auth/v1/otp", json={"email": ME}, params={"redirect_to": APP_LINK})

    looked, opened = await http.head(mailbox.link(ME)), await http.get(mailbox.link(ME))

    assert (looked.status_code, "access_token=" in opened.headers["Location"]) == (200, True)


async def test_a_link_to_set_a_new_password_says_so(http: httpx.AsyncClient, mailbox: Mailbox) -> None:
    """In its mail and in its type, by which apps show the screen for a new password."""
    await http.post("/auth/v1/otp", json={"email": ME}, params={"redirect_to": APP_LINK})
    await http.get(mailbox.link(ME))
    await http.post("/auth/v1/otp", json={"email": ME}, params={"redirect_to": APP_LINK})
    to_sign_in, subject = mailbox.link(ME), mailbox.subject(ME)
    await http.post("/auth/v1/recover", json={"email": ME}, params={"redirect_to": APP_LINK})

    opened = await http.get(mailbox.link(ME))

    assert (subject, mailbox.subject(ME)) == ("Sign in", "Set a new password")
    assert [parse_qs(urlsplit(link).query)["type"] for link in (to_sign_in, mailbox.link(ME))] == [
        ["magiclink"],
        ["recovery"],
    ]
    assert parse_qs(urlsplit(opened.headers["Location"]).fragment)["type"] == ["recovery"]


async def test_mails_are_in_the_language_of_the_app(http: httpx.AsyncClient, mailbox: Mailbox) -> None:
    """As long as the person has no profile, which has a language of its own."""
    german = {"Accept-Language": "de-AT,de;q=0.9"}
    await http.post("/auth/v1/signup", json=CREDENTIALS, headers=german)
    first = mailbox.subject(ME)
    await http.post("/auth/v1/recover", json={"email": ME}, headers=german)

    assert (first, mailbox.subject(ME)) == ("Bestätige deine Adresse", "Neues Passwort setzen")
    assert "Dein Code ist" in mailbox.last(ME)


async def test_whoever_has_a_profile_reads_mails_in_its_language(
    app: AsyncClient, mailbox: Mailbox, database: Clone
) -> None:
    """Whatever the app asks for."""
    session = await signed_up(app, mailbox, ME)
    with database.admin() as conn:
        conn.execute("INSERT INTO public.user_profiles (user_id, locale) VALUES (%s, 'de')", (session.user.id,))

    await app.auth.reset_password_email(ME)

    assert mailbox.subject(ME) == "Neues Passwort setzen"


@pytest.mark.parametrize("target", ["https://evil.example/", "javascript://x/%0aalert(1)", "//evil.example", "x"])
async def test_a_link_leads_to_no_other_site(
    http: httpx.AsyncClient, mailbox: Mailbox, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Tokens reach an app's own scheme, this machine, or an origin of CORS_ORIGINS. The log tells what was dropped."""
    await http.post("/auth/v1/otp", json={"email": ME}, params={"redirect_to": target})

    opened = await http.get(mailbox.link(ME))

    assert opened.headers["Location"].startswith("http://127.0.0.1:8080/#")
    assert "redirect_dropped" in caplog.messages


async def test_an_anonymous_person_becomes_a_known_one(app: AsyncClient, mailbox: Mailbox) -> None:
    """With the same id, so that the diary stays: first the address, then a password."""
    anonymous = await app.auth.sign_in_anonymously()
    await app.auth.update_user({"email": ME})
    await app.auth.verify_otp({"email": ME, "token": mailbox.code(ME), "type": "email_change"})
    await app.auth.update_user({"password": PASSWORD})
    known = await app.auth.sign_in_with_password({"email": ME, "password": PASSWORD})

    assert anonymous.user
    assert known.user
    assert (anonymous.user.is_anonymous, anonymous.user.identities) == (True, [])
    assert (known.user.id, known.user.is_anonymous, known.user.email) == (anonymous.user.id, False, ME)


async def test_an_address_of_another_person_is_refused(app: AsyncClient, new_app: AppFactory, mailbox: Mailbox) -> None:
    """Also if it was taken between the mail and its code."""
    late = await new_app()
    await late.auth.sign_in_anonymously()
    await late.auth.update_user({"email": ME})
    code = mailbox.code(ME)
    await signed_up(app, mailbox, ME)

    with pytest.raises(AuthApiError) as first:
        await late.auth.update_user({"email": ME})
    with pytest.raises(AuthApiError) as second:
        await late.auth.verify_otp({"email": ME, "token": code, "type": "email_change"})

    assert [error.value.code for error in (first, second)] == ["email_exists", "email_exists"]


async def test_wrong_credentials_are_refused(app: AsyncClient, mailbox: Mailbox) -> None:
    """In the same way for an unknown address and a wrong password."""
    await signed_up(app, mailbox, ME)

    errors = []
    for email, password in ((ME, "wrong horse"), ("nobody@example.com", PASSWORD)):
        with pytest.raises(AuthApiError) as refused:
            await app.auth.sign_in_with_password({"email": email, "password": password})
        errors.append((refused.value.status, refused.value.code, refused.value.message))

    assert errors == [(400, "invalid_credentials", "Invalid login credentials")] * 2


async def test_a_weak_password_is_told_with_its_reason(app: AsyncClient) -> None:
    with pytest.raises(AuthWeakPasswordError) as refused:
        await app.auth.sign_up({"email": ME, "password": "short"})

    assert refused.value.reasons == ["length"]


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.com", "@example.com", f"{'a' * 300}@example.com"])
async def test_what_is_no_address_is_refused(app: AsyncClient, email: str) -> None:
    with pytest.raises(AuthApiError) as refused:
        await app.auth.sign_up({"email": email, "password": PASSWORD})

    assert (refused.value.status, refused.value.code) == (400, "validation_failed")


async def test_errors_have_the_form_of_the_version_that_is_asked_for(http: httpx.AsyncClient) -> None:
    """Clients without a version get `error_code` and `msg`."""
    old = await http.post("/auth/v1/token?grant_type=password", json=CREDENTIALS)
    new = await http.post(
        "/auth/v1/token?grant_type=password", json=CREDENTIALS, headers={"X-Supabase-Api-Version": "2024-01-01"}
    )

    assert old.json() == {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}
    assert new.json() == {"code": "invalid_credentials", "message": "Invalid login credentials"}
    assert new.headers["X-Supabase-Api-Version"] == "2024-01-01"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/signup", b"{", 400),
        ("POST", "/signup", b'{"phone": "+49170", "password": "long enough"}', 400),
        ("POST", "/token?grant_type=id_token", b"{}", 400),
        ("POST", "/verify", b"{}", 400),
        ("POST", "/verify", b'{"token_hash": "x", "type": "other"}', 403),
        ("POST", "/resend", b'{"email": "me@example.com", "type": "sms"}', 400),
        ("POST", "/otp", b'{"email": "a\\u0000@example.com"}', 400),
        ("POST", "/signup", b'{"data": {"a": "\\u0000"}}', 400),
        ("POST", "/signup", b"[" * 100_000, 400),
        ("GET", "/user", b"", 401),
        ("POST", "/logout?scope=sideways", b"", 400),
        ("GET", "/authorize?provider=github", b"", 404),
    ],
)
async def test_requests_that_make_no_sense_are_explained(
    http: httpx.AsyncClient, method: str, path: str, body: bytes, status: int
) -> None:
    answer = await http.request(method, f"/auth/v1{path}", content=body)

    assert answer.status_code == status
    assert answer.json().keys() == {"code", "error_code", "msg"}


async def test_nobody_signs_in_to_an_account_that_is_being_erased(
    app: AsyncClient, mailbox: Mailbox, database: Clone, http: httpx.AsyncClient
) -> None:
    """From the request to erase it on, also before its rows are gone: by password, by code and by refresh token."""
    session = await signed_up(app, mailbox, ME)
    await app.auth.reset_password_email(ME)
    with database.admin() as conn:
        conn.execute("SELECT mend.begin_erasure(%s, gen_random_uuid(), 'requested', now())", (session.user.id,))

    answers = [
        await http.post("/auth/v1/token?grant_type=password", json=CREDENTIALS),
        await http.post("/auth/v1/verify", json={"email": ME, "token": mailbox.code(ME), "type": "email"}),
        await http.post("/auth/v1/token?grant_type=refresh_token", json={"refresh_token": session.refresh_token}),
    ]

    assert [(answer.status_code, answer.json()["error_code"]) for answer in answers] == [
        (400, "invalid_credentials"),
        (403, "user_not_found"),
        (403, "user_not_found"),
    ]


async def test_an_account_that_is_deleted_during_a_change_is_not_found(
    database: Clone, app: AsyncClient, mailbox: Mailbox
) -> None:
    """Not a failure of ours: the change and the deletion have met."""
    session = await signed_up(app, mailbox, ME)
    async with await AsyncConnection.connect(database.dsn("postgres")) as conn:
        account = await accounts.by_id(conn, UUID(session.user.id))
        database.rows("DELETE FROM auth.users WHERE id = %s RETURNING id", account.id)

        with pytest.raises(AuthError) as refused:
            await accounts.signed_in(conn, account)

    assert (refused.value.status, refused.value.code) == (403, "user_not_found")
