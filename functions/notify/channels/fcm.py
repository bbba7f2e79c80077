"""Pushes by Firebase Cloud Messaging. Its SDK signs in and encodes the pushes; `shared.outbound` sends them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from firebase_admin import messaging  # type: ignore[import-untyped]
from firebase_admin.credentials import ApplicationDefault, Base  # type: ignore[import-untyped]
from google.auth.exceptions import GoogleAuthError
from pydantic import BaseModel, Field, ValidationError

from functions.notify.channels.batch import JSON, send_all
from functions.notify.channels.ports import NO_RECORD, SENT, Outcome, Push, Record
from functions.notify.concurrency import finish_all
from shared.clock import utc_now
from shared.outbound.host import Host
from shared.outbound.messages import Limits, OutboundRequest, OutboundResponse

API = "https://fcm.googleapis.com"
LIMITS = Limits(concurrency=64, seconds=25, tries=5)
SIGN_IN_SECONDS = 5
OUR_FAULT = {401, 403, 404}  # our keys, rights or project are wrong, not the push


class FieldViolation(BaseModel):
    field: str = ""


class FcmErrorDetail(BaseModel):
    code: str = Field("", alias="errorCode")
    violations: list[FieldViolation] = Field([], alias="fieldViolations")


class FcmError(BaseModel):
    message: str = ""
    details: list[FcmErrorDetail] = []


class FcmErrorBody(BaseModel):
    error: FcmError = FcmError()


class FcmPush:
    def __init__(
        self, project: str, credential: Base | None = None, *, api: str = API, limits: Limits = LIMITS
    ) -> None:
        self._credential = credential or ApplicationDefault()
        self._project = {"project": project}
        self._host = Host(api, limits, JSON)

    async def send(self, pushes: Sequence[Push], record: Record = NO_RECORD, /) -> list[Outcome]:
        if not pushes:
            return []
        try:
            async with asyncio.timeout(SIGN_IN_SECONDS):
                token = await asyncio.to_thread(self._access_token)
        except (GoogleAuthError, TimeoutError) as error:
            later = Outcome("later", type(error).__name__)
            await finish_all(*(record.settle(push, later) for push in pushes))
            return [later] * len(pushes)
        return await send_all(self._host, pushes, record, lambda push: self._request(push, token), outcome_of)

    def _request(self, push: Push, token: str) -> OutboundRequest:
        return OutboundRequest(
            "POST",
            "/v1/projects/{project}/messages:send",
            self._project,
            headers={"Authorization": f"Bearer {token}"},
            body=f'{{"message": {_message(push)}}}'.encode(),
        )

    def _access_token(self) -> str:
        """The credential caches its token until shortly before it expires."""
        credential = self._credential.get_credential()
        if not credential.valid:
            self._credential.get_access_token()
        return str(credential.token)


def _message(push: Push) -> messaging.Message:
    now = utc_now()
    lifetime = max(timedelta(), push.expires_at - now)
    message = messaging.Message(
        notification=messaging.Notification(push.title, push.body),
        data={"link": push.link, "key": push.key},
        android=messaging.AndroidConfig(
            collapse_key=push.key,
            priority="high",
            ttl=lifetime,
            notification=messaging.AndroidNotification(tag=push.key),  # replaces a push of the same key on the screen
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
    message.token = push.token  # as a constructor argument it causes a deprecation warning
    return message


def outcome_of(response: OutboundResponse) -> Outcome:
    """`gone` only where FCM says that the token is wrong, because that deletes the device. Our mistakes must not."""
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
        return FcmErrorBody.model_validate_json(body).error
    except ValidationError:
        return FcmError()
