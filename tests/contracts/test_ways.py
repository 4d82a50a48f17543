"""What AsyncAPI says of webhooks, feed and readers is what the services do."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from contracts import subjects
from contracts.generate import CONTRACTS
from contracts.generating.forms import forms
from services.notify.domain.reader import subject_end

WAYS = ("reader", "webhook", "feed")


@pytest.fixture(scope="module")
def asyncapi() -> Any:
    """The AsyncAPI document."""
    return yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))


@pytest.mark.parametrize("way", WAYS)
def test_every_public_event_and_no_other_comes_by_each_way(asyncapi: Any, way: str) -> None:
    payload = asyncapi["channels"][way]["messages"]["event"]["payload"]
    told = [each["$ref"] for each in payload["oneOf"]]
    assert told == [f"./schemas/{form.name}.json" for form in forms() if form.plane == "pub"]
    assert asyncapi["operations"][way]["action"] == "send"


@pytest.mark.parametrize("pattern", ["*", "badges.*", "badges.badge.awarded", "badges.badge.awarded.v1"])
@pytest.mark.parametrize("organisation", [None, uuid4()])
def test_a_reader_s_filter_has_the_address_of_its_channel(
    asyncapi: Any, pattern: str, organisation: UUID | None
) -> None:
    channel = asyncapi["channels"]["reader"]
    types = subject_end(pattern)
    values = {"city": "helsinki", "organisations": organisation or "*", "types": types}
    filtered = subjects.reader_filter("helsinki", organisation, types)
    assert channel["address"].format(**values) == filtered
    assert set(channel["parameters"]) == set(re.findall(r"{(\w+)}", channel["address"]))


def test_a_webhook_has_the_headers_of_standard_webhooks(asyncapi: Any) -> None:
    headers = asyncapi["channels"]["webhook"]["messages"]["event"]["headers"]
    assert headers["required"] == ["webhook-id", "webhook-timestamp", "webhook-signature"]


def test_servers_are_those_that_integrators_meet(asyncapi: Any) -> None:
    told = {name: server["protocol"] for name, server in asyncapi["servers"].items()}
    assert told == {"city": "nats", "websocket": "wss", "feed": "https", "endpoint": "https"}
    assert asyncapi["servers"]["websocket"]["pathname"] == "/nats"
