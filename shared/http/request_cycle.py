"""One request and its answer, from top to bottom: route, validate, carry out, count, answer, log."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope, Send

from shared import idempotency, logs
from shared.auth import Person
from shared.clock import utc_now
from shared.db import Connection, set_role, person
from shared.errors import DeadlineExceeded, Forbidden, Invalid, MendError, TooManyRequests, Unavailable
from shared.http.headers import finish
from shared.http.inputs import read_body, read_query
from shared.http.operations import AnyOperation, Call, LongCall, LongOperation, Operation, PublicCall, PublicOperation
from shared.http.problems import from_postgres, problem
from shared.http.streams import Stream, last_event_id
from shared.ids import new_id
from shared.rate_limit import Allowance, address_of
from shared.services import Services

T = TypeVar("T")

PARTLY_DONE = "This took too long and was given up; part of it may have been done."
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class ValidatedRequest:
    """A person's request that can be carried out: again, if its transaction loses a race."""

    person: Person
    body: Any
    query: Any
    path: Mapping[str, Any]
    key: str | None
    fingerprint: bytes


class RequestCycle:
    def __init__(
        self,
        function: str,
        route: Callable[[Scope], tuple[AnyOperation, Mapping[str, Any]]],
        request: Request,
        services: Services,
    ) -> None:
        given = request.headers.get("x-request-id", "")
        self.id = given if SAFE_REQUEST_ID.fullmatch(given) else str(new_id())
        self._function = function
        self._route = route
        self._request = request
        self._services = services
        self._began = time.perf_counter()
        self._operation: AnyOperation | None = None
        self._deadline = 0.0  # by the clock of the event loop
        self._caller: str | None = address_of(request, services.settings.trusted_proxies)
        self._allowance: Allowance | None = None

    async def run(self, send: Send) -> None:
        request, settings = self._request, self._services.settings
        trace = logs.trace_fields(request.headers.get("traceparent"), settings.google_cloud_project)
        token = logs.bound.set({"request_id": self.id, **trace})
        try:
            response = Response(status_code=204) if request.method == "OPTIONS" else await self._answer()
            response.headers["X-Request-Id"] = self.id
            response.raw_headers += self._allowance.raw_headers if self._allowance else []
            finish(response, request, settings.cors_origins)
            if isinstance(response, Stream) and request.method != "HEAD":
                await self._stream(response, send)
            else:
                self._log(response)
                await response(request.scope, request.receive, send)
        finally:
            logs.bound.reset(token)

    async def _answer(self) -> Response:
        """The answer to the request. Every failure becomes one."""
        try:
            operation, path = self._route(self._request.scope)
            self._operation = operation
            self._deadline = asyncio.get_running_loop().time() + self._seconds(operation)
            async with asyncio.timeout_at(self._deadline):
                response = await self._carry_out(operation, path)
                await self._services.database.retry(self._count)
                return response
        except Exception as error:  # noqa: BLE001 - the last stop
            return await self._refuse(self._known(error))

    def _seconds(self, operation: AnyOperation) -> float:
        own = operation.seconds if isinstance(operation, LongOperation) else None
        return own or self._services.settings.request_seconds

    async def _carry_out(self, operation: AnyOperation, path: Mapping[str, Any]) -> Response:
        if isinstance(operation, PublicOperation):
            if not operation.counted:
                self._caller = None
            read_query(self._request, operation)
            return await operation.handler(PublicCall(self._services, self._request.headers, path))
        valid = await self._validate(operation, path)
        if isinstance(operation, LongOperation):
            return await self._run_long(operation, valid)
        return await self._or_first_answer(valid, lambda: self._run_in_transaction(operation, valid))

    async def _validate(
        self, operation: Operation[Any, Any] | LongOperation[Any, Any], path: Mapping[str, Any]
    ) -> ValidatedRequest:
        who = await self._services.authenticator.person(self._request.headers.get("authorization"))
        self._caller = str(who.id)
        if operation.admin and not who.is_admin:
            raise Forbidden
        query = read_query(self._request, operation)
        key = idempotency.key_of(self._request)
        raw, body = b"", None
        if operation.body:
            raw = await read_body(self._request, operation.body)
            body = operation.body.read(self._request.headers["content-type"], raw)
        fingerprint = idempotency.fingerprint(self._request, raw) if key else b""
        return ValidatedRequest(who, body, query, path, key, fingerprint)

    async def _run_in_transaction(self, operation: Operation[Any, Any], valid: ValidatedRequest) -> Response:
        """Count, claim the key, handle and keep the answer: all of it or nothing."""
        who, limit = valid.person, self._services.settings.rate_limit_per_minute
        opening = [idempotency.claim(who.id, valid.key)] if valid.key else []
        async with self._services.database.transaction(*opening) as conn:
            counted = set_role(conn, person(who.claims, str(who.id), limit))
            call = Call(who, utc_now(), valid.body, valid.query, valid.path, self._services, conn)
            response = await operation.handler(call)
            if valid.key:
                idempotency.keep(conn, valid.key, valid.fingerprint, response)
        [count] = counted.rows
        self._allowance = Allowance(limit, count.remaining, count.reset_seconds)
        return response

    async def _run_long(self, operation: LongOperation[Any, Any], valid: ValidatedRequest) -> Response:
        """Count, look for the key's answer, handle and keep the answer: one after the other, without a connection."""
        streamed = operation.streamed
        if valid.key and streamed:
            raise Invalid("This route streams its answer and keeps none: send no Idempotency-Key.")
        resume_at = last_event_id(self._request) if streamed and streamed.events else None
        await self._services.database.retry(self._count)
        if valid.key:
            first_answer = await self._or_first_answer(valid, lambda: self._check_key(valid))
            if first_answer:
                return first_answer
        call = LongCall(
            valid.person, utc_now(), valid.body, valid.query, valid.path, self._services, last_event_id=resume_at
        )
        response = await operation.handler(call)
        if valid.key:
            return await self._or_first_answer(valid, lambda: self._keep(valid, response))
        return response

    async def _or_first_answer(self, valid: ValidatedRequest, work: Callable[[], Awaitable[T]]) -> T | Response:
        """What `work` returns; if it finds that the key has an answer, that one. It runs again if it loses a race."""

        async def attempt() -> T | Response:
            try:
                return await work()
            except psycopg.Error as error:
                match error.sqlstate:
                    case "PT429":
                        raise self._too_many(error) from None
                    case "PT409":
                        raise idempotency.KeyInUse(headers={"Retry-After": "1"}) from None
                    case "PT208":
                        return await self._replay(valid)
                raise

        return await self._services.database.retry(attempt)

    async def _check_key(self, valid: ValidatedRequest) -> None:
        """Claim the key and let it go: fails where it has its answer."""
        async with self._claiming(valid):
            pass

    async def _keep(self, valid: ValidatedRequest, response: Response) -> Response:
        async with self._claiming(valid) as conn:
            idempotency.keep(conn, valid.key or "", valid.fingerprint, response)
        return response

    def _claiming(self, valid: ValidatedRequest) -> AbstractAsyncContextManager[Connection]:
        claim = idempotency.claim(valid.person.id, valid.key or "")
        return self._services.database.transaction(claim, person(valid.person.claims))

    async def _replay(self, valid: ValidatedRequest) -> Response:
        async with self._services.database.transaction(person(valid.person.claims)) as conn:
            return await idempotency.replay(conn, valid.key or "", valid.fingerprint)

    async def _count(self) -> None:
        """Count the request, unless its transaction has done so."""
        if self._allowance or self._caller is None:
            return
        limit = self._services.settings.rate_limit_per_minute
        try:
            self._allowance = Allowance(limit, *await self._services.database.count(self._caller, limit))
        except psycopg.Error as error:
            if error.sqlstate == "PT429":
                raise self._too_many(error) from None
            raise

    def _too_many(self, error: psycopg.Error) -> TooManyRequests:
        reset = int(error.diag.message_primary or 60)
        self._allowance = Allowance(self._services.settings.rate_limit_per_minute, 0, reset)
        return TooManyRequests(headers={"Retry-After": str(reset)})

    def _known(self, error: Exception) -> MendError:
        """The error as a caller may see it; what we did not expect is logged."""
        if isinstance(error, MendError):
            return error
        if isinstance(error, TimeoutError):
            return DeadlineExceeded(PARTLY_DONE if isinstance(self._operation, LongOperation) else None)
        known = from_postgres(error) if isinstance(error, psycopg.Error) else None
        if known is None:
            logs.failure("crash", error, route=self._path)
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

    async def _stream(self, stream: Stream, send: Send) -> None:
        """Send a stream to its end. It is logged there, with how it ended."""
        ended = "left"
        try:
            if await stream.send(self._request.receive, send, self._deadline):
                ended = "complete"
        except Exception as error:  # noqa: BLE001 - the status is sent already: the stream itself must tell
            known = self._known(error)
            ended = known.code
            await stream.fail(send, problem(known, self.id))
        finally:
            self._log(stream, bytes=stream.bytes_sent, ended=ended)

    def _log(self, response: Response, **more: str | int) -> None:
        logs.event(
            "request",
            function=self._function,
            method=self._request.method,
            route=self._path,
            status=response.status_code,
            ms=round((time.perf_counter() - self._began) * 1000, 1),
            **more,
        )

    @property
    def _path(self) -> str:
        """The path as it is declared: one that was sent may name somebody."""
        return self._operation.path if self._operation else ""
