"""What is known when a message arrives: where the talk about danger stands, and in which language it is."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from functions.companion import queries
from functions.companion.danger.queries import DangerElsewhere, LatestReply, load_danger_elsewhere, load_latest_reply
from functions.companion.languages import language_after
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_states import (
    ASKED_AGAIN,
    FIRST_RECORD,
    HELD_STATES,
    LASTS,
    LATER,
    QUESTIONS,
    START,
    TALKED,
    UNTOLD,
    DangerRecord,
    Heard,
    Nearness,
    current_state,
    is_asking,
    nearness,
)
from functions.companion.rules.questions import asks_yes_or_no
from shared.http import Call
from shared.safety import Support, care


class DangerTalk(NamedTuple):
    """Where the talk about danger stands. `before` is the latest record, with the language of the talk."""

    before: DangerRecord
    current: str
    passed: timedelta  # since the latest reply of the machine
    told: bool  # whether the person has told of danger to themselves, here or in the care period
    latest_reply: LatestReply | None
    stored: Support | None  # of the latest reply of the machine
    comes_back: bool = False  # whether the danger was immediate in another conversation

    @property
    def is_last(self) -> bool:
        """Whether the latest reply is of the machine."""
        return self.latest_reply is not None and self.latest_reply.is_of_machine

    @property
    def asked(self) -> bool:
        """Whether a question of the machine is open: no other reply came after it."""
        return is_asking(self.current) and (self.is_last or self.current in HELD_STATES)

    @property
    def beside_is_open(self) -> bool:
        """Whether a yes answers what the support beside the latest reply has asked, and not the reply itself."""
        return self.is_last and self.latest_reply is not None and not asks_yes_or_no(self.latest_reply.text)

    @property
    def talked(self) -> Nearness | None:
        return nearness(self.before, self.current, self.passed, is_last=self.is_last)

    @property
    def is_held_for_long(self) -> bool:
        """Whether the danger was immediate and it has to be asked whether it is over."""
        return self.current in HELD_STATES and (self.comes_back or self.passed > LATER)

    def next_after_long(self, heard: Heard) -> str | None:
        """The state that asks once more, if a question was left open for hours, and no answer to it comes."""
        is_left = self.current in QUESTIONS and self.passed > TALKED
        return ASKED_AGAIN if is_left and heard in {"unclear", "hinted", "thanks", "half_no"} else None


async def load_talk(call: Call[MessageDraft]) -> DangerTalk:
    in_care = care.queue_is_open(call.conn, call.now)
    latest = await queries.load_latest_danger(call.conn, call.id)
    latest_reply = await load_latest_reply(call.conn, call.id)
    before = await _before(call, latest, latest_reply)
    since = latest.created_at if latest else call.now
    current = current_state(before, since, call.now)
    stored = Support.model_validate(latest.support) if latest and current != START else None
    told = current not in UNTOLD
    here = DangerTalk(before, current, call.now - since, told, latest_reply, stored)
    if in_care.rows != [(True,)] or (told and current not in HELD_STATES):
        return here
    elsewhere = await load_danger_elsewhere(call.conn, call.id, call.now - care.CARE_LASTS)
    here = here._replace(told=latest is not None or elsewhere is not None)
    is_later = elsewhere is not None and (latest is None or latest.created_at < elsewhere.created_at)
    return _with_elsewhere(here, elsewhere, call.now) if elsewhere and is_later else here


def _with_elsewhere(here: DangerTalk, elsewhere: DangerElsewhere, now: datetime) -> DangerTalk:
    """The same with what the person has told in another conversation since.

    Immediate danger of the last day goes on here until the person is safe. If they have said so there, it is over here.
    """
    is_held = here.current in HELD_STATES
    state = current_state(DangerRecord.model_validate(elsewhere.danger), elsewhere.created_at, now)
    if state not in HELD_STATES:
        return here._replace(current=START, stored=None) if is_held else here
    if is_held or now - elsewhere.created_at > LASTS:
        return here
    return here._replace(current=state, stored=Support.model_validate(elsewhere.support), comes_back=True)


async def _before(
    call: Call[MessageDraft], latest: queries.DangerRow | None, latest_reply: LatestReply | None
) -> DangerRecord:
    """The latest record of the conversation, with its language, also that of the guide."""
    before = DangerRecord.model_validate(latest.danger) if latest else FIRST_RECORD
    spoken = before.language or (latest_reply.language if latest_reply else None)
    language = await asyncio.to_thread(language_after, spoken, call.body.content)
    return before.model_copy(update={"language": language})
