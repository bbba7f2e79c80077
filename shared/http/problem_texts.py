"""What errors say in other languages than English, and which language a person reads.

The English sentences stand where the errors are raised. They are the keys of the translations in `texts`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import LiteralString

from pydantic import RootModel

from shared.db import Connection, Database, claims_role
from shared.errors import MendError, Sentence, TooManyRequests, Unauthenticated
from shared.labels import LABELS
from shared.languages import Languages


class Translations(RootModel[Mapping[str, str]]):
    """Translations by the English sentence. Those of a `Sentence` may name its values."""


TRANSLATIONS = Languages(Path(__file__).with_name("texts"), Translations)

OWN_LOCALE: LiteralString = "SELECT locale FROM public.user_profiles WHERE user_id = mend.uid()"


def in_language(sentence: str, language: str) -> str:
    """The translation, or the sentence itself where there is none."""
    template = sentence.template if isinstance(sentence, Sentence) else sentence
    translations = TRANSLATIONS.by_code.get(language)
    translation = translations.root.get(template) if translations else None
    if translation is None or not isinstance(sentence, Sentence):
        return translation or str(sentence)
    return translation.format_map({**sentence.values, **_labels(sentence.values, language)})


def _labels(values: Mapping[str, object], language: str) -> dict[str, str]:
    """What a person reads for those values that are a mood or a purpose of consent."""
    labels = LABELS.texts(language)
    words = {"mood": labels.moods, "purpose": labels.purposes}
    return {name: words[name].get(str(value), str(value)) for name, value in values.items() if name in words}


def _is_before_reading(error: MendError) -> bool:
    """Whether the caller is unknown, or has sent too many requests to have a profile read for each."""
    return isinstance(error, Unauthenticated) or type(error) is TooManyRequests


async def load_locale(database: Database, claims: str, error: MendError) -> str | None:
    """The locale of the profile, or None without one, for callers without claims, and where none is worth reading."""
    if not claims or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or _is_before_reading(error):
        return None
    async with database.transaction(claims_role(claims)) as conn:
        return await _own_locale(conn)


async def load_language(conn: Connection, accept_language: str) -> str:
    """The language of the person's profile, or else of their device."""
    return TRANSLATIONS.code(await _own_locale(conn), accept_language)


async def _own_locale(conn: Connection) -> str | None:
    row: tuple[str] | None = (await conn.run(OWN_LOCALE)).first
    return row[0] if row else None
