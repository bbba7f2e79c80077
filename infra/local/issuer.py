"""Sign-in on a developer's machine: tokens like those of Supabase Auth, signed by a key in MEND_HOME."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import jwt
import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from infra.errors import UserError
from shared.clock import utc_now
from shared.file_lock import held
from shared.settings import Settings

PEOPLE = UUID("0e0a7c55-3d0b-5d6a-8d0e-5f9a3b1c7e42")  # the namespace of ids made from e-mail addresses

EMAIL_OWNER = "SELECT id FROM auth.users WHERE lower(email) = lower(%s)"
IS_TAKEN = "SELECT EXISTS (SELECT FROM auth.users WHERE id = %(id)s) OR mend.is_erased(%(id)s)"
INSERT_PERSON = "INSERT INTO auth.users (id, email) VALUES (%s, %s)"
INSERT_SESSION = """
    INSERT INTO auth.sessions (id, user_id, created_at, updated_at, user_agent)
    VALUES (%(id)s, %(person)s, %(now)s, %(now)s, 'mend token')
"""
SIGN_IN = """
    UPDATE auth.users SET raw_app_meta_data = %s, email_confirmed_at = now(), last_sign_in_at = %s WHERE id = %s
"""


def sign_in(settings: Settings, dsn: str, email: str, *, admin: bool, minutes: int) -> str:
    """A token for the person with this address. The same address always gives the same person."""
    if settings.supabase_url is not None:
        raise UserError("SUPABASE_URL is set, so tokens come from there.", "Sign in there, or unset SUPABASE_URL.")
    email = email.strip().lower()
    app_metadata = {"provider": "email", "providers": ["email"], **({"role": "admin"} if admin else {})}
    with psycopg.connect(dsn) as conn:
        now = utc_now()
        person = _person(conn, email)
        conn.execute(SIGN_IN, (Jsonb(app_metadata), now, person))
        session = _begin_session(conn, person)
    now = utc_now()
    claims = {
        "email": email,
        "app_metadata": app_metadata,
        "is_anonymous": False,
        "session_id": str(session),
        "aal": "aal2" if admin else "aal1",  # an admin counts as signed in with a second factor
        "amr": [{"method": "token", "timestamp": int(now.timestamp())}],
    }
    return access_token(settings, person, now, timedelta(minutes=minutes), claims)


def access_token(
    settings: Settings, person: UUID, now: datetime, lifetime: timedelta, claims: Mapping[str, object]
) -> str:
    """A token of this person with further claims."""
    standard = {
        "iss": settings.issuer,
        "sub": str(person),
        "aud": "authenticated",
        "role": "authenticated",
        "iat": now,
        "exp": now + lifetime,
    }
    key = signing_key(settings.mend_home)
    return jwt.encode({**standard, **claims}, key, algorithm="ES256", headers={"kid": _public(key)["kid"]})


def _person(conn: psycopg.Connection[TupleRow], email: str) -> UUID:
    """The person with this address, or a new one. After a reset, the same address gives the same id."""
    if row := conn.execute(EMAIL_OWNER, (email,)).fetchone():
        return UUID(str(row[0]))
    person = uuid5(PEOPLE, email)
    (is_taken,) = conn.execute(IS_TAKEN, {"id": person}).fetchone() or (False,)
    if is_taken:  # by a person who has changed the address since, or was erased
        person = uuid4()
    conn.execute(INSERT_PERSON, (person, email))
    return person


def _begin_session(conn: psycopg.Connection[TupleRow], person: UUID) -> UUID:
    """The id of a new session."""
    session = uuid4()
    conn.execute(INSERT_SESSION, {"id": session, "person": person, "now": utc_now()})
    return session


def signing_key(home: Path) -> ec.EllipticCurvePrivateKey:
    """The private key of this home, created on first use. Its public key is in jwks.json beside it."""
    home.mkdir(parents=True, exist_ok=True)
    with held(home / "issuer.lock"):
        key = _load_key(home / "issuer.pem")
        (home / "jwks.json").write_text(json.dumps({"keys": [_public(key)]}), encoding="utf-8")
    return key


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds a key of another type.")
    return key


def _public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    digest = hashlib.sha256(json.dumps(jwk, sort_keys=True).encode()).hexdigest()
    return {**jwk, "use": "sig", "alg": "ES256", "kid": digest[:32]}
