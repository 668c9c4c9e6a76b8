"""The ledger file itself: how it is opened, what guards it, what makes it durable, and that erased words are in no byte of it."""

from __future__ import annotations

import gc
import os
import sqlite3
import tempfile
import warnings
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from ledger.disclosure import open_line, split_lines
from ledger.errors import StoreError
from ledger.stores.contract import Removal
from ledger.stores.sqlite_schema import APPLICATION_ID, LAYOUT
from ledger.stores.sqlite_store import SQLiteStore
from tests.batches import append, event, words

if TYPE_CHECKING:
    from collections.abc import Iterator

Make: TypeAlias = Callable[[Path], None]

_NOBODY = 65_534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of two events, closed."""
    made = tmp_path / "test.ledger"
    with closing(SQLiteStore(made, create=True)) as store:
        append(store, event("a", 1, words(title="Quiet words")), event("a", 2))
    return made


def _foreign(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_file_says_what_it_is(path: Path) -> None:
    with _foreign(path) as foreign:
        assert (APPLICATION_ID, LAYOUT, "wal") == tuple(
            _pragma(foreign, name) for name in ("application_id", "user_version", "journal_mode")
        )
    assert APPLICATION_ID == int.from_bytes(path.read_bytes()[68:72], "big")


def test_every_connection_syncs_in_full(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        datastore = store.recorder.datastore
        with datastore.writing() as writer, datastore.get_connection(commit=False) as pooled:
            for connection in (writer, store._reader, pooled._sqlite_conn):
                assert connection is not None
                assert [2, 1, 1, 1] == [
                    _pragma(connection, name)
                    for name in ("synchronous", "fullfsync", "checkpoint_fullfsync", "secure_delete")
                ]


def test_a_bulk_append_is_not_held_up_by_moving_its_log_into_the_file(path: Path) -> None:
    with closing(SQLiteStore(path)) as store, store.recorder.datastore.writing() as writer:
        assert 20_000 == _pragma(writer, "wal_autocheckpoint")


class _Careless(sqlite3.Connection):
    """A build of SQLite that does not do as it is told."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return super().execute(sql.replace("synchronous=FULL", "synchronous=NORMAL"), *values)


@pytest.mark.parametrize("read_only", [False, True], ids=["writer", "reader"])
def test_a_connection_that_does_not_sync_in_full_is_refused(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    read_only: bool,  # noqa: FBT001  a column of the table
) -> None:
    def connect(database: str, **options: Any) -> sqlite3.Connection:
        return _Careless(database, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)

    with pytest.raises(StoreError, match="PRAGMA synchronous=FULL; acknowledged facts would not be safe"):
        SQLiteStore(path, read_only=read_only)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE events SET event = x'00' WHERE position = 1", "events are never updated"),
        ("UPDATE events SET recorded_us = recorded_us", "events are never updated"),
        ("DELETE FROM events WHERE position = 2", "events are never deleted"),
        ("DELETE FROM events", "events are never deleted"),
        (
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1",
            "events are never replaced",
        ),
        (
            "INSERT OR REPLACE INTO events SELECT position + 100, stream_no, version, recorded_us, topic, x'00', leaf FROM events",
            "events are never replaced",
        ),
        ("UPDATE streams SET stream = 'b'", "streams are never renamed"),
        ("DELETE FROM streams", "streams are never deleted"),
        ("UPDATE head SET position = 1", "the head never goes back"),
        ("UPDATE head SET recorded_us = 0", "the head never goes back"),
        ("DELETE FROM head", "the head is never deleted"),
        ("INSERT INTO head VALUES (2, 9, 9)", "the head is never replaced"),
        ("INSERT OR REPLACE INTO head VALUES (1, 0, 0)", "the head is never replaced"),
        ("UPDATE disclosures SET lines = lines || x'0a'", "disclosures only lose lines"),
        ("UPDATE disclosures SET lines = lines", "disclosures only lose lines"),
        ("UPDATE disclosures SET position = 3 WHERE position = 1", "disclosures only lose lines"),
        ("DELETE FROM disclosures WHERE position = 1", "disclosures only lose lines"),
        ("INSERT OR REPLACE INTO disclosures VALUES (1, x'')", "disclosures only lose lines"),
    ],
)
def test_the_guards_hold_against_a_foreign_connection(path: Path, statement: str, said: str) -> None:
    with _foreign(path) as foreign:
        before = list(foreign.iterdump())

        with pytest.raises(sqlite3.IntegrityError, match=said):
            foreign.execute(statement)

        assert before == list(foreign.iterdump())


def test_a_stream_is_not_renumbered_by_replacing_it(path: Path) -> None:
    with _foreign(path) as foreign:
        before = list(foreign.iterdump())

        foreign.execute("INSERT OR REPLACE INTO streams SELECT stream_no + 100, stream FROM streams")
        foreign.execute("INSERT OR REPLACE INTO streams SELECT stream_no, 'b' FROM streams")

        assert before == list(foreign.iterdump())


def _nothing(_: Path) -> None:
    pass


def _other_database(path: Path) -> None:
    with _foreign(path) as foreign:
        foreign.execute("CREATE TABLE events (position INTEGER PRIMARY KEY)")


def _empty_database(path: Path) -> None:
    with _foreign(path) as foreign:
        foreign.execute("PRAGMA journal_mode=WAL").fetchall()


def _newer(path: Path) -> None:
    with closing(SQLiteStore(path, create=True)), _foreign(path) as foreign:
        foreign.execute(f"PRAGMA user_version={LAYOUT + 1}")


def _older(path: Path) -> None:
    with closing(SQLiteStore(path, create=True)), _foreign(path) as foreign:
        foreign.execute(f"PRAGMA user_version={LAYOUT - 1}")


def _text(path: Path) -> None:
    path.write_text("Dear diary, " * 400)


WRONG_FILES: list[tuple[Make, str]] = [
    (_nothing, "there is no ledger at"),
    (Path.touch, "there is no ledger at"),
    (Path.mkdir, "is a folder"),
    (_empty_database, "not a ledger"),
    (_other_database, "is a database, but not a ledger"),
    (_newer, f"table layout {LAYOUT + 1} and this program knows {LAYOUT}; use a newer program"),
    (_older, "incident-ledger migrate"),
    (_text, "file is not a database"),
]
_NAMES = ["missing", "empty", "folder", "empty database", "other database", "newer", "older", "text"]


@pytest.mark.parametrize("read_only", [False, True], ids=["to write", "to read"])
@pytest.mark.parametrize(("make", "said"), WRONG_FILES, ids=_NAMES)
def test_what_is_no_ledger_is_refused_and_left_as_it_was(
    tmp_path: Path,
    make: Make,
    said: str,
    read_only: bool,  # noqa: FBT001  a column of the table
) -> None:
    path = tmp_path / "thing"
    make(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(StoreError, match=said):
        SQLiteStore(path, read_only=read_only)

    assert before == (path.read_bytes() if path.is_file() else None)


@pytest.mark.parametrize(("make", "said"), WRONG_FILES[2:3] + WRONG_FILES[4:], ids=_NAMES[2:3] + _NAMES[4:])
def test_no_ledger_is_made_over_something_else(tmp_path: Path, make: Make, said: str) -> None:
    path = tmp_path / "thing"
    make(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(StoreError, match=said):
        SQLiteStore(path, create=True)

    assert before == (path.read_bytes() if path.is_file() else None)


@pytest.mark.parametrize("make", [_nothing, Path.touch, _empty_database], ids=["missing", "empty", "cut off"])
def test_a_ledger_is_made_where_nothing_is_yet(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "folder with a blank" / "what? 100%#.ledger"
    path.parent.mkdir()
    make(path)

    with closing(SQLiteStore(path, create=True)) as store:
        assert [1] == append(store, event("a", 1))
    assert [path.name] == [one.name for one in path.parent.iterdir()]


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root may write what is read-only, so for this the test is somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_file_is_read_and_not_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.ledger"
        with closing(SQLiteStore(path, create=True)) as store:
            append(store, event("a", 1))
        path.chmod(0o444)
        path.parent.chmod(0o777)

        with _as_nobody():
            with pytest.raises(StoreError, match="readonly database"):
                SQLiteStore(path)
            with closing(SQLiteStore(path, read_only=True)) as reader:
                assert 1 == reader.head().position


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        ("DROP TRIGGER events_are_never_updated", "events_are_never_updated is missing"),
        ("DROP INDEX events_of_stream", "events_of_stream is missing"),
        ("CREATE TRIGGER more AFTER INSERT ON events BEGIN SELECT 1; END", "more is not part of it"),
        ("CREATE TABLE more (x)", "more is not part of it"),
        ("ALTER TABLE head ADD COLUMN more", "head was changed"),
    ],
    ids=["trigger", "index", "foreign trigger", "foreign table", "column"],
)
def test_a_ledger_that_lost_a_guard_is_read_and_not_written(path: Path, tamper: str, said: str) -> None:
    with _foreign(path) as foreign:
        foreign.execute(tamper)

    with pytest.raises(StoreError, match=said):
        SQLiteStore(path)
    with closing(SQLiteStore(path, read_only=True)) as reader:
        assert 2 == reader.head().position


def test_a_head_that_was_taken_away_is_not_made_anew(path: Path) -> None:
    with _foreign(path) as foreign:
        foreign.execute("DROP TRIGGER head_is_never_deleted")
        foreign.execute("DELETE FROM head")

    with pytest.raises(StoreError, match="head_is_never_deleted is missing"):
        SQLiteStore(path, create=True)


def test_a_full_disk_refuses_the_batch_and_writing_goes_on_when_there_is_room(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        with store.recorder.datastore.writing() as writer:
            pages = _pragma(writer, "page_count")
            writer.execute(f"PRAGMA max_page_count={pages}")

        with pytest.raises(StoreError, match="full; nothing was recorded"):
            append(store, event("b", 1, size=200_000))

        assert 2 == store.head().position
        assert ["a"] == store.streams("")
        with store.recorder.datastore.writing() as writer:
            writer.execute("PRAGMA max_page_count=1000000")
        assert [3] == append(store, event("b", 1, size=200_000))


class _FailingDisk:
    """A write connection whose commit fails on the disk, before or after the bytes were written."""

    def __init__(self, inner: sqlite3.Connection, *, written: bool) -> None:
        self._inner = inner
        self._written = written

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            if self._written:
                self._inner.execute("COMMIT")
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._inner.execute(sql, *values)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize("written", [False, True])
def test_a_failed_sync_stops_the_writer_until_the_ledger_is_opened_again(path: Path, written: bool) -> None:  # noqa: FBT001  a column of the table
    with closing(SQLiteStore(path)) as store:
        datastore = store.recorder.datastore
        assert datastore._writer is not None
        datastore._writer = _FailingDisk(datastore._writer, written=written)  # type: ignore[assignment]  # stands in for it

        with pytest.raises(
            StoreError, match="whether the act was recorded shows when the ledger is opened again"
        ):
            append(store, event("b", 1))
        with pytest.raises(StoreError, match="open the ledger again and verify it"):
            append(store, event("b", 1))

        assert datastore.fenced
    with closing(SQLiteStore(path)) as store:
        assert (3 if written else 2) == store.head().position
        assert [(4 if written else 3)] == append(store, event("c", 1))


def _in_files(path: Path, words: bytes) -> list[str]:
    return [one.name for one in sorted(path.parent.iterdir()) if one.is_file() and words in one.read_bytes()]


@pytest.mark.parametrize("size", [1, 3_000, 70_000], ids=["in a page", "across pages", "in overflow pages"])
def test_erased_words_are_in_no_byte_of_the_ledger(tmp_path: Path, size: int) -> None:
    path = tmp_path / "test.ledger"
    name, other = "Zebedee Quirk" * size, "Kept words"
    with closing(SQLiteStore(path, create=True)) as store:
        append(store, event("a", 1, words(participants__p1__name=name, statement=other)))
        append(
            store, *(event("a", version, words(statement=f"{other} {version}")) for version in range(2, 30))
        )
        assert [] != _in_files(path, b"Zebedee")
        salt = open_line(split_lines(next(store.rows(1, 1)).disclosures)[0])[0].encode()

        append(store, event("a", 30), removals=[Removal(position=1, paths=("participants/p1/name",))])
        assert store.truncate_wal()

        assert [] == _in_files(path, b"Zebedee")
        assert [] == _in_files(path, salt), "the salt goes too, or a guess could be proved"
        assert [path.name] == _in_files(path, b"Kept words")
        assert 0 == path.with_name(path.name + "-wal").stat().st_size
    assert [] == _in_files(path, b"Zebedee")


def test_without_emptying_the_log_the_words_would_stay(tmp_path: Path) -> None:
    path = tmp_path / "test.ledger"
    with closing(SQLiteStore(path, create=True)) as store:
        append(store, event("a", 1, words(name="Zebedee Quirk")))
        append(store, event("a", 2), removals=[Removal(position=1, paths=("name",))])

        assert [path.name + "-wal"] == _in_files(path, b"Zebedee")


def test_no_connection_is_left_open_by_what_fails_and_what_succeeds(path: Path, tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.glob("*")))
    other = tmp_path / "other"
    _other_database(other)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        for _ in range(3):
            with pytest.raises(StoreError):
                SQLiteStore(other)
            with pytest.raises(StoreError):
                SQLiteStore(other, create=True)
            with closing(SQLiteStore(path)) as store:
                store.recorder.select_notifications(start=None, limit=1)
                list(store.rows())
        gc.collect()

    assert before == len(list(descriptors.glob("*")))
