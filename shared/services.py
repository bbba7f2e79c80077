"""Creates the services of a process (database, authenticator, stores) on first use, once per process."""

import gc
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from shared.auth import Authenticator
from shared.db import Database
from shared.files.port import FileStore
from shared.live import FirestoreLive, LiveDocuments, PostgresLive
from shared.request_permits import HEAVY_PERMITS, RequestPermits
from shared.sealed_secrets import Sealer
from shared.settings import Settings, settings
from shared.span_exporter import SpanExporter

if TYPE_CHECKING:
    from shared.events.senders import SenderCheck
    from shared.http.support import SupportDesk


@dataclass(frozen=True)
class Services:
    settings: Settings

    @cached_property
    def database(self) -> Database:
        return Database(self.settings)

    @cached_property
    def span_exporter(self) -> SpanExporter | None:
        project = self.settings.trace_project
        return SpanExporter(project, self.settings.trace_url) if project else None

    @cached_property
    def request_permits(self) -> RequestPermits:
        return RequestPermits()

    @cached_property
    def heavy_permits(self) -> RequestPermits:
        return RequestPermits(permits=HEAVY_PERMITS)

    @cached_property
    def authenticator(self) -> Authenticator:
        return Authenticator(self.settings)

    @cached_property
    def support_desk(self) -> "SupportDesk":
        from shared.http.support import SupportDesk

        return SupportDesk(self.database, self.request_permits)

    @cached_property
    def event_senders(self) -> "SenderCheck":
        from shared.events.senders import SenderCheck

        return SenderCheck(self.settings)

    @cached_property
    def live(self) -> LiveDocuments:
        project = self.settings.firestore_project
        return FirestoreLive(project) if project else PostgresLive(self.database)

    @cached_property
    def files(self) -> FileStore:
        if self.settings.supabase_service_key:
            from shared.files.supabase import SupabaseFileStore

            return SupabaseFileStore(self.settings)
        from shared.files.local import LocalFileStore

        return LocalFileStore(self.settings)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.settings)


OBJECTS = 50_000  # new ones, after which Python looks for garbage among them

_current: list[Services] = []


def services() -> Services:
    if not _current:
        use(Services(settings()))
        leave_out_of_garbage_collection()
    return _current[0]


def leave_out_of_garbage_collection() -> None:
    """Never look for garbage among the objects that the start of a process has made."""
    gc.freeze()
    gc.set_threshold(OBJECTS)


def use(parts: Services) -> None:
    """Replace the services of this process, for the local stack and for tests."""
    _current[:] = [parts]
