"""Generated requests from each function's OpenAPI document: no crash, and no undocumented response."""

import os
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import schemathesis
from hypothesis import Phase, given
from hypothesis import settings as examples
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, CheckContext
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi import checks

from infra.registry import registry
from shared.http.responses import JSON
from shared.settings import Settings
from tests.conftest import Clone, Issuer, sign_up
from tests.hostile.conftest import RELAY_SECRET
from tests.hostile.server import serving

AnyCase = Case[Any]
ANY_TEXT = ({"type": "string"}, {"type": "string", "pattern": "^[^/]+$"})  # as a header, and as a part of a path
ADMIN = {"app_metadata": {"role": "admin"}}
CASES = int(os.environ.get("MEND_SCHEMA_CASES", "25"))  # noqa: TID251 - how long to search is no setting of the product
WALKS = max(CASES // 5, 5)
WALKS_AT_ONCE = 5
STEPS = 8


@schemathesis.serializer("application/zip")
def bytes_of_archive(_: schemathesis.SerializationContext, value: object) -> bytes:
    """What is generated for a file, as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


def refuses_what_is_invalid(context: CheckContext, response: Response, case: AnyCase) -> bool | None:
    """Whether a generated fault must be refused: only in JSON, and not in a batch, which has a result per entry."""
    judged_one_by_one = response.content.startswith(b'{"results":')
    return (
        None
        if case.media_type != JSON or judged_one_by_one
        else checks.negative_data_rejection(context, response, case)
    )


CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    refuses_what_is_invalid,
    checks.use_after_free,
    checks.ensure_resource_availability,
]
SEARCH = examples(
    max_examples=CASES,
    database=None,
    phases=[Phase.generate],
)


@pytest.mark.parametrize("function", registry().http)
def test_a_function_keeps_to_its_description(
    function: str, settings: Settings, database: Clone, issuer: Issuer
) -> None:
    """Valid and invalid requests, and sequences of them, get no 5xx and only documented responses."""
    token = RELAY_SECRET if registry().functions[function].internal else issuer.token(sign_up(database), **ADMIN)
    signed = {"Authorization": f"Bearer {token}"}
    with serving(function, settings) as served:
        document = httpx.get(f"{served.url}/openapi.json").json()
        del document["components"]["securitySchemes"]  # everybody is signed in here
        linked = _link(document)
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=served.url)
        operations = []
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operations.append(result.ok())
        for operation in sorted(operations, key=lambda operation: operation.label == "DELETE /"):  # it ends the account
            _search(operation, signed)
        if linked:
            _walk(schema, signed)


def _link(document: dict[str, Any]) -> bool:
    """Links responses with a new id to the paths that need it."""
    paths = document["paths"]
    linked = False
    parents = {path: path.removesuffix("/{id}") or "/" for path in paths if path.endswith("/{id}")}
    makers = {path: paths.get(parent, {}).get("post") for path, parent in parents.items()}
    for path, maker in makers.items():
        if maker is None:
            continue  # only the job makes these
        created = maker["responses"]["201"]
        answer = document["components"]["schemas"][
            created["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
        ]
        name = next(name for name in answer["properties"] if name == "id" or name.endswith("_id"))
        for operation in paths[path].values():
            link = {"operationId": operation["operationId"], "parameters": {"id": f"$response.body#/{name}"}}
            created.setdefault("links", {})[operation["operationId"]] = link
            linked = True
    return linked


def _search(operation: APIOperation[Any, Any, Any, Any], signed: dict[str, str]) -> None:
    can_be_invalid = bool(operation.body) or any(
        p.definition["schema"] not in ANY_TEXT for p in operation.iter_parameters()
    )
    for mode in schemathesis.GenerationMode if can_be_invalid else [schemathesis.GenerationMode.POSITIVE]:

        @SEARCH
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps_to_its_description(case: AnyCase) -> None:
            _judge(case, case.call(headers=signed))

        keeps_to_its_description()


def _walk(schema: BaseSchema, signed: dict[str, str]) -> None:
    class Walk(schema.as_state_machine()):  # type: ignore[misc] # created at run time
        def get_call_kwargs(self, case: AnyCase) -> dict[str, Any]:
            assert case
            return {"headers": signed}

        def validate_response(self, response: Response, case: AnyCase, **_: object) -> None:
            _judge(case, response)

    # What a walk can do next hangs on what the server holds by now, so Hypothesis may lose its thread: start anew.
    for _ in range(WALKS // WALKS_AT_ONCE):
        with suppress(FlakyStrategyDefinition):
            Walk.run(settings=examples(SEARCH, max_examples=WALKS_AT_ONCE, stateful_step_count=STEPS))


def _judge(case: AnyCase, response: Response) -> None:
    by_the_framework = "\n" in unquote(case.formatted_path)  # it answers a path with a line break itself, in plain text
    case.validate_response(response, checks=[not_a_server_error] if by_the_framework else CHECKS)
