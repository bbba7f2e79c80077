"""The functions as the framework serves them, and two people with data."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from psycopg import sql
from pydantic import SecretStr

from functions.account.erasure.queries import begin_erasure
from functions.account.erasure.steps import issue_receipt
from functions.notify import unsubscribe_links
from shared.clock import utc_now
from shared.http.operations import PersonOperation
from shared.services import Services
from shared.settings import Settings
from tests.conftest import LATE_REMINDERS, Client, ClientFactory, Clone, Issuer, sign_up
from tests.hostile.routes import DATE, SEEDED, Route, served
from tests.hostile.wire import Header, RawRequest, Reply, send
from tests.integration.account.avatars import attach, render, send_form
from tests.integration.account.plans import NOTHING
from tests.integration.companion.receipts import add_receipt
from tests.sample_files import PNG

# Ended, so that another one can start.
EXPERIMENT = """
    INSERT INTO public.experiments (user_id, id, factor, days, first_day, remind_at, seed, power, status, created_at)
    VALUES (%s, %s, 'walk', 14, '2026-01-02', '09:00', '', 0.3, 'stopped', '2026-01-01T10:00Z')
"""
INSIGHT = """
    INSERT INTO public.insights
        (user_id, id, kind, about, names, outcome, lag, unit, effect, effect_sd, low, high, level, n_with, n_without,
         first_day, last_day, forgets_tags, method_version, status, found_at, estimated_at, expires_at)
    VALUES (%s, %s, 'factor', 'walk', '{walk}', 'valence', 0, 1, 1, 1, 0.5, 1.5, 0.95, 40, 60,
            '2026-01-02', '2026-06-30', false, '', 'new', '2026-07-01T10:00Z', '2026-07-01T10:00Z', '9999-01-01T10:00Z')
"""

# Somebody whom support may look at.
SUPPORTED = """
    WITH person AS (INSERT INTO auth.users (id) VALUES (%(person)s))
    INSERT INTO mend.access_log (user_id, occurred_at, actor, staff_id, action, reason, until)
    VALUES (%(person)s, %(now)s, 'staff', %(admin)s, 'access_opened', 'A question', %(now)s + interval '1 day')
"""

SESSION = "INSERT INTO auth.sessions (id, user_id) VALUES (%s, %s)"
CONSENTS = """
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    SELECT %s, purpose, true, valid_since, now() FROM mend.consent_purposes
"""

RELAY_SECRET = "only-the-database-knows"
ORIGIN = "https://app.mend.example"

TABLES = """
    SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname IN ('public', 'mend', 'local', 'auth') AND tablename <> 'rate_limits'
    ORDER BY 1, 2
"""


class Plan(NamedTuple):
    id: UUID
    to_finish: UUID
    to_swap: UUID
    calendar_key: UUID


class Conversation(NamedTuple):
    id: UUID  # also the id of a memory
    reply: UUID


@dataclass
class Stage:
    """Sends hostile requests and checks that they change nothing."""

    database: Clone
    person: UUID
    token: str
    entry: UUID  # also the id of an insight and of an experiment
    plan: Plan
    foreign_entry: UUID
    stranger_token: str
    admin_token: str
    link: str  # by which the person ends their mails
    archive: bytes
    newcomer_token: str  # of a person without data
    conversation: Conversation
    avatar: UUID
    attachment: UUID
    measure: UUID

    def auth(self, route: Route) -> Header:
        if not isinstance(route.operation, PersonOperation):
            return b"authorization", f"Bearer {RELAY_SECRET}".encode()
        if str(route) == "plan POST /":  # there can be but one, and this person has it
            return b"authorization", f"Bearer {self.stranger_token}".encode()
        if str(route) == "account POST /import":
            return b"authorization", f"Bearer {self.newcomer_token}".encode()
        return b"authorization", f"Bearer {self.admin_token if route.operation.admin else self.token}".encode()

    def path(self, route: Route) -> bytes:
        if route.function == "plan":
            activity = self.plan.to_swap if route.method == "POST" else self.plan.to_finish
            return route.path(self.plan.id, self.link, activity_id=activity, key=self.plan.calendar_key)
        owned = {"checkin": self.entry, "insights": self.entry, "companion": self.conversation.id}
        by_path = {"/avatar": self.avatar, "/attachments": self.attachment, "/measures": self.measure}
        of_path = [id_ for path, id_ in by_path.items() if route.operation.path.startswith(path)]
        id_ = of_path[0] if of_path else owned.get(route.function, SEEDED)
        return route.path(id_, self.link, message_id=self.conversation.reply)

    def request(
        self, route: Route, body: bytes | None = None, *more: Header, query: str | None = None, **odd: object
    ) -> RawRequest:
        """A valid request to the route, with some part replaced."""
        valid = self.archive if route.media_type == "application/zip" else route.content()
        content = valid if body is None else body
        media_type = [(b"content-type", route.content_type.encode())] if route.media_type else []
        conditional = isinstance(route.operation, PersonOperation) and route.operation.conditional
        condition = [(b"if-match", b"*")] if conditional else []
        replaced = {name for name, _ in more}
        headers = tuple(h for h in (self.auth(route), *media_type, *condition) if h[0] not in replaced) + more
        needed = (route.needed_query() if query is None else query).encode()
        parts = {"method": route.method, "path": self.path(route), "query": needed, "headers": headers}
        return RawRequest(**{**parts, "body": content, **odd})  # type: ignore[arg-type]

    async def send(self, route: Route, request: RawRequest) -> Reply:
        return await send(served(route.function), request)

    def checksum(self) -> list[tuple[object, ...]]:
        """A digest of all rows of all tables except the rate limits."""
        with self.database.admin() as conn:
            one = sql.SQL("SELECT {}, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} AS t")
            tables = conn.execute(TABLES).fetchall()
            sums = [one.format(sql.Literal(".".join(name)), sql.Identifier(*name)) for name in tables]
            return sorted(conn.execute(sql.SQL(" UNION ALL ").join(sums)).fetchall())


@pytest.fixture
def settings(database: Clone, issuer: Issuer) -> Settings:
    return Settings(
        database_url=SecretStr(database.dsn()),
        mend_home=issuer.folder,
        rate_limit_per_minute=1_000_000,
        environ={"RELAY_SECRET": RELAY_SECRET},
        cors_origins=(ORIGIN,),
    )


@pytest.fixture
async def stage(
    services: Services, settings: Settings, database: Clone, issuer: Issuer, client_for: ClientFactory
) -> Stage:
    person, stranger = sign_up(database), sign_up(database)
    mine, theirs = uuid4(), uuid4()
    for who, entry in ((person, mine), (stranger, theirs)):
        await _check_in(issuer.token(who), entry)
        with database.admin() as conn:
            for row in (INSIGHT, EXPERIMENT):
                conn.execute(row, (who, entry))
    await _safety_plan(issuer.token(person))
    with database.admin() as conn:
        conn.execute(SUPPORTED, {"person": SEEDED, "admin": person, "now": utc_now()})
        conn.execute(SESSION, (SEEDED, person))
        conn.execute(CONSENTS, (person,))
    account = client_for("account", person)
    avatar = UUID((await send_form(account, PNG)).json()["id"])
    attachment = await attach(services, account, PNG)
    await render(database, account)
    async with services.database.service() as conn:
        await begin_erasure(conn, sign_up(database), SEEDED, "requested", utc_now())
    await issue_receipt(services, SEEDED)
    return Stage(
        database,
        person,
        issuer.token(person),
        mine,
        await _plan(issuer.token(person)),
        theirs,
        issuer.token(stranger),
        issuer.token(person, app_metadata={"role": "admin"}),
        unsubscribe_links.sign(settings, person, "email", utc_now() + unsubscribe_links.LIFETIME).rpartition("/")[2],
        await _archive(issuer.token(person)),
        issuer.token(sign_up(database)),
        await _conversation(database, person, issuer.token(person)),
        avatar,
        attachment,
        await _measure(client_for("insights", person)),
    )


async def _archive(token: str) -> bytes:
    sign_in = (b"authorization", f"Bearer {token}".encode())
    reply = await send(served("account"), RawRequest("GET", b"/export", headers=(sign_in,)))
    assert reply.status == 200
    return reply.body


async def _check_in(token: str, entry: UUID) -> None:
    draft = {"mood": "calm", "intensity": 5, "note": "Nothing much", "id": str(entry)}
    await _posted("checkin", token, b"/", draft)


async def _measure(insights: Client) -> UUID:
    measured = await insights.post("/measures", json={"name": "Nothing much", "value": 1, "date": DATE})
    assert measured.status_code == 204
    return UUID((await insights.get("/measures")).json()["items"][0]["measure_id"])


async def _safety_plan(token: str) -> None:
    await _created("PUT", "account", token, b"/safety-plan", NOTHING | {"signs": ["Nothing much"]})


async def _plan(token: str) -> Plan:
    plan = await _posted("plan", token, b"/", {"current": "sad", "target": "calm", "reminders": LATE_REMINDERS})
    linked = await _posted("plan", token, f"/{plan['plan_id']}/calendar-link".encode())
    first, second, *_ = (UUID(each["activity_id"]) for each in plan["preview"]["days"][0]["activities"])
    return Plan(UUID(plan["plan_id"]), first, second, UUID(linked["url"].rpartition("/")[2].removesuffix(".ics")))


async def _conversation(database: Clone, person: UUID, token: str) -> Conversation:
    conversation = (await _posted("companion", token, b"/conversations", {}))["id"]
    path = f"/conversations/{conversation}/messages".encode()
    reply = (await _posted("companion", token, path, {"content": "Nothing much"}))["reply"]["id"]
    await _posted("companion", token, b"/memory", {"text": "Nothing much", "id": conversation})
    add_receipt(database, person)
    return Conversation(UUID(conversation), UUID(reply))


async def _posted(function: str, token: str, path: bytes, body: object = None) -> Any:  # noqa: ANN401 - any JSON
    return await _created("POST", function, token, path, body)


async def _created(method: str, function: str, token: str, path: bytes, body: object) -> Any:  # noqa: ANN401 - any JSON
    headers = ((b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json"))
    content = b"" if body is None else json.dumps(body).encode()
    reply = await send(served(function), RawRequest(method, path, headers=headers, body=content))
    assert reply.status == 201
    return reply.json
