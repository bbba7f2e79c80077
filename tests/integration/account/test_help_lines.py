"""GET /account/help-lines: help for who looks for it."""

import pytest

from tests.conftest import ClientFactory

HELP_LINES = "/help-lines"


async def test_everybody_finds_the_lines_of_their_country(client_for: ClientFactory) -> None:
    """By the profile, or by the device where it names no country."""
    account = client_for("account")

    by_device = (await account.get(HELP_LINES, headers={"Accept-Language": "en-GB"})).json()
    await account.patch("/profile", json={"country": "DE", "locale": "de"})
    by_profile = (await account.get(HELP_LINES, headers={"Accept-Language": "en-GB"})).json()

    assert (by_device["country"], by_device["emergency_number"]) == ("GB", "999")
    assert (by_profile["country"], by_profile["emergency_number"]) == ("DE", "112")
    assert {line["country"] for line in by_profile["lines"]} == {"DE"}


async def test_who_travels_names_the_country(client_for: ClientFactory) -> None:
    """Its letters may be small."""
    account = client_for("account")
    await account.patch("/profile", json={"country": "DE"})

    answer = (await account.get(HELP_LINES, params={"country": "us"})).json()

    assert (answer["country"], answer["emergency_number"]) == ("US", "911")


@pytest.mark.parametrize(("written", "country", "number"), [("UK", "GB", "999"), ("el", "GR", "112")])
async def test_a_country_may_be_written_as_many_write_it(
    client_for: ClientFactory, written: str, country: str, number: str
) -> None:
    """In a profile and as the region of a language, too."""
    account = client_for("account")

    named = (await account.get(HELP_LINES, params={"country": written})).json()
    by_device = (await account.get(HELP_LINES, headers={"Accept-Language": f"en-{written}"})).json()
    stored = (await account.patch("/profile", json={"country": written})).json()

    assert (named["country"], named["emergency_number"]) == (country, number)
    assert {line["country"] for line in named["lines"]} == {country}
    assert (by_device["country"], stored["country"]) == (country, country)


async def test_letters_of_no_country_are_answered_with_the_own_one(client_for: ClientFactory) -> None:
    """Whoever looks for help finds some, and the answer says whose it is."""
    account = client_for("account")
    await account.patch("/profile", json={"country": "DE"})

    answer = (await account.get(HELP_LINES, params={"country": "ZQ"})).json()

    assert (answer["country"], answer["emergency_number"]) == ("DE", "112")
    assert {line["country"] for line in answer["lines"]} == {"DE"}


@pytest.mark.parametrize("country", ["", "U", "USA", "12"])
async def test_what_is_no_country_is_refused(client_for: ClientFactory, country: str) -> None:
    """With the rule."""
    answer = await client_for("account").get(HELP_LINES, params={"country": country})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", "country"]


async def test_no_country_is_left_without_help(client_for: ClientFactory) -> None:
    """Where no line is known, there is a directory of them."""
    answer = (await client_for("account").get(HELP_LINES, params={"country": "NP"})).json()

    assert answer["lines"]


async def test_a_minor_sees_a_line_for_children_first(client_for: ClientFactory) -> None:
    """Where their country has one."""
    account = client_for("account")
    await account.patch("/profile", json={"country": "GB", "age_band": "13_to_15"})

    answer = (await account.get(HELP_LINES)).json()

    assert answer["lines"][0]["kind"] == "children"
