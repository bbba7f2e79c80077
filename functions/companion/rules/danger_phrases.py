"""The phrases of `danger_words.yaml`, and a message as it is read with them: in the languages in which it is written.

A word of one language may be another word elsewhere: German "Gift" is poison, and "Last" is a burden. So a message that
is surely of one language is read in that one alone, and any other one in all of them, because people mix languages.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from shared.safety.dialects import standard_german

READ = 2_000  # characters: an answer is short
FIRST = 2  # clauses in which an answer stands; what comes later tells something else
END_OF_CLAUSE = re.compile(r"[.,;:!?\n\u2013\u2014()]+|\s-+\s|\b(?:but|aber|cause|because|weil)\b")
APOSTROPHES = re.compile("['\u2019\u00b4`]")
PICTURES = re.compile("[\u200d\u2190-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff]+")
SIGNS = re.compile("([.,;:!?]+)")
PART = re.compile(r"<([a-z_]+)>")  # a part that several phrases share
GERMAN = "de"  # in which dialects are written

# How the phrases of a group are looked for. All others may stand anywhere in a message.
BEGINNINGS = ("yes", "no", "taken_back")
WHOLE_MESSAGES = ("only_yes", "plain_yes")
WHOLE_CLAUSES = ("only_no", "half_no", "thanks", "goodbye", "near", "near_yes")


class Phrases(NamedTuple):
    """The phrases of one language."""

    groups: Mapping[str, re.Pattern[str]]
    barriers: Mapping[str, re.Pattern[str]]
    plain_barriers: Mapping[str, re.Pattern[str]]


@cache
def phrases() -> Mapping[str, Phrases]:
    """By language. Read on first use, so that importing stays fast."""
    import yaml

    content = yaml.safe_load(Path(__file__).with_name("danger_words.yaml").read_text(encoding="utf-8"))
    return {code: _phrases(language) for code, language in content.items()}


def barrier_names() -> list[str]:
    """What may make calling hard, in any language."""
    return [*next(iter(phrases().values())).plain_barriers]


def _phrases(language: Mapping[str, Mapping[str, str]]) -> Phrases:
    parts = {name: joined(words) for name, words in language["parts"].items()}
    words = {
        name: PART.sub(lambda match: f"(?:{parts[match[1]]})", joined(text)) for name, text in language["words"].items()
    }
    words["no"] = f"{words['no']}|{words['taken_back']}"
    words["only_no"] = f"(?:{words['no']})(?: (?:{words['no']}))*"
    words["near_yes"] = f"{words['near']}|{words['near_yes']}"
    words["taken_back"] = f"(?:(?:no|nope|nah|nein|nee|nö) )?(?:{words['taken_back']})"
    return Phrases(
        {name: re.compile(_placed(name, text, words)) for name, text in words.items()},
        {name: _anywhere(joined(text)) for name, text in language["barriers"].items()},
        {name: _anywhere(joined(text)) for name, text in language["plain_barriers"].items()},
    )


def joined(text: str) -> str:
    """The lines of a group as one pattern. A line that does not end with | goes on after a space."""
    return text.replace("|\n", "|").replace("\n", " ")


def _placed(name: str, text: str, words: Mapping[str, str]) -> str:
    """The pattern of a group, by where its phrases may stand."""
    lead = f"^(?:(?:{words['lead']}) )*"
    if name in {"near", "near_yes"}:
        return f"^(?:(?:{words['lead']}|{words['around_near']}) )*(?:{text})$"
    if name in BEGINNINGS:
        return f"{lead}(?:{text})(?!\\w)"
    if name in WHOLE_MESSAGES or name in WHOLE_CLAUSES:
        return f"{lead}(?:{text})$"
    return f"\\b(?:{text})(?!\\w)"


def _anywhere(text: str) -> re.Pattern[str]:
    return re.compile(f"\\b(?:{text})(?!\\w)")


class Spelling(NamedTuple):
    """A message in one spelling, and the phrases of a language in which it is looked through."""

    phrases: Phrases
    plain: str
    clauses: list[str]


class Reading:
    """A message as it is read: in each language in which it may be written, and also without its dialect."""

    def __init__(self, text: str) -> None:
        self.plain = plain_words(text)
        self.clauses = clauses_of(self.plain)
        self._spellings = [*_spellings(self.plain)]

    def says(self, group: str) -> bool:
        """Whether a phrase of the group stands anywhere in the message."""
        return any(each.phrases.groups[group].search(each.plain) for each in self._spellings)

    def begins(self, group: str, first: int | None = None) -> bool:
        """Whether a clause begins with one, or is one, where the group is of whole clauses."""
        return any(any(map(each.phrases.groups[group].match, each.clauses[:first])) for each in self._spellings)

    def is_only(self, group: str) -> bool:
        """Whether each clause of the message is one."""
        return any(
            bool(each.clauses) and all(map(each.phrases.groups[group].match, each.clauses)) for each in self._spellings
        )

    def is_made_of(self, *groups: str) -> bool:
        """Whether each clause of the message is one of these groups."""
        return any(
            bool(each.clauses)
            and all(any(each.phrases.groups[group].match(clause) for group in groups) for clause in each.clauses)
            for each in self._spellings
        )

    def is_whole(self, group: str) -> bool:
        """Whether the message is nothing else."""
        return any(each.phrases.groups[group].match(" ".join(each.clauses)) for each in self._spellings)

    def any_clause(self, group: str, unless: str | None = None) -> bool:
        """Whether a phrase stands in a clause, without one of another group beside it."""
        return any(
            each.phrases.groups[group].search(clause)
            and not (unless and each.phrases.groups[unless].search(each.phrases.groups[group].sub(" ", clause)))
            for each in self._spellings
            for clause in each.clauses
        )

    def barriers(self, *, plainly: bool) -> list[str]:
        """What makes calling hard, by the sentences that say so, or else by a word for it."""
        found = [
            name
            for each in self._spellings
            for name, words in (each.phrases.plain_barriers if plainly else each.phrases.barriers).items()
            if words.search(each.plain)
        ]
        return [*dict.fromkeys(found)]


@lru_cache(maxsize=16)
def read(text: str) -> Reading:
    """The reading of a message, which several rules ask for."""
    return Reading(text)


def plain_words(text: str) -> str:
    """In lower case, without apostrophes and pictures, of which a thumb is an answer. Sentences stay apart."""
    words = PICTURES.sub(" ", text[:READ].lower().replace("\U0001f44d", " yes ").replace("\U0001f44e", " no "))
    return re.sub(" +", " ", APOSTROPHES.sub("", words)).strip(" .!")


def clauses_of(plain: str) -> list[str]:
    parts = (" ".join(part.split()) for part in END_OF_CLAUSE.split(plain))
    return [part for part in parts if part]


def languages_of(plain: str) -> list[str]:
    """The language of a text if words of one alone are in it, or else all languages."""
    found = [code for code, language in phrases().items() if language.groups["clues"].search(plain)]
    return found if len(found) == 1 else [*phrases()]


def _spellings(plain: str) -> Iterator[Spelling]:
    for code in languages_of(plain):
        yield Spelling(phrases()[code], plain, clauses_of(plain))
        if code == GERMAN and (standard := _without_dialect(plain)) != plain:
            yield Spelling(phrases()[code], standard, clauses_of(standard))


def _without_dialect(plain: str) -> str:
    """The same in standard German. Signs are words of their own meanwhile, so that each word has spaces around it."""
    return standard_german(" ".join(SIGNS.sub(r" \1 ", plain).split()))
