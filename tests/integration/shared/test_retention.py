"""Expired rows are deleted by the capability that declares their retention."""

from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.capabilities import capabilities
from infra.registry import ROOT, registry
from shared import retention
from shared.clock import utc_now
from shared.events import push_message, tick
from shared.files import uploads
from shared.files.local import LocalFileStore
from shared.files.port import path_of
from shared.files.uploads import SWEEP_AFTER
from shared.retention import Rule
from shared.services import Services
from tests.conftest import Clone, sign_up
from tests.event_delivery import push_request
from tests.sample_files import PNG

NOW = utc_now().replace(second=0, microsecond=0)
MINUTE = timedelta(minutes=1)

# For each table a row of a certain age.
OLD_ROW = {
    "mend.guardian_mails": """
        INSERT INTO mend.guardian_mails (user_id, address_digest, asked_at) VALUES (%(person)s, '', %(at)s)""",
    "mend.guardian_refusals": """
        INSERT INTO mend.guardian_refusals (address_digest, refused_at)
        VALUES (uuid_send(gen_random_uuid()), %(at)s)""",
    "mend.dead_letters.parked_at": """
        INSERT INTO mend.dead_letters (consumer, envelope, reason, attempts, parked_at)
        VALUES ('any', '{}', '', 1, %(at)s)""",
    "mend.dead_letters.replayed_at": """
        INSERT INTO mend.dead_letters (consumer, envelope, reason, attempts, parked_at, replayed_at)
        VALUES ('any', '{}', '', 1, %(now)s, %(at)s)""",
    "mend.live_documents_due": """
        INSERT INTO mend.live_documents_due (user_id, name, requested_at) VALUES (%(person)s, 'any', %(at)s)""",
    "mend.idempotency_keys": """
        INSERT INTO mend.idempotency_keys (user_id, key, fingerprint, status, media_type, body, created_at)
        VALUES (%(person)s, gen_random_uuid(), '', 200, 'application/json', '', %(at)s)""",
    "mend.rate_limits": "INSERT INTO mend.rate_limits (caller, minute, hits) VALUES (gen_random_uuid(), %(at)s, 1)",
    "mend.outbox": """
        INSERT INTO mend.outbox (id, type, user_id, occurred_at, data, published_at)
        VALUES (gen_random_uuid(), 'mood.recorded', %(person)s, %(at)s, '{}', %(at)s)""",
    "mend.event_claims": """
        INSERT INTO mend.event_claims (consumer, event_id, claimed_at) VALUES ('any', gen_random_uuid(), %(at)s)""",
    "mend.delivery_failures": """
        INSERT INTO mend.delivery_failures (consumer, event_id, failed_at) VALUES ('any', gen_random_uuid(), %(at)s)""",
    "public.care_periods": """
        INSERT INTO public.care_periods (user_id, grade, opened_at, ends_at)
        VALUES (%(person)s, 'explicit', %(at)s, %(at)s)""",
    "mend.support_shown": """
        INSERT INTO mend.support_shown (user_id, shown_at, grade, code, variant, patterns, texts)
        VALUES (%(person)s, %(at)s, 'explicit', 'plan', 0, '', '')""",
    "public.review_questions": """
        WITH entry AS (
            INSERT INTO public.mood_entries (user_id, id, mood, intensity, occurred_at, timezone, local_date, edited_at)
            VALUES (%(person)s, gen_random_uuid(), 'sad', 5, %(at)s, 'UTC', '2026-01-01', %(at)s) RETURNING id
        )
        INSERT INTO public.review_questions (user_id, entry_id, code, variant, written_at, asked_at)
        SELECT %(person)s, id, 'reviewed_indirect', 0, %(at)s, %(at)s FROM entry""",
    "mend.answered_entries": """
        INSERT INTO mend.answered_entries (user_id, entry_id, code, answered_at)
        VALUES (%(person)s, gen_random_uuid(), 'plan', %(at)s)""",
    "mend.harm_reports": """
        INSERT INTO mend.harm_reports (user_id, reported_at, words) VALUES (%(person)s, %(at)s, '')""",
    "public.live_documents": """
        INSERT INTO public.live_documents (user_id, name, document, expires_at)
        VALUES (%(person)s, gen_random_uuid(), '{}', %(at)s)""",
    "public.notifications": """
        INSERT INTO public.notifications (user_id, id, kind, local_date, slot, local_time, due_at, state)
        VALUES (%(person)s, gen_random_uuid(), 'plan', '2026-01-01', gen_random_uuid(), '12:00', %(at)s, 'sent')""",
    "public.recommendations": """
        INSERT INTO public.recommendations (user_id, id, items, created_at)
        VALUES (%(person)s, gen_random_uuid(), '[]', %(at)s)""",
}
RULES = [(folder, rule) for folder, declared in capabilities().items() for rule in declared.retention]
SHARED = retention.__file__


def keep(database: Clone, table: str, at: datetime, column: str = "") -> None:
    with database.admin() as admin:
        insert = OLD_ROW.get(f"{table}.{column}") or OLD_ROW[table]
        admin.execute(insert.encode(), {"person": sign_up(database), "at": at, "now": NOW})


async def sweep_now(folder: str) -> None:
    """Deliver the schedule's event of now to the event function of a capability."""
    folder = "relay" if folder == "shared" else folder
    [name] = [n for n in registry().listeners("schedule.retention") if registry().functions[n].capability == folder]
    function = getattr(import_module(registry().functions[name].module), name)
    response = await function(push_request(push_message(tick("schedule.retention", NOW))))
    assert response.status_code == 200


@pytest.mark.parametrize(("folder", "rule"), RULES, ids=[rule.table for _, rule in RULES])
async def test_expired_rows_are_deleted_every_night(
    services: Services, database: Clone, folder: str, rule: Rule
) -> None:
    """The rule is applied at the time of the event, not of the clock. Younger rows stay."""
    old, young = rule.before(NOW) - MINUTE, rule.before(NOW) + MINUTE
    keep(database, rule.table, old, rule.column)
    keep(database, rule.table, young, rule.column)

    await sweep_now(folder)

    remaining = database.rows(f"SELECT {rule.column} FROM {rule.table} WHERE {rule.column} IN (%s, %s)", old, young)  # noqa: S608
    assert remaining == [(young,)]


async def test_uploads_that_were_never_completed_are_deleted_every_night(services: Services, database: Clone) -> None:
    """The shared function deletes their content and rows three hours after their beginning, by the event's time."""
    store = services.files
    assert isinstance(store, LocalFileStore)
    person = sign_up(database)
    old, young = [await uploads.begin(services.database, store, person, "avatars", "image/png") for _ in range(2)]
    for upload, age in ((old, SWEEP_AFTER + MINUTE), (young, SWEEP_AFTER - MINUTE)):
        with store.open_upload("avatars", path_of(person, upload.file), "image/png") as file:
            file.write(PNG)
        with database.admin() as admin:
            admin.execute("UPDATE mend.files SET begun_at = %s WHERE id = %s", (NOW - age, upload.file))

    await sweep_now("shared")

    assert (await store.list("avatars", person)).paths == [path_of(person, young.file)]
    assert database.rows("SELECT id FROM mend.files") == [(young.file,)]


@pytest.mark.parametrize("state", ["planned", "held"])
async def test_a_message_that_is_still_to_be_sent_stays(services: Services, database: Clone, state: str) -> None:
    """It stays however long ago it was due."""
    keep(database, "public.notifications", NOW - timedelta(days=365))
    with database.admin() as admin:
        admin.execute("UPDATE public.notifications SET state = %s", (state,))

    await sweep_now("notify")

    assert database.value("SELECT count(*) FROM public.notifications") == 1


async def test_a_table_is_swept_batch_by_batch(services: Services, database: Clone) -> None:
    """No transaction deletes more than one batch, and all expired rows are deleted."""
    many = 2 * retention.BATCH_ROWS + 1
    with database.admin() as admin:
        admin.execute(
            """INSERT INTO mend.event_claims (consumer, event_id, claimed_at)
               SELECT 'any', gen_random_uuid(), '2020-01-01' FROM generate_series(1, %s)""",
            (many,),
        )
        admin.execute("CREATE TABLE local.deleted (rows bigint)")
        admin.execute("GRANT ALL ON SCHEMA local TO mend_service; GRANT ALL ON local.deleted TO mend_service")
        admin.execute("""
            CREATE FUNCTION local.note() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO local.deleted SELECT count(*) FROM gone; RETURN NULL; END'
        """)
        admin.execute("GRANT EXECUTE ON FUNCTION local.note() TO mend_service")
        admin.execute("""
            CREATE TRIGGER note AFTER DELETE ON mend.event_claims REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION local.note()
        """)

    await retention.retention_handler(SHARED)(tick("schedule.retention", NOW))

    assert database.rows("SELECT rows FROM local.deleted ORDER BY rows DESC") == [(5_000,), (5_000,), (1,)]
    assert database.value("SELECT count(DISTINCT xmin::text) FROM local.deleted") == len(
        range(0, many, retention.BATCH_ROWS)
    )


@pytest.mark.parametrize(
    "wrong",
    [{"keep": "forever"}, {"keep": "-1 days"}, {"keep": "1 months"}, {"table": "claims"}, {"where": "true"}],
    ids=lambda wrong: " ".join(map(str, *wrong.items())),
)
def test_an_invalid_rule_is_refused(wrong: dict[str, str]) -> None:
    """A rule contains no SQL, and its duration is a fixed number of minutes, hours or days."""
    rule = {"table": "mend.event_claims", "column": "claimed_at", "keep": "30 days", "why": "of an example"}

    assert Rule.model_validate(rule)
    with pytest.raises(ValidationError):
        Rule.model_validate(rule | wrong)


def test_a_capability_without_rules_sweeps_nothing() -> None:
    """Its `capability.toml` has no `[[retention]]` section."""
    assert retention.load_rules(Path(ROOT / "functions/account/capability.toml")) == []
