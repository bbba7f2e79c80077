"""What the fields of a profile may be: kinds and tags of content, countries, and the languages that have texts."""

from collections.abc import Collection, Sequence
from functools import cache
from importlib.resources import files
from typing import get_args

from starlette.responses import Response

from functions.account import queries
from functions.account.consents.texts import CONSENT_TEXTS
from functions.account.models import Options, Profile, ProfileChange
from functions.account.profiles import load_profile
from shared.errors import Fault, Invalid, Sentence
from shared.http import Call, Kind, model_response
from shared.http.fault_messages import DID_YOU_MEAN
from shared.http.suggestions import nearest
from shared.labels import LABELS

WORD_FIELDS = ("interests", "avoid")
MOST_HINTS = 3
LISTED = Sentence("Unknown. GET /account/options lists all.")


async def get_options(call: Call) -> Response:
    """Get the values that your profile takes. A locale of another language reads English."""
    profile = await load_profile(call)
    words = sorted({*get_args(Kind), *await queries.load_tags(call.conn)})
    labels = LABELS.texts(LABELS.code(profile.locale, call.headers.get("accept-language")))
    options = Options(
        interests=words,
        avoid=words,
        labels={word: labels.of_word(word) for word in words},
        locales=sorted(CONSENT_TEXTS.by_code),
        countries=sorted(known_countries()),
    )
    return model_response(options)


async def require_known(call: Call[ProfileChange], before: Profile, after: Profile) -> None:
    """Raise `Invalid` for a country, or words, that are not known. What is stored already may stay."""
    faults: list[Fault] = []
    if after.country != before.country and after.country not in {None, *known_countries()}:
        faults.append(Fault(("body", "country"), LISTED))
    old_words = {*before.interests, *before.avoid}
    if not old_words.issuperset([*after.interests, *after.avoid]):
        known = {*get_args(Kind), *(tag.casefold() for tag in await queries.load_tags(call.conn))}
        for field in WORD_FIELDS:
            faults += _word_faults(field, getattr(after, field), known, old_words)
    if faults:
        raise Invalid(faults=faults)


def _word_faults(field: str, words: Sequence[str], known: Collection[str], old_words: Collection[str]) -> list[Fault]:
    """A fault for each unknown word. The first few name the nearest known one: to find it takes about a millisecond."""
    unknown = [i for i, word in enumerate(words) if word.casefold() not in known and word not in old_words]
    return [Fault(("body", field, i), _hint(words[i], known) if i in unknown[:MOST_HINTS] else LISTED) for i in unknown]


def _hint(word: str, known: Collection[str]) -> str:
    meant = nearest(word, known)
    return Sentence(DID_YOU_MEAN, name=meant) if meant else LISTED


@cache
def known_countries() -> frozenset[str]:
    """The codes of ISO 3166, as the time zone database lists them."""
    lines = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return frozenset(line.partition("\t")[0] for line in lines if not line.startswith("#"))
