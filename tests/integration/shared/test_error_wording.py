"""Errors of validation name the field and say the rule in words."""

from typing import Any, get_args
from uuid import UUID

import pytest

from shared.http import Kind
from shared.http.app import NO_ROUTE
from shared.settings import BadSettings, Settings
from tests.conftest import ClientFactory

SAD = {"mood": "sad", "intensity": 7}
NAP = {"kind": "rest", "title": "A nap", "body": "Rest.", "minutes": 20, "effort": 1, "fits": ["tired"]}
NAP |= {"leads_valence": 0.3, "leads_arousal": -0.5}
EMPTY_PLAN: dict[str, list[str]] = {
    name: [] for name in ("signs", "alone", "distractions", "people", "professionals", "safer_place")
}
MOODS = "must be one of the moods that GET /checkin/moods lists"
TIME = "must be a time of day from 00:00 to 23:59, like 08:30"
ZONE = "must be the name of an IANA time zone, like Europe/Berlin"
EMPTY = "must have at least 1 character"
PERIOD = "a period must be in order and have at most 366 days"
LANGUAGE = "must be a language tag like en, de-AT or zh-Hans"


@pytest.mark.parametrize(
    ("function", "method", "path", "body", "message"),
    [
        ("checkin", "POST", "/", SAD | {"note": "x" * 4001}, "must have at most 4000 characters"),
        ("checkin", "POST", "/", SAD | {"factors": ["x" * 81]}, "must have at most 80 characters"),
        ("account", "PATCH", "/profile", {"interests": [""]}, "must have at least 1 character"),
        ("account", "PATCH", "/profile", {"country": "deu"}, "must be the two letters of a country, like DE"),
        ("account", "PATCH", "/profile", {"interests": ["running"]}, "Unknown. GET /account/options lists all."),
        ("account", "PATCH", "/profile", {"interests": ["movment"]}, "Unknown. Did you mean `movement`?"),
        ("account", "PATCH", "/profile", {"timezone": "Mars"}, ZONE),
        ("notify", "POST", "/inbox/read", {"all": False}, "must be `true`"),
        ("plan", "POST", "/", {"target": "calm", "reminders": True}, "must be a JSON object, in {}, or false"),
        ("companion", "POST", f"/conversations/{UUID(int=7)}/messages", {"content": ""}, EMPTY),
        ("insights", "GET", "/compare?a=2025-13-01/2025-10-31&b=2025-10-01/2025-10-31", None, PERIOD),
        ("account", "PATCH", "/profile", {"locale": "english"}, LANGUAGE),
        ("account", "PATCH", "/profile", {"day_starts_at": "4:00"}, TIME),
        ("plan", "POST", "/", {"target": "calm", "reminders": {"morning": "25:00"}}, TIME),
        ("recommend", "POST", "/content", NAP | {"title": " "}, "must contain a visible character"),
        ("account", "PATCH", "/profile", {"wishlist_regions": ["\u200b"]}, "must contain a visible character"),
        ("account", "PUT", "/safety-plan", EMPTY_PLAN | {"alone": ["\u3164"]}, "must contain a visible character"),
        ("recommend", "POST", "/content", NAP | {"language": "English"}, LANGUAGE),
        (
            "recommend",
            "POST",
            "/content",
            NAP | {"tags": ["a--b"]},
            "must be words of letters and digits, with one space or hyphen between them",
        ),
        (
            "recommend",
            "POST",
            "/content",
            NAP | {"url": "http://example.org"},
            "must be an https address without spaces, like https://example.org/page",
        ),
    ],
)
async def test_a_rule_is_told_in_words(  # noqa: PLR0913, PLR0917 - the parts of a request
    client_for: ClientFactory, function: str, method: str, path: str, body: dict[str, Any] | None, message: str
) -> None:
    """The message counts the characters of a text, and shows no pattern."""
    client = client_for(function, app_metadata={"role": "admin"})

    refused = await client.request(method, path, json=body)

    assert (refused.status_code, [error["msg"] for error in refused.json()["errors"]]) == (422, [message])


KINDS = f"must be some of these, separated by commas: {', '.join(get_args(Kind))}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("feeling", "feeling"),
        ("Mood2_", "Mood2_"),
        ("I feel sad", "(unknown field)"),
        ("x" * 41, "(unknown field)"),
        ("<b>", "(unknown field)"),
        ("", "(unknown field)"),
    ],
)
async def test_an_unknown_field_is_named(client_for: ClientFactory, name: str, shown: str) -> None:
    """A text that no field could be named by is not repeated: it may be what a person feels."""
    checkin, feed = client_for(), client_for("recommend")

    in_body = await checkin.post("/", json=SAD | {name: 1})
    in_query = await feed.get("/", params={"mood": "sad", name: "1"})
    without_query = await checkin.get("/streak", params={name: "1"})

    places = [[error["loc"] for error in refused.json()["errors"]] for refused in (in_body, in_query, without_query)]
    assert places == [[["body", shown]], [["query", shown]], [["query", shown]]]


@pytest.mark.parametrize(
    ("function", "method", "path", "body", "message"),
    [
        ("checkin", "POST", "/", SAD | {"factor": ["work"]}, "Unknown. Did you mean `factors`?"),
        ("checkin", "POST", "/", SAD | {"occurredAt": None}, "Unknown. Did you mean `occurred_at`?"),
        (
            "plan",
            "POST",
            "/",
            {"target": "calm", "reminders": {"mornings": "08:00"}},
            "Unknown. Did you mean `morning`?",
        ),
        ("recommend", "GET", "/?mood=sad&kinds=rest,movment", None, f"{KINDS}. Did you mean `movement`?"),
        ("recommend", "GET", "/?mood=sad&kinds=xyz", None, KINDS),
        ("checkin", "GET", "/?form=2025-11-01", None, "Unknown. Did you mean `from`?"),
        ("checkin", "GET", "/factors?q=work", None, "Unknown. Known are limit, cursor."),
        ("checkin", "GET", "/streak?day=1", None, "This route has no parameters."),
    ],
)
async def test_an_unknown_field_is_told_apart_from_its_like(  # noqa: PLR0913, PLR0917 - the parts of a request
    client_for: ClientFactory, function: str, method: str, path: str, body: dict[str, Any] | None, message: str
) -> None:
    """The answer names the known field that is most like it, or all that are known."""
    refused = await client_for(function).request(method, path, json=body)

    assert [error["msg"] for error in refused.json()["errors"]] == [message]


async def test_a_history_from_a_later_to_an_earlier_date_is_refused(client_for: ClientFactory) -> None:
    """An empty page would look like a history without entries. One day is a history."""
    me = client_for()

    refused = await me.get("/", params={"from": "2026-11-27", "to": "2026-11-26"})
    one_day = await me.get("/", params={"from": "2026-11-26", "to": "2026-11-26"})

    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"loc": ["query"], "msg": "`from` must not be later than `to`"}]
    assert one_day.status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PUBLIC_URL", "mend.example", "PUBLIC_URL: must begin with https:// or http://, and have no spaces"),
        ("PUBLIC_URL", "https://mend.example/", "PUBLIC_URL: must not end with a slash"),
        ("SUPABASE_URL", "x.supabase.co", "SUPABASE_URL: must begin with https:// or http://, and have no spaces"),
    ],
)
def test_a_setting_is_corrected_in_words(name: str, value: str, message: str) -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.from_mapping({name: value})

    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The body is empty."),
        (b'{"mood": "sad",\n"intensity": 7,}', "The body is not valid JSON: trailing comma at line 2 column 16."),
        (b"{'mood': 'sad'}", "The body is not valid JSON: key must be a string at line 1 column 2."),
        (b'{"mood": "sad"', "The body is not valid JSON: EOF while parsing an object at line 1 column 14."),
        (b'{"note": "caf\xe9"}', "The body is not valid JSON: invalid unicode code point at line 1 column 14."),
    ],
)
async def test_broken_json_is_located(client_for: ClientFactory, body: bytes, reason: str) -> None:
    """The answer names the line and the column, and nothing of the body."""
    response = await client_for("checkin").post("/", content=body, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["detail"]) == (400, reason)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
async def test_the_only_body_that_there_is_is_told(client_for: ClientFactory, content_type: str) -> None:
    """Whoever erases their account must send these words."""
    refused = await client_for("account").request("DELETE", "/", headers={"Content-Type": content_type})

    assert refused.status_code in {400, 415}
    assert refused.json()["detail"] == (
        'Send the body {"confirm": "erase everything"} with the header Content-Type: application/json.'
    )


MOMENT = "must be a time with a time zone, like 2025-11-21T08:15:00Z or 2025-11-21T09:15:00+01:00"


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/", [SAD], "must be a JSON object, in {}"),
        ("POST", "/", {"mood": "sad"}, "is required"),
        ("POST", "/", SAD | {"mood": 5}, "must be a text, in quotes"),
        ("POST", "/", SAD | {"mood": "Sad"}, f"{MOODS}. Did you mean `sad`?"),
        ("POST", "/", SAD | {"mood": "sadd"}, f"{MOODS}. Did you mean `sad`?"),
        ("POST", "/", SAD | {"mood": "Traurig"}, f"{MOODS}. Did you mean `sad`?"),
        ("POST", "/", SAD | {"mood": "q7"}, MOODS),
        ("POST", "/", SAD | {"mood": ""}, MOODS),
        ("POST", "/", SAD | {"intensity": "7"}, "must be a whole number without quotes, like 7"),
        ("POST", "/", SAD | {"factors": "work"}, "must be a list, in []"),
        ("POST", "/", SAD | {"factors": ["x"] * 31}, "must have at most 30 items"),
        ("POST", "/", SAD | {"occurred_at": "2025-11-21"}, MOMENT),
        ("POST", "/", SAD | {"occurred_at": "2025-11-21T08:15:00"}, MOMENT),
        ("POST", "/", SAD | {"occurred_at": "21.11.2025"}, MOMENT),
        ("POST", "/", SAD | {"occurred_at": 1763712900}, MOMENT),
        ("POST", "/", SAD | {"occurred_at": "1763712900"}, MOMENT),
        ("POST", "/", SAD | {"id": "17"}, "must be a UUID, like 0193c0de-0000-7000-8000-000000000004"),
        ("GET", "/?limit=ten", None, "must be a whole number, like 7"),
        ("GET", "/?from=01/11/2025", None, "must be a date like 2025-11-21"),
        ("GET", "/?from=0", None, "must be a date like 2025-11-21"),
        ("GET", "/?from=2025-11-21T00:00:00Z", None, "must be a date like 2025-11-21"),
        ("GET", "/?from=2025-11-21T00:00:00%2B05:00", None, "must be a date like 2025-11-21"),
        ("GET", "/?from=2025-11-21T08:15:00Z", None, "must be a date like 2025-11-21"),
    ],
)
async def test_a_format_is_told_by_example(
    client_for: ClientFactory, method: str, path: str, body: object, message: str
) -> None:
    """A developer need not know the words of Python's types."""
    refused = await client_for("checkin").request(method, path, json=body)

    assert (refused.status_code, [error["msg"] for error in refused.json()["errors"]]) == (422, [message])


async def test_a_choice_is_one_fault_with_all_its_words(client_for: ClientFactory) -> None:
    """Also where one of the words has a meaning of its own, such as `auto`."""
    refused = await client_for("insights").get("/trend", params={"metric": "mood", "granularity": "hour"})

    assert [(fault["loc"], fault["msg"]) for fault in refused.json()["errors"]] == [
        (["query", "granularity"], "must be one of `day`, `week`, `month`, `year`, `auto`")
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/17", 404, NO_ROUTE),
        ("GET", "/moods/", 404, "No route has this path. Leave out the slash at the end."),
        ("PUT", "/moods", 405, "This path supports GET, HEAD."),
        ("POST", "/", 415, "Send a body with the header Content-Type: application/json."),
    ],
)
async def test_a_wrong_request_is_told_what_is_right(
    client_for: ClientFactory, method: str, path: str, status: int, detail: str
) -> None:
    """The answer names the paths, methods or media types that there are."""
    refused = await client_for("checkin").request(method, path, content=b"mood=sad")

    assert (refused.status_code, refused.json()["detail"]) == (status, detail)
