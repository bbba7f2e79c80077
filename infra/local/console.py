"""The console at `/docs`: Swagger UI with every route of every function, and a sign-in as anybody."""

import asyncio
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local import issuer
from infra.local.auth.accounts import ADDRESS
from infra.local.pages import HEADERS, ONLY_HERE, page
from shared.errors import Conflict, Forbidden, MendError
from shared.http import JsonBody, RequestModel
from shared.http.problems import problem
from shared.ids import new_id
from shared.pattern import Pattern
from shared.settings import Settings

SWAGGER_UI = Path(str(distribution("flask-swagger-ui").locate_file("flask_swagger_ui/dist")))
MINUTES = 24 * 60
EmailAddress = Annotated[
    str, Field(max_length=254), Pattern(rf"^{ADDRESS.pattern}$", "must be an address like you@example.com")
]


class SignIn(RequestModel):
    email: EmailAddress
    admin: bool = False


class SignInElsewhere(Conflict):
    """Supabase signs in here. Paste a token from there under Authorize."""

    code = "sign_in_elsewhere"


def console(settings: Settings, dsn: str) -> list[BaseRoute]:
    """The routes of the console. `POST /_token` answers to its page alone."""
    return [
        Route("/docs", partial(page, "docs.html")),
        *(Route(f"/_{name}", partial(page, name)) for name in ("docs.js", "docs.css")),
        *(Route(f"/_{name}", partial(_swagger_ui, name)) for name in ("swagger-ui-bundle.js", "swagger-ui.css")),
        Route("/_token", partial(_token, settings, dsn), methods=["POST"], middleware=ONLY_HERE),
    ]


async def _swagger_ui(name: str, _: Request) -> Response:
    return FileResponse(SWAGGER_UI / name, headers=HEADERS)


async def _token(settings: Settings, dsn: str, request: Request) -> Response:
    try:
        token = await _sign_in(settings, dsn, request)
    except MendError as error:
        return problem(error, str(new_id()))
    return JSONResponse({"token": token}, headers=HEADERS)


async def _sign_in(settings: Settings, dsn: str, request: Request) -> str:
    # Pages of other ports of this machine may call the API, but not sign in as anybody.
    if request.headers.get("sec-fetch-site") != "same-origin":
        raise Forbidden
    if settings.supabase_url is not None:
        raise SignInElsewhere
    body = JsonBody(SignIn).read(request.headers.get("content-type", ""), await request.body())
    return await asyncio.to_thread(issuer.sign_in, settings, dsn, body.email, admin=body.admin, minutes=MINUTES)
