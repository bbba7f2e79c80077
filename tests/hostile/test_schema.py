"""Every function against its own description, by machine: no crash, and no answer that was not described."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from infra.registry import registry
from shared.settings import Settings
from tests.conftest import Clone, Issuer, sign_up
from tests.hostile.conftest import RELAY_SECRET
from tests.hostile.serving import serving

CASES = int(os.environ.get("MEND_SCHEMA_CASES", "25"))  # noqa: TID251 - how long to search is no setting of the product
WALKS = max(CASES // 5, 5)
STEPS = 8
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.use_after_free,
    checks.ensure_resource_availability,
]
SEARCH = examples(
    max_examples=CASES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("function", registry().http)
def test_a_function_keeps_to_its_description(function: str, settings: Settings, database: Clone, issuer: Issuer) -> None:
    """Valid and invalid requests of every kind, and walks from answer to request, meet no 5xx and no surprise."""
    token = RELAY_SECRET if registry().functions[function].internal else issuer.token(sign_up(database))
    signed = {"Authorization": f"Bearer {token}"}
    with serving(function, settings) as served:
        schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
        for result in schema.get_all_operations():
            _search(result.ok(), signed)

        class Walk(schema.as_state_machine()):  # type: ignore[misc]
            def get_call_kwargs(self, case: Case) -> dict[str, object]:
                return {"headers": {**(case.headers or {}), **signed}}

            def validate_response(self, response: object, case: Case, **_: object) -> None:
                case.validate_response(response, checks=CHECKS)

        Walk.run(settings=examples(SEARCH, max_examples=WALKS, stateful_step_count=STEPS))


def _search(operation: APIOperation, signed: dict[str, str]) -> None:
    for mode in schemathesis.GenerationMode.all():

        @SEARCH
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps_to_its_description(case: Case) -> None:
            case.call_and_validate(headers=signed, checks=CHECKS)

        keeps_to_its_description()
