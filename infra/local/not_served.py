"""Explains what a Supabase project has and Mend has not: an app that was written against one would ask for it."""

import json
from collections.abc import Collection
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from shared.errors import NotFound
from shared.http.problems import problem
from shared.ids import new_id

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
TABLES = {
    "code": "PGRST000",
    "message": "Tables are not served here: an app reads and writes by the routes of Mend.",
    "details": None,
    "hint": "See /docs for the routes, and GET /live for live documents.",
}
GRAPHQL = "GraphQL is not served here: an app reads and writes by the routes of Mend. See /docs."
REALTIME = "Realtime is not served here: use GET /live, which streams the live documents of a person."
FUNCTION = "Functions are not below /functions/v1: call {address} with fetch and the access token."


def not_served(functions: Collection[str]) -> list[BaseRoute]:
    return [
        Route("/rest/v1/{path:path}", _tables, methods=METHODS),
        Route("/graphql/v1", partial(_explain, GRAPHQL), methods=METHODS),
        Route("/functions/v1/{name}{rest:path}", partial(_function, functions), methods=METHODS),
        WebSocketRoute("/realtime/v1/websocket", _realtime),
        Route("/realtime/v1/{path:path}", partial(_explain, REALTIME), methods=METHODS),
    ]


async def _tables(_: Request) -> Response:
    return JSONResponse(TABLES, 404)


async def _explain(message: str, _: Request) -> Response:
    return problem(NotFound(message), str(new_id()))


async def _function(functions: Collection[str], request: Request) -> Response:
    name = request.path_params["name"]
    address = f"/{name}" if name in functions else f"one of {', '.join(f'/{each}' for each in functions)}"
    return await _explain(FUNCTION.format(address=address), request)


async def _realtime(socket: WebSocket) -> None:
    """Refuse every channel with the reason, which the clients of Realtime hand to the app, in both their formats."""
    await socket.accept()
    async for text in socket.iter_text():
        if refusal := _refusal(text):
            await socket.send_text(json.dumps(refusal))


def _refusal(text: str) -> object:
    """The answer to a message of Phoenix: an object, or a list of join_ref, ref, topic, event and payload."""
    payload = {"status": "error", "response": {"reason": REALTIME}}
    try:
        message = json.loads(text)
    except ValueError:
        return None
    match message:
        case [join_ref, ref, topic, "phx_join", *_]:
            return [join_ref, ref, topic, "phx_reply", payload]
        case {"ref": ref, "topic": topic, "event": "phx_join"}:
            return {"ref": ref, "topic": topic, "event": "phx_reply", "payload": payload}
    return None
