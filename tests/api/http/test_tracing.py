"""Spans of requests: where the environment asks for them, with what a log line has, and never with anybody's words."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.http.tracing import RequestSpan, request_spans, tracing
from api.keys_at import keys_of
from tests.api.http.client import INCIDENT, Client
from tests.api.http.collector import Collector, attributes_of
from tests.api.http.server_process import ServerProcess
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

SECRET = "Witness Name 7f3a"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Traced(Client):
    """A client of an application whose spans are kept in memory."""

    def __init__(self, path: Path) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        super().__init__(path, span=request_spans(provider.get_tracer("test")))

    def spans(self) -> list[ReadableSpan]:
        """Every span, in the order in which they ended."""
        return list(self.exporter.get_finished_spans())


def test_a_span_has_the_route_the_status_and_the_id_of_the_request(tmp_path: Path) -> None:
    with Traced(tmp_path / "ledger") as client:
        client.post("/v1/incidents", INCIDENT, headers={"X-Request-Id": "trace-1"})
        client.get("/v1/incidents/stop?known_at=2", headers={"traceparent": PARENT})
        client.get("/nowhere/at/all")

    posted, read, lost = client.spans()
    assert "POST /v1/incidents" == posted.name
    assert {
        "http.request.method": "POST",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "ledger.request_id": "trace-1",
        "http.route": "/v1/incidents",
        "http.response.status_code": 201,
    } == dict(posted.attributes or {})
    assert ("GET /v1/incidents/{incident}", "SERVER") == (read.name, read.kind.name)
    assert read.parent is not None
    assert read.context is not None
    assert PARENT.split("-")[1:3] == [f"{read.context.trace_id:032x}", f"{read.parent.span_id:016x}"]
    assert posted.parent is None
    assert ("GET", None, 404) == (
        lost.name,
        (lost.attributes or {}).get("http.route"),
        (lost.attributes or {})["http.response.status_code"],
    )
    noon_ns = int(FrozenClock().now().timestamp()) * 1_000_000_000
    assert noon_ns == posted.start_time
    assert (posted.end_time or 0) >= noon_ns


def test_no_span_holds_what_somebody_sent(tmp_path: Path) -> None:
    with Traced(tmp_path / "ledger") as client:
        headers = {
            "X-Request-Id": SECRET,
            "User-Agent": SECRET,
            "baggage": f"a={SECRET}",
            "tracestate": SECRET,
        }
        client.post("/v1/incidents", {**INCIDENT, "title": SECRET}, headers=headers)
        client.get(f"/v1/incidents/{SECRET}?q={SECRET}", headers=headers)
        client.get(f"/v1/facts?q={SECRET}")
        client.request(SECRET.replace(" ", ""), f"/{SECRET}")
        _, text = keys_of(client.served.path).add(
            SECRET, "reader", actor=None, clock=FrozenClock(), random=CountingBytes("traced")
        )
        client.get("/v1/incidents/stop", headers={"Authorization": f"Bearer {text}"})

    assert 5 == len(client.spans())
    told = "".join(span.to_json() for span in client.spans())
    for word in ("Witness", "7f3a", "Name 7", "%20", text):
        assert word not in told


def test_a_fault_of_ours_is_told_by_its_code_and_a_refusal_is_none(tmp_path: Path) -> None:
    with Traced(tmp_path / "ledger") as client:
        client.get("/v1/incidents/none")

        def broken(*_: object) -> None:
            raise RuntimeError(SECRET)

        client.app.state.reading.points.of = broken
        assert 500 == client.get("/v1/incidents/none").status_code

    refused, broke = client.spans()
    assert ("UNSET", "ERROR") == (refused.status.status_code.name, broke.status.status_code.name)
    assert "internal" == (broke.attributes or {})["error.type"]
    assert SECRET not in broke.to_json()


def _asked(environment: Mapping[str, str]) -> tuple[RequestSpan | None, list[str]]:
    warned: list[str] = []
    with tracing(environment, warned.append) as span:
        return span, warned


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {ENDPOINT: ""},
        {ENDPOINT: "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "TRUE"},
        {ENDPOINT: "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_no_spans_are_made_unless_the_environment_asks_for_them(environment: dict[str, str]) -> None:
    assert (None, []) == _asked(environment)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER must be otlp or none"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf"),
    ],
)
def test_what_cannot_be_had_is_said_and_keeps_nobody_from_serving(more: dict[str, str], said: str) -> None:
    span, warned = _asked({ENDPOINT: "http://127.0.0.1:9", **more})
    assert span is None
    assert [f"the environment asks for OpenTelemetry spans, and none are made: {said}"] == warned


def test_without_the_extra_no_spans_are_made_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    span, warned = _asked({ENDPOINT: "http://127.0.0.1:9"})
    assert span is None
    assert "install incident-ledger[otel]" in warned[0]


def test_a_server_sends_its_spans_to_the_collector_that_the_environment_names(tmp_path: Path) -> None:
    with Collector() as collector:
        asked = {ENDPOINT: collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-team=desk"}
        with ServerProcess(tmp_path / "ledger", **asked) as server:
            with server.client() as client:
                assert 201 == client.post("/v1/incidents", json={**INCIDENT, "title": SECRET}).status_code
                told = client.get("/v1/incidents/stop", params={"known_at": "2"})
                assert 200 == told.status_code
            assert 0 == server.stop()

    assert ["POST /v1/incidents", "GET /v1/incidents/{incident}"] == [span.name for span in collector.spans()]
    read = attributes_of(collector.spans()[1])
    assert (200, told.headers["X-Request-Id"]) == (
        read["http.response.status_code"],
        read["ledger.request_id"],
    )
    for resource in collector.resources():
        assert "incident-ledger" == resource["service.name"]
    assert all("desk" == headers["x-team"] for headers in collector.headers)
    assert all(b"Witness" not in body and b"known_at" not in body for body in collector.bodies)


def test_a_collector_that_is_not_there_harms_nobody(tmp_path: Path) -> None:
    with Collector() as gone:
        url = gone.url
    asked = {ENDPOINT: url, "OTEL_SERVICE_NAME": "desk"}
    with ServerProcess(tmp_path / "ledger", **asked) as server:
        with server.client() as client:
            assert 201 == client.post("/v1/incidents", json={**INCIDENT, "title": SECRET}).status_code
        assert 0 == server.stop()
    assert SECRET not in "".join(server.lines)
    assert os.environ.get("OTEL_SERVICE_NAME") is None


def test_a_server_that_cannot_send_spans_says_so_and_serves(tmp_path: Path) -> None:
    asked = {ENDPOINT: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    with ServerProcess(tmp_path / "ledger", **asked) as server:
        with server.client() as client:
            assert 200 == client.get("/livez").status_code
        assert 0 == server.stop()
    (line,) = (line for line in server.log if line["event"] == "tracing")
    assert ("warning", True) == (line["level"], "http/protobuf" in line["message"])
