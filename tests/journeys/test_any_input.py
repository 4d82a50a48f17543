"""No input whatever makes a service answer 500, or change anything by a request it refuses."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.schemas import OpenApiSchema

from services.chassis.testing import Databases, Keyring

from .running import SERVICES, running

EXAMPLES = 100 if os.environ.get("CHAOS") == "long" else 10
REFUSALS = ("application/problem+json", "text/html")  # a page where a person followed a link
OAUTH = "/oauth/token"  # RFC 6749 says what its refusals are: section 5.2
ORGANISATION = UUID("01900000-0000-7000-8000-000000000001")


@pytest.fixture(scope="module", params=SERVICES)
def api(
    request: pytest.FixtureRequest,
    databases: Databases,
    keyring: Keyring,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OpenApiSchema]:
    """The description of one service that runs."""
    service = request.param
    headers = keyring.headers(operator=True, roles={ORGANISATION: ["owner"]}, expires_in=3600)
    with running(service, databases, keyring, tmp_path_factory.mktemp(service)) as address:
        yield schemathesis.openapi.from_url(f"{address}/{service}/openapi.json", headers=headers)


def test_no_input_breaks_a_service(api: OpenApiSchema) -> None:
    operations: list[Any] = [cast(Ok[Any], found).ok() for found in api.get_all_operations()]
    answered = {_try(each) for each in operations if not each.path.endswith("/health/ready")}  # it is not
    assert answered, "the service describes no operation"


def _try(operation: Any) -> str:
    """Send what the description allows and what it does not; answers the operation's name."""

    @settings(
        max_examples=EXAMPLES,
        deadline=timedelta(seconds=10),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def call(case: Any) -> None:
        response = case.call()
        assert response.status_code < 500, f"{case.as_curl_command()}\n{response.text}"
        if response.status_code >= 400 and operation.path != OAUTH:
            assert response.headers["content-type"][0].split(";")[0] in REFUSALS, response.text

    call()
    return str(operation.label)
