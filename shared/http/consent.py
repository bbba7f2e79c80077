"""Operations that a person may use while they agree to a purpose."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any

from starlette.responses import Response

from shared import consents
from shared.consents import Purpose
from shared.http.operations import AnyOperation, Call, LongCall, LongOperation, Operation


def with_consent(purpose: Purpose, *operations: AnyOperation) -> Iterator[AnyOperation]:
    """The operations. Those of a person answer `ConsentNeeded` before they read anything, unless the person agrees."""
    for operation in operations:
        if isinstance(operation, Operation) and not operation.admin:
            yield replace(operation, handler=_short(purpose, operation.handler))
        elif isinstance(operation, LongOperation):
            yield replace(operation, handler=_long(purpose, operation.handler))
        else:
            yield operation


def _short(
    purpose: Purpose, handler: Callable[[Call[Any, Any]], Awaitable[Response]]
) -> Callable[[Call[Any, Any]], Awaitable[Response]]:
    @wraps(handler)
    async def handle(call: Call[Any, Any]) -> Response:
        consents.require(call.conn, purpose)
        return await handler(call)

    return handle


def _long(
    purpose: Purpose, handler: Callable[[LongCall[Any, Any]], Awaitable[Response]]
) -> Callable[[LongCall[Any, Any]], Awaitable[Response]]:
    async def require(call: Call[Any, Any]) -> None:
        consents.require(call.conn, purpose)

    @wraps(handler)
    async def handle(call: LongCall[Any, Any]) -> Response:
        await call.in_transaction(require)
        return await handler(call)

    return handle
