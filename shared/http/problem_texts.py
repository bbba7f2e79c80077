"""What errors say in other languages than English, and which language a person reads.

The English sentences stand where the errors are raised. They are the keys of the translations in `texts`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import LiteralString

from pydantic import RootModel

from shared.db import Database, claims_role
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
    moods = LABELS.texts(language).moods
    return translation.format_map({name: moods.get(str(value), value) for name, value in sentence.values.items()})


def _is_before_reading(error: MendError) -> bool:
    """Whether the caller is unknown, or has sent too many requests to have a profile read for each."""
    return isinstance(error, Unauthenticated) or type(error) is TooManyRequests


async def load_locale(database: Database, claims: str, error: MendError) -> str | None:
    """The locale of the profile, or None without one, for callers without claims, and where none is worth reading."""
    if not claims or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or _is_before_reading(error):
        return None
    async with database.transaction(claims_role(claims)) as conn:
        row: tuple[str] | None = (await conn.run(OWN_LOCALE)).first
    return row[0] if row else None
