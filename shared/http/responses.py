"""Models of responses, and their rendering as JSON."""

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

JSON = "application/json"


class ResponseModel(BaseModel):
    """Base of response models. pydantic builds its validator on first use, which keeps cold starts short."""

    model_config = ConfigDict(defer_build=True)


def model_response(model: BaseModel, status: int = 200) -> Response:
    """The model as JSON. Fields that were not set are omitted, not null."""
    return Response(model.model_dump_json(exclude_unset=True), status, media_type=JSON)


def kept_response(model: BaseModel) -> Response:
    """A model that says nothing of the person: a private cache may keep it, and asks whether it still holds."""
    response = model_response(model)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
