"""The catalogue of `content/*.yaml`, brought to the database: only what changed gets a new version."""

from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID, uuid5

import psycopg
import yaml
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from shared.moods import MOODS

CONTENT = Path(__file__).with_name("content")
EVIDENCE = "evidence"
ITEMS = UUID("c2a1b7de-51f4-5f0b-9f6e-4f2d8c0b6a11")  # the namespace of ids made from keys
TRUST = 0.5  # a trial's effect was measured between groups, in people who had volunteered: a prior takes half of it

Axis = Annotated[float, Field(ge=-1, le=1)]

UPSERT = """
    INSERT INTO public.content AS c (
        id, key, kind, title, body, minutes, effort, fits, leads_valence, leads_arousal, tags, url, attribution,
        evidence, repeatable
    ) VALUES (
        %(id)s, %(key)s, %(kind)s, %(title)s, %(body)s, %(minutes)s, %(effort)s, %(fits)s, %(leads_valence)s,
        %(leads_arousal)s, %(tags)s, %(url)s, %(attribution)s, %(evidence)s, %(repeatable)s
    )
    ON CONFLICT (id) DO UPDATE SET
        (kind, title, body, minutes, effort, fits, leads_valence, leads_arousal, tags, url, attribution, evidence,
         repeatable, version, updated_at, deleted_at)
      = (excluded.kind, excluded.title, excluded.body, excluded.minutes, excluded.effort, excluded.fits,
         excluded.leads_valence, excluded.leads_arousal, excluded.tags, excluded.url, excluded.attribution,
         excluded.evidence, excluded.repeatable, c.version + 1, now(), NULL)
    WHERE (c.kind, c.title, c.body, c.minutes, c.effort, c.fits, c.leads_valence, c.leads_arousal, c.tags, c.url,
           c.attribution, c.evidence, c.repeatable, c.deleted_at)
      IS DISTINCT FROM
          (excluded.kind, excluded.title, excluded.body, excluded.minutes, excluded.effort, excluded.fits,
           excluded.leads_valence, excluded.leads_arousal, excluded.tags, excluded.url, excluded.attribution,
           excluded.evidence, excluded.repeatable, NULL)
"""
KEPT = "SELECT id, key FROM public.content WHERE deleted_at IS NULL"
RETIRE = "UPDATE public.content SET deleted_at = now(), updated_at = now() WHERE id = ANY(%s)"


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_FromFile):
    effect: Annotated[float, Field(ge=0, le=1)]
    citation: str
    finding: str


class Item(_FromFile):
    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    body: str
    minutes: PositiveInt
    effort: int = Field(ge=1, le=5)
    fits: list[str] = Field(min_length=1)
    leads: tuple[Axis, Axis]
    tags: list[str]
    evidence: str | None
    repeatable: bool
    attribution: str | None
    url: str | None


class Seeded(NamedTuple):
    changed: int
    retired: int


def id_of(key: str) -> UUID:
    return uuid5(ITEMS, key)


def seed(dsn: str, folder: Path = CONTENT) -> Seeded:
    """What was made elsewhere is left alone: its id does not stand for its key."""
    rows = read(folder)
    keys = {row["key"] for row in rows}
    with psycopg.connect(dsn) as conn, conn.cursor() as cursor:
        cursor.executemany(UPSERT, rows)
        changed = cursor.rowcount
        gone = [id_ for id_, key in cursor.execute(KEPT) if id_ == id_of(key) and key not in keys]
        cursor.execute(RETIRE, (gone,))
    return Seeded(changed, len(gone))


def read(folder: Path) -> list[dict[str, Any]]:
    """The rows of all files. A file is named for the kind of what it holds."""
    evidence = {key: Evidence(**found) for key, found in _load(folder / f"{EVIDENCE}.yaml").items()}
    kinds = [path for path in sorted(folder.glob("*.yaml")) if path.stem != EVIDENCE]
    return [_row(path.stem, Item(**item), evidence) for path in kinds for item in _load(path)]


def _load(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def _row(kind: str, item: Item, evidence: dict[str, Evidence]) -> dict[str, Any]:
    if unknown := set(item.fits) - MOODS.keys():
        raise ValueError(f"{item.key}: no such mood: {', '.join(sorted(unknown))}")
    proof = evidence[item.evidence] if item.evidence else None
    return {
        **item.model_dump(exclude={"leads"}),
        "id": id_of(item.key),
        "kind": kind,
        "leads_valence": item.leads[0],
        "leads_arousal": item.leads[1],
        "evidence": proof and Jsonb({**proof.model_dump(), "effect": round(proof.effect * TRUST, 4)}),
    }
