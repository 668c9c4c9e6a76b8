"""Ways to tamper with a ledger, each by the name that docs/threat-model.md calls it; and the ledger that they are tried on."""

from __future__ import annotations

import base64
import hashlib
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.mark import Mark, Marked
from ledger.restoration import Since, restore
from ledger.stores.sqlite_store import SQLiteStore
from ledger.transparency import Transparency
from tests.desk import Desk, a_small_ledger, fact
from tests.fakes import CountingBytes, FrozenClock, SequentialIds
from tests.tampering import rehashed, tamper

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from ledger.signing import VerifierKey

__all__ = ["ATTACKS", "World", "a_world", "copied"]

_NAME = "a.ledger"
_RELEASED = 5
"""The position of the fact that rests on a snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A ledger as it was copied while it was open, the same a day before, and what somebody else kept: a key and a checkpoint."""

    today: Path
    yesterday: Path
    key: VerifierKey
    kept: bytes


def _folder(path: Path) -> Path:
    return path.with_name(path.name + ".d")


def copied(path: Path, into: Path) -> Path:
    """A copy of a ledger with all that lies beside it."""
    into.mkdir(parents=True, exist_ok=True)
    copy = into / path.name
    for beside in ("", "-wal"):
        if path.with_name(path.name + beside).exists():
            shutil.copy(path.with_name(path.name + beside), copy.with_name(copy.name + beside))
    shutil.copytree(_folder(path), _folder(copy))
    return copy


def _signed(path: Path, store: SQLiteStore, seed: str = "honest") -> tuple[bytes, VerifierKey]:
    with closing(Transparency(store, _folder(path), writing=True)) as transparency:
        transparency.make_key(CountingBytes(seed))
        head = transparency.sign()
        assert head is not None
        return head.note, head.signers[0]


def a_world(folder: Path) -> World:
    """Six events of yesterday, signed; and four of today that lie in the write-ahead log, signed too."""
    path = folder / "open" / _NAME
    path.parent.mkdir()
    desk = a_small_ledger(path)
    _signed(path, desk.store)
    desk.close()
    yesterday = copied(path, folder / "yesterday")
    desk = Desk(path)
    for number in range(4):
        desk.clock.advance()
        desk.act(fact(f"today-{number}"))
    kept, key = _signed(path, desk.store)
    today = copied(path, folder / "today")
    desk.close()
    return World(today=today, yesterday=yesterday, key=key, kept=kept)


def _flip(table: str, column: str, position: int) -> Callable[[sqlite3.Connection], None]:
    def flip(foreign: sqlite3.Connection) -> None:
        query = f"SELECT {column} FROM {table} WHERE position = ?"  # noqa: S608  constants of this file
        (data,) = foreign.execute(query, (position,)).fetchone()
        changed = bytes([*data[:-9], data[-9] ^ 1, *data[-8:]])
        foreign.execute(
            f"UPDATE {table} SET {column} = ? WHERE position = ?",  # noqa: S608  constants of this file
            (changed, position),
        )

    return flip


def _move(foreign: sqlite3.Connection, table: str, moves: dict[int, int]) -> None:
    """Give rows other positions."""
    for old in moves:
        foreign.execute(f"UPDATE {table} SET position = ? WHERE position = ?", (-old, old))  # noqa: S608  constants of this file
    for old, new in moves.items():
        foreign.execute(f"UPDATE {table} SET position = ? WHERE position = ?", (new, -old))  # noqa: S608  constants of this file


def _head(foreign: sqlite3.Connection) -> None:
    foreign.execute(
        "UPDATE head SET (position, recorded_us) = (SELECT position, recorded_us FROM events ORDER BY position DESC LIMIT 1)"
    )


def _without_last(foreign: sqlite3.Connection) -> None:
    for table in ("disclosures", "events"):
        foreign.execute(f"DELETE FROM {table} WHERE position = 10")  # noqa: S608  constants of this file
    _head(foreign)


def _mark_anew(path: Path) -> None:
    (_folder(path) / "mark").unlink()
    with closing(SQLiteStore(path, read_only=True)) as store, closing(Mark(_folder(path) / "mark")) as mark:
        *_, last = store.rows()
        mark.advance(Marked(position=last.position, recorded_us=last.recorded_us, leaf=last.leaf))


def _inserted(foreign: sqlite3.Connection) -> None:
    for table in ("events", "disclosures"):
        _move(foreign, table, {position: position + 1 for position in range(10, 6, -1)})
    foreign.execute(
        "INSERT INTO events SELECT 7, stream_no, 99, recorded_us, topic, event, leaf FROM events WHERE position = 6"
    )
    foreign.execute("INSERT INTO disclosures SELECT 7, lines FROM disclosures WHERE position = 6")
    _head(foreign)


def _swapped(foreign: sqlite3.Connection) -> None:
    _move(foreign, "events", {5: 6, 6: 5})
    _move(foreign, "disclosures", {5: 6, 6: 5})


def _duplicated(foreign: sqlite3.Connection) -> None:
    foreign.execute(
        "INSERT INTO events SELECT 11, stream_no, version + 1, recorded_us, topic, event, leaf FROM events WHERE position = 10"
    )
    foreign.execute("INSERT INTO disclosures SELECT 11, lines FROM disclosures WHERE position = 10")
    _head(foreign)


def _reordered(foreign: sqlite3.Connection) -> None:
    moves = {position: 12 - position for position in range(2, 11)}
    for table in ("events", "disclosures"):
        _move(foreign, table, moves)
    _head(foreign)


def _edited(path: Path) -> None:
    """Other words in a fact, its digest in the event and the leaf computed anew; and the mark, as it stands."""

    def edit(foreign: sqlite3.Connection) -> None:
        (event,) = foreign.execute("SELECT event FROM events WHERE position = ?", (_RELEASED,)).fetchone()
        (lines,) = foreign.execute(
            "SELECT lines FROM disclosures WHERE position = ?", (_RELEASED,)
        ).fetchone()
        (old,) = (line for line in lines.split(b"\n") if b'"statement"' in line)
        new = old.replace(b"dragged", b"carried")
        event = event.replace(_digest(old), _digest(new))
        foreign.execute("UPDATE events SET event = ? WHERE position = ?", (event, _RELEASED))
        foreign.execute(
            "UPDATE disclosures SET lines = ? WHERE position = ?", (lines.replace(old, new), _RELEASED)
        )

    tamper(path, edit, rehashed(_RELEASED))


def _digest(line: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(line).digest()).rstrip(b"=")


def _signed_anew(path: Path, *, seed: str | None = None) -> None:
    """A tree and a signed head of what is there now; with `seed` by a key that is made for it."""
    shutil.rmtree(_folder(path) / "tree")
    if seed is not None:
        shutil.rmtree(_folder(path) / "keys")
    with closing(SQLiteStore(path)) as store:
        _signed(path, store, seed or "")


def _put_back(world: World, path: Path, *names: str) -> None:
    """Yesterday's file, and of the folder what is named; "" is all of it."""
    for beside in ("", "-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.copy(world.yesterday, path)
    for name in names:
        source, target = _folder(world.yesterday) / name, _folder(path) / name
        if source.is_dir():
            shutil.rmtree(target)
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)


def _gone_on(world: World, path: Path) -> None:
    _put_back(world, path, "")
    desk = Desk(path)
    for number in range(5):
        desk.clock.advance()
        desk.act(fact(f"other-{number}"))
    _signed(path, desk.store)
    desk.close()


def _restored(world: World, path: Path) -> None:
    """Yesterday's ledger as `restore` brings it back: a new epoch with a key of its own, which is gone on with and signed."""
    for beside in ("", "-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    shutil.rmtree(_folder(path))
    random = CountingBytes("restored")
    restore(
        world.yesterday,
        path,
        Since(accept_lost=True),
        clock=FrozenClock(),
        ids=SequentialIds(),
        random=random,
    )
    desk = Desk(path)
    for number in range(5):
        desk.clock.advance()
        desk.act(fact(f"other-{number}"))
    _signed(path, desk.store, "restored")
    desk.close()


def _snapshot(path: Path) -> Path:
    return next(one for one in (_folder(path) / "blobs").glob("??/*") if one.is_file())


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _cut_log(path: Path) -> None:
    data = _log(path).read_bytes()
    _log(path).write_bytes(data[: len(data) // 2])


def _truncated(_: World, path: Path) -> None:
    tamper(path, _without_last)
    _mark_anew(path)


def _forged(_: World, path: Path) -> None:
    _edited(path)
    _signed_anew(path, seed="forger")


def _forged_with_the_stolen_key(_: World, path: Path) -> None:
    _edited(path)
    _signed_anew(path)


ATTACKS: dict[str, Callable[[World, Path], object]] = {
    "nothing": lambda _world, _path: None,
    "a bit of an event flipped": lambda _, path: tamper(path, _flip("events", "event", _RELEASED)),
    "a bit of a disclosure flipped": lambda _, path: tamper(path, _flip("disclosures", "lines", _RELEASED)),
    "an event deleted": lambda _, path: tamper(path, "DELETE FROM events WHERE position = 5"),
    "the last event deleted, the head turned back": lambda _, path: tamper(path, _without_last),
    "the last event deleted, the head turned back, the mark made anew": _truncated,
    "an event inserted between two": lambda _, path: tamper(path, _inserted),
    "two events swapped": lambda _, path: tamper(path, _swapped),
    "an event duplicated at the end": lambda _, path: tamper(path, _duplicated),
    "all events in another order, hashes and all": lambda _, path: tamper(path, _reordered),
    "the disclosures of two events swapped": lambda _, path: tamper(
        path, lambda foreign: _move(foreign, "disclosures", {5: 6, 6: 5})
    ),
    "a disclosure deleted without a redaction": lambda _, path: tamper(
        path, "UPDATE disclosures SET lines = x'' WHERE position = 6"
    ),
    "a snapshot changed": lambda _, path: _snapshot(path).write_bytes(b"something else"),
    "a snapshot removed without a redaction": lambda _, path: _snapshot(path).unlink(),
    "the write-ahead log dropped": lambda _, path: _log(path).unlink(),
    "the write-ahead log truncated": lambda _, path: _cut_log(path),
    "the file replaced by yesterday's": _put_back,
    "the file and its mark replaced by yesterday's": lambda world, path: _put_back(world, path, "mark"),
    "the file and its whole folder replaced by yesterday's": lambda world, path: _put_back(world, path, ""),
    "yesterday's file and folder put back, and gone on from there": _gone_on,
    "yesterday's ledger brought back by a restore, and gone on from there": _restored,
    "words edited, and every hash computed anew": lambda _, path: _edited(path),
    "words edited, hashes computed anew, signed with another key": _forged,
    "words edited, hashes computed anew, signed with the stolen key": _forged_with_the_stolen_key,
    "the signed heads removed": lambda _, path: shutil.rmtree(_folder(path) / "tree"),
}
"""By the name in the table."""
