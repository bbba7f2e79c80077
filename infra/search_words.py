"""What people type in a search, from `search/*.yaml`: topics of items, and in each language the phrases for a concept.

A concept is `mood:`, `kind:`, `tag:` or `topic:` and a name.
"""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import yaml
from psycopg.types.json import Jsonb

SEARCH = Path(__file__).with_name("search")
TOPICS = "topics"

REPLACE_PHRASES = """
    WITH wanted AS MATERIALIZED (
        SELECT DISTINCT mend.phrase_key(p.wording, p.language) AS phrase, p.concept
        FROM jsonb_to_recordset(%(phrases)s) AS p (wording text, language text, concept text)
    ), removed AS (
        DELETE FROM mend.search_phrases AS p WHERE NOT EXISTS (
            SELECT FROM wanted AS w WHERE (w.phrase, w.concept) = (p.phrase, p.concept)
        )
    )
    INSERT INTO mend.search_phrases (phrase, concept) SELECT phrase, concept FROM wanted ON CONFLICT DO NOTHING
"""
ADD_WORDS = """
    INSERT INTO mend.content_words (word)
    SELECT w.word FROM jsonb_to_recordset(%(phrases)s) AS p (wording text)
    CROSS JOIN LATERAL mend.words_of(p.wording) AS w
    ON CONFLICT DO NOTHING
"""


class Phrase(NamedTuple):
    wording: str
    language: str
    concept: str


def topics_by_item(keys: Iterable[str]) -> Mapping[str, list[str]]:
    """The topics of each of these items."""
    topics: Mapping[str, list[str]] = _load(TOPICS)
    return {
        key: [topic for topic, patterns in topics.items() if any(fnmatchcase(key, pattern) for pattern in patterns)]
        for key in keys
    }


def phrases() -> Iterator[Phrase]:
    for language in languages():
        for concept, wordings in _load(language).items():
            yield from (Phrase(wording, language, concept) for wording in wordings)


def languages() -> list[str]:
    return sorted(path.stem for path in SEARCH.glob("*.yaml") if path.stem != TOPICS)


def store_phrases(cursor: psycopg.Cursor[Any]) -> None:
    """Make the phrases in the database equal to those of the files."""
    rows = Jsonb([phrase._asdict() for phrase in phrases()])
    cursor.execute(REPLACE_PHRASES, {"phrases": rows})
    cursor.execute(ADD_WORDS, {"phrases": rows})


def _load(name: str) -> dict[str, list[str]]:
    content: dict[str, list[str]] = yaml.load((SEARCH / f"{name}.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return content
