import json
import re
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import HttpUrl, TypeAdapter

from shared.ages import AgeBand
from shared.safety import care_support, support_for
from shared.safety.helplines import CRISIS_KINDS, MAX_LINES, UNCONFIRMED, Kind, emergency_number, lines_for

SAFETY = Path(__file__).parents[3] / "shared/safety"
BOOK = json.loads((SAFETY / "helplines.json").read_text("utf-8"))
COUNTRIES: dict[str, list[dict[str, Any]]] = BOOK["countries"]
NUMBERS = json.loads((SAFETY / "emergency_numbers.json").read_text("utf-8"))

NAMED = "US CA GB IE AU NZ IN DE FR ES IT PT NL BE AT CH SE NO DK FI PL CZ JP KR SG HK ZA BR MX AR CL"
KINDS: tuple[Kind, ...] = get_args(Kind)
REQUIRED = {"kind", "name", "languages", "source", "seen_on"}
OPTIONAL = {"phone", "text", "whatsapp", "url", "region", "hours", "cost", "only"}
LANGUAGES = (
    "ar as bg bn bs ca cs cy da de el en es et eu fa fi fil fr gl gn gu he hi hr hu id is it ja ka km kn ko ku lb lt "
    "lv ml mn mr ms mt ne nl no or pa pl pt qu ro ru si sk sl sq sr sv sw ta te th tr uk ur vi zh"
)
DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)"
DAYS = f"{DAY}(?:-{DAY})?(?:,{DAY}(?:-{DAY})?)*"
SPAN = r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-4]):[0-5]\d"
RULE = f"(?:{DAYS} )?{SPAN}(?:,{SPAN})*"
HOURS = re.compile(f"24/7|{RULE}(?:; {RULE})*")
NUMBER = re.compile(r"[*+]?\d[\d ]*\d")


ENTRIES = [
    pytest.param(entry, id=f"{code} {entry['name']}")
    for code, entries in {**COUNTRIES, "anywhere": BOOK["anywhere"]}.items()
    for entry in entries
]


def _iso_countries() -> set[str]:
    rows = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return {row.split("\t")[0] for row in rows if not row.startswith("#")}


def test_the_named_countries_have_a_crisis_line() -> None:
    """A country of the main languages of the app is never answered with the directory alone."""
    without = [code for code in NAMED.split() if all(entry["kind"] != "crisis" for entry in COUNTRIES[code])]

    assert without == []


def test_the_countries_are_codes_of_iso_3166() -> None:
    """A misspelt code would be found for nobody."""
    assert set(COUNTRIES) | set(NUMBERS["numbers"]) | set(NUMBERS["unlisted"]) <= _iso_countries()


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_line_can_be_reached(entry: dict[str, Any]) -> None:
    """Each has a way to reach it. Numbers can be dialled, and URLs use https."""
    numbers = [entry[way] for way in ("phone", "whatsapp") if way in entry]

    assert entry.keys() & {"phone", "text", "whatsapp", "url"}
    assert all(NUMBER.fullmatch(number) and len(re.sub(r"\D", "", number)) <= 15 for number in numbers)
    assert re.fullmatch(r"(?:[A-Z]+ to )?\d[\d ]*\d", entry.get("text", "988"))
    assert TypeAdapter(HttpUrl).validate_python(entry.get("url", "https://example.org")).scheme == "https"


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_line_is_described_in_known_words(entry: dict[str, Any]) -> None:
    """Kind, hours, languages and cost are written so that a program understands them."""
    assert REQUIRED <= entry.keys() <= REQUIRED | OPTIONAL
    assert entry["name"].strip()
    assert entry["source"].strip()
    assert entry["kind"] in KINDS
    assert HOURS.fullmatch(entry.get("hours", "24/7"))
    assert entry["languages"]
    assert set(entry["languages"]) <= set(LANGUAGES.split())
    assert entry.get("cost", "free") in {"free", "local"}
    assert entry.get("only", entry["kind"]) in KINDS


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_line_was_seen_long_before_the_review(entry: dict[str, Any]) -> None:
    """The own page of a service was seen within 400 days before the review, or never."""
    reviewed = date.fromisoformat(BOOK["reviewed"])
    seen = date.fromisoformat(entry["seen_on"] or BOOK["reviewed"])

    assert timedelta(0) <= reviewed - seen <= timedelta(days=400)


@pytest.mark.parametrize("way", ["name", "phone"])
def test_no_line_is_listed_twice(way: str) -> None:
    """Within a country each name and each number appears once."""
    listed = [(code, entry[way]) for code, entries in COUNTRIES.items() for entry in entries if way in entry]

    assert len(set(listed)) == len(listed)


def test_emergency_numbers_can_be_dialled() -> None:
    """They are short, and every country with a help line has one."""
    numbers = NUMBERS["numbers"]

    assert all(re.fullmatch(r"\d{2,5}", number) for number in numbers.values())
    assert set(COUNTRIES) <= set(numbers)


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_one_to_three_choices(kind: Kind) -> None:
    """Whatever is asked, there is a choice, not too many of them, and one of them is for a crisis."""
    choices = [lines_for(code, [kind]) for code in [*COUNTRIES, None]]

    assert {len(lines) for lines in choices} <= {1, 2, 3}
    assert all({line.kind for line in lines} & set(CRISIS_KINDS) for lines in choices)


def test_without_a_wish_all_choices_are_for_a_crisis() -> None:
    """Crisis lines come first, then lines by text, in the order of the file."""
    assert [line.name for line in lines_for("GB")] == ["Samaritans", "Shout"]


@pytest.mark.parametrize(("country", "kind"), [("IE", "poison"), ("GB", "violence"), ("AT", "children")])
def test_a_line_of_the_asked_kind_comes_first(country: str, kind: Kind) -> None:
    """Whoever is poisoned is shown the poison centre first."""
    assert lines_for(country, [kind])[0].kind == kind


def test_kinds_come_in_the_order_they_were_asked() -> None:
    """The order of the kinds says which is needed most."""
    kinds = [line.kind for line in lines_for("IE", ["poison", "violence"])]

    assert kinds == ["poison", "violence", "crisis"]


@pytest.mark.parametrize(("language", "first"), [("nl-BE", "nl"), ("FR", "fr"), (None, "nl"), ("ja", "nl")])
def test_lines_in_the_language_come_first(language: str | None, first: str) -> None:
    """In Belgium, each language has its own line. Both are always shown."""
    lines = lines_for("be", language=language)

    assert lines[0].languages == (first,)
    assert {*lines[0].languages, *lines[1].languages} == {"nl", "fr"}


def test_the_kind_counts_more_than_the_language() -> None:
    """A poison centre in another language is better than a crisis line in one's own."""
    assert lines_for("BE", ["poison"], "de")[0].kind == "poison"


def test_without_a_crisis_line_the_directory_is_a_choice() -> None:
    """A country may have other lines only."""
    lines = lines_for("LV", ["poison"])

    assert [line.country for line in lines] == ["LV", "ZZ"]


@pytest.mark.parametrize("country", [None, "", "AQ", "not a country"])
def test_an_unknown_country_is_given_a_directory(country: str | None) -> None:
    """The response has a directory, and 112 without a claim that it works everywhere."""
    support = support_for("explicit_ideation", 0, country, "en")

    assert emergency_number(country) is None
    assert [line.url for line in support.lines] == ["https://findahelpline.com"]
    assert support.emergency_number == "112"
    assert "your local emergency number" in support.message


def test_a_country_without_lines_has_its_own_emergency_number() -> None:
    """The directory stands for the lines that we do not know."""
    support = support_for("explicit_ideation", 0, "bs", "en")

    assert [line.country for line in support.lines] == ["ZZ"]
    assert support.emergency_number == "911"
    assert "911" in support.message


def test_what_a_line_does_not_have_is_left_out() -> None:
    """The response contains only existing ways to reach a line, and never where the number was seen."""
    assert support_for("plan", 0, "GB", "en").model_dump()["lines"][1] == {
        "name": "Shout",
        "text": "SHOUT to 85258",
        "url": "https://giveusashout.org",
        "country": "GB",
        "kind": "text",
        "hours": "24/7",
        "languages": ("en",),
        "cost": "free",
    }


def test_a_line_that_nobody_has_confirmed_is_not_given_out() -> None:
    """A wrong number would be worse than the directory."""
    unconfirmed = {
        (code, entry["name"])
        for code, entries in COUNTRIES.items()
        for entry in entries
        if entry["source"] == UNCONFIRMED
    }
    given = {(line.country, line.name) for code in COUNTRIES for kind in KINDS for line in lines_for(code, [kind])}

    assert unconfirmed
    assert given & unconfirmed == set()


@pytest.mark.parametrize("code", ["attempt_now", "poisoning_now", "plan", "indirect", "danger_from_others", "care"])
@pytest.mark.parametrize("country", [None, "US"])
@pytest.mark.parametrize("locale", ["en", "de-AT"])
def test_the_message_asks_and_offers(code: str, country: str | None, locale: str) -> None:
    """It makes no promises, does not judge, and has no words of games."""
    support = support_for(code, 0, country, locale)
    words = f"{support.title} {support.message} {support.question}"

    assert support.lines
    assert not re.search(
        r"\b(commit|must|promised?|disorder|depressed|diagnos\w+|streak|points?|badge|level|reward|score|xp)\b",
        words,
        re.IGNORECASE,
    )
    assert "{" not in words


@pytest.mark.parametrize(
    ("country", "police", "ambulance"),
    [("JP", "110", "119"), ("BR", "190", "192"), ("DE", "110", "112"), ("US", "911", "911"), ("XX", "112", "112")],
)
def test_against_violence_the_number_is_that_of_the_police(country: str, police: str, ambulance: str) -> None:
    """An ambulance cannot protect anybody. Where both have one number, or we know none, it is the same."""
    violence = support_for("danger_from_others", 0, country, "en")

    assert violence.emergency_number == police
    assert support_for("means_now", 0, country, "en").emergency_number == ambulance


def test_the_number_of_the_police_is_another_one_that_can_be_dialled() -> None:
    """A country is only listed if the police have a number of their own."""
    numbers, police = NUMBERS["numbers"], NUMBERS["police"]

    assert [code for code, number in police.items() if numbers.get(code, number) == number] == []
    assert all(re.fullmatch(r"\d{2,3}", number) for number in police.values())


@pytest.mark.parametrize(
    ("country", "kinds"),
    [
        ("DE", ["violence", "crisis", "children"]),
        ("GB", ["violence", "crisis", "children"]),
        ("JP", ["crisis", "crisis", "children"]),
        ("FR", ["violence", "crisis"]),
    ],
)
def test_against_violence_the_last_choice_is_for_children(country: str, kinds: list[Kind]) -> None:
    """Whoever is hurt at home may be a child, for whom a line for women is not made."""
    assert [line.kind for line in support_for("danger_from_others", 0, country, "en").lines] == kinds


MINORS: tuple[AgeBand, ...] = ("under_13", "13_to_15", "16_to_17")
CODES = ["means_now", "explicit_ideation", "danger_from_others", "indirect", "worth_asking", "scored_explicit", "care"]


@pytest.mark.parametrize("age_band", MINORS)
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("country", "name"),
    [("GB", "Childline"), ("DE", "Nummer gegen Kummer"), ("AT", "147 Rat auf Draht"), ("SE", "Bris")],
)
def test_minors_have_a_line_for_children_first(country: str, name: str, code: str, age_band: AgeBand) -> None:
    """For every grade, and a crisis line remains."""
    lines = support_for(code, 0, country, "en", age_band=age_band).lines

    assert lines[0].name == name
    assert len(lines) <= MAX_LINES
    assert {line.kind for line in lines} & set(CRISIS_KINDS)


def test_after_a_poisoning_the_line_for_children_comes_second() -> None:
    """The poison line is called at once."""
    lines = support_for("poisoning_now", 0, "AT", "de", age_band="13_to_15").lines

    assert [line.kind for line in lines] == ["poison", "children", "crisis"]


@pytest.mark.parametrize("age_band", ["18_or_over", None])
def test_others_have_the_lines_for_everyone(age_band: AgeBand | None) -> None:
    """A person of unknown age is most likely an adult, for whom a line for children would be wrong."""
    lines = support_for("explicit_ideation", 0, "GB", "en", age_band=age_band).lines

    assert [line.name for line in lines] == ["Samaritans", "Shout"]


@pytest.mark.parametrize("country", ["US", "JP", "BR"])
def test_a_line_about_violence_alone_is_for_violence_alone(country: str) -> None:
    """A minor who wants to die is not sent to a line for the report of abuse."""
    despair = support_for("explicit_ideation", 0, country, "en", age_band="13_to_15").lines
    violence = support_for("danger_from_others", 0, country, "en", age_band="13_to_15").lines

    assert "children" not in {line.kind for line in despair}
    assert violence[0].kind == "children"


def test_a_care_period_offers_minors_the_same() -> None:
    """Also where nothing was said."""
    assert care_support("GB", "en", age_band="16_to_17").lines[0].name == "Childline"
