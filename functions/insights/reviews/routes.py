"""The route of reviews."""

from starlette.responses import Response

from functions.insights.reviews.models import Review, ReviewQuery
from functions.insights.reviews.review import load_review
from shared.http import Call, Operation, model_response
from shared.http.operations import AnyOperation


async def get_review(call: Call[None, ReviewQuery]) -> Response:
    """The latest week, month or year that is over, in words and numbers."""
    return model_response(await load_review(call))


OPERATIONS: tuple[AnyOperation, ...] = (Operation("GET", "/reviews", get_review, {200: Review}, query=ReviewQuery),)
