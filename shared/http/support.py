"""Adds support to the response, whatever it is, if the words of a person's request tell of danger."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby, islice
from typing import Any, LiteralString

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from shared import logs
from shared.auth import Person
from shared.clock import utc_now
from shared.db import Connection, Database, claims_role
from shared.http.operations import BodyReader
from shared.http.problems import PROBLEM_JSON
from shared.http.responses import JSON, ResponseModel
from shared.http.streams import Stream
from shared.http.words import EntryFields, Words, words_of_unknown
from shared.places import device_locale, likely_country
from shared.request_permits import RequestPermits
from shared.safety import Support, find_codes_in, support_for
from shared.safety.care import Opening, Shown, show_support
from shared.safety.gate import OPENING_GRADES, grade_of
from shared.safety.support import fallback_support

OWN_TIMEZONE: LiteralString = "SELECT timezone FROM public.user_profiles WHERE user_id = mend.uid()"
LONG_TEXT = 2_000  # characters; the gate reads longer texts in a thread
RECORD_SECONDS = 2
MAX_RECORDS = 10  # of a person and a code a minute, in one process; then the last support is repeated
MAX_UNKNOWN = 30  # requests without a valid token that are read, of an address a minute, in one process
MAX_CALLERS = 1_000
MAX_OPENINGS = 200  # as many as a batch has entries


@dataclass
class _Recent:
    """What a caller was shown in a minute, and how many requests of that minute count towards the limit."""

    records: int = 0
    support: Support | None = None


class SupportDesk:
    """Finds danger in requests, and decides once for a request which support its person is shown."""

    def __init__(self, database: Database, permits: RequestPermits) -> None:
        self._database = database
        self._permits = permits
        self._recent: OrderedDict[tuple[str, int], _Recent] = OrderedDict()  # by caller and minute

    async def support(
        self,
        person: Person,
        words: Iterable[Words],
        accept_language: str = "",
        *,
        opens_care: bool = True,
        only_immediate: bool = False,
    ) -> Support | None:
        """The support for these words, or None. A gate that fails gives support to everyone, and an alert.

        With `only_immediate`, lesser grades have no answer, and no care period opens.
        """
        try:
            codes, openings = await _find(list(words))
        except Exception as error:  # noqa: BLE001 - whatever it is, people in danger must not go without an answer
            logs.failure("gate_broken", error)
            return fallback_support()
        codes = tuple(code for code in codes if not only_immediate or grade_of(code) == "immediate")
        if not codes:
            return None
        recent = self._count(f"{person.id} {codes[0]}")
        if recent.records <= MAX_RECORDS:
            recent.support = await self._record(
                person, codes, openings if opens_care and not only_immediate else [], accept_language
            )
        return recent.support

    async def support_for_unknown(
        self, request: Request, reader: BodyReader[Any] | None, address: str
    ) -> Support | None:
        """The support for a request without a valid token. It depends on the request alone, and nothing is recorded."""
        if self._count(address).records > MAX_UNKNOWN:
            return None
        try:
            codes, _ = await _find(await words_of_unknown(request, reader))
        except Exception as error:  # noqa: BLE001 - as above
            logs.failure("gate_broken", error)
            return fallback_support()
        return support_for(codes[0], 0, *_place(request.headers.get("accept-language", ""))) if codes else None

    def _count(self, caller: str) -> _Recent:
        recent = self._recent.setdefault((caller, int(utc_now().timestamp()) // 60), _Recent())
        if len(self._recent) > MAX_CALLERS:
            self._recent.popitem(last=False)
        recent.records += 1
        return recent

    async def _record(
        self, person: Person, codes: Sequence[str], openings: Sequence[Opening], accept_language: str
    ) -> Support | None:
        try:
            async with (
                asyncio.timeout(RECORD_SECONDS),
                self._permits.hold(str(person.id)),
                self._database.transaction(claims_role(person.claims)) as conn,
            ):
                shown = await show_support(conn, person.id, codes, openings, utc_now())
                timezone = await _own_timezone(conn) if shown and not shown.country else None
        except Exception as error:  # noqa: BLE001 - without Postgres, support is shown all the same
            logs.failure("support_not_recorded", error)
            shown, timezone = Shown(codes[0], 0, *_place(accept_language), safety_plan=False), None
        if shown is None:
            return None
        return support_for(**shown._asdict(), accept_language=accept_language, timezone=timezone)


class SupportAnswer(ResponseModel):
    """What an operation without another answer says to words of danger: it has taken effect, and here is help."""

    support: Support


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
    response.headers["Cache-Control"] = "no-store"
    response.body = _dump(answer | {"support": support})
    response.headers["Content-Length"] = str(len(response.body))
    return response


def _dump(answer: Mapping[str, Any]) -> bytes:
    return to_json(answer, exclude_none=False)


def _place(accept_language: str) -> tuple[str | None, str | None]:
    """The country and language of the caller's device, where the profile cannot be read."""
    return likely_country(None, None, accept_language), device_locale(accept_language)


async def _own_timezone(conn: Connection) -> str | None:
    row: tuple[str] | None = (await conn.run(OWN_TIMEZONE)).first
    return row[0] if row else None


async def _find(words: Sequence[Words]) -> tuple[tuple[str, ...], list[Opening]]:
    """The codes of all that is found, from the gravest on, and what of it opens a care period."""
    if sum(len(text) for text, _ in words) > LONG_TEXT:
        return await asyncio.to_thread(_find_all, words)
    return _find_all(words)


def _find_all(words: Sequence[Words]) -> tuple[tuple[str, ...], list[Opening]]:
    codes = find_codes_in(text for text, _ in words)
    opening = {code for code in codes if grade_of(code) in OPENING_GRADES}
    return codes, list(islice(_openings(words, opening), MAX_OPENINGS)) if opening else []


def _openings(words: Sequence[Words], opening: Collection[str]) -> Iterator[Opening]:
    """The codes that open, in each object whose own time is not older than a care period."""
    now = utc_now()
    for _, group in groupby(words, key=lambda word: id(word.fields)):
        texts = list(group)
        entry = EntryFields.of(texts[0].fields)
        if not entry.is_older_than_care(now):
            codes = find_codes_in(text for text, _ in texts)
            yield from (Opening(code, entry.version) for code in codes if code in opening)
