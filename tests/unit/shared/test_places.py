"""The country that a person is probably in."""

import pytest

from shared.places import country_of_zone, likely_country, weekend_of_zone

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("known", "country"),
    [
        (("DE", "en-US", "fr-FR", NEW_YORK), "DE"),
        ((None, "en-US", "fr-FR", "Europe/Berlin"), "DE"),
        ((None, "en-US", "fr-FR", "UTC"), "US"),
        ((None, "zh-Hant-TW", None, None), "TW"),
        ((None, "en", "fr-FR,en-US;q=0.7", "UTC"), "FR"),
        ((None, "en", "de,en-US;q=0.7", NEW_YORK), "US"),
        ((None, "en", "fr,en-GB;q=0.7", "UTC"), None),
        ((None, "es-419", "es-419", None), None),
        ((None, "en", "ja", "UTC"), "JP"),
        ((None, "ko", "en-GB", None), "GB"),
        ((None, "ja", "it", None), "JP"),
        ((None, "it-CH", None, None), "CH"),
        ((None, None, "pt", None), None),
        ((None, None, "", ""), None),
    ],
)
def test_the_zone_goes_before_languages(
    known: tuple[str | None, str | None, str | None, str | None], country: str | None
) -> None:
    """Many people outside of the US have set American English. Of a device's languages, only the first counts.

    A language alone tells the country if it is spoken in hardly any other one.
    """
    assert likely_country(*known) == country


@pytest.mark.parametrize(
    ("language", "country"),
    [
        ("de-u-co-phonebk", None),
        ("th-u-ca-buddhist", None),
        ("ar-u-nu-latn", None),
        ("en-u-hc-h23", None),
        ("en-x-us", None),
        ("de-AT-u-co-phonebk", "AT"),
        ("zh-Hant-HK-u-ca-chinese", "HK"),
    ],
)
def test_an_extension_of_a_language_is_no_country(language: str, country: str | None) -> None:
    """What follows a single letter says how to sort, count or tell the time: "co" is not Colombia there."""
    assert likely_country(None, None, language) == country


@pytest.mark.parametrize(
    ("zone", "country"),
    [(NEW_YORK, "US"), ("US/Eastern", "US"), ("Asia/Calcutta", "IN"), ("Europe/Stockholm", "SE"), ("UTC", None),
     ("Etc/GMT+5", None), ("CET", None), ("EET", None), ("Iceland", None), (None, None)],
)  # fmt: skip
def test_a_zone_has_a_country(zone: str | None, country: str | None) -> None:
    """Also under a former name. Times of no country have none."""
    assert country_of_zone(zone) == country


@pytest.mark.parametrize(
    ("zone", "weekend"),
    [
        ("Europe/Berlin", {5, 6}),
        ("Africa/Cairo", {4, 5}),
        ("Asia/Tehran", {3, 4}),
        ("Asia/Dubai", {5, 6}),
        ("UTC", {5, 6}),
        (None, {5, 6}),
    ],
)
def test_free_days_are_those_of_the_country(zone: str | None, weekend: set[int]) -> None:
    """Friday is free in much of the Arab world, and Sunday is not."""
    assert weekend_of_zone(zone) == weekend
