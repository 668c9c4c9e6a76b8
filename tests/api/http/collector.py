"""A collector of OpenTelemetry spans on loopback: it takes OTLP over HTTP, and keeps what it is sent."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from types import TracebackType

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

__all__ = ["Collector", "attributes_of"]


def attributes_of(span: Span) -> dict[str, str | int]:
    """The attributes of a span, text and whole numbers."""
    return {
        one.key: one.value.int_value if one.value.HasField("int_value") else one.value.string_value
        for one in span.attributes
    }


class Collector:
    """`with Collector() as collector` listens; `bodies` are what was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            """Takes one request."""

            def do_POST(self) -> None:
                """Keep the body."""
                assert "/v1/traces" == self.path
                collector.headers.append(dict(self.headers.items()))
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sent(self) -> list[ExportTraceServiceRequest]:
        """What was sent, as it is meant."""
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    def spans(self) -> list[Span]:
        """Every span that was sent, in the order in which they began."""
        found = [
            span
            for one in self.sent()
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def resources(self) -> list[dict[str, str]]:
        """How who sent them is called."""
        return [
            {one.key: one.value.string_value for one in resource.resource.attributes}
            for sent in self.sent()
            for resource in sent.resource_spans
        ]
