"""Writes a reply of the guide to a message."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from functions.companion.guide import queries
from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS, flow_book
from functions.companion.guide.flows import GuideState, Move
from functions.companion.guide.rules.message import heard_in
from functions.companion.guide.rules.reflection import reflection
from functions.companion.guide.rules.steps import advance, may_reflect
from functions.companion.guide.rules.voice import Voice
from functions.companion.practices import PracticeWish, best_practice
from functions.companion.queries import MessageRow, load_message
from shared.http import Call
from shared.people import LocalProfile

TALK = timedelta(hours=6)  # after which a conversation begins anew


async def write(call: Call[Any, Any], row: MessageRow, profile: LocalProfile, now: datetime) -> str:
    """The text of a reply. Where the conversation then stands is stored with the reply."""
    message = await load_message(call.conn, row.answers, now) if row.answers else None
    before = await queries.load_state(call.conn, row.conversation_id, row.position, now - TALK)
    language = FLOW_TEXTS.code(profile.locale)
    move = await asyncio.to_thread(next_move, before, message.text if message else "", language)
    book = flow_book()
    practice = None
    if move.step(book).practice:
        flow = book.flows[move.state.flow]
        wish = PracticeWish(flow.mood or "okay", row.conversation_id, flow.kinds, move.state.practices)
        practice = await best_practice(call.conn, profile, wish, now)
        move = move.with_practice(str(practice.id) if practice else "")
    queries.store_state(call.conn, row.id, move.state)
    voice = Voice(FLOW_TEXTS.texts(language), row.conversation_id, row.position // 2)
    return voice.reply(book, move, practice.fields if practice else None)


def next_move(before: GuideState | None, text: str, language: str) -> Move:
    """The move that answers a message, with the person's own words if they can be turned.

    It takes about 10 ms of processor time.
    """
    book, vocabulary = flow_book(), FLOW_WORDS.texts(language).search
    move = advance(book, before, heard_in(text, vocabulary))
    if may_reflect(book, before, move):
        move = move.with_words(reflection(text, language, vocabulary.turning))
    return move
