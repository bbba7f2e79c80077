"""One request and its answer: who is it, understand it, run its handler in one transaction, answer, count."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared import idempotency, logs
from shared.auth import Person
from shared.clock import utc_now
from shared.db import become, person
from shared.errors import DeadlineExceeded, Forbidden, MendError, TooManyRequests, Unavailable
from shared.http.headers import dress
from shared.http.inputs import read_body, read_query
from shared.http.operations import AnyOperation, Call, Operation, PublicOperation, Visit
from shared.http.problems import from_postgres, problem
from shared.ids import new_id
from shared.rate_limit import Allowance, address_of
from shared.services import Services

SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

Finder = Callable[[Scope], tuple[AnyOperation, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Understood:
    """A request that has been read and found valid, ready to run: again, if its transaction loses a race."""

    operation: Operation[Any, Any]
    person: Person
    body: Any
    query: Any
    path: Mapping[str, Any]
    key: str | None
    fingerprint: bytes


class Exchange:
    def __init__(self, function: str, find: Finder, request: Request, parts: Services) -> None:
        given = request.headers.get("x-request-id", "")
        self.id = given if SAFE_REQUEST_ID.fullmatch(given) else str(new_id())
        self._function = function
        self._find = find
        self._request = request
        self._parts = parts
        self._route = ""
        self._caller: str | None = address_of(request, parts.settings.trusted_proxies)
        self._allowance: Allowance | None = None

    async def respond(self) -> Response:
        began = time.perf_counter()
        traceparent, project = self._request.headers.get("traceparent"), self._parts.settings.google_cloud_project
        token = logs.bound.set({"request_id": self.id, **logs.trace_fields(traceparent, project)})
        try:
            response = Response(status_code=204) if self._request.method == "OPTIONS" else await self._answer()
            response.headers["X-Request-Id"] = self.id
            response.raw_headers += self._allowance.raw_headers if self._allowance else []
            dress(response, self._request, self._parts.settings.cors_origins)
            logs.event(
                "request",
                function=self._function,
                method=self._request.method,
                route=self._route,
                status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 1),
            )
        finally:
            logs.bound.reset(token)
        return response

    async def _answer(self) -> Response:
        try:
            async with asyncio.timeout(self._parts.settings.request_seconds):
                response = await self._run()
                await self._parts.database.retrying(self._count)
                return response
        except TimeoutError:
            return await self._refuse(DeadlineExceeded())
        except Exception as error:  # noqa: BLE001 - the last stop: every failure becomes an answer
            return await self._refuse(self._known(error))

    def _known(self, error: Exception) -> MendError:
        if isinstance(error, MendError):
            return error
        known = from_postgres(error) if isinstance(error, psycopg.Error) else None
        if known is None:
            logs.failure("crash", error, route=self._route)
        return known or MendError()

    async def _refuse(self, error: MendError) -> Response:
        if isinstance(error, Unavailable | idempotency.KeyInUse):
            return problem(error, self.id)  # uncounted: that would wait, for Postgres or for the first request
        try:
            await self._count()
        except TooManyRequests as too_many:
            return problem(too_many, self.id)
        except Exception as failed:  # noqa: BLE001 - Postgres is away: the answer stands, only uncounted
            logs.failure("uncounted", failed)
        return problem(error, self.id)

    async def _run(self) -> Response:
        operation, path = self._find(self._request.scope)
        self._route = operation.path
        if isinstance(operation, PublicOperation):
            if not operation.counted:
                self._caller = None
            read_query(self._request, operation)
            return await operation.handler(Visit(self._parts, self._request.headers, path))
        understood = await self._understand(operation, path)
        if operation.long:
            await self._count()
        return await self._parts.database.retrying(lambda: self._transact(understood))

    async def _understand(self, operation: Operation[Any, Any], path: Mapping[str, Any]) -> Understood:
        who = await self._parts.authenticator.person(self._request.headers.get("authorization"))
        self._caller = str(who.id)
        if operation.admin and not who.is_admin:
            raise Forbidden
        query = read_query(self._request, operation)
        key = idempotency.key_of(self._request)
        raw, body = b"", None
        if operation.body:
            raw = await read_body(self._request, operation.body)
            body = operation.body.read(self._request.headers["content-type"], raw)
        digest = idempotency.fingerprint(self._request, raw) if key else b""
        return Understood(operation, who, body, query, path, key, digest)

    async def _transact(self, asked: Understood) -> Response:
        try:
            return await self._first_time(asked)
        except psycopg.Error as error:
            match error.sqlstate:
                case "PT429":
                    raise self._too_many(error) from None
                case "PT409":
                    raise idempotency.KeyInUse(headers={"Retry-After": "1"}) from None
                case "PT208":
                    return await self._again(asked)
            raise

    async def _first_time(self, asked: Understood) -> Response:
        database, key, who = self._parts.database, asked.key, asked.person
        limit = None if asked.operation.long else self._parts.settings.rate_limit_per_minute
        opening = [idempotency.claim(who.id, key)] if key else []
        async with database.transaction(*opening) as conn:
            became = become(conn, person(who.claims, str(who.id), limit))
            call = Call(who, conn, utc_now(), asked.body, asked.query, asked.path, self._parts)
            response = await asked.operation.handler(call)
            if key:
                idempotency.keep(conn, key, asked.fingerprint, response)
        if limit:
            [count] = became.rows
            self._allowance = Allowance(limit, count.remaining, count.reset_seconds)
        return response

    async def _again(self, asked: Understood) -> Response:
        async with self._parts.database.transaction(person(asked.person.claims)) as conn:
            return await idempotency.replay(conn, asked.key or "", asked.fingerprint)

    async def _count(self) -> None:
        """What no transaction has counted is counted on its own."""
        if self._allowance or self._caller is None:
            return
        limit = self._parts.settings.rate_limit_per_minute
        try:
            self._allowance = Allowance(limit, *await self._parts.database.count(self._caller, limit))
        except psycopg.Error as error:
            if error.sqlstate == "PT429":
                raise self._too_many(error) from None
            raise

    def _too_many(self, error: psycopg.Error) -> TooManyRequests:
        reset = int(error.diag.message_primary or 60)
        self._allowance = Allowance(self._parts.settings.rate_limit_per_minute, 0, reset)
        return TooManyRequests(headers={"Retry-After": str(reset)})
