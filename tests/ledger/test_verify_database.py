"""verify on a ledger in a database: what is as it was recorded is OK, and each thing that was changed past the guards is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ledger.address import DatabaseAddress
from ledger.errors import StoreError
from ledger.verify import verify_ledger
from tests.database_desk import DatabaseDesk
from tests.desk import begun
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> DatabaseAddress:
    made = fresh_address(database_url, tmp_path)
    begun(DatabaseDesk(made)).close()
    return made


def _tamper(address: DatabaseAddress, statement: str) -> None:
    """Change something as whoever owns the tables can: with the triggers asleep."""
    with psycopg.connect(address.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(SQL("SET search_path TO {}").format(Identifier(address.schema)))
        connection.execute(statement)


def test_what_was_recorded_is_found_as_it_was(address: DatabaseAddress) -> None:
    report = verify_ledger(address)

    assert ("OK", 6, 1, ()) == (report.verdict, report.events, report.snapshots, report.findings)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE events SET event = overlay(event PLACING 'x' FROM 20 FOR 1) WHERE position = 5", "leaf hash"),
        ("UPDATE events SET leaf = '' WHERE position = 2", "leaf hash"),
        ("DELETE FROM events WHERE position = 4", "missing, and the log goes on"),
        ("UPDATE events SET version = 9 WHERE position = 6", "version 9 comes after"),
        ("UPDATE events SET recorded_us = 1 WHERE position = 6", "recorded_at is earlier"),
        ("UPDATE events SET topic = 'FactAmended@1' WHERE position = 6", "the row says"),
        ("UPDATE streams SET stream = 'incident/other' WHERE stream = 'incident/stop'", "the row says"),
        ("UPDATE disclosures SET lines = '' WHERE position = 5", "is missing, and no redaction names it"),
        ("UPDATE disclosures SET lines = overlay(lines PLACING 'x' FROM 40 FOR 1) WHERE position = 5", "disclosure"),
        ("UPDATE head SET position = 7", "the head says"),
        ("DELETE FROM events WHERE position = 6", "the mark says that the log had got to position 6"),
        ("DROP TRIGGER events_are_never_updated ON events", "events_are_never_updated is missing"),
        ("ALTER TABLE head DISABLE TRIGGER head_never_goes_back", "head_never_goes_back is missing or disabled"),
    ],
)  # fmt: skip
def test_what_was_changed_past_the_guards_is_named(
    address: DatabaseAddress, statement: str, said: str
) -> None:
    _tamper(address, statement)

    report = verify_ledger(address)

    assert report.verdict in {"CORRUPT", "INCOMPLETE"}
    assert any(said in finding.what for finding in report.findings), report.findings


def test_a_snapshot_that_is_gone_from_the_folder_is_missed(address: DatabaseAddress) -> None:
    (blob,) = (one for one in (address.folder / "blobs").glob("??/*") if one.is_file())
    blob.unlink()

    assert "INCOMPLETE" == verify_ledger(address).verdict


def test_where_there_is_no_ledger_it_is_said(address: DatabaseAddress, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no ledger"):
        verify_ledger(DatabaseAddress(url=address.url, schema="none_here", folder=tmp_path))
    with pytest.raises(StoreError, match="cannot be read"):
        verify_ledger(DatabaseAddress(url="postgresql://localhost:1/x", schema="s", folder=tmp_path))
