"""The steps of an erasure. Each can be repeated, and each is recorded, so that a killed run goes on where it was.

The tombstone is there before the first step. The sign-in goes last: until then a second try finds its person, and with
it goes every row that a transaction had written meanwhile.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from functions.account.connections.queries import load_all_tokens
from functions.account.connections.revocation import revoke_all
from functions.account.erasure import queries, receipts
from functions.account.erasure.firebase_user import delete_firebase_user
from functions.account.erasure.installations import delete_installations
from functions.account.erasure.queries import Erasure, StepOutcome
from functions.account.erasure.records import Listed, records
from functions.account.erasure.sign_in import delete_sign_in
from functions.account.settings import AccountSettings
from shared import logs
from shared.clock import utc_now
from shared.events import Event
from shared.events.types import ErasureReference
from shared.files import uploads
from shared.services import Services, services
from shared.stripe import NoSuchObject, Stripe

MAX_ROWS = 5_000  # of each table, in one transaction
AT_ONCE = 100  # erasures in one tick
FIREBASE = "Firebase Cloud Messaging"
FIREBASE_USERS = "Firebase Authentication"
MAIL = "Resend, SendGrid, Amazon SES"
STRIPE = "Stripe"
CONNECTIONS = "Spotify, Google (connections)"
MIXPANEL = "Mixpanel"
ANALYTICS = "mend.analytics_people"  # a row that goes has `analytics_upload` delete what Mixpanel holds
MODELS = "OpenAI, Anthropic, Google Gemini"
MODEL_USAGE = "mend.ai_usage"  # has rows of everybody whose messages a model was sent
LIVE = "people/{person}/live"
MAIL_WITHIN = timedelta(hours=1)


class MailPending(Exception):
    """The mail that tells of the erasure is not sent yet."""


Step = Callable[[Services, Erasure, UUID], Awaitable[StepOutcome]]


async def _list(parts: Services, erasure: Erasure, person: UUID) -> StepOutcome:
    """Add the person to the erase list, and count what lies outside of Postgres."""
    await records(parts.settings).put(Listed(erasure.digest, erasure.id).name, b"")
    return StepOutcome(before=await _count_elsewhere(parts, person))


async def _wait_for_mail(_: Services, erasure: Erasure, __: UUID) -> StepOutcome:
    """`notify` tells the person by mail, for which it needs the address. Raises `MailPending`, but not for long."""
    if erasure.mail_state in {"due", "sending"} and utc_now() < erasure.requested_at + MAIL_WITHIN:
        raise MailPending
    return StepOutcome()


async def _delete_installations(parts: Services, erasure: Erasure, _: UUID) -> StepOutcome:
    project, tokens = parts.settings.fcm_project, erasure.tokens
    complete = await delete_installations(project, tokens) if project and tokens else True
    return StepOutcome(
        vendors={
            FIREBASE: "done" if complete else "kept",
            MAIL: "kept",
            MODELS: "kept" if erasure.before.get(MODEL_USAGE) else "done",
            MIXPANEL: "requested" if erasure.before.get(ANALYTICS) else "done",
        }
    )


async def _delete_firebase_user(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    if project := parts.settings.of(AccountSettings).firebase_project:
        await delete_firebase_user(project, person)
    return StepOutcome(vendors={FIREBASE_USERS: "done"})


async def _end_payments(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    async with parts.database.service() as conn:
        customer = await queries.load_customer(conn, person)
    if customer is None:
        return StepOutcome(vendors={STRIPE: "done"})
    with suppress(NoSuchObject):
        await Stripe(parts.settings).delete("/v1/customers/{id}", customer)  # ends what they pay for
    return StepOutcome(vendors={STRIPE: "kept"})


async def _revoke_connections(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    async with parts.database.service() as conn:
        stored = await load_all_tokens(conn, person)
    await revoke_all(parts, person, stored)
    return StepOutcome(vendors={CONNECTIONS: "kept" if stored else "done"})


async def _delete_files(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    await uploads.delete_all(parts.database, parts.files, person)
    return StepOutcome()


async def _clear_documents(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    await parts.live.clear(person)
    return StepOutcome()


async def _erase_rows(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    async def erase_batch() -> int:
        async with parts.database.service() as conn:
            return await queries.erase_rows(conn, person, MAX_ROWS)

    while await parts.database.retry(erase_batch):
        pass
    return StepOutcome()


async def _delete_sign_in(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    await delete_sign_in(parts, person)
    return StepOutcome()


async def _count_again(parts: Services, _: Erasure, person: UUID) -> StepOutcome:
    async with parts.database.service() as conn:
        rows = await queries.count_rows(conn, person)
    return StepOutcome(after={**rows, **await _count_elsewhere(parts, person)})


STEPS: Mapping[str, Step] = {
    "list": _list,
    "mail": _wait_for_mail,
    "installations": _delete_installations,
    "firebase_user": _delete_firebase_user,
    "payments": _end_payments,
    "connections": _revoke_connections,
    "files": _delete_files,
    "documents": _clear_documents,
    "rows": _erase_rows,
    "sign_in": _delete_sign_in,
    "count": _count_again,
}
# An upload, a document or a failed event of a request that was on its way comes later than its step. So does a sign-in
# to Firebase, by a token of the last hour.
AGAIN = ("firebase_user", "files", "documents", "rows", "count")
RECHECK_AFTER = uploads.SWEEP_AFTER


async def erase(event: Event) -> None:
    """Erase the person of an event."""
    await complete(services(), ErasureReference.from_event(event).receipt_id)


async def erase_due(_: Event) -> None:
    """Go on with every erasure that was interrupted, and look through again what was erased hours ago.

    One that fails does not stop the others.
    """
    parts = services()
    async with parts.database.service() as conn:
        due = await queries.due_erasures(conn, utc_now() - RECHECK_AFTER, AT_ONCE)
    for id_ in due:
        try:
            await complete(parts, id_)
        except Exception as error:  # noqa: BLE001 - it stays due
            logs.failure("erasure_postponed", error, receipt_id=str(id_))


async def complete(parts: Services, id_: UUID) -> None:
    """Do what is left of an erasure, and issue its receipt. Stops while a mail is pending: `notify` has it go on."""
    erasure = await _load(parts, id_)
    if erasure is None or erasure.user_id is None:
        return
    if erasure.erased_at is None:
        try:
            for step in _steps_left(erasure):
                await _take(parts, erasure, erasure.user_id, step)
        except MailPending:
            return
        async with parts.database.service() as conn:
            queries.finish(conn, id_, utc_now())
        logs.event("account_erased", receipt_id=str(id_), reason=erasure.reason)
    elif erasure.erased_at <= utc_now() - RECHECK_AFTER:
        for step in AGAIN:
            await _take(parts, erasure, erasure.user_id, step)
        async with parts.database.service() as conn:
            queries.forget_person(conn, id_, utc_now())
    await issue_receipt(parts, id_)


async def issue_receipt(parts: Services, id_: UUID) -> bytes:
    """The signed receipt of an erasure as it stands."""
    erasure = await _load(parts, id_)
    assert erasure is not None  # noqa: S101 - rows are never deleted
    return await receipts.issue(parts.settings, erasure)


def _steps_left(erasure: Erasure) -> list[str]:
    names = list(STEPS)
    return names[names.index(erasure.step) + 1 :] if erasure.step else names


async def _take(parts: Services, erasure: Erasure, person: UUID, step: str) -> None:
    outcome = await STEPS[step](parts, erasure, person)
    async with parts.database.service() as conn:
        queries.record_step(conn, erasure.id, step, outcome)


async def _load(parts: Services, id_: UUID) -> Erasure | None:
    async with parts.database.service() as conn:
        return await queries.load_erasure(conn, id_)


async def _count_elsewhere(parts: Services, person: UUID) -> dict[str, int]:
    """The files of each bucket, and the documents where they are not in Postgres."""
    counts = await uploads.count_all(parts.files, person)
    if parts.settings.firestore_project:
        counts[LIVE] = await parts.live.count(person)
    return counts
