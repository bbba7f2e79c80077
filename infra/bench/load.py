"""Load by wrk on loopback, for a fixed number of clients and a fixed time."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Each request is sent with the token of the next person.
SCRIPT = """
local tokens = {tokens}
local turn = 0
function request()
    turn = turn + 1
    return wrk.format("POST", nil, {{
        ["Content-Type"] = "application/json",
        ["Authorization"] = "Bearer " .. tokens[turn % #tokens + 1]
    }}, {body})
end
function done(summary, latency)
    local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
    io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors))
end
"""


@dataclass(frozen=True)
class LoadFigures:
    requests: int
    requests_a_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def post(url: str, body: object, tokens: Sequence[str], *, clients: int, seconds: int) -> LoadFigures:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("make bench needs wrk: tests/tools/debian.sh wrk")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        token_list = "{" + ",".join(f'"{token}"' for token in tokens) + "}"
        script.write_text(SCRIPT.format(tokens=token_list, body=f"[==[{json.dumps(body)}]==]"))
        command: list[str | Path] = [wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "-s", script, url]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if not result:
        raise RuntimeError(output)
    requests, microseconds, p50, p99, errors = map(int, result.groups())
    return LoadFigures(requests, requests / microseconds * 1e6, p50 / 1000, p99 / 1000, errors)
