"""A connection on which statements that nobody waits for travel with the next one that somebody does.

All of them leave in one message, ended by one Sync: psycopg's own pipeline would send each by itself, which costs two
thirds more. Values go beside the statements and never in their text, so that none ends up in the log of Postgres with a
statement that failed. Names with an underscore are psycopg's, for those who extend its cursor.
"""

from collections.abc import Iterable
from typing import Any, LiteralString, Self, cast

from psycopg import AsyncConnection, AsyncCursor
from psycopg._queries import PostgresQuery
from psycopg.abc import Params, PQGen, Query
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import Row, TupleRow


class Posted:
    """A statement on its way, and what it answered once it has been carried out."""

    def __init__(self, query: PostgresQuery) -> None:
        self.query = query
        self.rows: list[TupleRow] = []
        self.did: bytes | None = None  # as Postgres names it


class Connection(AsyncConnection[TupleRow]):
    became: Posted  # the statement by which the transaction took its role

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever psycopg makes one with
        super().__init__(*args, **kwargs)
        self.posted: list[Posted] = []
        self._transformer = Transformer(self)  # one for all: it remembers how each type is written and read

    def post(self, sql: LiteralString, params: Params | None = None) -> Posted:
        """Have a statement carried out with the next one that is waited for, COMMIT at the latest."""
        query = PostgresQuery(self._transformer)
        query.convert(sql, params)
        posted = Posted(query)
        self.posted.append(posted)
        return posted

    async def ask(self, sql: LiteralString, params: Params | None = None) -> Posted:
        """Have it carried out now, and all that was posted before it: `execute` without the expense of a cursor."""
        asked = self.post(sql, params)
        posted, self.posted = self.posted, []
        async with self.lock:
            results = await self.wait(self.exchanged([each.query for each in posted]))
        self.answered(posted, results)
        return asked

    def exchanged(self, statements: list[PostgresQuery]) -> PQGen[list[PGresult]]:
        results = yield from _exchanged(self.pgconn, statements)
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:  # those after it were passed over
                raise error_from_result(result, encoding=self._transformer.encoding)
        return results

    def answered(self, posted: Iterable[Posted], results: Iterable[PGresult]) -> None:
        for each, result in zip(posted, results, strict=True):
            each.did = result.command_status
            if result.ntuples:
                self._transformer.set_pgresult(result)
                each.rows = self._transformer.load_rows(0, result.ntuples, tuple)


class Cursor(AsyncCursor[Row]):
    """Its answer is that of its own statement; what was posted before it is carried out first."""

    async def execute(
        self,
        query: Query,
        params: Params | None = None,
        *,
        prepare: bool | None = None,  # noqa: ARG002 - a transaction pooler keeps no prepared statements
        binary: bool | None = None,  # noqa: ARG002 - psycopg's signature
    ) -> Self:
        conn = cast("Connection", self.connection)
        posted, conn.posted = conn.posted, []
        async with conn.lock:
            *before, own = await conn.wait(self._asking(conn, query, params, posted))
        conn.answered(posted, before)
        self._set_results([own])
        return self

    def _asking(
        self, conn: Connection, query: Query, params: Params | None, posted: Iterable[Posted]
    ) -> PQGen[list[PGresult]]:
        yield from self._start_query(query)
        statements = [*(each.query for each in posted), self._convert_query(query, params)]
        return (yield from conn.exchanged(statements))


def _exchanged(pgconn: PGconn, statements: list[PostgresQuery]) -> PQGen[list[PGresult]]:
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
