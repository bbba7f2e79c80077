import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.safety import sign_tables
from shared.safety import phrases, signs
from shared.safety.gate import find_by_patterns, find_codes, grade_of

LANGUAGES = [language for family in signs.LANGUAGES.values() for language in family]


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the tablets are lined up on the sink next to a glass", "immediate"),
        ("razor on my knee, bathroom door locked", "immediate"),
        ("die Tabletten liegen abgez\u00e4hlt vor mir", "immediate"),
        ("tengo la navaja en la mano y la puerta cerrada", "immediate"),
        ("j'ai les cachets devant moi, compt\u00e9s", "immediate"),
        ("ho in mano il coltello, porta chiusa a chiave", "immediate"),
        ("estou na ponte, muito vento, l\u00e1 embaixo s\u00f3 \u00e1gua", "immediate"),
        ("ik zit op het dak en beneden rijden de auto's, niemand hier", "immediate"),
        ("stoj\u0119 na mo\u015bcie, wieje wiatr, w dole woda", "immediate"),
        ("b\u0131\u00e7ak elimde, kap\u0131y\u0131 kilitledim", "immediate"),
        ("I have been saving my tablets for months", "explicit"),
        ("ich hab den Kindern Briefe geschrieben und den Hund verschenkt", "explicit"),
        ("guardo las pastillas que no tomo", "explicit"),
        ("je me br\u00fble le bras expr\u00e8s", "explicit"),
        ("quando grito comigo me corto de novo na coxa", "explicit"),
    ],
)
def test_what_is_meant_is_found_in_words_that_no_pattern_has(text: str, expected: str) -> None:
    """Signs that meet in a sentence make its grade, whatever stands between them."""
    assert grade(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "in the film she stands on the bridge and looks down at the water",
        "die Tabletten nehme ich wie verordnet zum Fr\u00fchst\u00fcck",
        "con el cuchillo en la mano, cortando cebolla en la cocina",
        "il y a dix ans je voulais mourir, maintenant je vais bien",
        "mi ha chiesto se ci ho mai pensato, mai",
        "vroeger sneed ik mezelf, al jaren niet meer",
    ],
)
def test_what_is_told_denied_or_past_has_no_danger(text: str) -> None:
    """A safe sign covers the other signs of its sentence."""
    assert find_by_patterns(text).codes == set()


@pytest.mark.parametrize(
    "text",
    [
        "fr\u00fcher ging es, aber jetzt will ich sterben",
        "It used to be fine, but now I want to die",
        "It used to be fine but now I want to die",
        "avant \u00e7a allait, mais maintenant je veux mourir",
        "antes estaba bien, pero ahora quiero morirme",
        "prima andava bene, ma ora voglio morire",
        "antes estava bem, mas agora quero morrer",
        "kiedy\u015b by\u0142o dobrze, ale teraz chc\u0119 umrze\u0107",
        "eskiden iyiydim ama \u015fimdi \u00f6lmek istiyorum",
        "раньше было хорошо, но теперь я хочу умереть",
        "раньше было хорошо. теперь я хочу умереть",
        "كنت بخير لكن الآن أريد أن أموت",
        "पहले ठीक था लेकिन अब मैं मरना चाहता हूँ",
        "以前は元気だったけど、今は死にたい",
        "以前は元気だった。今は死にたい。",
        "예전엔 괜찮았는데 이제는 죽고 싶어요",
        "以前还好\uff0c但现在我想死",
    ],
)
def test_a_turn_takes_back_what_was_safe(text: str) -> None:
    """After "but", a sentence is no longer denied, and what was good before makes it no less grave."""
    assert grade(text) == "explicit"


@pytest.mark.parametrize(
    "text",
    [
        "I used to want to die, but now I am fine",
        "fr\u00fcher wollte ich sterben, aber jetzt nicht mehr",
        "раньше я хотел умереть, но теперь я живу",
        "以前は死にたかったけど、今は元気です",
        "예전엔 죽고 싶었지만 이제는 괜찮아요",
        "以前我想死\uff0c但现在我很好",
    ],
)
def test_a_turn_for_the_better_is_no_danger(text: str) -> None:
    """What is past before "but" stays past."""
    assert grade(text) is None


def test_signs_of_different_languages_do_not_meet() -> None:
    """The same letters are another word in another language: Italian `dal`, French `son`, English `die`."""
    assert grade("le bonheur de son p\u00e8re ce soir, dit-elle") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_is_used_by_a_rule(language: str) -> None:
    """A sign that no rule names would be listed in vain."""
    listed = json.loads((sign_tables.FOLDER / f"{language}.json").read_text("utf-8"))

    assert set(listed) <= set(signs.rules().bits)


WEAK = {"calm", "give", "goodbye", "hidden", "last", "later", "love_left", "night", "settled", "thank_all"}


def test_weak_words_are_only_a_hint_together() -> None:
    """An evening, a goodbye and an apology are in ordinary notes too, so they open no care period by themselves."""
    rules = signs.rules()
    weak = sum(rules.bits[name] for name in WEAK)

    assert {grade_of(rule.code) for rule in rules.rules if rule.signs & ~weak == 0} == {"indirect"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_phrase_is_never_two_signs_of_a_rule(language: str) -> None:
    """An apology that is a farewell as well would be a pair by itself."""
    [spaced] = [family != "letters" for family, names in signs.LANGUAGES.items() if language in names]
    listed: dict[str, list[str]] = json.loads((sign_tables.FOLDER / f"{language}.json").read_text("utf-8"))
    bits: Counter[str] = Counter()
    for sign, its_phrases in listed.items():
        unfolded = {
            each for text in its_phrases for each in (sign_tables.unfold_two if spaced else sign_tables.unfold)(text)
        }
        bits.update(dict.fromkeys(unfolded, signs.rules().bits[sign]))
    pairs = [rule.signs for rule in signs.rules().rules if rule.signs.bit_count() > 1]

    assert [phrase for phrase, both in bits.items() if any(both & pair == pair for pair in pairs)] == []


@pytest.mark.parametrize("family", signs.LANGUAGES)
def test_the_tables_are_of_the_phrases_in_this_repository(family: signs.Family) -> None:
    """After a change of the phrases, `python -m infra.safety.sign_tables` has to run."""
    assert signs.table_file(family).read_text("utf-8") == sign_tables.table(family)


@pytest.mark.parametrize("family", signs.LANGUAGES)
def test_every_phrase_compiles(family: signs.Family) -> None:
    """Phrases are compiled on first use, so without this test an invalid one would fail in production."""
    table = signs.table(family)

    for first in table.rows:
        assert all(table.patterns(first, second) for second in table.seconds(first))


def test_the_signs_of_a_language_fit_into_its_field() -> None:
    """Each language has its own bits, and no sign of it reaches into the next."""
    assert max(signs.rules().bits.values()).bit_length() <= signs.FIELD


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("(pills|tablets) (are)? * row", "pills in a row"),
        ("guard* (las)? pastillas", "guardando pastillas"),
        ("# tablets", "30 tablets"),
    ],
)
def test_a_phrase_has_gaps_choices_endings_and_numbers(phrase: str, text: str) -> None:
    """The notation of phrases becomes a pattern that ends at the end of a word."""
    found = [re.match(phrases.pattern(unfolded, spaced=True), text) for unfolded in sign_tables.unfold(phrase)]

    assert any(found)
    assert not any(match and match.end() != len(text) for match in found)


@pytest.mark.parametrize("phrase", ["ab* cd", "# cd"])
def test_a_phrase_that_would_never_be_found_is_an_error(phrase: str) -> None:
    """Phrases are filed by the first letters of a word, so a shorter stem has no place."""
    with pytest.raises(ValueError, match="less than 4 letters"):
        sign_tables.opening(phrase, 4)


PIECES = [
    "ich ",
    "i have the ",
    "\u6211\u60f3",
    "\u306e\u58f0",
    "\uc57d\uc744",
    "me he ",
    "\u044f \u043d\u0435 ",
    "jai ",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.integers(1, 200))
def test_repeated_openings_are_answered(pieces: list[str], times: int) -> None:
    """Phrases that begin again and again give an answer. A gap is bounded, so that nothing is tried twice over."""
    assert isinstance(find_codes("".join(pieces) * times), tuple)


@pytest.mark.parametrize(
    "text", ["je me coupe les bras", "je me coupe les bras depuis des années", "je me taillade les bras"]
)
def test_a_habit_of_self_harm_is_no_attempt(text: str) -> None:
    """In French as elsewhere: what is told of arms is self-harm, unless it happens while it is told."""
    assert find_codes(text) == ("self_harm",)


def test_who_is_cutting_themselves_now_is_in_immediate_danger() -> None:
    """As who cuts their veins is."""
    assert "attempt_now" in find_codes("je suis en train de me couper les bras")
    assert "attempt_now" in find_codes("je me coupe les veines")


@pytest.mark.parametrize(
    "text",
    [
        "me hago cortes en los brazos",
        "mi faccio dei tagli sulle braccia",
        "corto os meus braços",
        "ik snijd mezelf in mijn armen",
        "ich schneide mir in die Arme",
        "je me fais du mal",
    ],
)
def test_self_harm_is_found_in_plain_words(text: str) -> None:
    """It is answered at least by a question."""
    assert find_by_patterns(text).patterns == {"self_harm"}
