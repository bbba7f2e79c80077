"""The passwords of the local sign-in."""

import hashlib

import pytest

from infra.local.auth.passwords import hash_password, matches


def test_only_the_same_password_matches() -> None:
    """And none does where none is stored."""
    stored = hash_password("correct horse")

    assert matches("correct horse", stored)
    assert not matches("wrong horse", stored)
    assert not any(matches(password, None) for password in ("", "correct horse"))


def test_an_unknown_address_costs_as_much_as_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are hashed alike, so that the time of the answer does not tell who has an account."""
    costs: list[int] = []
    scrypt = hashlib.scrypt

    def counted(password: bytes, *, salt: bytes, n: int, r: int, p: int) -> bytes:
        costs.append(n)
        return scrypt(password, salt=salt, n=n, r=r, p=p)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    stored = hash_password("correct horse")

    matches("wrong horse", stored)
    matches("wrong horse", None)

    assert costs[1:] == costs[:1] * 2
