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
    "worn_out",
    "hinted",
    "yes",
    "yes_now",
    "no",
    "taken_back",
    "admitted",
    "unclear",
    "another_topic",
    "safe",
    "assured",
    "unsafe",
    "means",
    "means_near",
    "took",
    "lines",
    "barrier",
    "hours",
    "thanks",
    "at_place",
    "near_place",
    "half_no",
    "other_person",
    "calmer",
    "treated",
]

LASTS = timedelta(hours=24)  # so that a question of yesterday is not asked again in the middle of something else
TALKED = timedelta(hours=2)  # in which a talk about danger is still the same talk
MOST_EASED = 4  # replies to what makes calling hard, after which a word for it no longer counts
LATER = timedelta(hours=12)  # after immediate danger, it is asked whether the person is safe now
CHECKED, ASKED, ASKED_AGAIN = "checked", "asked", "asked_again"
HINT_ASKED, LISTENED = "hint_asked", "listened"
START, WONDERED, HELD, POISONED, SAFE, OTHERS = "start", "wondered", "held", "poisoned", "safe", "others"
HELD_STATES = frozenset({HELD, POISONED})  # in which no model replies
OTHERS_ASKED, WORRIED, ACCEPTED, ASKED_NOW = "others_asked", "worried", "accepted", "asked_now"
GUIDED, OFFERED, HURT = "guided", "offered", "hurt"
UNTOLD = frozenset({START, WONDERED, OTHERS, WORRIED})  # in which the person has not told of danger to themselves
# Help was not talked about.
UNASKED = UNTOLD | HELD_STATES | {ASKED, CHECKED, HINT_ASKED, LISTENED, ASKED_AGAIN, ASKED_NOW, OTHERS_ASKED}
DOCTOR_ASKED = frozenset({"poisoned_safe"})  # texts that ask whether a doctor has looked
# Texts whose question a yes answers: the person is safe.
ASKS_SAFETY = DOCTOR_ASKED | {"held_later", "held_check", "held_treated"}
TOLD_BACK = frozenset({"guided", "offered", "eased", "means", "means_again", "hours", "safe", ASKED_NOW})  # was told
QUESTIONS = frozenset(
    {ASKED, HINT_ASKED, ASKED_AGAIN, ASKED_NOW, OTHERS_ASKED, "guided", "offered", "means", "means_again"}
)
STEPS = frozenset({"eased_going", "eased_company", "hours"})  # texts about what to do next: a time may be of that
# What is danger in every state, whatever else the message says.
SURE_DANGER = frozenset(
    {"immediate", "took", "unsafe", "said", "explicit", "means", "means_near", "at_place", "yes_now"}
)

# The last reply was about what makes calling hard, or about danger in another way, or one not long ago was.
Nearness: TypeAlias = Literal["barriers", "open", "lately"]


class DangerRecord(BaseModel):
    """What is stored with a reply of the machine: the state that it set, its text, and how often each was shown.

    Also the language that the person has last written, if that was clear, and whether they have told of self-harm.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    version: str
    state: str
    text: str
    shown: Mapping[str, int]
    language: str | None = None
    self_harm: bool = False

    @property
    def times_shown(self) -> int:
        """How often its text was shown up to now."""
        return self.shown[self.text]

    def after(self, state: str, text: str) -> "DangerRecord":
        """The record of the next reply, which shows a wording of `text`."""
        shown = {**self.shown, text: self.shown.get(text, 0) + 1}
        return self.model_copy(update={"version": machine().version, "state": state, "text": text, "shown": shown})


FIRST_RECORD = DangerRecord(version="", state=START, text=START, shown={})


class Machine(NamedTuple):
    version: str
    states: Mapping[str, Mapping[Heard | Literal["otherwise"], str | None]]


@cache
def machine() -> Machine:
    import yaml

    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    groups = content["groups"]
    states = {name: groups.get(rows.pop("beneath", None), {}) | rows for name, rows in content["states"].items()}
    return Machine(str(content["version"]), states)


def next_state(state: str, heard: Heard) -> str | None:
    """The state that follows, or None if the conversation goes on as usual.

    A state that the machine does not have (of a version before) counts as the start.
    """
    states = machine().states
    following = states.get(state, states[START])
    return following.get(heard) or following.get("otherwise")


def is_asking(state: str) -> bool:
    """Whether the reply of a state has asked, so that a yes answers it."""
    return next_state(state, "no") is not None


def nearness(record: DangerRecord, current: str, passed: timedelta, *, is_last: bool) -> Nearness | None:
    """How near the talk about danger is. `is_last` if no other reply came after its last one."""
    if current in UNASKED or passed > TALKED:
        return None
    eased = sum(times for text, times in record.shown.items() if text.startswith("eased_"))
    if not is_last or eased >= MOST_EASED:
        return "lately"
    return "barriers" if current == "eased" else "open"


def current_state(record: DangerRecord, since: datetime, now: datetime) -> str:
    """The state of a conversation. It is over after a day, unless the danger was immediate."""
    return START if now - since > LASTS and record.state not in HELD_STATES else record.state
