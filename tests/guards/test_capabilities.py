"""The declarations in `capability.toml` agree with the code and the schema."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from typing import Any

import psycopg
import pytest

from functions.account.archive.tables import imported_tables, load_tables
from functions.account.consents.texts import CONSENT_TEXTS, versions
from functions.account.guardian.texts import GUARDIAN_TEXTS, VERSION
from functions.account.privacy.art15 import PRIVACY_TEXTS, grounds
from functions.account.privacy.data_map import data_map
from functions.notify.models import KindSwitches
from infra.capabilities import capabilities, settings_table
from infra.privacy.pages import FOLDER, pages
from infra.registry import ROOT, TICK, registry
from shared.files.categories import CATEGORIES
from shared.retention import Rule
from shared.settings import OwnSettings, Settings
from tests.conftest import Clone
from tests.guards.test_registry import emitted

CAPABILITIES = capabilities()
FUNCTIONS = registry().functions
FOLDERS = sorted(CAPABILITIES.keys() - {"shared"})
DATA = {entry.name: entry for declared in CAPABILITIES.values() for entry in declared.data if entry.store == "table"}
RULES = [(folder, rule) for folder, declared in CAPABILITIES.items() for rule in declared.retention]
KINDS = [kind for declared in CAPABILITIES.values() for kind in declared.notification_kinds]
RETENTION = TICK + "retention"
LINKED = {"image.tmdb.org"}  # in constants, but requested by apps alone
AGREED = {"en": "0cb36ff1328d3e73", "de": "14d16d1eb3ca201e"}  # digests of the texts of consent with their versions
ALLOWED = {"en": "4c27290a9b3a7c1d", "de": "6da981f0efd45b82"}  # of the texts for parents and guardians
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def settings_of(folder: str) -> type[Settings | OwnSettings] | None:
    """The class of a capability's settings, or None if it has none."""
    if folder == "shared":
        return Settings
    if not (ROOT / "functions" / folder / "settings.py").exists():
        return None
    module = import_module(f"functions.{folder}.settings")
    [own] = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    return own


@pytest.mark.parametrize("folder", CAPABILITIES)
def test_a_setting_is_declared_and_read(folder: str) -> None:
    """A secret is a SecretStr, so that it is never printed."""
    kind = settings_of(folder)
    fields = {name: str(field.annotation) for name, field in kind.model_fields.items()} if kind else {}
    fields.pop("environ", None)

    assert {name.upper(): "SecretStr" in annotation for name, annotation in fields.items()} == {
        name: setting.secret for name, setting in CAPABILITIES[folder].settings.items()
    }


def test_a_setting_is_declared_once() -> None:
    """A setting that two capabilities read is declared in `shared`."""
    times = Counter(name for declared in CAPABILITIES.values() for name in declared.settings)

    assert [name for name, count in times.items() if count > 1] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_function_is_given_secrets_that_its_capability_declares(folder: str) -> None:
    """Every secret of a capability is mounted into one of its functions, and no other secret but shared ones."""
    own = CAPABILITIES[folder].secrets
    mounted = {secret for f in FUNCTIONS.values() if f.capability == folder for secret in f.secrets}

    assert own <= mounted <= own | CAPABILITIES["shared"].secrets


def test_every_setting_is_documented() -> None:
    """The table in docs/settings.md has the declared rows and no others."""
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"^\| `.*$", text, re.MULTILINE)) == sorted(settings_table())


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_capability_listens_to_what_it_declares(folder: str) -> None:
    """Its functions in infra/functions.yaml listen to these events, and to no others."""
    heard = {kind for f in FUNCTIONS.values() if f.capability == folder for kind in f.listens}

    assert sorted(CAPABILITIES[folder].events.listens) == sorted(heard)


def test_every_event_is_declared_by_the_capability_that_emits_it() -> None:
    """Exactly one capability declares it."""
    declared = [kind for one in CAPABILITIES.values() for kind in one.events.emits]

    assert sorted(declared) == sorted(emitted())


@pytest.fixture
def tables(database: Clone) -> dict[str, list[str]]:
    """Every table of ours, with the names of its columns."""
    return dict(
        database.rows("""
            SELECT relnamespace::regnamespace || '.' || relname,
                   ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)
            FROM pg_class AS c
            WHERE relkind IN ('r', 'p') AND relnamespace IN ('public'::regnamespace, 'mend'::regnamespace)
        """)
    )


def test_every_table_is_on_the_data_map_once(tables: dict[str, list[str]]) -> None:
    """The map names every table once, and no others."""
    entries = [entry.name for one in CAPABILITIES.values() for entry in one.data if entry.store == "table"]

    assert sorted(entries) == sorted(tables)


def test_the_data_map_says_who_owns_a_row(tables: dict[str, list[str]]) -> None:
    """The named column exists; every table with a `user_id` has an owner."""
    assert {name for name, entry in DATA.items() if entry.owner and entry.owner not in tables[name]} == set()
    assert {name for name, columns in tables.items() if "user_id" in columns and not DATA[name].owner} == set()


def test_every_table_with_rows_of_a_person_is_exported(tables: dict[str, list[str]]) -> None:
    """A new one has to say what an archive, and an import of it, make of its rows. Its columns exist."""
    assert sorted(table.name for table in load_tables()) == sorted(name for name, entry in DATA.items() if entry.owner)
    named = {
        (table.name, column) for table in load_tables() for column in (table.order, *table.volatile, *table.left_out)
    }
    assert {(table, column) for table, column in named if column not in tables[table]} == set()


def test_an_imported_table_holds_ids_by_person(database: Clone) -> None:
    """Ids stay as they are in an import, so no two people may be kept from having the same one."""
    keys = database.rows(
        """
        SELECT conrelid::regclass, attname
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'p' AND conrelid = ANY (%s::regclass[])
    """,
        [table.name for table in imported_tables()],
    )

    assert {column for _, column in keys} == {"user_id"}


def test_what_is_kept_for_a_while_has_a_rule() -> None:
    """The rule stands in the same capability. Rows kept until the account is deleted have an owner."""
    by_rule = {
        (folder, entry.name)
        for folder, one in CAPABILITIES.items()
        for entry in one.data
        if (entry.store, entry.kept) == ("table", "rule")
    }

    assert by_rule == {(folder, rule.table) for folder, rule in RULES}
    assert {entry.kept for entry in DATA.values()} <= {"rule", "account", "always"}
    assert [name for name, entry in DATA.items() if entry.kept == "account" and not entry.owner] == []


def test_the_data_map_says_what_personal_data_is_for() -> None:
    """What belongs to a person is part of an activity, each of which has texts and legal grounds."""
    assert [entry.name for entry in data_map().entries if entry.owner and not entry.activity] == []
    assert {entry.activity for entry in data_map().entries} == {None, *grounds()}
    for language in ("en", "de"):
        assert PRIVACY_TEXTS.texts(language).activities.keys() == grounds().keys()
        assert PRIVACY_TEXTS.texts(language).recipients.keys() == PRIVACY_TEXTS.texts("en").recipients.keys()


def test_every_recipient_of_personal_data_is_told() -> None:
    """A vendor that gets personal data is a recipient."""
    vendors = {entry.name for entry in data_map().entries if entry.store == "vendor" and entry.activity}

    assert vendors <= PRIVACY_TEXTS.texts("en").recipients.keys()


def test_every_bucket_is_on_the_data_map() -> None:
    """The map names each category of files once, and the bucket of the erase list."""
    buckets = [name for entry in data_map().entries if entry.store == "bucket" for name in entry.name.split(", ")]

    assert sorted(buckets) == sorted([*CATEGORIES, "ERASURE_BUCKET"])


def test_every_host_that_gets_requests_belongs_to_a_vendor_on_the_data_map() -> None:
    """A module that sends requests names its hosts in constants."""
    called = set()
    for path in [*(ROOT / "functions").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if re.search(
            r"from (shared\.outbound|functions\.content\.provider_client|functions\.notify\.channels\.)", text
        ):
            called |= set(re.findall(r'(?m)^[A-Z_]+ = "https://([^/"]+)', text))

    assert called - LINKED == {host for entry in data_map().entries for host in entry.hosts}


def test_every_collection_is_on_the_data_map() -> None:
    """Only the live documents are in Firestore."""
    sources = [path for folder in ("shared", "functions") for path in (ROOT / folder).rglob("*.py")]
    calls = [call for path in sources for call in re.findall(r"\.collection\((.*)\)", path.read_text(encoding="utf-8"))]

    assert calls == ['"people", str(person), "live"']
    assert [entry.name for entry in data_map().entries if entry.store == "collection"] == ["people/{person}/live"]


@pytest.mark.parametrize("store", ["topic", "log", "cache"])
def test_topics_logs_and_caches_are_on_the_data_map(store: str) -> None:
    """One entry stands for all of a kind: every type of event is a topic."""
    assert len([entry for entry in data_map().entries if entry.store == store]) == 1


def test_the_pages_about_privacy_are_those_of_the_data_map() -> None:
    """After a change, run `mend data-map`."""
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in pages()} == pages()


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_text_of_consent_changes_with_its_version(language: str) -> None:
    """People agreed to these very words. Change the date in versions.json, and then the digest here."""
    shown = CONSENT_TEXTS.texts(language)
    texts = {purpose: (str(version), shown.of(purpose).model_dump()) for purpose, version in versions().items()}

    assert sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16] == AGREED[language]
    assert texts.keys() == versions().keys()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_text_for_guardians_changes_with_its_version(language: str) -> None:
    """They answered to these very words. Change `VERSION` beside the texts, and then the digest here."""
    shown = [str(VERSION), GUARDIAN_TEXTS.texts(language).model_dump()]

    assert sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16] == ALLOWED[language]


def test_a_capability_with_retention_rules_sweeps() -> None:
    """`relay` sweeps the shared tables."""
    keepers = {"relay" if folder == "shared" else folder for folder, _ in RULES}

    assert sorted(keepers) == sorted(FUNCTIONS[name].capability for name in registry().listeners(RETENTION))


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=lambda rule: rule.table)
def test_a_sweep_is_bounded_by_an_index(rule: Rule, database: Clone) -> None:
    """A sweep finds old rows by an index, without a scan of the table, and the service role may delete them."""
    with psycopg.connect(database.dsn()) as conn:
        conn.execute("SET LOCAL role TO mend_service")
        conn.execute("SET LOCAL enable_seqscan TO off")
        plan: Any = conn.execute(b"EXPLAIN " + rule.statement(NOON).as_bytes(conn)).fetchall()

    assert [line for (line,) in plan if "Seq Scan" in line] == []
    assert [line for (line,) in plan if "Index Cond" in line and rule.column in line]


def test_a_kind_of_notification_is_known_to_the_database_and_to_the_app(database: Clone) -> None:
    """A person can choose all kinds but `account`."""
    constraint = database.value(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'notifications_kind_check'"
    )
    names = sorted(kind.name for kind in KINDS)

    assert names == sorted(re.findall(r"'(\w+)'", constraint))
    assert names == sorted({*KindSwitches.model_fields, "account"})
    assert len({kind.rank for kind in KINDS}) == len(KINDS)
