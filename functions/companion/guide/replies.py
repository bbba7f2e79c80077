"""Writes a reply of the guide to a message."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.companion.danger.language import language_of
from functions.companion.danger.queries import load_latest_state
from functions.companion.danger.texts import all_ways
from functions.companion.disclosure.queries import load_age
from functions.companion.guide import queries
from functions.companion.guide.book import FLOW_TEXTS, FLOW_WORDS, flow_book
from functions.companion.guide.flows import GuideState, Heard, Move
from functions.companion.guide.rules import unread
from functions.companion.guide.rules.message import heard_in
from functions.companion.guide.rules.phrases import MessageWords
from functions.companion.guide.rules.reflection import reflection
from functions.companion.guide.rules.steps import advance, may_reflect
from functions.companion.guide.rules.talk import APP
from functions.companion.guide.rules.voice import LocalNumbers, Voice
from functions.companion.guide.unread import spoken_language, unread_texts
from functions.companion.help import search
from functions.companion.help.articles import Article, address, articles, best_language
from functions.companion.languages import UNSET
from functions.companion.practices import MAX_MINUTES, Practice, PracticeWish, best_practice
from functions.companion.queries import MessageRow, load_latest_danger, load_question
from shared.http import Call
from shared.people import LocalProfile
from shared.places import likely_country
from shared.safety.helplines import emergency_number, lines_for

TALK = timedelta(hours=6)  # after which a conversation begins anew
STAYING = timedelta(days=3)  # in which it still comes back to a topic that stays
TOPICS = {"danger_from_others": "violence"}  # by the grade of what the safety gate has found


async def write(call: Call[Any, Any], row: MessageRow, profile: LocalProfile, now: datetime) -> str:
    """The text of a reply. Where the conversation then stands is stored with the reply."""
    text = await load_question(call.conn, row, now)
    before = await _state_before(call, row, now)
    danger = await load_latest_state(call.conn, row.conversation_id, now - TALK, row.position)
    own = None if profile.locale == UNSET else language_of(profile.locale)
    spoken = before.language if before else await _language_of_danger(call, row)
    language = await asyncio.to_thread(spoken_language, text, spoken, own)
    if language != own:
        profile = profile._replace(locale=language)
    if language not in FLOW_TEXTS.by_code:
        return await _unread(call, row, profile, text, before)
    heard = await asyncio.to_thread(_heard, text, language, row.support)
    shown: Mapping[str, str] | None = None
    if heard.wish == "practical" or _asks_on(before, heard):
        shown = await _passage(call, text, profile.locale)
        heard = heard._replace(wish="practical" if shown else "question")
    move = await asyncio.to_thread(_move, before, heard, text, language, danger)
    step = move.step(flow_book())
    if step.quotes:
        shown = _quotation(call, articles()[best_language(profile.locale)][step.quotes])
    if step.practice:
        practice = await _practice(call, row, profile, move.state, now)
        move = move.with_practice(str(practice.id) if practice else "")
        shown = practice.fields if practice else None
    return await _said(call, row, profile, move, shown)


def _asks_on(before: GuideState | None, heard: Heard) -> bool:
    """Whether a question comes after one about the app: it is looked up in the help, whatever words it has."""
    return before is not None and before.flow == APP and heard.wish == "question" and not heard.topic


async def _state_before(call: Call[Any, Any], row: MessageRow, now: datetime) -> GuideState | None:
    """Where the conversation stands. Of a talk some hours ago, only the topic that stays is left."""
    latest = await queries.load_state(call.conn, row.conversation_id, row.position, now - STAYING)
    if latest is None or latest.at > now - TALK:
        return latest.state if latest else None
    return latest.state.left_off() if latest.state.home else None


async def _unread(
    call: Call[Any, Any], row: MessageRow, profile: LocalProfile, text: str, before: GuideState | None
) -> str:
    """The reply in a language that the guide does not read. In one that it reads, a talk then begins anew."""
    language = language_of(profile.locale)
    start = GuideState(version=flow_book().version, flow="start", step="farewell")
    kept = before.left_off() if before else start
    said = await asyncio.to_thread(unread.reply, unread_texts(language), text, language, kept.said)
    lines = lines_for(await _place(call, profile), language=language) if said.names_people else ()
    queries.store_state(call.conn, row.id, kept.model_copy(update={"language": language, "said": said.said}))
    return "".join([*said.parts, *(f"\n- {all_ways(line)}" for line in lines)])


async def _place(call: Call[Any, Any], profile: LocalProfile) -> str | None:
    """The country in which the person probably is."""
    country = (await load_age(call.conn)).country
    return likely_country(country, profile.locale, call.headers.get("accept-language"), profile.timezone)


async def _said(
    call: Call[Any, Any], row: MessageRow, profile: LocalProfile, move: Move, shown: Mapping[str, str] | None
) -> str:
    """The words of a reply, with the numbers of the country in which the person probably is. It stores the state."""
    place = await _place(call, profile)
    numbers = _numbers(place, profile.locale, police=flow_book().flows[move.state.flow].police)
    state = await _with_conversation(call, row, move.state)
    voice = Voice(FLOW_TEXTS.texts(profile.locale), call.person.id, state, numbers)
    text = voice.reply(flow_book(), move, shown)
    changes = {"language": FLOW_TEXTS.code(profile.locale), "said": voice.said_so_far}
    queries.store_state(call.conn, row.id, state.model_copy(update=changes))
    return text


async def _with_conversation(call: Call[Any, Any], row: MessageRow, state: GuideState) -> GuideState:
    """The state, with the number of the conversation."""
    if state.conversation is not None:
        return state
    count = await queries.count_earlier_conversations(call.conn, row.conversation_id)
    return state.model_copy(update={"conversation": count})


def _numbers(country: str | None, locale: str, *, police: bool) -> LocalNumbers:
    poison = [line for line in lines_for(country, ("poison",), locale) if line.kind == "poison" and line.phone]
    return LocalNumbers(emergency_number(country, police=police), [f"{line.name}, {line.phone}" for line in poison])


async def _language_of_danger(call: Call[Any, Any], row: MessageRow) -> str | None:
    """The language of a talk about danger, in which the guide has said nothing yet."""
    latest = await load_latest_danger(call.conn, row.conversation_id)
    return latest.danger.get("language") if latest else None


def _heard(text: str, language: str, support: Mapping[str, Any] | None = None) -> Heard:
    """What the guide hears, in the language that it speaks. A question for the help may be in any language.

    What the safety gate has found makes the topic, unless that is more urgent.
    """
    heard, flows = heard_in(text, FLOW_WORDS.texts(language).search), flow_book().flows
    found = "worried" if support and support.get("guide") else TOPICS.get((support or {}).get("grade") or "")
    if found and (heard.topic is None or flows[found].urgent > flows[heard.topic].urgent):
        return heard._replace(topic=found)
    if heard.wish in {None, "question"} and not heard.topic:
        others = (words.search for code, words in FLOW_WORDS.by_code.items() if code != language)
        if any(heard_in(text, words).wish == "practical" for words in others):
            return heard._replace(wish="practical")
    return heard


def next_move(
    before: GuideState | None,
    text: str,
    language: str,
    danger: str | None = None,
    support: Mapping[str, Any] | None = None,
) -> Move:
    """The move that answers a message, with the person's own words if they can be turned.

    It takes about 10 ms of processor time.
    """
    return _move(before, _heard(text, language, support), text, language, danger)


def _move(before: GuideState | None, heard: Heard, text: str, language: str, danger: str | None) -> Move:
    move = advance(flow_book(), before, heard, danger)
    if not may_reflect(flow_book(), before, move):
        return move
    return move.with_words(_own_words(text, language, move.state.flow))


def _own_words(text: str, language: str, topic: str) -> str | None:
    """What a person says about the topic, turned to speak to them."""
    vocabulary = FLOW_WORDS.texts(language).search
    phrases = vocabulary.topics[topic]
    return reflection(text, language, vocabulary.turning, lambda said: MessageWords(said, vocabulary).has(phrases))


async def _passage(call: Call[Any, Any], text: str, locale: str) -> Mapping[str, str] | None:
    """The passage of the help that answers a question, in the language of a locale, with a link; or None."""
    found = await search.find(call.conn, text)
    if not found:
        return None
    best = found[0].in_language(locale)
    return _quotation(call, best.article, best.passage)


def _quotation(call: Call[Any, Any], article: Article, passage: str | None = None) -> Mapping[str, str]:
    """What a wording may name: a passage of an article, the first if none is given, and its link."""
    link = address(call.services.settings, article)
    return {"passage": passage or article.passages[0], "title": article.title, "address": link}


async def _practice(
    call: Call[Any, Any], row: MessageRow, profile: LocalProfile, state: GuideState, now: datetime
) -> Practice | None:
    """The practice that ranks best for the topic, of the kind that the person asks for, if there is one.

    It takes as long as they say at most: if there is none, they get one of our own, which takes a minute.
    """
    flow, minutes = flow_book().flows[state.flow], min(MAX_MINUTES, state.minutes or MAX_MINUTES)
    wish = PracticeWish(flow.mood or "okay", row.conversation_id, flow.kinds, state.practices, minutes=minutes)
    if state.kind:
        asked = wish._replace(kinds=frozenset({state.kind}))
        if practice := await best_practice(call.conn, profile, asked, now):
            return practice
    return await best_practice(call.conn, profile, wish, now)
