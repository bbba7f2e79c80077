"""Moves traffic from the stable revisions to the new ones, and back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from infra.deploy.programs import answers, gcloud
from infra.deploy.target import Target, service_name
from infra.errors import UserError

STEPS = (10, 50, 100)
CHECKS = 3  # requests to each function after a step


class UnhealthyRelease(UserError):
    """The new revisions do not answer. All traffic is with the old ones."""


class Revisions(NamedTuple):
    """Of one service: the newest one that is ready, and the one with the most traffic, if any."""

    latest: str
    serving: str | None


def revisions(target: Target) -> dict[str, Revisions]:
    """By the name of the service."""
    services = gcloud(target.project, "run", "services", "list", f"--region={target.region}")
    return {service["metadata"]["name"]: _revisions(service.get("status", {})) for service in services}


def _revisions(status: Mapping[str, Any]) -> Revisions:
    parts = [part for part in status.get("traffic", []) if part.get("percent")]
    serving = max(parts, key=lambda part: part["percent"])["revisionName"] if parts else None
    return Revisions(status.get("latestReadyRevisionName", ""), serving)


def move(target: Target, stable: Mapping[str, str], percent: int) -> None:
    """Give the newest revision of each function this share of its traffic, and the stable one the rest."""
    newest = revisions(target)
    for function, old in stable.items():
        new = newest[service_name(function)].latest
        _split(target, function, {old: 100 - percent, new: percent} if new != old else {new: 100})


def _split(target: Target, function: str, shares: Mapping[str, int]) -> None:
    split = ",".join(f"{revision}={percent}" for revision, percent in shares.items() if percent)
    where = (service_name(function), f"--region={target.region}")
    gcloud(target.project, "run", "services", "update-traffic", *where, f"--to-revisions={split}")


def back(target: Target, stable: Mapping[str, str]) -> None:
    """Give all traffic to the stable revisions again."""
    for function, revision in stable.items():
        _split(target, function, {revision: 100})


def check(target: Target, http: list[str], *, candidate: bool) -> None:
    """Raises `UnhealthyRelease` unless every function that the app calls answers its health check."""
    for function in http:
        url = target.url(function, candidate=candidate)
        if not all(answers(url) for _ in range(1 if candidate else CHECKS)):
            raise UnhealthyRelease(f"{url} does not answer 200.", "Traffic is with the old revisions. Read the logs.")
