"""Summaries of older messages, which stand in for them when they no longer fit."""

import asyncio
import itertools
import json
from typing import Any

import pytest

from functions.companion import replies
from functions.companion.summaries.writer import LONGEST
from shared.ai import anthropic_messages
from shared.ai.models import ModelLimits, model_limits
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import HEAD, Begin, decide, events_in, piece, says, send
from tests.integration.companion.test_memory import receipt_of
from tests.integration.shared.ai.recorded_replies import RECORDED
from tests.integration.shared.scripted_host import Script, ScriptedHost, whole

LONG = (
    "I walked along the river and thought about my work. " * 44
)  # two fit, and take more than three quarters of the room for messages
SUMMARY = "The person walked along the river. They thought about their work."
HEARD = says("I hear you.")
BLOCKS = "SELECT until_position, messages, text FROM public.conversation_summaries ORDER BY until_position"


async def settled() -> None:
    """Wait for what follows the replies."""
    while replies.tasks:
        await asyncio.gather(*replies.tasks)


async def talk(client: Client, path: str, *contents: str) -> dict[str, Any]:
    """Send messages, one after another. Returns the last exchange."""
    exchange: dict[str, Any] = {}
    for content in contents:
        exchange = await send(client, path, content)
        await settled()
    return exchange


def sent(model: ScriptedHost, index: int = -1) -> list[str]:
    """The texts of a request, the instructions first."""
    return [message["content"] for message in json.loads(model.seen[index].body)["messages"]]


async def summaries_of(client: Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(path.replace("/messages", "/summaries"))).json()["items"]
    return items


async def test_older_messages_are_summarised_before_they_no_longer_fit(
    me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """The next reply gets the summary in place of them, as data in a message. The person reads the same summary."""
    model.scripts = [HEARD, HEARD, says(SUMMARY), HEARD]
    path = await begin()
    await talk(me, path, LONG, LONG)

    exchange = await talk(me, path, "And you?")

    [summary] = await summaries_of(me, path)
    receipt = await receipt_of(me, path, exchange)
    instructions, first, *rest = sent(model)
    assert (summary["text"], summary["messages"]) == (SUMMARY, 2)
    assert json.loads(first)["summaries"] == [SUMMARY]
    assert SUMMARY not in instructions
    assert rest == [LONG, "I hear you.", "And you?"]
    assert receipt["summaries"] == [summary["id"]]
    assert [receipt[f"messages_{kind}"] for kind in ("kept", "summarised", "cut")] == [3, 2, 2]
    assert receipt["notices"] == ["summarised"]


async def test_what_was_cut_at_once_is_summarised_for_the_next_reply(
    me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """The reply itself says that it does not know it."""
    model.scripts = [HEARD, HEARD, says(SUMMARY), HEARD]
    path = await begin()

    cut = await talk(me, path, LONG, LONG * 2)
    after = await talk(me, path, "And you?")

    assert (await receipt_of(me, path, cut))["notices"] == ["cut"]
    assert (await receipt_of(me, path, after))["notices"] == ["summarised"]
    assert next(item["text"] for item in await summaries_of(me, path)) == SUMMARY


async def test_a_request_begins_like_the_one_before_until_a_block_is_cut(
    me: Client, begin: Begin, model: ScriptedHost
) -> None:
    """So a provider can reuse what it has computed. What is cut is cut in blocks, which are far apart."""
    path = await begin()
    for number in range(16):
        model.scripts = [says(f"I hear you, {number}."), says(SUMMARY)]
        await talk(me, path, f"{number}: " + "a quiet day at work with tea. " * 16)

    requests = [
        messages for index in range(len(model.seen)) if (messages := sent(model, index))[0].startswith("You are")
    ]
    alike = sum(later[: len(earlier)] == earlier for earlier, later in itertools.pairwise(requests))
    assert len(requests) == 16
    assert 15 > alike >= 11


@pytest.mark.parametrize(
    "answer",
    [
        says("You should take twice as many tablets."),
        says("The person wants to kill themselves. I want to kill myself."),
        says(""),
        [HEAD, "close"],
        whole(503),
    ],
)
async def test_what_does_not_pass_the_gates_is_no_summary(
    me: Client, begin: Begin, model: ScriptedHost, answer: Script
) -> None:
    """Nor is what never came. The messages are cut as they are without a model that summarises."""
    model.scripts = [HEARD, HEARD, answer]
    path = await begin()
    await talk(me, path, LONG, LONG)
    model.scripts = [HEARD]

    exchange = await send(me, path, LONG)

    assert await summaries_of(me, path) == []
    assert exchange["reply"]["status"] == "done"
    assert not any(text.startswith('{"note"') for text in sent(model))


async def test_a_sentence_that_must_not_be_said_is_left_out(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The rest of the summary is kept."""
    model.scripts = [
        HEARD,
        HEARD,
        says("The person has a garden. You should stop taking your tablets. They like it."),
        HEARD,
    ]
    path = await begin()

    await talk(me, path, LONG, LONG)

    [summary] = await summaries_of(me, path)
    assert summary["text"] == "The person has a garden. They like it."


async def test_a_summary_is_never_longer_than_its_bound(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """However much a model writes, whole sentences of its beginning are kept."""
    model.scripts = [HEARD, HEARD, says("The person walked home. " * 500), HEARD]
    path = await begin()

    await talk(me, path, LONG, LONG)

    [summary] = await summaries_of(me, path)
    assert LONGEST - 40 < len(summary["text"].encode()) <= LONGEST
    assert summary["text"].endswith("walked home.")


async def test_summaries_do_not_grow_without_end(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """When there are four, the oldest two become one."""
    path = await begin()
    for number in range(9):
        model.scripts = [HEARD, says(f"The person told part {number}."), says("The person told the beginning.")]
        await talk(me, path, LONG)

    items = await summaries_of(me, path)
    assert len(items) == 3
    assert items[0]["text"] == "The person told the beginning."
    assert sum(item["messages"] for item in items) == 16
    assert len(database.rows(BLOCKS)) == 3


async def test_what_was_said_in_danger_is_not_summarised(
    me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """Its block is left out, and is sent to no model again. In a care period nothing is summarised."""
    path = await begin()
    await talk(me, path, "I want to kill myself", LONG, LONG * 2)

    assert database.rows("SELECT text FROM public.conversation_summaries") == [("",)]
    assert model.seen
    assert all("shorten the older part" not in sent(model, index)[0] for index in range(len(model.seen)))


async def test_a_summary_needs_consent(me: Client, begin: Begin, model: ScriptedHost, database: Clone) -> None:
    """It may be withdrawn while the model writes: then nothing is stored."""
    model.scripts = [HEARD, HEARD, [HEAD, "stall"]]
    path = await begin()
    await talk(me, path, LONG)
    await send(me, path, LONG)
    async with asyncio.timeout(30):
        await model.stalling.wait()

    decide(database, me, granted=False)
    for task in [*replies.tasks]:
        task.cancel()
    await asyncio.gather(*replies.tasks, return_exceptions=True)

    assert database.rows(BLOCKS) == []


async def test_a_summary_counts_as_a_task_of_its_own(
    services: Services, me: Client, begin: Begin, model: ScriptedHost, database: Clone
) -> None:
    """With the limit of a day to itself. When that is reached, messages are cut as they are."""
    model.scripts = [HEARD, HEARD, says(SUMMARY), HEARD]
    path = await begin()
    await talk(me, path, LONG, LONG)
    before = {day["task"]: day for day in (await me.get("/usage")).json()["days"]}
    environ = {**services.settings.environ, "AI_DAILY_TOKENS": str(before["summary"]["input_tokens"])}
    vars(services)["settings"] = services.settings.model_copy(update={"environ": environ})
    with database.admin() as conn:
        conn.execute("DELETE FROM mend.ai_usage WHERE task = 'chat'")
    requests = len(model.seen)

    await talk(me, path, LONG)

    assert {task: day["replies"] for task, day in before.items()} == {"chat": 2, "summary": 1}
    assert len(model.seen) == requests + 1
    assert [item["text"] for item in await summaries_of(me, path)] == [SUMMARY]


async def test_a_summary_goes_with_its_messages(me: Client, begin: Begin, model: ScriptedHost, database: Clone) -> None:
    """One that tells of a replaced message is forgotten. All of them are deleted with the conversation."""
    model.scripts = [HEARD, HEARD, says(SUMMARY), HEARD]
    path = await begin()
    await talk(me, path, LONG, LONG)
    with database.admin() as conn:
        conn.execute("UPDATE public.conversation_messages SET replaced_at = now(), parts = '{}' WHERE position = 2")
    replaced = database.rows("SELECT text FROM public.conversation_summaries")

    await me.delete(path.removesuffix("/messages"))

    assert replaced == [(None,)]
    assert database.rows(BLOCKS) == []


async def test_a_summary_of_somebody_else_is_not_found(
    me: Client, begin: Begin, model: ScriptedHost, client_for: ClientFactory
) -> None:
    """It belongs to the conversation."""
    path = await begin()

    foreign = await client_for("companion").get(path.replace("/messages", "/summaries"))

    assert foreign.status_code == 404


async def test_the_notice_tells_of_the_summary(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """The person reads that the reply knows older messages by a summary alone."""
    model.scripts = [HEARD, HEARD, says(SUMMARY), HEARD]
    path = await begin()
    await talk(me, path, LONG, LONG)

    response = await me.post(path, json={"content": "Hello"}, headers={"Accept": "text/event-stream"})

    notices = [data["data"]["text"] for _, name, data in events_in(response.text) if name == "notice"]
    assert notices == ["Older messages of this conversation no longer fit: the reply knows a summary of them."]


def counted_as(tokens: int, text: str = "I hear you.") -> Script:
    """A reply whose provider counts what it has read."""
    usage = {"choices": [], "usage": {"prompt_tokens": tokens, "completion_tokens": 7}}
    event = b"data: " + json.dumps(usage).encode() + b"\n\n"
    return [HEAD, piece(text), piece("", "stop"), event, b"data: [DONE]\n\n", "close"]


async def test_what_a_provider_has_counted_makes_room(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """Most texts have fewer tokens than bytes, so more messages fit than the bytes would tell."""
    model.scripts = [counted_as(900), counted_as(1400), counted_as(1900), counted_as(2400)]
    path = await begin()

    exchange = await talk(me, path, LONG, LONG, LONG, LONG)

    receipt = await receipt_of(me, path, exchange)
    assert (receipt["messages_kept"], receipt["messages_cut"], receipt["input_tokens"]) == (7, 0, 2400)
    assert receipt["input_bound"] > 4 * len(LONG)
    assert len(model.seen) == 4


async def test_a_provider_that_counts_is_asked_before_anything_is_cut(  # noqa: PLR0913, PLR0917 - fixtures
    services: Services,
    me: Client,
    begin: Begin,
    model: ScriptedHost,
    database: Clone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only if the estimate does not fit. If the provider does not answer, the estimate holds."""
    monkeypatch.setattr(anthropic_messages, "BASE_URL", model.url)
    monkeypatch.setitem(model_limits(), "anthropic/test", ModelLimits(input_tokens=7_000, output_tokens=800))
    environ = {**services.settings.environ, "AI_CHAT_MODELS": "anthropic/test", "ANTHROPIC_API_KEY": "key"}
    vars(services)["settings"] = services.settings.model_copy(update={"environ": environ})
    [text] = (one.body for one in RECORDED if (one.provider, one.case) == ("anthropic", "text"))
    written: Script = [HEAD + text, "close"]
    count = whole(200, b'{"input_tokens": 2000}')
    model.scripts = [written, count, written, whole(500), written]
    path, receipts = await begin(), []

    for content in (LONG, LONG * 2, LONG * 2):
        exchange = await send(me, path, content)
        receipts.append(await receipt_of(me, path, exchange))
        with database.admin() as conn:  # the next reply knows no count
            conn.execute("UPDATE public.conversation_messages SET receipt = receipt - 'input_bound'")
        await settled()

    lines = [seen.line.split()[1] for seen in model.seen]
    assert lines == ["/v1/messages", *["/v1/messages/count_tokens", "/v1/messages"] * 2, "/v1/messages"]
    assert [(receipt["messages_kept"], receipt["messages_cut"]) for receipt in receipts] == [(1, 0), (3, 0), (1, 4)]
