"""Deploys a release step by step. Each step may be repeated, so a deployment that was interrupted goes on."""

import json
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

from infra import migrate
from infra.deploy import preflight, traffic
from infra.deploy.programs import output, terraform
from infra.deploy.progress import ReleaseProgress
from infra.deploy.target import Target, service_name
from infra.errors import UserError
from infra.packaging import package
from infra.registry import Registry

PROGRESS = "progress.json"


class Release:
    """One commit, on its way to one environment.

    `dsn` leads to the database as its owner, by the session pooler; `home` keeps the progress and the zips.
    """

    def __init__(self, registry: Registry, target: Target, dsn: str, home: Path) -> None:
        self._registry = registry
        self._target = target
        self._dsn = dsn
        self._home = home / "deploy" / target.environment
        self._home.mkdir(parents=True, exist_ok=True)
        self._progress = ReleaseProgress.read(self._home / PROGRESS, output("git", "rev-parse", "HEAD").strip())
        self._from_app = [name for name in registry.http if not registry.functions[name].internal]

    def deploy(self, confirm: Callable[[str], bool]) -> None:
        """Raises `UserError` where a person must act; what was done until then stays and is not done again."""
        steps: dict[str, Callable[[], None]] = {
            "checked": self._check,
            "noted": self._note_stable_revisions,
            "applied": lambda: self._apply(confirm),
            "tested": self._test_candidates,
            **{f"{percent} %": partial(self._move, percent) for percent in traffic.STEPS},
            "100 % of the relay": self._move_publishers,
        }
        for name, step in steps.items():
            if name not in self._progress.done:
                print(f"{self._target.environment}: {name} …", flush=True)
                step()
                self._progress.done.append(name)
                self._progress.write(self._home / PROGRESS)
        print(f"{self._target.environment}: {self._progress.release[:12]} serves all traffic.")

    def roll_back(self) -> None:
        """Give all traffic to the revisions that served before this release, those that publish events first.

        Migrations stay: they only expand.
        """
        if not self._progress.stable:
            raise UserError(
                "No earlier revisions are noted for this commit.", "Check out the commit that was deployed."
            )
        traffic.back(self._target, {**self._stable(publishers=True), **self._progress.stable})
        self._progress.done = [step for step in self._progress.done if "%" not in step]
        self._progress.write(self._home / PROGRESS)

    def _check(self) -> None:
        preflight.check(self._registry, self._target, migrate.pending(self._dsn))

    def _note_stable_revisions(self) -> None:
        serving = traffic.revisions(self._target)
        names = {name: service_name(name) for name in self._registry.functions}
        revisions = {name: serving[service].serving for name, service in names.items() if service in serving}
        self._progress.stable = {name: revision for name, revision in revisions.items() if revision}

    def _apply(self, confirm: Callable[[str], bool]) -> None:
        """Show the plan, ask, migrate and apply. The schema comes first: the old release works with the new one."""
        variables, plan = self._home / "release.tfvars.json", self._home / "release.tfplan"
        variables.write_text(json.dumps(self._variables()), encoding="utf-8")
        terraform("init", "-input=false", "-reconfigure", f"-backend-config=bucket={self._target.state_bucket}")
        files = (self._target.variables, f"-var-file={variables}")
        if not confirm(terraform("plan", "-input=false", "-no-color", *files, f"-out={plan}")):
            raise UserError("The plan was not approved.", "Nothing was changed.")
        migrate.migrate(self._dsn)
        terraform("apply", "-input=false", "-no-color", str(plan))

    def _variables(self) -> dict[str, object]:
        packages = {}
        for name, function in self._registry.functions.items():
            if function.package not in packages:
                path = package(self._registry, name, self._home)
                digest = sha256(path.read_bytes()).hexdigest()[:12]
                packages[function.package] = {"path": str(path), "digest": digest}
        return {"packages": packages, "stable_revisions": self._progress.stable}

    def _test_candidates(self) -> None:
        traffic.check(self._target, self._from_app, candidate=True)

    def _move(self, percent: int) -> None:
        """Move a share of the traffic, and check. An unhealthy release is rolled back at once."""
        traffic.move(self._target, self._stable(publishers=False), percent)
        try:
            traffic.check(self._target, self._from_app, candidate=False)
        except traffic.UnhealthyRelease:
            self.roll_back()
            raise

    def _move_publishers(self) -> None:
        """No revision that gets events is older now than one that publishes them, and may not be able to read them."""
        traffic.move(self._target, self._stable(publishers=True), 100)

    def _stable(self, *, publishers: bool) -> dict[str, str]:
        """The revisions that served before, of the functions that publish events or of the others."""
        names = set(self._registry.publishers)
        return {name: revision for name, revision in self._progress.stable.items() if (name in names) == publishers}
