"""recommend: what is likely to help, the catalogue, what people do with it, and what they keep of it."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.recommend import catalogue, catalogue_admin, events, feed, interactions, saved
from functions.recommend.models import (
    CatalogueQuery,
    Content,
    ContentChange,
    ContentDraft,
    ContentPage,
    Feed,
    FeedQuery,
    Interaction,
    InteractionBatch,
    InteractionDraft,
    InteractionsDone,
    SavedPage,
    VersionQuery,
)
from shared.events import Consumer, LongRunningConsumer, types
from shared.http import Api, Call, JsonBody, Operation, model_response
from shared.http.paging import PageQuery
from shared.retention import retention_handler


async def show_feed(call: Call[None, FeedQuery]) -> Response:
    """What is likely to help now, for your latest check-in or for a mood you name."""
    return model_response(await feed.feed(call))


async def list_content(call: Call[None, CatalogueQuery]) -> Response:
    """Look through the catalogue, or search it."""
    return model_response(await catalogue.page(call))


async def get_content(call: Call[None, VersionQuery]) -> Response:
    """One item, as it is now or as it was."""
    return model_response(await catalogue.one(call))


async def create_content(call: Call[ContentDraft]) -> Response:
    """Add an item to the catalogue; for admins."""
    return model_response(await catalogue_admin.create(call), 201)


async def change_content(call: Call[ContentChange]) -> Response:
    """Change parts of an item; for admins."""
    return model_response(await catalogue_admin.change(call))


async def delete_content(call: Call) -> Response:
    """Take an item out of the catalogue; for admins."""
    await catalogue_admin.delete(call)
    return Response(status_code=204)


async def record_interaction(call: Call[InteractionDraft]) -> Response:
    """Tell what you did with an item."""
    interaction, new = await interactions.record(call)
    return model_response(interaction, 201 if new else 200)


async def sync_interactions(call: Call[InteractionBatch]) -> Response:
    """Send an offline queue of interactions: in any order, in any parts, as often as you like."""
    return model_response(await interactions.sync(call))


async def list_saved(call: Call[None, PageQuery]) -> Response:
    """What you saved, newest first."""
    return model_response(await saved.page(call))


async def save_content(call: Call) -> Response:
    """Save an item for later; doing it twice changes nothing."""
    await saved.save(call)
    return Response(status_code=204)


async def unsave_content(call: Call) -> Response:
    """Forget that you saved an item."""
    saved.unsave(call)
    return Response(status_code=204)


app = Api(
    "recommend",
    Operation("GET", "/", show_feed, {200: Feed}, query=FeedQuery),
    Operation("GET", "/content", list_content, {200: ContentPage}, query=CatalogueQuery),
    Operation("POST", "/content", create_content, {201: Content}, body=JsonBody(ContentDraft), admin=True),
    Operation("GET", "/content/{id:uuid}", get_content, {200: Content}, query=VersionQuery),
    Operation("PATCH", "/content/{id:uuid}", change_content, {200: Content}, body=JsonBody(ContentChange), admin=True),
    Operation("DELETE", "/content/{id:uuid}", delete_content, {204: None}, admin=True),
    Operation(
        "POST",
        "/interactions",
        record_interaction,
        {201: Interaction, 200: Interaction},
        body=JsonBody(InteractionDraft),
    ),
    Operation(
        "POST", "/interactions/batch", sync_interactions, {200: InteractionsDone}, body=JsonBody(InteractionBatch)
    ),
    Operation("GET", "/saved", list_saved, {200: SavedPage}, query=PageQuery),
    Operation("PUT", "/saved/{content_id:uuid}", save_content, {204: None}),
    Operation("DELETE", "/saved/{content_id:uuid}", unsave_content, {204: None}),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def recommend(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "recommend_events",
    {
        types.mood_recorded: events.learn_from_check_in,
        types.mood_changed: events.learn_anew,
        types.mood_deleted: events.learn_anew,
        types.content_interacted: events.learn_from_interaction,
        types.plan_activity_finished: events.record_activity,
        types.profile_changed: events.update_feed,
    },
)


@functions_framework.aio.http
async def recommend_events(request: Request) -> Response:
    return await event_consumer.receive(request)


retention_consumer = LongRunningConsumer("recommend_retention", {types.schedule_retention: retention_handler(__file__)})


@functions_framework.aio.http
async def recommend_retention(request: Request) -> Response:
    return await retention_consumer.receive(request)
