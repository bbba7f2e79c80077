"""Receipts: signed once, verified anywhere, and refused as soon as one byte differs."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.account.erasure.signatures import ReceiptRefused, canonical, public_keys, sign, verify
from shared.settings import Settings

SEEDS = {"old": b"1" * 32, "new": b"2" * 32}
RECEIPT: dict[str, Any] = {
    "id": "5e6cbe9c-6a0b-4c0e-9f27-6b8a3a3c8a10",
    "stores": [{"name": "public.mood_entries", "before": 3, "after": 0}],
    "until": None,
    "note": "Größe 🧘",
}


def settings(*ids: str) -> Settings:
    keys = ",".join(f"{id_}:{b64encode(SEEDS[id_]).decode()}" for id_ in ids)
    return Settings(environ={"RECEIPT_KEYS": keys})


KEYS = public_keys(settings("new", "old"))
SIGNED = sign(settings("new"), RECEIPT)


def test_a_receipt_is_read_as_it_was_signed() -> None:
    """It also names the key that signed it."""
    assert verify(SIGNED, KEYS) == {**RECEIPT, "key": "new"}


def test_the_same_receipt_has_the_same_bytes() -> None:
    """So that it can be issued again without a difference."""
    assert sign(settings("new"), dict(reversed(RECEIPT.items()))) == SIGNED


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_receipt_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    """Whichever byte it is, and whatever it becomes."""
    changed = bytearray(SIGNED)
    changed[place] ^= change

    with pytest.raises(ReceiptRefused):
        verify(bytes(changed), KEYS)


@given(st.integers(0, len(SIGNED) - 1))
def test_a_receipt_that_was_cut_is_refused(length: int) -> None:
    """However much of it is left."""
    with pytest.raises(ReceiptRefused):
        verify(SIGNED[:length], KEYS)


@given(st.binary(max_size=200))
def test_anything_else_is_refused(document: bytes) -> None:
    """Whatever bytes they are."""
    with pytest.raises(ReceiptRefused):
        verify(document, KEYS)


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(json.loads(SIGNED)).encode(),
        SIGNED + b"\n",
        SIGNED.replace(b"{", b"{ ", 1),
        canonical(json.loads(SIGNED) | {"signature": json.loads(SIGNED)["signature"].upper()}),
        b'{"receipt":' * 5000,
        b"null",
        b'{"receipt":{"key":"new"},"signature":5}',
    ],
    ids=range(7),
)
def test_another_spelling_is_refused(document: bytes) -> None:
    """Spaces, capitals, deep nesting, wrong types."""
    with pytest.raises(ReceiptRefused):
        verify(document, KEYS)


def test_a_receipt_of_an_older_key_stays_valid_after_a_rotation() -> None:
    """The first key signs; all keys are published."""
    older = sign(settings("old"), RECEIPT)

    assert verify(older, KEYS)["key"] == "old"
    assert verify(sign(settings("new", "old"), RECEIPT), KEYS)["key"] == "new"


def test_a_receipt_of_somebody_elses_key_is_refused(tmp_path: Path) -> None:
    """Also under the name of a published key."""
    foreign = {"new": public_keys(Settings(mend_home=tmp_path))["local"]}

    with pytest.raises(ReceiptRefused):
        verify(SIGNED, foreign)
