"""Writes a reply of the guide to a message."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.companion.danger.queries import load_latest_state
from functions.companion.guide import queries
from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS, flow_book
from functions.companion.guide.flows import GuideState, Heard, Move
from functions.companion.guide.rules.message import heard_in
from functions.companion.guide.rules.reflection import reflection
from functions.companion.guide.rules.steps import advance, may_reflect
from functions.companion.guide.rules.voice import Voice
from functions.companion.help import search
from functions.companion.help.articles import address
from functions.companion.practices import Practice, PracticeWish, best_practice
from functions.companion.queries import MessageRow, load_message
from shared.http import Call
from shared.people import LocalProfile

TALK = timedelta(hours=6)  # after which a conversation begins anew
MOST_TRIED = 4  # practices that are looked at for one that is short enough


async def write(call: Call[Any, Any], row: MessageRow, profile: LocalProfile, now: datetime) -> str:
    """The text of a reply. Where the conversation then stands is stored with the reply."""
    message = await load_message(call.conn, row.answers, now) if row.answers else None
    text = message.text if message else ""
    before = await queries.load_state(call.conn, row.conversation_id, row.position, now - TALK)
    danger = await load_latest_state(call.conn, row.conversation_id, now - TALK, row.position)
    language = FLOW_TEXTS.code(profile.locale)
    heard = await asyncio.to_thread(_heard, text, language)
    shown: Mapping[str, str] | None = None
    if heard.wish == "practical":
        shown = await _passage(call, text, profile.locale)
        heard = heard if shown else heard._replace(wish="question")
    move = await asyncio.to_thread(_move, before, heard, text, language, danger)
    book = flow_book()
    if move.step(book).practice:
        practice = await _practice(call, row, profile, move.state, now)
        move = move.with_practice(str(practice.id) if practice else "")
        shown = practice.fields if practice else None
    queries.store_state(call.conn, row.id, move.state)
    voice = Voice(FLOW_TEXTS.texts(language), row.conversation_id, row.position // 2)
    return voice.reply(book, move, shown)


def _heard(text: str, language: str) -> Heard:
    """What the guide hears, in the language that it speaks. A question for the help may be in any language."""
    heard = heard_in(text, FLOW_WORDS.texts(language).search)
    if heard.wish in {None, "question"} and not heard.topic:
        others = (words.search for code, words in FLOW_WORDS.by_code.items() if code != language)
        if any(heard_in(text, words).wish == "practical" for words in others):
            return heard._replace(wish="practical")
    return heard


def next_move(before: GuideState | None, text: str, language: str, danger: str | None = None) -> Move:
    """The move that answers a message, with the person's own words if they can be turned.

    It takes about 10 ms of processor time.
    """
    return _move(before, _heard(text, language), text, language, danger)


def _move(before: GuideState | None, heard: Heard, text: str, language: str, danger: str | None) -> Move:
    book, turning = flow_book(), FLOW_WORDS.texts(language).search.turning
    move = advance(book, before, heard, danger)
    return move.with_words(reflection(text, language, turning)) if may_reflect(book, before, move) else move


async def _passage(call: Call[Any, Any], text: str, locale: str) -> Mapping[str, str] | None:
    """The passage of the help that answers a question, in the language of a locale, with a link; or None."""
    found = await search.find(call.conn, text)
    if not found:
        return None
    best = found[0].in_language(locale)
    link = address(call.services.settings, best.article)
    return {"passage": best.passage, "title": best.article.title, "address": link}


async def _practice(
    call: Call[Any, Any], row: MessageRow, profile: LocalProfile, state: GuideState, now: datetime
) -> Practice | None:
    """The practice that ranks best for the topic, of the kind and length that the person asks for, if there is one."""
    flow = flow_book().flows[state.flow]
    wish = PracticeWish(flow.mood or "okay", row.conversation_id, flow.kinds, state.practices)
    if state.kind:
        asked = wish._replace(kinds=frozenset({state.kind}))
        if practice := await _short_practice(call, profile, asked, state.minutes, now):
            return practice
    return await _short_practice(call, profile, wish, state.minutes, now)


async def _short_practice(
    call: Call[Any, Any], profile: LocalProfile, wish: PracticeWish, minutes: int | None, now: datetime
) -> Practice | None:
    """The best practice that takes so many minutes at most. If none of the best does, the best one."""
    best = practice = await best_practice(call.conn, profile, wish, now)
    for _ in range(MOST_TRIED):
        if practice is None or minutes is None or practice.minutes <= minutes:
            break
        wish = wish._replace(offered=(*wish.offered, str(practice.id)))
        practice = await best_practice(call.conn, profile, wish, now)
    return practice or best
