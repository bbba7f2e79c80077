"""The data of the measurements: a large catalogue, people with a history, and tokens for them."""

import json
from pathlib import Path
from random import Random
from uuid import UUID

import jwt
import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg.types.json import Jsonb

from infra.local.postgres import Server
from infra.migrate import migrate
from infra.search_words import store_phrases
from shared.clock import utc_now
from shared.moods import MOODS
from shared.ranking.beliefs import beliefs_from
from shared.ranking.lessons import Completion, Lesson, MoodPoint
from shared.ranking.population import Population
from shared.ranking.taste import Taste, with_reaction
from shared.ranking.uplift import PersonSums, with_lesson

ADMIN = "supabase_admin"
PEOPLE = 64
HISTORY = 1_000
ITEMS = 10_000
LONG_HISTORY = 510_000  # of the person whose page 10,000 is read
ENTRY_COUNT = 1_000_000

INSERT_CATALOGUE = """
    INSERT INTO public.content (id, key, kind, title, body, minutes, effort, fits, leads_valence, leads_arousal, tags,
                                evidence)
    SELECT gen_random_uuid(), 'bench-' || i,
           (ARRAY['breathing','movement','music','film','book','verse','writing','gratitude','connection','nature',
                  'mindfulness','rest','learning'])[1 + i %% 13],
           'Item ' || i, repeat('A sentence of an item. ', 12), 1 + i %% 30, 1 + i %% 4,
           ARRAY(SELECT m FROM unnest(%(moods)s::text[]) WITH ORDINALITY AS u (m, n) WHERE (n + i) %% 6 = 0),
           0.9 * sin(i), 0.9 * cos(i * 1.7), ARRAY['indoors'],
           CASE WHEN i %% 3 = 0 THEN jsonb_build_object('effect', (i %% 60) / 200.0, 'citation', 'a study',
                                                    'finding', 'it helps') END
    FROM generate_series(%(first)s::integer, %(last)s::integer) AS i
"""
TASTE_CANDIDATES = "SELECT id::text, kind FROM public.content WHERE 'sad' = ANY (fits) ORDER BY effect DESC LIMIT 150"
INSERT_LEARNED = """
    INSERT INTO mend.person_learning (user_id, uplift_sums, beliefs, taste, learned_until, entry_count)
    VALUES (%(person)s, %(uplift_sums)s, %(beliefs)s, %(taste)s, now(), 60)
"""
# No limit of entries ends a measurement.
INSERT_COUNTS = """
    INSERT INTO mend.entry_counts (user_id, day, made_on_day, made, imported)
    VALUES (%(person)s, 'infinity', -1000000000, -1000000000, -1000000000)
"""
INSERT_ENTRIES = """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at)
    SELECT %(person)s, gen_random_uuid(), 'sad', 1 + i %% 10, 'a day like any other', ARRAY['work'], at, 'UTC',
           at::date, at
    FROM generate_series(1, %(count)s) AS i, LATERAL (SELECT now() - i * %(gap)s::interval AS at) AS moment
"""
INSERT_STREAK = """
    INSERT INTO public.user_streaks (user_id, current, longest, last_day, timezone, day_starts_at)
    SELECT %(person)s, current, longest, last_day, 'UTC', '00:00' FROM mend.count_streak(%(person)s, 'UTC', '00:00')
"""
# Every check-in reads the lists of the last days. Without rows, Postgres would plan to read the whole table.
INSERT_LISTS = """
    INSERT INTO public.recommendations (user_id, id, items, created_at)
    SELECT %(person)s, gen_random_uuid(),
           (SELECT jsonb_agg(jsonb_build_object('content_id', c.id, 'version', 1, 'score', 1.234567, 'explore', false,
                                                'propensity', 0.123456789))
            FROM (SELECT id FROM public.content OFFSET i LIMIT 5) AS c),
           now() - i * interval '6 hours'
    FROM generate_series(1, 360) AS i
"""


def build(server: Server, moods: list[str]) -> list[UUID]:
    """Fill a new database; return its people. The first of them has a very long history."""
    server.create_database("mend")
    migrate(server.dsn("mend"))
    with psycopg.connect(server.dsn("mend", ADMIN), autocommit=True) as conn:
        conn.execute("CREATE SCHEMA bench; CREATE TABLE bench.bare (id uuid PRIMARY KEY, mood text)")
        conn.execute("INSERT INTO bench.bare VALUES (gen_random_uuid(), 'sad')")
        conn.execute("GRANT USAGE ON SCHEMA bench TO mend_app; GRANT SELECT, INSERT ON bench.bare TO mend_app")
        conn.execute(INSERT_CATALOGUE, {"moods": moods, "first": 1, "last": ITEMS})
        store_phrases(conn.cursor())
        query = "INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %s) RETURNING id"
        people = [row[0] for row in conn.execute(query, (PEOPLE,)).fetchall()]
        rest = ENTRY_COUNT - LONG_HISTORY - HISTORY * (PEOPLE - 2)
        for person, count in zip(people, [LONG_HISTORY, rest, *[HISTORY] * (PEOPLE - 2)], strict=True):
            gap = "10 seconds" if count > HISTORY else "6 hours"
            insert_history(conn, person, count, gap)
        conn.execute("VACUUM ANALYZE")
    return people


def insert_history(conn: psycopg.Connection, person: UUID, count: int, gap: str) -> None:
    """Give a person entries, and what ranking has learned of them."""
    conn.execute(INSERT_ENTRIES, {"person": person, "count": count, "gap": gap})
    conn.execute(INSERT_STREAK, {"person": person})
    conn.execute(INSERT_LISTS, {"person": person})
    conn.execute(INSERT_COUNTS, {"person": person})
    conn.execute(INSERT_LEARNED, {"person": person, **learned(person, conn.execute(TASTE_CANDIDATES).fetchall())})


def enlarge(server: Server, more: int) -> None:
    with psycopg.connect(server.dsn("mend", ADMIN), autocommit=True) as conn:
        conn.execute("ALTER TABLE public.content DISABLE TRIGGER index_terms")  # no search is measured afterwards
        conn.execute(INSERT_CATALOGUE, {"moods": list(MOODS), "first": ITEMS + 1, "last": ITEMS + more})
        conn.execute("VACUUM ANALYZE public.content, public.content_moods")
        conn.execute("CHECKPOINT")  # otherwise it would run during the next measurement


def learned(person: UUID, items: list[tuple[str, str]]) -> dict[str, Jsonb]:
    """What ranking has learned of a person who has done sixty items."""
    chance = Random(person.int)  # noqa: S311 - the same data in every run
    lifted, taste = PersonSums(), Taste()
    for number in range(60):
        content_id, kind = chance.choice(items)
        before = MoodPoint(24.0 * number, chance.gauss(-1, 0.7), 9, number % 7, "unpleasant_calm")
        after = before._replace(at=before.at + 2, value=chance.gauss(0, 0.7), hour=11)
        lifted = with_lesson(
            lifted, Lesson(before, after, (Completion(before.at + 1, content_id, kind),)), Population()
        )
        lifted = with_lesson(lifted, Lesson(after, before._replace(at=before.at + 24)), Population())
        taste = with_reaction(
            taste, content_id, kind, chance.choice(["complete", "like", "skip", "view"]), 20_000 + number
        )
    learned = {
        "uplift_sums": lifted.to_json(),
        "beliefs": beliefs_from(lifted, Population()).to_json(),
        "taste": taste.to_json(),
    }
    return {name: Jsonb(document) for name, document in learned.items()}


class Issuer:
    """Tokens for the people, and the key set that verifies them."""

    def __init__(self, home: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
        (home / "jwks.json").write_text(json.dumps({"keys": [public | {"kid": "bench", "alg": "ES256"}]}))

    def token(self, person: UUID, **claims: object) -> str:
        now = int(utc_now().timestamp())
        claims = {
            "iss": "http://mend.local/auth/v1",
            "aud": "authenticated",
            "role": "authenticated",
            "aal": "aal2",
            "amr": [{"method": "password", "timestamp": now}],
            "sub": str(person),
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        return jwt.encode(claims, self._key, "ES256", {"kid": "bench"})
