"""Secrets at rest."""

from base64 import b64encode
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sealed_secrets import Sealer, Unsealable
from shared.settings import BadSettings, Settings

ALICE, BOB = UUID(int=1), UUID(int=2)
FIRST, SECOND = (f"{name}:{b64encode(name.encode().ljust(32)).decode()}" for name in ("first", "2026-11"))


def sealer(*keys: str) -> Sealer:
    return Sealer(Settings.from_mapping({"SEALING_KEYS": ",".join(keys)}))


SEALER = sealer(FIRST)


@given(purpose=st.text(), owner=st.uuids(), plaintext=st.binary())
def test_a_sealed_secret_opens_to_what_it_was(purpose: str, owner: UUID, plaintext: bytes) -> None:
    """This holds for any bytes, also for none."""
    assert SEALER.unseal(purpose, owner, SEALER.seal(purpose, owner, plaintext)) == plaintext


@given(data=st.data())
def test_a_changed_byte_is_detected(data: st.DataObject) -> None:
    """A change of the key id, nonce, ciphertext or tag is detected."""
    sealed = bytearray(SEALER.seal("oauth", ALICE, b"a token"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Unsealable):
        SEALER.unseal("oauth", ALICE, bytes(sealed))


@given(noise=st.binary(max_size=80), cut=st.integers(0, 60))
def test_unsealed_bytes_cannot_be_opened(noise: bytes, cut: int) -> None:
    """Random bytes and parts of sealed secrets cannot be opened."""
    for broken in (noise, SEALER.seal("oauth", ALICE, b"a token")[:cut][:-1], b"\x05first" + noise):
        with pytest.raises(Unsealable):
            SEALER.unseal("oauth", ALICE, broken)


def test_a_secret_is_for_one_purpose_and_one_owner() -> None:
    """A sealed secret that is copied to another row cannot be opened."""
    sealed = SEALER.seal("oauth", ALICE, b"a token")

    for purpose, owner in (("oauth ", ALICE), ("link", ALICE), ("oauth", BOB), ("", ALICE)):
        with pytest.raises(Unsealable):
            SEALER.unseal(purpose, owner, sealed)


def test_a_digest_recognises_what_a_former_key_has_seen() -> None:
    """And only for its purpose. Without the key, nobody can make it."""
    rings = ((FIRST,), (SECOND, FIRST), (SECOND,))
    before, after, other = (sealer(*keys).digests("mail", b"a@b.example") for keys in rings)

    assert (after[1], after[0]) == (before[0], other[0])
    assert before[0] not in {*other, *SEALER.digests("oauth", b"a@b.example")}


def test_sealing_twice_gives_different_results() -> None:
    """Two rows do not reveal that they have the same secret."""
    sealed = [SEALER.seal("oauth", ALICE, b"a token") for _ in range(50)]

    assert len(set(sealed)) == 50
    assert b"a token" not in b"".join(sealed)


def test_keys_can_be_rotated() -> None:
    """The first key encrypts. A later key only decrypts, and a removed key does not."""
    old = sealer(FIRST).seal("oauth", ALICE, b"a token")
    new = sealer(SECOND, FIRST).seal("oauth", ALICE, b"a token")

    assert sealer(SECOND, FIRST).unseal("oauth", ALICE, old) == b"a token"
    assert sealer(SECOND).unseal("oauth", ALICE, new) == b"a token"
    with pytest.raises(Unsealable):
        sealer(SECOND).unseal("oauth", ALICE, old)


def test_a_key_of_the_same_name_is_not_the_same_key() -> None:
    """The id selects a key, but only the right key decrypts."""
    other = sealer("first:" + SECOND.partition(":")[2])

    with pytest.raises(Unsealable):
        other.unseal("oauth", ALICE, SEALER.seal("oauth", ALICE, b"a token"))


def test_a_developers_machine_has_a_key_of_its_own(tmp_path: Path) -> None:
    """It is created once, all processes read it, and its file is readable by its owner only."""
    settings = Settings(mend_home=tmp_path)
    sealed = Sealer(settings).seal("oauth", ALICE, b"a token")

    assert Sealer(settings).unseal("oauth", ALICE, sealed) == b"a token"
    assert (tmp_path / "sealing.key").stat().st_mode & 0o077 == 0
    with pytest.raises(Unsealable):
        Sealer(Settings(mend_home=tmp_path / "other")).unseal("oauth", ALICE, sealed)


@pytest.mark.parametrize(
    "keys",
    [
        "secret",
        "first:",
        "first:c2hvcnQ=",
        FIRST.partition(":")[2],
        f"{FIRST},{FIRST}",
        f"{FIRST},",
        f"{FIRST}\n",
        FIRST[:-1],
        f"first:{b64encode(bytes(33)).decode()}",
        f"{'n' * 33}:{FIRST.partition(':')[2]}",
    ],
)
def test_invalid_keys_are_refused_at_start(keys: str) -> None:
    """The message does not contain them."""
    with pytest.raises(BadSettings, match="SEALING_KEYS") as caught:
        Settings.from_mapping({"SEALING_KEYS": keys})

    assert keys not in str(caught.value)
