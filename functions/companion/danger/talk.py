"""What is known when a message arrives: where the talk about danger stands, and in which language it is."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from functions.companion import queries
from functions.companion.danger.language import language_after
from functions.companion.danger.queries import DangerElsewhere, LatestReply, load_danger_elsewhere, load_latest_reply
from functions.companion.languages import written_language
from functions.companion.models import MessageDraft
from functions.companion.rules.danger_answers import in_english
from functions.companion.rules.danger_states import (
    ACCEPTED,
    ASKED_AGAIN,
    FIRST_RECORD,
    GUIDED,
    HELD_STATES,
    HURT,
    LASTS,
    LATER,
    OFFERED,
    QUESTIONS,
    START,
    TALKED,
    UNTOLD,
    WONDERED,
    DangerRecord,
    Heard,
    Nearness,
    current_state,
    is_asking,
    nearness,
    next_state,
)
from functions.companion.rules.questions import asks_yes_or_no
from shared.http import Call
from shared.languages import FALLBACK
from shared.safety import Support, care


class DangerTalk(NamedTuple):
    """Where the talk about danger stands. `before` is the latest record, with the language of the talk."""

    before: DangerRecord
    current: str
    passed: timedelta  # since the latest reply of the machine
    told: bool  # whether the person has told of danger to themselves, here or in the care period
    latest_reply: LatestReply | None
    stored: Support | None  # of the latest reply of the machine
    asked_in: str | None = None  # the language before this message: that of what it answers
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
        reply = self.latest_reply
        return self.is_last and reply is not None and not asks_yes_or_no(reply.text, self.asked_in)

    @property
    def talked(self) -> Nearness | None:
        return nearness(self.before, self.current, self.passed, is_last=self.is_last)

    @property
    def is_open(self) -> bool:
        """Whether the message may be an answer to the machine, or to what the support beside a reply has asked."""
        is_wondered = self.current == WONDERED and self.beside_is_open
        return self.asked or self.talked is not None or self.current in HELD_STATES or is_wondered

    def in_english(self, text: str) -> str:
        """An answer as the machine reads it, first in the language of the question, last in that of its own words."""
        if not self.is_open:
            return text
        return in_english(text, self.asked_in, self.before.language, written_language(text))

    def next_state(self, heard: Heard, *, only_self_harm: bool = False) -> str | None:
        """The state that follows. After a no to suicide, self-harm is spoken of once, whichever was told first."""
        state = next_state(self.current, heard)
        is_no = (state == ACCEPTED and heard == "no") or (self.current == ACCEPTED and only_self_harm)
        is_new = self.before.self_harm and HURT not in self.before.shown
        return HURT if is_no and is_new and state in {ACCEPTED, GUIDED, OFFERED} else state

    def with_self_harm(self, *, is_told: bool) -> "DangerTalk":
        return self._replace(before=self.before.model_copy(update={"self_harm": True})) if is_told else self

    @property
    def is_held_for_long(self) -> bool:
        """Whether the danger was immediate and it has to be asked whether it is over."""
        return self.current in HELD_STATES and (self.comes_back or self.passed > LATER)

    def next_after_long(self, heard: Heard) -> str | None:
        """The state that asks once more, if a question was left open for hours, and no answer to it comes."""
        is_left = self.current in QUESTIONS and self.passed > TALKED
        return ASKED_AGAIN if is_left and heard in {"unclear", "hinted", "thanks", "half_no"} else None


async def load_talk(call: Call[MessageDraft], own_language: str | None) -> DangerTalk:
    """What is known of the talk. `own_language` is that of the profile, if the person has set one."""
    in_care = care.queue_is_open(call.conn, call.now)
    latest = await queries.load_latest_danger(call.conn, call.id)
    latest_reply = await load_latest_reply(call.conn, call.id)
    before = DangerRecord.model_validate(latest.danger) if latest else FIRST_RECORD
    since = latest.created_at if latest else call.now
    current = current_state(before, since, call.now)
    stored = Support.model_validate(latest.support) if latest and current != START else None
    told = current not in UNTOLD
    talk = DangerTalk(before, current, call.now - since, told, latest_reply, stored)
    if in_care.rows == [(True,)] and (not told or current in HELD_STATES):
        elsewhere = await load_danger_elsewhere(call.conn, call.id, call.now - care.CARE_LASTS)
        talk = talk._replace(told=latest is not None or elsewhere is not None)
        is_later = elsewhere is not None and (latest is None or latest.created_at < elsewhere.created_at)
        talk = _with_elsewhere(talk, elsewhere, call.now) if elsewhere and is_later else talk
    return await _in_language(talk, call.body.content, own_language)


def _with_elsewhere(here: DangerTalk, elsewhere: DangerElsewhere, now: datetime) -> DangerTalk:
    """The same with what the person has told in another conversation since.

    Immediate danger of the last day goes on here until the person is safe. If they have said so there, it is over here.
    """
    record = DangerRecord.model_validate(elsewhere.danger)
    is_held = here.current in HELD_STATES
    state = current_state(record, elsewhere.created_at, now)
    if state not in HELD_STATES:
        return here._replace(current=START, stored=None) if is_held else here
    if is_held or now - elsewhere.created_at > LASTS:
        return here
    before = here.before.model_copy(update={"language": here.before.language or record.language})
    stored = Support.model_validate(elsewhere.support)
    return here._replace(before=before, current=state, stored=stored, comes_back=True)


async def _in_language(talk: DangerTalk, text: str, own: str | None) -> DangerTalk:
    """The talk with its language after a message. It begins in that of the guide, or of the profile.

    The guide speaks English, too, with people whose language it does not have, so English tells nothing there.
    """
    by_guide = talk.latest_reply.language if talk.latest_reply else None
    asked_in = talk.before.language or (by_guide if by_guide != FALLBACK else None) or own
    language = await asyncio.to_thread(language_after, asked_in, text) or by_guide
    return talk._replace(before=talk.before.model_copy(update={"language": language}), asked_in=asked_in)
