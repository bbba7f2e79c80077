"""Prints the path of the newest Python of this system that Mend runs on: on the PATH, or below pyenv's folder."""

import os
import re
import shutil
from pathlib import Path

SUPPORTED = range(11, 15)  # of 3.x; as in pyproject.toml


def main() -> None:
    names = {minor: shutil.which(f"python3.{minor}") for minor in SUPPORTED}
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"  # noqa: TID251 - no function
    for python in versions.glob("3.*/bin/python"):
        release = re.match(r"3\.(\d+)\.\d+$", python.parts[-3])
        if release and int(release[1]) in SUPPORTED:
            names[int(release[1])] = str(python)
    print(max((minor, path) for minor, path in names.items() if path)[1])  # noqa: T201


if __name__ == "__main__":
    main()
