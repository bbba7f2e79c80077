"""recommend: the feed, the catalogue, interactions with it, and saved content."""

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from functions.recommend import (
    catalogue,
    catalogue_admin,
    events,
    feed,
    interactions,
    item_pictures,
    live,
    pictures,
    saved,
)
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
    InteractionBatchResult,
    InteractionDraft,
    SavedPage,
    VersionQuery,
)
from shared.events import Consumer, LongRunningConsumer, types
from shared.http import Api, Call, JsonBody, Operation, PublicOperation, kept_response, model_response
from shared.http.paging import PageQuery
from shared.retention import retention_handler


async def show_feed(call: Call[None, FeedQuery]) -> Response:
    """What is likely to help now, for your latest check-in or for a given mood."""
    language = call.headers.get("accept-language")
    return model_response(await feed.make_feed(call.conn, call.person.id, call.query, call.now, call.support, language))


async def list_content(call: Call[None, CatalogueQuery]) -> Response:
    """List the catalogue, or search it."""
    return kept_response(await catalogue.load_page(call))


async def get_content(call: Call[None, VersionQuery]) -> Response:
    """One item, in its current or a former version."""
    return kept_response(await catalogue.load_content(call))


async def create_content(call: Call[ContentDraft]) -> Response:
    """Add an item to the catalogue. For admins."""
    return model_response(await catalogue_admin.create_content(call), 201)


async def change_content(call: Call[ContentChange]) -> Response:
    """Change fields of an item. For admins."""
    return model_response(await catalogue_admin.change_content(call))


async def delete_content(call: Call) -> Response:
    """Delete an item from the catalogue. For admins."""
    await catalogue_admin.delete_content(call)
    return Response(status_code=204)


async def record_interaction(call: Call[InteractionDraft]) -> Response:
    """Record what you did with an item."""
    interaction, new = await interactions.record_interaction(call)
    return model_response(interaction, 201 if new else 200)


async def sync_interactions(call: Call[InteractionBatch]) -> Response:
    """Record an offline queue of interactions. Order, parts and repetitions make no difference."""
    return model_response(await interactions.sync_batch(call))


async def list_saved(call: Call[None, PageQuery]) -> Response:
    """Your saved items, newest first."""
    return model_response(await saved.load_page(call))


async def save_content(call: Call) -> Response:
    """Save an item for later. Repeating it changes nothing."""
    await saved.save_content(call)
    return Response(status_code=204)


async def unsave_content(call: Call) -> Response:
    """Remove an item from your saved items."""
    saved.unsave_content(call)
    return Response(status_code=204)


app = Api(
    "recommend",
    Operation("GET", "/", show_feed, {200: Feed}, query=FeedQuery, has_effect=True),
    Operation("GET", "/content", list_content, {200: ContentPage}, query=CatalogueQuery),
    Operation("POST", "/content", create_content, {201: Content}, body=JsonBody(ContentDraft), admin=True),
    Operation("GET", "/content/{id:uuid}", get_content, {200: Content}, query=VersionQuery),
    Operation("PATCH", "/content/{id:uuid}", change_content, {200: Content}, body=JsonBody(ContentChange), admin=True),
    Operation("DELETE", "/content/{id:uuid}", delete_content, {204: None}, admin=True),
    *item_pictures.OPERATIONS,
    Operation(
        "POST",
        "/interactions",
        record_interaction,
        {201: Interaction, 200: Interaction},
        body=JsonBody(InteractionDraft),
    ),
    Operation(
        "POST", "/interactions/batch", sync_interactions, {200: InteractionBatchResult}, body=JsonBody(InteractionBatch)
    ),
    Operation("GET", "/saved", list_saved, {200: SavedPage}, query=PageQuery),
    Operation("PUT", "/saved/{content_id:uuid}", save_content, {204: None}),
    Operation("DELETE", "/saved/{content_id:uuid}", unsave_content, {204: None}),
    PublicOperation(
        "GET", "/pictures/{kind:str}/{mood:str}.svg", pictures.get_picture, {200: pictures.MEDIA_TYPE}, counted=False
    ),
)


@functions_framework.aio.http  # type: ignore[arg-type] # Starlette serves any ASGI app as an answer
async def recommend(_: Request) -> ASGIApp:
    return app


event_consumer = Consumer(
    "recommend_events",
    {
        types.mood_recorded: events.learn_from_check_in,
        types.mood_changed: events.relearn,
        types.mood_deleted: events.relearn,
        types.content_interacted: events.learn_from_interaction,
        types.plan_activity_finished: events.record_activity,
        types.consent_changed: events.follow_consent,
        types.profile_changed: events.update_feed,
        types.care_opened: events.update_feed,
        types.care_closed: events.update_feed,
    },
    live.documents,
)


@functions_framework.aio.http
async def recommend_events(request: Request) -> Response:
    return await event_consumer.receive(request)


retention_consumer = LongRunningConsumer("recommend_retention", {types.schedule_retention: retention_handler(__file__)})


@functions_framework.aio.http
async def recommend_retention(request: Request) -> Response:
    return await retention_consumer.receive(request)
