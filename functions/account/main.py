"""account: who a person is, profile, avatar, consents, connections, safety plan, support, archives, erasure."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.account import attachments, avatar, firebase_token, queries
from functions.account.access_log.routes import get_person_for_support, list_accesses, open_support_access
from functions.account.archive.export import SECONDS, ZIP, export_account
from functions.account.archive.restore import ArchiveBody, import_account
from functions.account.connections import routes as connection_routes
from functions.account.consents import routes as consent_routes
from functions.account.erasure import steps, unused_accounts
from functions.account.erasure.receipts import SignedReceipt
from functions.account.erasure.requests import (
    ErasureConfirmation,
    ReceiptKeys,
    erase_account,
    get_receipt,
    get_receipt_keys,
)
from functions.account.errors import TooManyHarmReports
from functions.account.guardian import routes as guardian_routes
from functions.account.help_lines import get_help_lines
from functions.account.identity import routes as identity_routes
from functions.account.models import (
    MAX_HARM_REPORTS,
    AccessLog,
    HarmReportDraft,
    HelpLines,
    HelpLinesQuery,
    ImportedArchive,
    OpenedSupport,
    Options,
    PersonForSupport,
    Profile,
    ProfileChange,
    SafetyPlan,
    SafetyPlanDraft,
    StoredSafetyPlan,
    SupportAccess,
    SupportAccessDraft,
)
from functions.account.options import get_options, require_known
from functions.account.profiles import changed_fields, default_profile, load_profile
from functions.account.safety_plan import (
    delete_safety_plan,
    get_safety_plan,
    get_safety_plan_page,
    put_safety_plan,
)
from shared import locks, logs
from shared.events import LongRunningConsumer, emit, types
from shared.events.types import profile_changed
from shared.http import (
    Api,
    Call,
    JsonBody,
    LongOperation,
    Operation,
    PublicOperation,
    Streamed,
    model_response,
)
from shared.http.paging import PageQuery
from shared.places import likely_country
from shared.safety import care
from shared.safety.guide import WORRIED_ABOUT_SOMEONE, Guide, guide


async def get_profile(call: Call) -> Response:
    """Get your profile."""
    return _profile_response(await load_profile(call))


async def change_profile(call: Call[ProfileChange]) -> Response:
    """Change some fields of your profile."""
    locks.lock(call.conn, "profile", call.person.id)  # so that two devices do not overwrite each other's changes
    stored = await queries.load_profile(call.conn)
    before = stored or default_profile(call)
    after = before.model_copy(update=call.body.model_dump(exclude_unset=True))
    await require_known(call, before, after)
    if after != stored:
        queries.store_profile(call.conn, after.model_dump())
    if changed := changed_fields(stored, after):
        emit(call.conn, [profile_changed(call.person.id, call.now, fields=changed)])
    return _profile_response(after)


async def close_care_period(call: Call) -> Response:
    """Say "that is not what I meant": the quiet period after words of danger ends at once."""
    await care.close(call.conn, call.person.id, call.now)
    return Response(status_code=204)


async def report_harm(call: Call[HarmReportDraft]) -> Response:
    """Tell what harmed you, for staff to read. Only you and they can: it is in no log, event or mail."""
    draft = call.body
    if not await queries.report_harm(call.conn, draft.words, draft.grade, MAX_HARM_REPORTS, call.now):
        raise TooManyHarmReports
    logs.warn("harm_reported")
    return Response(status_code=204)


async def withdraw_harm_reports(call: Call) -> Response:
    """Withdraw your consent: everything that you told staff is deleted."""
    queries.delete_harm_reports(call.conn)
    return Response(status_code=204)


async def get_guide(call: Call) -> Response:
    """Get the guide for those who worry about someone, with the help lines of your country."""
    profile = await load_profile(call)
    accept_language = call.headers.get("accept-language")
    country = likely_country(profile.country, profile.locale, accept_language, profile.timezone)
    return model_response(guide(country, profile.locale, accept_language))


async def count_opened_support(call: Call[OpenedSupport]) -> Response:
    """Count that you opened support. Only the count by month, country and grade is kept. A question is not repeated."""
    care.count(call.conn, "opened", call.body.grade, call.now)
    care.close_questions(call.conn, call.now)
    return Response(status_code=204)


def _profile_response(profile: Profile) -> Response:
    """A response with every field: `model_response` omits fields that were never set."""
    return model_response(Profile(**profile.model_dump()))


app = Api(
    "account",
    Operation("GET", "/profile", get_profile, {200: Profile}),
    Operation("GET", "/options", get_options, {200: Options}),
    Operation("PATCH", "/profile", change_profile, {200: Profile}, body=JsonBody(ProfileChange)),
    Operation("DELETE", "/care", close_care_period, {204: None}),
    Operation("POST", "/support-opened", count_opened_support, {204: None}, body=JsonBody(OpenedSupport)),
    Operation("POST", "/harm-reports", report_harm, {204: None}, body=JsonBody(HarmReportDraft)),
    Operation("DELETE", "/harm-reports", withdraw_harm_reports, {204: None}),
    Operation("GET", f"/guides/{WORRIED_ABOUT_SOMEONE}", get_guide, {200: Guide}),
    Operation("GET", "/help-lines", get_help_lines, {200: HelpLines}, query=HelpLinesQuery),
    Operation("GET", "/safety-plan", get_safety_plan, {200: SafetyPlan}),
    Operation(
        "PUT",
        "/safety-plan",
        put_safety_plan,
        {200: StoredSafetyPlan, 201: StoredSafetyPlan},
        body=JsonBody(SafetyPlanDraft),
        conditional=True,
        only_immediate=True,
    ),
    Operation("DELETE", "/safety-plan", delete_safety_plan, {204: None}, conditional=True),
    Operation("GET", "/safety-plan.html", get_safety_plan_page, {200: "text/html"}),
    LongOperation("GET", "/export", export_account, {200: Streamed(ZIP)}, seconds=SECONDS, heavy=True, has_effect=True),
    LongOperation(
        "POST", "/import", import_account, {200: ImportedArchive}, body=ArchiveBody(), seconds=SECONDS, heavy=True
    ),
    Operation("GET", "/access-log", list_accesses, {200: AccessLog}, query=PageQuery),
    Operation(
        "POST",
        "/support-access",
        open_support_access,
        {201: SupportAccess},
        body=JsonBody(SupportAccessDraft),
        admin=True,
    ),
    Operation(
        "GET", "/support/{id:uuid}", get_person_for_support, {200: PersonForSupport}, admin=True, has_effect=True
    ),
    LongOperation("DELETE", "/", erase_account, {202: SignedReceipt}, body=JsonBody(ErasureConfirmation)),
    PublicOperation("GET", "/receipts/{id:uuid}", get_receipt, {200: SignedReceipt}),
    PublicOperation("GET", "/receipt-key", get_receipt_keys, {200: ReceiptKeys}),
    *avatar.OPERATIONS,
    *attachments.OPERATIONS,
    *connection_routes.OPERATIONS,
    *consent_routes.OPERATIONS,
    *firebase_token.OPERATIONS,
    *guardian_routes.OPERATIONS,
    *identity_routes.OPERATIONS,
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def account(_: Request) -> ASGIApp:
    return app


erasure_consumer = LongRunningConsumer(
    "account_erasure",
    {
        types.user_erased: steps.erase,
        types.schedule_erasure: steps.erase_due,
        types.schedule_accounts: unused_accounts.look_after,
    },
)


@functions_framework.aio.http
async def account_erasure(request: Request) -> Response:
    return await erasure_consumer.receive(request)
