"""GET /content?q=: finding by words, and by words that are nearly right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.ranking.eligibility import GENTLE_EFFORT, GENTLE_KINDS
from tests.conftest import Client, Clone
from tests.integration.insights.nights import open_care
from tests.integration.recommend.library import Json, added, listed, titles

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

CORRECTIONS = "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'known_words'"


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

    assert (await titles(me, q="snorkel puddle"))[0] == "Snorkelling in puddles"


async def test_a_title_of_stop_words_is_found(me: Client, admin: Client) -> None:
    """English stop words count if a query has no other words."""
    await added(admin, title="Here we are, and so on")

    assert "Here we are, and so on" in await titles(me, q="here we are", limit=200)


async def test_words_are_weighed_and_none_is_required(me: Client, admin: Client) -> None:
    """What has all words comes first, then what has some of them. A word after `-` excludes."""
    both, one = "Wimblegate and thrumble", "Thrumble alone"
    await added(admin, title=both)
    await added(admin, title=one)

    assert await titles(me, q="wimblegate thrumble") == [both, one]
    assert await titles(me, q="thrumble -wimblegate") == [one]


async def test_a_mood_is_found_by_its_everyday_words(me: Client, admin: Client) -> None:
    """In English and German, by an emoji, and where the item itself has none of these words."""
    created = await added(admin, title="Plumberry", body="Plum.", fits=["anxious"], kind="verse")

    for query in ("anxiety", "nervous", "ängstlich", "aengstlich", "😰"):
        assert created["content_id"] in {item["content_id"] for item in await listed(me, q=query, kind="verse")}


async def test_a_phrase_means_more_than_its_words(me: Client) -> None:
    """To have no energy is not to be energetic."""
    first, *_ = await listed(me, q="no energy")

    assert {"drained", "tired", "exhausted"} & {*first["fits"]}


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("box breathing", "Breathe around a square"),
        ("progressive muscle relaxation", "Squeeze and let go, from feet to face"),
        ("Abendspaziergang", "An evening stroll without a purpose"),
        ("lonley", None),
        ("traruig", None),
    ],
)
async def test_everyday_searches_find_the_item_that_belongs_on_top(me: Client, query: str, title: str | None) -> None:
    """Also with two letters swapped, and as a compound of German words."""
    found = await titles(me, q=query)

    assert found if title is None else found[0] == title


@pytest.mark.parametrize("query", ["qi", "5", "日本語", "🦩"])
async def test_short_words_and_other_scripts_are_not_respelt(me: Client, query: str) -> None:
    """A word of fewer than four letters or of another script finds only itself."""
    assert len(await listed(me, q=query)) < 20


async def test_a_person_reads_the_catalogue_in_their_language(me: Client, database: Clone) -> None:
    """By the locale of the profile. An item without a translation is shown as it is."""
    with database.admin() as conn:
        conn.execute("INSERT INTO public.user_profiles (user_id, locale) VALUES (%s, 'de-AT')", (me.person,))
    [item, *_] = await listed(me, q="box breathing")

    assert (item["title"], item["language"]) == ("Im Quadrat atmen", "de")


@pytest.mark.parametrize("query", ["flibbergastry", "Flibergastery", "flibbergasterie", "Filbbergastery"])
async def test_a_misspelt_word_is_corrected(me: Client, admin: Client, query: str) -> None:
    """If it is not known as it is written."""
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
    """It runs once for a word. Otherwise a large catalogue would cost seconds."""
    with database.admin() as conn, conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL track_functions = 'all'")
        conn.execute("SET LOCAL enable_seqscan = off")
        conn.execute("SELECT FROM mend.search_content('xqzzvw, (zzvwxq)!')")

        assert conn.execute(CORRECTIONS).fetchone() == (2,)


async def test_every_language_can_be_searched(me: Client, admin: Client) -> None:
    await added(admin, title="Бабушкин сад", language="ru")
    await added(admin, title="Die Gemütlichkeit", language="de")

    assert await titles(me, q="бабушкин") == ["Бабушкин сад"]
    assert (await titles(me, q="GEMÜTLICHKEIT"))[0] == "Die Gemütlichkeit"


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


@pytest.mark.parametrize("query", ["ich möchte tot sein", "ich will sterben", "kill myself", "i want to die, apology"])
async def test_beside_words_of_danger_only_gentle_items_are_found(me: Client, query: str) -> None:
    """On every page of the search, whatever the words match."""
    first = (await me.get("/content", params={"q": query, "limit": 5})).json()
    items = await listed(me, q=query, limit=50)

    assert first["support"]["lines"]
    assert first["items"] == items[:5]
    assert [item["title"] for item in items if not _is_gentle(item)] == []


async def test_in_a_care_period_the_catalogue_is_gentle(me: Client, database: Clone) -> None:
    """Whether it is searched, with words that tell nothing of danger, or looked through."""
    searched, browsed = await listed(me, q="song"), await listed(me, limit=200)
    open_care(database, me.person)

    gentle = await listed(me, q="song"), await listed(me, limit=200)

    assert gentle == ([*filter(_is_gentle, searched)], [*filter(_is_gentle, browsed)])
    assert gentle != (searched, browsed)


def _is_gentle(item: Json) -> bool:
    return item["kind"] in GENTLE_KINDS and item["effort"] <= GENTLE_EFFORT
