"""The avatar of a person: a picture that they upload, of which only its renditions are read."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from functions.account.errors import NoAvatar
from functions.account.models import AcceptedAvatar, Avatar
from shared.errors import Fault, Invalid
from shared.files import picture_uploads, renditions, uploads
from shared.files import queries as file_queries
from shared.files.categories import CATEGORIES
from shared.files.picture_uploads import PictureDraft, PictureUpload
from shared.files.queries import FileRow
from shared.http import JsonBody, LongCall, LongOperation, model_response
from shared.http.multipart import FORM, read_form
from shared.http.uploads import NEEDS_FILE

AVATARS = CATEGORIES["avatars"]
FORM_BYTES = 16 * 1024  # what a form may have beside its file
SECONDS = 60


class AvatarForm:
    """Reads the part `file` of a form. Its name and its declared type are ignored."""

    media_types = (FORM,)
    max_bytes = AVATARS.max_bytes + FORM_BYTES

    def read(self, content_type: str, body: bytes) -> bytes:
        form = read_form(content_type, body)
        if "file" not in form:
            raise Invalid(faults=[Fault(("body", "file"), NEEDS_FILE)])
        if len(form["file"]) > AVATARS.max_bytes:
            raise uploads.FileRefused
        return form["file"]

    def models(self) -> tuple[type[BaseModel], ...]:
        return ()

    def schema(self, media_type: str, _: Callable[[type[BaseModel]], dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002
        file = {
            "type": "string",
            "format": "binary",
            "description": "A PNG, JPEG or WebP of at most 10 MiB",
            "examples": ["(bytes of a picture)"],
        }
        return {"type": "object", "required": ["file"], "properties": {"file": file}}


async def begin_avatar(call: LongCall[PictureDraft]) -> Response:
    """Begin an upload of your avatar: send the picture to the URL, and complete the upload within ten minutes."""
    return await picture_uploads.begin(call, AVATARS.name)


async def complete_avatar(call: LongCall) -> Response:
    """Complete an upload: the picture is verified, and becomes your avatar in some seconds. You can repeat it."""
    parts = call.services
    return await _uploaded(call, await uploads.complete(parts.database, parts.files, call.person.id, call.id))


async def put_avatar(call: LongCall[bytes]) -> Response:
    """Upload your avatar in one request, if you cannot upload to another host."""
    parts = call.services
    return await _uploaded(
        call, await uploads.save(parts.database, parts.files, call.person.id, AVATARS.name, call.body)
    )


async def get_avatar(call: LongCall) -> Response:
    """Get the URLs of your avatar."""
    avatar = await load_avatar(call)
    if avatar is None:
        raise NoAvatar
    return model_response(avatar)


async def delete_avatar(call: LongCall) -> Response:
    """Delete your avatar, and what you have uploaded for it."""
    await uploads.delete_category(call.services.database, call.services.files, call.person.id, AVATARS.name)
    return Response(status_code=204)


async def _uploaded(call: LongCall[Any], file: FileRow) -> Response:
    """The avatar if it has been rendered, or the promise of one."""
    avatar = await load_avatar(call) if file.original else None
    return model_response(avatar) if avatar else model_response(AcceptedAvatar(id=file.id), 202)


async def load_avatar(call: LongCall[Any]) -> Avatar | None:
    """The avatar with signed URLs, or None. Raises `FilesUnavailable` and `FileNotStored`."""
    rows = await call.in_transaction(
        lambda transaction: file_queries.load_renditions(transaction.conn, call.person.id, AVATARS.name)
    )
    picture = await renditions.sign_urls(call.services.files, rows)
    if picture is None:
        return None
    urls = {f"{name}_url": url for name, url in picture.urls.items()}
    return Avatar(id=picture.original, urls_until=picture.urls_until, **urls)


OPERATIONS = (
    LongOperation("POST", "/avatar", begin_avatar, {201: PictureUpload}, body=JsonBody(PictureDraft)),
    LongOperation("PUT", "/avatar/{id:uuid}", complete_avatar, {200: Avatar, 202: AcceptedAvatar}),
    LongOperation(
        "PUT", "/avatar", put_avatar, {200: Avatar, 202: AcceptedAvatar}, body=AvatarForm(), seconds=SECONDS, heavy=True
    ),
    LongOperation("GET", "/avatar", get_avatar, {200: Avatar}),
    LongOperation("DELETE", "/avatar", delete_avatar, {204: None}),
)
