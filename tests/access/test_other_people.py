"""Object level authorization: callers of any route read and change only their own rows."""

import base64
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import SecretStr
from starlette.responses import Response

from functions.account.consents.texts import versions
from functions.insights.queries import RECOUNT, coordinates
from infra.registry import registry
from shared.clock import utc_now
from shared.http import Api, Call, Operation
from shared.http.operations import PersonOperation
from shared.services import Services
from shared.services import services as current_services
from shared.settings import Settings
from tests.access.owned_requests import (
    ASKS,
    CANARIES,
    DAY,
    FACTOR,
    ITEM,
    MEASURE,
    MOMENT,
    NAME,
    NAMING,
    NOTE,
    OF_THE_BEARER,
    OF_THE_CATALOGUE,
    OTHER_ITEM,
    SAD,
    SAFETY_PLAN,
    TITLE,
    WISHES,
    Things,
    check_in,
    interaction,
    make_plan,
)
from tests.conftest import APPS, Client, ClientFactory, Clone, Issuer
from tests.hostile.routes import Route, every_route
from tests.integration.account.avatars import attach, render, send_form
from tests.integration.companion.receipts import add_receipt
from tests.sample_files import PNG

ROUTES = every_route()
# What the owner is told on the stage, where that is no success.
REFUSALS = {
    "checkin POST /": 410,  # the stage has changed the entry that the key of this POST has made
    "account POST /firebase-token": 404,
    "account PUT /guardian": 409,  # nobody needs to be asked for the owner
    "premium POST /checkout": 404,  # there are neither Stripe nor other services to connect
    "premium POST /portal": 409,
    "account POST /connections/{provider:str}": 404,
    "account GET /connections/callback": 409,
    "account DELETE /connections/{provider:str}": 404,
    "account PUT /connections/spotify/player": 404,
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/regenerate": 409,  # a script has replied
    "companion GET /conversations/{id:uuid}/hand-over": 409,  # it is not one with the support
    "companion POST /conversations/{id:uuid}/hand-over": 409,
}
PRIVATE = [route for route in ROUTES if isinstance(route.operation, PersonOperation)]
PUBLIC = [route for route in ROUTES if not isinstance(route.operation, PersonOperation)]
SECRET = "only-the-database-knows"

OWNED_TABLES = """
    SELECT table_schema, table_name FROM information_schema.columns
    WHERE column_name = 'user_id' AND table_schema IN ('public', 'mend') ORDER BY 1, 2
"""


@pytest.fixture
def settings(database: Clone, issuer: Issuer) -> Settings:
    return Settings(
        database_url=SecretStr(database.dsn()),
        mend_home=issuer.folder,
        rate_limit_per_minute=100_000,
        environ={"RELAY_SECRET": SECRET},
    )


@dataclass
class Stage:
    """A person with data, and clients of other callers."""

    database: Clone
    client_for: ClientFactory
    owner: UUID
    things: Things

    def caller(self, kind: str, route: Route) -> Client:
        function = route.function
        match kind:
            case "nobody":
                return self.client_for(function, signed_in=False)
            case "expired":
                return self.client_for(function, self.owner, exp=int(utc_now().timestamp()) - 60)
            case "admin":
                return self.client_for(function, app_metadata={"role": "admin"})
            case "anonymous":
                return self.client_for(function, is_anonymous=True)
            case "owner":
                return self.client_for(function, self.owner)
        return self.client_for(function)

    def owned(self) -> list[Any]:
        """All rows of the owner, in all tables."""
        with self.database.admin() as conn:
            tables = conn.execute(OWNED_TABLES).fetchall()
            query = sql.SQL("SELECT t::text FROM {} AS t WHERE user_id = {} ORDER BY 1")
            return [
                (table, conn.execute(query.format(sql.Identifier(*table), sql.Literal(self.owner))).fetchall())
                for table in tables
            ]


def fill_inbox(database: Clone, owner: UUID) -> None:
    """Two messages in the inbox."""
    with database.admin() as conn:
        query = (
            "INSERT INTO public.notifications"
            " (user_id, id, kind, local_date, slot, local_time, due_at, state, sent_at, title, body)"
            " SELECT %s, gen_random_uuid(), 'plan', %s, i, '10:00', %s, 'sent', %s, %s, %s"
            " FROM generate_series(1, 2) AS i"
        )
        conn.execute(query, (owner, DAY, MOMENT, MOMENT, TITLE, TITLE))


def add_insight(database: Clone, owner: UUID) -> UUID:
    """An insight and an experiment that was stopped, with the same id. The sums of the entries are there as well."""
    id_ = uuid4()
    with database.admin() as conn:
        conn.execute(RECOUNT, {"person": owner, "coordinates": Jsonb(coordinates())})
        conn.execute(
            "INSERT INTO public.insights (user_id, id, kind, about, names, outcome, lag, unit, effect, effect_sd, low,"
            " high, level, n_with, first_day, last_day, forgets_tags, method_version, status, found_at, estimated_at,"
            " expires_at) VALUES (%s, %s, 'factor', %s, %s, 'valence', 0, 1, 1, 1, 0.5, 1.5, 0.95, 9, %s, %s, false,"
            " '', 'new', %s, %s, %s)",
            (owner, id_, FACTOR, [FACTOR], DAY, DAY, MOMENT, MOMENT, MOMENT),
        )
        conn.execute(
            "INSERT INTO public.experiments (user_id, id, factor, days, first_day, remind_at, seed, power, status,"
            " created_at) VALUES (%s, %s, %s, 14, %s, '09:00', '', 0.3, 'stopped', %s)",
            (owner, id_, FACTOR, DAY, MOMENT),
        )
    return id_


def succeeded(*answers: httpx.Response) -> None:
    for answer in answers:
        assert answer.is_success, answer.text


def of_requests(entry: UUID, deed: UUID) -> Things:
    """What the first requests name."""
    return Things(entry, "", b"", deed, "", "")


async def keep_diary(checkin: Client, entry: UUID) -> tuple[str, bytes]:
    """The cursor of its second page, and its export."""
    succeeded(
        await checkin.post("/", **check_in(of_requests(entry, entry))),
        await checkin.patch(f"/{entry}", json={"note": NOTE, "factors": [FACTOR]}),
        await checkin.post("/", json=SAD | {"note": NOTE, "factors": [FACTOR]}),
    )
    page, export = await checkin.get("/", params={"limit": 1}), await checkin.get("/export.csv")
    return page.json()["next_cursor"], export.content


async def save_items(recommend: Client, deed: UUID) -> str:
    """The cursor of the second page of what was saved."""
    succeeded(
        await recommend.post("/interactions", json=interaction(of_requests(deed, deed))),
        *[await recommend.put(f"/saved/{item}") for item in (ITEM, OTHER_ITEM)],
    )
    return str((await recommend.get("/saved", params={"limit": 1})).json()["next_cursor"])


async def make_plans(plan: Client, entry: UUID) -> tuple[UUID, UUID, str]:
    """The active plan, its first activity, and the cursor of the second page."""
    earlier = await plan.post("/", json={"current": "sad", "target": "peaceful"})
    ended = await plan.patch(f"/{earlier.json()['plan_id']}", json={"status": "ended"})
    planned = await plan.post("/", **make_plan(of_requests(entry, entry)))
    succeeded(earlier, ended, planned)
    document = planned.json()
    cursor = (await plan.get("/", params={"limit": 1})).json()["next_cursor"]
    first = document["preview"]["days"][0]["activities"][0]
    return UUID(document["plan_id"]), UUID(first["activity_id"]), cursor


async def receive_messages(notify: Client, database: Clone) -> str:
    """The cursor of the second page of the inbox."""
    succeeded(
        await notify.put(f"/devices/phone-of-{notify.person}", json={"platform": "ios"}),
        await notify.put("/preferences", json=WISHES),
    )
    fill_inbox(database, notify.person)
    return str((await notify.get("/inbox", params={"limit": 1})).json()["next_cursor"])


async def measure_sleep(insights: Client) -> UUID:
    succeeded(await insights.post("/measures", json=MEASURE | {"value": 7.5}))
    [measure] = (await insights.get("/measures")).json()["items"]
    return UUID(measure["measure_id"])


async def talk(companion: Client) -> tuple[UUID, UUID]:
    """The conversation, and a reply in it."""
    conversation = (await companion.post("/conversations", json={"title": TITLE})).json()["id"]
    written = await companion.post(f"/conversations/{conversation}/messages", json={"content": NOTE})
    succeeded(written, await companion.post("/memory", json={"text": NOTE, "id": conversation}))
    return UUID(conversation), UUID(written.json()["reply"]["id"])


@pytest.fixture
async def stage(services: Services, database: Clone, client_for: ClientFactory) -> Stage:
    """A person who has used every function."""
    entry, deed = uuid4(), uuid4()
    checkin = client_for()
    owner = checkin.person
    account = client_for("account", owner)
    database.rows("INSERT INTO auth.sessions (id, user_id) VALUES (%s, %s) RETURNING id", entry, owner)
    succeeded(
        await account.patch("/profile", json={"display_name": NAME}),
        await account.put("/safety-plan", json=SAFETY_PLAN),
        await account.put("/consents/ai", json={"granted": True, "version": versions()["ai"].isoformat()}),
    )
    page, export = await keep_diary(checkin, entry)
    saved = await save_items(client_for("recommend", owner), deed)
    plan_id, activity_id, plans = await make_plans(client_for("plan", owner), entry)
    inbox = await receive_messages(client_for("notify", owner), database)
    measure = await measure_sleep(client_for("insights", owner))
    conversation, reply = await talk(client_for("companion", owner))
    add_receipt(database, owner)
    avatar = UUID((await send_form(account, PNG)).json()["id"])
    attachment = await attach(services, account, PNG)
    await render(database, account)
    insight, archive = add_insight(database, owner), (await account.get("/export")).content
    things = Things(
        entry, page, export, deed, saved, inbox, plan_id, activity_id, plans, insight, archive, conversation, reply,
        avatar, attachment, measure,
    )  # fmt: skip
    return Stage(database, client_for, owner, things)


async def ask(client: Client, route: Route, things: Things) -> httpx.Response:
    named = {
        "activity_id": things.activity,
        "key": things.plan,
        "content_id": ITEM,
        "purpose": "insights",
        "article": "reminders",
    }
    named["message_id"] = things.reply
    owned = {"plan": things.plan, "recommend": ITEM, "insights": things.insight, "companion": things.conversation}
    by_path = {"/avatar": things.avatar, "/attachments": things.attachment, "/measures": things.measure}
    of_path = [id_ for path, id_ in by_path.items() if route.operation.path.startswith(path)]
    named["id"] = of_path[0] if of_path else owned.get(route.function, things.entry)
    path = re.sub(r"{(\w+):\w+}", lambda match: str(named.get(match[1], things.entry)), route.operation.path)
    return await client.request(route.method, path, **ASKS[str(route)](things))


def essence(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """The parts of a response that a caller can compare."""
    request_id = answer.headers["X-Request-Id"]
    changing = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in changing]
    return answer.status_code, answer.text.replace(request_id, ""), headers


def unsaid(answer: httpx.Response) -> bool:
    return not any(canary in answer.text or canary in str(answer.headers) for canary in CANARIES)


def test_every_route_of_every_function_is_asked() -> None:
    """A new route without a request here fails this test."""
    assert {str(route) for route in ROUTES} == ASKS.keys()
    assert APPS.keys() == {*registry().http}


def test_a_route_with_an_id_is_asked_for_a_foreign_one() -> None:
    """A route with an id must not reveal to others that it exists."""
    assert {str(route) for route in ROUTES if "{" in route.operation.path} <= NAMING | OF_THE_CATALOGUE | OF_THE_BEARER


@pytest.mark.parametrize("route", PRIVATE, ids=str)
async def test_a_route_serves_its_owner_alone(stage: Stage, route: Route) -> None:
    """The owner is served. Other callers learn and change nothing."""
    before = stage.owned()
    assert sum(len(rows) for _, rows in before) >= 6
    for kind in ("nobody", "expired", "stranger", "anonymous", "admin"):
        answer = await ask(stage.caller(kind, route), route, stage.things)

        assert unsaid(answer), kind
        assert answer.status_code < 500
        assert (answer.status_code == 401) == (kind in {"nobody", "expired"}), kind
        assert "Idempotency-Replayed" not in answer.headers
        assert answer.status_code != 410
    assert stage.owned() == before

    by_admins = isinstance(route.operation, PersonOperation) and route.operation.admin
    served = await ask(stage.caller("owner", route), route, stage.things)
    refusal = 403 if by_admins else REFUSALS.get(str(route))
    assert served.is_success or served.status_code == refusal


@pytest.mark.parametrize("kind", ["stranger", "anonymous", "admin"])
@pytest.mark.parametrize("route", [route for route in PRIVATE if str(route) in NAMING], ids=str)
async def test_data_of_another_person_looks_absent(stage: Stage, route: Route, kind: str) -> None:
    """Status, body and headers equal those for an id that does not exist."""
    stranger = stage.caller(kind, route)
    never = base64.urlsafe_b64encode(b"never a cursor of ours").decode()
    absent = Things(
        uuid4(), never, b"", uuid4(), never, never, uuid4(), uuid4(), never, uuid4(), b"", *(uuid4() for _ in range(4))
    )

    foreign = await ask(stranger, route, stage.things)
    missing = await ask(stranger, route, absent)

    assert essence(foreign) == essence(missing)
    by_admins = isinstance(route.operation, PersonOperation) and route.operation.admin
    assert foreign.status_code in ({403, 404} if by_admins else {404, 422})


async def unlock(_: Call) -> Response:
    """A route for admins."""
    return Response("unlocked")


@pytest.mark.parametrize("kind", ["nobody", "expired", "stranger", "anonymous", "owner", "admin"])
async def test_a_route_for_admins_is_closed_to_others(stage: Stage, kind: str) -> None:
    """403 for everyone who is not an admin by their token, and 401 without sign-in."""
    api = Api("vault", Operation("POST", "/", unlock, {200: "text/plain"}, admin=True))
    [some_route] = [route for route in PRIVATE if str(route) == "checkin GET /streak"]
    headers = stage.caller(kind, some_route).headers
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(api), base_url="http://vault", headers=headers
    ) as client:
        answer = await client.post("/")

    expected = {"nobody": 401, "expired": 401, "admin": 200}.get(kind, 403)
    assert (answer.status_code, answer.text == "unlocked") == (expected, kind == "admin")


@pytest.mark.parametrize("route", PUBLIC, ids=str)
async def test_a_public_route_knows_nobody(stage: Stage, route: Route) -> None:
    """The response is the same with and without any token, and has no personal data."""
    before = stage.owned()
    answers = [
        await ask(stage.caller(kind, route), route, stage.things)
        for kind in ("nobody", "expired", "stranger", "anonymous", "admin", "owner")
    ]

    assert all(unsaid(answer) for answer in answers)
    assert len({(answer.status_code, essence(answer)[1]) for answer in answers}) == 1
    assert stage.owned() == before


async def test_the_relay_is_for_the_database_alone(stage: Stage) -> None:
    """Only the secret is accepted; tokens of people and admins are not."""
    [route] = [route for route in PUBLIC if str(route) == "relay POST /"]
    refused = [
        (await ask(stage.caller(kind, route), route, stage.things)).status_code
        for kind in ("nobody", "stranger", "admin")
    ]
    woken = await stage.caller("nobody", route).post("/", headers={"Authorization": f"Bearer {SECRET}"})

    assert (refused, woken.status_code) == ([401, 401, 401], 200)


@pytest.mark.parametrize(
    "claims",
    [
        {"user_metadata": {"role": "admin"}},
        {"app_metadata": {"roles": ["admin"]}},
        {"app_metadata": {"role": ["admin"]}},
        {"app_metadata": {"role": "Admin"}},
        {"app_metadata": "admin"},
        {"is_admin": True},
    ],
    ids=str,
)
async def test_only_the_issuers_own_word_makes_an_admin(client_for: ClientFactory, claims: dict[str, Any]) -> None:
    """People can write their own `user_metadata`, and similar claims do not count."""
    token = client_for(**claims).headers["Authorization"]

    assert not (await current_services().authenticator.person(token)).is_admin
