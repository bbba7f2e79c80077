"""Stands in for terraform, gcloud, curl and git. Its world is a JSON file; it can kill the deployment at a call.

Answers have the shape that the real programs print: `gcloud run services list` and `update-traffic`,
`gcloud secrets versions describe`, `gcloud storage buckets describe`.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_WORLD"])  # noqa: TID251 - the environment is all that a program on the PATH gets


def argument(name: str) -> str:
    return next(a.partition("=")[2] for a in sys.argv if a.startswith(f"{name}="))


def terraform(world: dict[str, Any]) -> None:
    if "plan" in sys.argv:
        variables = json.loads(
            Path([a for a in sys.argv if a.startswith("-var-file=")][-1].partition("=")[2]).read_text()
        )
        Path(argument("-out")).write_text(json.dumps(variables))
        sys.stdout.write("Plan: 1 to change.")
    if "apply" in sys.argv:
        variables = json.loads(Path(sys.argv[-1]).read_text())
        digest = variables["packages"]["checkin"]["digest"]
        world["applied"] = variables["packages"]
        for service in world["services"].values():
            service["latest"] = f"{service['name']}-{digest}"
            stable = variables["stable_revisions"].get(service["name"].replace("-", "_"))
            service["traffic"] = {stable: 100} if stable else {service["latest"]: 100}


def shown(service: dict[str, Any]) -> dict[str, Any]:
    parts = [{"revisionName": name, "percent": percent} for name, percent in service["traffic"].items()]
    status = {"latestReadyRevisionName": service["latest"], "traffic": parts}
    return {"metadata": {"name": service["name"]}, "status": status}


def gcloud(world: dict[str, Any]) -> None:
    match sys.argv[1:4]:
        case ["secrets", "versions", "describe"]:
            if argument("--secret") in world["missing_secrets"]:
                sys.exit("NOT_FOUND")
            sys.stdout.write(json.dumps({"state": "ENABLED"}))
        case ["storage", "buckets", "describe"]:
            sys.stdout.write(json.dumps({"location": world["location"]}))
        case ["run", "services", "list"]:
            sys.stdout.write(json.dumps([shown(service) for service in world["services"].values()]))
        case ["run", "services", "update-traffic"]:
            shares = dict(part.split("=") for part in argument("--to-revisions").split(","))
            world["services"][sys.argv[4]]["traffic"] = {name: int(share) for name, share in shares.items()}
        case other:
            sys.exit(f"unknown: {other}")


def curl(world: dict[str, Any]) -> None:
    if any(part in sys.argv[-1] for part in world["unhealthy"]):
        sys.exit(22)


def git(_: dict[str, Any]) -> None:
    sys.stdout.write("c0ffee0000000000000000000000000000000000")


def main() -> None:
    world = json.loads(STATE.read_text())
    world["calls"] += 1
    dies = world["calls"] == world["kill_at"]
    name = Path(sys.argv[0]).name
    if dies and not world["kill_after"]:
        STATE.write_text(json.dumps(world))
        os.kill(os.getppid(), signal.SIGKILL)
        return
    world["log"].append(" ".join([name, *sys.argv[1:5]]))
    {"terraform": terraform, "gcloud": gcloud, "curl": curl, "git": git}[name](world)
    STATE.write_text(json.dumps(world))
    if dies:
        os.kill(os.getppid(), signal.SIGKILL)


main()
