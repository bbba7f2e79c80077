"""From providers to the catalogue: whole items, each once, and what is there stays."""

from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest
from pydantic import SecretStr

from functions.content.errors import SourceDown
from functions.content.import_batch import ImportBatch
from functions.content.import_job import import_content, sources
from functions.content.models import ITEM_NAMESPACE, Provider, ProviderItem
from functions.content.providers.google_books import GoogleBooks
from functions.content.settings import ContentSettings
from infra.local.apps import load_apps
from infra.local.event_delivery import FunctionClient
from infra.registry import Registry
from infra.seed import seed
from shared.clock import utc_now
from shared.events import Event, LongRunningConsumer, push_message, tick
from shared.events.consumer import LongRunningHandler
from shared.events.types import schedule_content
from shared.services import Services
from shared.settings import Settings
from tests.conftest import ADMIN, ClockMover, Clone, LogLines
from tests.event_delivery import deliver
from tests.integration.content.films import film, offering
from tests.integration.content.server import Provider as Server
from tests.integration.content.server import ReceivedRequest, Reply

IMPORTED = "SELECT provider_id, title, version FROM public.content WHERE provider = 'tmdb' ORDER BY title"


async def import_films(services: Services, server: Server, *films: dict[str, Any]) -> None:
    await import_content(services.database, [offering(server, *films)])


async def test_an_item_is_stored_with_all_fields(services: Services, database: Clone, provider: Server) -> None:
    """Its id is made from the provider's id, and the index has its moods."""
    await import_films(services, provider, film(7))

    [row] = database.rows("""
        SELECT id, key, kind, title, minutes, effort, url, provider, version, leads_valence, evidence, deleted_at
        FROM public.content WHERE provider_id = '7'
    """)
    assert row[0] == uuid5(ITEM_NAMESPACE, "tmdb:7")
    assert row[1:-3] == ("tmdb:7", "film", "Film 7", 88, 1, "https://www.themoviedb.org/movie/7", "tmdb", 1)
    moods = database.rows("SELECT mood FROM public.content_moods WHERE content_id = %s", row[0])
    assert ("bored",) in moods


async def test_only_changed_items_get_a_new_version(services: Services, database: Clone, provider: Server) -> None:
    """An import without changes writes nothing."""
    await import_films(services, provider, film(1), film(2))
    await import_films(services, provider, film(1), film(2))
    assert database.rows(IMPORTED) == [("1", "Film 1", 1), ("2", "Film 2", 1)]

    await import_films(services, provider, film(1), film(2, title="Film 2, restored"))

    assert database.rows(IMPORTED) == [("1", "Film 1", 1), ("2", "Film 2, restored", 2)]


async def test_an_item_gone_at_the_provider_stays(services: Services, database: Clone, provider: Server) -> None:
    """People may have saved it."""
    await import_films(services, provider, film(1), film(2))
    await import_films(services, provider, film(2))
    await import_films(services, provider)

    assert [name for name, _, _ in database.rows(IMPORTED)] == ["1", "2"]


async def test_a_deleted_item_stays_deleted(services: Services, database: Clone, provider: Server) -> None:
    """Even when it changes at the provider."""
    await import_films(services, provider, film(1))
    database.rows("UPDATE public.content SET deleted_at = now() WHERE provider_id = '1' RETURNING 1")

    await import_films(services, provider, film(1, title="Another title"))

    assert database.rows("SELECT title, deleted_at IS NULL FROM public.content WHERE provider_id = '1'") == [
        ("Film 1", False)
    ]


async def test_seeding_and_import_do_not_affect_each_other(
    services: Services, database: Clone, provider: Server
) -> None:
    ours = "SELECT count(*), sum(version) FROM public.content WHERE provider IS NULL AND deleted_at IS NULL"
    before = database.rows(ours)

    await import_films(services, provider, film(1))
    seeded = seed(database.dsn(ADMIN))

    assert database.rows(ours) == before
    assert (seeded.changed, seeded.retired, len(database.rows(IMPORTED))) == (0, 0, 1)


async def test_equal_ids_of_two_providers_are_two_items(services: Services, database: Clone) -> None:
    """An id is unique within a provider."""
    common: dict[str, Any] = {
        "title": "Same",
        "body": "Same.",
        "minutes": 1,
        "flavours": {"funny"},
        "tags": (),
        "attribution": "Same.",
        "repeatable": False,
        "provider_id": "1",
    }

    await import_content(
        services.database,
        [
            Given("tmdb", ProviderItem(provider="tmdb", kind="film", **common), error=SourceDown()),
            Given("google_books", ProviderItem(provider="google_books", kind="book", **common), error=SourceDown()),
        ],
    )

    assert database.value("SELECT count(DISTINCT id) FROM public.content WHERE provider_id = '1'") == 2


class Given:
    """A source that has some items, and then fails."""

    def __init__(self, name: Provider, *items: ProviderItem, error: Exception) -> None:
        self.name, self._items, self._error = name, items, error

    async def gather(self, batch: ImportBatch) -> None:
        for item in self._items:
            batch.add(item)
        raise self._error


async def test_an_unexpected_error_of_one_provider_does_not_affect_the_others(
    services: Services, database: Clone, provider: Server
) -> None:
    """The error is raised after the other items are stored, so that the event is delivered again."""
    with pytest.raises(ZeroDivisionError):
        await import_content(
            services.database, [Given("bible", error=ZeroDivisionError()), offering(provider, film(1))]
        )

    assert len(database.rows(IMPORTED)) == 1


async def test_a_failing_provider_does_not_affect_the_others(
    services: Services, database: Clone, provider: Server, log_lines: LogLines
) -> None:
    """Their items and those read before the failure are stored, and the log names the failure."""
    tmdb = offering(provider, film(1))
    provider.answers["/books/v1/volumes"] = lambda _: Reply(401, b"{}")
    books = GoogleBooks(SecretStr("key"), api=f"{provider.url}/books/v1")

    await import_content(services.database, [books, tmdb])

    assert len(database.rows(IMPORTED)) == 1
    assert log_lines.of("content_import_incomplete") == [{"provider": "google_books", "reason": "status 401"}]
    assert log_lines.of("content_imported") == [
        {"provider": "google_books", "valid": 0, "written": 0, "skipped": 0},
        {"provider": "tmdb", "valid": 1, "written": 1, "skipped": 0},
    ]


async def test_no_transaction_is_open_during_requests(services: Services, database: Clone, provider: Server) -> None:
    """It would be ended after thirty seconds, and would delay VACUUM."""
    open_ones: list[int] = []
    tmdb = offering(provider, film(1))
    discover = provider.answers["/3/discover/movie"]

    def watch(request: ReceivedRequest) -> Reply:
        open_ones.append(
            database.value("""
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND usename = 'mend_app' AND xact_start IS NOT NULL
            """)
        )
        return discover(request)

    provider.answers["/3/discover/movie"] = watch
    assert await deliver(importer(lambda _: import_content(services.database, [tmdb])), scheduled())

    assert set(open_ones) == {0}
    assert len(database.rows(IMPORTED)) == 1


async def test_an_import_runs_once_for_each_tick(services: Services) -> None:
    """However often the event is delivered."""
    event, done = scheduled(), []

    async def work(handled: Event) -> None:
        done.append(handled.id)

    assert [await deliver(importer(work), event) for _ in range(2)] == [True, True]

    assert done == [event.id]


async def test_an_import_that_fails_comes_again_and_is_parked_after_a_day(
    services: Services, database: Clone, move_clock: ClockMover
) -> None:
    event = scheduled()

    async def fail(_: Event) -> None:
        raise LookupError

    acknowledged = [await deliver(importer(fail), event) for _ in range(9)]
    move_clock(timedelta(days=1, seconds=1))
    acknowledged.append(await deliver(importer(fail), event))

    assert acknowledged == [False] * 9 + [True]
    assert database.rows("SELECT event_id, attempts FROM mend.dead_letters") == [(event.id, 10)]


async def test_without_keys_no_provider_is_read(services: Services, database: Clone, log_lines: LogLines) -> None:
    """There is no error and no request. The log names the providers, and the event is done."""
    listed = Registry.model_validate(
        {
            "functions": {
                "content_import": {
                    "source": "functions/content",
                    "trigger": "events",
                    "listens": ["schedule.content"],
                    "memory": "512Mi",
                    "concurrency": 1,
                    "cpu": 1,
                    "max_instances": 1,
                    "pool_size": 2,
                    "timeout": 540,
                }
            },
            "schedules": {"content": "40 2 * * *"},
        }
    )
    event = scheduled()

    async with FunctionClient(load_apps(listed, ["content_import"])) as functions:
        acknowledged = await functions.deliver("content_import", str(event.id), push_message(event))

    assert acknowledged
    assert log_lines.of("content_import_skipped") == [
        {"providers": "bible, google_books, spotify, tmdb", "reason": "no key is set"}
    ]
    assert database.value("SELECT count(*) FROM public.content WHERE provider IS NOT NULL") == 0
    assert database.rows("SELECT consumer FROM mend.event_claims") == [("content_import",)]


def test_each_provider_is_used_when_its_keys_are_set(log_lines: LogLines) -> None:
    """Spotify needs both of its keys."""
    keys = {"TMDB_TOKEN": "t", "GOOGLE_BOOKS_KEY": "g", "SPOTIFY_CLIENT_ID": "s", "BIBLE_API_KEY": ""}
    some = Settings.from_mapping(keys)

    assert [source.name for source in sources(some)] == ["tmdb", "google_books"]
    everything = Settings.from_mapping(keys | {"SPOTIFY_CLIENT_SECRET": "s", "BIBLE_API_KEY": "b"})
    assert [source.name for source in sources(everything)] == ["spotify", "tmdb", "google_books", "bible"]
    assert [line["providers"] for line in log_lines.of("content_import_skipped")] == ["bible, spotify"]
    assert "'t'" not in repr(everything.of(ContentSettings))


def scheduled() -> Event:
    return tick("schedule.content", utc_now())


def importer(work: LongRunningHandler) -> LongRunningConsumer:
    return LongRunningConsumer("content_import", {schedule_content: work})
