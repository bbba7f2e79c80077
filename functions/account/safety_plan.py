"""The safety plan: what a person has written down for themselves, to look at in a crisis.

It is health data: no event, log or error has any of its words. A change of it emits no event.
"""

from typing import Any

from starlette.responses import HTMLResponse, Response

from functions.account import queries, safety_plan_page
from functions.account.models import SafetyPlan, SafetyPlanDraft, StoredSafetyPlan
from functions.account.safety_plan_texts import SAFETY_PLAN_TEXTS
from shared import locks
from shared.clock import zone
from shared.errors import NotFound
from shared.http import Call, model_response
from shared.http.preconditions import check_preconditions, etag
from shared.places import likely_country
from shared.safety import care_support


async def get_safety_plan(call: Call) -> Response:
    """Get your safety plan."""
    return model_response(_existing((await queries.load_safety_plan(call.conn)).plan))


async def get_safety_plan_page(call: Call) -> HTMLResponse:
    """Get your safety plan as a page to print, with the help lines of your country."""
    row = await queries.load_safety_plan(call.conn)
    plan = _existing(row.plan)
    accept_language = call.headers.get("accept-language")
    language = SAFETY_PLAN_TEXTS.code(row.locale, accept_language)
    country = likely_country(row.country, row.locale, accept_language, row.timezone)
    changed_on = plan.updated_at.astimezone(zone(row.timezone)).date()
    support = care_support(country, language, age_band=row.age_band)
    return safety_plan_page.response(plan, changed_on, support, language)


async def put_safety_plan(call: Call[SafetyPlanDraft]) -> Response:
    """Store your whole safety plan. If there is one, send its ETag as `If-Match`."""
    contents = call.body.contents()
    row = await _load_locked(call)
    plan = row.plan
    if plan is None or row.contents != contents:  # equal contents: the request is a repeat of one that succeeded
        check_preconditions(call.headers, _tag(plan) if plan else None)
        plan = SafetyPlan(**contents, updated_at=call.now)
        queries.store_safety_plan(call.conn, contents, call.now)
    stored = StoredSafetyPlan(**plan.model_dump(exclude_unset=True), support=call.support)
    response = model_response(stored, 200 if row.contents else 201)
    response.headers["ETag"] = _tag(plan)
    return response


async def delete_safety_plan(call: Call) -> Response:
    """Delete your safety plan. Send its ETag as `If-Match`. Without a plan, nothing happens."""
    plan = (await _load_locked(call)).plan
    if plan:
        check_preconditions(call.headers, _tag(plan))
        queries.delete_safety_plan(call.conn)
    return Response(status_code=204)


async def _load_locked(call: Call[Any]) -> queries.SafetyPlanRow:
    locks.lock(call.conn, "safety_plan", call.person.id)  # so that of two devices the second sees the first one's write
    return await queries.load_safety_plan(call.conn)


def _existing(plan: SafetyPlan | None) -> SafetyPlan:
    if plan is None:
        raise NotFound
    return plan


def _tag(plan: SafetyPlan) -> str:
    """The ETag that GET has for this plan."""
    return etag(bytes(model_response(plan).body))
