"""Any text is stored unchanged or refused, and no body causes a crash."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from shared.visible import is_visible
from tests.conftest import Client, ClientFactory
from tests.hostile.conftest import Stage
from tests.hostile.refusals import CANARY
from tests.hostile.routes import every_route, leaves, replaced

AWKWARD = (
    "'; DROP TABLE public.mood_entries; --",
    "\\'; SELECT 1; --",
    "E'\\\\x41' $$ $1 %s %(id)s {0} ${x}",
    "\u202eright to left\u202c \u05d0\u05d1",
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪",
    "e\u0301 is not \u00e9",
    "\ufeffmark \ufffe\uffff\U0010ffff",
    "\x01\x02\x1b[31m\x7f\x80\x9f",
    "tab\tline\nfeed\r\nreturn\u2028separator\x0b\x0c\x1c\x85",
    "{}",
    "null",
    '"quoted", [listed] {and}',
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(AWKWARD)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
offsets = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(max_value=datetime(2026, 1, 1), timezones=offsets)  # noqa: DTZ001 - the offset is drawn
PLACES = {route: [place for place, _ in leaves(route.body())] for route in every_route() if route.takes_json}
some = examples(max_examples=80)


def tidy(factors: list[str]) -> list[str]:
    return list(dict.fromkeys(filter(is_visible, map(str.strip, factors))))


@some
@given(note=texts, factors=st.lists(texts, max_size=4))
async def test_a_note_and_its_factors_come_back_as_written(me: Client, note: str, factors: list[str]) -> None:
    """Any text is stored to the letter, or refused whole.

    A note that shows nothing is stored as no note. Factors are trimmed; repeated ones and those that show nothing are
    removed.
    """
    response = await me.post("/", json={"mood": "calm", "intensity": 5, "note": note, "factors": factors})
    if any(len(factor) > 80 for factor in factors):
        assert response.status_code == 422
        return

    assert response.status_code == 201
    stored = (await me.get(f"/{response.json()['mood_id']}")).json()
    assert (stored["note"], stored["factors"]) == (note if is_visible(note) else None, tidy(factors))


@some
@given(note=texts, factors=st.lists(texts.filter(lambda text: len(text) <= 80), max_size=4))
async def test_a_queued_note_comes_back_as_written(me: Client, note: str, factors: list[str]) -> None:
    """The same holds for batches and changes."""
    entry = {"mood": "calm", "intensity": 5, "note": note, "factors": factors}
    queued = (await me.post("/batch", json={"entries": [entry]})).json()["results"][0]
    stored = (await me.get(f"/{queued['mood_id']}")).json()
    changed = (await me.patch(f"/{queued['mood_id']}", json={"note": note + "!", "factors": factors})).json()

    assert (stored["note"], stored["factors"]) == (note if is_visible(note) else None, tidy(factors))
    assert (changed["note"], changed["factors"]) == (note + "!", tidy(factors))


@some
@given(moment=moments)
async def test_a_moment_comes_back_as_the_same_instant(me: Client, moment: datetime) -> None:
    """This holds for any offset. Dates near the ends of the calendar are refused."""
    entry = {"mood": "calm", "intensity": 5, "occurred_at": moment.isoformat()}
    response = await me.post("/", json=entry)
    queued = (await me.post("/batch", json={"entries": [entry]})).json()["results"][0]
    if moment.year < 1901:
        assert (response.status_code, queued["status"]) == (422, "invalid")
        return

    assert (response.status_code, queued["status"]) == (201, "created")
    for id_ in (response.json()["mood_id"], queued["mood_id"]):
        assert datetime.fromisoformat((await me.get(f"/{id_}")).json()["occurred_at"]) == moment


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


@some
@given(name=texts)
async def test_a_profile_comes_back_as_written(account: Client, name: str) -> None:
    """Names may be any text of the allowed length that shows something."""
    response = await account.patch("/profile", json={"display_name": name})
    assert response.status_code == (200 if len(name) <= 80 and is_visible(name) else 422)
    if response.status_code == 200:
        assert (await account.get("/profile")).json()["display_name"] == name


@some
@given(body=anything, raw=st.none() | st.binary(max_size=200))
async def test_any_body_is_answered(stage: Stage, body: Any, raw: bytes | None) -> None:  # noqa: ANN401 - any JSON
    """No body causes a 5xx, whether it is JSON or not."""
    content = json.dumps(body).encode() if raw is None else raw
    for route in every_route():
        if route.media_type:
            reply = await stage.send(route, stage.request(route, content))
            assert reply.status < 500, (str(route), reply.status)


@some
@given(pick=st.integers(0, 1_000), value=anything)
async def test_any_value_in_any_field_is_answered(stage: Stage, pick: int, value: Any) -> None:  # noqa: ANN401
    """No value in any field causes a 5xx, and errors do not repeat it."""
    for route, places in PLACES.items():
        place = places[pick % len(places)]
        body = json.dumps(replaced(route.body(), place, [CANARY, value] if isinstance(value, list) else value))
        reply = await stage.send(route, stage.request(route, body.encode()))
        assert reply.status < 500, (str(route), place)
        assert not (reply.status >= 400 and reply.mentions(CANARY)), (str(route), place)
