"""In which country a person probably is, where their profile does not say it. Help lines and numbers depend on it."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import takewhile
from types import MappingProxyType

REGION_LENGTH = 2
USUAL_CODES = MappingProxyType({"UK": "GB", "EL": "GR"})  # which the EU writes, and many people
LONGEST_LOCALE = 35
COUNTRIES_OF_LANGUAGES = MappingProxyType(  # of those that are spoken in hardly any other country
    {"hi": "IN", "it": "IT", "ja": "JP", "ko": "KR", "pl": "PL", "tr": "TR"}
)
THURSDAY, FRIDAY, SATURDAY, SUNDAY = 3, 4, 5, 6  # as `datetime.weekday` counts
FREE_FRIDAY_AND_SATURDAY = frozenset(
    {"BD", "BH", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY", "MV", "OM", "PS", "QA", "SA", "SD", "SY", "YE"}
)
FREE_THURSDAY_AND_FRIDAY = frozenset({"AF", "IR"})
SHORT_NAME = len("CET")


def likely_country(
    country: str | None, locale: str | None, accept_language: str | None = None, timezone: str | None = None
) -> str | None:
    """The country (ISO 3166) of the profile, or else of its time zone, of its locale, or of the device's language.

    The time zone comes first because many people outside of the US have set American English. A language without a
    region tells a country if it is spoken in one alone.
    """
    device = device_locale(accept_language)
    regional = country or country_of_zone(timezone) or _region(locale) or _region(device)
    return regional or _country_of_language(locale) or _country_of_language(device)


def device_locale(accept_language: str | None) -> str | None:
    """The first language of an `Accept-Language` header: the others are often those of a browser."""
    return (accept_language or "").partition(",")[0].partition(";")[0].strip()[:LONGEST_LOCALE] or None


def iso_code(written: str) -> str:
    """The code of ISO 3166 for two letters, in whatever case: that of the United Kingdom is GB, of Greece GR."""
    code = written.upper()
    return USUAL_CODES.get(code, code)


def country_of_zone(timezone: str | None) -> str | None:
    """The country whose zone has this name, or None for those of no country, such as UTC."""
    return _countries_of_zones().get(timezone or "")


def weekend_of_zone(timezone: str | None) -> frozenset[int]:
    """The days on which most people are free, where a zone is."""
    country = country_of_zone(timezone)
    if country in FREE_THURSDAY_AND_FRIDAY:
        return frozenset({THURSDAY, FRIDAY})
    return frozenset({FRIDAY, SATURDAY} if country in FREE_FRIDAY_AND_SATURDAY else {SATURDAY, SUNDAY})


def _region(locale: str | None) -> str | None:
    """The region of a language tag. After a single letter follows something else: "de-u-co-phonebk" sorts names."""
    parts = takewhile(lambda part: len(part) != 1, (locale or "").replace("_", "-").split("-")[1:])
    return next((iso_code(part) for part in parts if len(part) == REGION_LENGTH and part.isalpha()), None)


def _country_of_language(locale: str | None) -> str | None:
    return COUNTRIES_OF_LANGUAGES.get((locale or "").replace("_", "-").partition("-")[0].lower())


@cache
def _countries_of_zones() -> Mapping[str, str]:
    """By the tables of the time zone database, which has a name for each country.

    A former name, such as Asia/Calcutta, counts for its zone if no other country has the same time. Short ones, such
    as CET, are of no country.
    """
    countries = {name: country for country, _, name, *_ in _rows("zone.tab")}
    alone = {name: country for country, _, name, *_ in _rows("zone1970.tab") if "," not in country}
    links = (line.split(" ") for line in _lines("tzdata.zi") if line.startswith("L "))
    former = {name: alone[zone] for _, zone, name in links if zone in alone and len(name) > SHORT_NAME}
    return MappingProxyType(former | countries)


def _rows(table: str) -> Iterator[list[str]]:
    return (line.split("\t") for line in _lines(table) if not line.startswith("#"))


def _lines(name: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
