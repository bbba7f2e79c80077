"""Opens a track in the person's own Spotify player. Nothing is read there, such as what they hear or like."""

import json
from http import HTTPStatus

from functions.account.connections import queries
from functions.account.connections.access import access_token
from functions.account.connections.models import Played
from functions.account.connections.providers import LIMITS, Provider
from functions.account.errors import NoPlayer, ProviderUnavailable
from shared.errors import NotFound
from shared.http import LongCall
from shared.outbound.messages import OutboundRequest, RequestFailed

NO_PLAYER = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}  # without Spotify Premium, or without a device that is on


async def play(call: LongCall[Played], provider: Provider) -> None:
    """Raises `NotFound` for an item that is not of Spotify, and `NoPlayer`."""
    from shared.outbound.host import Host
    from shared.outbound.run import Run

    track = await call.in_transaction(lambda one: queries.load_track(one.conn, call.body.content_id))
    if track is None:
        raise NotFound
    headers = {"Authorization": f"Bearer {await access_token(call, provider)}", "Content-Type": "application/json"}
    body = json.dumps({"uris": [f"spotify:track:{track}"]}).encode()
    request = OutboundRequest("PUT", "/v1/me/player/play", headers=headers, body=body, repeatable=True)
    try:
        async with Run(Host(provider.api_host, LIMITS)) as run:
            status = (await run.send(request)).status
    except RequestFailed as error:
        raise ProviderUnavailable from error
    if status in NO_PLAYER:
        raise NoPlayer
    if status >= HTTPStatus.BAD_REQUEST:
        raise ProviderUnavailable
