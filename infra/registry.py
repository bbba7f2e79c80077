"""Reads and validates `functions.yaml`: every function and every schedule."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from infra.file_model import FileModel
from shared.events import EVENT_TYPE, topic_name

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = Path(__file__).with_name("functions.yaml")
TICK = "schedule."
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # only for the check: whether an expression is valid depends on no date


def _five_fields(expression: str) -> str:
    """Refuse what Cloud Scheduler refuses. CronSim also accepts a sixth field, for seconds."""
    try:
        CronSim(expression, SOME_DAY)
    except CronSimError as error:
        raise ValueError(str(error)) from None
    if len(expression.split()) != 5:  # noqa: PLR2004 - minute, hour, day, month, weekday
        raise ValueError("a schedule has five fields")
    return expression


Cron = Annotated[str, AfterValidator(_five_fields)]
EventType = Annotated[str, Field(pattern=EVENT_TYPE)]
Name = Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]


class Filter(FileModel):
    """The values that an attribute of a message must have, or those that it must not: a message without it passes."""

    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> "Filter":
        if bool(self.one_of) == bool(self.none_of):
            raise ValueError("a filter has values that pass, or values that do not")
        return self

    def passes(self, value: str | None) -> bool:
        return value in self.one_of if self.one_of else value not in self.none_of


class Subscription(NamedTuple):
    """The messages of a topic that a function gets: those whose attributes pass each filter."""

    topic: str
    function: str
    filters: Mapping[str, Filter] = MappingProxyType({})


class Function(FileModel):
    """One entry point of a folder. It is deployed on its own."""

    source: str = Field(pattern=r"^functions/[a-z_]+(/[a-z_]+)?$")
    trigger: Literal["http", "events"]
    listens: tuple[EventType, ...] = ()
    filters: Mapping[EventType, Mapping[str, Filter]] = Field(default={})  # by attribute; without one, all pass
    requires: str | None = None  # a setting without which it is not deployed
    internal: bool = False
    billing: Literal["request", "instance"] = "request"  # with "instance", work goes on outside requests
    memory: str = Field(pattern=r"^\d+[MG]i$")
    concurrency: PositiveInt
    cpu: PositiveFloat
    max_instances: PositiveInt
    pool_size: PositiveInt
    timeout: int = Field(ge=1, le=600)  # seconds; a push is acknowledged within 600
    secrets: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return ROOT / self.source

    @property
    def package(self) -> str:
        """The name of its zip, by which Terraform knows it."""
        return self.source.removeprefix("functions/")

    @property
    def capability(self) -> str:
        """The capability whose code it is: its folder, or the one that its folder lies in."""
        return self.package.partition("/")[0]

    @property
    def module(self) -> str:
        """The import name of the module that holds the entry point."""
        return f"{self.source.replace('/', '.')}.main"

    @model_validator(mode="after")
    def _only_event_functions_listen(self) -> "Function":
        if (self.trigger == "events") != bool(self.listens):
            raise ValueError("an event function listens to at least one type of event, an http function to none")
        if self.filters.keys() - {*self.listens}:
            raise ValueError("a filter is for a type of event that the function listens to")
        return self

    @model_validator(mode="after")
    def _what_it_requires_is_its_setting(self) -> "Function":
        if self.requires and self.requires not in self.environment:
            raise ValueError("a function gets the setting that it requires")
        return self

    @model_validator(mode="after")
    def _cloud_run_can_serve_it(self) -> "Function":
        if self.concurrency > 1 and self.cpu < 1:
            raise ValueError("a concurrency above 1 needs a whole vCPU")
        if self.trigger == "events" and self.concurrency > self.pool_size:
            raise ValueError("an event function handles no more events at once than its pool has connections")
        return self


class Registry(FileModel):
    functions: dict[Name, Function]
    schedules: dict[Name, Cron]
    optional_secrets: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Registry":
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    @model_validator(mode="before")
    @classmethod
    def _add_defaults(cls, content: dict[str, Any]) -> dict[str, Any]:
        """What a function does not say is as `defaults` says."""
        defaults = content.get("defaults", {})
        functions = {name: {**defaults, **function} for name, function in content["functions"].items()}
        return {key: part for key, part in content.items() if key != "defaults"} | {"functions": functions}

    @property
    def http(self) -> list[str]:
        return [name for name, function in self.functions.items() if function.trigger == "http"]

    @property
    def publishers(self) -> list[str]:
        """The functions that publish events."""
        return [name for name, function in self.functions.items() if "PUBSUB_PROJECT" in function.environment]

    def listeners(self, event_type: str, attributes: Mapping[str, str] = MappingProxyType({})) -> list[str]:
        """The functions that get events of this type whose message has these attributes."""
        return [
            name
            for name, function in self.functions.items()
            if event_type in function.listens
            if all(each.passes(attributes.get(name)) for name, each in function.filters.get(event_type, {}).items())
        ]

    def deployed(self, environ: Mapping[str, str]) -> "Registry":
        """The functions that an environment with these settings has."""
        functions = {
            name: each for name, each in self.functions.items() if each.requires is None or environ.get(each.requires)
        }
        return self.model_copy(update={"functions": functions})

    def subscriptions(self) -> list[Subscription]:
        return [
            Subscription(topic_name(event_type), name, function.filters.get(event_type, {}))
            for name, function in self.functions.items()
            for event_type in function.listens
        ]

    @model_validator(mode="after")
    def _every_schedule_has_a_listener(self) -> "Registry":
        ticks = {
            name.removeprefix(TICK) for f in self.functions.values() for name in f.listens if name.startswith(TICK)
        }
        if unpaired := ticks ^ self.schedules.keys():
            raise ValueError(f"scheduled but not listened to, or the other way round: {', '.join(sorted(unpaired))}")
        return self


@cache
def registry() -> Registry:
    return Registry.read(FUNCTIONS)
