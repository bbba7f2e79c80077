"""Lets the personas talk with the companion: the real function over HTTP, with a real Postgres and no network."""

import asyncio
from typing import Any, Literal, LiteralString, NamedTuple, TypeAlias, get_args

import httpx
import psycopg

from functions.account.consents.texts import versions
from functions.companion.main import app as companion
from infra.evaluate.companion.personas import Persona, Turn
from infra.evaluate.companion.scripted_server import scripted_model, serving
from infra.local import issuer
from shared.ids import new_id
from shared.services import Services, use
from shared.settings import Settings

System: TypeAlias = Literal["guide", "good", "harmful"]  # the scripted guide, or a model that replies behind our gates

SYSTEMS: tuple[System, ...] = get_args(System)
AT_ONCE = 4  # conversations
MINUTES = 60
PROFILE: LiteralString = """
    INSERT INTO public.user_profiles (user_id, locale, country, age_band)
    SELECT id, %(locale)s, %(country)s, %(age_band)s FROM auth.users WHERE email = %(email)s
"""
CONSENT: LiteralString = """
    INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
    SELECT id, 'ai', true, %(version)s, now() FROM auth.users WHERE email = %(email)s
"""


class Exchange(NamedTuple):
    turn: Turn
    reply: str
    status: str
    support: dict[str, Any] | None


class Transcript(NamedTuple):
    system: System
    persona: Persona
    opening: str  # the first message, which is the companion's
    exchanges: list[Exchange]


async def talk(settings: Settings, dsn: str, personas: list[Persona], system: System) -> list[Transcript]:
    """A conversation with each persona. `dsn` is that of the owner of the database."""
    limit = asyncio.Semaphore(AT_ONCE)
    async with serving(scripted_model("good" if system == "guide" else system)) as model:
        models = {} if system == "guide" else {"AI_CHAT_MODELS": "compatible/test", "AI_COMPATIBLE_URL": model}
        changes = {"environ": {**settings.environ, **models}, "rate_limit_per_minute": 100_000}
        services = Services(settings.model_copy(update=changes))
        use(services)

        async def one(persona: Persona) -> Transcript:
            async with limit, httpx.AsyncClient(base_url=url, timeout=60) as client:
                client.headers["Authorization"] = f"Bearer {_signed_in(settings, dsn, persona)}"
                return await _conversation(client, persona, system)

        try:
            async with serving(companion) as url:
                return await asyncio.gather(*map(one, personas))
        finally:
            await services.database.close()


def _signed_in(settings: Settings, dsn: str, persona: Persona) -> str:
    """The token of a new person who speaks as the persona does and has consented."""
    email = f"{new_id()}@example.org"
    token = issuer.sign_in(settings, dsn, email, admin=False, minutes=MINUTES)
    row = {"email": email, "locale": persona.language, "country": persona.country, "age_band": persona.age_band}
    with psycopg.connect(dsn) as conn:
        conn.execute(PROFILE, row)
        conn.execute(CONSENT, row | {"version": versions()["ai"]})
    return token


async def _conversation(client: httpx.AsyncClient, persona: Persona, system: System) -> Transcript:
    created = (await client.post("/conversations", json={})).raise_for_status().json()
    path = f"/conversations/{created['id']}/messages"
    opening = (await client.get(path)).raise_for_status().json()["items"][0]["content"]
    return Transcript(system, persona, opening, [await _exchange(client, path, turn) for turn in persona.turns])


async def _exchange(client: httpx.AsyncClient, path: str, turn: Turn) -> Exchange:
    response = await client.post(path, json={"content": turn.words})
    reply = response.raise_for_status().json()["reply"]
    text = " ".join(filter(None, [reply["content"], reply["notice"]]))
    return Exchange(turn, text, reply["status"], reply["support"])
