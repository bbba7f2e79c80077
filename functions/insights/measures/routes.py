"""The routes of measures: numbers that a person records once a day, such as hours of sleep or steps."""

from starlette.responses import Response

from functions.insights.measures import daily_values, measure_import
from functions.insights.measures.measure_import import MeasureTable, MeasureTableBody
from functions.insights.measures.models import (
    Measure,
    MeasureDayQuery,
    MeasureDraft,
    MeasureImport,
    Measures,
)
from shared.http import Call, JsonBody, LongCall, LongOperation, Operation, model_response
from shared.http.date_range import YearRangeQuery
from shared.http.operations import AnyOperation
from shared.http.uploads import ImportQuery


async def store_measure(call: Call[MeasureDraft]) -> Response:
    """Record a number for a day, such as hours of sleep. A later value of the same name and day replaces it."""
    await daily_values.store_measure(call)
    return Response(status_code=204)


async def list_measures(call: Call) -> Response:
    """Your measures, with the ids that stand for their names in URLs."""
    return model_response(await daily_values.load_measures(call))


async def list_values(call: Call[None, YearRangeQuery]) -> Response:
    """The values of one measure by day. Without dates, those of the last 365 days."""
    return model_response(await daily_values.load_values(call))


async def delete_value(call: Call[None, MeasureDayQuery]) -> Response:
    """Delete the value of a day."""
    await daily_values.delete_value(call)
    return Response(status_code=204)


async def import_measures(call: LongCall[MeasureTable, ImportQuery]) -> Response:
    """Import a table of numbers by day. Values that you have already are replaced."""
    return model_response(await measure_import.import_measures(call))


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation("POST", "/measures", store_measure, {204: None}, body=JsonBody(MeasureDraft)),
    Operation("GET", "/measures", list_measures, {200: Measures}),
    LongOperation(
        "POST",
        "/measures/import",
        import_measures,
        {200: MeasureImport},
        body=MeasureTableBody(),
        query=ImportQuery,
        heavy=True,
    ),
    Operation("GET", "/measures/{id:uuid}/values", list_values, {200: Measure}, query=YearRangeQuery),
    Operation("DELETE", "/measures/{id:uuid}/values", delete_value, {204: None}, query=MeasureDayQuery),
)
