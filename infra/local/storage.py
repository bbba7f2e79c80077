"""Serves the signed URLs of `shared.files.local`, with the routes and error bodies of Supabase Storage.

Only the API signs URLs, here as in production: clients have no rights on buckets.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.errors import Forbidden, MendError, WrongMediaType
from shared.files.categories import IMAGES, Category, category_of
from shared.files.content_type import matches
from shared.files.local import LocalFileStore
from shared.files.port import FileTooLarge
from shared.http.multipart import BOUNDARY, FORM
from shared.services import Services

UPLOAD = "/storage/v1/object/upload/sign/{bucket}/{path:path}"
READ = "/storage/v1/object/sign/{bucket}/{path:path}"
READ_PUBLIC = "/storage/v1/object/public/{bucket}/{path:path}"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
FORM_BYTES = 16 * 1024  # what a form may have beside its file
FILE_PART = re.compile(rb"content-disposition:[^\r\n]*;\s*filename=", re.IGNORECASE)
PART_TYPE = re.compile(rb"content-type:\s*([^\r\n]+)", re.IGNORECASE)

Handler = Callable[[LocalFileStore, Request], Awaitable[Response]]


class OnlySignedUrls(Forbidden):
    """The API signs the URLs of files, as POST /account/avatar does. Use uploadToSignedUrl, or fetch the URL."""

    code = "Unauthorized"


def storage_routes(services: Services) -> list[BaseRoute]:
    """The routes, or none if Supabase Storage keeps the files."""
    store = services.files
    if not isinstance(store, LocalFileStore):
        return []

    def route(path: str, methods: list[str], handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _answer(store, handler, request)

        return Route(path, endpoint, methods=methods)

    return [
        route(UPLOAD, ["PUT"], _receive),
        route(READ, ["GET"], _send),
        route(READ_PUBLIC, ["GET"], _send_public),
        route("/storage/v1/{path:path}", ["GET", "POST", "PUT", "PATCH", "DELETE"], _refuse),
    ]


async def _answer(store: LocalFileStore, handler: Handler, request: Request) -> Response:
    try:
        return await handler(store, request)
    except MendError as error:
        body = {"statusCode": str(error.status), "error": error.code, "message": str(error)}
        return JSONResponse(body, 400, HEADERS)  # Storage answers 400 to nearly everything


async def _refuse(_: LocalFileStore, __: Request) -> Response:
    raise OnlySignedUrls


async def _receive(store: LocalFileStore, request: Request) -> Response:
    """Store an upload up to the limit of its category. An upload that is cut off is not stored."""
    bucket, path = _signed_path(store, request)
    category = category_of(bucket)
    try:
        media_type, chunks = await _content(request, category)
        if media_type not in category.media_types:
            raise WrongMediaType
        with store.open_upload(bucket, path, media_type) as file:
            async for chunk in chunks:
                file.write(chunk)
    except ClientDisconnect:
        return Response(status_code=400)  # the client is gone
    return JSONResponse({"Key": f"{bucket}/{path}"}, headers=HEADERS)


async def _content(request: Request, category: Category) -> tuple[str, AsyncIterator[bytes]]:
    """Media type and content of a body, or of the file in a form, as the clients of Storage send it."""
    media_type = request.headers.get("content-type", "")
    if not media_type.lower().startswith(FORM):
        return media_type, _limited(request.stream(), category.max_bytes)
    form = b"".join([chunk async for chunk in _limited(request.stream(), category.max_bytes + FORM_BYTES)])
    media_type, content = file_of(media_type, form)
    return media_type, _limited(_one(content), category.max_bytes)


async def _limited(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise FileTooLarge
        yield chunk


async def _one(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk


def file_of(content_type: str, form: bytes) -> tuple[str, bytes]:
    """Media type and content of the file in a form, as the clients of Storage send it."""
    boundary = BOUNDARY.search(content_type)
    for part in (b"\r\n" + form).split(b"\r\n--" + boundary[1].encode()) if boundary else ():
        head, _, content = part.partition(b"\r\n\r\n")
        if FILE_PART.search(head) and (media_type := PART_TYPE.search(head)):
            return media_type[1].decode("latin-1").strip(), content
    raise WrongMediaType


async def _send(store: LocalFileStore, request: Request) -> Response:
    """Send a file. Browsers may show an image whose content is one; they save everything else."""
    bucket, path = _signed_path(store, request)
    media_type, body = await store.read(bucket, path, category_of(bucket).max_bytes)
    may_be_shown = "download" not in request.query_params and media_type in IMAGES and matches(media_type, body)
    disposition = "inline" if may_be_shown else "attachment"
    return Response(body, headers={**HEADERS, "Content-Disposition": disposition, "Content-Type": media_type})


async def _send_public(store: LocalFileStore, request: Request) -> Response:
    """Send a file of a public bucket. It never changes."""
    category = category_of(request.path_params["bucket"])
    if not category.public:
        raise OnlySignedUrls
    media_type, body = await store.read(category.name, request.path_params["path"], category.max_bytes)
    caching = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(body, headers={**HEADERS, **caching, "Content-Type": media_type})


def _signed_path(store: LocalFileStore, request: Request) -> tuple[str, str]:
    """The bucket and path of a URL. Raises `BadSignature` unless we signed them."""
    bucket, path = request.path_params["bucket"], request.path_params["path"]
    store.check("PUT" if request.method == "PUT" else "GET", bucket, path, request.query_params.get("token", ""))
    return bucket, path
