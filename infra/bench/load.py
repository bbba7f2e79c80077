"""Load by wrk: a bounded number of clients for a bounded time, on loopback only."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Each connection of wrk goes on behalf of the next person.
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
class Measured:
    requests_a_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def post(url: str, body: object, tokens: Sequence[str], *, clients: int, seconds: int) -> Measured:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("make bench needs wrk: tests/tools/debian.sh wrk")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        listed = "{" + ",".join(f'"{token}"' for token in tokens) + "}"
        script.write_text(SCRIPT.format(tokens=listed, body=f"[==[{json.dumps(body)}]==]"))
        command: list[str | Path] = [wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "-s", script, url]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if not found:
        raise RuntimeError(output)
    requests, microseconds, p50, p99, errors = map(int, found.groups())
    return Measured(requests / microseconds * 1e6, p50 / 1000, p99 / 1000, errors)
