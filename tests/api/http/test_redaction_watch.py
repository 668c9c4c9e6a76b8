"""Behind a server the files are searched after each redaction, and what is left over is a figure and a line of the log, never the words."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from api.http.reading import Reading
from api.http.redaction_watch import RedactionWatch
from tests.api.http.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "Jane Q. Roe"
REDACTION = {
    "incident": "stop",
    "facts": [{"fact": "drag", "paths": ["statement"]}],
    "legal_basis": "Art. 17 GDPR",
    "authority": "the desk",
    "reason": "a court ordered it",
}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Its own thread stands still, so that a test says when the files are searched."""
    monkeypatch.setattr(RedactionWatch, "start", lambda _: None)
    monkeypatch.setattr(RedactionWatch, "stop", lambda _: None)
    with Client(tmp_path / "redactions.ledger") as made:
        made.begin()
        made.report(statement=f"{NAME} was dragged.")
        yield made


def _watch(client: Client) -> RedactionWatch:
    reading = client.app.state.reading
    assert isinstance(reading, Reading)
    return reading.redactions


def _redact(client: Client) -> None:
    answer = client.post("/v1/redactions", REDACTION)
    assert 201 == answer.status_code, answer.text
    client.get(f"/v1/incidents?at_least={answer.json()['position']}")


def _figure(client: Client) -> str:
    lines = client.get("/metrics").text.splitlines()
    return next(line.split()[1] for line in lines if line.startswith("ledger_redactions_found "))


def test_after_a_redaction_the_files_are_searched_and_the_words_are_forgotten(client: Client) -> None:
    _redact(client)
    assert [5] == [one.position for one in client.served.unsearched]

    assert _watch(client).search()

    assert [] == [one.position for one in client.served.unsearched]
    assert "0.0" == _figure(client)


def test_a_leftover_is_a_figure_and_a_line_of_the_log_until_it_is_gone(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leftover = tmp_path / "redactions.ledger.d" / "copy"
    leftover.write_bytes(f"{NAME} was dragged.".encode("utf-16-le"))
    _redact(client)

    with caplog.at_level(logging.ERROR):
        assert not _watch(client).search()

    assert "redacted, and still in the files: redactions.ledger.d/copy" in caplog.text
    assert NAME not in caplog.text
    assert "1.0" == _figure(client)
    leftover.unlink()
    assert _watch(client).search()
    assert "0.0" == _figure(client)


def test_a_search_that_cannot_be_made_is_made_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _redact(client)
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", "/nonexistent/python")
        assert not _watch(client).search()
    assert 1 == len(client.served.unsearched)

    assert _watch(client).search()


def test_the_thread_waits_for_the_views_and_then_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.http.redaction_watch.LOOK_S", 0.01)
    monkeypatch.setattr("api.http.redaction_watch.PATIENCE_LOOKS", 10_000)  # however slow the machine is
    with Client(tmp_path / "redactions.ledger") as made:
        made.begin()
        made.report(statement=f"{NAME} was dragged.")
        watch = _watch(made)
        seen: list[tuple[bool, int]] = []
        search = RedactionWatch.search

        def watched(self: RedactionWatch) -> bool:
            found = search(self)
            seen.append((found, made.app.state.reading.keeper.reached))
            done.set()
            return found

        done = threading.Event()
        monkeypatch.setattr(RedactionWatch, "search", watched)
        position = made.post("/v1/redactions", REDACTION).json()["position"]
        assert done.wait(60)
        assert [(True, position)] == seen
        assert () == watch.left
