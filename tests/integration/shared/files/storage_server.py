"""A fake Supabase Storage, which responds as its source and documentation say, and a server for any ASGI app."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.storage import file_of
from shared.clock import utc_now

KEY = "service-key-of-a-test"
SECRET = "the-jwt-secret-of-a-test-project-of-supabase"
STAMP = "2026-11-26T12:00:00.000Z"
UPLOAD_FOR = timedelta(hours=2)


class StoredObject(NamedTuple):
    media_type: str
    body: bytes


class StorageError(Exception):
    """The body of Storage's error has its status. The HTTP status is 400, or 500 for its own failures."""

    def __init__(self, status: int, error: str, message: str, code: str) -> None:
        self.body = {"statusCode": str(status), "error": error, "message": message, "code": code}
        super().__init__(message)

    @property
    def response(self) -> Response:
        return JSONResponse(self.body, 500 if self.body["statusCode"] == "500" else 400)


NO_KEY = StorageError(404, "not_found", "Object not found", "NoSuchKey")
NO_BUCKET = StorageError(404, "Bucket not found", "Bucket not found", "NoSuchBucket")
DUPLICATE = StorageError(409, "Duplicate", "The resource already exists", "KeyAlreadyExists")
TOO_LARGE = StorageError(413, "Payload too large", "The object exceeded the maximum allowed size", "EntityTooLarge")
FORBIDDEN = StorageError(403, "Unauthorized", "Invalid Compact JWS", "AccessDenied")

Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class FakeStorage:
    """The routes that we use. `objects` is its content; `replies` are returned first."""

    url: str = ""
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[tuple[str, str], StoredObject] = field(default_factory=dict)
    replies: list[Response] = field(default_factory=list)
    hang: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)

    def token(self, url: str, lifetime: timedelta, secret: str = SECRET) -> str:
        return jwt.encode({"url": url, "iat": utc_now(), "exp": utc_now() + lifetime}, secret, "HS256")

    def app(self) -> Starlette:
        def route(path: str, method: str, handler: Handler, *, signed_in: bool = True) -> Route:
            async def endpoint(request: Request) -> Response:
                self.requests.append((request.method, request.url.path))
                if self.hang:
                    await asyncio.Event().wait()
                if self.replies:
                    return self.replies.pop(0)
                try:
                    if signed_in and request.headers.get("authorization") != f"Bearer {KEY}":
                        raise FORBIDDEN
                    return await handler(request)
                except StorageError as error:
                    return error.response

            return Route("/storage/v1" + path, endpoint, methods=[method])

        return Starlette(
            routes=[
                route("/bucket", "GET", self._list_buckets),
                route("/bucket", "POST", self._create_bucket),
                route("/bucket/{bucket}", "PUT", self._update_bucket),
                route("/object/upload/sign/{bucket}/{path:path}", "POST", self._sign_upload),
                route("/object/upload/sign/{bucket}/{path:path}", "PUT", self._upload, signed_in=False),
                route("/object/sign/{bucket}/{path:path}", "POST", self._sign_read),
                route("/object/sign/{bucket}/{path:path}", "GET", self._read_signed, signed_in=False),
                route("/object/authenticated/{bucket}/{path:path}", "GET", self._read),
                route("/object/list-v2/{bucket}", "POST", self._list),
                route("/object/{bucket}", "DELETE", self._delete),
                route("/object/{bucket}/{path:path}", "POST", self._write),
            ]
        )

    async def _list_buckets(self, _: Request) -> Response:
        return JSONResponse(list(self.buckets.values()))

    async def _create_bucket(self, request: Request) -> Response:
        given = await request.json()
        if given["id"] in self.buckets:
            raise DUPLICATE
        standard = {"owner": "", "public": False, "created_at": STAMP, "updated_at": STAMP, "type": "STANDARD"}
        self.buckets[given["id"]] = {"file_size_limit": None, "allowed_mime_types": None, **standard, **given}
        return JSONResponse({"name": given["name"]})

    async def _update_bucket(self, request: Request) -> Response:
        self._bucket(request).update(await request.json())
        return JSONResponse({"message": "Successfully updated"})

    async def _sign_upload(self, request: Request) -> Response:
        self._bucket(request)
        place = _place(request)
        if place in self.objects:
            raise DUPLICATE
        url = "/".join(place)
        token = self.token(url, UPLOAD_FOR)
        return JSONResponse({"url": f"/object/upload/sign/{url}?token={token}", "token": token})

    async def _upload(self, request: Request) -> Response:
        self._verify(request)
        return self._store(request, request.headers.get("content-type", ""), await request.body())

    async def _write(self, request: Request) -> Response:
        """The form of the clients: fields beside the file, which has the media type."""
        media_type, body = file_of(request.headers["content-type"], await request.body())
        return self._store(request, media_type, body)

    def _store(self, request: Request, media_type: str, body: bytes) -> Response:
        bucket, place = self._bucket(request), _place(request)
        if media_type not in (bucket["allowed_mime_types"] or [media_type]):
            raise StorageError(415, "invalid_mime_type", f"mime type {media_type} is not supported", "InvalidMimeType")
        if len(body) > (bucket["file_size_limit"] or len(body)):
            raise TOO_LARGE
        if place in self.objects:
            raise DUPLICATE
        self.objects[place] = StoredObject(media_type, body)
        return JSONResponse({"Id": str(uuid4()), "Key": "/".join(place)})

    async def _sign_read(self, request: Request) -> Response:
        if (place := _place(request)) not in self.objects:
            raise NO_KEY
        lifetime = timedelta(seconds=int((await request.json())["expiresIn"]))
        url = "/".join(place)
        return JSONResponse({"signedURL": f"/object/sign/{url}?token={self.token(url, lifetime)}"})

    async def _read_signed(self, request: Request) -> Response:
        self._verify(request)
        response = await self._read(request)
        if "download" in request.query_params:
            response.headers["Content-Disposition"] = "attachment;"
        return response

    async def _read(self, request: Request) -> Response:
        if (stored := self.objects.get(_place(request))) is None:
            raise NO_KEY
        return Response(stored.body, headers={"Content-Type": stored.media_type})

    async def _list(self, request: Request) -> Response:
        self._bucket(request)
        given = await request.json()
        bucket, after = request.path_params["bucket"], given.get("cursor", "")
        names = sorted(path for name, path in self.objects if name == bucket and path.startswith(given["prefix"]))
        later = [name for name in names if name > after]
        page = later[: given["limit"]]
        more = len(later) > len(page)
        objects = [{"id": str(uuid4()), "name": name, "key": name, "metadata": {}} for name in page]
        stamps = {"updated_at": STAMP, "created_at": STAMP, "last_accessed_at": STAMP}
        answer = {"hasNext": more, "folders": [], "objects": [each | stamps for each in objects]}
        return JSONResponse(answer | ({"nextCursor": page[-1]} if more else {}))

    async def _delete(self, request: Request) -> Response:
        self._bucket(request)
        bucket, paths = request.path_params["bucket"], (await request.json())["prefixes"]
        gone = [path for path in paths if self.objects.pop((bucket, path), None)]
        return JSONResponse([{"name": path, "bucket_id": bucket} for path in gone])

    def _bucket(self, request: Request) -> dict[str, Any]:
        try:
            return self.buckets[request.path_params["bucket"]]
        except KeyError:
            raise NO_BUCKET from None

    def _verify(self, request: Request) -> None:
        try:
            # PyJWT would read the machine's clock.
            claims = jwt.decode(
                request.query_params.get("token", ""), SECRET, ["HS256"], {"verify_iat": False, "verify_exp": False}
            )
        except jwt.PyJWTError as error:
            raise StorageError(400, "InvalidJWT", str(error), "InvalidJWT") from None
        if claims["exp"] <= utc_now().timestamp():
            raise StorageError(400, "InvalidJWT", '"exp" claim timestamp check failed', "InvalidJWT")
        if claims["url"] != "/".join(_place(request)):
            raise StorageError(400, "InvalidSignature", "The url do not match the signature", "InvalidSignature")


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["bucket"], request.path_params["path"]


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The base URL of an app that a thread serves over real sockets."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
