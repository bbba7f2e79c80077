"""The routes of insights: what goes with good and bad days."""

from starlette.responses import Response

from functions.insights.discoveries import insight_list
from functions.insights.discoveries.models import Insight, InsightChange, InsightPage, InsightQuery
from shared.http import Call, JsonBody, Operation, model_response
from shared.http.operations import AnyOperation


async def list_insights(call: Call[None, InsightQuery]) -> Response:
    """What goes with your good and bad days, newest first."""
    return model_response(await insight_list.load_page(call))


async def get_insight(call: Call) -> Response:
    """One insight."""
    return model_response(await insight_list.load(call))


async def change_insight(call: Call[InsightChange]) -> Response:
    """Say that you have seen an insight, do not want it, knew it already, or find it useful."""
    return model_response(await insight_list.change(call))


async def refresh_insights(call: Call) -> Response:
    """Ask for your insights to be computed soon, without waiting for the night."""
    await insight_list.request_refresh(call)
    return Response(status_code=202)


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation("GET", "/", list_insights, {200: InsightPage}, query=InsightQuery),
    Operation("POST", "/refresh", refresh_insights, {202: None}),
    Operation("GET", "/{id:uuid}", get_insight, {200: Insight}),
    Operation("PATCH", "/{id:uuid}", change_insight, {200: Insight}, body=JsonBody(InsightChange)),
)
