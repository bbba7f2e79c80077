"""Every route that takes words, five grades, fifteen languages: each answer has the support of its grade."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from shared.clock import utc_now
from shared.http.operations import PersonOperation
from shared.safety import gate, texts
from shared.safety.gate import Grade
from shared.safety.support import TEXTS
from tests.conftest import Client, ClientFactory, Clone
from tests.integration.shared.test_support import LISTS, PATHS, ROUTES

GRADES: tuple[Grade, ...] = ("immediate", "explicit", "danger_from_others", "indirect", "worth_asking")
DATA = Path(__file__).parents[2] / "data/safety_languages.jsonl"
LABELLED = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
CHECK_IN = {"mood": "hopeless", "intensity": 9}

Request = tuple[str, str, dict[str, Any]]
MakeRequest = Callable[[str], Request]


def strongest(language: str, grade: Grade) -> str:
    """The first sentence of that grade in the list, which begins with the plainest."""
    return next(str(row["text"]) for row in LABELLED if (row["lang"], row["grade"]) == (language, grade))


def diary(sentence: str) -> Request:
    now = utc_now()
    line = f'{now:%Y-%m-%d},{now:%A},00:01,awful,work,,"{sentence}"'
    content = f"full_date,weekday,time,mood,activities,note_title,note\n{line}\n".encode()
    return "POST", "/import", {"content": content, "headers": {"Content-Type": "text/csv"}}


def safety_plan(sentence: str) -> Request:
    plan: dict[str, list[str]] = {name: [] for name in LISTS} | {"signs": [sentence]}
    return "PUT", "/safety-plan", {"json": plan}


# Requests that are accepted, by the route that takes words.
ACCEPTED: dict[str, tuple[str, MakeRequest]] = {
    "note": ("checkin", lambda text: ("POST", "/", {"json": CHECK_IN | {"note": text}})),
    "factor": ("checkin", lambda text: ("POST", "/", {"json": CHECK_IN | {"factors": ["work", text]}})),
    "batch": ("checkin", lambda text: ("POST", "/batch", {"json": {"entries": [CHECK_IN, CHECK_IN | {"note": text}]}})),
    "import": ("checkin", diary),
    "search": ("recommend", lambda text: ("GET", "/content?q=" + quote(text), {})),
    "name": ("account", lambda text: ("PATCH", "/profile", {"json": {"display_name": text}})),
    "harm report": ("account", lambda text: ("POST", "/harm-reports", {"json": {"words": text, "consent": True}})),
}


def refused(operation: PersonOperation[Any, Any]) -> MakeRequest:
    """A body that no route accepts."""
    path = operation.path
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, PATHS[part.strip("{}").partition(":")[0]])
    return lambda text: (operation.method, path, {"json": {"words": [{"deeper": text}]}})


def expected(language: str, grade: Grade) -> set[str]:
    """The questions that the support of this grade asks in this language."""
    keys = {TEXTS.get(code, grade) for code, of_code in gate.rulebook().grades.items() if of_code == grade}
    return {text["question"] for key in keys for text in texts.all_of(language)["texts"][key]}


async def answer_all(make_client: Callable[[str], Client], make: MakeRequest) -> dict[tuple[str, Grade], object]:
    """What is not as it should be, by language and grade."""
    wrong: dict[tuple[str, Grade], object] = {}
    for language in sorted(texts.languages()):
        client = make_client(language)
        for grade in GRADES:
            method, path, request = make(strongest(language, grade))
            answer = (await client.request(method, path, **request)).json()
            support = answer.get("support") or {}
            if support.get("grade") != grade or support.get("question") not in expected(language, grade):
                wrong[language, grade] = support
    return wrong


@pytest.fixture
def speaker_for(client_for: ClientFactory, database: Clone) -> Callable[[str, str], Client]:
    """Makes the app of a new person with that language in their profile."""

    def make(function: str, language: str) -> Client:
        client = client_for(function)
        with database.admin() as admin:
            admin.execute("INSERT INTO user_profiles (user_id, locale) VALUES (%s, %s)", (client.person, language))
        return client

    return make


SpeakerFactory = Callable[[str, str], Client]


@pytest.mark.parametrize("kind", ACCEPTED)
async def test_an_accepted_request_has_the_answer_of_the_grade(speaker_for: SpeakerFactory, kind: str) -> None:
    """In the language of the profile, for the plainest sentence of each grade in each language."""
    function, make = ACCEPTED[kind]

    wrong = await answer_all(lambda language: speaker_for(function, language), make)

    assert wrong == {}


@pytest.mark.parametrize(("function", "operation"), [route for route in ROUTES if "safety-plan" not in str(route.id)])
async def test_a_refused_request_has_the_answer_of_the_grade(
    speaker_for: SpeakerFactory, function: str, operation: PersonOperation[Any, Any]
) -> None:
    """Whatever the route, and although nothing else in the request is valid."""
    wrong = await answer_all(lambda language: speaker_for(function, language), refused(operation))

    assert wrong == {}


@pytest.mark.parametrize("grade", GRADES)
async def test_the_safety_plan_answers_immediate_danger_alone(speaker_for: SpeakerFactory, grade: Grade) -> None:
    """Its words are those of a bad hour, written down in a calm one."""
    answered = {}
    for language in sorted(texts.languages()):
        method, path, request = safety_plan(strongest(language, grade))
        answer = (await speaker_for("account", language).request(method, path, **request)).json()
        answered[language] = answer["support"] and answer["support"]["grade"]

    assert set(answered.values()) == ({"immediate"} if grade == "immediate" else {None})
