"""Serves the signed URLs of `shared.files.local`, with the routes and error bodies of Supabase Storage."""

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.errors import MendError, WrongMediaType
from shared.files.categories import IMAGES, category_of
from shared.files.content_type import matches
from shared.files.local import LocalFileStore
from shared.files.port import FileTooLarge
from shared.services import Services

UPLOAD = "/storage/v1/object/upload/sign/{bucket}/{path:path}"
READ = "/storage/v1/object/sign/{bucket}/{path:path}"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Vary": "Origin",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, PUT",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}

Handler = Callable[[LocalFileStore, Request], Awaitable[Response]]


def storage_routes(services: Services) -> list[BaseRoute]:
    """The routes, or none if Supabase Storage keeps the files."""
    store = services.files
    if not isinstance(store, LocalFileStore):
        return []

    def route(path: str, method: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            response = await _answer(store, handler, request)
            _allow_origin(response, request, services.settings.cors_origins)
            return response

        return Route(path, endpoint, methods=[method, "OPTIONS"])

    return [route(UPLOAD, "PUT", _receive), route(READ, "GET", _send)]


async def _answer(store: LocalFileStore, handler: Handler, request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=HEADERS)
    try:
        return await handler(store, request)
    except MendError as error:
        body = {"statusCode": str(error.status), "error": error.code, "message": str(error)}
        return JSONResponse(body, 400, HEADERS)  # Storage answers 400 to nearly everything


def _allow_origin(response: Response, request: Request, cors_origins: tuple[str, ...]) -> None:
    origin = request.headers.get("origin")
    if origin in cors_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers.update(PREFLIGHT)


async def _receive(store: LocalFileStore, request: Request) -> Response:
    """Store an upload up to the limit of its category. An upload that is cut off is not stored."""
    bucket, path = _signed_path(store, request)
    category = category_of(bucket)
    media_type = request.headers.get("content-type", "")
    if media_type not in category.media_types:
        raise WrongMediaType
    size = 0
    try:
        with store.open_upload(bucket, path, media_type) as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > category.max_bytes:
                    raise FileTooLarge
                file.write(chunk)
    except ClientDisconnect:
        return Response(status_code=400)  # the client is gone
    return JSONResponse({"Key": f"{bucket}/{path}"}, headers=HEADERS)


async def _send(store: LocalFileStore, request: Request) -> Response:
    """Send a file. Browsers may show an image whose content is one; they save everything else."""
    bucket, path = _signed_path(store, request)
    media_type, body = await store.read(bucket, path, category_of(bucket).max_bytes)
    may_be_shown = "download" not in request.query_params and media_type in IMAGES and matches(media_type, body)
    disposition = "inline" if may_be_shown else "attachment"
    return Response(body, headers={**HEADERS, "Content-Disposition": disposition, "Content-Type": media_type})


def _signed_path(store: LocalFileStore, request: Request) -> tuple[str, str]:
    """The bucket and path of a URL. Raises `BadSignature` unless we signed them."""
    bucket, path = request.path_params["bucket"], request.path_params["path"]
    store.check("PUT" if request.method == "PUT" else "GET", bucket, path, request.query_params.get("token", ""))
    return bucket, path
