"""Operations that a person may use while they agree to a purpose."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, TypeAlias

from starlette.responses import Response

from shared import consents
from shared.consents import Purpose
from shared.db import Connection
from shared.http.operations import AnyOperation, Call, LongCall, LongOperation, Operation

Prepare: TypeAlias = Callable[[Connection, datetime], None]


def with_consent(purpose: Purpose, *operations: AnyOperation, prepare: Prepare) -> Iterator[AnyOperation]:
    """The operations. Those of a person answer `ConsentNeeded` before they read anything, unless the person agrees.

    What `prepare` queues comes after the consent, and before what the operation reads.
    """

    async def begin(call: Call[Any, Any]) -> None:
        consents.require(call.conn, purpose)
        prepare(call.conn, call.now)

    for operation in operations:
        if isinstance(operation, Operation) and not operation.admin:
            yield replace(operation, handler=_short(begin, operation.handler))
        elif isinstance(operation, LongOperation):
            yield replace(operation, handler=_long(begin, operation.handler))
        else:
            yield operation


def _short(
    begin: Callable[[Call[Any, Any]], Awaitable[None]], handler: Callable[[Call[Any, Any]], Awaitable[Response]]
) -> Callable[[Call[Any, Any]], Awaitable[Response]]:
    @wraps(handler)
    async def handle(call: Call[Any, Any]) -> Response:
        await begin(call)
        return await handler(call)

    return handle


def _long(
    begin: Callable[[Call[Any, Any]], Awaitable[None]], handler: Callable[[LongCall[Any, Any]], Awaitable[Response]]
) -> Callable[[LongCall[Any, Any]], Awaitable[Response]]:
    @wraps(handler)
    async def handle(call: LongCall[Any, Any]) -> Response:
        await call.in_transaction(begin)
        return await handler(call)

    return handle
