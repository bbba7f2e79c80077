"""The routes of experiments."""

from starlette.responses import Response

from functions.insights.experiments import lifecycle
from functions.insights.experiments.models import (
    Experiment,
    ExperimentChange,
    ExperimentDraft,
    ExperimentPage,
    ExperimentPreview,
    ExperimentQuery,
)
from shared.http import Call, JsonBody, Operation, model_response
from shared.http.operations import AnyOperation
from shared.http.paging import PageQuery


async def create_experiment(call: Call[ExperimentDraft, ExperimentQuery]) -> Response:
    """Start an experiment of your own tomorrow, or see before what it could tell."""
    if call.query.dry_run:
        return model_response(await lifecycle.preview(call))
    return model_response(await lifecycle.create(call), 201)


async def list_experiments(call: Call[None, PageQuery]) -> Response:
    """Your experiments, newest first."""
    return model_response(await lifecycle.load_page(call))


async def get_experiment(call: Call) -> Response:
    """One experiment, with today's draw."""
    return model_response(await lifecycle.load(call))


async def change_experiment(call: Call[ExperimentChange]) -> Response:
    """Say whether you kept to today's draw, or stop the experiment."""
    return model_response(await lifecycle.change(call))


OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        "POST",
        "/experiments",
        create_experiment,
        {200: ExperimentPreview, 201: Experiment},
        body=JsonBody(ExperimentDraft),
        query=ExperimentQuery,
    ),
    Operation("GET", "/experiments", list_experiments, {200: ExperimentPage}, query=PageQuery),
    Operation("GET", "/experiments/{id:uuid}", get_experiment, {200: Experiment}),
    Operation("PATCH", "/experiments/{id:uuid}", change_experiment, {200: Experiment}, body=JsonBody(ExperimentChange)),
)
