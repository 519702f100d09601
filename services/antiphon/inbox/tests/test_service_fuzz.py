"""The whole OpenAPI, asked by a machine that knows only the description: whatever it makes up, nothing ends in a server
error, every status is one that the description names, and every answer has the described form.

Media answers too, without telephony: there "this installation runs without voice" is a right answer. A route added
later is asked without a line.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from antiphon.directory.domain.permissions import EVERY
from antiphon.inbox import openapi
from antiphon.inbox.tests.conftest import World
from antiphon.kit.testing import token_for
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.service
SECONDS, EXAMPLES = 20.0, 3
"""For all operations together: on a busy machine the later ones are asked once each."""
CHECKS = [checks.not_a_server_error, checks.status_code_conformance, checks.response_schema_conformance]


def ask_everything(base: str, token: str) -> Counter[int]:
    """Asks every operation a few times. Raises what schemathesis finds."""
    schema, found = schemathesis.openapi.from_dict(openapi.document()), Counter[int]()
    wrong: list[str] = []
    until = time.monotonic() + SECONDS
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        examples = EXAMPLES if time.monotonic() < until else 1

        @seed(1)
        @settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            answer = case.call(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60)
            found[answer.status_code] += 1
            if answer.status_code == 503 and answer.json()["reason"] == "NO_VOICE":
                return
            case.validate_response(answer, checks=CHECKS)

        try:
            ask()
        except FailureGroup as failure:
            wrong.append(f"{operation.label}: {failure}")
    assert not wrong, "\n".join(wrong)
    return found


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")  # the services' own chance
@pytest.mark.clause("L10")
async def test_nothing_that_a_machine_makes_up_ends_in_a_server_error(real_world: World) -> None:
    company = await real_world.company()
    owner = Caller(company.tenant, f"person:{company.owner}", EVERY)
    token = token_for(real_world.platforms["directory"], owner)
    async with real_world.inbox(sign_in_burst=10_000) as (port, _):
        found = await asyncio.to_thread(ask_everything, f"http://127.0.0.1:{port}", token)
    assert sum(found.values()) > 200
    assert found[200] > 20, found
    assert found[422] > 20, found
