"""Whole answers: what a model in an answer is, and how it is sent."""

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

JSON = "application/json"


class ResponseModel(BaseModel):
    """A part of an answer. It is built when it is first used, so that a cold start does not pay for it."""

    model_config = ConfigDict(defer_build=True)


def model_response(model: BaseModel, status: int = 200) -> Response:
    """What was not set is left out: an optional part of an answer is absent, not null."""
    return Response(model.model_dump_json(exclude_unset=True), status, media_type=JSON)
