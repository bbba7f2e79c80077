"""The data of the stall measurements: one person who has as much as the limits allow."""

from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg.types.json import Jsonb

from functions.insights.job.queries import COUNT_CHANGED_DAYS
from functions.insights.queries import coordinates
from infra.bench.dataset import ADMIN, INSERT_CATALOGUE, INSERT_COUNTS, INSERT_LEARNED, TASTE_CANDIDATES, learned
from infra.bench.worst_requests import FACTORS, NOTE, Subject
from infra.local.database import BUS
from infra.local.postgres import Server
from infra.migrate import migrate
from shared.clock import utc_now
from shared.moods import MOODS

DATABASE = "stalls"
ITEMS = 10_000
PER_DAY = 200
RECENT, OLD = 8_000, 100_000  # entries: 200 a day for forty days, and 16 a day for years
NOBODYS = UUID(int=0)
NOTHING = Subject(iter(()), [], NOBODYS, iter(()), iter(()), NOBODYS, [], NOBODYS, NOBODYS)

INSERT_PERSON = "INSERT INTO auth.users (id) VALUES (gen_random_uuid()) RETURNING id"
# Every recent entry has thirty factors of its own, and zones alternate, so that each entry counts for several dates.
INSERT_ENTRIES = """
    INSERT INTO public.mood_entries
        (user_id, id, mood, intensity, note, factors, occurred_at, timezone, local_date, edited_at)
    SELECT %(person)s, gen_random_uuid(), 'sad', 1 + i %% 10, %(note)s,
           CASE WHEN i %% %(count)s < 1000 THEN ARRAY(
               SELECT rpad(i || ' ' || n || ' ', 80, 'i want to ') FROM generate_series(1, 30) AS n
           ) ELSE %(factors)s END,
           at, zone, (at AT TIME ZONE zone)::date, at
    FROM generate_series(1, %(count)s) AS i, LATERAL (
        SELECT now() - %(since)s::interval - i * %(gap)s::interval AS at,
               (ARRAY['Pacific/Honolulu', 'Europe/London', 'Pacific/Auckland'])[1 + i %% 3] AS zone
    ) AS moment
"""
INSERT_SAVED = """
    INSERT INTO public.saved_content (user_id, content_id, saved_at)
    SELECT %(person)s, id, now() FROM public.content LIMIT 300
"""
INSERT_INBOX = """
    INSERT INTO public.notifications
        (user_id, id, kind, local_date, slot, local_time, due_at, state, sent_at, title, body)
    SELECT %(person)s, gen_random_uuid(), 'check_in', current_date - i, '12:00', '12:00', now(), 'sent',
           now() - i * interval '1 day', 'Title', 'Body of a notification'
    FROM generate_series(1, 1000) AS i
"""
# Ended plans of one activity each.
INSERT_PLANS = """
    WITH plans AS (
        INSERT INTO public.elevation_plans
            (user_id, id, status, current_mood, target_mood, duration, per_day, start_date, last_date, slot_times,
             reminders_enabled, reminder_trial, next_day_starts_at, created_at, ended_at)
        SELECT %(person)s, gen_random_uuid(), 'ended', 'sad', 'calm', 30, 5, current_date - 400, current_date - 370,
               '{"morning": "08:00", "afternoon": "13:00", "evening": "19:00"}', true, false, now(), now(), now()
        FROM generate_series(1, 300)
        RETURNING id
    ), days AS (
        INSERT INTO public.plan_days (user_id, plan_id, day, local_date, from_mood, target, valence, arousal)
        SELECT %(person)s, id, 1, current_date - 400, 'sad', 'calm', 0, 0 FROM plans
    )
    INSERT INTO public.plan_activities
        (user_id, plan_id, id, day, position, slot, local_time, content_id, content_version, title, kind, minutes)
    SELECT %(person)s, id, gen_random_uuid(), 1, 1, 'morning', '08:00', gen_random_uuid(), 1, 'Title', 'rest', 5
    FROM plans
"""
# One conversation has four hundred messages as long as may be.
INSERT_CONVERSATIONS = """
    WITH conversations AS (
        INSERT INTO public.conversations (user_id, id, module, mode, title, created_at, changed_at)
        SELECT %(person)s, gen_random_uuid(), 'companion', 'solo', 'Title', now(), now() - i * interval '1 day'
        FROM generate_series(1, 300) AS i
        RETURNING id
    ), consent AS (
        INSERT INTO public.consents (user_id, purpose, granted, version, decided_at)
        VALUES (%(person)s, 'ai', true, '2100-01-01', now())
    )
    INSERT INTO public.conversation_messages
        (user_id, id, conversation_id, position, role, parts, status, created_at)
    SELECT %(person)s, gen_random_uuid(), (SELECT id FROM conversations LIMIT 1), i, 'user',
           ARRAY[rpad('', 10000, 'i want to ')], 'done', now()
    FROM generate_series(1, 400) AS i
"""
CONVERSATION = "SELECT conversation_id FROM public.conversation_messages LIMIT 1"
# Fifty of ten years.
INSERT_MEASURES = """
    WITH person AS (INSERT INTO mend.insight_people (user_id, stale_since) VALUES (%(person)s, now()))
    INSERT INTO public.insight_measures (user_id, name, day, value)
    SELECT %(person)s, 'Measure ' || n, current_date - i, i
    FROM generate_series(1, 50) AS n, generate_series(0, 3650) AS i
"""
MEASURE_KEY = "SELECT measure_key FROM mend.insight_people"
INSERT_EVENTS = """
    INSERT INTO mend.outbox (id, type, user_id, occurred_at, data)
    SELECT gen_random_uuid(), 'profile.changed', %(person)s, now(), '{"fields": ["avoid"]}'
    FROM generate_series(1, 5000)
"""
END_PLANS = "UPDATE public.elevation_plans SET status = 'ended', ended_at = now() WHERE status <> 'ended'"
AVOID_NOTHING = "UPDATE public.user_profiles SET avoid = '{}'"  # so that the catalogue has what fits a plan
END_CARE = "DELETE FROM public.care_periods"  # in which a new plan would begin paused
AGE_PLAN = """
    WITH active AS (
        UPDATE public.elevation_plans
        SET start_date = start_date - 15, last_date = last_date - 15, created_at = created_at - interval '15 days'
        WHERE status = 'active' RETURNING id
    )
    UPDATE public.plan_days SET local_date = local_date - 15 WHERE plan_id = (SELECT id FROM active)
"""
SET_CALENDAR_KEY = (
    "UPDATE public.elevation_plans SET calendar_key_digest = sha256(uuid_send(%s)) WHERE status = 'active'"
)
ACTIVITIES = """
    SELECT a.plan_id, a.id, d.local_date > current_date + 1 AS is_ahead
    FROM public.plan_activities AS a JOIN public.elevation_plans AS p ON p.id = a.plan_id
    JOIN public.plan_days AS d ON d.plan_id = a.plan_id AND d.day = a.day
    WHERE p.status = 'active' AND a.status = 'planned'
"""
OLD_ENTRIES = "SELECT id FROM public.mood_entries ORDER BY occurred_at LIMIT 500"
CONTENT = "SELECT id FROM public.content ORDER BY id LIMIT 201"
NOTIFICATIONS = "SELECT id FROM public.notifications LIMIT 200"

STATEMENTS = (INSERT_COUNTS, INSERT_SAVED, INSERT_INBOX, INSERT_PLANS, INSERT_CONVERSATIONS, INSERT_MEASURES)


def build(server: Server, database: str = DATABASE) -> UUID:
    """Fill a new database, and return its person."""
    server.create_database(database)
    migrate(server.dsn(database))
    with psycopg.connect(server.dsn(database, ADMIN), autocommit=True) as admin:
        admin.execute(BUS.read_bytes())
        admin.execute(INSERT_CATALOGUE, {"moods": list(MOODS), "first": 1, "last": ITEMS})
        [person] = admin.execute(INSERT_PERSON).fetchone() or [NOBODYS]
        texts = {"person": person, "note": NOTE, "factors": FACTORS}
        recent = timedelta(days=RECENT / PER_DAY)
        day = timedelta(days=1)
        admin.execute(INSERT_ENTRIES, {**texts, "count": RECENT, "since": timedelta(0), "gap": day / PER_DAY})
        admin.execute(INSERT_ENTRIES, {**texts, "count": OLD, "since": recent, "gap": day / 16})
        for statement in STATEMENTS:
            admin.execute(statement, {"person": person})
        admin.execute(COUNT_CHANGED_DAYS, {"people": [person], "coordinates": Jsonb(coordinates()), "now": utc_now()})
        known: dict[str, Jsonb] = learned(person, admin.execute(TASTE_CANDIDATES).fetchall())
        admin.execute(INSERT_LEARNED, {"person": person, **known})
        admin.execute("VACUUM ANALYZE")
    return person


def subject(admin: psycopg.Connection, person: UUID) -> Subject:
    """The person's ids for one round of requests, and a full outbox."""
    admin.execute(INSERT_EVENTS, {"person": person})
    key = uuid4()
    admin.execute(SET_CALENDAR_KEY, (key,))
    activities = admin.execute(ACTIVITIES).fetchall()
    return Subject(
        entry_ids=iter([id_ for (id_,) in admin.execute(OLD_ENTRIES).fetchall()]),
        content_ids=[id_ for (id_,) in admin.execute(CONTENT).fetchall()],
        plan_id=activities[0][0],
        due_activity_ids=iter([id_ for _, id_, is_ahead in activities if not is_ahead]),
        activity_ids=iter([id_ for _, id_, is_ahead in activities if is_ahead]),
        calendar_key=key,
        notification_ids=[id_ for (id_,) in admin.execute(NOTIFICATIONS).fetchall()],
        conversation_id=(admin.execute(CONVERSATION).fetchone() or [NOBODYS])[0],
        measure_id=uuid5((admin.execute(MEASURE_KEY).fetchone() or [NOBODYS])[0], "Measure 50"),
    )
