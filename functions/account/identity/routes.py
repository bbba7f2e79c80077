"""The routes of the account itself, and of its sessions."""

from collections.abc import Mapping
from datetime import UTC

from starlette.responses import Response

from functions.account.avatar import load_avatar
from functions.account.consents.queries import StoredConsent, load_consents
from functions.account.identity import queries
from functions.account.identity.age_signals import band_of
from functions.account.identity.models import AgeSignal, Me, Onboarding, OnboardingStep, Sessions
from functions.account.identity.queries import AccountRow
from shared.consents import Purpose
from shared.errors import NotFound
from shared.files.port import FileNotStored, FilesUnavailable
from shared.http import Call, JsonBody, LongCall, LongOperation, Operation, model_response
from shared.http.problems import INVALID_TOKEN, AccountGone


async def get_me(call: LongCall) -> Response:
    """Get your account: address, picture, ways to sign in, and what is left to do at the beginning."""

    async def load(transaction: Call) -> tuple[AccountRow | None, Mapping[Purpose, StoredConsent]]:
        return await queries.load_account(transaction.conn), await load_consents(transaction.conn)

    account, consents = await call.in_transaction(load)
    if account is None:
        raise AccountGone(headers=INVALID_TOKEN)
    return model_response(
        Me(
            id=call.person.id,
            email=account.email,
            email_state=account.email_state,
            is_anonymous=account.is_anonymous,
            sign_in_methods=account.sign_in_methods,
            avatar_url=await _avatar_url(call),
            age_band=account.age_band,
            age_signal=account.age_signal,
            onboarding=_onboarding(account, consents),
            created_at=account.created_at.astimezone(UTC),
            last_seen_at=account.last_seen_at.astimezone(UTC),
        )
    )


async def put_age_signal(call: Call[AgeSignal]) -> Response:
    """Tell what the app store says about your age. Only its band is stored. A signal that says nothing ends it."""
    if band := band_of(call.body):
        queries.store_age_signal(call.conn, band, call.now)
    else:
        queries.delete_age_signal(call.conn)
    return Response(status_code=204)


async def list_sessions(call: Call) -> Response:
    """List where you are signed in, last used first."""
    rows = await queries.load_sessions(call.conn)
    return model_response(Sessions(items=[row.item for row in rows]))


async def end_session(call: Call) -> Response:
    """Sign out there. From the response on, every token of that session is refused."""
    if not await queries.end_session(call.conn, call.id):
        raise NotFound
    return Response(status_code=204)


async def _avatar_url(call: LongCall) -> str | None:
    """None also while the file store cannot be reached, and where a new picture has just replaced this one."""
    try:
        avatar = await load_avatar(call)
    except (FilesUnavailable, FileNotStored):
        return None
    return avatar.medium_url if avatar else None


def _onboarding(account: AccountRow, consents: Mapping[Purpose, StoredConsent]) -> Onboarding:
    steps: dict[OnboardingStep, bool] = {
        "consent": not any(consent.is_needed for consent in consents.values()),
        "profile": account.has_profile,
        "interests": account.has_interests,
        "check_in": account.has_entry,
        "plan": account.has_plan,
        "sign_up": account.email_state == "confirmed",
    }
    left = [step for step, is_done in steps.items() if not is_done]
    return Onboarding(done=[step for step in steps if step not in left], next=left[0] if left else None)


OPERATIONS = (
    LongOperation("GET", "/me", get_me, {200: Me}),
    Operation("PUT", "/age-signal", put_age_signal, {204: None}, body=JsonBody(AgeSignal)),
    Operation("GET", "/sessions", list_sessions, {200: Sessions}),
    Operation("DELETE", "/sessions/{id:uuid}", end_session, {204: None}),
)
