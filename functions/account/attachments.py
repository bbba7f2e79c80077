"""Pictures that a person uploads to send them with messages. Of each only its renditions are read."""

from uuid import UUID

from starlette.responses import Response

from functions.account.models import Attachment
from shared.files import picture_uploads, renditions, uploads
from shared.files.categories import CATEGORIES
from shared.files.picture_uploads import PictureDraft, PictureUpload
from shared.files.port import FileNotStored
from shared.http import JsonBody, LongCall, LongOperation, model_response

ATTACHMENTS = CATEGORIES["attachments"]


async def begin_attachment(call: LongCall[PictureDraft]) -> Response:
    """Begin an upload of a picture for a message: send it to the URL, and complete the upload within ten minutes."""
    return await picture_uploads.begin(call, ATTACHMENTS.name)


async def complete_attachment(call: LongCall) -> Response:
    """Complete an upload: the picture is verified, and can be sent in some seconds. You can repeat it."""
    parts = call.services
    file = await uploads.complete(parts.database, parts.files, call.person.id, call.id)
    return await _attachment(call, file.original or file.id)


async def get_attachment(call: LongCall) -> Response:
    """Get the URL of a picture. It is valid for ten minutes."""
    return await _attachment(call, call.id)


async def delete_attachment(call: LongCall) -> Response:
    """Delete a picture. Messages that have it stay, and no model is sent it again."""
    await renditions.delete(call.services.database, call.services.files, call.person.id, ATTACHMENTS.name, call.id)
    return Response(status_code=204)


async def _attachment(call: LongCall, id_: UUID) -> Response:
    """A picture as it is. Raises `FileNotStored`."""
    parts = call.services
    rows = await renditions.load(parts.database, call.person.id, ATTACHMENTS.name, id_)
    if not rows:
        raise FileNotStored
    picture = await renditions.sign_urls(parts.files, [row for row in rows if row.rendition])
    url = picture.urls["large"] if picture else None
    return model_response(Attachment(id=id_, url=url, url_until=picture.urls_until if picture else None))


OPERATIONS = (
    LongOperation("POST", "/attachments", begin_attachment, {201: PictureUpload}, body=JsonBody(PictureDraft)),
    LongOperation("PUT", "/attachments/{id:uuid}", complete_attachment, {200: Attachment}),
    LongOperation("GET", "/attachments/{id:uuid}", get_attachment, {200: Attachment}),
    LongOperation("DELETE", "/attachments/{id:uuid}", delete_attachment, {204: None}),
)
