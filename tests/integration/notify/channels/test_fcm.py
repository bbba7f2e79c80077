"""Pushes by FCM, with a local server that answers as Google documents it or fails like a network."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from firebase_admin.credentials import Base  # type: ignore[import-untyped]
from google.auth.exceptions import TransportError
from google.oauth2.credentials import Credentials

from functions.notify.channels.fcm import FcmPush
from functions.notify.channels.ports import SENT, Outcome
from shared.outbound.messages import Limits
from tests.integration.notify.channels.conftest import HASTY, QUICK, a_push
from tests.integration.notify.channels.provider_server import Behaviour, Provider, ReceivedRequest, Reply, in_turn

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
EARLY = 0.003  # seconds by which a timer may fire early, or a request be seen late


class Credential(Base):  # type: ignore[misc]
    """A credential that counts its sign-ins."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.times = 0
        self.google = Credentials(None)  # type: ignore[no-untyped-call]

    def get_credential(self) -> Credentials:
        return self.google

    def get_access_token(self) -> None:
        self.times += 1
        if self.error:
            raise self.error
        self.google.token = f"access-{self.times}"


def fcm(provider: Provider, limits: Limits = QUICK, credential: Base | None = None) -> FcmPush:
    return FcmPush("mend-test", credential or Credential(), api=provider.url, limits=limits)


def refusal(status: int, code: str = "", message: str = "", blamed: str = "") -> Reply:
    details: list[dict[str, Any]] = []
    if code:
        details.append({"@type": FCM_ERROR, "errorCode": code})
    if blamed:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": blamed, "description": "Invalid"}]})
    return Reply(status, {"error": {"code": status, "message": message, "status": "X", "details": details}})


async def test_a_push_has_the_documented_format(provider: Provider) -> None:
    """One request for each device. A push has high priority and replaces one of the same key."""
    outcomes = await fcm(provider).send([a_push()])

    [request] = provider.requests
    message = request.document["message"]
    assert outcomes == [SENT]
    assert request.path == "/v1/projects/mend-test/messages:send"
    assert request.headers["authorization"] == "Bearer access-1"
    assert (message["token"], message["data"]) == ("token-1", {"link": "mend://check-in", "key": "key-1"})
    assert message["notification"] == {"title": "How are you?", "body": "Two taps are enough."}
    assert message["android"]["collapse_key"] == message["android"]["notification"]["tag"] == "key-1"
    assert message["android"]["priority"] == "high"
    assert message["apns"]["headers"]["apns-collapse-id"] == "key-1"
    assert message["apns"]["headers"]["apns-priority"] == "10"
    assert message["webpush"]["headers"]["Urgency"] == "high"


@pytest.mark.parametrize(("minutes", "seconds"), [(90, 5400), (-5, 0)])
async def test_a_push_expires_on_every_platform(provider: Provider, minutes: float, seconds: int) -> None:
    """A phone that is offline until tomorrow does not show a push of today."""
    push = a_push(minutes=minutes)

    await fcm(provider).send([push])

    message = provider.requests[0].document["message"]
    assert seconds - 2 <= float(message["android"]["ttl"].rstrip("s")) <= seconds
    assert seconds - 2 <= int(message["webpush"]["headers"]["TTL"]) <= seconds
    if seconds:
        assert abs(int(message["apns"]["headers"]["apns-expiration"]) - push.expires_at.timestamp()) < 2


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        pytest.param(refusal(404, "UNREGISTERED"), "gone", id="unregistered"),
        pytest.param(
            refusal(400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"),
            "gone",
            id="no-token-by-its-words",
        ),
        pytest.param(refusal(400, "INVALID_ARGUMENT", blamed="message.token"), "gone", id="no-token-by-its-field"),
        pytest.param(refusal(400, "INVALID_ARGUMENT", "Android message is too big"), "failed", id="too-big"),
        pytest.param(refusal(400, "INVALID_ARGUMENT", blamed="message.android.ttl"), "failed", id="another-field"),
        pytest.param(refusal(403, "SENDER_ID_MISMATCH"), "failed", id="a-token-of-another-project"),
        pytest.param(refusal(403), "later", id="not-allowed"),
        pytest.param(refusal(401, "THIRD_PARTY_AUTH_ERROR"), "later", id="key-for-apple"),
        pytest.param(refusal(404), "later", id="no-such-project"),
        pytest.param(Reply(404, ["what", "is", "this"]), "later", id="not-fcm-at-all"),
        pytest.param(Reply(502), "unknown", id="a-gateway"),
    ],
)
async def test_a_refusal_has_an_outcome(provider: Provider, reply: Reply, state: str) -> None:
    """Only an error about the token itself is `gone`. A refusal is not retried."""
    provider.answering = lambda _: reply

    assert await fcm(provider).send([a_push()]) == [Outcome(state, f"status {reply.status}")]  # type: ignore[arg-type]
    assert len(provider.requests) == 1


async def test_each_push_has_its_own_outcome(provider: Provider) -> None:
    """The outcomes have the order of the pushes, not that of the responses."""

    def answering(request: ReceivedRequest) -> Behaviour:
        number = int(request.document["message"]["token"].removeprefix("token-"))
        return refusal(404, "UNREGISTERED") if number % 3 == 0 else Reply()

    provider.answering = answering
    outcomes = await fcm(provider).send([a_push(n) for n in range(200)])

    assert [outcome.state for outcome in outcomes] == ["gone" if n % 3 == 0 else "sent" for n in range(200)]


async def test_retry_after_is_respected(provider: Provider) -> None:
    """The next attempt comes after the pause, with jitter."""
    provider.answering = in_turn(Reply(429, {}, {"Retry-After": "1"}), Reply())

    assert await fcm(provider).send([a_push()]) == [SENT]
    assert provider.gaps()[0] > 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_fcm_is_retried_with_growing_pauses(provider: Provider, status: int) -> None:
    """After the last attempt the outcome is `later`, for a later tick."""
    provider.answering = lambda _: Reply(status)

    assert await fcm(provider).send([a_push()]) == [Outcome("later", f"status {status}")]
    assert len(provider.requests) == QUICK.tries
    assert all(gap >= QUICK.first_pause * 2**n / 2 - EARLY for n, gap in enumerate(provider.gaps()))


async def test_a_retry_after_beyond_the_deadline_ends_the_attempts(provider: Provider) -> None:
    """Retry-After asks for an hour, but a run has half a minute."""
    provider.answering = lambda _: Reply(429, {}, {"Retry-After": "3600"})

    async with asyncio.timeout(60):
        assert await fcm(provider).send([a_push()]) == [Outcome("later", "status 429")]
    assert len(provider.requests) == 1


async def test_a_push_is_not_repeated_after_a_lost_response(provider: Provider) -> None:
    """FCM may have sent it already, so another attempt might send it twice."""
    provider.answering = in_turn("reset", Reply())

    [outcome] = await fcm(provider).send([a_push()])
    assert outcome.state == "unknown"
    assert len(provider.requests) == 1


async def test_a_request_without_response_times_out(provider: Provider) -> None:
    """It ends after the time limit of a request, and is not repeated."""
    provider.answering = lambda _: "silence"

    async with asyncio.timeout(2):
        limits = replace(QUICK, request_seconds=0.2)
        assert await fcm(provider, limits).send([a_push()]) == [Outcome("unknown", "TimeoutError")]
    assert len(provider.requests) == 1


async def test_the_status_counts_when_the_body_breaks_off(provider: Provider) -> None:
    """A status 200 is `sent`. An error whose body breaks off keeps its meaning."""
    provider.answering = in_turn(Reply(cut=True), refusal(404, "UNREGISTERED")._replace(cut=True), Reply(503, cut=True))

    states = [(await fcm(provider).send([a_push()]))[0].state for _ in range(2)]
    assert states == ["sent", "gone"]
    assert len(provider.requests) == 2


async def test_a_huge_body_is_not_read_to_its_end(provider: Provider) -> None:
    """The length of the body that is read is limited."""
    provider.answering = lambda _: Reply(200, "x" * 100_000, {"Content-Length": "1000000000"})

    async with asyncio.timeout(60):
        assert await fcm(provider).send([a_push()]) == [SENT]


async def test_an_unreachable_fcm_gives_the_outcome_later(provider: Provider) -> None:
    """No request was sent, so no push can have been sent."""
    unreachable = FcmPush("mend-test", Credential(), api="http://127.0.0.1:1", limits=QUICK)

    assert await unreachable.send([a_push(), a_push(2)]) == [Outcome("later", "ConnectError")] * 2


async def test_a_run_ends_at_its_deadline(provider: Provider) -> None:
    """Requests in flight are `unknown`, and those not begun are `later`."""
    provider.answering = lambda _: "silence"

    async with asyncio.timeout(60):
        states = [outcome.state for outcome in await fcm(provider, HASTY).send([a_push(n) for n in range(100)])]

    assert states.count("unknown") == len(provider.requests) <= 12
    assert states.count("later") == 100 - len(provider.requests)


async def test_concurrency_is_limited(provider: Provider) -> None:
    """At most 64 requests are in flight, also for two concurrent calls. Each token gets one."""
    provider.seconds, provider.gathers = 0.02, 64
    channel = fcm(provider)

    first, second = await asyncio.gather(
        channel.send([a_push(n) for n in range(200)]), channel.send([a_push(n) for n in range(200, 300)])
    )

    assert first + second == [SENT] * 300
    assert provider.most_in_flight == 64
    assert len({request.document["message"]["token"] for request in provider.requests}) == len(provider.requests) == 300


async def test_the_access_token_is_cached(provider: Provider) -> None:
    """Two calls sign in once."""
    credential = Credential()
    channel = fcm(provider, credential=credential)

    await channel.send([a_push(1), a_push(2)])
    await channel.send([a_push(3)])

    assert credential.times == 1


async def test_a_failed_sign_in_gives_the_outcome_later(provider: Provider) -> None:
    """No push is sent, and a later tick tries again."""
    credential = Credential(TransportError("away"))  # type: ignore[no-untyped-call]

    assert await fcm(provider, credential=credential).send([a_push()]) == [Outcome("later", "TransportError")]
    assert provider.requests == []
