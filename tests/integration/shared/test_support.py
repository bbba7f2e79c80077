"""Whatever a person sends, and whatever becomes of the request: words of danger are answered with support."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pydantic import SecretStr

from shared.clock import utc_now
from shared.http import JsonBody
from shared.http.operations import PersonOperation
from shared.safety import gate, texts
from shared.services import Services
from tests.conftest import APPS, Client, ClientFactory, Clone

DANGER = "I want to kill myself"
NOW = "I swallowed 30 paracetamol an hour ago"
HINT = "Everyone would be better off without me"
UNREACHABLE = SecretStr("postgresql://mend_app@127.0.0.1:1/none")
LISTS = ("signs", "alone", "distractions", "people", "professionals", "safer_place")
CHECK_IN = {"mood": "hopeless", "intensity": 9}
ACCEPTED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("checkin", "POST", "/", {"json": CHECK_IN | {"note": DANGER}}),
    ("checkin", "POST", "/", {"json": CHECK_IN | {"factors": ["work", DANGER]}}),
    ("checkin", "POST", "/batch", {"json": {"entries": [CHECK_IN, CHECK_IN | {"note": DANGER}]}}),
    ("recommend", "GET", "/content", {"params": {"q": DANGER}}),
    ("account", "PATCH", "/profile", {"json": {"display_name": DANGER}}),
]
ROUTES = [
    pytest.param(function, operation, id=f"{function} {operation.method} {operation.path}")
    for function, app in APPS.items()
    for operation in app.operations
    if isinstance(operation, PersonOperation) and isinstance(operation.body, JsonBody) and not operation.admin
]


async def care_of(database: Clone, client: Client) -> list[tuple[Any, ...]]:
    return database.rows("SELECT grade, ends_at - opened_at FROM public.care_periods WHERE user_id = %s", client.person)


@pytest.mark.parametrize(("function", "method", "path", "request_"), ACCEPTED)
async def test_accepted_words_of_danger_are_answered(  # noqa: PLR0913, PLR0917 - one row of a table
    client_for: ClientFactory, database: Clone, function: str, method: str, path: str, request_: dict[str, Any]
) -> None:
    """The answer has support, and 72 hours of quiet begin."""
    client = client_for(function)

    response = await client.request(method, path, **request_)

    assert response.is_success
    assert response.json()["support"]["grade"] == "explicit"
    assert await care_of(database, client) == [("explicit", timedelta(hours=72))]


@pytest.mark.parametrize(("function", "operation"), ROUTES)
async def test_refused_words_of_danger_are_answered_on_every_route(
    client_for: ClientFactory, function: str, operation: PersonOperation[Any, Any]
) -> None:
    """The problem has support. (A file that cannot be imported has no entries.)"""
    path = operation.path
    for parameter in operation.route.param_convertors:
        path = path.replace(
            next(part for part in path.split("/") if part.startswith(f"{{{parameter}")), PATHS[parameter]
        )
    response = await client_for(function).request(operation.method, path, json={"words": [{"deeper": NOW}]})

    assert response.is_client_error
    assert response.json()["support"]["lines"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_words_of_danger_in_a_body_of_another_kind_are_answered(me: Client, media_type: str) -> None:
    """It is refused, but read."""
    response = await me.post("/", content=f'{{"note": "{DANGER}"}}', headers={"Content-Type": media_type})

    assert (response.status_code, response.json()["code"]) == (415, "wrong_media_type")
    assert response.json()["support"]["lines"]


PATHS = {
    "id": "0190a7b2-0000-7000-8000-000000000001",
    "activity_id": "0190a7b2-0000-7000-8000-000000000002",
    "content_id": "0190a7b2-0000-7000-8000-000000000003",
    "message_id": "0190a7b2-0000-7000-8000-000000000004",
    "token": "a-device-of-somebody",
    "purpose": "insights",
}


def test_no_route_is_exempt() -> None:
    """Every body is JSON, which the gate reads before anything else, or is named here. Admins write the catalogue."""
    exempt = {
        f"{function} {operation.method} {operation.path}"
        for function, app in APPS.items()
        for operation in app.operations
        if isinstance(operation, PersonOperation)
        if operation.admin or not isinstance(operation.body, JsonBody | None)
    }

    assert exempt == {
        "checkin POST /import",  # the handler reads the entries
        "insights POST /measures/import",  # the handler reads the names
        "account POST /import",  # the same
        "account PUT /avatar",  # a picture
        "account POST /support-access",
        "account GET /support/{id:uuid}",
        "insights GET /metrics",
        "recommend POST /content",
        "recommend PATCH /content/{id:uuid}",
        "recommend DELETE /content/{id:uuid}",
        "recommend POST /content/{id:uuid}/picture",
        "recommend PUT /content/{id:uuid}/picture/{upload:uuid}",
        "recommend DELETE /content/{id:uuid}/picture",
    }


async def test_an_imported_diary_is_read(client_for: ClientFactory, database: Clone) -> None:
    """Recent words open quiet hours. Words of long ago are answered, and change nothing."""
    now = utc_now()
    me, other = client_for(), client_for()

    recent = await me.post("/import", content=_diary(now - timedelta(hours=5)), headers={"Content-Type": "text/csv"})
    old = await other.post("/import", content=_diary(now - timedelta(days=400)), headers={"Content-Type": "text/csv"})

    assert recent.json()["imported"] == old.json()["imported"] == 1
    assert recent.json()["support"]["grade"] == old.json()["support"]["grade"] == "explicit"
    assert [await care_of(database, client) for client in (me, other)] == [[("explicit", timedelta(hours=72))], []]


def _diary(moment: datetime) -> str:
    line = f"{moment:%Y-%m-%d},{moment:%A},{moment:%H:%M},awful,work,,{DANGER}"
    return f"full_date,weekday,time,mood,activities,note_title,note\n{line}\n"


@pytest.mark.usefixtures("a_minute_begins")
async def test_support_stands_before_the_rate_limit(
    client_for: ClientFactory, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request beyond the limit is refused, with support."""
    limited = services.settings.model_copy(update={"rate_limit_per_minute": 1})
    monkeypatch.setitem(services.__dict__, "settings", limited)
    client = client_for()
    await client.post("/", json=CHECK_IN)

    refused = await client.post("/", json=CHECK_IN | {"note": DANGER})

    assert refused.status_code == 429
    assert refused.json()["support"]["lines"]


async def test_support_needs_no_database(
    client_for: ClientFactory, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The language and country are then those of the device."""
    client = client_for()
    database = services.database
    await database.close()
    monkeypatch.setattr(database, "_settings", services.settings.model_copy(update={"database_url": UNREACHABLE}))

    refused = await client.post("/", json=CHECK_IN | {"note": DANGER}, headers={"Accept-Language": "de-AT, en;q=0.5"})

    assert refused.status_code == 503
    support = refused.json()["support"]
    assert {line["country"] for line in support["lines"]} == {"AT"}
    assert support["title"] in {text["title"] for text in texts.all_of("de")["texts"]["explicit"]}


async def test_a_broken_gate_gives_support_on_every_answer(
    me: Client, database: Clone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It raises an alert, and opens no care period."""

    def broken() -> None:
        raise OSError("the file cannot be read")

    monkeypatch.setattr(gate, "rulebook", broken)

    answer = (await me.post("/", json=CHECK_IN | {"note": "An ordinary day, " * 9})).json()

    assert answer["support"]["lines"]
    assert await care_of(database, me) == []
    assert "gate_broken" in caplog.messages


async def test_lesser_grades_answer_once_and_change_nothing(me: Client, database: Clone) -> None:
    """The next check-in has its streak, and no support."""
    hint = (await me.post("/", json=CHECK_IN | {"note": HINT})).json()
    after = (await me.post("/", json=CHECK_IN)).json()

    assert hint["support"]["grade"] == "indirect"
    assert await care_of(database, me) == []
    assert (after["support"], after["streak"]["current"]) == (None, 1)


async def test_no_wording_comes_twice_in_a_row(me: Client) -> None:
    """The text of the same grade varies."""
    messages = [(await me.post("/", json=CHECK_IN | {"note": DANGER})).json()["support"]["message"] for _ in range(6)]

    assert all(one != following for one, following in pairwise(messages))
    assert len({*messages}) == texts.VARIANTS


async def test_the_person_closes_the_care_period(me: Client, client_for: ClientFactory) -> None:
    """The next check-in is as before. Closing twice does nothing more."""
    account = client_for("account", me.person)
    await me.post("/", json=CHECK_IN | {"note": DANGER})
    silent = await me.get("/streak")

    closed = [(await account.delete("/care")).status_code for _ in range(2)]

    after = (await me.post("/", json=CHECK_IN)).json()
    assert (silent.status_code, silent.json()["code"]) == (404, "streaks_off")
    assert closed == [204, 204]
    assert (after["support"], after["streak"]["current"]) == (None, 1)


async def test_a_switch_turns_patterns_and_texts_off_at_once(me: Client, database: Clone) -> None:
    """What an operator has switched off is not shown."""
    first = (await me.post("/", json=CHECK_IN | {"note": DANGER})).json()["support"]["message"]
    _switch_off(database, "text:explicit_ideation:1")
    second = (await me.post("/", json=CHECK_IN | {"note": DANGER})).json()["support"]["message"]
    for code in ("indirect", "scored_explicit", "scored_indirect", "scored_worth_asking"):
        _switch_off(database, f"pattern:{code}")

    assert _variant(first) == 0
    assert _variant(second) == 2
    assert (await me.get("/streak")).status_code == 404
    hint = await me.post("/", json=CHECK_IN | {"note": HINT})
    assert hint.json()["support"]["grade"] is None  # the care period goes on, and the hint was not heard


def _switch_off(database: Clone, name: str) -> None:
    with database.admin() as admin:
        admin.execute("INSERT INTO mend.safety_switches (name, off_since) VALUES (%s, now())", (name,))


def _variant(message: str) -> int:
    variants = [text["message"].split("{")[0] for text in texts.all_of("en")["texts"]["explicit"]]
    return next(number for number, opening in enumerate(variants) if message.startswith(opening))


async def test_support_is_counted_without_a_person(me: Client, client_for: ClientFactory, database: Clone) -> None:
    """By month, country and grade: shown, opened, not meant."""
    account = client_for("account", me.person)
    await account.patch("/profile", json={"country": "NZ"})
    await me.post("/", json=CHECK_IN | {"note": DANGER})
    await account.post("/support-opened", json={"grade": "explicit"})
    await account.delete("/care")

    counts = database.rows(
        "SELECT month, grade, shown, opened, not_meant FROM mend.support_counts WHERE country = 'NZ'"
    )

    assert counts == [(utc_now().date().replace(day=1), "explicit", 1, 1, 1)]


async def test_what_is_kept_holds_no_words(me: Client, database: Clone) -> None:
    """The record names grade, code, variant and versions. Events have no data."""
    await me.post("/", json=CHECK_IN | {"note": DANGER})

    [row] = database.rows("SELECT * FROM mend.support_shown WHERE user_id = %s", me.person)
    [event] = database.rows("SELECT data FROM mend.outbox WHERE type = 'care.opened' AND user_id = %s", me.person)

    assert "kill" not in str(row)
    assert event == ({},)


async def test_many_requests_record_support_a_few_times(me: Client, database: Clone) -> None:
    """Each is answered, but a flood writes ten rows a minute at most."""
    answers = [await me.post("/", json={"note": DANGER}) for _ in range(15)]

    assert all(answer.json()["support"]["lines"] for answer in answers)
    assert database.value("SELECT count(*) FROM mend.support_shown WHERE user_id = %s", me.person) == 10


async def test_a_flood_of_hints_hides_no_graver_danger(me: Client, database: Clone) -> None:
    """What is repeated is the support for the same kind of danger. Another kind is recorded as ever."""
    for _ in range(12):
        await me.post("/", json={"note": HINT})

    answer = (await me.post("/", json={"note": NOW})).json()

    assert answer["support"]["grade"] == "immediate"
    assert await care_of(database, me) == [("immediate", timedelta(hours=72))]


async def test_a_response_without_a_body_is_stored_as_well(client_for: ClientFactory, database: Clone) -> None:
    """A repeat with the same Idempotency-Key is counted once."""
    account = client_for("account")
    await account.patch("/profile", json={"country": "IS"})

    answers = [
        await account.post("/support-opened", json={"grade": "explicit"}, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert database.rows("SELECT opened FROM mend.support_counts WHERE country = 'IS'") == [(1,)]
