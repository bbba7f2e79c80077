"""account: who a person is to the app, and by which clock they live."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.account import queries
from functions.account.models import Profile, ProfileChange
from shared import locks
from shared.events import emit
from shared.events.types import profile_changed
from shared.http import Api, Call, JsonBody, Operation, model_response


async def get_profile(call: Call) -> Response:
    """Your profile."""
    return _shown(await queries.profile(call.conn))


async def change_profile(call: Call[ProfileChange]) -> Response:
    """Change parts of your profile."""
    locks.lock(call.conn, "profile", call.person.id)  # two devices at once: neither undoes what the other set
    before = await queries.profile(call.conn)
    changes = call.body.model_dump(exclude_unset=True)
    after = before.model_copy(update=changes)
    if after != before:
        queries.change(call.conn, after.model_dump())
        changed = sorted(name for name in changes if getattr(before, name) != getattr(after, name))
        emit(call.conn, [profile_changed(call.person.id, call.now, fields=changed)])
    return _shown(after)


def _shown(profile: Profile) -> Response:
    return model_response(Profile(**profile.model_dump()))


app = Api(
    "account",
    Operation("GET", "/profile", get_profile, {200: Profile}),
    Operation("PATCH", "/profile", change_profile, {200: Profile}, body=JsonBody(ProfileChange)),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def account(_: Request) -> ASGIApp:
    return app
