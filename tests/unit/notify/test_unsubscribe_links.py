"""Unsubscribe links are content, and valid for one person, one kind and a limited time."""

import hmac
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.notify import unsubscribe_links
from functions.notify.unsubscribe_links import LinkExpired, LinkInvalid, Unsubscription
from shared.local_secret import local_secret
from shared.settings import Settings

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SOON = NOW + timedelta(days=1)
OURS = Settings(public_url="https://api.mend.example", environ={"LINK_SECRET": "a secret of at least 32 characters"})
OTHERS = Settings(environ={"LINK_SECRET": "another secret of 32 characters!"})
KINDS = st.sampled_from(["email", "weekly_summary", "insight", "plan"])


def token(person: UUID, kind: str = "weekly_summary", expires_at: datetime = SOON, settings: Settings = OURS) -> str:
    return unsubscribe_links.sign(settings, person, kind, expires_at).rpartition("/")[2]


def test_a_link_is_the_url_of_the_route() -> None:
    """Mail programs post to the full URL."""
    assert unsubscribe_links.sign(OURS, uuid4(), "email", SOON).startswith(
        "https://api.mend.example/notify/unsubscribe/"
    )


@given(person=st.uuids(), kind=KINDS)
def test_a_link_names_its_person_and_kind(person: UUID, kind: str) -> None:
    """It can be verified repeatedly, because a mail program may open it more than once."""
    link_token = token(person, kind)

    assert (
        unsubscribe_links.verify(OURS, link_token, NOW)
        == unsubscribe_links.verify(OURS, link_token, NOW)
        == Unsubscription(person, kind)
    )


@given(person=st.uuids(), kind=KINDS, bit=st.integers(0, 2**16))
def test_a_changed_link_is_refused(person: UUID, kind: str, bit: int) -> None:
    """Changing a single bit of the person, kind, expiry or signature makes it invalid."""
    link_token = token(person, kind)
    decoded = bytearray(urlsafe_b64decode(link_token + "=" * (-len(link_token) % 4)))
    decoded[bit // 8 % len(decoded)] ^= 1 << bit % 8

    with pytest.raises(LinkInvalid):
        unsubscribe_links.verify(OURS, urlsafe_b64encode(decoded).rstrip(b"=").decode(), NOW)


def test_a_link_signed_with_another_secret_is_refused() -> None:
    """Making a link needs the secret."""
    with pytest.raises(LinkInvalid):
        unsubscribe_links.verify(OURS, token(uuid4(), settings=OTHERS), NOW)


def test_another_signature_by_the_secret_is_no_link() -> None:
    """The purpose is part of what is content, so other signatures cannot be used as links."""
    link_token = token(uuid4())
    content = urlsafe_b64decode(link_token + "=" * (-len(link_token) % 4))[:-32]
    other_purpose = content + hmac.digest(b"a secret of at least 32 characters", content, "sha256")

    with pytest.raises(LinkInvalid):
        unsubscribe_links.verify(OURS, urlsafe_b64encode(other_purpose).rstrip(b"=").decode(), NOW)


def test_a_link_expires() -> None:
    """It is valid until its expiry, and no longer at it."""
    link_token = token(uuid4())

    assert unsubscribe_links.verify(OURS, link_token, SOON - timedelta(seconds=1)).kind == "weekly_summary"
    with pytest.raises(LinkExpired):
        unsubscribe_links.verify(OURS, link_token, SOON)


@given(st.text(max_size=200) | st.text("abcXYZ019-_", min_size=70, max_size=130))
def test_random_text_is_no_link(text: str) -> None:
    """Text that is too long, too short or not base64 gets the same error."""
    with pytest.raises(LinkInvalid):
        unsubscribe_links.verify(OURS, text, NOW)


def test_a_developers_machine_has_a_secret_of_its_own() -> None:
    """All processes of the machine share it, and only its owner can read the file."""
    with tempfile.TemporaryDirectory(prefix="mend-") as home, tempfile.TemporaryDirectory(prefix="mend-") as other_home:
        link_token = token(uuid4(), settings=Settings(mend_home=Path(home)))
        local_secret.cache_clear()  # as another process

        assert unsubscribe_links.verify(Settings(mend_home=Path(home)), link_token, NOW).kind == "weekly_summary"
        assert (Path(home) / "link.key").stat().st_mode & 0o077 == 0
        with pytest.raises(LinkInvalid):
            unsubscribe_links.verify(Settings(mend_home=Path(other_home)), link_token, NOW)
