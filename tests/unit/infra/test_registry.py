"""functions.yaml is read in one place, which refuses what could not be deployed."""

import pytest
from pydantic import ValidationError

from infra.registry import Filter, Registry, registry
from shared.clock import utc_now
from shared.events import Event

HTTP = {"source": "functions/checkin", "trigger": "http", "memory": "512Mi", "concurrency": 16}
EVENTS = {**HTTP, "trigger": "events", "listens": ["mood.recorded", "schedule.nightly"], "concurrency": 4}
FUNCTIONS = {"checkin": HTTP, "checkin_events": EVENTS}
DEFAULTS = {"cpu": 1, "max_instances": 3, "pool_size": 4, "timeout": 60}


def listed(functions: object = FUNCTIONS, nightly: str = "20 3 * * *") -> Registry:
    return Registry.model_validate({"defaults": DEFAULTS, "functions": functions, "schedules": {"nightly": nightly}})


def test_our_own_list_can_be_read() -> None:
    """Each function in it has a folder with a main.py, from which it is served."""
    assert all((function.folder / "main.py").is_file() for function in registry().functions.values())


def test_what_a_function_does_not_say_is_as_the_defaults_say() -> None:
    """A function's own figure comes before the default."""
    functions = listed({"checkin": {**HTTP, "max_instances": 9}, "checkin_events": EVENTS}).functions

    assert (functions["checkin"].max_instances, functions["checkin_events"].max_instances) == (9, 3)


def test_listeners_are_found_by_event_type() -> None:
    assert listed().listeners("mood.recorded") == ["checkin_events"]
    assert listed().listeners("mood.deleted") == []


def test_a_function_that_requires_a_setting_is_deployed_with_it_alone() -> None:
    """An empty setting counts as not set."""
    reviewed = listed({**FUNCTIONS, "review": {**EVENTS, "requires": "MODEL", "environment": ["MODEL"]}})

    assert [*reviewed.deployed({}).functions] == [*reviewed.deployed({"MODEL": ""}).functions] == [*FUNCTIONS]
    assert reviewed.deployed({}).listeners("mood.recorded") == ["checkin_events"]
    assert [*reviewed.deployed({"MODEL": "a model"}).functions] == [*FUNCTIONS, "review"]


def test_a_subscription_names_the_topic_that_the_event_is_published_to() -> None:
    """The bus uses topics and the registry event types: both derive the topic from the type in the same way."""
    event = Event(type="mood.recorded", occurred_at=utc_now())

    assert (event.topic, "checkin_events", {}) in listed().subscriptions()


def test_a_filter_narrows_a_subscription() -> None:
    """Only the listed values of an attribute reach the function; another type of event is not affected."""
    narrow = {**EVENTS, "filters": {"mood.recorded": {"kind": {"one_of": ["sad"]}}}}

    filtered = listed({**FUNCTIONS, "narrow": narrow})

    assert ("mood-recorded", "narrow", {"kind": Filter(one_of=("sad",))}) in filtered.subscriptions()
    assert filtered.listeners("mood.recorded", {"kind": "sad"}) == ["checkin_events", "narrow"]
    assert filtered.listeners("mood.recorded", {"kind": "calm"}) == ["checkin_events"]
    assert filtered.listeners("mood.recorded") == ["checkin_events"]
    assert filtered.listeners("schedule.nightly") == ["checkin_events", "narrow"]


def test_a_filter_may_leave_out_values() -> None:
    """All others reach the function, and so does an event that does not have the attribute."""
    narrow = {**EVENTS, "filters": {"mood.recorded": {"plan": {"none_of": ["none"]}}}}

    filtered = listed({**FUNCTIONS, "narrow": narrow})

    assert filtered.listeners("mood.recorded", {"plan": "none"}) == ["checkin_events"]
    assert filtered.listeners("mood.recorded", {"plan": "active"}) == ["checkin_events", "narrow"]
    assert filtered.listeners("mood.recorded") == ["checkin_events", "narrow"]


def test_only_http_functions_have_an_address() -> None:
    assert listed().http == ["checkin"]


@pytest.mark.parametrize("wrong", ["61 3 * * *", "20 3 * *", "0 20 3 * * *", "@daily", "at night", ""])
def test_a_schedule_that_cloud_scheduler_would_refuse_is_refused(wrong: str) -> None:
    """Five fields, each in its range."""
    with pytest.raises(ValidationError):
        listed(nightly=wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {**HTTP, "listens": ["mood.recorded"]},
        {**EVENTS, "listens": []},
        {**EVENTS, "filters": {"mood.deleted": {"kind": {"one_of": ["sad"]}}}},
        {**EVENTS, "filters": {"mood.recorded": {"kind": {}}}},
        {**EVENTS, "filters": {"mood.recorded": {"kind": {"one_of": ["sad"], "none_of": ["calm"]}}}},
        {**HTTP, "trigger": "pubsub"},
        {**HTTP, "memory": "lots"},
        {**HTTP, "concurrency": 0},
        {**HTTP, "source": "../elsewhere"},
        {**HTTP, "deadline": 60},
        {**HTTP, "timeout": 601},
        {**HTTP, "cpu": 0.5},
        {**HTTP, "max_instances": 0},
        {**EVENTS, "concurrency": 5},
        {**EVENTS, "listens": ["Mood Recorded", "schedule.nightly"]},
    ],
)
def test_a_function_that_could_not_be_deployed_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        listed({**FUNCTIONS, "wrong": wrong})


@pytest.mark.parametrize(
    "functions",
    [
        {"checkin": HTTP},
        {**FUNCTIONS, "more_events": {**EVENTS, "listens": ["schedule.weekly"]}},
    ],
)
def test_every_schedule_has_a_listener_and_every_listener_its_schedule(functions: object) -> None:
    """A tick without a listener, or a listener without its schedule, is a mistake."""
    with pytest.raises(ValidationError, match="not listened to"):
        listed(functions)
