"""The search in one's own conversations."""

from typing import Any

import pytest

from functions.companion.search.queries import FIND, HEADLINE
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.companion.conftest import Begin, decide, says, send
from tests.integration.shared.scripted_host import ScriptedHost

TEN_YEARS = """
    INSERT INTO public.conversation_messages (user_id, id, conversation_id, position, role, parts, status, created_at)
    SELECT user_id, gen_random_uuid(), id, i, 'user', ARRAY['I want to walk by the river, number' || i], 'done',
           now() - interval '10 years' + i * interval '4 hours'
    FROM public.conversations, generate_series(2, 21900) AS i
"""


async def found(client: Client, words: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any parameter
    response = await client.get("/conversations", params={"q": words, **params})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("RAIN", 1),
        ("walks", 1),  # another form
        ("hard today", 1),  # a reply
        ("umbrella rain", 1),  # not all words are needed
        ("umbrella", 0),
        ("100%", 0),
        ("%", 0),
        ("the in", 0),  # they say nothing by themselves
        ("' | !(", 0),
        ("\ue000rain\ue001", 1),
    ],
)
async def test_a_search_finds_words_in_ones_own_messages(me: Client, begin: Begin, words: str, count: int) -> None:
    """In messages and replies, in upper or lower case and in other forms."""
    await send(me, await begin(), "A walk in the rain")
    await begin()

    assert len(await found(me, words)) == count


async def test_a_snippet_shows_where_the_word_stands(me: Client, begin: Begin) -> None:
    """With the text around it, as it was written, and the id of the message."""
    sent = await send(me, await begin(), "Yesterday evening I was walking by the river with my sister Ada")

    [item] = await found(me, "walk")

    snippet = item["snippet"]
    assert snippet["message_id"] == sent["message"]["id"]
    assert (snippet["before"], snippet["hit"]) == ("Yesterday evening I was ", "walking")
    assert snippet["after"].startswith(" by the river")


async def test_a_snippet_shows_what_stands_in_angle_brackets(me: Client, begin: Begin) -> None:
    """Nothing that the person wrote is taken for a tag. An app shows a snippet as text."""
    path = await begin()
    await send(me, path, "Hello")
    await send(me, path, "I wrote <script>alert(1)</script> today, and a < b > c")

    [item] = await found(me, "script")

    snippet = item["snippet"]
    assert snippet["hit"] == "script"
    assert "".join(snippet[part] for part in ("before", "hit", "after")).startswith(
        "I wrote <script>alert(1)</script> today"
    )


async def test_a_snippet_is_short(me: Client, begin: Begin) -> None:
    """However long a word or a message is."""
    await send(me, await begin(), f"{'x' * 4_000} river {'river ' * 900}")

    [item] = await found(me, "river")

    assert item["snippet"]["hit"] == "river"
    assert max(len(item["snippet"][side]) for side in ("before", "after")) <= 120


@pytest.mark.parametrize(
    ("locale", "message", "words", "hit"),
    [
        ("de-AT", "Ich bin heute lange im Wald spazieren gegangen", "Wälder", "Wald"),
        ("de-AT", "Die Spaziergänge im Wald haben mir gut getan", "Spaziergang", "Spaziergänge"),
        ("en", "Die Spaziergänge im Wald haben mir gut getan", "Spaziergang", "Spaziergänge"),
        ("de-AT", "I was walking in the woods with my dog", "walked", "walking"),
        ("fr", "Hier, promenade en forêt avec Chloé", "foret", ""),
        ("fr", "Hier, promenade en forêt avec Chloé", "promenade", "promenade"),
    ],
)
async def test_words_are_found_in_the_language_of_the_message(  # noqa: PLR0913, PLR0917 - one row of a table
    me: Client, client_for: ClientFactory, begin: Begin, locale: str, message: str, words: str, hit: str
) -> None:
    """By their stems in English and German, whatever the language of the profile. Without a stem, as they stand."""
    await client_for("account", me.person).patch("/profile", json={"locale": locale})
    await send(me, await begin(), message)

    assert [item["snippet"]["hit"] for item in await found(me, words)] == [hit]


async def test_rare_words_count_more(me: Client, begin: Begin) -> None:
    """A conversation with the rare word comes before those with the common one, though it is the oldest."""
    paths = [await begin() for _ in range(4)]
    await send(me, paths[0], "The garden of my aunt")
    for path in paths[1:]:
        await send(me, path, "The house of my aunt")

    items = await found(me, "garden house")

    assert [item["id"] for item in items] == [path.split("/")[2] for path in (paths[0], *paths[:0:-1])]


async def test_a_search_has_pages(me: Client, begin: Begin) -> None:
    """Each conversation is on one of them. The cursor of another search is refused."""
    for _ in range(3):
        await send(me, await begin(), "A walk in the rain")

    first = (await me.get("/conversations", params={"q": "rain", "limit": 2})).json()
    second = (await me.get("/conversations", params={"q": "rain", "limit": 2, "cursor": first["next_cursor"]})).json()
    other = await me.get("/conversations", params={"q": "walk", "limit": 2, "cursor": first["next_cursor"]})

    assert len({item["id"] for item in first["items"] + second["items"]}) == 3
    assert second["next_cursor"] is None
    assert other.status_code == 422


async def test_titles_are_found(me: Client, begin: Begin) -> None:
    """The latest one. The words that say what the companion is are in every conversation, so they find none."""
    path = await begin()
    await me.patch(path.removesuffix("/messages"), json={"title": "About money"})
    before = await found(me, "money")
    await me.patch(path.removesuffix("/messages"), json={"title": "About Ada"})

    assert [item["snippet"]["hit"] for item in before] == ["money"]
    assert await found(me, "money") == await found(me, "therapist") == []
    assert len(await found(me, "Ada")) == 1


async def test_what_is_gone_is_not_found(me: Client, begin: Begin, database: Clone) -> None:
    """Neither a message that was replaced nor a conversation that was deleted. No word of them is in the index."""
    path = await begin()
    old = (await send(me, path, "My sister Ada"))["message"]["id"]
    await send(me, path, "My brother", replaces=old)
    replaced = await found(me, "Ada")
    kept = await found(me, "brother")
    await me.delete(path.removesuffix("/messages"))

    assert (replaced, len(kept)) == ([], 1)
    assert await found(me, "brother") == []
    assert database.value("SELECT count(*) FROM mend.message_terms") == 0


async def test_words_of_another_person_are_not_found(
    me: Client, begin: Begin, client_for: ClientFactory, database: Clone
) -> None:
    """Nor do they count for the order."""
    await send(me, await begin(), "A walk in the rain")
    other = client_for("companion")
    decide(database, other, granted=True)

    assert await found(other, "rain") == []


async def test_a_reply_is_found_when_it_has_ended(me: Client, begin: Begin, model: ScriptedHost) -> None:
    """With the words that it has then."""
    model.scripts = [says("Try to breathe. ", "Slowly.")]
    await send(me, await begin(), "Hello")

    [item] = await found(me, "slowly")

    assert item["snippet"]["before"].startswith("Try to breathe.")


async def test_a_search_reads_the_latest_hits_by_the_index(me: Client, begin: Begin, database: Clone) -> None:
    """So its cost is the same after ten years, as the person and under row-level security."""
    await begin()
    with database.admin() as conn:
        conn.execute(TEN_YEARS)
        conn.execute("ANALYZE mend.message_terms, public.conversation_messages")
        conn.execute("SELECT set_config('request.jwt.claims', %s, true)", (f'{{"sub": "{me.person}"}}',))
        conn.execute("SET LOCAL ROLE mend_user")
        params = {
            "words": "walk river want", "most_words": 10, "most_hits": 500, "before_rank": 1e9,
            "before_id": me.person, "limit": 50, "form": HEADLINE, "signs": "", "stand_ins": "",
        }  # fmt: skip
        plan = conn.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + FIND, params).fetchone()
    assert plan
    nodes = [*_nodes(plan[0][0]["Plan"])]
    scans = [node for node in nodes if node.get("Relation Name") == "message_terms"]

    assert [node["Node Type"] for node in scans] == ["Index Only Scan"]
    assert scans[0]["Actual Rows"] <= 500
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= 10 * 500
    assert len(await found(me, "number21000")) == 1


def _nodes(plan: dict[str, Any]) -> Any:  # noqa: ANN401 - an iterator of nodes
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)
