"""What the guide says in a language that it does not read: what it is, and three ways that numbers choose."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from functions.companion.guide.flows import UnreadTexts
from functions.companion.rules.danger_answers import PHRASES, in_english, plain_letters

Way: TypeAlias = Literal["try", "people", "stop"]

WAYS: Sequence[Way] = ("try", "people", "stop")
MOST_CHARACTERS = 10  # of a message that chooses by a number
NUMBER = re.compile(r"(?<!\d)\d(?!\d)|[\u4e00\u4e8c\u4e09]")  # or one, two, three in Chinese and Japanese
PARTING = {PHRASES["bye"], PHRASES["thanks"]}  # all that somebody says who goes


class Unread(NamedTuple):
    """The parts of a reply, and how often each thing has been said with it."""

    parts: Sequence[str]
    said: Mapping[str, int]
    names_people: bool = False


def reply(texts: UnreadTexts, text: str, language: str, said: Mapping[str, int]) -> Unread:
    """The reply to a message, of which numbers and a few words are understood. The first one says what can be done."""
    way = chosen(texts, text, language)
    if way == "people":
        return Unread([texts.people], _counted(said, "introduction"), names_people=True)
    if way == "stop":
        return _next(texts.close, "close", said)
    if way == "try":
        return _next(texts.practices, "practices", said)
    if "unread.introduction" not in said:
        return Unread([f"{texts.introduction}\n\n", texts.ways], _counted(said, "introduction"))
    return _next(texts.kept, "kept", said)


def chosen(texts: UnreadTexts, text: str, language: str) -> Way | None:
    """The way that a message chooses, by its number or in words."""
    numbers = NUMBER.findall(text)
    if len(numbers) == 1 and len(text.strip()) <= MOST_CHARACTERS:
        place = int(unicodedata.numeric(numbers[0])) - 1
        return WAYS[place] if 0 <= place < len(WAYS) else None
    plain = plain_letters(text)
    if any(phrase in plain for phrase in texts.exercise):
        return "try"
    phrases = {*in_english(text, language).split(", ")}
    if PHRASES["lines"] in phrases:
        return "people"
    return "stop" if PHRASES["bye"] in phrases <= PARTING else None


def _next(wordings: Sequence[str], name: str, said: Mapping[str, int]) -> Unread:
    return Unread([wordings[said.get(f"unread.{name}", 0) % len(wordings)]], _counted(said, name))


def _counted(said: Mapping[str, int], name: str) -> Mapping[str, int]:
    """Once a way was chosen, the ways need not be told any more."""
    names = {f"unread.{name}", "unread.introduction"}
    return {**said, **{each: said.get(each, 0) + 1 for each in names}}
