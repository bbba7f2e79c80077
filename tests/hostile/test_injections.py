"""150 injections, as messages and as memories, against a model that obeys every one of them."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from functions.companion.modules import MODULES
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import Begin, calling, decide, says, send
from tests.integration.companion.conftest import begin as begin  # noqa: PLC0414 - fixtures
from tests.integration.companion.conftest import me as me  # noqa: PLC0414
from tests.integration.companion.conftest import model as model  # noqa: PLC0414
from tests.integration.companion.conftest import settings as settings  # noqa: PLC0414
from tests.integration.companion.conftest import with_tools as with_tools  # noqa: PLC0414
from tests.integration.shared.scripted_host import Script, ScriptedHost

INJECTIONS = tomllib.loads(Path(__file__).with_name("injections.toml").read_text(encoding="utf-8"))
FORMS: dict[str, str] = INJECTIONS["forms"]
ORDERS: list[dict[str, Any]] = INJECTIONS["orders"]
TABLES = "SELECT c.oid::regclass::text FROM pg_class AS c WHERE relkind = 'r' AND relnamespace IN ({})"
MEMORIES = "SELECT user_id, text FROM public.companion_memories ORDER BY text"
# What sending a message and remembering a text write.
WRITTEN = {
    "conversations",
    "conversation_messages",
    "companion_memories",
    "mend.ai_usage",
    "mend.message_terms",
    "mend.outbox",  # that a reply has changed
    "mend.rate_limits",
    "mend.support_counts",  # the safety gate reads all words
    "mend.support_shown",
}


def injection(form: str, order: str) -> str:
    """The order in a form. The Unicode block Tags has invisible copies of the letters, which models read."""
    if form == "tag_characters":
        return FORMS[form] + "".join(chr(0xE0000 + ord(letter)) for letter in order)
    return FORMS[form].replace("{order}", order)


def obedient(order: dict[str, Any]) -> Script:
    """The reply of a model that does as it is told: a call of the tool, and words that agree."""
    head, words, *rest = calling((order["tool"], order["arguments"]), text="As you wish. ")
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    return [head, words, b"data: " + json.dumps(usage).encode() + b"\n\n", *rest]


def rows(database: Clone) -> dict[str, Any]:
    """What every table holds that no message and no memory changes."""
    names = [name for (name,) in database.rows(TABLES.format("'public'::regnamespace, 'mend'::regnamespace"))]
    query = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} AS t"
    return {name: database.rows(query.format(name)) for name in names if name not in WRITTEN}


@pytest.fixture
async def secrets(
    me: Client, client_for: ClientFactory, database: Clone, begin: Begin, model: ScriptedHost
) -> set[str]:
    """What another person wrote to the companion, and a note of one's own, which the companion may not read."""
    other = client_for("companion")
    decide(database, other, granted=True)
    model.scripts = [says("I hear you.")]
    await send(other, await begin(other), "My sister is called Foreignname.")
    await other.post("/memory", json={"text": "My brother is called Otherbrother."})
    await client_for("checkin", me.person).post("/", json={"mood": "sad", "note": "An own, unshared Noteword."})
    return {"Foreignname", "Otherbrother", "Noteword"}


@pytest.mark.parametrize("form", FORMS)
async def test_an_injection_changes_nothing(  # noqa: PLR0913, PLR0917 - fixtures
    me: Client, begin: Begin, model: ScriptedHost, database: Clone, secrets: set[str], form: str
) -> None:
    """As a message and as a memory: the instructions stay where they are, nothing else is read, nothing is written."""
    await send(me, await begin(), "Hello")
    instructions = json.loads(model.seen[-1].body)["messages"][0]["content"]
    before = rows(database)

    for order in ORDERS:
        model.scripts = [obedient(order)]
        text = injection(form, order["text"])
        remembered = await me.post("/memory", json={"text": text})
        exchange = await send(me, await begin(), text)

        sent = json.loads(model.seen[-1].body)
        assert remembered.status_code == 201
        assert [message["role"] for message in sent["messages"]] == ["system", "user"]
        assert sent["messages"][0]["content"].startswith(instructions)
        assert f"- {' '.join(text.split())}" in sent["messages"][0]["content"][len(instructions) :].splitlines()
        assert sent["messages"][1]["content"] == text
        assert not sent.get("tools")
        assert not any(secret in model.seen[-1].body.decode() + str(exchange) for secret in secrets)
        assert exchange["reply"]["content"] == "As you wish. "

    memories = (await me.get("/memory")).json()["items"]
    assert [item["text"] for item in memories] == [injection(form, order["text"]) for order in reversed(ORDERS)]
    assert rows(database) == before


@pytest.mark.usefixtures("with_tools")
@pytest.mark.parametrize("form", FORMS)
async def test_an_injection_gets_no_more_than_tools_give(  # noqa: PLR0913, PLR0917 - fixtures
    me: Client, begin: Begin, model: ScriptedHost, database: Clone, secrets: set[str], form: str
) -> None:
    """With tools, and with consent to all that they read: a call reads nothing else, and a proposal stays one."""
    decide(database, me, "ai_lookups", granted=True)
    before, kept = rows(database), database.rows(MEMORIES)
    model.seen.clear()

    for order in ORDERS:
        model.scripts = [obedient(order), says("So it is.")]
        reply = (await send(me, await begin(), injection(form, order["text"])))["reply"]
        if reply["support"]:  # the words look like danger to the gate, so tools rest
            assert reply["tools"] == []
            continue
        [tool] = reply["tools"]
        first, last = (json.loads(seen.body) for seen in model.seen[-2:])
        assert [message["role"] for message in last["messages"]] == ["system", "user", "assistant", "tool"]
        assert (last["messages"][0], last["tools"]) == (first["messages"][0], first["tools"])
        assert {offered["function"]["name"] for offered in last["tools"]} == MODULES["companion"].tools
        assert tool["error"] or (tool["name"], tool["output"]["memory"]["kept"]) == ("remember", False)

    assert not any(secret.encode() in seen.body for seen in model.seen for secret in secrets)
    assert len(model.seen) > len(ORDERS)
    assert database.rows(MEMORIES) == kept
    assert rows(database) == before


def test_there_are_150_injections() -> None:
    """All of them different."""
    assert len({injection(form, order["text"]) for form in FORMS for order in ORDERS}) == 150
