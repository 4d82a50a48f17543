"""`contracts/asyncapi.yaml` against the AsyncAPI initiative's own JSON Schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.fixture(scope="session")
def official(node_modules: Path) -> Any:
    """A validator of AsyncAPI 3.0 documents."""
    schema = node_modules / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
    return jsonschema_rs.validator_for(json.loads(schema.read_text("utf-8")))


@pytest.fixture
def document() -> Any:
    """The city's AsyncAPI document."""
    return yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))


def test_the_document_is_valid_asyncapi(official: Any, document: Any) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in official.iter_errors(document)] == []


def test_the_official_schema_sees_a_mistake(official: Any, document: Any) -> None:
    next(iter(document["operations"].values()))["action"] = "shout"
    assert not official.is_valid(document)


def test_every_schema_it_points_to_is_one_that_asyncapi_takes(official: Any, document: Any) -> None:
    """Messages refer to files; drawn into the document, they must still be AsyncAPI schema objects."""
    for message in document["components"]["messages"].values():
        message["payload"] = json.loads((CONTRACTS / message["payload"]["$ref"]).read_text("utf-8"))
    assert [f"{error.instance_path}: {error.message}" for error in official.iter_errors(document)] == []
