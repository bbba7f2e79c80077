"""The picture that an admin gives an item of our own catalogue. Without one it has a drawing (pictures.py)."""

from typing import Any

from starlette.responses import Response

from functions.recommend import item_picture_queries, queries
from functions.recommend.item_picture_queries import OwnItem
from functions.recommend.models import Content, WaitingPicture
from shared.errors import NotFound
from shared.files import catalogue, picture_uploads, uploads
from shared.files.picture_uploads import PictureDraft, PictureUpload
from shared.files.port import FileNotStored
from shared.http import JsonBody, LongCall, LongOperation, model_response
from shared.http.operations import AnyOperation

CATEGORY = "catalogue_uploads"


async def begin_picture(call: LongCall[PictureDraft]) -> Response:
    """Begin an upload of the picture of an item: send it to the URL, and complete it within ten minutes. For admins."""
    await _own_item(call)
    return await picture_uploads.begin(call, CATEGORY)


async def complete_picture(call: LongCall) -> Response:
    """Complete an upload: the picture is verified, and becomes that of the item in some seconds. For admins.

    Repeat the request to learn when: then it returns the item.
    """
    parts, upload = call.services, call.path["upload"]
    try:
        file = await uploads.complete(parts.database, parts.files, call.person.id, upload, call.id)
    except FileNotStored:
        file = None
    item = await _own_item(call)
    if item.image_url == catalogue.picture_urls(parts.files, upload)["large"]:
        content = await call.in_transaction(lambda transaction: queries.load_content(transaction.conn, call.id))
        if content:
            return model_response(content)
    if file is None or file.category != CATEGORY:
        raise FileNotStored
    return model_response(WaitingPicture(id=upload), 202)


async def delete_picture(call: LongCall) -> Response:
    """Delete the picture of an item, which then has a drawing again. For admins."""
    item = await _own_item(call)
    await call.in_transaction(lambda transaction: item_picture_queries.remove_picture(transaction.conn, call.id))
    await catalogue.delete_picture(call.services.files, item.image_url or "")
    return Response(status_code=204)


async def _own_item(call: LongCall[Any, Any]) -> OwnItem:
    """The item. Raises `NotFound` for one of a provider, whose pictures come with it."""
    item = await call.in_transaction(lambda transaction: item_picture_queries.load_own_item(transaction.conn, call.id))
    if item is None:
        raise NotFound
    return item


OPERATIONS: tuple[AnyOperation, ...] = (
    LongOperation(
        "POST",
        "/content/{id:uuid}/picture",
        begin_picture,
        {201: PictureUpload},
        body=JsonBody(PictureDraft),
        admin=True,
    ),
    LongOperation(
        "PUT",
        "/content/{id:uuid}/picture/{upload:uuid}",
        complete_picture,
        {200: Content, 202: WaitingPicture},
        admin=True,
    ),
    LongOperation("DELETE", "/content/{id:uuid}/picture", delete_picture, {204: None}, admin=True),
)
