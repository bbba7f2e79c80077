"""Explains why there is no `/rest/v1`: an app written against Supabase would ask for it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

EXPLANATION = {
    "code": "PGRST000",
    "message": "Tables are not served here: an app reads and writes by the routes of Mend.",
    "details": None,
    "hint": "See /docs for the routes, and GET /live for live documents.",
}


def rest_routes() -> list[BaseRoute]:
    return [Route("/rest/v1/{path:path}", _explain, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]


async def _explain(_: Request) -> Response:
    return JSONResponse(EXPLANATION, 404)
