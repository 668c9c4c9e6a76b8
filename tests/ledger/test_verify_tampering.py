"""What is done to a ledger file, and that verify sees it and says where."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.stores.sqlite_schema import STATEMENTS
from ledger.verify import Finding, Report, verify_file
from tests.desk import a_small_ledger
from tests.tampering import Tamper, changed, rehashed, tamper


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ledger of a_small_ledger, closed."""
    folder = tmp_path_factory.mktemp("untouched")
    a_small_ledger(folder / "test.ledger").close()
    return folder


@pytest.fixture
def path(untouched: Path, tmp_path: Path) -> Path:
    """A copy of it to tamper with."""
    return Path(shutil.copytree(untouched, tmp_path / "copy")) / "test.ledger"


def _tampered(path: Path, *changes: Tamper) -> Report:
    tamper(path, *changes)
    return verify_file(path)


def test_the_copy_is_ok_before_anybody_touches_it(path: Path) -> None:
    assert "OK" == _tampered(path).verdict


SWAP: tuple[Tamper, ...] = (
    "UPDATE events SET position = 99 WHERE position = 5",
    "UPDATE events SET position = 5 WHERE position = 6",
    "UPDATE events SET position = 6 WHERE position = 99",
)
CORRUPT: dict[str, tuple[tuple[Tamper, ...], str, str]] = {
    "a bit of an event": (
        (changed("events", "event", 5, '"supports"', '"suppordr"'),),
        "leaf hash",
        "position 5",
    ),
    "a bit of a leaf": (
        ("UPDATE events SET leaf = zeroblob(32) WHERE position = 2",),
        "leaf hash",
        "position 2",
    ),
    "a short leaf": (("UPDATE events SET leaf = x'' WHERE position = 2",), "leaf hash", "position 2"),
    "a word of a disclosure": (
        (changed("disclosures", "lines", 5, "dragged", "tripped"),),
        "statement does not match the digest",
        "position 5",
    ),
    "a digest, with the leaf forged": (
        (changed("events", "event", 2, '"title":"', '"title":"A'), rehashed(2)),
        "title does not match the digest",
        "position 2",
    ),
    "a line that was never committed": (
        (
            """UPDATE disclosures SET lines = CAST('["AAAAAAAAAAAAAAAAAAAAAA","statement","forged"]' AS BLOB)
               WHERE position = 2""",
        ),
        "statement does not match the digest",
        "position 2",
    ),
    "a line twice": (
        ("UPDATE disclosures SET lines = CAST(lines || x'0a' || lines AS BLOB) WHERE position = 2",),
        "stands twice",
        "position 2",
    ),
    "a line that is none": (
        ("UPDATE disclosures SET lines = CAST('words' AS BLOB) WHERE position = 2",),
        "not a JSON array",
        "position 2",
    ),
    "disclosures of nothing": (("INSERT INTO disclosures VALUES (77, x'')",), "not there", "position 77"),
    "a row in the middle deleted": (("DELETE FROM events WHERE position = 3",), "log goes on", "position 3"),
    "several rows deleted": (
        ("DELETE FROM events WHERE position IN (3, 4)",),
        "log goes on",
        "positions 3 to 4",
    ),
    "the first row deleted": (("DELETE FROM events WHERE position = 1",), "log goes on", "position 1"),
    "the last row deleted": (("DELETE FROM events WHERE position = 6",), "the head says", "the head"),
    "a row added": (
        (
            "INSERT INTO events SELECT 7, stream_no, 9, recorded_us, topic, event, leaf FROM events WHERE position = 6",
        ),
        "version 9 comes after version 3",
        "position 7",
    ),
    "a row copied with its place": (
        (
            "INSERT INTO events SELECT 7, stream_no, 4, recorded_us, topic, event, leaf FROM events WHERE position = 6",
            "UPDATE head SET position = 7",
        ),
        "the row says",
        "position 7",
    ),
    "two rows swapped": (SWAP, "comes before version", "position 5"),
    "a row in another stream": (
        (
            "UPDATE events SET stream_no = (SELECT stream_no FROM events WHERE position = 3), version = 3 WHERE position = 6",
        ),
        "the row says",
        "position 6",
    ),
    "another version": (
        ("UPDATE events SET version = 4 WHERE position = 6",),
        "version 4 comes after",
        "position 6",
    ),
    "another type": (
        ("UPDATE events SET topic = 'FactAttested@1' WHERE position = 6",),
        "the row says",
        "position 6",
    ),
    "another time": (
        ("UPDATE events SET recorded_us = recorded_us + 1 WHERE position = 5",),
        "the row says",
        "position 5",
    ),
    "an impossible time": (
        (
            "UPDATE events SET recorded_us = 4611686018427387904 WHERE position = 6",
            "UPDATE head SET recorded_us = 4611686018427387904",
        ),
        "the row says",
        "position 6",
    ),
    "times out of order": (
        ("UPDATE events SET recorded_us = recorded_us + 999999 WHERE position = 4",),
        "earlier than that of the event before",
        "position 5",
    ),
    "a request in two times": (
        (
            changed("events", "event", 1, "2021-05-08T12:", "2021-05-08T11:"),
            rehashed(1),
            "UPDATE events SET recorded_us = recorded_us - 3600000000 WHERE position = 1",
        ),
        "the events of one request were recorded at different times",
        "position 2",
    ),
    "a stream renamed": (
        ("UPDATE streams SET stream = 'incident/other' WHERE stream = 'incident/stop'",),
        "the row says",
        "position 2",
    ),
    "a stream without its name": (
        ("DELETE FROM streams WHERE stream = 'incident/stop'",),
        "the row says",
        "position 2",
    ),
    "the head put on": (("UPDATE head SET position = 9",), "the head says", "the head"),
    "the head put back": (("UPDATE head SET position = 5",), "the head says", "the head"),
    "the time of the head": (("UPDATE head SET recorded_us = 1",), "the head says", "the head"),
    "no head": (("DELETE FROM head",), "the head says", "the head"),
    "a second beginning": (
        (
            changed("events", "event", 3, '"SourceRegistered"', '"LedgerOpened"'),
            rehashed(3),
            "UPDATE events SET topic = 'LedgerOpened@1' WHERE position = 3",
        ),
        "begins with LedgerOpened, and only once",
        "position 3",
    ),
    "another first event": (
        (changed("events", "event", 1, '"LedgerOpened"', '"KindRegistered"'), rehashed(1)),
        "begins with LedgerOpened",
        "position 1",
    ),
    "bytes that are no JSON": (
        ("UPDATE events SET event = x'ff' WHERE position = 3",),
        "not canonical",
        "position 3",
    ),
    "bytes that are no event": (
        ("UPDATE events SET event = '{}' WHERE position = 3",),
        "a member is missing",
        "position 3",
    ),
    "a blank": (
        (changed("events", "event", 3, '"body":', '"body": '), rehashed(3)),
        "a blank",
        "position 3",
    ),
    "a key twice": (
        (changed("events", "event", 3, '"actor":', '"actor":"x","actor":'), rehashed(3)),
        "each there once",
        "position 3",
    ),
    "keys not sorted": (
        (changed("events", "event", 3, '{"actor":', '{"type":"x","actor":'), rehashed(3)),
        "sorted",
        "position 3",
    ),
    "a float": (
        (changed("events", "event", 3, '"schema":1', '"schema":1.0'), rehashed(3)),
        "no number",
        "position 3",
    ),
    "a null": (
        (changed("events", "event", 3, '"schema":1', '"schema":null'), rehashed(3)),
        "null",
        "position 3",
    ),
    "words as text": (
        ("UPDATE disclosures SET lines = CAST(lines AS TEXT) WHERE position = 2",),
        "lines in disclosures is no blob",
        "position 2",
    ),
    "an event as text": (
        ("UPDATE events SET event = CAST(event AS TEXT) WHERE position = 2",),
        "event in events is no blob",
        "position 2",
    ),
    "a time that is none": (
        ("UPDATE events SET recorded_us = 'noon' WHERE position = 2",),
        "recorded_us in events is no integer",
        "position 2",
    ),
    "a type that is no text": (
        ("UPDATE events SET topic = CAST(x'ff' AS TEXT) WHERE position = 2",),
        "the row says",
        "position 2",
    ),
    "a snapshot without a digest": (
        (changed("events", "event", 4, '"snapshot":', '"snapshoz":'), rehashed(4)),
        "of another sort",
        "position 4",
    ),
    "a fact that is a list": (
        (changed("events", "event", 5, '"fact":"drag"', '"fact":["drag"]'), rehashed(5)),
        "of another sort",
        "position 5",
    ),
    "a redaction of nothing readable": (
        (
            changed("events", "event", 2, '"body":{}', '"body":{"facts":7}'),
            rehashed(2),
            "UPDATE events SET topic = 'Redacted@1' WHERE position = 2",
        ),
        "what the redaction names cannot be read",
        "position 2",
    ),
    "the mark": (("PRAGMA application_id=0",), "not marked as a ledger", "the file"),
}


@pytest.mark.parametrize(("tampers", "what", "where"), CORRUPT.values(), ids=CORRUPT.keys())
def test_a_tampering_is_seen_and_placed(
    path: Path, tampers: tuple[Tamper, ...], what: str, where: str
) -> None:
    report = _tampered(path, *tampers)

    assert ("CORRUPT", 11) == (report.verdict, report.exit_code)
    assert any(what in found.what and where == found.where for found in report.findings), report.findings


GUARDS = [statement.split()[2] for statement in STATEMENTS if statement.startswith("CREATE TRIGGER")]


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_taken_away_is_seen(path: Path, guard: str) -> None:
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute(f"DROP TRIGGER {guard}")

    assert (Finding(what=f"the trigger {guard} is missing", where="the file"),) == verify_file(path).findings


INCOMPLETE: dict[str, tuple[tuple[Tamper, ...], str]] = {
    "all words of an event": (("DELETE FROM disclosures WHERE position = 2",), "title is missing"),
    "the lines emptied": (("UPDATE disclosures SET lines = x'' WHERE position = 2",), "zone is missing"),
    "one line": (
        ("UPDATE disclosures SET lines = substr(lines, instr(lines, x'0a') + 1) WHERE position = 2",),
        "title is missing",
    ),
}


@pytest.mark.parametrize(("tampers", "what"), INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_words_that_are_gone_without_a_redaction_are_missing(
    path: Path, tampers: tuple[Tamper, ...], what: str
) -> None:
    report = _tampered(path, *tampers)

    assert ("INCOMPLETE", 12) == (report.verdict, report.exit_code)
    assert any(what in found.what and "position 2" == found.where for found in report.findings), (
        report.findings
    )
