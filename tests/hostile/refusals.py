"""What all error responses have in common."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import NamedTuple

from tests.hostile.conftest import Stage
from tests.hostile.routes import Route
from tests.hostile.wire import RawRequest, Reply

CANARY = "canary7f3e"
MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


class Attempt(NamedTuple):
    what: str
    route: Route
    request: RawRequest
    statuses: set[int]


async def assert_refused(stage: Stage, attempts: Iterable[Attempt]) -> None:
    """Each response is a complete problem that does not repeat the input, and no row changes."""
    before = stage.checksum()
    tried = [f async for f in _tried(stage, list(attempts))]
    faults = [fault for fault in tried if fault]

    assert tried
    assert not faults, "\n".join(faults)
    assert stage.checksum() == before


async def _tried(stage: Stage, attempts: list[Attempt]) -> AsyncIterator[str]:
    for attempt in attempts:
        wrong = [*problem_faults(await stage.send(attempt.route, attempt.request), attempt.statuses)]
        yield f"{attempt.route}: {attempt.what}: {'; '.join(wrong)}" if wrong else ""


def problem_faults(reply: Reply, statuses: set[int]) -> Iterator[str]:
    if reply.mentions(CANARY):
        yield "repeats what was sent"
    if "x-request-id" not in reply.headers:
        yield "has no request id"
    if _each_entry_refused(reply):
        return
    if reply.status not in statuses:
        yield f"is answered {reply.status}, not {statuses}: {reply.body[:200]!r}"
    if reply.headers.get("content-type") != "application/problem+json":
        yield f"is a {reply.headers.get('content-type')}"
        return
    yield from _member_faults(reply)


def _member_faults(reply: Reply) -> Iterator[str]:
    problem = reply.json
    if problem.keys() != MEMBERS:
        yield f"has the members {sorted(problem)}"
        return
    if problem["status"] != reply.status or problem["request_id"] != reply.headers["x-request-id"]:
        yield "contradicts its headers"
    if not (problem["type"].endswith(problem["code"]) and problem["title"] and problem["detail"]):
        yield "does not say what is wrong"
    if not all(error.keys() == {"loc", "msg"} for error in problem["errors"]):
        yield "has odd errors"
    if any(
        "match pattern" in error["msg"] or error["msg"].startswith("Value should have") for error in problem["errors"]
    ):
        yield "shows a rule of the validator, not words"


def _each_entry_refused(reply: Reply) -> bool:
    """A batch has a result for each entry."""
    results = reply.json.get("results", []) if reply.status == 200 else []
    return bool(results) and all(result["status"] == "invalid" and result["errors"] for result in results)
