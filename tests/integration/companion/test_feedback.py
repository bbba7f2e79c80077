"""What people think of replies, and what operators are told of it."""

from uuid import uuid4

import pytest

from infra import reply_ratings
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import Begin, decide, send
from tests.integration.shared.scripted_host import ScriptedHost

REASON = "It asked what I had just told."
RATED = """
    INSERT INTO public.conversation_messages
        (user_id, id, conversation_id, position, role, parts, status, created_at, receipt, rating)
    SELECT user_id, gen_random_uuid(), id, i, 'assistant', '{}', 'done', now(), %s, %s
    FROM public.conversations, generate_series(10, 9 + %s) AS i WHERE user_id = %s
"""


async def feedback(client: Client, path: str) -> object:
    """What the list of messages has beside the latest one."""
    return (await client.get(path)).json()["items"][0]["feedback"]


async def test_a_reply_is_rated_with_a_reason(me: Client, begin: Begin) -> None:
    """Both are in the list of messages. The latest word counts."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]

    first = await me.post(f"{path}/{reply}/feedback", json={"rating": "up"})
    before = await feedback(me, path)
    second = await me.post(f"{path}/{reply}/feedback", json={"rating": "down", "reason": REASON})

    assert [answer.status_code for answer in (first, second)] == [204, 204]
    assert before == {"rating": "up", "reason": None}
    assert await feedback(me, path) == {"rating": "down", "reason": REASON}


async def test_feedback_is_withdrawn(me: Client, begin: Begin, database: Clone) -> None:
    """As often as one likes, also without consent. Nothing of it is kept."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]
    await me.post(f"{path}/{reply}/feedback", json={"rating": "down", "reason": REASON})
    decide(database, me, granted=False)

    answers = [await me.delete(f"{path}/{reply}/feedback") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert await feedback(me, path) is None


@pytest.mark.parametrize(
    "body",
    [
        {"rating": "sideways"},
        {"reason": REASON},
        {"rating": "up", "reason": ""},
        {"rating": "up", "reason": "\x07\u200b"},
        {"rating": "up", "reason": "x" * 1_001},
        {"rating": "up", "stars": 5},
    ],
)
async def test_what_is_no_feedback_is_refused(me: Client, begin: Begin, body: dict[str, object]) -> None:
    """Another rating, none, or a reason that is empty, unreadable or too long."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]

    answer = await me.post(f"{path}/{reply}/feedback", json=body)

    assert answer.status_code == 422
    assert await feedback(me, path) is None


async def test_only_a_reply_of_ones_own_is_rated(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """A message of the person is no reply, and those of others do not exist."""
    path = await begin()
    exchange = await send(me, path, "Hello")
    other = client_for("companion")
    decide(database, other, granted=True)
    body = {"rating": "up"}

    answers = [
        await me.post(f"{path}/{exchange['message']['id']}/feedback", json=body),
        await me.post(f"{path}/{uuid4()}/feedback", json=body),
        await other.post(f"{path}/{exchange['reply']['id']}/feedback", json=body),
        await other.post(f"{await begin(other)}/{exchange['reply']['id']}/feedback", json=body),
        await other.delete(f"{path}/{exchange['reply']['id']}/feedback"),
    ]

    assert [answer.status_code for answer in answers] == [409, 404, 404, 404, 404]
    assert await feedback(me, path) is None


async def test_without_consent_nothing_is_rated(me: Client, begin: Begin, database: Clone) -> None:
    """A reason is words about a conversation."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]
    decide(database, me, granted=False)

    answer = await me.post(f"{path}/{reply}/feedback", json={"rating": "up"})

    assert (answer.status_code, answer.json()["code"]) == (403, "consent_needed")


async def test_danger_in_a_reason_has_support(me: Client, begin: Begin) -> None:
    """The gate reads it as it reads all words."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]

    answer = await me.post(f"{path}/{reply}/feedback", json={"rating": "down", "reason": "I want to kill myself"})

    assert answer.json()["support"]["lines"]


async def test_a_replaced_reply_keeps_its_thumb_alone(me: Client, begin: Begin, database: Clone) -> None:
    """The reason is gone with the words that it was about. The thumb can still be withdrawn."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]
    await me.post(f"{path}/{reply}/feedback", json={"rating": "down", "reason": REASON})

    await me.post(f"{path}/{reply}/regenerate", json={})

    rated = "SELECT rating, rating_reason FROM public.conversation_messages WHERE id = %s"
    assert await feedback(me, path) is None
    assert database.rows(rated, reply) == [("down", None)]
    assert (await me.delete(f"{path}/{reply}/feedback")).status_code == 204
    assert database.rows(rated, reply) == [(None, None)]


async def test_no_model_reads_a_reason(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """It is no part of the conversation."""
    path = await begin()
    reply = (await send(me, path, "Hello"))["reply"]["id"]
    await me.post(f"{path}/{reply}/feedback", json={"rating": "down", "reason": REASON})

    await send(me, path, "And then")

    assert REASON.encode() not in model.seen[1].body


async def test_operators_are_told_of_no_small_group(client_for: ClientFactory, begin: Begin, database: Clone) -> None:
    """People are counted, by model and version of each prompt. One who rates often counts once."""
    receipt = (
        '{"model": "compatible/test", "prompts":'
        ' [{"name": "companion", "version": "abc"}, {"name": "memory", "version": "def"}]}'
    )
    for number in range(10):
        client = client_for("companion")
        decide(database, client, granted=True)
        await begin(client)
        with database.admin() as conn:
            conn.execute(RATED, (receipt, "up", 1, client.person))
            if number == 0:
                conn.execute("UPDATE public.conversation_messages SET position = 5 WHERE position = 10")
                conn.execute(RATED, (receipt, "down", 30, client.person))

    assert reply_ratings.report(database.dsn("postgres")) == [
        "model,prompt,version,up,down",
        "compatible/test,companion,abc,10,<10",
        "compatible/test,memory,def,10,<10",
    ]


async def test_ratings_of_a_script_are_counted_as_such(me: Client, begin: Begin, database: Clone) -> None:
    """Its prompt is the guide or the answers to danger, with their version."""
    path = await begin()
    reply = (await send(me, path, "I want to kill myself"))["reply"]["id"]
    await me.post(f"{path}/{reply}/feedback", json={"rating": "up"})

    [_, line] = reply_ratings.report(database.dsn("postgres"))

    assert line.startswith("script,danger,20")
    assert line.endswith(",<10,0")
