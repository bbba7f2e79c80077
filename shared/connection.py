"""A Postgres connection that sends several statements in one round trip.

`queue` only records a statement. `run`, `flush` and the COMMIT of a transaction send all queued statements in one
message and wait for their results. A query function that queues returns a `Result`, whose rows can be read once the
statement has been executed; a query function that runs is a coroutine.

psycopg's own pipeline mode sends each statement in a message of its own, which costs more than half as much processor
time again (docs/decisions.md). Values are sent as parameters, apart from the text of their statement, so the log of
Postgres contains no value of a statement that failed.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Generic, LiteralString, Self, TypeVar, cast, overload

from psycopg import AsyncConnection, AsyncCursor, InterfaceError, errors, waiting
from psycopg._queries import PostgresQuery
from psycopg.abc import Params, PQGen, Query, QueryNoTemplate
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import Row, RowMaker, TupleRow

from shared.row_mapper import row_maker
from shared.spans import span

R = TypeVar("R")
T = TypeVar("T")
WAIT_SECONDS = 0.1  # between two looks at an interrupt, as psycopg has it
CANCEL_SECONDS = 1  # for Postgres to accept that a statement is cancelled, and again for it to end
LONGEST_NAME = 60  # characters of a statement that name it in errors and logs


class NotExecuted(InterfaceError):
    """The rows of a statement were read before it was sent, or after it failed."""


class Result(Generic[R]):
    """A statement, and its result once it has been executed."""

    def __init__(self, sql: str, query: PostgresQuery, row: type[R] | None) -> None:
        self.sql = sql
        self.query = query
        self.row = row
        self.tag = b""  # Postgres's command tag, such as b"UPDATE 1"
        self._rows: list[R] | None = None

    @property
    def executed(self) -> bool:
        """Whether Postgres has executed the statement, successfully."""
        return self._rows is not None

    @property
    def rows(self) -> list[R]:
        """Instances of the row class, or tuples without one. Raises `NotExecuted` if there is no result yet."""
        if self._rows is None:
            raise NotExecuted(f"not executed: {self.name}")
        return self._rows

    @property
    def first(self) -> R | None:
        rows = self.rows
        return rows[0] if rows else None

    @property
    def name(self) -> str:
        """The first words of the statement, without values."""
        return " ".join(self.sql.split())[:LONGEST_NAME]

    def load(self, result: PGresult, transformer: AnyTransformer) -> None:
        """Take over what Postgres returned for the statement."""
        self.tag = result.command_status or b""
        self._rows = []
        if result.ntuples:
            transformer.set_pgresult(result)
            make_row: RowMaker[Any] = tuple if self.row is None else row_maker(self.row, result)
            self._rows = transformer.load_rows(0, result.ntuples, make_row)


class Connection(AsyncConnection[TupleRow]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - psycopg's own parameters
        super().__init__(*args, **kwargs)
        self.queued: list[Result[Any]] = []
        self._transformer = Transformer(self)  # one per connection, because it caches how types are converted

    @overload
    def queue(self, sql: LiteralString, params: Params | None = None) -> Result[TupleRow]: ...
    @overload
    def queue(self, sql: LiteralString, params: Params | None, row: type[R]) -> Result[R]: ...
    def queue(self, sql: LiteralString, params: Params | None = None, row: type[Any] | None = None) -> Result[Any]:
        """Record a statement, to be sent with the next `run`, `flush` or COMMIT."""
        query = PostgresQuery(self._transformer)
        query.convert(sql, params)
        result = Result(sql, query, row)
        self.queued.append(result)
        return result

    @overload
    async def run(self, sql: LiteralString, params: Params | None = None) -> Result[TupleRow]: ...
    @overload
    async def run(self, sql: LiteralString, params: Params | None, row: type[R]) -> Result[R]: ...
    async def run(self, sql: LiteralString, params: Params | None = None, row: type[Any] | None = None) -> Result[Any]:
        """Execute all queued statements, then this one, in one round trip."""
        result = self.queue(sql, params, row) if row else self.queue(sql, params)
        await self.flush()
        return result

    async def flush(self) -> None:
        """Execute all queued statements in one round trip.

        Raises the error of the first statement that failed. Postgres does not execute the statements after it.
        """
        if not self.queued:
            return
        queued, self.queued = self.queued, []
        with span("postgres") as sent:
            if sent:
                sent.name = f"postgres: {queued[-1].name}"
                sent.attributes["statements"] = "; ".join(result.name for result in queued)
            async with self.lock:
                pg_results = await self.wait(_pipeline(self.pgconn, [result.query for result in queued]))
        for result, pg_result in zip(queued, pg_results, strict=True):
            if pg_result.status == ExecStatus.FATAL_ERROR:
                error = error_from_result(pg_result, encoding=self._transformer.encoding)
                vars(error)["statement"] = result.name  # for `shared.logs`, which omits the driver's message
                raise error
            result.load(pg_result, self._transformer)

    async def wait(self, gen: PQGen[T], interval: float = WAIT_SECONDS, timeout: float | None = None) -> T:  # noqa: ASYNC109 - psycopg's
        """Like psycopg's, which gives a cancelled statement ten seconds: while Postgres hangs, its callers wait."""
        try:
            return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                await self._end_statement(gen)
            raise

    async def _end_statement(self, gen: PQGen[Any]) -> None:
        """Cancel what Postgres executes. If it does not answer, close the connection."""
        try:
            await self.cancel_safe(timeout=CANCEL_SECONDS)
            await waiting.wait_async(gen, self.pgconn.socket, timeout=CANCEL_SECONDS)
        except errors.QueryCanceled:
            pass
        except BaseException:  # noqa: BLE001 - whatever it was, the caller raises what interrupted the statement
            self.pgconn.finish()


class Cursor(AsyncCursor[Row]):
    """psycopg's cursor, for commands that need one. It first executes what is queued on its connection."""

    async def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        await cast("Connection", self.connection).flush()
        return await super().execute(cast("QueryNoTemplate", query), params, prepare=prepare, binary=binary)


def _pipeline(pgconn: PGconn, queries: Sequence[PostgresQuery]) -> PQGen[list[PGresult]]:
    """Send all queries in one message that ends with a single Sync, and yield until their results are there."""
    pgconn.enter_pipeline_mode()
    for query in queries:
        pgconn.send_query_params(query.query, query.params, param_types=query.types, param_formats=query.formats)
    pgconn.pipeline_sync()
    yield from send(pgconn)
    results: list[PGresult] = []
    for _ in queries:
        results += yield from fetch_many(pgconn)
    yield from fetch_many(pgconn)  # the result of the Sync
    pgconn.exit_pipeline_mode()
    return results
