"""Traces: who is in which."""

from threading import Event

import pytest
from opentelemetry.sdk.trace import TracerProvider

from services.chassis import telemetry
from services.chassis.telemetry import current_traceparent, span

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_without_a_collector_a_block_belongs_to_the_trace_that_it_continues() -> None:
    with span("handle", traceparent=GIVEN):
        assert current_traceparent() == GIVEN
        with span("step"):
            assert current_traceparent() == GIVEN
    assert current_traceparent() is None


def test_with_a_collector_it_is_a_span_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    collected = Event()
    collected.set()
    monkeypatch.setattr(telemetry, "_collected", collected)
    monkeypatch.setattr(telemetry, "_tracer", TracerProvider().get_tracer("test"))
    with span("handle", traceparent=GIVEN):
        own = current_traceparent()
        assert own is not None
        assert own != GIVEN
        assert own.split("-")[1] == GIVEN.split("-")[1]


def test_an_unreadable_trace_is_left_out() -> None:
    with span("handle", traceparent="00-not-a-trace"):
        assert current_traceparent() != "00-not-a-trace"
