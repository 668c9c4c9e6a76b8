"""Spans of requests for OpenTelemetry, where the environment names a collector and the extra `otel` is installed (docs/operations.md).

A span says what a line of the log says: the template of the route, the status, the id of the request. It never holds a path, a query, a
header or a body: what collects spans is not redacted. The framework's own spans hold the query, so they are switched off (app.py).
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from ledger.ids import is_id

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer
    from starlette.types import Scope

__all__ = ["RequestSpan", "request_spans", "tracing"]

RequestSpan = Callable[["Scope", "str | None", int, dt.datetime, float], None]
"""Takes a request that ended: its scope, the template of its route (None where none answered), its status (0 where the client went away
first), when it began, and how many seconds it took."""

_SCOPE = "incident-ledger"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NS_IN_US = 1_000
LAST_S = 2.0
"""How long a server that ends waits for the collector to take the last spans, in seconds."""

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
_SERVER_FAULT = 500
_PROTOCOL = "http/protobuf"
_EXPORTER = "otlp"
_PARENT = (b"traceparent", b"tracestate")


def request_spans(tracer: Tracer) -> RequestSpan:
    """Makes a span of each request, a child of the one that the caller names in `traceparent` (W3C Trace Context)."""
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415  only where spans are asked for
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415  as above

    propagator = TraceContextTextMapPropagator()

    def told(scope: Scope, route: str | None, status: int, began: dt.datetime, seconds: float) -> None:
        began_ns = (began - _EPOCH) // dt.timedelta(microseconds=1) * _NS_IN_US
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        said = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _PARENT}
        state = scope.get("state", {})
        attributes: dict[str, str | int] = {
            "http.request.method": method,
            "url.scheme": scope.get("scheme", "http"),
            "network.protocol.version": scope.get("http_version", ""),
        }
        request_id = state.get("request_id")
        if isinstance(request_id, str) and is_id(request_id):
            attributes["ledger.request_id"] = request_id
        if route is not None:
            attributes["http.route"] = route
        if status:
            attributes["http.response.status_code"] = status
        failed = status >= _SERVER_FAULT
        if failed:
            attributes["error.type"] = state.get("problem") or str(status)
        span = tracer.start_span(
            f"{'HTTP' if method == '_OTHER' else method}{f' {route}' if route else ''}",
            context=propagator.extract(said),
            kind=SpanKind.SERVER,
            attributes=attributes,
            start_time=began_ns,
        )
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(began_ns + int(seconds * 1_000_000) * _NS_IN_US)

    return told


def _asked_for(environment: Mapping[str, str]) -> bool:
    """Whether spans are to be sent: a collector is named, and nothing says otherwise."""
    named = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get(
        "OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    none = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    return bool(named) and not off and not none


def _unfit(environment: Mapping[str, str]) -> str | None:
    """Why what the environment asks for cannot be done; None where it can."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() or _EXPORTER
    if exporter != _EXPORTER:
        return "OTEL_TRACES_EXPORTER must be otlp or none"
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    if protocol and protocol.strip() != _PROTOCOL:
        return f"OTEL_EXPORTER_OTLP_PROTOCOL must be {_PROTOCOL}"
    return None


def _provider() -> TracerProvider:
    """What makes spans and sends them, as the variables of this process say. Raises ImportError where the extra is not installed."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  an extra
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415  an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  an extra

    own = {"service.name": _SCOPE, "service.version": version(_SCOPE)}
    # What the environment says of the service stands above what we say.
    named = Resource(own).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


@contextmanager
def tracing(environment: Mapping[str, str], warn: Callable[[str], None]) -> Iterator[RequestSpan | None]:
    """What makes spans as the environment of this process asks for them (OTEL_…), or None. Leaving sends those that are left.

    `warn` is told in a sentence why there are none although they were asked for: a server does not stay shut for that.
    """
    if not _asked_for(environment):
        yield None
        return
    why, provider = _unfit(environment), None
    if why is None:
        try:
            provider = _provider()
        except ImportError:
            why = 'the extra "otel" is not installed; install incident-ledger[otel]'
    if provider is None:
        warn(f"the environment asks for OpenTelemetry spans, and none are made: {why}")
        yield None
        return
    try:
        yield request_spans(provider.get_tracer(_SCOPE, version(_SCOPE)))
    finally:
        # The library would wait half a minute for a collector that does not answer.
        last = threading.Thread(target=provider.shutdown, name="ledger-spans", daemon=True)
        last.start()
        last.join(LAST_S)
