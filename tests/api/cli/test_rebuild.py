"""The command that makes the stored views anew: what it finds, says, and ends with."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from api.cli.rebuild import rebuild
from projections.catch_up_file import NAME, only_one
from tests.desk import a_small_ledger
from tests.tampering import changed, tamper

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A small ledger, closed."""
    path = tmp_path / "incident.ledger"
    a_small_ledger(path).close()
    return path


def run(ledger: Path, *options: str) -> Result:
    app = typer.Typer()
    app.command()(rebuild)
    return CliRunner().invoke(app, ["--ledger", str(ledger), *options])


def test_views_are_made_where_there_are_none(ledger: Path) -> None:
    result = run(ledger)

    assert 0 == result.exit_code
    assert result.stdout.startswith("the stored views were made from nothing (up to position 6)")
    assert "  facts " in result.stdout


def test_views_that_are_as_they_should_be_are_left(ledger: Path) -> None:
    run(ledger)
    result = run(ledger, "--json")
    told = json.loads(result.stdout)

    assert (0, 6, []) == (result.exit_code, told["position"], told["differing"])
    assert {64} == {len(digest) for digest in told["tables"].values()}


def test_views_that_differ_are_named_and_replaced(ledger: Path) -> None:
    run(ledger)
    views = ledger.with_name(ledger.name + ".d") / NAME
    with closing(sqlite3.connect(views)) as connection, connection:
        connection.execute("UPDATE facts SET status = 'disputed'")
    result = run(ledger)

    assert 1 == result.exit_code
    assert result.stdout.startswith("the stored views differed in facts; they were replaced")
    assert [] == json.loads(run(ledger, "--json").stdout)["differing"]


def test_incidents_of_which_not_everything_can_be_told_are_named(ledger: Path) -> None:
    tamper(ledger, changed("events", "event", 4, '"schema":1', '"schema":9'))
    result = run(ledger)

    assert 0 == result.exit_code
    assert (
        "INCOMPLETE: incident 'stop' from position 4 on: an event cannot be read (integrity)"
        in result.stdout.splitlines()
    )
    told = json.loads(run(ledger, "--json").stdout)["incomplete"]
    assert [("stop", "log", 4)] == [(one["incident"], one["part"], one["since"]) for one in told]


def test_another_process_that_keeps_the_views_is_not_disturbed(ledger: Path) -> None:
    with only_one(ledger.with_name(ledger.name + ".d")):
        result = run(ledger)

    assert 4 == result.exit_code
    assert "another process keeps the stored views" in result.stderr


def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path) -> None:
    result = run(tmp_path / "none.ledger")

    assert 4 == result.exit_code
    assert [] == list(tmp_path.iterdir())
