"""The independent checker: every tampering that can be seen in the file is seen, and nothing lawful is called one."""

from __future__ import annotations

import ast
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.errors import StoreError
from ledger.merkle import EMPTY_ROOT
from ledger.verify import MAX_FINDINGS, Report, verify_file
from tests.desk import AGENCY, TEXT, Desk, a_small_ledger, cited, fact
from tests.project_files import ROOT
from tests.tampering import Tamper, tamper

if TYPE_CHECKING:
    from collections.abc import Iterator

CAPTURE = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": TEXT}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The ledger of a_small_ledger."""
    made = a_small_ledger(tmp_path / "test.ledger")
    yield made
    made.close()


def _tampered(desk: Desk, *changes: Tamper) -> Report:
    desk.close()
    tamper(desk.path, *changes)
    return verify_file(desk.path)


def test_a_ledger_as_it_was_recorded_is_ok(desk: Desk) -> None:
    report = verify_file(desk.path)

    assert ("OK", 0, (), "database only") == (report.verdict, report.exit_code, report.findings, report.level)
    assert (6, 1, 0, 0) == (report.events, report.snapshots, report.redacted, report.redacted_snapshots)
    assert (
        sum(row.disclosures.count(b"\n") + bool(row.disclosures) for row in desk.store.rows())
        == report.disclosures
    )


def test_a_new_ledger_is_ok(tmp_path: Path) -> None:
    with closing(Desk(tmp_path / "new.ledger")) as new:
        assert Report(verdict="OK", root=EMPTY_ROOT.hex()) == verify_file(new.path)


def _blob(desk: Desk) -> Path:
    (found,) = (
        one for one in desk.path.parent.rglob("*") if one.is_file() and TEXT.encode() == one.read_bytes()
    )
    return found


def test_a_snapshot_that_is_gone_without_a_redaction_is_missing(desk: Desk) -> None:
    _blob(desk).unlink()

    report = verify_file(desk.path)

    assert ("INCOMPLETE", 0) == (report.verdict, report.snapshots)
    assert "the snapshot is missing, and no redaction names it" == report.findings[0].what


def test_a_snapshot_whose_bytes_changed_is_seen(desk: Desk) -> None:
    blob = _blob(desk)
    blob.write_bytes(TEXT.replace("15", "51").encode())

    report = verify_file(desk.path)

    assert "CORRUPT" == report.verdict
    assert [("the bytes of the snapshot have changed", f"position 4, sha256:{blob.name}")] == [
        (one.what, one.where) for one in report.findings
    ]


def test_corrupt_outweighs_incomplete(desk: Desk) -> None:
    _blob(desk).unlink()

    assert "CORRUPT" == _tampered(desk, "UPDATE head SET position = 9").verdict


def test_what_a_redaction_names_is_lawfully_gone(desk: Desk) -> None:
    desk.redact(facts=[{"fact": "drag", "paths": ["statement", "attestations/a1"]}])
    desk.redact(events=[{"version": 1, "paths": ["title"]}])
    desk.redact(source="release", snapshots=["sha256:" + _blob(desk).name])

    report = verify_file(desk.path)

    assert ("OK", ()) == (report.verdict, report.findings)
    assert (3, 0, 1) == (report.redacted, report.snapshots, report.redacted_snapshots)


def test_a_redaction_covers_no_more_than_it_names(desk: Desk) -> None:
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    report = _tampered(desk, "UPDATE disclosures SET lines = x'' WHERE position IN (5, 6)")

    assert {"position 5", "position 6"} == {one.where for one in report.findings}
    assert not any("statement" in one.what and "position 5" == one.where for one in report.findings)
    assert any("statement" in one.what and "position 6" == one.where for one in report.findings)


def test_a_redaction_of_one_participant_covers_no_other_whose_id_begins_alike(desk: Desk) -> None:
    people = [{"id": ident, "role": "officer", "as_described": "an officer"} for ident in ("p1", "p10")]
    desk.act(fact("both", participants=people))
    desk.redact(facts=[{"fact": "both", "paths": ["participants/p1"]}])

    report = _tampered(desk, "UPDATE disclosures SET lines = x'' WHERE position = 7")

    missing = [one.what for one in report.findings if "participants/" in one.what]
    assert [
        "the disclosure of participants/p10/as_described is missing, and no redaction names it"
    ] == missing


def test_a_redaction_reaches_back_and_not_forward(desk: Desk) -> None:
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    corrected = {
        key: value
        for key, value in fact(statement="The officer was pulled along.").items()
        if key not in ("id", "op")
    }
    change = {"fact": "drag", "class": "wording", "cause": "our-typo", "reason": "said better"}
    desk.act({"op": "correct-fact", **corrected, **change, "citations": [cited("a2", language="en")]})
    assert "OK" == verify_file(desk.path).verdict

    report = _tampered(desk, "UPDATE disclosures SET lines = x'' WHERE position = 8")

    assert any("statement is missing" in one.what and "position 8" == one.where for one in report.findings)


def test_words_that_are_still_there_after_their_redaction_are_seen(desk: Desk) -> None:
    before = next(desk.store.rows(5, 5)).disclosures
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    report = _tampered(
        desk,
        lambda foreign: foreign.execute("UPDATE disclosures SET lines = ? WHERE position = 5", (before,)),
    )

    assert "CORRUPT" == report.verdict
    assert ["statement is named by the redaction at position 7, and is still there"] == [
        one.what for one in report.findings
    ]


def test_a_snapshot_that_is_still_there_after_its_redaction_is_seen(desk: Desk) -> None:
    blob = _blob(desk)
    desk.redact(source="release", snapshots=[f"sha256:{blob.name}"])
    blob.write_text(TEXT)

    report = verify_file(desk.path)

    assert [("was redacted, and its bytes are still there", f"sha256:{blob.name}")] == [
        (one.what, one.where) for one in report.findings
    ]


def test_a_snapshot_captured_anew_from_another_source_after_a_redaction_must_be_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer refuses that; a ledger may be older than the refusal."""
    blob = _blob(desk)
    desk.act(AGENCY | {"id": "agency"})
    desk.act(CAPTURE | {"source": "agency"})
    desk.redact(source="release", snapshots=[f"sha256:{blob.name}"])
    assert "OK" == verify_file(desk.path).verdict, "the same bytes of another source went with it"
    desk.act(AGENCY | {"id": "third"})
    monkeypatch.setattr(desk.writer._eraser, "may_be_taken_in", lambda _: True)
    desk.act(CAPTURE | {"source": "third"})
    assert "OK" == verify_file(desk.path).verdict

    blob.unlink()

    assert ["the snapshot is missing, and no redaction names it"] == [
        one.what for one in verify_file(desk.path).findings
    ]


def test_a_writer_and_its_log_are_no_hindrance(desk: Desk) -> None:
    assert 0 < desk.path.with_name("test.ledger-wal").stat().st_size

    assert "OK" == verify_file(desk.path).verdict
    assert 7 == desk.act(fact("third")).position
    assert 7 == verify_file(desk.path).events


def test_verifying_changes_no_byte(desk: Desk) -> None:
    desk.close()
    before = desk.path.read_bytes()

    verify_file(desk.path)

    assert before == desk.path.read_bytes()


@pytest.mark.parametrize(
    ("content", "said"), [(None, "there is no ledger"), (b"", "there is no ledger")], ids=["missing", "empty"]
)
def test_where_there_is_no_ledger_nothing_is_verified(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "thing"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(StoreError, match=said):
        verify_file(path)


def test_the_database_of_something_else_is_no_ledger(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE events (x)")

    with pytest.raises(StoreError, match="not a ledger"):
        verify_file(tmp_path / "other")


def test_a_newer_layout_is_not_judged(desk: Desk) -> None:
    desk.close()
    with closing(sqlite3.connect(desk.path)) as foreign:
        foreign.execute("PRAGMA user_version=2")

    with pytest.raises(StoreError, match="newer program"):
        verify_file(desk.path)


@pytest.mark.parametrize("words", [b"SQLite format", b"CREATE TABLE", b"SourceRegistered", b"Traffic stop"])
def test_a_damaged_file_is_corrupt_and_never_a_crash(desk: Desk, words: bytes) -> None:
    desk.close()
    data = bytearray(desk.path.read_bytes())
    at = data.index(words)
    data[at : at + 400] = b"\xa5" * 400
    desk.path.write_bytes(data)

    assert "CORRUPT" == verify_file(desk.path).verdict


def test_the_findings_are_bounded_and_the_rest_counted(desk: Desk) -> None:
    report = _tampered(
        desk,
        lambda foreign: foreign.executemany(
            "INSERT INTO disclosures VALUES (?, x'')", [(100 + n,) for n in range(MAX_FINDINGS + 5)]
        ),
    )

    assert (MAX_FINDINGS, 5) == (len(report.findings), report.left_off)


def test_a_ledger_in_a_folder_that_cannot_be_written_is_verified_as_it_lies_there() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.ledger"
        with closing(Desk(path)) as made:
            made.begin()
        path.chmod(0o444)
        path.parent.chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(65_534)
        try:
            assert ("OK", 3) == (verify_file(path).verdict, verify_file(path).events)
        finally:
            if os.getuid() == 0:
                os.seteuid(0)
            path.parent.chmod(0o755)


def test_the_checker_shares_no_code_with_what_it_checks() -> None:
    allowed = {"ledger.address", "ledger.errors", "ledger.values"}
    # A connection that is not waited for for ever is still the driver's, and knows of no row: it is held to that here.
    connection = ROOT / "ledger" / "watchful_connection.py"
    for file in (*sorted((ROOT / "ledger" / "verify").glob("*.py")), connection):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("ledger.verify") or name in allowed:
                    continue
                # What the specifications of others say of trees and signatures is arithmetic, and checked against their cases.
                if file.name in {"anchors.py", "tile_row.py"} and name in _PUBLISHED:
                    continue
                # Rows in a database are asked for by its driver, as those in a file by the standard library's.
                driver = (
                    {"psycopg", "socket", "time"} if file.name in {"database.py", connection.name} else set()
                )
                if file.name == "database.py" and name == f"ledger.{connection.stem}":
                    continue
                assert name.partition(".")[0] in _STANDARD | driver, f"{file.name} imports {name}"


_PUBLISHED = {"ledger.checkpoint", "ledger.merkle", "ledger.signing"}
_STANDARD = {
    "__future__",
    "base64",
    "binascii",
    "collections",
    "concurrent",
    "contextlib",
    "dataclasses",
    "datetime",
    "functools",
    "hashlib",
    "importlib",
    "itertools",
    "json",
    "operator",
    "os",
    "pathlib",
    "re",
    "sqlite3",
    "struct",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "typing",
    "urllib",
}
