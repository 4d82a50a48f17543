"""A collector that takes in what services send by OTLP/HTTP, and keeps it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """One span as it came."""

    service: str
    name: str
    trace: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, str]


@dataclass
class Collector:
    """What came in: spans, and of each service the names of its metrics as Prometheus writes them."""

    port: int = 0
    spans: list[Span] = field(default_factory=list)
    metrics: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def of(self, trace: str) -> list[Span]:
        """The spans of a trace."""
        return [span for span in self.spans[:] if span.trace == trace]

    def take(self, path: str, body: bytes) -> None:
        """Keep what was sent."""
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = _service(resource)
                for scope in resource.scope_spans:
                    self.spans += [_span(service, each) for each in scope.spans]
        else:
            for told in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                service = _service(told)
                for found in told.scope_metrics:
                    self.metrics[service] |= {_name(metric) for metric in found.metrics}


def _service(resource: Any) -> str:
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    return str(named["service.name"])


def _span(service: str, span: Any) -> Span:
    attributes = {each.key: str(each.value) for each in span.attributes}
    links = tuple(link.trace_id.hex() for link in span.links)
    return Span(service, span.name, span.trace_id.hex(), span.parent_span_id.hex(), links, attributes)


def _name(metric: Any) -> str:
    """As Prometheus' rules for OpenTelemetry make it: unit, then `_total` for what only grows."""
    name = str(metric.name) + ("_seconds" if metric.unit == "s" else "")
    return name + ("_total" if metric.HasField("sum") and metric.sum.is_monotonic else "")


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield collector
        server.shutdown()
        thread.join()
