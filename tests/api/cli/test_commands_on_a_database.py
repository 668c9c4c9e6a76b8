"""Every command takes the address of a database where it takes a file, and says the same of the same ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.api.command_line import ask
from tests.desk import a_small_ledger
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.address import DatabaseAddress

_ASKED: tuple[tuple[object, ...], ...] = (
    ("show", "stop"),
    ("audit", "stop"),
    ("events", "--all"),
    ("kinds",),
    ("timeline", "stop"),
    ("changes", "stop", "--from", "3", "--to", "6"),
    ("first-known", "stop"),
    ("replay", "stop"),
    ("conflicts", "stop"),
    ("worklist",),
    ("source", "list"),
    ("source", "show", "release"),
    ("snapshot", "list", "release"),
    ("keys", "list"),
    ("export", "facts"),
    ("redact", "--find", "dragged"),
    ("rebuild",),
)


@pytest.fixture
def database(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small ledger, moved into a database."""
    monkeypatch.setenv("LEDGER_BLOBS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    a_small_ledger(tmp_path / "test.ledger").close()
    address: DatabaseAddress = fresh_address(database_url, tmp_path)
    option = as_option(address)
    assert 0 == ask("migrate", "--ledger", tmp_path / "test.ledger", "--to", option).code
    return option


def test_each_command_says_of_a_database_what_it_says_of_the_file(tmp_path: Path, database: str) -> None:
    for asked in _ASKED:
        of_file = ask(*asked, "--ledger", tmp_path / "test.ledger")
        of_database = ask(*asked, "--ledger", database)

        assert (0, of_file.code) == (of_database.code, of_file.code), (asked, of_database.err)
        if asked[0] != "redact":
            assert of_file.out == of_database.out, asked


def test_the_stored_views_of_a_database_are_made_anew_and_compared(database: str, database_url: str) -> None:
    assert "views:" not in ask("verify", "--ledger", database).out

    assert 0 == ask("rebuild", "--ledger", database).code
    right = ask("verify", "--ledger", database)
    assert (0, "views: made anew up to position 6; the stored ones are the same") == (
        right.code,
        right.out.splitlines()[-1],
    )

    schema = database.rpartition("=")[2]
    with psycopg.connect(database_url) as connection:
        connection.execute(f"UPDATE {schema}_views.texts SET statement = 'forged'")  # noqa: S608  the name of a test's schema
    forged = ask("verify", "--ledger", database)
    assert 10 == forged.code
    assert "the table texts is not what the log gives" in forged.out
    assert 0 == ask("verify", "--ledger", database, "--no-views").code


def test_what_only_a_file_has_is_refused_by_name(database: str, tmp_path: Path) -> None:
    refused = ask("backup", tmp_path / "copy", "--ledger", database)

    assert 2 == refused.code
    assert "backed up by the tools of the database" in refused.err
    assert 2 == ask("show", "stop", "--ledger", "postgresql://h/d?schema=No").code
    gone = ask("show", "stop", "--ledger", "postgresql://me:hush@localhost:1/none")
    assert 4 == gone.code
    assert "hush" not in gone.err


def test_a_demonstration_is_recorded_in_a_fresh_schema_and_in_no_other(
    database: str, database_url: str, tmp_path: Path
) -> None:
    fresh = fresh_address(database_url, tmp_path)

    shown = ask("demo", "--ledger", as_option(fresh))
    assert 0 == shown.code, shown.err
    assert "Little Rock" in shown.out
    assert 2 == ask("demo", "--ledger", database).code
