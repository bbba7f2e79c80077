"""Processes one request: routes, validates, runs and counts it, sends the response, logs it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext, suppress
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

import psycopg
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope, Send

from shared import idempotency, logs
from shared.auth import Person
from shared.clock import utc_now
from shared.db import Connection, claims_role, count_request, set_role
from shared.errors import (
    DeadlineExceeded,
    Forbidden,
    Invalid,
    MendError,
    SecondFactorRequired,
    Sentence,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from shared.http.headers import add_headers
from shared.http.inputs import ValidatedRequest, parse_body, read_body, read_public_body, read_query
from shared.http.operations import (
    AnyOperation,
    BodyReader,
    Call,
    LongCall,
    LongOperation,
    Operation,
    PublicCall,
    PublicOperation,
)
from shared.http.problem_texts import TRANSLATIONS, load_locale
from shared.http.problems import from_postgres, problem
from shared.http.streams import Stream, last_event_id
from shared.http.support import add_support
from shared.http.words import words_in, words_in_query, words_in_refused
from shared.ids import new_id
from shared.rate_limit import Allowance, address_of
from shared.request_permits import TooManyAtOnce
from shared.safety import Support
from shared.services import Services
from shared.spans import OpenSpan, entered

T = TypeVar("T")

PARTLY_DONE = Sentence("The request took too long and was cancelled. Part of it may have been done.")
SERVER_ERROR = 500
COUNT_SECONDS = 2  # for a request that has failed: while Postgres hangs, it is answered uncounted
SUPPORT_SECONDS = 4  # for the rest of a request with words of danger
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestCycle:
    def __init__(
        self,
        function: str,
        route: Callable[[Scope], tuple[AnyOperation, Mapping[str, Any]]],
        request: Request,
        services: Services,
    ) -> None:
        request_id = request.headers.get("x-request-id", "")
        self.id = request_id if SAFE_REQUEST_ID.fullmatch(request_id) else str(new_id())
        self._function = function
        self._route = route
        self._request = request
        self._services = services
        self._began = time.perf_counter()
        self._operation: AnyOperation | None = None
        self._deadline = 0.0  # by the clock of the event loop
        self._timeout = asyncio.timeout_at(None)
        self._caller: str | None = address_of(request, services.settings.trusted_proxies)
        self._accept_language = request.headers.get("accept-language", "")
        self._claims = ""  # of the caller, once authenticated
        self._limit = services.settings.rate_limit_per_minute
        self._allowance: Allowance | None = None
        self._support: Support | None = None
        self._span = OpenSpan(function)
        self._heavy = AsyncExitStack()  # the permit of a heavy request, until its response has been sent

    async def run(self, send: Send) -> None:
        traceparent = self._request.headers.get("traceparent")
        with entered(self._services, traceparent, self._function, "SERVER", request_id=self.id) as self._span:
            await self._run(send)

    async def _run(self, send: Send) -> None:
        request, settings = self._request, self._services.settings
        try:
            response = Response(status_code=204) if request.method == "OPTIONS" else await self._respond()
            if self._support:
                response = add_support(response, self._support)
            response.headers["X-Request-Id"] = self.id
            response.raw_headers += self._allowance.raw_headers if self._allowance else []
            add_headers(response, request, settings.cors_origins)
            if isinstance(response, Stream) and request.method != "HEAD":
                await self._stream(response, send)
            else:
                self._log(response)
                await response(request.scope, request.receive, send)
        finally:
            await self._heavy.aclose()

    async def _respond(self) -> Response:
        """The response to the request. Every exception becomes an error response."""
        try:
            operation, path = self._route(self._request.scope)
            self._operation = operation
            self._deadline = asyncio.get_running_loop().time() + self._seconds(operation)
            async with asyncio.timeout_at(self._deadline) as self._timeout:
                return await self._execute(operation, path)
        except Exception as error:  # noqa: BLE001 - the outermost handler
            return await self._refuse(self._as_mend_error(error))

    def _seconds(self, operation: AnyOperation) -> float:
        return (isinstance(operation, LongOperation) and operation.seconds) or self._services.settings.request_seconds

    async def _execute(self, operation: AnyOperation, path: Mapping[str, Any]) -> Response:
        if isinstance(operation, PublicOperation):
            return await self._run_public(operation, path)
        valid = await self._validate(operation, path)
        if self._support and isinstance(operation, Operation):
            self._hurry()
        async with self._permit():
            if isinstance(operation, LongOperation):
                if operation.heavy:
                    await self._heavy.enter_async_context(self._services.heavy_permits.hold(str(valid.person.id)))
                return await self._run_long(operation, valid)
            return await self._or_stored_response(valid, lambda: self._run_in_transaction(operation, valid))

    def _hurry(self) -> None:
        """Words of danger are answered soon: if Postgres hangs, with support in an error."""
        self._deadline = min(self._deadline, asyncio.get_running_loop().time() + SUPPORT_SECONDS)
        self._timeout.reschedule(self._deadline)

    async def _run_public(self, operation: PublicOperation, path: Mapping[str, Any]) -> Response:
        """Count the request by its address, then run the handler. Words of danger in a query are answered, too."""
        if operation.query:
            with suppress(Unauthenticated, Unavailable):  # then it is for an unknown caller
                desk, caller = self._services.support_desk, await self._authenticate(None)
                self._support = await desk.support(caller, words_in_query(self._request), self._accept_language)
        self._caller = self._caller if operation.counted else None
        query = read_query(self._request, operation)
        body = await read_public_body(self._request, operation)
        async with self._permit():
            await self._services.database.retry(self._count)
            return await operation.handler(PublicCall(self._services, self._request.headers, path, body, query))

    def _permit(self) -> AbstractAsyncContextManager[None]:
        """A permit of the caller, to be held while the database is used. Streams and uncounted requests need none."""
        if self._caller is None or (isinstance(self._operation, LongOperation) and self._operation.streamed):
            return nullcontext()
        return self._services.request_permits.hold(self._caller)

    async def _validate(
        self, operation: Operation[Any, Any] | LongOperation[Any, Any], path: Mapping[str, Any]
    ) -> ValidatedRequest:
        caller = await self._authenticate(operation.body)
        self._caller, self._claims = str(caller.id), caller.claims
        if operation.admin and not caller.is_admin:
            raise SecondFactorRequired if caller.lacks_second_factor else Forbidden("Only admins may do this.")
        key = idempotency.read_key(self._request)
        raw, body, query = b"", None, None
        words = words_in_query(self._request)
        try:
            if operation.body:
                raw = await read_body(self._request, operation.body)
                words = chain(words, words_in_refused(raw))
                body = await parse_body(operation.body, self._request, raw)
                words = chain(words_in_query(self._request), words_in(body))
            query = read_query(self._request, operation)
        finally:
            if not operation.admin:
                self._support = await self._services.support_desk.support(
                    caller, words, self._accept_language, only_immediate=operation.only_immediate
                )
        fingerprint = idempotency.fingerprint(self._request, raw) if key else b""
        return ValidatedRequest(caller, body, query, path, key, fingerprint)

    async def _authenticate(self, body: BodyReader[Any] | None) -> Person:
        try:
            return await self._services.authenticator.person(self._request.headers.get("authorization"))
        except (Unauthenticated, Unavailable):
            desk = self._services.support_desk
            self._support = await desk.support_for_unknown(self._request, body, self._caller or "")
            raise

    async def _run_in_transaction(self, operation: Operation[Any, Any], valid: ValidatedRequest) -> Response:
        """Count the request. Then claim its key, run the handler and store the response, in one transaction."""
        person, counted = valid.person, None
        try:
            async with self._services.database.transaction() as conn:
                if not self._allowance:
                    counted = count_request(conn, str(person.id), self._limit)
                if valid.key:
                    conn.queue(*idempotency.claim_key(person.id, valid.key))
                set_role(conn, claims_role(person.claims))
                response = await operation.handler(Call(*self._parts_of_call(valid), conn))
                if valid.key:
                    idempotency.store_response(conn, valid.key, valid.fingerprint, response)
                return response
        finally:
            if counted and counted.executed:
                self._allowance = Allowance(self._limit, *counted.rows[0])

    async def _run_long(self, operation: LongOperation[Any, Any], valid: ValidatedRequest) -> Response:
        """Count the request, look for a stored response, run the handler and store its response, step by step."""
        streamed = operation.streamed
        if valid.key and streamed:
            raise Invalid("This route streams its response, which is not stored. Send no Idempotency-Key.")
        resume_at = last_event_id(self._request) if streamed and streamed.events else None
        await self._services.database.retry(self._count)
        if valid.key:
            stored_response = await self._or_stored_response(valid, lambda: self._check_key(valid))
            if stored_response:
                return stored_response
        call = LongCall(*self._parts_of_call(valid), last_event_id=resume_at)
        if streamed:
            await call.refuse_erased()
        response = await operation.handler(call)
        if valid.key:
            return await self._or_stored_response(valid, lambda: self._store_response(valid, response))
        return response

    def _parts_of_call(
        self, valid: ValidatedRequest
    ) -> tuple[Person, datetime, Any, Any, Mapping[str, Any], Headers, Services, Support | None]:
        """What every `Call` has, in the order of its fields."""
        sent = (valid.person, utc_now(), valid.body, valid.query, valid.path)
        return *sent, self._request.headers, self._services, self._support

    async def _or_stored_response(self, valid: ValidatedRequest, work: Callable[[], Awaitable[T]]) -> T | Response:
        """What `work` returns, or the stored response if the key has one. `Database.retry` may run it again."""

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
                        return await self._load_response(valid)
                raise

        return await self._services.database.retry(attempt)

    async def _check_key(self, valid: ValidatedRequest) -> None:
        """Claim the key and release it. Fails with PT208 if the key has a response."""
        async with self._claim_key(valid):
            pass

    async def _store_response(self, valid: ValidatedRequest, response: Response) -> Response:
        async with self._claim_key(valid) as conn:
            idempotency.store_response(conn, valid.key or "", valid.fingerprint, response, is_late=True)
        return response

    def _claim_key(self, valid: ValidatedRequest) -> AbstractAsyncContextManager[Connection]:
        claim = idempotency.claim_key(valid.person.id, valid.key or "")
        return self._services.database.transaction(claim, claims_role(valid.person.claims))

    async def _load_response(self, valid: ValidatedRequest) -> Response:
        async with self._services.database.transaction(claims_role(valid.person.claims)) as conn:
            return await idempotency.load_response(conn, valid.key or "", valid.fingerprint)

    async def _count(self) -> None:
        """Count the request, unless it is counted already."""
        if self._allowance or self._caller is None:
            return
        try:
            self._allowance = Allowance(self._limit, *await self._services.database.count(self._caller, self._limit))
        except psycopg.Error as error:
            if error.sqlstate == "PT429":
                raise self._too_many(error) from None
            raise

    def _too_many(self, error: psycopg.Error) -> TooManyRequests:
        reset = int(error.diag.message_primary or 60)
        self._allowance = Allowance(self._limit, 0, reset)
        return TooManyRequests(headers={"Retry-After": str(reset)})

    def _as_mend_error(self, error: Exception) -> MendError:
        """The error that the caller may see. An unexpected one is logged."""
        if isinstance(error, MendError):
            return error
        if isinstance(error, TimeoutError):
            return DeadlineExceeded(PARTLY_DONE if isinstance(self._operation, LongOperation) else None)
        mend_error = from_postgres(error) if isinstance(error, psycopg.Error) else None
        if mend_error is None:
            logs.failure("crash", error, route=self._path)
        return mend_error or MendError()

    async def _refuse(self, error: MendError) -> Response:
        locale = None
        if not isinstance(error, Unavailable | TooManyAtOnce):  # counting and reading would wait as well
            try:
                async with asyncio.timeout(COUNT_SECONDS), self._permit():
                    await self._count()
                    locale = await load_locale(self._services.database, self._claims, error)
            except TooManyRequests as too_many:
                error = too_many
            except Exception as database_error:  # noqa: BLE001 - without Postgres, the response is sent uncounted
                logs.failure("uncounted", database_error)
        return problem(error, self.id, TRANSLATIONS.code(locale, self._accept_language))

    async def _stream(self, stream: Stream, send: Send) -> None:
        """Send a stream, and log at its end how it ended."""
        ended = "left"
        try:
            if await stream.send(self._request.receive, send, self._deadline):
                ended = "complete"
        except Exception as error:  # noqa: BLE001 - the status is already sent, so the stream itself reports the error
            mend_error = self._as_mend_error(error)
            ended = mend_error.code
            await stream.fail(send, problem(mend_error, self.id))
        finally:
            self._log(stream, bytes=stream.bytes_sent, ended=ended)

    def _log(self, response: Response, **more: str | int) -> None:
        if self._operation:
            self._span.name = f"{self._function} {self._operation.method} {self._path}"
        self._span.attributes = {"status": response.status_code, **more}
        self._span.failed = response.status_code >= SERVER_ERROR
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
        """The declared path. The requested one may contain an id."""
        return self._operation.path if self._operation else ""
