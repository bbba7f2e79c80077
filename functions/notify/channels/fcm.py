"""Pushes by Firebase Cloud Messaging: its SDK signs in and writes the messages, and we send them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from firebase_admin import messaging  # type: ignore[import-untyped]
from firebase_admin.credentials import ApplicationDefault, Base  # type: ignore[import-untyped]
from google.auth.exceptions import GoogleAuthError
from pydantic import BaseModel, Field, ValidationError

from functions.notify.channels.ports import SENT, Outcome, Push
from functions.notify.channels.posting import Answer, Patience, Post, Provider
from shared.clock import utc_now

API = "https://fcm.googleapis.com"
PATIENCE = Patience(at_once=64, seconds=25)
SIGN_IN_SECONDS = 5
OURS_TO_MEND = {401, 403, 404}  # keys, rights or the project: not the message's fault


class Violation(BaseModel):
    field: str = ""


class Detail(BaseModel):
    code: str = Field("", alias="errorCode")
    violations: list[Violation] = Field([], alias="fieldViolations")


class Fault(BaseModel):
    message: str = ""
    details: list[Detail] = []


class Refusal(BaseModel):
    error: Fault = Fault()


class FcmPush:
    def __init__(
        self, project: str, credential: Base | None = None, *, api: str = API, patience: Patience = PATIENCE
    ) -> None:
        self._credential = credential or ApplicationDefault()
        self._provider = Provider(f"{api}/v1/projects/{project}/messages:send", judge, patience)

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        try:
            async with asyncio.timeout(SIGN_IN_SECONDS):
                token = await asyncio.to_thread(self._access_token)
        except (GoogleAuthError, TimeoutError) as error:
            return [Outcome("later", type(error).__name__)] * len(pushes)
        headers = {"Authorization": f"Bearer {token}"}
        return await self._provider.tell(
            pushes, lambda push: Post(f'{{"message": {_message(push)}}}'.encode(), headers)
        )

    def _access_token(self) -> str:
        """Kept until it is about to expire."""
        credential = self._credential.get_credential()
        if not credential.valid:
            self._credential.get_access_token()
        return str(credential.token)


def _message(push: Push) -> messaging.Message:
    now = utc_now()
    left = max(timedelta(), push.until - now)
    message = messaging.Message(
        notification=messaging.Notification(push.title, push.body),
        data={"link": push.link, "key": push.key},
        android=messaging.AndroidConfig(
            collapse_key=push.key,
            priority="high",
            ttl=left,
            notification=messaging.AndroidNotification(tag=push.key),  # replaces one that is still shown
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-collapse-id": push.key,
                "apns-priority": "10",
                "apns-expiration": str(int((now + left).timestamp())),
            }
        ),
        webpush=messaging.WebpushConfig(headers={"TTL": str(int(left.total_seconds())), "Urgency": "high"}),
    )
    message.token = push.token  # given to the constructor it warns: installation ids are to replace tokens one day
    return message


def judge(answer: Answer) -> Outcome:
    """A token is dead only where the fault is said to be the token's: a mistake of ours must not cost any."""
    if answer.status == 200:  # noqa: PLR2004
        return SENT
    fault = _fault(answer.body)
    if any(detail.code == "UNREGISTERED" for detail in fault.details) or _blames_token(fault):
        return Outcome("gone", f"status {answer.status}")
    ours = answer.status in OURS_TO_MEND and all(detail.code != "SENDER_ID_MISMATCH" for detail in fault.details)
    return Outcome("later" if ours else "failed", f"status {answer.status}")


def _blames_token(fault: Fault) -> bool:
    named = {violation.field for detail in fault.details for violation in detail.violations}
    return "message.token" in named or "registration token" in fault.message


def _fault(body: bytes) -> Fault:
    try:
        return Refusal.model_validate_json(body).error
    except ValidationError:
        return Fault()
