"""Runs tests of an earlier release against the schema of this one.

python -m tests.deploy.previous_release REVISION [PYTEST ARGUMENT...]

Migrations run before the new code: until traffic has moved, and after a rollback, the earlier code serves people on the
new schema. The packages are those of this environment.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MIGRATIONS = Path("infra/supabase/migrations")
TESTS = [f"tests/integration/{name}" for name in ("checkin", "recommend", "plan", "notify", "insights", "account")]


def main(revision: str, *arguments: str) -> int:
    with tempfile.TemporaryDirectory(prefix="mend-release-") as folder:
        earlier = Path(folder, "code")
        git("worktree", "add", "--detach", str(earlier), revision)
        try:
            for file in (ROOT / MIGRATIONS).glob("*.sql"):
                shutil.copy(file, earlier / MIGRATIONS)
            command = [sys.executable, "-m", "pytest", "-n", "auto", "-m", "not slow", *(arguments or TESTS)]
            environment = {**os.environ, "PYTHONPATH": str(earlier)}  # noqa: TID251 - handed on
            return subprocess.call(command, cwd=earlier, env=environment)
        finally:
            git("worktree", "remove", "--force", str(earlier))


def git(*arguments: str) -> None:
    subprocess.run(["git", "-C", ROOT, *arguments], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
