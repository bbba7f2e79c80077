"""A connection on which statements that nobody waits for travel with the next one that somebody does.

`post` now, read later: a posted statement is sent with the next one that is asked (COMMIT at the latest) or by `flush`,
and its `rows` can be read from then on. A query function that posts returns what it posted; one that asks is awaited.

All posted statements leave in one message, ended by one Sync: psycopg's own pipeline sends each by itself, which costs
more than half as much again (docs/decisions.md). Values go beside the statements and never in their text, so that none
ends up in the log of Postgres with a statement that failed.
"""

from collections.abc import Sequence
from typing import Any, Generic, LiteralString, Self, TypeVar, cast, overload

from psycopg import AsyncConnection, AsyncCursor, InterfaceError
from psycopg._queries import PostgresQuery
from psycopg.abc import Params, PQGen, Query, QueryNoTemplate
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import Row, RowMaker, TupleRow

from shared.rows import row_maker

R = TypeVar("R")
MOST_NAMED = 60  # characters of a statement that name it


class NotExecuted(InterfaceError):
    """The rows of a statement were read before it was sent, or after it failed."""


class Result(Generic[R]):
    """A statement on its way, and what it answered once it has been carried out."""

    def __init__(self, sql: str, query: PostgresQuery, row: type[R] | None) -> None:
        self.sql = sql
        self.query = query
        self.row = row
        self.tag = b""  # what it did, as Postgres names it
        self._rows: list[R] | None = None

    @property
    def rows(self) -> list[R]:
        """As rows of its class, or as tuples where it has none. Raises `NotExecuted` if it was not carried out."""
        if self._rows is None:
            raise NotExecuted(f"not answered: {self.name}")
        return self._rows

    @property
    def first(self) -> R | None:
        rows = self.rows
        return rows[0] if rows else None

    @property
    def name(self) -> str:
        """Its first words. Values are never part of it."""
        return " ".join(self.sql.split())[:MOST_NAMED]

    def answer(self, result: PGresult, transformer: AnyTransformer) -> None:
        self.tag = result.command_status or b""
        self._rows = []
        if result.ntuples:
            transformer.set_pgresult(result)
            make: RowMaker[Any] = tuple if self.row is None else row_maker(self.row, result)
            self._rows = transformer.load_rows(0, result.ntuples, make)


class Connection(AsyncConnection[TupleRow]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever psycopg makes one with
        super().__init__(*args, **kwargs)
        self.posted: list[Result[Any]] = []
        self._transformer = Transformer(self)  # one for all: it remembers how each type is written and read

    @overload
    def post(self, sql: LiteralString, params: Params | None = None) -> Result[TupleRow]: ...
    @overload
    def post(self, sql: LiteralString, params: Params | None, row: type[R]) -> Result[R]: ...
    def post(self, sql: LiteralString, params: Params | None = None, row: type[Any] | None = None) -> Result[Any]:
        """Have a statement carried out with the next one that is waited for, COMMIT at the latest."""
        query = PostgresQuery(self._transformer)
        query.convert(sql, params)
        posted = Result(sql, query, row)
        self.posted.append(posted)
        return posted

    @overload
    async def ask(self, sql: LiteralString, params: Params | None = None) -> Result[TupleRow]: ...
    @overload
    async def ask(self, sql: LiteralString, params: Params | None, row: type[R]) -> Result[R]: ...
    async def ask(self, sql: LiteralString, params: Params | None = None, row: type[Any] | None = None) -> Result[Any]:
        """Have a statement carried out now, and all that was posted before it."""
        asked = self.queue(sql, params, row) if row else self.queue(sql, params)
        await self.flush()
        return asked

    async def flush(self) -> None:
        """Send what was posted, and wait for the answers.

        Raises the error of the first statement that failed, which it names; those after it were not carried out.
        """
        if not self.posted:
            return
        posted, self.posted = self.posted, []
        async with self.lock:
            results = await self.wait(_exchanged(self.pgconn, [each.query for each in posted]))
        for each, result in zip(posted, results, strict=True):
            if result.status == ExecStatus.FATAL_ERROR:
                error = error_from_result(result, encoding=self._transformer.encoding)
                vars(error)["statement"] = each.name  # for the log, which leaves out what the driver says
                raise error
            each.answer(result, self._transformer)


class Cursor(AsyncCursor[Row]):
    """psycopg's own, for commands that need one: what was posted before is sent first."""

    async def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        await cast("Connection", self.connection).flush()
        return await super().execute(cast("QueryNoTemplate", query), params, prepare=prepare, binary=binary)


def _exchanged(pgconn: PGconn, statements: Sequence[PostgresQuery]) -> PQGen[list[PGresult]]:
    """One message there, and the answers to all of its statements."""
    pgconn.enter_pipeline_mode()
    for each in statements:
        pgconn.send_query_params(each.query, each.params, param_types=each.types, param_formats=each.formats)
    pgconn.pipeline_sync()
    yield from send(pgconn)
    results: list[PGresult] = []
    for _ in statements:
        results += yield from fetch_many(pgconn)
    yield from fetch_many(pgconn)  # that of the Sync
    pgconn.exit_pipeline_mode()
    return results
