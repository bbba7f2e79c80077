"""The signed URLs of `shared.files.local`, served with the routes and the error bodies of Supabase Storage."""

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


def storage_routes(parts: Services) -> list[BaseRoute]:
    """The routes, or none where Supabase Storage keeps the files."""
    store = parts.files
    if not isinstance(store, LocalFileStore):
        return []

    def route(path: str, method: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            response = await _answer(store, handler, request)
            _allow_origin(response, request, parts.settings.cors_origins)
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
        return JSONResponse(body, 400, HEADERS)  # as Storage does, whatever the body says


def _allow_origin(response: Response, request: Request, cors_origins: tuple[str, ...]) -> None:
    origin = request.headers.get("origin")
    if origin in cors_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers.update(PREFLIGHT)


async def _receive(store: LocalFileStore, request: Request) -> Response:
    """Take an upload, up to its category's limit. What breaks off leaves nothing behind."""
    bucket, path = _signed_place(store, request)
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
        return Response(status_code=400)  # which nobody reads
    return JSONResponse({"Key": f"{bucket}/{path}"}, headers=HEADERS)


async def _send(store: LocalFileStore, request: Request) -> Response:
    """Only what is an image by its content may be shown; everything else is saved."""
    bucket, path = _signed_place(store, request)
    media_type, body = await store.read(bucket, path, category_of(bucket).max_bytes)
    shown = "download" not in request.query_params and media_type in IMAGES and matches(media_type, body)
    disposition = "inline" if shown else "attachment"
    return Response(body, headers={**HEADERS, "Content-Disposition": disposition, "Content-Type": media_type})


def _signed_place(store: LocalFileStore, request: Request) -> tuple[str, str]:
    """Bucket and path of the URL, once its token has proved that we made them."""
    bucket, path = request.path_params["bucket"], request.path_params["path"]
    store.check("PUT" if request.method == "PUT" else "GET", bucket, path, request.query_params.get("token", ""))
    return bucket, path
