"""`mend deploy` against stand-ins of terraform, gcloud and curl: its order, its refusals, and what a kill does."""

import json
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from infra.checksums import listed
from infra.deploy.migration_faults import faults_of
from infra.deploy.release import Release
from infra.deploy.target import Target, service_name
from infra.deploy.traffic import UnhealthyRelease
from infra.errors import UserError
from infra.migrate import MIGRATIONS
from infra.packaging import package
from infra.registry import ROOT, registry
from tests.conftest import Clone, clock_setting

# A few functions: a deployment starts a program for each of them at each step.
FEW = {name: registry().functions[name] for name in ("checkin", "checkin_events", "relay")}
KILLS = [(call, after) for call in (1, 2, 8, 9, 10, 11, 12, 13, 17, 27) for after in (False, True)]


class World:
    """What exists in the cloud, and a machine from which it is deployed to."""

    def __init__(self, folder: Path, database: Clone) -> None:
        self._folder = folder
        self._dsn = database.dsn("postgres")
        self._state = folder / "world.json"
        self.environ = {"PATH": f"{folder}:/usr/bin:/bin", "FAKE_WORLD": str(self._state)}
        for name in ("terraform", "gcloud", "curl", "git"):
            program = folder / name
            program.write_text(f"#!{sys.executable} -IS\n" + (ROOT / "tests/deploy/fake_programs.py").read_text())
            program.chmod(0o755)
        services = {
            name: {"name": name, "latest": f"{name}-old", "traffic": {f"{name}-old": 100}}
            for name in map(service_name, FEW)
        }
        self.set(
            calls=0, kill_at=0, kill_after=False, log=[], unhealthy=[], missing_secrets=[], location="EUROPE-WEST3",
            services=services,
        )  # fmt: skip

    def set(self, **changes: Any) -> None:  # noqa: ANN401 - JSON
        self._state.write_text(json.dumps((self.read() if self._state.exists() else {}) | changes))

    def read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._state.read_text())
        return state

    def release(self) -> Release:
        few = registry().model_copy(update={"functions": FEW})
        return Release(few, Target.read("staging"), self._dsn, self._folder / "home")

    def deploy(self) -> None:
        self.release().deploy(lambda _: True)

    def deploy_in_a_fork(self) -> int:
        """The exit status."""
        process = get_context("fork").Process(target=self.deploy)
        process.start()
        process.join()
        assert process.exitcode is not None
        return process.exitcode

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`mend deploy` itself, with all functions."""
        environ = {
            "DATABASE_URL": self._dsn,
            "MEND_HOME": str(self._folder / "home"),
            **self.environ,
            **clock_setting(),
        }
        command = [str(Path(sys.executable).parent / "mend"), "deploy", "staging", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=ROOT)

    @property
    def traffic(self) -> dict[str, dict[str, int]]:
        return {name: service["traffic"] for name, service in self.read()["services"].items()}

    @property
    def digest(self) -> str:
        """Of the release that Terraform applied last."""
        digest: str = self.read()["applied"]["checkin"]["digest"]
        return digest


@pytest.fixture
def world(tmp_path: Path, database: Clone, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path, database)
    for name, value in world.environ.items():
        monkeypatch.setenv(name, value)
    return world


def revisions(suffix: str) -> dict[str, dict[str, int]]:
    """All traffic of each function, at its revision of this name."""
    return {name: {f"{name}-{suffix}": 100} for name in map(service_name, FEW)}


def moved(world: World) -> list[str]:
    """The services whose traffic was moved, in order."""
    return [line.split()[-1] for line in world.read()["log"] if "update-traffic" in line]


def test_a_release_takes_over_step_by_step(world: World) -> None:
    """It is planned, applied without traffic, tested, and only then gets some, more and all of it."""
    done = world.command("--yes")

    assert done.returncode == 0, done.stderr
    log = world.read()["log"]
    first = {
        part: next(i for i, line in enumerate(log) if part in line)
        for part in (" plan", " apply", "curl", "update-traffic")
    }
    assert sorted(first, key=first.__getitem__) == [" plan", " apply", "curl", "update-traffic"]
    assert world.traffic == revisions(world.digest)


def test_the_relay_takes_over_last_and_gives_back_first(world: World) -> None:
    """Meanwhile it publishes nothing that an older consumer cannot read."""
    world.deploy()
    forth = moved(world)
    world.release().roll_back()
    back = moved(world)[len(forth) :]

    assert forth == ["checkin", "checkin-events"] * 3 + ["relay"]
    assert back == ["relay", "checkin", "checkin-events"]


@pytest.mark.parametrize(("call", "after"), KILLS)
def test_a_deployment_that_is_killed_goes_on_to_the_same_end(
    world: World,
    tmp_path: Path,
    call: int,
    after: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Before or after any call: the same command, given again, finishes what was begun."""
    for name in FEW:
        package(registry(), name, tmp_path)  # what it finds is cached for the forks
    world.set(kill_at=call, kill_after=after)

    statuses = [world.deploy_in_a_fork(), world.deploy_in_a_fork()]

    assert statuses == [-9, 0]
    assert world.traffic == revisions(world.digest)


def test_an_unhealthy_candidate_gets_no_traffic(world: World) -> None:
    world.set(unhealthy=["candidate/checkin/"])

    with pytest.raises(UnhealthyRelease, match="candidate/checkin/health does not answer 200"):
        world.deploy()

    assert world.traffic == revisions("old")


def test_a_release_that_fails_with_traffic_is_rolled_back(world: World) -> None:
    """The old revisions get everything back at once."""
    world.set(unhealthy=["example.org/checkin/"])

    with pytest.raises(UnhealthyRelease, match="checkin/health does not answer 200"):
        world.deploy()

    assert world.traffic == revisions("old")


def test_a_release_can_be_rolled_back_by_hand(world: World) -> None:
    world.deploy()

    world.release().roll_back()

    assert world.traffic == revisions("old")


def test_a_plan_that_nobody_approves_changes_nothing(world: World) -> None:
    """Without a terminal and without --yes there is nobody to ask."""
    done = world.command()

    assert "not approved" in done.stderr
    assert "applied" not in world.read()
    assert world.traffic == revisions("old")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"missing_secrets": ["RELAY_SECRET"]}, "version 1 of the secret RELAY_SECRET is missing"),
        ({"location": "US-CENTRAL1"}, "the region is europe-west3, and this project was set up in us-central1"),
    ],
)
def test_a_deployment_that_cannot_succeed_is_refused_before_anything_changes(
    world: World, change: dict[str, Any], message: str
) -> None:
    world.set(**change)

    with pytest.raises(UserError, match=message):
        world.deploy()

    assert not any(line.startswith("terraform") for line in world.read()["log"])


LOCKED, REWRITTEN = "reads the whole table under a lock: public.plan_days", "rewrites the table: public.plan_days"
INDEXED = "builds an index under a lock: public.mood_entries"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("CREATE INDEX moods_at ON public.mood_entries (felt_at);", INDEXED),
        ("CREATE INDEX ON public.mood_entries (felt_at);", INDEXED),
        ("create unique index if not exists moods_at\n  on public.mood_entries (felt_at);", INDEXED),
        ("ALTER TABLE public.plan_days ALTER COLUMN day TYPE text;", REWRITTEN),
        ("ALTER TABLE public.plan_days ADD COLUMN k uuid NOT NULL DEFAULT gen_random_uuid();", REWRITTEN),
        ("ALTER TABLE public.plan_days ADD k int, ADD n int GENERATED ALWAYS AS (day + 1) STORED;", REWRITTEN),
        ("ALTER TABLE public.plan_days ADD COLUMN k bigserial;", REWRITTEN),
        ("ALTER TABLE public.plan_days SET LOGGED;", REWRITTEN),
        ("ALTER TABLE public.plan_days ALTER day SET NOT NULL;", LOCKED),
        ("ALTER TABLE public.plan_days ADD CONSTRAINT a CHECK (day > 0);", LOCKED),
        ("ALTER TABLE public.plan_days ADD CHECK (day > 0);", LOCKED),
        ("ALTER TABLE public.plan_days ADD PRIMARY KEY (user_id, day);", LOCKED),
        ("ALTER TABLE public.plan_days ADD COLUMN n int CHECK (n > 0);", LOCKED),
        ("ALTER TABLE public.plan_days ADD COLUMN n uuid REFERENCES public.content;", LOCKED),
        (
            "ALTER TABLE public.plan_days ADD CONSTRAINT a CHECK (b > 0), ADD CONSTRAINT c CHECK (d > 0) NOT VALID;",
            LOCKED,
        ),
        ("alter table only public.plan_days alter day set not null;", LOCKED),
        (
            "ALTER TABLE public.plan_days ADD CONSTRAINT a CHECK (b > 0) NOT VALID, VALIDATE CONSTRAINT a;",
            "reads the whole table under the lock of the constraint that it adds: public.plan_days",
        ),
        (
            "ALTER TABLE public.plan_days ADD COLUMN n int NOT NULL;",
            "adds a column that the running release leaves out: public.plan_days",
        ),
        (
            "ALTER TABLE public.plan_days DROP COLUMN day;",
            "drops a column that the running release may use: public.plan_days",
        ),
        (
            "ALTER TABLE public.plan_days ALTER day DROP DEFAULT;",
            "drops a default that the running release may rely on: public.plan_days",
        ),
        (
            "ALTER TABLE public.plan_days RENAME TO days;",
            "renames what the running release may use: public.plan_days",
        ),
        ("ALTER FUNCTION mend.words(text) RENAME TO terms;", "renames what the running release may use: mend.words"),
        ("DROP TABLE public.plan_days;", "drops a table that the running release may use: public.plan_days"),
        ("DROP VIEW public.days CASCADE;", "drops a view that the running release may use: public.days"),
        (
            "DROP FUNCTION mend.has_consent(uuid, text);",
            "drops a function that the running release may use: mend.has_consent(uuid, text)",
        ),
        (
            "DROP FUNCTION mend.words(text); CREATE FUNCTION mend.words(a text, b text) RETURNS text RETURN a;",
            "drops a function that the running release may use: mend.words(text)",
        ),
        (
            "DROP POLICY own ON public.plan_days;",
            "drops a policy that the running release may need: own on public.plan_days",
        ),
        (
            "DROP TRIGGER wake_relay ON mend.outbox;",
            "drops a trigger that the running release may need: wake_relay on mend.outbox",
        ),
        (
            "REVOKE SELECT ON public.plan_days FROM mend_service;",
            "takes a right that the running release may need: public.plan_days",
        ),
        (
            "UPDATE public.mood_entries SET intensity = 5;",
            "changes rows that the running release then waits for: public.mood_entries",
        ),
        (
            "WITH gone AS (DELETE FROM public.mood_entries RETURNING id) SELECT count(*) FROM gone;",
            "changes rows that the running release then waits for: public.mood_entries",
        ),
        ("TRUNCATE mend.outbox;", "deletes rows that the running release may use: mend.outbox"),
        ("LOCK TABLE mend.outbox;", "locks the table: mend.outbox"),
        ("DO $$ BEGIN DROP TABLE mend.outbox; END $$;", "runs a block that this check does not read: do"),
    ],
)
def test_a_migration_that_stops_the_running_release_is_refused(statement: str, fault: str) -> None:
    """Expand first, contract later."""
    assert [*faults_of({"1.sql": statement})] == [f"1.sql {fault}"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE a (b int); CREATE INDEX c ON a (b); ALTER TABLE a ADD CHECK (b > 0); REVOKE ALL ON a FROM anon;",
        "ALTER TABLE public.plan_days ADD COLUMN note text;",
        "ALTER TABLE public.plan_days ADD COLUMN n numeric(4, 2) NOT NULL DEFAULT 0, ADD at timestamptz DEFAULT now();",
        "ALTER TABLE a ADD CONSTRAINT b CHECK (c > 0) NOT VALID;",
        "ALTER TABLE a DROP CONSTRAINT b, ADD CONSTRAINT b CHECK (c IN ('x', 'y')) NOT VALID;",
        "ALTER TABLE a VALIDATE CONSTRAINT b;",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon;",
        "DROP FUNCTION a(text, int); CREATE FUNCTION a(\n b text, c integer = 3, OUT d int\n) AS $$ DROP TABLE b $$;",
        "DROP POLICY own ON a; CREATE POLICY own ON a FOR UPDATE TO mend_user USING (true);",
        "CREATE FUNCTION a() RETURNS void LANGUAGE sql\nBEGIN ATOMIC\n    UPDATE b SET c = 1;\nEND;",
        "CREATE TRIGGER a AFTER UPDATE ON b EXECUTE FUNCTION c(); GRANT UPDATE (d) ON b TO mend_user;",
        "COMMENT ON TABLE a IS 'as before; DROP TABLE a'; -- DROP TABLE a;",
        "INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 2;",
        "-- deploy: 40 rows\nCREATE INDEX c ON public.content (b);",
    ],
)
def test_a_migration_that_the_running_release_does_not_notice_is_deployed(statement: str) -> None:
    """Neither does it notice one that somebody has judged, which says so with the reason."""
    assert [*faults_of({"1.sql": statement})] == []


def test_a_table_that_the_deployment_creates_is_empty() -> None:
    """Whatever a later migration of the same deployment does to it."""
    create, index = "CREATE TABLE public.walks (id uuid);", "CREATE INDEX walks_by_id ON public.walks (id);"

    assert [*faults_of({"1.sql": create, "2.sql": index})] == []
    assert [*faults_of({"2.sql": index})] == ["2.sql builds an index under a lock: public.walks"]


def test_the_next_release_can_be_deployed_over_the_one_before() -> None:
    """Each migration since then is harmless while that one serves people, or says why it may run."""
    files = sorted(path for path in MIGRATIONS.glob("*.sql") if path.name not in listed())
    pending = {path.name: path.read_text("utf-8") for path in files}

    assert [*faults_of(pending)] == []
