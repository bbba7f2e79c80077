"""Reads the flows of the guide, what it says and which words it knows, and checks that they fit together.

`flows.json` has the steps of each flow. `texts/<language>.json` has the wordings of each step, and
`words/<language>.json` the words by which a topic, a choice or a wish is recognised.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from functions.companion.guide.flows import (
    QUOTED,
    TOLD_GOODBYE,
    UNNAMED,
    FlowBook,
    FlowStep,
    FlowTexts,
    FlowWords,
    Remarks,
    Vocabulary,
    Wordings,
)
from shared.languages import Languages

FOLDER = Path(__file__).parent
MAX_CHOICES = 3  # that are named to the person
MIN_WORDINGS = 2  # so that none is used twice in a row
LONGEST_PATH = 12  # replies, without those that only ask again

FLOW_TEXTS = Languages(FOLDER / "texts", FlowTexts)
FLOW_WORDS = Languages(FOLDER / "words", FlowWords)


class FlowFault(Exception):
    """The flows, the texts and the words of the guide do not fit together."""


class GuideBook(NamedTuple):
    flows: FlowBook
    texts: Mapping[str, FlowTexts]
    words: Mapping[str, FlowWords]


@cache
def flow_book() -> FlowBook:
    """The flows. Raises `FlowFault` if they do not fit the texts and words of every language."""
    flows = FlowBook.model_validate_json(FOLDER.joinpath("flows.json").read_bytes())
    check(GuideBook(flows, FLOW_TEXTS.by_code, FLOW_WORDS.by_code))
    return flows


def check(book: GuideBook) -> None:
    """Raises `FlowFault` with all faults."""
    faults = [fault for name in book.flows.flows for fault in _step_faults(book.flows, name)]
    if faults:
        raise FlowFault("\n".join(faults))
    faults += _language_faults(book)
    for language, texts in book.texts.items():
        faults += [f"{language}: {fault}" for fault in _text_faults(book.flows, texts)]
    for language, words in book.words.items():
        faults += [f"{language}: {fault}" for fault in _word_faults(book.flows, words.search)]
        faults += [f"{language}: {fault}" for fault in _hint_faults(book.flows, book.texts[language], words.search)]
    if faults:
        raise FlowFault("\n".join(faults))


def _language_faults(book: GuideBook) -> Iterator[str]:
    for language in sorted(book.texts.keys() ^ book.words.keys()):
        yield f"{language}: has texts or words, and not both"


def _step_faults(book: FlowBook, name: str) -> list[str]:
    """Steps that are unknown, that nothing leads to or that lead to no end, and paths that are too long."""
    unknown = [step for step in book.flows[name].uses or () if step not in {**book.common, **book.answers}]
    if unknown:
        return [f"{name}: uses the unknown steps {unknown}"]
    steps = book.steps(name)
    faults = [
        f"{name}.{step}: leads to {target}, which is no step"
        for step, of in steps.items()
        for target in sorted(of.targets - steps.keys())
    ]
    if faults:
        return faults
    roots = {"ask", "farewell", "light_farewell"} if name == "start" else {"begin", book.flows[name].back}
    roots |= {step for step, of in steps.items() if of.article or of.sign}
    faults += [f"{name}.{step}: nothing leads here" for step in sorted(steps.keys() - _reached(steps, roots))]
    if name != "start":
        dead_ends = [step for step in steps if not any(not steps[end].targets for end in _reached(steps, {step}))]
        faults += [f"{name}.{step}: leads to no end" for step in dead_ends]
        if "close" not in steps or _longest_path(steps, "begin", frozenset()) > LONGEST_PATH:
            faults.append(f"{name}: has no step close, or a path of more than {LONGEST_PATH} replies")
    faults += [
        f"{name}.{step}: has too many choices"
        for step, of in steps.items()
        if len(of.choices.keys() - UNNAMED) > MAX_CHOICES
    ]
    faults += [
        f"{name}.{step}: needs next beside its choices" for step, of in steps.items() if of.choices and not of.next
    ]
    return faults


def _reached(steps: Mapping[str, FlowStep], roots: set[str]) -> set[str]:
    reached, waiting = set[str](), roots & steps.keys()
    while waiting:
        reached |= waiting
        waiting = {target for step in waiting for target in steps[step].targets} - reached
    return reached


def _longest_path(steps: Mapping[str, FlowStep], step: str, before: frozenset[str]) -> int:
    """The most replies from a step to an end, without a step twice."""
    path = before | {step}
    return 1 + max((_longest_path(steps, target, path) for target in steps[step].targets - path), default=0)


def _text_faults(book: FlowBook, texts: FlowTexts) -> Iterator[str]:
    """Steps without wordings, wordings that are the same or too few, and wordings that no step uses."""
    pools: dict[str, Wordings] = {f"remarks.{name}": getattr(texts.remarks, name) for name in Remarks.model_fields}
    pools |= {f"leads.{name}": pool for name, pool in texts.leads.items()} | {"own_practice": texts.own_practice}
    for name in sorted(texts.leads.keys() ^ {name for name, flow in book.flows.items() if not flow.plain}):
        yield f"leads.{name}: a lead without a use, or none"
    for name in book.flows:
        for step in book.steps(name):
            own = step in texts.flows.get(name, {})
            place, of = (f"{name}.{step}", texts.flows[name]) if own else (f"common.{step}", texts.common)
            if step not in of:
                yield f"{name}.{step}: has no wording"
            else:
                pools[place] = of[step]
    for name, hint in texts.hints.items():
        pools[f"hints.{name}.heard"] = hint.heard
        pools |= {f"hints.{name}.questions": hint.questions} if hint.questions else {}
    given = {f"common.{step}" for step in texts.common}
    given |= {f"{name}.{step}" for name, steps in texts.flows.items() for step in steps}
    yield from (f"{place}: is used by no step" for place in sorted(given - pools.keys()))
    yield from (f"{place}: has too few wordings" for place, pool in pools.items() if len(pool) < MIN_WORDINGS)
    wordings = [wording for pool in pools.values() for wording in pool]
    yield from sorted({f"said in two places: {wording}" for wording in wordings if wordings.count(wording) > 1})


def _word_faults(book: FlowBook, words: Vocabulary) -> Iterator[str]:
    """Topics, choices, signs and groups that have no words, or words for none that there are."""
    steps = [step for name in book.flows for step in book.steps(name).values()]
    choices = {choice for step in steps for choice in step.choices}
    topics = book.flows.keys() - {"start", "safe", "near", "quiet"}
    signs = {step.sign for step in steps if step.sign} | {TOLD_GOODBYE, *QUOTED}
    groups = {group for lines in words.signs.values() for line in lines for group in line}
    for kind, needed, given in (
        ("topics", topics, words.topics.keys()),
        ("choices", choices, words.choices.keys()),
        ("signs", signs, words.signs.keys() - topics),
        ("groups", groups, words.groups.keys()),
    ):
        yield from (f"{kind}.{name}: words without a use, or none" for name in sorted(needed ^ given))


def _hint_faults(book: FlowBook, texts: FlowTexts, words: Vocabulary) -> Iterator[str]:
    """Hints and people that have words and no texts, or texts and no words, and marked hints that are none."""
    for kind, worded, said in (("hints", words.hints, texts.hints), ("people", words.people, texts.people)):
        yield from (f"{kind}.{name}: words without texts, or none" for name in sorted(worded.keys() ^ said.keys()))
    named = book.light_hints | book.minor_hints
    yield from (f"hints.{name}: light or minor, and no hint" for name in sorted(named - words.hints.keys()))
