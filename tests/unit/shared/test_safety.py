import hashlib
import json
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.safety import assess, find_codes_in, gate, others, scripts
from shared.safety.gate import Verdict
from shared.safety.patterns import by_code, compiled, letters_after

ROOT = Path(__file__).parents[3]
LABELLED = [json.loads(line) for line in (ROOT / "tests/data/safety_labelled.jsonl").read_text("utf-8").splitlines()]
PATTERNS = json.loads((ROOT / "shared/safety/patterns.json").read_text("utf-8"))


def held_out(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


HALVES = {
    "all": LABELLED,
    "held out": [line for line in LABELLED if held_out(line["text"])],
}


def texts(label: str, lines: list[dict[str, str]] = LABELLED) -> list[str]:
    return [line["text"] for line in lines if line["label"] == label]


def found_among(some: list[str]) -> float:
    return sum(assess(text) is not None for text in some) / len(some)


LETTERS = sorted({letter for text in (ROOT / "shared/safety/scripts.json").read_text("utf-8") for letter in text})


@cache
def passed() -> list[str]:
    return [text for text in texts("safe") if not assess(text)]


# Assessed when a test draws from them, not whenever the tests are collected.
FOUND = st.deferred(lambda: st.sampled_from([text for text in texts("explicit") if assess(text)]))
PASSED = st.deferred(lambda: st.sampled_from(passed()))


def code(text: str) -> str | None:
    verdict = assess(text)
    return verdict and verdict.code


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(("label", "at_least"), [("explicit", 0.95), ("indirect", 0.80)])
def test_danger_is_found(half: str, label: str, at_least: float) -> None:
    """Nearly everyone who says it plainly is found, and most who only hint: in what the rules were
    written against, and in the half that was kept aside.
    """
    assert found_among(texts(label, HALVES[half])) >= at_least


@pytest.mark.parametrize("half", HALVES)
def test_sad_texts_rarely_cause_false_alarms(half: str) -> None:
    """At most one in twenty texts about sad days, figures of speech, titles and old grief is a false alarm."""
    assert found_among(texts("safe", HALVES[half])) <= 0.05


def test_the_labelled_texts_are_many_and_unique() -> None:
    """There are enough different texts of each kind."""
    assert len(texts("explicit")) >= 120
    assert len(texts("indirect")) >= 100
    assert len(texts("safe")) >= 180
    assert len({line["text"] for line in LABELLED}) == len(LABELLED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I swallowed 30 paracetamol an hour ago", "poisoning_now"),
        ("I'm standing on the edge of the roof", "attempt_now"),
        ("tonight I'm going to kill myself", "means_now"),
        ("I have a plan and a date", "plan"),
        ("I want to die", "explicit_ideation"),
        ("I've started cutting again", "self_harm"),
        ("he hits me and I'm scared to go home", "danger_from_others"),
        ("my friend wants to kill herself tonight", "concern_for_other"),
        ("they would be better off without me", "indirect"),
    ],
)
def test_each_kind_of_danger_has_its_code(text: str, expected: str) -> None:
    """The code is the kind of danger, so that findings can be counted without texts."""
    assert assess(text) == Verdict(expected)


def test_worry_about_a_suicidal_relative_comes_first() -> None:
    """The answer is for whoever worries, although the word for the danger is in the text as well."""
    assert gate.find_codes("Mein Bruder ist suizidal, wie kann ich helfen")[0] == "concern_for_other"


@pytest.mark.parametrize(
    "text",
    [
        "My friend says that she wants to die",
        "My brother told me he wants to kill himself",
        "Meine Freundin sagt, dass sie sterben will",
        "Mi amiga dice que quiere morir",
        "친구가 죽고 싶다고 했어",
    ],
)
def test_what_somebody_else_has_said_is_a_worry_about_them(text: str) -> None:
    """A sentence that tells of somebody else is no danger of the writer, and is answered with how to help."""
    assert gate.find_codes(text) == ("concern_for_other",)


def test_a_worry_about_somebody_else_hides_no_danger_of_the_writer() -> None:
    """It counts only if nothing else is found."""
    told = "My friend says that she wants to die."

    assert gate.find_codes(f"{told} I am going to kill myself tonight")[0] == "means_now"
    assert gate.find_codes(f"{told} Everybody would be better off without me") == gate.find_codes(
        "Everybody would be better off without me"
    )


@pytest.mark.parametrize(
    "text", ["오늘 친구들이랑 잘 놀았는데 죽고 싶어", "예전에는 행복했는데 죽고 싶다", "행복했는데 사실은 죽고 싶어"]
)
def test_a_wish_to_die_after_a_but_is_answered(text: str) -> None:
    """What was good before it makes the sentence no safe one, also where "but" is the end of a Korean word."""
    assert gate.grade_of(gate.find_codes(text)[0]) in {"explicit", "indirect"}


def test_each_code_has_a_grade() -> None:
    """Codes are ordered by their grade, and every code that can be found has one."""
    order = ["immediate", "explicit", "danger_from_others", "indirect", "worth_asking"]
    grades = [gate.grade_of(code) for code in PATTERNS["risks"]]

    assert {*PATTERNS["grades"]} == PATTERNS["risks"].keys() | PATTERNS["others"].keys() - {others.NO_DANGER}
    assert grades == sorted(grades, key=order.index)
    assert set(grades) == set(order)


def test_all_dangers_of_a_text_are_listed_from_the_gravest_on() -> None:
    """All codes of a text are found, in the order of the pattern file."""
    text = "I cut myself again. Everyone would be better off without me. I swallowed 30 paracetamol an hour ago."

    assert gate.find_codes(text) == ("poisoning_now", "self_harm", "indirect")
    assert gate.find_codes(None) == gate.find_codes("") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I decided how I'd do it", "plan"),
        ("Tonight. I decided how I'd do it. I had soup today.", "plan"),
        ("I decided how I'd do it tonight", "means_now"),
        ("now I know how to end it", "means_now"),
    ],
)
def test_a_plan_with_a_time_that_is_near_is_immediate(text: str, expected: str) -> None:
    """A plan is graver if its own sentence says now, today or tonight."""
    assert code(text) == expected


def test_what_is_worth_asking_about_is_no_danger() -> None:
    """Stopped medicine gives a code, but no verdict. Stopped insulin is a danger."""
    assert "worth_asking" in gate.find_codes("I stopped taking my antidepressants")
    assert assess("I stopped taking my antidepressants") is None
    assert gate.find_codes("I stopped taking my insulin") == ("self_harm",)


def test_a_verdict_has_the_grade_of_its_code() -> None:
    """The grade says how grave a verdict is, not of the text."""
    verdict = Verdict("explicit_ideation")

    assert assess("I want to die") == verdict
    assert verdict.grade == "explicit"


def test_of_several_texts_the_gravest_finding_comes_first() -> None:
    """A check-in has a note and factors, a batch many of them."""
    codes = find_codes_in(["Everyone would be better off without me", "I want to die"])

    assert find_codes_in(["a quiet day", "sleep"]) == ()
    assert codes[0] == "explicit_ideation"
    assert "indirect" in codes


@pytest.mark.parametrize("place", [0, 20, 39])
def test_many_texts_are_joined_in_pieces(place: int) -> None:
    """A finding does not depend on the piece that a text falls into."""
    texts = ["We had soup and went to bed early. " * 20] * 40
    texts[place] = "I swallowed 30 paracetamol an hour ago"

    assert "poisoning_now" in find_codes_in(texts)


def test_an_unknown_code_has_no_grade() -> None:
    """A code that the gate does not have raises KeyError."""
    with pytest.raises(KeyError):
        gate.grade_of("happy")


def test_the_version_is_the_one_of_the_pattern_file() -> None:
    """The version that callers store with a finding is the version of the patterns."""
    assert PATTERNS["version"] == gate.VERSION


def test_findings_of_long_texts_are_not_kept() -> None:
    """Only short texts stay in the cache: a diary must not."""
    gate.find_short.cache_clear()

    gate.find_codes("a short factor")
    gate.find_codes("a long and private note " * 10)

    assert gate.find_short.cache_info().currsize == 1


def test_the_gravest_danger_is_named() -> None:
    """Of several dangers in a text, the verdict is the first in the order of the pattern file."""
    assert code("I can't go on. I cut myself again. I want to die. I wrote my suicide note.") == "plan"


@pytest.mark.parametrize(
    "text",
    [
        "su1cide is all I think about",
        "s u i c i d e",
        "i wanttttt to dieeee",
        "I want to \u200bk\u200bill myself",
        "I don\u2019t want to live",
        "\U0001d408 \U0001d430\U0001d41a\U0001d427\U0001d42d \U0001d42d\U0001d428 \U0001d41d\U0001d422\U0001d41e",
        "k*ll myself",
        "I. want. to. die.",
        "died in that game again, same boss for three hours. i. want. to. die.",
        "want to die\x00now",
        "\ud800 I want to die \udfff",
        "\u0456 want to k\u0456ll m\u0443self",
        "i want to kill mysel\u03dd",
        "kill m\u2066yself",
        "k\u20ddi\u20ddl\u20ddl\u20dd m\U000e0100y\U000e0020self",
        "I want to \U0001f17a\U0001f178\U0001f17b\U0001f17b myself",
        "\U0001f1f0\U0001f1ee\U0001f1f1\U0001f1f1 myself",
        "\U0001f13a\U0001f138\U0001f13b\U0001f13b \U0001f13c\U0001f148\U0001f142\U0001f134\U0001f13b\U0001f135",
        "\u1d0b\u026a\u029f\u029f \u1d0d\u028f\ua731\u1d07\u029f\ua730",
    ],
)
def test_a_disguise_does_not_hide_danger(text: str) -> None:
    """Look-alike characters, repeated or spaced letters and invisible characters are normalised."""
    assert assess(text)


@pytest.mark.parametrize(
    "text",
    [
        "I would never kill myself",
        "I don't want to die",
        "no thoughts of self harm this week",
        "I used to be suicidal",
        "my uncle died by suicide ten years ago",
        "people in the game tell me to kill myself, blocked them",
        'listening to "I want to die" on repeat',
        "that hill is where I choose to die",
        "ran 10 kms this morning",
    ],
)
def test_what_is_denied_past_or_said_by_others_is_safe(text: str) -> None:
    """The same words are safe when they are negated, long past, quoted or figurative."""
    assert assess(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "what should I cook tonight?",
        "tonight we are going out",
        "what can I do against boredom",
        "Was ziehe ich morgen an?",
        "Esta noche vamos al cine",
    ],
)
def test_an_ordinary_note_has_no_danger(text: str) -> None:
    """Although its words are those of many notes in danger."""
    assert gate.find_codes(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to live",
        "It's not that I don't want to die",
        "not a day goes by when I don't think about killing myself",
        "never wanted to die this much",
        "I don't want to kill myself yet",
        "not ok i want to die",
        "I used to be happy but now I want to die",
        "I don't want to kill myself but I can't stop thinking about it",
        "voices tell me to kill myself",
    ],
)
def test_a_negation_covers_only_its_own_words(text: str) -> None:
    """A negation of something else, or one that is taken back, does not make a text safe."""
    assert assess(text)


@given(
    before=st.lists(PASSED, max_size=3),
    danger=FOUND,
    after=st.lists(PASSED, max_size=3),
    stop=st.sampled_from([". ", "\n", "! ", " ... "]),
)
def test_danger_is_found_among_harmless_sentences(before: list[str], danger: str, after: list[str], stop: str) -> None:
    """Harmless sentences before or after an explicit one do not hide it."""
    assert assess(stop.join([*before, danger, *after]))


@given(st.text(st.characters(), max_size=300) | st.text(st.sampled_from(LETTERS), max_size=300) | st.none())
def test_any_text_is_answered(text: str | None) -> None:
    """Any text gives a verdict or None, including lone surrogates and control characters."""
    assert isinstance(assess(text), Verdict | None)


NEVER_ENDING = [
    "a",
    " ",
    "\0",
    "i ",
    "a. ",
    "a'",
    "a1",
    "a b c ",
    "\ufdfa",
    'song " ',
    "dont want to think about ",
    "used to feel like ",
    "if i was better easier relieved ",
    "my friend he she they ",
    "i hope wish pray ",
    "noose plan to die ",
    "took about like over ",
    "tonight i am on the edge of the ",
    "a\u0301\u0308",
    "\u202e\u2066x",
    "\u6b7b\u0421 \u0643a",
    "\u4eca\u665a",
    "\u4eca\u665a\u6211\u60f3\u8981\u53bb",
    "\u0434\u0435\u043d\u044c ",
    "\u044f \u043d\u0435 \u0445\u043e\u0447\u0443 ",
    "\uc8fd\uace0 ",
    "\u0623\u0631\u064a\u062f \u0623\u0646 ",
    "\u092e\u0930\u0928\u093e ",
]


@pytest.mark.parametrize("piece", NEVER_ENDING)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    """For adversarial text, sixteen times the length takes at most forty times the steps; a quadratic one takes 256."""
    short, long = ((piece * size)[:size] for size in (5_000, 80_000))

    assert _cost(long) < 40 * _cost(short)


def _cost(text: str) -> int:
    """The least of a few, in nanoseconds of this process."""
    costs = []
    for _ in range(3):
        started = time.process_time_ns()
        assess(text)
        costs.append(time.process_time_ns() - started)
    return min(costs)


@given(
    danger=FOUND,
    before=st.integers(0, 9_000),
    words=st.sampled_from(["a day. ", "\u5929\u6c14\u3002", " \n"]),
)
def test_danger_is_found_wherever_it_stands(danger: str, before: int, words: str) -> None:
    """A signal is found at any place of a text of 10,000 characters."""
    filler = words * 10_000

    text = f"{filler[:before]}. {danger}. {filler[: 9_000 - before]}"

    assert assess(text)


def test_a_long_text_is_read_to_its_end() -> None:
    """Danger at the end of 64 kB of text is found."""
    journal = (". ".join(passed()) + ". ") * 4

    assert len(journal) > 64_000
    assert code(journal) is None
    assert code(journal + "I want to die.") == "explicit_ideation"


def test_importing_reads_and_compiles_nothing() -> None:
    """The patterns are loaded when the first text is assessed, not in a cold start."""
    code = "from shared.safety import gate, helplines, scripts; print(gate.rulebook.cache_info().currsize, "
    code += "scripts.book.cache_info().currsize, helplines.book.cache_info().currsize)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)

    assert answer.stdout.split() == ["0", "0", "0"]


def test_every_pattern_compiles() -> None:
    """Patterns are compiled on first use, so without this test an invalid one would fail in production."""
    rules, book = gate.rulebook(), scripts.book()
    for openings in (rules.safe, rules.risk):
        for patterns_by_code in openings.rests.values():
            compiled(by_code(patterns_by_code))
    for patterns in (book.safe.by_letter, book.risk.by_letter):
        for pattern in patterns.values():
            compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "letters"),
    [
        (" want to", "w"),
        (" (?:so |very )?tired", "svt"),
        ("(?: not){0,2} (?!yet)(?:here|gone)", "nhg"),
        ("(?<! almost took) <pills", None),
        (" (?:[a-z]+ )?pills", None),
        ("", None),
    ],
)
def test_what_may_follow_an_opening_word_is_told_from_the_pattern(pattern: str, letters: str | None) -> None:
    """Only patterns that can go on with the next letter of the text are tried."""
    assert letters_after(pattern) == (None if letters is None else frozenset(letters))


def test_every_pattern_begins_with_a_plain_word() -> None:
    """A pattern under anything but a plain word would never be used."""
    filed = [PATTERNS["safe"], *PATTERNS["risks"].values()]
    openings = {word for phrases in filed for words in phrases for word in words.split()}

    assert not [word for word in openings if not re.fullmatch(r"[a-z0-9]+|[.,~\"]|<\w+>", word)]
    assert (ROOT / "shared/safety/patterns.json").read_text("utf-8").isascii()
    assert not [opening for phrases in filed for opening, patterns in phrases.items() if not opening or not patterns]


@pytest.mark.parametrize(
    "text",
    [
        "Suizid",
        "Selbstmord!",
        "self-harm",
        "ritzen",
        "suicidio",
        "intihar",
        "samobójstwo",
        "самоубийство",
        "انتحار",
        "自殺",
        "자해",
    ],
)
def test_a_word_alone_is_a_hint(text: str) -> None:
    """Whoever types no more than that into a search may mean themselves, in any language."""
    assert [gate.grade_of(code) for code in find_codes_in([text])] == ["indirect"]


@pytest.mark.parametrize(
    "text", ["insulin", "Ritzen im Boden", "Film über Suizid", "Harakiri (film)", "cutting", "자전거"]
)
def test_other_short_texts_are_none(text: str) -> None:
    """Labels of factors, and what is searched for with other words."""
    assert find_codes_in([text]) == ()
