"""A link in a mail does one thing for one person, for a while, and cannot be made by anybody else."""

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
from functions.notify.unsubscribe_links import LinkExpired, LinkInvalid, Unsubscribe
from shared.local_secret import local_secret
from shared.settings import Settings

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SOON = NOW + timedelta(days=1)
OURS = Settings(public_url="https://api.mend.example", environ={"LINK_SECRET": "a secret of at least 32 characters"})
OTHERS = Settings(environ={"LINK_SECRET": "another secret of 32 characters!"})
KINDS = st.sampled_from(["email", "weekly_summary", "insight", "plan"])


def token(person: UUID, kind: str = "weekly_summary", expires_at: datetime = SOON, settings: Settings = OURS) -> str:
    return unsubscribe_links.link(settings, person, kind, expires_at).rpartition("/")[2]


def test_a_link_leads_to_the_route() -> None:
    """Whole, as a mail program will post to it."""
    assert unsubscribe_links.link(OURS, uuid4(), "email", SOON).startswith(
        "https://api.mend.example/notify/unsubscribe/"
    )


@given(person=st.uuids(), kind=KINDS)
def test_a_link_says_who_and_what(person: UUID, kind: str) -> None:
    """As often as it is followed, since a mail program may follow it more than once."""
    made = token(person, kind)

    assert (
        unsubscribe_links.read(OURS, made, NOW) == unsubscribe_links.read(OURS, made, NOW) == Unsubscribe(person, kind)
    )


@given(person=st.uuids(), kind=KINDS, bit=st.integers(0, 2**16))
def test_a_link_that_was_changed_is_refused(person: UUID, kind: str, bit: int) -> None:
    """Not another person, not another kind, not a day longer: one bit is enough."""
    made = token(person, kind)
    whole = bytearray(urlsafe_b64decode(made + "=" * (-len(made) % 4)))
    whole[bit // 8 % len(whole)] ^= 1 << bit % 8

    with pytest.raises(LinkInvalid):
        unsubscribe_links.read(OURS, urlsafe_b64encode(whole).rstrip(b"=").decode(), NOW)


def test_a_link_of_somebody_elses_making_is_refused() -> None:
    """Without the secret nobody can make one."""
    with pytest.raises(LinkInvalid):
        unsubscribe_links.read(OURS, token(uuid4(), settings=OTHERS), NOW)


def test_what_else_the_secret_signs_is_no_link() -> None:
    """A signature says what it is for, so that none can be carried over from anywhere else."""
    made = token(uuid4())
    signed = urlsafe_b64decode(made + "=" * (-len(made) % 4))[:-32]
    elsewhere = signed + hmac.digest(b"a secret of at least 32 characters", signed, "sha256")

    with pytest.raises(LinkInvalid):
        unsubscribe_links.read(OURS, urlsafe_b64encode(elsewhere).rstrip(b"=").decode(), NOW)


def test_a_link_ends() -> None:
    """At its moment, and not before."""
    made = token(uuid4())

    assert unsubscribe_links.read(OURS, made, SOON - timedelta(seconds=1)).kind == "weekly_summary"
    with pytest.raises(LinkExpired):
        unsubscribe_links.read(OURS, made, SOON)


@given(st.text(max_size=200) | st.text("abcXYZ019-_", min_size=70, max_size=130))
def test_whatever_else_is_sent_is_no_link(said: str) -> None:
    """Too long, too short, not even base64: all the same answer."""
    with pytest.raises(LinkInvalid):
        unsubscribe_links.read(OURS, said, NOW)


def test_a_developers_machine_keeps_a_secret_of_its_own() -> None:
    """The same one in every process, readable by its owner alone, and another one on the next machine."""
    with tempfile.TemporaryDirectory(prefix="mend-") as here, tempfile.TemporaryDirectory(prefix="mend-") as there:
        made = token(uuid4(), settings=Settings(mend_home=Path(here)))
        local_secret.cache_clear()  # as another process

        assert unsubscribe_links.read(Settings(mend_home=Path(here)), made, NOW).kind == "weekly_summary"
        assert (Path(here) / "link.key").stat().st_mode & 0o077 == 0
        with pytest.raises(LinkInvalid):
            unsubscribe_links.read(Settings(mend_home=Path(there)), made, NOW)
