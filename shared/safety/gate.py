"""Finds texts of people in danger, by patterns. It uses no model and no network, and stores no text.

A text is normalised to plain Latin words. Then, by `patterns.json`: variant spellings are replaced by standard ones,
safe phrases (negated, in the distant past, quoted, figurative) are blanked, and the rest is searched for risks.
Patterns in that file are grouped by the words they begin with, so that a text is only matched against patterns that
can match. `<name>` inserts a group of words, risks are ordered from the gravest on, and every pattern ends at the end
of a word. `signs` finds in addition what is said in other words, and tells which sentences are safe in languages other
than English. What a text has in other scripts is searched by `scripts`.
"""

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, get_args

from shared.safety import announcements, others, scorer, signs
from shared.safety.findings import CONCERN, EMERGENCY_OF_OTHER, Findings
from shared.safety.normalise import normalise
from shared.safety.opening_patterns import OpeningPatterns, any_of, by_opening, matches
from shared.safety.patterns import blank_safe_phrases, expand
from shared.safety.short_texts import is_label, is_lone_word

Grade: TypeAlias = Literal["immediate", "explicit", "danger_from_others", "indirect", "worth_asking"]

GRADES: tuple[Grade, ...] = get_args(Grade)  # from the gravest on
VERSION = "2026-11-29"  # the version of the pattern files
SCORED: Mapping[str, Grade] = {  # what the scorer finds
    "scored_explicit": "explicit",
    "scored_indirect": "indirect",
    "scored_worth_asking": "worth_asking",
}
REVIEWED: Mapping[str, Grade] = {  # what a review finds later (functions/companion/review)
    "reviewed_indirect": "indirect",
    "reviewed_worth_asking": "worth_asking",
}
OPENING_GRADES = ("immediate", "explicit")  # of what opens a care period
UNCERTAIN = {"plan", "explicit_ideation", "self_harm"}  # codes of patterns that safe texts have too
WISHES = {"plan", "explicit_ideation"}  # codes of a wish to die
THREAT = "threat_to_others"
SHARED = "indirect"  # the code of "she wants to die, and so do I"
VIOLENCE = "danger_from_others"
MAY_BE_RAISED = {"indirect", "worn_out", "worth_asking", "scored_indirect"}  # by the scorer; all other codes stay alone

_SHORT = 64  # characters; findings of longer texts are not cached
MANY_TEXTS = 8  # more are joined, because each text costs as much as a hundred characters
MANY_LEADS = 50  # texts before colons; what follows more of them counts as the writer's own words
PIECE = 10_000  # characters of joined texts: one regular expression over more would hold up other requests
_END_OF_CLAUSE = "(?:(?:^| )[.,])+ |[,.!?\u060c\u061f\u0964\u3001\u3002]+ *(?=[^\\x00-\x7f])"  # also in other scripts
_QUOTED = '(?:^|(?<=[\\s,]))["\u201c\u201e\u00ab]([^"\u201c-\u201e\u00ab\u00bb\n]{1,300})["\u201c\u201d\u00bb]'
_AFTER_A_STOP = "(?<=[.!?;\n])"
_BESIDE = 1_000  # characters of a text in which a place or means belong to a wish to die, and quotes are looked for
_NEAR = 100  # characters around a plan, where a time belongs to it


class Verdict(NamedTuple):
    """The kind of danger in a text, as a code. It may be counted and logged, unlike the text."""

    code: str

    @property
    def grade(self) -> Grade:
        """How grave this kind of danger is."""
        return grade_of(self.code)


def assess(text: str | None) -> Verdict | None:
    """The gravest danger that the patterns find in a text, or None. What is only worth asking about is no danger."""
    found = find_by_patterns(text or "")
    codes = found.codes or found.told
    dangers = (code for code, grade in rulebook().grades.items() if code in codes and grade != "worth_asking")
    return next(map(Verdict, dangers), None)


def find_codes(text: str | None) -> tuple[str, ...]:
    """The codes of all that is found in a text, from the gravest on."""
    if not text:
        return ()
    return find_short(text) if len(text) <= _SHORT else _find(text)


def find_codes_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The codes of all that is found in any of the texts, from the gravest on."""
    texts = list(texts)
    if len(texts) > MANY_TEXTS:
        texts = [*_joined(texts)]
    codes = {code for text in texts for code in find_codes(text)}
    return tuple(code for code in rulebook().grades if code in codes) if codes else ()


def _joined(texts: Iterable[str]) -> Iterator[str]:
    """The texts in pieces of at most PIECE characters, or of one longer text."""
    piece: list[str] = []
    length = 0
    for text in texts:
        if piece and length + len(text) > PIECE:
            yield "\n".join(piece)
            piece, length = [], 0
        piece.append(text)
        length += len(text) + 1
    yield "\n".join(piece)


def grade_of(code: str) -> Grade:
    """The grade of a code. Raises KeyError for a code that the gate does not have."""
    return rulebook().grades[code]


def version() -> str:
    """The versions of the pattern files and of the scorer's weights."""
    return f"{VERSION}+{scorer.model().version}"


def _find(text: str) -> tuple[str, ...]:
    codes = find_with(scorer.model(), text)
    return tuple(code for code in rulebook().grades if code in codes) if codes else ()


def find_with(model: scorer.Model, text: str) -> set[str]:
    """The codes of all that patterns and a scorer find in a text."""
    found = find_by_patterns(text)
    codes = judged(found, model)
    if not _open_care(codes):
        codes |= _of_contrast(text, model)
    return codes | found.told if EMERGENCY_OF_OTHER in found.told else codes or found.told


def _open_care(codes: Iterable[str]) -> bool:
    return any(grade_of(code) in OPENING_GRADES for code in codes)


def _of_contrast(text: str, model: scorer.Model) -> set[str]:
    """The codes of what follows the last "but", if they open a care period or a phrase is in it that may.

    "I was fine, but now I want to die": what is said before it can hide it from the scorer, or make it safe. What no
    phrase finds and opens no care period is left to the scorer of the whole text.
    """
    *_, last = [None, *_contrast().finditer(text)]
    if last is None or not text[: last.start()].strip():
        return set()
    found = find_by_patterns(text[last.end() :])
    codes = judged(found, model) if found.patterns or found.signs else set()
    return codes if _open_care(codes) or found.patterns & UNCERTAIN else set()


def judged(found: Findings, model: scorer.Model) -> set[str]:
    """The codes that a text is answered by. One that only says that somebody does not want to die is a hint at most."""
    codes = _judged(found, model)
    return {"scored_indirect"} if _open_care(codes) and _is_denial(found.words) else codes


def _is_denial(words: str) -> bool:
    from shared.safety import scripts  # most texts do not need it

    return any(
        all(announcements.is_denial(sentence, family) for sentence in scripts.sentences(words, family))
        for family in signs.LANGUAGES
    )


def _judged(found: Findings, model: scorer.Model) -> set[str]:
    """The codes by findings and by the scorer.

    The scorer confirms what signs find, or else it is left out, and what is uncertain, or else it becomes
    `scored_indirect`. What it scores high is found without a pattern. A single sentence that a pattern knows as a
    lesser danger keeps that grade.
    """
    reached = model.reached_bounds(found.words, found.names)
    known = found.patterns - UNCERTAIN
    certain = known | found.announced
    uncertain = found.patterns & UNCERTAIN | (found.signs - certain if "likely" in reached else set())
    if uncertain and "acute" not in reached:
        last = _of_last_clause(found, model)
        is_hint = {code: grade_of(code) in OPENING_GRADES and code not in last for code in uncertain}
        uncertain = {"scored_indirect" if is_hint[code] else code for code in uncertain}
    codes = certain | uncertain
    if not codes and is_lone_word(found.words):
        return {"indirect"}
    if not codes <= MAY_BE_RAISED or is_label(found.words):
        return codes
    raised = reached & SCORED.keys() | ({"scored_indirect"} if "asked_as_acute" in reached else set())
    if "worth_asking" in known:
        raised -= {"scored_indirect"}
    if known and " . " not in found.words.strip(" ."):
        raised -= {"scored_explicit"}
    return codes | raised


def _of_last_clause(found: Findings, model: scorer.Model) -> set[str]:
    """What the patterns find in the last clause, if it is likely by itself: "I was fine, now I want to die".

    What is said before it can hide it from the scorer.
    """
    whole = found.words.strip(" .,!?\u061f\u0964\u3002")
    clause = re.split(_END_OF_CLAUSE, whole)[-1]
    if clause == whole:
        return set()
    last = find_by_patterns(clause)
    return last.patterns if "likely" in model.reached_bounds(last.words, last.names) else set()


def find_by_patterns(text: str) -> Findings:
    """What the patterns find in a text. What somebody else is said to have written is a worry about them."""
    found = _find_latin(text)
    may_quote = found.announced or (found.codes and len(text) <= _BESIDE)
    if may_quote and (own := _without_quoted(marked := re.sub(_QUOTED, r": \1. ", text))) != marked:
        found = _as_told(found, _find_latin(own))
    if text.isascii():
        return found
    from shared.safety import scripts  # most texts do not need it

    other = scripts.find(text)
    return Findings(
        found.patterns | other.patterns,
        found.signs | other.signs,
        other.words or found.words,
        found.names | other.names,
        found.told | other.told,
        found.announced | other.announced,
    )


def _find_latin(text: str) -> Findings:
    rules = rulebook()
    told = others.taken_out(rules.others, standard_words(text))
    sentences = told.own.split(" . ")
    by_signs = signs.find(sentences, "latin")
    open_text, closed_text = (
        " . ".join(text if is_open is wanted else "" for text, is_open in zip(sentences, by_signs.open, strict=True))
        for wanted in (True, False)
    )
    codes = {_with_time(rules, match) for match in _matches(rules.risk, rules, open_text)}
    codes |= {SHARED} if told.is_shared else set()
    worry = set(told.codes).union(
        {CONCERN}.intersection(match.lastgroup or "" for match in _matches(rules.risk, rules, closed_text))
    )
    announced = announcements.find(_split(sentences, by_signs.open), "latin")
    words = told.own if codes or by_signs.codes or announced else told.apart
    beside = _beside_wish(rules, open_text) if WISHES & (codes | announced) and len(text) <= _BESIDE else set()
    by_signs_codes = set() if THREAT in codes else {*by_signs.codes}  # signs do not know who is to be killed
    return Findings(codes, by_signs_codes | beside, words, {*by_signs.names}, worry, announced)


def _as_told(found: Findings, own: Findings) -> Findings:
    """What is left of the findings without the words of others. Violence stays: "he wrote: I will kill you"."""
    quoted = found.codes - own.codes - {VIOLENCE}
    worry = {EMERGENCY_OF_OTHER if "poisoning_now" in quoted else CONCERN} if quoted else set()
    return own._replace(patterns=own.patterns | found.patterns & {VIOLENCE}, told=own.told | worry)


def _split(sentences: Iterable[str], are_open: Iterable[bool]) -> Iterator[announcements.StandardSentence]:
    for sentence, is_open in zip(sentences, are_open, strict=True):
        yield announcements.StandardSentence(tuple(sentence.strip(" ,").split(" , ")), is_open)


def _without_quoted(text: str) -> str:
    """The text without what somebody else is said to say after a colon, up to the end of the sentence."""
    if ":" not in text:
        return text
    sentences = [sentence.split(":") for sentence in re.split(_AFTER_A_STOP, text)]
    leads = dict.fromkeys(lead for parts in sentences for lead in parts[:-1])
    of_others = set(filter(_introduces_another, islice(leads, MANY_LEADS)))
    return "".join(_own_words(parts, of_others) for parts in sentences)


def _introduces_another(lead: str) -> bool:
    words = standard_words(lead[-announcements.LONGEST :])
    return announcements.introduces_another(words.strip(" .,"), "latin")


def _own_words(parts: Sequence[str], leads_of_others: Container[str]) -> str:
    """The parts of a sentence between its colons, up to the first after which somebody else is said to speak."""
    ends = (end for end, lead in enumerate(parts[:-1], start=1) if lead in leads_of_others)
    return next((f"{':'.join(parts[:end])}." for end in ends), ":".join(parts))


def standard_words(text: str) -> str:
    """The text in Latin letters and in one spelling."""
    rules = rulebook()
    return rules.variant.sub(lambda match: rules.standard[match[0]], normalise(text))


find_short = lru_cache(maxsize=1024)(_find)  # factors and short notes come again


class Rulebook(NamedTuple):
    standard: Mapping[str, str]  # spellings by their variants
    variant: re.Pattern[str]  # any of the variants
    others: OpeningPatterns  # what is told of somebody else
    beside_wish: OpeningPatterns  # a place or means, which a wish to die in the same text makes immediate
    safe: OpeningPatterns
    risk: OpeningPatterns
    now: re.Pattern[str]  # a word for a time that is near
    grades: Mapping[str, Grade]  # by code, from the gravest on


def _matches(patterns: OpeningPatterns, rules: Rulebook, text: str) -> Iterator[re.Match[str]]:
    """The matches in a text without its safe phrases."""
    searched = "".join(blank_safe_phrases(matches(rules.safe, text), text))
    return (match for _, match in matches(patterns, searched))


def _beside_wish(rules: Rulebook, text: str) -> set[str]:
    """The codes of a place or of means near which somebody is who wishes to die: "I want to die. I'm on the roof"."""
    return {match.lastgroup or "" for match in _matches(rules.beside_wish, rules, text)}


def _with_time(rules: Rulebook, match: re.Match[str]) -> str:
    """The code of a match. A plan becomes `means_now` if its sentence has a time that is near."""
    code = match.lastgroup or ""
    if code != "plan":
        return code
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - _NEAR) : start].rpartition(" . ")[2]
    after = text[end : end + _NEAR].partition(" . ")[0]
    return "means_now" if rules.now.search(f" {before}{match[0]}{after} ") else code


@cache
def rulebook() -> Rulebook:
    """Read on first use, so that importing stays fast."""
    book = json.loads(Path(__file__).with_name("patterns.json").read_text("utf-8"))
    standard = {
        f" {variant}": f" {spelling}".rstrip()
        for spelling, variants in book["spellings"].items()
        for variant in variants
    }
    return Rulebook(
        standard,
        any_of(standard),
        by_opening(book["others"], book["groups"]),
        by_opening(book["beside_wish"], book["groups"]),
        by_opening({"safe": book["safe"]}, book["groups"]),
        by_opening(book["risks"], book["groups"]),
        re.compile(f" {expand('<now>', book['groups'])}(?= )"),
        dict(sorted((book["grades"] | SCORED | REVIEWED).items(), key=lambda item: GRADES.index(item[1]))),
    )


@cache
def _contrast() -> re.Pattern[str]:
    """The words that mean "but", in any language."""
    book = json.loads(Path(__file__).with_name("contrasts.json").read_text("utf-8"))
    return re.compile(rf"(?<!\S)(?:{'|'.join(book['words'])})(?=[\s,])|{'|'.join(book['within_words'])}", re.IGNORECASE)
