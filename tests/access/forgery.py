"""Forged tokens: each is valid except for one fault."""

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.clock import utc_now
from tests.conftest import Issuer

MINUTE = 60


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Forger(Issuer):
    """An issuer of an EC and an RSA key, and an attacker with keys of their own and a server to host them."""

    trap: str = ""
    rsa_id: str = "test-rsa-key"
    person: UUID = field(default_factory=uuid4)

    @cached_property
    def rsa_key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(65537, 2048)

    @cached_property
    def attackers(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def attackers_jwk(self) -> dict[str, Any]:
        jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(self.attackers.public_key(), as_dict=True)
        return jwk | {"kid": self.key_id, "alg": "ES256", "use": "sig"}

    @property
    def jwks(self) -> Path:
        return self.folder / "jwks.json"

    def publish(self) -> None:
        super().publish()
        rsa_jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self.rsa_key.public_key(), as_dict=True)
        keys = json.loads(self.jwks.read_text())["keys"]
        self.jwks.write_text(json.dumps({"keys": [*keys, rsa_jwk | {"kid": self.rsa_id, "alg": "RS256"}]}))

    @property
    def pem(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def jwk(self) -> bytes:
        return json.dumps(json.loads(self.jwks.read_text())["keys"][0]).encode()

    def good(self, **claims: object) -> str:
        return self.token(self.person, **claims)

    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.good(), options={"verify_signature": False})
        return claims

    def signed(self, key: Any = None, alg: str = "ES256", claims: Any = None, **header: Any) -> str:  # noqa: ANN401 - any key, any header
        """Signed by the issuer's EC key, or another one."""
        return jwt.encode(claims or self.claims(), key or self.key, alg, {"kid": self.key_id, **header})

    def by_hand(self, header: dict[str, object] | bytes, secret: bytes | None = None, payload: bytes = b"") -> str:
        """Signed with a shared secret, or unsigned, which PyJWT would refuse to create."""
        head = header if isinstance(header, bytes) else json.dumps(header).encode()
        signed = f"{base64url(head)}.{base64url(payload or json.dumps(self.claims()).encode())}"
        digest = hmac.digest(secret, signed.encode(), "sha256") if secret else b""
        return f"{signed}.{base64url(digest)}"

    def shared_secret(self, secret: bytes, **header: object) -> str:
        return self.by_hand({"alg": "HS256", "typ": "JWT", "kid": self.key_id, **header}, secret)

    def unsigned(self, alg: str) -> str:
        return self.by_hand({"alg": alg, "typ": "JWT", "kid": self.key_id})

    def pointing(self, **header: Any) -> str:  # noqa: ANN401 - whatever a header may hold
        """Signed by the attacker, with a hint where to find the key for that."""
        return self.signed(self.attackers, **header)

    def altered(self, part: int) -> str:
        parts = self.good().split(".")
        middle = len(parts[part]) // 2
        other = "A" if parts[part][middle] != "A" else "B"
        parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]
        return ".".join(parts)

    def in_another_persons_name(self) -> str:
        head, _, signature = self.good().split(".")
        claims = json.dumps(self.claims() | {"sub": str(uuid4())}).encode()
        return f"{head}.{base64url(claims)}.{signature}"


def soon(seconds: int) -> int:
    return int(utc_now().timestamp()) + seconds


Forge = Callable[[Forger], str]

FORGED: dict[str, Forge] = {
    # Algorithms
    "alg none": lambda f: f.unsigned("none"),
    "alg None": lambda f: f.unsigned("None"),
    "alg NONE with a signature": lambda f: f.by_hand({"alg": "NONE", "kid": f.key_id}, b"secret"),
    "no alg": lambda f: f.by_hand({"typ": "JWT", "kid": f.key_id}),
    "alg is a list": lambda f: f.by_hand(json.dumps({"alg": ["ES256"], "kid": f.key_id}).encode()),
    "HS256 with the public key as PEM": lambda f: f.shared_secret(f.pem),
    "HS256 with the public key as PEM, no newline": lambda f: f.shared_secret(f.pem.strip()),
    "HS256 with the public key as JWK": lambda f: f.shared_secret(f.jwk),
    "HS256 with the whole key set": lambda f: f.shared_secret(f.jwks.read_bytes()),
    "HS256 with nothing": lambda f: f.shared_secret(b"\0"),
    "ES256 said of a shared secret": lambda f: f.shared_secret(f.pem, alg="ES256"),
    "ES384 said of an ES256 key": lambda f: f.by_hand({"alg": "ES384", "kid": f.key_id}, b"secret"),
    "an RSA key where an EC key is expected": lambda f: f.signed(f.rsa_key, "RS256"),
    "an EC key where an RSA key is expected": lambda f: f.signed(kid=f.rsa_id),
    "PS256 by the RSA key": lambda f: f.signed(f.rsa_key, "PS256", kid=f.rsa_id),
    # Keys
    "another's key": lambda f: f.signed(f.attackers),
    "an unknown key id": lambda f: f.signed(kid="unknown"),
    "no key id": lambda f: jwt.encode(f.claims(), f.key, "ES256"),
    "an empty key id": lambda f: f.signed(kid=""),
    "a key id that is a path": lambda f: f.shared_secret(b"", kid="../../../../dev/null"),
    "a key id that is SQL": lambda f: f.shared_secret(b"x", kid="' UNION SELECT 'x"),
    "a key id that is a list": lambda f: f.by_hand(json.dumps({"alg": "ES256", "kid": [f.key_id]}).encode()),
    "jku": lambda f: f.pointing(jku=f"{f.trap}/jwks.json"),
    "jku and an unknown key id": lambda f: f.pointing(jku=f"{f.trap}/jwks.json", kid="attackers"),
    "x5u": lambda f: f.pointing(x5u=f"{f.trap}/chain.pem"),
    "jwk": lambda f: f.pointing(jwk=f.attackers_jwk),
    "a key id that is an address": lambda f: f.pointing(kid=f"{f.trap}/jwks.json"),
    "an issuer that hosts the keys": lambda f: f.signed(f.attackers, claims=f.claims() | {"iss": f.trap}),
    # Headers
    "typ of another kind": lambda f: f.signed(typ="at+jwt"),
    "typ of an id token": lambda f: f.signed(typ="logout+jwt"),
    "a critical extension": lambda f: f.signed(crit=["exp2"], exp2=1),
    "an unencoded payload": lambda f: f.by_hand({"alg": "ES256", "kid": f.key_id, "b64": False, "crit": ["b64"]}),
    "a header that is no object": lambda f: f.by_hand(b'"ES256"'),
    "a header that is no JSON": lambda f: f.by_hand(b"ES256"),
    "a header too deep": lambda f: f.by_hand(b"[" * 5000),
    "a header with too long a number": lambda f: f.by_hand(b'{"alg":' + b"9" * 5000 + b"}"),
    # Claims
    "another audience": lambda f: f.good(aud="anon"),
    "no audience": lambda f: f.good(aud=None),
    "another issuer": lambda f: f.good(iss="http://mend.local/auth/v2"),
    "an issuer that begins like ours": lambda f: f.good(iss="http://mend.local/auth/v1.attacker.example"),
    "no issuer": lambda f: f.good(iss=None),
    "no expiry": lambda f: f.good(exp=None),
    "expired, beyond leeway": lambda f: f.good(exp=soon(-31)),
    "expired for ever": lambda f: f.good(exp=0),
    "an expiry that never comes": lambda f: f.good(exp=float("inf")),
    "an expiry that is not a time": lambda f: f.good(exp="never"),
    "an expiry that is not a number": lambda f: f.good(exp=[soon(60)]),
    "no time of issue": lambda f: f.good(iat=None),
    "issued in the future": lambda f: f.good(iat=soon(10 * MINUTE)),
    "not valid yet": lambda f: f.good(nbf=soon(10 * MINUTE)),
    "no subject": lambda f: f.good(sub=None),
    "a subject that is no UUID": lambda f: f.good(sub="admin"),
    "an empty subject": lambda f: f.good(sub=""),
    "a subject that is a list": lambda f: f.good(sub=[str(f.person)]),
    "a subject that is a number": lambda f: f.good(sub=1),
    "the service key": lambda f: f.good(role="service_role"),
    "the anonymous key": lambda f: f.good(role="anon"),
    "our own service role": lambda f: f.good(role="mend_service"),
    "no role": lambda f: f.good(role=None),
    "a role that is a list": lambda f: f.good(role=["authenticated"]),
    # Form
    "another person's name": Forger.in_another_persons_name,
    "an altered header": lambda f: f.altered(0),
    "an altered payload": lambda f: f.altered(1),
    "an altered signature": lambda f: f.altered(2),
    "a signature stripped": lambda f: f.good().rpartition(".")[0] + ".",
    "two parts": lambda f: f.good().rpartition(".")[0],
    "a signature cut short": lambda f: f.good()[:-8],
    "an empty signature of zeros": lambda f: f"{f.good().rpartition('.')[0]}.{base64url(bytes(64))}",
    "garbage behind": lambda f: f.good() + "garbage",
    "padding behind": lambda f: f.good() + "==",
    "a part behind": lambda f: f.good() + ".e30",
    "garbage inside": lambda f: f.good()[:-20] + "!!!!" + f.good()[-20:],
    "a space inside": lambda f: f.good().replace(".", ". ", 1),
    "a line break behind": lambda f: f.good() + "\n",
    "two tokens": lambda f: f"{f.good()} {f.good()}",
    "two tokens with a comma": lambda f: f"{f.good()}, Bearer {f.good()}",
    "letters of another alphabet": lambda f: f.good().replace("e", "\u0435", 1),
    "wide letters": lambda f: f.good().translate({ord("e"): 0xFF45}),
    "20 kB": lambda f: f.good(padding="x" * 20_000),
    "no token at all, but dots": lambda f: "..",  # noqa: ARG005
}

# Whole Authorization headers that hold no bearer token.
NO_BEARER: dict[str, Forge] = {
    "nothing": lambda f: "",  # noqa: ARG005
    "the token alone": lambda f: f.good(),
    "the scheme alone": lambda f: "Bearer",  # noqa: ARG005
    "the scheme and a space": lambda f: "Bearer ",  # noqa: ARG005
    "Basic": lambda f: "Basic " + base64.b64encode(f"user:{f.good()}".encode()).decode(),
    "Digest": lambda f: f'Digest username="{f.good()}"',
    "Token": lambda f: f"Token {f.good()}",
    "JWT": lambda f: f"JWT {f.good()}",
    "DPoP": lambda f: f"DPoP {f.good()}",
    "ApiKey": lambda f: f"ApiKey {f.good()}",
    "Bearer with a colon": lambda f: f"Bearer: {f.good()}",
    "Bearer with a tab": lambda f: f"Bearer\t{f.good()}",
}
