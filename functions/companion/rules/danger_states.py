"""The state machine for conversations in danger, by `danger_states.yaml`. It depends on no model."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

Heard: TypeAlias = Literal[
    "immediate",
    "said",
    "explicit",
    "suspected",
    "danger_from_others",
    "indirect",
    "yes",
    "yes_now",
    "no",
    "taken_back",
    "unclear",
    "safe",
    "means",
    "means_near",
    "lines",
    "barrier",
    "hours",
    "thanks",
]

LASTS = timedelta(hours=24)  # so that a question of yesterday is not asked again in the middle of something else
TALKED = timedelta(hours=2)  # in which a talk about danger is still the same talk
MOST_EASED = 4  # replies to what makes calling hard, after which a word for it no longer counts
START, HELD, OTHERS, SAFE = "start", "held", "others", "safe"
UNASKED = frozenset({START, HELD, OTHERS, "asked", "asked_again", "accepted"})  # in which help was not talked about

Nearness: TypeAlias = Literal["open", "lately"]  # the last reply was about danger, or one not long ago


class DangerRecord(BaseModel):
    """What is stored with a reply of the machine: the state that it set, its text, and how often each was shown."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    version: str
    state: str
    text: str
    shown: Mapping[str, int]

    @property
    def times_shown(self) -> int:
        """How often its text was shown up to now."""
        return self.shown[self.text]

    def after(self, state: str, text: str) -> "DangerRecord":
        """The record of the next reply, which shows a wording of `text`."""
        shown = {**self.shown, text: self.shown.get(text, 0) + 1}
        return DangerRecord(version=machine().version, state=state, text=text, shown=shown)


FIRST_RECORD = DangerRecord(version="", state=START, text=START, shown={})


class Machine(NamedTuple):
    version: str
    states: Mapping[str, Mapping[Heard, str]]


@cache
def machine() -> Machine:
    import yaml

    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return Machine(str(content["version"]), content["states"])


def next_state(state: str, heard: Heard) -> str | None:
    """The state that follows, or None if the conversation goes on as usual.

    A state that the machine does not have (of a version before) counts as the start.
    """
    states = machine().states
    return states.get(state, states[START]).get(heard)


def is_asking(state: str) -> bool:
    """Whether a question is open in a state, so that a yes answers it."""
    return next_state(state, "yes") is not None


def nearness(record: DangerRecord, current: str, passed: timedelta, *, is_last: bool) -> Nearness | None:
    """How near the talk about danger is. `is_last` if no other reply came after its last one."""
    if current in UNASKED or passed > TALKED:
        return None
    eased = sum(times for text, times in record.shown.items() if text.startswith("eased_"))
    return "open" if is_last and eased < MOST_EASED else "lately"


def current_state(record: DangerRecord, since: datetime, now: datetime) -> str:
    """The state of a conversation. It is over after a day, unless the danger was immediate."""
    return START if now - since > LASTS and record.state != HELD else record.state
