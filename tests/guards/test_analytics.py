"""What Mixpanel may be told is what was reviewed, and says nothing about health."""

import re
from typing import get_args

from functions.account.consents.texts import CONSENT_TEXTS
from functions.analytics.events import reviewed_events
from functions.recommend.models import InteractionKind
from infra.registry import ROOT
from shared.events import types
from shared.moods import MOODS

PAGE = (ROOT / "docs/analytics.md").read_text(encoding="utf-8")
EVENTS = {event.name for event in vars(types).values() if isinstance(event, types.EventType)}
WORDS = {
    word
    for event in reviewed_events().values()
    for text in (event.name, *event.fields, *(value for values in event.fields.values() for value in values))
    for word in re.findall(r"\w+", text.lower())
}
ABOUT_HEALTH = {
    "anxiety", "anxious", "care", "crisis", "danger", "depressed", "depression", "diary", "factor", "feeling", "harm",
    "health", "help", "insight", "medication", "mood", "note", "pain", "panic", "risk", "safety", "sleep",
    "stress", "suicide", "support", "symptom", "therapy", "title", "trauma",
}  # fmt: skip


def test_the_list_is_what_was_reviewed() -> None:
    """Whoever changes it also changes the text of the consent, its version, and docs/analytics.md."""
    assert {kind: (event.name, event.fields) for kind, event in reviewed_events().items()} == {
        "mood.recorded": ("Entry recorded", {}),
        "content.interacted": ("Suggestion used", {"kind": ("start", "complete", "like", "dislike", "hide")}),
        "plan.created": ("Plan begun", {}),
        "plan.activity_finished": ("Activity finished", {"status": ("done", "skipped")}),
        "plan.ended": ("Plan ended", {}),
        "picture.uploaded": ("Picture uploaded", {}),
    }


def test_the_list_says_nothing_about_health() -> None:
    """Neither in a name nor in a value."""
    assert WORDS & (ABOUT_HEALTH | {*MOODS}) == set()


def test_the_list_is_on_the_page() -> None:
    """Every name, field and value."""
    events = reviewed_events().values()
    texts = {text for event in events for text in (event.name, *event.fields, *sum(event.fields.values(), ()))}

    assert [text for text in sorted(texts) if f"`{text}`" not in PAGE] == []


def test_the_list_names_events_that_exist() -> None:
    """And kinds of interactions that exist."""
    assert reviewed_events().keys() <= EVENTS
    assert {*reviewed_events()["content.interacted"].fields["kind"]} <= {*get_args(InteractionKind)}


def test_the_text_of_the_consent_names_who_is_told() -> None:
    """In every language."""
    for language in ("en", "de"):
        assert "Mixpanel" in CONSENT_TEXTS.texts(language).of("analytics").text
