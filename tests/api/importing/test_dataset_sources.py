"""Which source of a ledger a data set is: one, whatever it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.events import IncidentOpened, SourceRegistered
from tests.api.command_line import record
from tests.api.importing.streams import add, appear, change, commit, entries, import_stream, records

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def test_a_data_set_may_have_any_name_and_two_may_list_the_same_ids(path: Path) -> None:
    lines = [commit(0, appear("a"), add("a", "title", "One"))]
    others = [commit(0, appear("a"), add("a", "title", "Other"))]
    import_stream(path, lines, dataset="Ünser Datensatz")
    import_stream(path, others, dataset="second")
    again = import_stream(path, lines, "--json", dataset="Ünser Datensatz").json

    assert (1, 0) == (again["repeated"], again["recorded"])
    assert {"a": {"title": "One"}} == records(path, dataset="Ünser Datensatz")
    assert {"a": {"title": "Other"}} == records(path, dataset="second")


def test_a_data_set_is_the_same_whatever_the_desk_calls_its_source(path: Path) -> None:
    lines = [commit(0, appear("a"), add("a", "title", "One")), commit(1, change("a", "title", "One", "Two"))]
    import_stream(path, lines[:1], dataset="Ünser Datensatz")
    source = next(one.stream[7:] for one in entries(path) if isinstance(one.body, SourceRegistered))
    record(path, {"op": "amend-source", "source": source, "title": "Our set", "reason": "In English."})
    again = import_stream(path, lines, "--json", dataset="Ünser Datensatz").json

    assert (source, 1, 1) == (again["source"], again["repeated"], again["recorded"])
    assert {"a": {"title": "Two"}} == records(path, dataset="Ünser Datensatz")
    assert 1 == sum(isinstance(one.body, IncidentOpened) for one in entries(path))
