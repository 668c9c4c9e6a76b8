"""Checking a ledger where it lies: its file, opened for reading only, or its schema in a database."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from ledger.address import DatabaseAddress
from ledger.errors import StoreError
from ledger.verify.anchors import Outside
from ledger.verify.check import Asked, Beside, Check, address_of
from ledger.verify.high_water import read_high_water
from ledger.verify.report import MAX_FINDINGS, Finding, Report, Verdict
from ledger.verify.tables import TABLES, integrity_of
from ledger.verify.text import verify_text
from ledger.verify.withheld import read_withheld

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.address import Address
    from ledger.verify.high_water import HighWater

__all__ = [
    "MAX_FINDINGS",
    "Asked",
    "Finding",
    "Outside",
    "Report",
    "Verdict",
    "verify_file",
    "verify_ledger",
    "verify_text",
]

_LAYOUT = 1
_APPLICATION_ID = 0x1ED6E201
_UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises: a complaint of SQLite may quote bytes of the file that are no text."""


def verify_ledger(address: Address, asked: Asked | None = None) -> Report:
    """Check the ledger at an address, a file or a schema of a database. Raises StoreError as verify_file and verify_schema do."""
    if isinstance(address, DatabaseAddress):
        # Whoever checks a file need not load a database's driver.
        from ledger.verify.database import verify_schema  # noqa: PLC0415  see above

        return verify_schema(address, asked)
    return verify_file(address, asked)


def verify_file(path: Path, asked: Asked | None = None) -> Report:
    """Check a ledger file and the snapshots beside it, also while somebody writes. Nothing is changed.

    What is found is looked for a second time: a redaction at work takes its words from the database and its snapshots
    from the folder one after the other, and that is no fault.

    Raises StoreError where there is no ledger to check, nor the mark of one, where it cannot be opened, where its layout is a newer one,
    or where a process that helps dies.
    """
    asked = asked or Asked()
    report = _verified(path, asked)
    return report if report.verdict == "OK" else _verified(path, asked)


def _verified(path: Path, asked: Asked) -> Report:
    folder = path.with_name(path.name + ".d")
    # The mark is read before the reading of the rows begins: whoever writes moves the rows on first.
    marked = read_high_water(folder / "mark")
    if not path.is_file() or path.stat().st_size == 0:
        if marked.position == 0:
            raise StoreError(f"there is no ledger at {path}")
        return Report(verdict="CORRUPT", findings=(_lost(marked),))
    with closing(Beside(folder, asked)) as beside:
        try:
            database, uri = _opened(path)
        except _UNREADABLE as error:
            finding = Finding(what=f"SQLite cannot read it: {error}", where="the file")
            return Report(verdict="CORRUPT", findings=(finding,))
        with closing(database):
            withheld = read_withheld(folder / "withheld")
            check = Check(database, folder, marked, withheld, beside, address=uri)
            try:
                if not _is_marked(database, path):
                    check.corrupt("the file is not marked as a ledger of this layout", "the file")
                check.guards()
                _run(check, uri)
            except _UNREADABLE as error:
                check.corrupt(f"SQLite cannot read on: {error}", "the file")
            return check.report()


def _is_marked(database: sqlite3.Connection, path: Path) -> bool:
    """Whether the file says that it is a ledger. Raises StoreError where it is none, or one of a newer layout."""
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    application, layout = (
        database.execute(f"PRAGMA {one}").fetchone()[0] for one in ("application_id", "user_version")
    )
    if not tables >= TABLES:
        raise StoreError(f"{path} is a database, but not a ledger")
    if layout > _LAYOUT:
        raise StoreError(f"{path} has table layout {layout}; verify it with a newer program")
    return (application, layout) == (_APPLICATION_ID, _LAYOUT)


def _run(check: Check, uri: str) -> None:
    """Check the rows; meanwhile SQLite checks its file, and lets other threads go on. Raises sqlite3.DatabaseError."""
    with closing(_reading(uri)) as aside, ThreadPoolExecutor(max_workers=1) as other:
        integrity = other.submit(integrity_of, aside)
        try:
            check.run()
        except _UNREADABLE as error:
            check.corrupt(f"SQLite cannot read on: {error}", "the file")
        except BaseException:
            aside.interrupt()
            raise
        for line in integrity.result():
            check.corrupt(f"SQLite: {line}", "the file")


def _lost(marked: HighWater) -> Finding:
    """The whole file is gone, and its mark is not."""
    what = f"missing: the mark says that the log had got to position {marked.position}, and there is no ledger file"
    return Finding(what=what, where="the file")


def _opened(path: Path) -> tuple[sqlite3.Connection, str]:
    """The file, read-only, and by which URI; as it lies there where its folder cannot be written and no log is beside it."""
    uri = address_of(path)
    log = path.with_name(path.name + "-wal")
    alone = not log.is_file() or log.stat().st_size == 0
    try:
        return _reading(uri), uri
    except sqlite3.OperationalError as error:
        if not alone:
            raise StoreError(f"{path} cannot be opened for reading: {error}") from error
    uri += "&immutable=1"
    try:
        return _reading(uri), uri
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path} cannot be opened for reading: {error}") from error


def _text(stored: bytes) -> str:
    return stored.decode(errors="replace")


def _reading(uri: str) -> sqlite3.Connection:
    database = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    database.text_factory = _text
    try:
        database.execute("PRAGMA query_only=1")
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        database.close()
        raise
    return database
