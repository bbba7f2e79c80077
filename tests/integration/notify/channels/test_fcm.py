"""Pushes by FCM, which answers here as Google documents it, or as badly as networks do."""

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
from tests.integration.notify.channels.serving import Asked, Provider, Reply, Said, in_turn

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class Credential(Base):  # type: ignore[misc]
    """Counts how often it signs in."""

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


async def test_a_push_is_as_fcm_documents_it(provider: Provider) -> None:
    """One request for the device: shown at once, replaced by a newer one of its key, and gone when the day is."""
    outcomes = await fcm(provider).send([a_push()])

    [asked] = provider.asked
    message = asked.document["message"]
    assert outcomes == [SENT]
    assert asked.path == "/v1/projects/mend-test/messages:send"
    assert asked.headers["authorization"] == "Bearer access-1"
    assert (message["token"], message["data"]) == ("token-1", {"link": "mend://check-in", "key": "key-1"})
    assert message["notification"] == {"title": "How are you?", "body": "Two taps are enough."}
    assert message["android"]["collapse_key"] == message["android"]["notification"]["tag"] == "key-1"
    assert message["android"]["priority"] == "high"
    assert message["apns"]["headers"]["apns-collapse-id"] == "key-1"
    assert message["apns"]["headers"]["apns-priority"] == "10"
    assert message["webpush"]["headers"]["Urgency"] == "high"


@pytest.mark.parametrize(("minutes", "seconds"), [(90, 5400), (-5, 0)])
async def test_a_push_lives_as_long_as_its_day(provider: Provider, minutes: float, seconds: int) -> None:
    """A phone that comes back tomorrow is not told of yesterday, on any platform."""
    push = a_push(minutes=minutes)

    await fcm(provider).send([push])

    message = provider.asked[0].document["message"]
    assert seconds - 2 <= float(message["android"]["ttl"].rstrip("s")) <= seconds
    assert seconds - 2 <= int(message["webpush"]["headers"]["TTL"]) <= seconds
    if seconds:
        assert abs(int(message["apns"]["headers"]["apns-expiration"]) - push.until.timestamp()) < 2


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
async def test_what_a_refusal_means(provider: Provider, reply: Reply, state: str) -> None:
    """A device is given up only where FCM blames its token, and no refusal is argued with."""
    provider.answering = lambda _: reply

    assert await fcm(provider).send([a_push()]) == [Outcome(state, f"status {reply.status}")]  # type: ignore[arg-type]
    assert len(provider.asked) == 1


async def test_each_push_has_its_own_outcome(provider: Provider) -> None:
    """In the order in which they were given, whatever the order of the answers."""

    def answering(asked: Asked) -> Said:
        number = int(asked.document["message"]["token"].removeprefix("token-"))
        return refusal(404, "UNREGISTERED") if number % 3 == 0 else Reply()

    provider.answering = answering
    outcomes = await fcm(provider).send([a_push(n) for n in range(200)])

    assert [outcome.state for outcome in outcomes] == ["gone" if n % 3 == 0 else "sent" for n in range(200)]


async def test_retry_after_is_kept(provider: Provider) -> None:
    """Not a moment earlier, and not all at the same moment."""
    provider.answering = in_turn(Reply(429, {}, {"Retry-After": "1"}), Reply())

    assert await fcm(provider).send([a_push()]) == [SENT]
    assert provider.gaps()[0] > 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_fcm_is_asked_again_ever_more_rarely(provider: Provider, status: int) -> None:
    """A few times, each pause longer than the one before; then it is left to a later tick."""
    provider.answering = lambda _: Reply(status)

    assert await fcm(provider).send([a_push()]) == [Outcome("later", f"status {status}")]
    assert len(provider.asked) == QUICK.tries
    assert all(gap >= QUICK.first_pause * 2**n / 2 for n, gap in enumerate(provider.gaps()))


async def test_a_wait_beyond_the_deadline_is_not_waited_for(provider: Provider) -> None:
    """Retry-After may ask for an hour; the job has half a minute, and other people to see to."""
    provider.answering = lambda _: Reply(429, {}, {"Retry-After": "3600"})

    async with asyncio.timeout(60):
        assert await fcm(provider).send([a_push()]) == [Outcome("later", "status 429")]
    assert len(provider.asked) == 1


async def test_a_break_after_the_request_is_not_repeated(provider: Provider) -> None:
    """FCM may have sent the push already: to ask again might tell a person twice."""
    provider.answering = in_turn("reset", Reply())

    [outcome] = await fcm(provider).send([a_push()])
    assert outcome.state == "unknown"
    assert len(provider.asked) == 1


async def test_silence_ends_after_a_while(provider: Provider) -> None:
    """A minute of it takes as long as a request may, and is not repeated either."""
    provider.answering = lambda _: "silence"

    async with asyncio.timeout(2):
        limits = replace(QUICK, request_seconds=0.2)
        assert await fcm(provider, limits).send([a_push()]) == [Outcome("unknown", "TimeoutError")]
    assert len(provider.asked) == 1


async def test_an_answer_that_breaks_off_has_told_enough(provider: Provider) -> None:
    """Its status came first: accepted is accepted, and no token dies of half a sentence."""
    provider.answering = in_turn(Reply(cut=True), refusal(404, "UNREGISTERED")._replace(cut=True), Reply(503, cut=True))

    states = [(await fcm(provider).send([a_push()]))[0].state for _ in range(2)]
    assert states == ["sent", "gone"]
    assert len(provider.asked) == 2


async def test_an_answer_without_end_is_not_read_to_its_end(provider: Provider) -> None:
    """What is worth knowing fits into a few lines."""
    provider.answering = lambda _: Reply(200, "x" * 100_000, {"Content-Length": "1000000000"})

    async with asyncio.timeout(60):
        assert await fcm(provider).send([a_push()]) == [SENT]


async def test_an_fcm_that_cannot_be_reached_is_tried_again_later(provider: Provider) -> None:
    """Nothing was handed over, so nothing is in doubt."""
    nobody = FcmPush("mend-test", Credential(), api="http://127.0.0.1:1", limits=QUICK)

    assert await nobody.send([a_push(), a_push(2)]) == [Outcome("later", "ConnectError")] * 2


async def test_everything_ends_with_the_deadline(provider: Provider) -> None:
    """However many are waiting: those begun are in doubt, the others were never asked for."""
    provider.answering = lambda _: "silence"

    async with asyncio.timeout(60):
        states = [outcome.state for outcome in await fcm(provider, HASTY).send([a_push(n) for n in range(100)])]

    assert states.count("unknown") == len(provider.asked) <= 12
    assert states.count("later") == 100 - len(provider.asked)


async def test_many_are_sent_at_once_but_not_all(provider: Provider) -> None:
    """64 are in flight, whoever sends at a time, and each token is asked for once."""
    provider.seconds, provider.gathers = 0.02, 64
    channel = fcm(provider)

    first, second = await asyncio.gather(
        channel.send([a_push(n) for n in range(200)]), channel.send([a_push(n) for n in range(200, 300)])
    )

    assert first + second == [SENT] * 300
    assert provider.most_in_flight == 64
    assert len({asked.document["message"]["token"] for asked in provider.asked}) == len(provider.asked) == 300


async def test_one_signs_in_once(provider: Provider) -> None:
    """The access token is good for an hour."""
    credential = Credential()
    channel = fcm(provider, credential=credential)

    await channel.send([a_push(1), a_push(2)])
    await channel.send([a_push(3)])

    assert credential.times == 1


async def test_without_signing_in_nothing_is_sent(provider: Provider) -> None:
    """Google's trouble is not the device's: a later tick tries again."""
    credential = Credential(TransportError("away"))  # type: ignore[no-untyped-call]

    assert await fcm(provider, credential=credential).send([a_push()]) == [Outcome("later", "TransportError")]
    assert provider.asked == []
