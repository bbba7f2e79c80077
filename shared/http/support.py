"""Adds support to the response, whatever it is, if the words of a person's request tell of danger."""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

from shared import logs
from shared.auth import Person
from shared.clock import utc_now
from shared.db import Database, claims_role
from shared.http.problems import PROBLEM_JSON
from shared.http.responses import JSON
from shared.http.streams import Stream
from shared.request_permits import RequestPermits
from shared.safety import Support, find_codes_in, support_for
from shared.safety.care import Shown, show_support
from shared.safety.gate import grade_of
from shared.safety.support import fallback_support

LONG_TEXT = 2_000  # characters; the gate reads longer texts in a thread
RECORD_SECONDS = 2
MAX_RECORDS = 10  # of a person a minute, in one process; then the last support is repeated
MAX_PEOPLE = 1_000
LARGE_BODY = 65_536  # bytes; parsing more of what was refused would stop the event loop
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
MAX_REFUSED_TEXT = 20_000  # characters, of a body that was refused


@dataclass
class _Recent:
    """What a person was shown in a minute, and how many requests of that minute told of danger."""

    records: int = 0
    support: Support | None = None


class SupportDesk:
    """Finds danger in requests, and decides once for a request which support its person is shown."""

    def __init__(self, database: Database, permits: RequestPermits) -> None:
        self._database = database
        self._permits = permits
        self._recent: OrderedDict[tuple[str, int], _Recent] = OrderedDict()  # by person and minute

    async def support(
        self,
        person: Person,
        words: Iterable[str],
        accept_language: str = "",
        *,
        opens_care: bool = True,
        only_immediate: bool = False,
    ) -> Support | None:
        """The support for these words, or None. A gate that fails gives support to everyone, and an alert."""
        try:
            codes = await _find(list(words))
        except Exception as error:  # noqa: BLE001 - whatever it is, people in danger must not go without an answer
            logs.failure("gate_broken", error)
            return fallback_support()
        codes = tuple(code for code in codes if not only_immediate or grade_of(code) == "immediate")
        if not codes:
            return None
        recent = self._recent.setdefault((str(person.id), int(utc_now().timestamp()) // 60), _Recent())
        if len(self._recent) > MAX_PEOPLE:
            self._recent.popitem(last=False)
        recent.records += 1
        if recent.records > MAX_RECORDS:
            return recent.support
        recent.support = await self._record(person, codes, accept_language, opens_care=opens_care)
        return recent.support

    async def _record(
        self, person: Person, codes: Sequence[str], accept_language: str, *, opens_care: bool
    ) -> Support | None:
        try:
            async with (
                asyncio.timeout(RECORD_SECONDS),
                self._permits.hold(str(person.id)),
                self._database.transaction(claims_role(person.claims)) as conn,
            ):
                shown = await show_support(conn, person.id, codes, utc_now(), opens_care=opens_care)
        except Exception as error:  # noqa: BLE001 - without Postgres, support is shown all the same
            logs.failure("support_not_recorded", error)
            shown = Shown(codes[0], 0, *_place(accept_language), safety_plan=False)
        return support_for(**shown._asdict()) if shown else None


def words_in(value: object) -> Iterator[str]:
    """All texts in a model, or in parsed JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from words_in(value.__dict__)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from words_in(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from words_in(part)


def words_in_refused(body: bytes) -> Iterator[str]:
    """The first texts in a body that was refused. One that is large, or is not JSON, is a text itself."""
    try:
        if len(body) <= LARGE_BODY:
            yield from first_texts(words_in(json.loads(body)), MAX_REFUSED_TEXT)
            return
    except (ValueError, RecursionError):
        pass
    yield ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), body[:MAX_REFUSED_TEXT].decode("utf-8", "replace"))


def first_texts(words: Iterable[str], budget: int) -> Iterator[str]:
    """The texts until so many characters are reached."""
    for text in words:
        yield text[:budget]
        budget -= len(text)
        if budget <= 0:
            return


def add_support(response: Response, support: Support) -> Response:
    """The response with `support`, unless it is not a JSON object or has support already."""
    if response.status_code == HTTPStatus.NO_CONTENT:
        return Response(_dump({"support": support}), HTTPStatus.OK, media_type=JSON)
    media_type = response.headers.get("content-type", "")
    if isinstance(response, Stream) or not media_type.startswith((JSON, PROBLEM_JSON)):
        return response
    answer = json.loads(bytes(response.body))
    if not isinstance(answer, dict) or answer.get("support"):
        return response
    response.body = _dump(answer | {"support": support})
    response.headers["Content-Length"] = str(len(response.body))
    return response


def _dump(answer: Mapping[str, Any]) -> bytes:
    return to_json(answer, exclude_none=False)


def _place(accept_language: str) -> tuple[str | None, str | None]:
    """The country and language of the caller's device, where the profile cannot be read."""
    locale = accept_language.partition(",")[0].partition(";")[0].strip()[:35]
    country = next((part.upper() for part in locale.split("-")[1:] if len(part) == 2), None)  # noqa: PLR2004
    return country, locale or None


async def _find(words: Sequence[str]) -> tuple[str, ...]:
    if sum(map(len, words)) > LONG_TEXT:
        return await asyncio.to_thread(find_codes_in, words)
    return find_codes_in(words)
