"""The pictures of a message that a person sends."""

from uuid import UUID

from functions.companion.errors import PictureNotReady, PicturesNotSeen
from functions.companion.model_choice import usable_models
from functions.companion.models import MessageDraft, ModuleName
from functions.companion.pictures import queries
from functions.companion.pictures.sent import models_that_see
from shared.files.port import FileNotStored
from shared.http import Call


async def require_pictures(call: Call[MessageDraft], module: ModuleName) -> list[UUID]:
    """The pictures of a message. Raises `PicturesNotSeen`, `FileNotStored` and `PictureNotReady`."""
    ids = list(dict.fromkeys(call.body.attachments))
    if not ids:
        return []
    if not models_that_see(await usable_models(call, module)):
        raise PicturesNotSeen
    rows = await queries.load_pictures(call.conn, ids)
    if len(rows) < len(ids):
        raise FileNotStored
    if not all(row.is_rendered for row in rows.values()):
        raise PictureNotReady
    return ids
