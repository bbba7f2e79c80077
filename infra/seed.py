"""Writes the catalogue of `content/*.yaml` to the database. Only changed items get a new version."""

from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID, uuid5

import psycopg
import yaml
from psycopg.types.json import Jsonb
from pydantic import Field, PositiveInt

from infra.file_model import FileModel
from infra.search_words import store_phrases, topics_by_item
from shared.moods import MOODS

CONTENT = Path(__file__).with_name("content")
EVIDENCE = "evidence"
ITEMS = UUID("c2a1b7de-51f4-5f0b-9f6e-4f2d8c0b6a11")  # the namespace of ids made from keys
# Trials compare groups of volunteers. Half of their effect is the prior for one person.
TRIAL_WEIGHT = 0.5

Axis = Annotated[float, Field(ge=-1, le=1)]

UPSERT = """
    INSERT INTO public.content AS c (
        id, key, kind, title, body, steps, minutes, effort, fits, leads_valence, leads_arousal, tags, topics, url,
        attribution, evidence, repeatable, translations
    ) VALUES (
        %(id)s, %(key)s, %(kind)s, %(title)s, %(body)s, %(steps)s::text[], %(minutes)s, %(effort)s, %(fits)s,
        %(leads_valence)s, %(leads_arousal)s, %(tags)s, %(topics)s::text[], %(url)s, %(attribution)s, %(evidence)s,
        %(repeatable)s, %(translations)s
    )
    ON CONFLICT (id) DO UPDATE SET
        (kind, title, body, steps, minutes, effort, fits, leads_valence, leads_arousal, tags, topics, url, attribution,
         evidence, repeatable, translations, version, updated_at, deleted_at)
      = (excluded.kind, excluded.title, excluded.body, excluded.steps, excluded.minutes, excluded.effort, excluded.fits,
         excluded.leads_valence, excluded.leads_arousal, excluded.tags, excluded.topics, excluded.url,
         excluded.attribution, excluded.evidence, excluded.repeatable, excluded.translations, c.version + 1, now(),
         NULL)
    WHERE (c.kind, c.title, c.body, c.steps, c.minutes, c.effort, c.fits, c.leads_valence, c.leads_arousal, c.tags,
           c.topics, c.url, c.attribution, c.evidence, c.repeatable, c.translations, c.deleted_at)
      IS DISTINCT FROM
          (excluded.kind, excluded.title, excluded.body, excluded.steps, excluded.minutes, excluded.effort,
           excluded.fits, excluded.leads_valence, excluded.leads_arousal, excluded.tags, excluded.topics, excluded.url,
           excluded.attribution, excluded.evidence, excluded.repeatable, excluded.translations, NULL)
"""
CATALOGUE_KEYS = "SELECT id, key FROM public.content WHERE deleted_at IS NULL"
RETIRE = "UPDATE public.content SET deleted_at = now(), updated_at = now() WHERE id = ANY(%s)"


class TrialFinding(FileModel):
    effect: Annotated[float, Field(ge=0, le=1)]
    citation: str
    finding: str
    says: dict[str, str]


class Translation(FileModel):
    title: str
    body: str
    steps: list[str] = Field(default_factory=list)
    attribution: str | None = None


class CatalogueItem(FileModel):
    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    body: str
    steps: list[str] = Field(default_factory=list)
    minutes: PositiveInt
    effort: int = Field(ge=1, le=5)
    fits: list[str] = Field(min_length=1)
    leads: tuple[Axis, Axis]
    tags: list[str]
    evidence: str | None
    repeatable: bool
    attribution: str | None
    url: str | None


class SeedCounts(NamedTuple):
    changed: int
    retired: int


def id_of(key: str) -> UUID:
    return uuid5(ITEMS, key)


def seed(dsn: str, folder: Path = CONTENT) -> SeedCounts:
    """Insert and update the items of the files, and retire seeded items that are in no file any more.

    Items from elsewhere (admins, imports) stay: their id is not made from their key.
    """
    rows = read(folder)
    keys = {row["key"] for row in rows}
    with psycopg.connect(dsn) as conn, conn.cursor() as cursor:
        cursor.executemany(UPSERT, rows)
        changed = cursor.rowcount
        retired = [id_ for id_, key in cursor.execute(CATALOGUE_KEYS) if id_ == id_of(key) and key not in keys]
        cursor.execute(RETIRE, (retired,))
        store_phrases(cursor)
    return SeedCounts(changed, len(retired))


def read(folder: Path) -> list[dict[str, Any]]:
    """The rows of all files. The name of a file is the kind of its items, the name of a folder a language."""
    findings = {key: TrialFinding(**finding) for key, finding in _load(folder / f"{EVIDENCE}.yaml").items()}
    kinds = [path for path in sorted(folder.glob("*.yaml")) if path.stem != EVIDENCE]
    rows = [_row(path.stem, CatalogueItem(**item), findings) for path in kinds for item in _load(path)]
    topics = topics_by_item(row["key"] for row in rows)
    translations = read_translations(folder)
    return [
        row | {"topics": topics[row["key"]], "translations": Jsonb(translations.get(row["key"], {}))} for row in rows
    ]


def read_translations(folder: Path = CONTENT) -> dict[str, dict[str, dict[str, Any]]]:
    """By key and language, the columns of an item that differ in this language."""
    translations: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for path in sorted(folder.glob("*/*.yaml")):
        language = path.parent.name
        for key, fields in _load(path).items():
            translations[key][language] = {"language": language, **Translation(**fields).model_dump(exclude_unset=True)}
    return translations


def _load(path: Path) -> Any:  # noqa: ANN401 - any YAML
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def _row(kind: str, item: CatalogueItem, findings: dict[str, TrialFinding]) -> dict[str, Any]:
    if unknown := set(item.fits) - MOODS.keys():
        raise ValueError(f"{item.key}: no such mood: {', '.join(sorted(unknown))}")
    finding = findings[item.evidence] if item.evidence else None
    return {
        **item.model_dump(exclude={"leads"}),
        "id": id_of(item.key),
        "kind": kind,
        "leads_valence": item.leads[0],
        "leads_arousal": item.leads[1],
        "evidence": finding and Jsonb({**finding.model_dump(), "effect": round(finding.effect * TRIAL_WEIGHT, 4)}),
    }
