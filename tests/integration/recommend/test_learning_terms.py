"""Nothing is learned from what people do with items of Spotify."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from functions.ranking.queries import load_liked_items
from shared.clock import utc_now
from shared.services import services
from tests.conftest import ClientFactory, Clone
from tests.integration.recommend.library import did
from tests.integration.recommend.weeks import Week

INSERT_SONG = """
    INSERT INTO public.content
        (id, key, kind, title, minutes, effort, fits, leads_valence, leads_arousal, provider, provider_id)
    VALUES (%s, %s, 'music', 'A song', 3, 1, '{sad}', 0.5, 0, %s, %s)
"""


def song(database: Clone, provider: str | None) -> str:
    id_ = uuid4()
    with database.admin() as conn:
        conn.execute(INSERT_SONG, (id_, f"song {id_}", provider, provider and id_.hex[:22]))
    return str(id_)


@pytest.mark.parametrize(("provider", "learned"), [("spotify", False), ("tmdb", True), (None, True)])
async def test_what_people_do_with_it_is_not_learned(
    client_for: ClientFactory, database: Clone, provider: str | None, *, learned: bool
) -> None:
    """Neither as an uplift, nor as a taste, nor for neighbours. It is with other providers."""
    week, item = Week(client_for, database), song(database, provider)
    await week.repeat_days(item, then="happy")
    await did(week.recommend, item, "like", occurred_at=(utc_now() - timedelta(minutes=1)).isoformat())
    await week.handle_events()

    async with services().database.service() as conn:
        liked = await load_liked_items(conn, week.person, 50_000, 40)

    sums, taste, *_ = week.load_learning()
    assert ('"music"' in str(sums).replace("'", '"')) == (item in str(taste)) == learned
    assert (UUID(item) in {content_id for person, content_id in liked if person == week.person}) == learned


async def test_an_item_that_is_hidden_stays_away(client_for: ClientFactory, database: Clone) -> None:
    """Also one of Spotify: that is what the person said."""
    week, item = Week(client_for, database), song(database, "spotify")

    await did(week.recommend, item, "hide")

    assert week.database.value(
        "SELECT taste -> 'hidden' FROM mend.person_learning WHERE user_id = %s", week.person
    ) == [item]
