import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, TypeAdapter

from shared.safety import support_for

BOOK = json.loads((Path(__file__).parents[3] / "shared/safety/helplines.json").read_text("utf-8"))
COUNTRIES: dict[str, dict[str, Any]] = BOOK["countries"]
ENTRIES = {**COUNTRIES, "anywhere": BOOK["anywhere"]}
REVIEWED = date.fromisoformat(BOOK["reviewed"])

NAMED = "US CA GB IE AU NZ IN DE FR ES IT PT NL BE AT CH SE NO DK FI PL CZ JP KR SG HK ZA BR MX AR CL"


def test_the_named_countries_have_lines_of_their_own() -> None:
    """There are at least thirty countries, including all that the documentation names."""
    assert set(re.findall("[A-Z]+", NAMED)) <= set(COUNTRIES)
    assert all(re.fullmatch("[A-Z]{2}", code) for code in COUNTRIES)


@pytest.mark.parametrize("code", ENTRIES)
def test_every_entry_can_be_used(code: str) -> None:
    """Numbers can be dialled, URLs use https, and there is always an emergency number."""
    entry = ENTRIES[code]

    assert re.fullmatch(r"\d{3,4}", entry["emergency_number"])
    assert entry["lines"]
    for line in entry["lines"]:
        assert line["name"].strip()
        assert line.keys() & {"phone", "text", "url"}
        assert re.fullmatch(r"[*#+]?\d[\d ]*\d", line.get("phone", "116 123"))
        assert re.fullmatch(r"(?:[A-Z]+ to )?\d+", line.get("text", "988"))
        assert line.get("url", "https://").startswith("https://")
        if "url" in line:
            TypeAdapter(HttpUrl).validate_python(line["url"])


@pytest.mark.parametrize("code", ENTRIES)
def test_no_entry_is_older_than_its_review(code: str) -> None:
    """Each entry was checked within 400 days before the review, and has its source."""
    checked = date.fromisoformat(ENTRIES[code]["verified_on"])

    assert timedelta(0) <= REVIEWED - checked <= timedelta(days=400), f"{code}: reviewed {REVIEWED}"
    assert ENTRIES[code]["source"].strip()


def test_no_line_is_listed_twice() -> None:
    """Within a country each name and each number appears once."""
    for key in ("name", "phone"):
        listed = [(code, line[key]) for code, entry in ENTRIES.items() for line in entry["lines"] if key in line]
        assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("code", COUNTRIES)
def test_a_country_is_given_all_its_lines(code: str) -> None:
    """The response has all lines of a country, also those for one language or age."""
    support = support_for(code.lower())

    assert [line.name for line in support.lines] == [line["name"] for line in COUNTRIES[code]["lines"]]
    assert {line.country for line in support.lines} == {code}
    assert support.emergency_number == COUNTRIES[code]["emergency_number"]


@pytest.mark.parametrize("country", [None, "", "AQ", "not a country"])
def test_an_unknown_country_is_given_a_directory(country: str | None) -> None:
    """The response has a directory, and 112 without a claim that it works everywhere."""
    support = support_for(country)

    assert [line.url for line in support.lines] == ["https://findahelpline.com"]
    assert support.emergency_number == "112"
    assert "your local emergency number" in support.message


def test_what_a_line_does_not_have_is_left_out() -> None:
    """The response contains only existing ways to reach a line."""
    assert support_for("GB").model_dump()["lines"][1] == {
        "name": "Shout",
        "text": "SHOUT to 85258",
        "url": "https://giveusashout.org",
        "country": "GB",
    }


@pytest.mark.parametrize("country", [None, "US"])
def test_the_message_asks_and_offers(country: str | None) -> None:
    """The message asks and offers. It makes no promises, does not judge, and has no gamification."""
    message = support_for(country).message

    assert "?" in message
    assert support_for(country).emergency_number in message
    assert not re.search(
        r"\b(commit|must|promise|disorder|depressed|diagnos\w+|streak|points?|badge|level|reward|score|xp)\b",
        message,
        re.IGNORECASE,
    )
