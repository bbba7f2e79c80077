"""Pushes by Firebase Cloud Messaging. Its SDK signs in and encodes the messages; `shared.outbound` sends them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from firebase_admin import messaging  # type: ignore[import-untyped]
from firebase_admin.credentials import ApplicationDefault, Base  # type: ignore[import-untyped]
from google.auth.exceptions import GoogleAuthError
from pydantic import BaseModel, Field, ValidationError

from functions.notify.channels.batch import JSON, send_all
from functions.notify.channels.ports import SENT, Outcome, Push
from shared.clock import utc_now
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest, OutboundResponse

API = "https://fcm.googleapis.com"
LIMITS = Limits(concurrency=64, seconds=25, tries=5)
SIGN_IN_SECONDS = 5
OUR_FAULT = {401, 403, 404}  # keys, rights or the project: not the message's fault


class Violation(BaseModel):
    field: str = ""


class Detail(BaseModel):
    code: str = Field("", alias="errorCode")
    violations: list[Violation] = Field([], alias="fieldViolations")


class FcmError(BaseModel):
    message: str = ""
    details: list[Detail] = []


class ErrorBody(BaseModel):
    error: FcmError = FcmError()


class FcmPush:
    def __init__(
        self, project: str, credential: Base | None = None, *, api: str = API, limits: Limits = LIMITS
    ) -> None:
        self._credential = credential or ApplicationDefault()
        self._project = {"project": project}
        self._host = Host(api, limits, JSON)

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        try:
            async with asyncio.timeout(SIGN_IN_SECONDS):
                token = await asyncio.to_thread(self._access_token)
        except (GoogleAuthError, TimeoutError) as error:
            return [Outcome("later", type(error).__name__)] * len(pushes)
        return await send_all(self._host, pushes, lambda push: self._request(push, token), outcome_of)

    def _request(self, push: Push, token: str) -> OutboundRequest:
        return OutboundRequest(
            "POST",
            "/v1/projects/{project}/messages:send",
            self._project,
            headers={"Authorization": f"Bearer {token}"},
            body=f'{{"message": {_message(push)}}}'.encode(),
        )

    def _access_token(self) -> str:
        """The credential keeps its token until it is about to expire."""
        credential = self._credential.get_credential()
        if not credential.valid:
            self._credential.get_access_token()
        return str(credential.token)


def _message(push: Push) -> messaging.Message:
    now = utc_now()
    lifetime = max(timedelta(), push.until - now)
    message = messaging.Message(
        notification=messaging.Notification(push.title, push.body),
        data={"link": push.link, "key": push.key},
        android=messaging.AndroidConfig(
            collapse_key=push.key,
            priority="high",
            ttl=lifetime,
            notification=messaging.AndroidNotification(tag=push.key),  # replaces one that is still shown
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-collapse-id": push.key,
                "apns-priority": "10",
                "apns-expiration": str(int((now + lifetime).timestamp())),
            }
        ),
        webpush=messaging.WebpushConfig(headers={"TTL": str(int(lifetime.total_seconds())), "Urgency": "high"}),
    )
    message.token = push.token  # the constructor would warn: installation ids are to replace tokens one day
    return message


def outcome_of(response: OutboundResponse) -> Outcome:
    """`gone` only where FCM blames the token itself: a mistake of ours must not delete anybody's device."""
    if response.status == 200:  # noqa: PLR2004
        return SENT
    error = _error(response.body)
    if any(detail.code == "UNREGISTERED" for detail in error.details) or _blames_token(error):
        return Outcome("gone", f"status {response.status}")
    ours = response.status in OUR_FAULT and all(detail.code != "SENDER_ID_MISMATCH" for detail in error.details)
    return Outcome("later" if ours else "failed", f"status {response.status}")


def _blames_token(error: FcmError) -> bool:
    fields = {violation.field for detail in error.details for violation in detail.violations}
    return "message.token" in fields or "registration token" in error.message


def _error(body: bytes) -> FcmError:
    try:
        return ErrorBody.model_validate_json(body).error
    except ValidationError:
        return FcmError()
