"""Error responses reveal nothing internal."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, NoReturn

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout
from pydantic import SecretStr
from starlette.responses import Response

from functions.account.errors import ConsentTextChanged
from shared.consents import ConsentNeeded
from shared.errors import Conflict, Forbidden, MendError
from shared.http import Api, Call, Operation, PublicCall, PublicOperation
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Issuer
from tests.hostile.conftest import ORIGIN, Stage
from tests.hostile.refusals import CANARY, problem_faults
from tests.hostile.wire import Header, RawRequest, Reply, send

LIMITED = {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
NEVER_SAID = (CANARY, "select", "traceback", ".py", "psycopg", "postgres", "user_id", "eyj")

ABOUT: dict[type[MendError], tuple[str]] = {ConsentNeeded: ("insights",), ConsentTextChanged: ("2026-11-27",)}
SQL_FAULTS = {
    "data": "SELECT 'canary7f3e'::integer",
    "division": "SELECT 1 / 0",
    "no such table": "SELECT * FROM canary7f3e",
    "syntax": f"SELEC {CANARY}",
    "privilege": "DELETE FROM mend.idempotency_keys AS k USING auth.users",
    "not null": "INSERT INTO public.user_streaks (user_id) VALUES (NULL)",
    "row security": "INSERT INTO public.user_profiles (user_id, display_name) VALUES (gen_random_uuid(), 'canary7f3e')",
    "own state": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}' USING ERRCODE = 'XX000'; END$$",
}
TRANSIENT_SQL = {
    "serialisation": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}' USING ERRCODE = '40001'; END$$",
    "deadlock": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}' USING ERRCODE = '40P01'; END$$",
    "lock wait": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}' USING ERRCODE = '55P03'; END$$",
    "too slow": "SELECT pg_sleep(60)",
    "too deep": "SELECT repeat('[', 100000)::jsonb",
    "out of memory": f"DO $$BEGIN RAISE EXCEPTION '{CANARY}' USING ERRCODE = '53200'; END$$",
    "shutdown": "DO $$BEGIN SET LOCAL ROLE NONE; PERFORM pg_terminate_backend(pg_backend_pid()); END$$",
}


def _recurse() -> NoReturn:
    _recurse()


class Raised(NamedTuple):
    make_error: Callable[[], Exception]
    status: int


RAISED = {
    "KeyError": Raised(lambda: KeyError(CANARY), 500),
    "ValueError": Raised(lambda: ValueError(f"/srv/secret/{CANARY}.py"), 500),
    "UnicodeDecodeError": Raised(lambda: UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY), 500),
    "AssertionError": Raised(lambda: AssertionError(CANARY), 500),
    "OSError": Raised(lambda: OSError(2, "No such file", f"/etc/{CANARY}"), 500),
    "MemoryError": Raised(lambda: MemoryError(CANARY), 500),
    "BaseException in a group": Raised(lambda: ExceptionGroup(CANARY, [ValueError(CANARY)]), 500),
    "InterfaceError": Raised(lambda: psycopg.InterfaceError(CANARY), 500),
    "InternalError": Raised(lambda: errors.InternalError_(CANARY), 500),
    "UniqueViolation": Raised(lambda: errors.UniqueViolation(CANARY), 500),
    "CheckViolation": Raised(lambda: errors.CheckViolation(CANARY), 500),
    "ForeignKeyViolation": Raised(lambda: errors.ForeignKeyViolation(CANARY), 500),
    "OperationalError": Raised(lambda: psycopg.OperationalError(CANARY), 503),
    "TooManyConnections": Raised(lambda: errors.TooManyConnections(CANARY), 503),
    "PoolTimeout": Raised(lambda: PoolTimeout(CANARY), 503),
    "TimeoutError": Raised(lambda: TimeoutError(CANARY), 504),
    "Conflict": Raised(Conflict, 409),
    "Forbidden": Raised(Forbidden, 403),
}


async def _raises(call: Call) -> Response:
    raise RAISED[call.services.settings.firestore_project or ""].make_error()


async def _runs_deep(_: Call) -> Response:
    _recurse()


async def _takes_for_ever(_: Call) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


async def _runs_sql(call: Call) -> Response:
    await call.conn.execute(b"SET LOCAL statement_timeout = 100")
    await call.conn.execute({**SQL_FAULTS, **TRANSIENT_SQL}[call.services.settings.firestore_project or ""].encode())
    raise AssertionError


async def _answers(_: Call) -> Response:
    return Response(b'{"fine":true}', media_type="application/json")


async def _public_crash(_: PublicCall) -> Response:
    raise KeyError(CANARY)


APP = Api(
    "broken",
    Operation("GET", "/raises", _raises, {}),
    Operation("GET", "/deep", _runs_deep, {}),
    Operation("GET", "/slow", _takes_for_ever, {}),
    Operation("GET", "/sql", _runs_sql, {}),
    Operation("GET", "/fine", _answers, {}),
    PublicOperation("GET", "/public", _public_crash, {}),
)


async def reply_to(stage: Stage, path: str, *headers: Header, method: str = "GET") -> Reply:
    signed = (b"authorization", f"Bearer {stage.token}".encode())
    return await send(APP, RawRequest(method, path.encode(), headers=(signed, *headers)))


def _breaking(services: Services, how: str, **changes: object) -> Services:
    """The same services, with a setting that tells the test's handler how to fail."""
    broken = Services(services.settings.model_copy(update={"firestore_project": how, **changes}))
    use(broken)
    return broken


def assert_tells_nothing(reply: Reply, status: int) -> None:
    body_text = reply.body.decode().lower()

    assert [*problem_faults(reply, {status})] == []
    assert [word for word in NEVER_SAID if word in body_text] == []
    assert SECURITY.items() <= reply.headers.items()


@pytest.mark.parametrize("how", RAISED)
async def test_an_exception_is_answered_by_its_family(stage: Stage, services: Services, how: str) -> None:
    """Every exception becomes a problem of its status that quotes nothing of it.

    All are counted, but where Postgres may be away.
    """
    broken = _breaking(services, how)
    reply = await reply_to(stage, "/raises")
    await broken.database.close()

    assert_tells_nothing(reply, RAISED[how].status)
    assert reply.status == 503 or reply.headers.keys() >= LIMITED
    assert ("retry-after" in reply.headers) == (reply.status == 503)


@pytest.mark.parametrize("how", [*SQL_FAULTS, *TRANSIENT_SQL])
async def test_a_postgres_error_is_answered_by_its_family(stage: Stage, services: Services, how: str) -> None:
    """Transient errors are 503 with Retry-After, others are 500. Neither contains a statement."""
    before = stage.checksum()
    broken = _breaking(services, how)
    reply = await reply_to(stage, "/sql")
    await broken.database.close()

    assert_tells_nothing(reply, 503 if how in TRANSIENT_SQL else 500)
    assert reply.status == 503 or reply.headers.keys() >= LIMITED
    assert ("retry-after" in reply.headers) == (reply.status == 503)
    assert stage.checksum() == before


@pytest.mark.parametrize(("path", "status"), [("/deep", 500), ("/public", 500), ("/nowhere", 404), ("/fine/", 404)])
async def test_a_crash_anywhere_is_answered(stage: Stage, path: str, status: int) -> None:
    """Endless recursion, a crash before sign-in and an unknown path all return a problem."""
    reply = await reply_to(stage, path)

    assert_tells_nothing(reply, status)
    assert reply.headers.keys() >= LIMITED


async def test_a_slow_request_times_out(stage: Stage, services: Services) -> None:
    """After its deadline, a request gets a 504, before the platform's own timeout."""
    broken = _breaking(services, "", request_seconds=0.2)
    reply = await reply_to(stage, "/slow")
    await broken.database.close()

    assert_tells_nothing(reply, 504)
    assert reply.headers.keys() >= LIMITED


async def test_a_missing_postgres_is_503(stage: Stage, services: Services) -> None:
    """Without a database, the response is a 503 with Retry-After, within seconds and uncounted."""
    broken = _breaking(services, "", database_url=SecretStr("host=127.0.0.1 port=1 user=mend_app dbname=nothing"))
    reply = await reply_to(stage, "/fine")
    await broken.database.close()

    assert_tells_nothing(reply, 503)
    assert "retry-after" in reply.headers
    assert not reply.headers.keys() & LIMITED


async def test_missing_keys_are_503(stage: Stage, services: Services, settings: Settings) -> None:
    """Without the issuer's keys, the response is a 503, not a 401."""
    broken = _breaking(services, "", mend_home=settings.mend_home / "absent")
    reply = await reply_to(stage, "/fine")
    await broken.database.close()

    assert_tells_nothing(reply, 503)
    assert "retry-after" in reply.headers


async def test_no_token_is_ever_shown(stage: Stage, issuer: Issuer) -> None:
    """The response contains no part of a refused token."""
    for token in (stage.token[:-4] + "AAAA", issuer.token(stage.person, aud="elsewhere"), "secret.secret.secret"):
        reply = await send(APP, RawRequest("GET", b"/fine", headers=((b"authorization", f"Bearer {token}".encode()),)))
        assert_tells_nothing(reply, 401)
        assert not reply.mentions(token[:10])
        assert not reply.mentions(token[-10:])


async def test_only_an_app_of_ours_may_read_answers_in_a_browser(stage: Stage) -> None:
    """CORS allows only the configured origins."""
    for path, status in (("/fine", 200), ("/raises-not", 404)):
        ours = await reply_to(stage, path, (b"origin", ORIGIN.encode()))
        assert (ours.status, ours.headers["access-control-allow-origin"]) == (status, ORIGIN)
        assert {"X-Request-Id", "WWW-Authenticate"} <= {*ours.headers["access-control-expose-headers"].split(", ")}
        assert "Origin" in ours.headers["vary"]
        for origin in ("https://evil.example", ORIGIN + ".evil.example", ORIGIN.upper(), "null", "*", ORIGIN + "/"):
            other = await reply_to(stage, path, (b"origin", origin.encode()))
            assert not [name for name in other.headers if name.startswith("access-control")], origin


async def test_a_preflight_is_answered_without_sign_in(stage: Stage) -> None:
    """Configured origins get the CORS headers without sign-in, others get none."""
    assert stage
    for origin, allowed in ((ORIGIN, True), ("https://evil.example", False)):
        headers = ((b"origin", origin.encode()), (b"access-control-request-method", b"PATCH"))
        reply = await send(APP, RawRequest("OPTIONS", b"/fine", headers=headers))
        assert (reply.status, reply.body) == (204, b"")
        assert ("access-control-allow-methods" in reply.headers) == allowed
        if allowed:
            assert "PATCH" in reply.headers["access-control-allow-methods"]
            assert "Authorization" in reply.headers["access-control-allow-headers"]


async def test_an_answer_that_is_known_is_not_sent_again(stage: Stage) -> None:
    """A GET with the current ETag gets a 304 without a body, with another one the full response."""
    first = await reply_to(stage, "/fine")
    tag = first.headers["etag"]
    for if_none_match in (tag, f"W/{tag}", f'"x", {tag}', f'"x",{tag}', "*"):
        repeated = await reply_to(stage, "/fine", (b"if-none-match", if_none_match.encode()))
        assert (repeated.status, repeated.body, repeated.headers["etag"]) == (304, b"", tag), if_none_match
        assert SECURITY.items() <= repeated.headers.items()
    for unknown in ("", '"x"', tag[:-2] + '"', CANARY):
        assert (await reply_to(stage, "/fine", (b"if-none-match", unknown.encode()))).body == first.body


async def test_a_refusal_has_no_tag(stage: Stage) -> None:
    """Error responses have no ETag."""
    assert "etag" not in (await reply_to(stage, "/deep")).headers


def test_every_error_of_ours_says_what_is_wrong() -> None:
    """Each error has a docstring, which is its message, and a code of its own."""
    errors = [MendError]
    for error in errors:
        errors.extend(error.__subclasses__())
    meanings = {(error.code, error.__name__) for error in errors}  # each function has its own, of one name

    assert all(str(error(*ABOUT.get(error, ()))) for error in errors)
    assert len(meanings) == len({code for code, _ in meanings})
