"""What the clients of Supabase Auth send, and get back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

IDENTITIES = UUID("8b0d0f0c-21a5-4f6c-9d56-3a3f5f0a7c11")  # the namespace of ids of identities
EMAIL = "email"


class AuthRequest(BaseModel):
    """The fields of all requests. Clients send more, which is ignored."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    email: str | None = None
    phone: str | None = None
    password: str | None = None
    data: dict[str, Any] | None = None
    create_user: bool = True
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    type: str = ""
    token: str | None = None
    token_hash: str | None = None
    refresh_token: str | None = None
    auth_code: str | None = None
    code_verifier: str | None = None


@dataclass(frozen=True)
class Account:
    """A row of auth.users with that of local.accounts."""

    id: UUID
    email: str | None
    app_metadata: dict[str, Any]
    user_metadata: dict[str, Any]
    created_at: datetime
    email_confirmed_at: datetime | None
    password_hash: str | None
    new_email: str | None
    updated_at: datetime | None
    last_sign_in_at: datetime | None
    is_erased: bool = False  # its erasure has begun

    @property
    def is_anonymous(self) -> bool:
        return self.email is None


def user_of(account: Account) -> dict[str, Any]:
    """The user as clients read it."""
    confirmed_at = _text(account.email_confirmed_at)
    optional = {
        "email_confirmed_at": confirmed_at,
        "confirmed_at": confirmed_at,
        "new_email": account.new_email,
        "last_sign_in_at": _text(account.last_sign_in_at),
    }
    return {
        "id": str(account.id),
        "aud": "authenticated",
        "role": "authenticated",
        "email": account.email or "",
        "phone": "",
        "app_metadata": account.app_metadata,
        "user_metadata": account.user_metadata,
        "identities": [] if account.is_anonymous else [_identity(account)],
        "created_at": _text(account.created_at),
        "updated_at": _text(account.updated_at or account.created_at),
        "is_anonymous": account.is_anonymous,
        **{name: value for name, value in optional.items() if value},
    }


def _identity(account: Account) -> dict[str, Any]:
    created_at = _text(account.created_at)
    return {
        "identity_id": str(uuid5(IDENTITIES, str(account.id))),
        "id": str(account.id),
        "user_id": str(account.id),
        "provider": EMAIL,
        "email": account.email,
        "identity_data": {
            "sub": str(account.id),
            "email": account.email,
            "email_verified": account.email_confirmed_at is not None,
            "phone_verified": False,
        },
        "created_at": created_at,
        "updated_at": created_at,
        "last_sign_in_at": _text(account.last_sign_in_at) or created_at,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
