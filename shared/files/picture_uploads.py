"""The beginning of an upload of a picture, as every route answers it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from starlette.responses import Response

from shared.files import uploads
from shared.http import LongCall, RequestModel, ResponseModel, model_response


class PictureDraft(RequestModel):
    """The media type of the picture that you will upload."""

    media_type: Literal["image/jpeg", "image/png", "image/webp"]


class PictureUpload(ResponseModel):
    """Where to `PUT` the picture, with `media_type` as its Content-Type. Then complete it by a PUT with its id."""

    id: UUID
    upload_url: str
    complete_before: datetime


async def begin(call: LongCall[PictureDraft], category: str) -> Response:
    """Begin an upload of the caller to a category."""
    parts = call.services
    upload = await uploads.begin(parts.database, parts.files, call.person.id, category, call.body.media_type)
    return model_response(
        PictureUpload(id=upload.file, upload_url=upload.url, complete_before=upload.complete_before), 201
    )
