"""What the companion remembers, the receipts of its replies, and the limit of a day."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from functions.companion.memory import routes
from functions.companion.prompts import PromptFault, prompts, read_prompts
from shared.locks import lock_key
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import HEAD, Begin, decide, events_in, piece, send
from tests.integration.shared.scripted_host import ScriptedHost

T = TypeVar("T")

SSE = {"Accept": "text/event-stream"}
FACT = "My sister is called Ada."
DANGER = "I want to kill myself"
TAKEN = "INSERT INTO public.companion_memories (user_id, id, text, created_at) VALUES (%s, %s, 'First', now())"
PROMPTS = ("system", "companion", "language")  # of a reply in the module companion
COUNTED = {
    "choices": [],
    "usage": {"prompt_tokens": 120, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 100}},
}


def counted(text: str) -> list[Any]:
    """A reply whose provider counts tokens."""
    usage = b"data: " + json.dumps(COUNTED).encode() + b"\n\n"
    return [HEAD, piece(text), piece("", "stop"), usage, b"data: [DONE]\n\n", "close"]


def system_of(model: ScriptedHost) -> str:
    """The instructions of the latest request."""
    return str(json.loads(model.seen[-1].body)["messages"][0]["content"])


async def receipt_of(client: Client, path: str, exchange: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"{path}/{exchange['reply']['id']}/receipt")
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def while_taken(database: Clone, client: Client, request: Coroutine[Any, Any, T]) -> T:
    """What a request returns that was sent while another one of the person was storing a memory."""
    with database.admin() as conn, conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key("memories", str(client.person)),))
        conn.execute(TAKEN, (client.person, uuid4()))
        waiting = asyncio.create_task(request)
        await asyncio.wait([waiting], timeout=0.5)
    return await waiting


async def test_what_is_remembered_is_sent_until_it_is_deleted(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """From the next reply on, the model knows it, or no longer does. The receipt names it."""
    path, seen = await begin(), []
    memory = (await me.post("/memory", json={"text": FACT})).json()["id"]
    remembered = await receipt_of(me, path, await send(me, path, "Hello"))
    seen.append(FACT in system_of(model))
    await me.patch(f"/memory/{memory}", json={"text": "My sister is called\nBo."})
    await send(me, path, "Hello")
    seen += [FACT in system_of(model), "My sister is called Bo." in system_of(model)]
    await me.delete(f"/memory/{memory}")
    forgotten = await receipt_of(me, path, await send(me, path, "Hello"))
    seen.append("sister" in system_of(model))

    assert seen == [True, False, True, False]
    assert (remembered["memories"], forgotten["memories"]) == ([memory], [])
    assert [prompt["name"] for prompt in remembered["prompts"]] == [*PROMPTS, "memory"]
    assert [prompt["name"] for prompt in forgotten["prompts"]] == [*PROMPTS]


async def test_instructions_begin_with_what_never_changes(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """So a provider can reuse what it has computed for it."""
    path = await begin()
    await send(me, path, "Hello")
    without = system_of(model)
    await me.post("/memory", json={"text": FACT})
    await send(me, path, "Hello")

    assert system_of(model).startswith(without)


async def test_memories_are_listed_newest_first(me: Client) -> None:
    """And one that is sent twice is there once: the repeat is answered with 200."""
    id_ = str(uuid4())
    sent = [{"text": "One", "id": id_}, {"text": "One", "id": id_}, {"text": "Two"}]
    statuses = [(await me.post("/memory", json=body)).status_code for body in sent]
    assert statuses == [201, 200, 201]

    page = (await me.get("/memory", params={"limit": 1})).json()
    rest = (await me.get("/memory", params={"cursor": page["next_cursor"]})).json()

    assert [item["text"] for item in page["items"] + rest["items"]] == ["Two", "One"]


async def test_danger_is_not_remembered(me: Client) -> None:
    """It is answered with support, and stored nowhere."""
    memory = (await me.post("/memory", json={"text": FACT})).json()["id"]

    answers = [
        await me.post("/memory", json={"text": DANGER}),
        await me.patch(f"/memory/{memory}", json={"text": DANGER}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "memory_of_danger")] * 2
    assert all(answer.json()["support"]["lines"] for answer in answers)
    assert [item["text"] for item in (await me.get("/memory")).json()["items"]] == [FACT]


async def test_memory_needs_consent_and_an_owner(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """Without consent it can still be read and deleted."""
    memory = (await me.post("/memory", json={"text": FACT})).json()["id"]
    other = client_for("companion")
    decide(database, other, granted=True)
    foreign = [await other.patch(f"/memory/{memory}", json={"text": "x"}), await other.delete(f"/memory/{memory}")]
    decide(database, me, granted=False)

    refused = await me.post("/memory", json={"text": "More"})

    assert [answer.status_code for answer in foreign] == [404, 404]
    assert refused.json()["code"] == "consent_needed"
    assert len((await me.get("/memory")).json()["items"]) == 1
    assert (await me.delete(f"/memory/{memory}")).status_code == 204


async def test_memory_has_an_end(me: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is sent with every reply."""
    monkeypatch.setattr(routes, "MAX_MEMORIES", 1)
    await me.post("/memory", json={"text": FACT})

    assert (await me.post("/memory", json={"text": "More"})).json()["code"] == "memory_full"


async def test_a_repeated_memory_is_known_when_there_is_no_more_room(
    me: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer may have been lost. Another text with the same id is refused, and the stored one stays."""
    monkeypatch.setattr(routes, "MAX_MEMORIES", 1)
    memory = {"id": str(uuid4()), "text": FACT}
    first = await me.post("/memory", json=memory)

    repeated = await me.post("/memory", json=memory)
    other = await me.post("/memory", json=memory | {"text": "More"})

    assert (repeated.status_code, repeated.json()) == (200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "memory_differs")
    assert [item["text"] for item in (await me.get("/memory")).json()["items"]] == [FACT]


async def test_the_last_place_is_taken_once(me: Client, monkeypatch: pytest.MonkeyPatch, database: Clone) -> None:
    """A request waits for whoever is just taking it, and then finds no room."""
    monkeypatch.setattr(routes, "MAX_MEMORIES", 1)

    late = await while_taken(database, me, me.post("/memory", json={"text": "Late"}))

    assert late.json()["code"] == "memory_full"


async def test_a_receipt_has_what_the_provider_counted(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """With the model and the versions of the prompts. The stream has it, too. The day is settled by it."""
    model.scripts = [counted("Hello.")]
    path = await begin()

    events = events_in((await me.post(path, json={"content": "Hello"}, headers=SSE)).text)

    receipt = next(data["data"] for _, name, data in events if name == "receipt")
    assert receipt == {
        "model": "compatible/test",
        "prompts": [{"name": name, "version": prompts()[name].version} for name in PROMPTS],
        "memories": [],
        "summaries": [],
        "pictures": [],
        "pictures_left_out": 0,
        "messages_kept": 1,
        "messages_summarised": 0,
        "messages_cut": 0,
        "input_tokens": 120,
        "input_bound": receipt["input_bound"],
        "output_tokens": 7,
        "cached_tokens": 100,
        "cost_micros": None,
        "estimated": False,
        "replaced": {},
        "tools": [],
        "articles": [],
        "notices": [],
    }
    assert receipt == (await me.get(f"{path}/{events[0][2]['messageId']}/receipt")).json()
    [day] = (await me.get("/usage")).json()["days"]
    assert (day["task"], day["replies"], day["input_tokens"], day["output_tokens"]) == ("chat", 1, 120, 7)


async def test_what_a_provider_does_not_count_is_estimated(me: Client, begin: Begin) -> None:
    """Never too low, and marked as an estimate."""
    path = await begin()

    receipt = await receipt_of(me, path, await send(me, path, "Hello"))

    [day] = (await me.get("/usage")).json()["days"]
    assert receipt["estimated"]
    assert (day["input_tokens"], day["output_tokens"]) == (receipt["input_tokens"], receipt["output_tokens"])
    assert receipt["input_tokens"] > 500  # the instructions alone


async def test_messages_that_do_not_fit_are_told(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The reply says that it does not know the older ones, and the receipt how many."""
    path = await begin()
    await send(me, path, "a" * 6000)

    events = events_in((await me.post(path, json={"content": "b" * 3000}, headers=SSE)).text)

    notices = [data["data"]["text"] for _, name, data in events if name == "notice"]
    receipt = next(data["data"] for _, name, data in events if name == "receipt")
    assert notices == ["Older messages of this conversation no longer fit: the reply does not know them."]
    assert (receipt["messages_kept"], receipt["messages_cut"]) == (1, 2)
    assert b"aaa" not in model.seen[1].body


async def test_the_limit_of_a_day_is_told_before_and_when_it_is_reached(
    services: Services, me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """Then nothing is stored or sent. Danger is answered all the same."""
    environ = {**services.settings.environ, "AI_DAILY_TOKENS": "100"}
    vars(services)["settings"] = services.settings.model_copy(update={"environ": environ})
    model.scripts = [counted("Hello.")]
    path = await begin()

    near = events_in((await me.post(path, json={"content": "Hello"}, headers=SSE)).text)
    refused = await me.post(path, json={"content": "More"})
    danger = events_in((await me.post(path, json={"content": DANGER}, headers=SSE)).text)

    assert ["nearly used up" in data["data"]["text"] for _, name, data in near if name == "notice"] == [True]
    assert (refused.status_code, refused.json()["code"]) == (429, "replies_used_up")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert any(name == "support" for _, name, _ in danger)
    assert len(model.seen) == 1
    assert (await me.get("/usage")).json()["daily_limit"] == 100


async def test_replies_at_the_same_time_share_the_limit(
    services: Services, me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """What was stored before the limit was reached is not sent to a model after it."""
    environ = {**services.settings.environ, "AI_DAILY_TOKENS": "100"}
    vars(services)["settings"] = services.settings.model_copy(update={"environ": environ})
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    first = asyncio.create_task(me.post(path, json={"content": "1"}, headers=SSE))
    await model.stalling.wait()
    reply = (await me.get(path)).json()["items"][0]["id"]

    refused = await me.post(await begin(), json={"content": "2"})

    assert refused.json()["code"] == "replies_used_up"
    await me.post(f"{path}/{reply}/cancel")
    async with asyncio.timeout(10):
        await first


async def test_a_message_that_waits_beyond_the_limit_is_told(
    services: Services, me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """Nothing is sent for it, and nothing is counted."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    first = asyncio.create_task(me.post(path, json={"content": "1"}, headers=SSE))
    await model.stalling.wait()
    second = asyncio.create_task(me.post(path, json={"content": "2"}, headers=SSE))
    while len((await me.get(path)).json()["items"]) < 5:  # noqa: ASYNC110 - it is in Postgres
        await asyncio.sleep(0)
    environ = {**services.settings.environ, "AI_DAILY_TOKENS": "100"}
    vars(services)["settings"] = services.settings.model_copy(update={"environ": environ})
    reply = (await me.get(path)).json()["items"][2]["id"]

    await me.post(f"{path}/{reply}/cancel")

    async with asyncio.timeout(10):
        await first
        events = events_in((await second).text)
    assert "used up" in events[-1][2]["errorText"]
    assert len(model.seen) == 1
    assert database.value("SELECT replies FROM mend.ai_usage") == 1


async def test_a_reply_of_ours_has_no_receipt(me: Client, begin: Begin) -> None:
    """No model made it."""
    path = await begin()
    exchange = await send(me, path, DANGER)

    answer = await me.get(f"{path}/{exchange['reply']['id']}/receipt")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_receipt")


async def test_a_withdrawal_stops_what_waits(me: Client, begin: Begin, model: ScriptedHost, database: Clone) -> None:
    """A message that was queued before it is not sent to a model."""
    model.scripts = [[HEAD, piece("One. Two"), "stall"]]
    path = await begin()
    first = asyncio.create_task(me.post(path, json={"content": "1"}, headers=SSE))
    await model.stalling.wait()
    second = asyncio.create_task(me.post(path, json={"content": "2"}, headers=SSE))
    while len((await me.get(path)).json()["items"]) < 5:  # noqa: ASYNC110 - it is in Postgres
        await asyncio.sleep(0)
    decide(database, me, granted=False)
    reply = (await me.get(path)).json()["items"][2]["id"]

    await me.post(f"{path}/{reply}/cancel")

    async with asyncio.timeout(10):
        await first
        events = events_in((await second).text)
    assert "withdrawn your consent" in events[-1][2]["errorText"]
    assert len(model.seen) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"companion": None},
        {"tutor": "You teach."},
        {"language": "Answer in a language."},
        {"language": "Answer in {language} or {other}."},
        {"memory": "{}"},
        {"memory": "{items"},
        {"system": "You are {name}."},
    ],
    ids=["a prompt is missing", "unknown", "a variable is unused", "unknown variable", "no name", "open", "none"],
)
def test_prompts_are_complete_or_refused(change: dict[str, str | None]) -> None:
    """A missing or unknown prompt, and a missing, unknown or unused variable, is found when they are read."""
    templates = {name: prompt.template for name, prompt in prompts().items()} | change

    with pytest.raises(PromptFault):
        read_prompts({name: text for name, text in templates.items() if text is not None})


@pytest.mark.parametrize(
    "variables", [{}, {"language": ["en"]}, {"language": "en", "name": "Ada"}, {"languages": "en"}]
)
def test_a_variable_has_its_type(variables: dict[str, str | list[str]]) -> None:
    """A prompt that is written with other variables than it has is never sent."""
    with pytest.raises(PromptFault):
        prompts()["language"].text(**variables)


def test_the_version_of_a_prompt_is_its_content() -> None:
    """It changes with each change of the text."""
    prompt = prompts()["system"]

    assert prompt.version == prompts()["system"].version != prompt._replace(template=prompt.template + " ").version
