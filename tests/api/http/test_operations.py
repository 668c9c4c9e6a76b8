"""Liveness, readiness, version and figures."""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.http.health import CANARY_S, FULL_S, Health
from ledger.errors import ClockLeapError, QueueFullError, StoreError
from ledger.verify import verify_file
from tests.api.http.client import INCIDENT, Client
from tests.api.http.test_problems import SECRET, check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 30


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger") as made:
        yield made


def _figures(client: Client) -> dict[str, float]:
    """Each figure by its name and labels."""
    found = client.get("/metrics")
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(found.text)
        for sample in family.samples
    }


def _later(client: Client, seconds: float) -> None:
    client.clock.advance(dt.timedelta(seconds=seconds))


def test_a_server_that_works_is_live_and_ready(client: Client) -> None:
    assert {"live": True} == client.get("/livez").json()
    assert {"ready": True, "checks": {"writing": "ok", "queue": "ok", "views": "ok"}} == client.get("/readyz").json()  # fmt: skip
    assert b"" == client.request("HEAD", "/readyz").content


def test_readiness_writes_at_most_once_in_five_seconds(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[None] = []
    monkeypatch.setattr(client.served.store, "beat", lambda: beats.append(None))
    for _ in range(5):
        assert 200 == client.get("/readyz").status_code
    _later(client, CANARY_S - 0.001)
    client.get("/readyz")
    assert 1 == len(beats)
    _later(client, 0.001)
    client.get("/readyz")
    assert 2 == len(beats)


def test_the_canary_is_no_event_and_the_ledger_verifies(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        client.post("/v1/incidents", INCIDENT)
        for _ in range(3):
            assert 200 == client.get("/readyz").status_code
            _later(client, CANARY_S)
        assert 2 == client.head
        with client.served.store.recorder.datastore.writing() as connection:  # type: ignore[attr-defined]  # it is a ledger file
            assert [(1, 3)] == connection.execute("SELECT * FROM canary").fetchall()

    assert "OK" == verify_file(tmp_path / "ledger").verdict


def test_a_disk_that_refuses_makes_it_not_ready_until_it_takes_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise StoreError(SECRET)

    with monkeypatch.context() as patched:
        patched.setattr(client.served.store, "beat", refused)
        found = client.get("/readyz")
        told = check_shape(found, 503, "not-ready")
        assert "refuses to write" in str(told["detail"])
        assert str(CANARY_S) == found.headers["retry-after"]
        assert 200 == client.get("/livez").status_code
    _later(client, CANARY_S)
    assert 200 == client.get("/readyz").status_code


def test_a_disk_that_hangs_makes_it_not_ready_and_is_not_asked_twice_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    beats: list[None] = []

    def hanging() -> None:
        beats.append(None)
        assert gate.wait(WAIT_S)

    monkeypatch.setattr(client.served.store, "beat", hanging)
    client.app.state.health = health = Health(client.served, lambda: False, beat_s=0.01)
    try:
        for _ in range(3):
            assert "does not answer in time" in client.get("/readyz").json()["detail"]
            _later(client, CANARY_S)
    finally:
        gate.set()
        health._thread.shutdown(wait=True)
    assert 1 == len(beats)


def test_a_queue_that_is_full_for_long_makes_it_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise QueueFullError("too many wait", retry_after_s=1)

    with monkeypatch.context() as patched:
        patched.setattr(client.served._queue, "reserve", full)
        patched.setattr(type(client.served), "waiting", client.settings.queue_capacity)
        check_shape(client.post("/v1/incidents", INCIDENT), 503, "queue-full")
        assert 200 == client.get("/readyz").status_code, "full for a moment is what a queue is for"
        _later(client, FULL_S)
        assert "more is asked for" in client.get("/readyz").json()["detail"]
    assert 200 == client.get("/readyz").status_code
    assert 201 == client.post("/v1/incidents", INCIDENT).status_code
    assert client.served.full_since is None


def test_views_that_stand_still_are_told_and_leave_it_ready(client: Client) -> None:
    client.app.state.health = health = Health(client.served, lambda: True)
    found = client.get("/readyz")
    health.close()

    assert (200, "stalled") == (found.status_code, found.json()["checks"]["views"])


def test_the_version_names_the_program_and_its_formats(client: Client) -> None:
    told = client.get("/version").json()

    assert "incident-ledger" == told["program"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["version"])
    assert "incident-ledger/1" == told["ledger_format"]


def test_the_figures_count_what_was_asked_and_what_became_of_it(client: Client) -> None:
    client.post("/v1/incidents", INCIDENT)
    client.post("/v1/incidents", INCIDENT)
    client.get(f"/v1/incidents/{SECRET}")
    client.request("BREW", f"/{SECRET}")
    found = _figures(client)

    assert 1 == found["ledger_http_requests_total['/v1/incidents', '201', 'POST']"]
    assert 1 == found["ledger_http_requests_total['/v1/incidents', '409', 'POST']"]
    assert 2 == found["ledger_http_request_seconds_count['/v1/incidents', 'POST']"]
    assert 1 == found["ledger_http_requests_total['(none)', '404', 'other']"]
    assert 2 == found["ledger_http_problems_total['not-found']"]
    assert 1 == found["ledger_refusals_total['conflict']"]
    assert 1 == found["ledger_commands_recorded_total[]"]
    assert (2, 2) == (found["ledger_turn_commands_count[]"], found["ledger_turn_seconds_count[]"])
    assert (2, 0, 0) == tuple(
        found[f"ledger_{name}[]"] for name in ("head_position", "queue_waiting", "redactions_owed")
    )
    assert 0 < found["process_resident_memory_bytes[]"]
    assert SECRET not in client.get("/metrics").text


def test_the_figures_tell_of_a_clock_that_went_back_and_of_one_that_leapt(client: Client) -> None:
    client.post("/v1/incidents", INCIDENT)
    client.clock.step(dt.timedelta(hours=-1))
    client.post("/v1/incidents", {**INCIDENT, "id": "b"})
    client.clock.step(dt.timedelta(hours=2))
    found = client.post("/v1/incidents", {**INCIDENT, "id": "c"})

    figures = _figures(client)
    check_shape(found, 503, ClockLeapError.code)
    assert 1 == figures["ledger_clock_stepped_back_total[]"]
    assert 1 == figures["ledger_refusals_total['clock-leap']"]


def test_the_figures_are_given_in_the_newer_form_where_it_is_asked_for(client: Client) -> None:
    found = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert found.headers["content-type"].startswith("application/openmetrics-text")
    assert found.text.endswith("# EOF\n")
