"""Moves traffic from the stable revisions to the new ones, and back."""

from collections.abc import Mapping

from infra.deploy.programs import answers, gcloud
from infra.deploy.target import Target, service_name
from infra.errors import UserError

STEPS = (10, 50, 100)
CHECKS = 5  # requests to each function after a step


class UnhealthyRelease(UserError):
    """The new revisions do not answer. All traffic is with the old ones."""


def revisions(target: Target) -> dict[str, str]:
    """By service, the revision with the most traffic. A service that never served is left out."""
    services = gcloud(target.project, "run", "services", "list", f"--region={target.region}")
    parts = {s["metadata"]["name"]: s.get("status", {}).get("traffic", []) for s in services}
    largest = {name: max(split, key=lambda part: part.get("percent", 0)) for name, split in parts.items() if split}
    return {name: part["revisionName"] for name, part in largest.items() if part.get("percent", 0)}


def latest(target: Target, function: str) -> str:
    service = gcloud(
        target.project, "run", "services", "describe", service_name(function), f"--region={target.region}"
    )
    return str(service["status"]["latestReadyRevisionName"])


def move(target: Target, function: str, stable: str, percent: int) -> None:
    """Give the latest revision this share of the function's traffic, and the stable one the rest."""
    new = latest(target, function)
    shares = {stable: 100 - percent} | {new: percent}
    if new == stable:  # nothing changed for this function
        shares = {new: 100}
    _split(target, function, shares)


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
