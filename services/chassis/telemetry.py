"""Traces, metrics and logs. Ids of events and things only: never an address, a name or a token."""

import logging
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from threading import Event

import orjson
from opentelemetry import metrics, trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .settings import Settings

event_in_hand: ContextVar[str | None] = ContextVar("event_in_hand", default=None)
_collected = Event()  # whether spans go anywhere
_w3c = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("cities-of-learning")
meter = metrics.get_meter("cities-of-learning")


def set_up(settings: Settings) -> None:
    """Send JSON logs to standard error, expose metrics, and export traces where a collector is set."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(settings.service))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True  # paths may hold capabilities
    logging.getLogger("uvicorn").handlers = [handler]  # its own prints exceptions with their values
    resource = Resource.create({"service.name": settings.service, "service.namespace": settings.city})
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return  # the providers are the process's, and set once
    _set_up_traces(settings, resource)
    _set_up_metrics(settings, resource)


def _set_up_traces(settings: Settings, resource: Resource) -> None:
    provider = TracerProvider(resource=resource)
    if settings.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
        _collected.set()
    trace.set_tracer_provider(provider)


def _set_up_metrics(settings: Settings, resource: Resource) -> None:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader

    readers: list[MetricReader] = [PrometheusMetricReader()]
    if settings.otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

        exporter = OTLPMetricExporter(endpoint=f"{settings.otlp_endpoint}/v1/metrics")
        readers.append(PeriodicExportingMetricReader(exporter))
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=readers))


class JsonLines(logging.Formatter):
    """One JSON object a line, with the trace and the event in hand."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; an exception is named and located, its values are left out."""
        span = trace.get_current_span().get_span_context()
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "event": event_in_hand.get(),
            "trace": f"{span.trace_id:032x}" if span.is_valid else None,
            "error": where(record.exc_info[1]) if record.exc_info and record.exc_info[1] else None,
        }
        return orjson.dumps({key: value for key, value in line.items() if value is not None}).decode()


def where(error: BaseException, most: int = 6) -> list[str]:
    """Kind and places of an exception without its message, which may quote personal data; innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    return [type(error).__name__, *(f"{f.filename}:{f.lineno} {f.name}" for f in frames)]


def current_traceparent() -> str | None:
    """The W3C trace context of the work in hand, or None."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(
    name: str,
    kind: trace.SpanKind = trace.SpanKind.INTERNAL,
    traceparent: str | None = None,
    attributes: Mapping[str, str | int] | None = None,
    links: Iterable[str] = (),
) -> Iterator[trace.Span]:
    """Do the block in a span that continues `traceparent`, and is linked to the traces of `links`.

    Where nobody collects spans none is made: the block belongs to the trace that it continues.
    """
    context = _context(traceparent) or get_current()
    if not _collected.is_set() and trace.get_current_span(context).get_span_context().is_valid:
        before = attach(context)
        try:
            yield trace.get_current_span()
        finally:
            detach(before)
        return
    linked = [trace.Link(trace.get_current_span(_context(each)).get_span_context()) for each in links]
    with _tracer.start_as_current_span(name, context, kind, attributes, linked) as current:
        yield current


@lru_cache(256)  # a batch of events is of few traces
def _context(traceparent: str | None) -> Context | None:
    return _w3c.extract({"traceparent": traceparent}) if traceparent else None


def counter(name: str, description: str) -> metrics.Counter:
    """A metric that only grows."""
    return meter.create_counter(name, description=description)
