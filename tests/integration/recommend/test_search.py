"""GET /content?q=: finding by words, and by words that are nearly right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Client, Clone
from tests.integration.recommend.library import added, listed, titles

QUERIES = [
    "&|!():*<->",
    "'; DROP TABLE content; --",
    '"never closed',
    "or or or",
    "-",
    "-nothing -but -minus",
    "%_\\",
    "🙏🏽👨‍👩‍👧",
    "\u202eright to left",
    "ﷺ" * 50,
    "a" * 200,
    "a b " * 50,
    "<script>alert(1)</script>",
    "\\w+ $1 {x} %s %(q)s",
]

CORRECTIONS = "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'corrected_spelling'"
LOOKED_UP = "SELECT idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'content_words'"


@pytest.mark.parametrize("where", ["title", "body", "attribution"])
async def test_a_word_is_found_in_every_text_field(me: Client, admin: Client, where: str) -> None:
    created = await added(admin, **{where: f"By the zebrawood{where}"})

    assert [item["content_id"] for item in await listed(me, q=f"zebrawood{where}")] == [created["content_id"]]


async def test_a_tag_is_found(me: Client, admin: Client) -> None:
    created = await added(admin, tags=["quiet", "moonmilk"])

    assert [item["content_id"] for item in await listed(me, q="moonmilk")] == [created["content_id"]]


async def test_a_title_counts_more_than_a_body(me: Client, admin: Client) -> None:
    await added(admin, title="Lower", body="A glimmerstone, and more.")
    await added(admin, title="Glimmerstone", body="Higher")

    assert await titles(me, q="glimmerstone") == ["Glimmerstone", "Lower"]


async def test_other_forms_of_a_word_are_found(me: Client, admin: Client) -> None:
    """Words match by their English stem."""
    await added(admin, title="Snorkelling in puddles")

    assert await titles(me, q="snorkel puddle") == ["Snorkelling in puddles"]


async def test_a_title_of_stop_words_is_found(me: Client, admin: Client) -> None:
    """English stop words count if a query has no other words."""
    await added(admin, title="Here we are, and so on")

    assert "Here we are, and so on" in await titles(me, q="here we are", limit=200)


async def test_search_operators_work(me: Client, admin: Client) -> None:
    """All words, a phrase in quotes, `or`, and `-not`."""
    both, one = "Wimblegate and thrumble", "Thrumble alone"
    await added(admin, title=both)
    await added(admin, title=one)

    assert await titles(me, q="wimblegate thrumble") == [both]
    assert await titles(me, q='"thrumble alone"') == [one]
    assert {*await titles(me, q="wimblegate or alone thrumble")} >= {both}
    assert await titles(me, q="thrumble -wimblegate") == [one]


@pytest.mark.parametrize("query", ["flibbergastry", "Flibergastery", "flibbergasterie", "flibbergastery pondwater"])
async def test_a_misspelt_word_is_corrected(me: Client, admin: Client, query: str) -> None:
    """If nothing matches the words as written."""
    created = (await added(admin, title="Flibbergastery", body="Pondwatter."))["content_id"]

    assert created in [item["content_id"] for item in await listed(me, q=query)]


async def test_a_correction_keeps_the_operators(me: Client, admin: Client) -> None:
    """An excluded word stays excluded."""
    await added(admin, title="Crumpetology with jam")
    await added(admin, title="Crumpetology with honey")

    assert await titles(me, q="crumpetolgy -honey") == ["Crumpetology with jam"]


async def test_an_unknown_word_finds_nothing(me: Client) -> None:
    assert await titles(me, q="xqzzvw") == []


def test_a_correction_runs_once(database: Clone) -> None:
    """The correction runs once for a query and once for a word. Otherwise a large catalogue would cost seconds."""
    with database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL track_functions = 'all'")
        conn.execute("SET LOCAL enable_seqscan = off")
        conn.execute("SELECT FROM mend.search_content('xqzzvw, (zzvwxq)!')")

        assert conn.execute(CORRECTIONS).fetchone() == (1,)
        assert conn.execute(LOOKED_UP).fetchone() == (2,)


async def test_every_language_can_be_searched(me: Client, admin: Client) -> None:
    await added(admin, title="Бабушкин сад", language="ru")
    await added(admin, title="Die Gemütlichkeit", language="de")

    assert await titles(me, q="бабушкин") == ["Бабушкин сад"]
    assert await titles(me, q="GEMÜTLICHKEIT") == ["Die Gemütlichkeit"]


async def test_the_pages_of_a_search_are_complete(me: Client) -> None:
    """Best match first. Each item comes once, even if many match equally well."""
    whole = await listed(me, q="walk or breath or music", limit=200)
    in_threes = await listed(me, q="walk or breath or music", limit=3)

    assert len(whole) > 20
    assert in_threes == whole
    assert len({item["content_id"] for item in whole}) == len(whole)


async def test_a_search_can_be_filtered(me: Client) -> None:
    items = await listed(me, q="slow", kind="breathing", mood="anxious")

    assert items
    assert all(item["kind"] == "breathing" and "anxious" in item["fits"] for item in items)


@pytest.mark.parametrize("query", ["", "   ", "\t"])
async def test_a_blank_search_lists_the_catalogue(me: Client, query: str) -> None:
    assert await listed(me, q=query, kind="verse") == await listed(me, kind="verse")


@pytest.mark.parametrize("query", ["a" * 201, "word " * 400, "🙏" * 2000, "a\0b"])
async def test_an_invalid_search_is_refused(me: Client, query: str) -> None:
    response = await me.get("/content", params={"q": query})

    assert response.status_code == 422
    assert query not in response.text


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
async def test_special_characters_are_harmless(me: Client, query: str) -> None:
    """Operators, quotes, wildcards and emoji are ordinary text for the database."""
    response = await me.get("/content", params={"q": query})

    assert response.status_code == 200
    assert isinstance(response.json()["items"], list)


@settings(max_examples=150, database=None)
@given(query=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
def test_no_text_breaks_a_search(database: Clone, query: str) -> None:
    with database.admin() as conn:
        conn.execute("SELECT * FROM mend.search_content(%s)", (query,))


async def test_deleted_content_is_not_found(me: Client, admin: Client) -> None:
    created = await added(admin, title="Vanishling")
    await admin.delete(f"/content/{created['content_id']}")

    assert await titles(me, q="vanishling") == []
