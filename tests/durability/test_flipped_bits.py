"""One bit of the ledger file flips: it is found, or every byte that anybody reads is the one that was recorded.

What is no evidence and follows from nothing, the key of an idempotent request and its salted digest, has no hash: the last tests
say so. A flipped bit in the write-ahead log makes SQLite drop the rest of the log without a word; see test_lost_tails.py.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, TypeAlias

import pytest

from ledger.append import Request
from ledger.errors import ConflictError, IntegrityError, StoreError
from ledger.mark import Mark
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import verify_file
from tests.desk import Desk, a_small_ledger, cited, fact
from tests.durability.trials import IN_CI, LONG, Dice

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = 4096
_HEADER = 100
_EACH_PAGE = 40 if IN_CI else 12

Contents: TypeAlias = dict[str, list[tuple[object, ...]]]

_FOUND, _HARMLESS = "found", "harmless"
_TABLES = ("head", "streams", "events", "disclosures", "idempotency")
_NOT_PROVED = "unseen in idempotency"


def a_ledger_of_every_sort(path: Path) -> None:
    """A closed ledger with rows on overflow pages, kept answers, a redaction, and pages that are free."""
    desk: Desk = a_small_ledger(path)
    for number in range(6):
        request = Request(idempotency_key=f"key-{number}", content=b"asked")
        desk.act(fact(f"more-{number}", citations=[cited()]), request=request)
    desk.act(fact("long", statement="It was told at length. " * 400))
    desk.redact(facts=[{"fact": "long", "paths": ["statement"]}])
    desk.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that nothing has happened to."""
    path = tmp_path_factory.mktemp("sound") / "a.ledger"
    a_ledger_of_every_sort(path)
    return path


def contents(path: Path) -> Contents:
    """Every value of every table, as a stranger with SQLite reads them."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.text_factory = bytes
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608  constants of this file
            for table in _TABLES
        }


def what_becomes_of(path: Path, before: Contents) -> str:
    """`found`, `harmless`, or which table reads back otherwise and nobody said so."""
    try:
        if verify_file(path).verdict != "OK":
            return _FOUND
        with closing(SQLiteStore(path)) as store:
            list(store.rows())
    except (StoreError, IntegrityError):
        return _FOUND
    after = contents(path)
    changed = [table for table in _TABLES if after[table] != before[table]]
    return f"unseen in {', '.join(changed)}" if changed else _HARMLESS


def _fates(sound: Path, folder: Path, bits: list[int]) -> dict[str, list[int]]:
    """What becomes of each bit of the file, counted from its beginning."""
    blobs = folder / "a.ledger.d"
    if not blobs.exists():
        blobs.symlink_to(sound.with_name("a.ledger.d"))
    before, whole, path = contents(sound), sound.read_bytes(), folder / "a.ledger"
    fates: dict[str, list[int]] = {}
    for bit in bits:
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        fates.setdefault(what_becomes_of(path, before), []).append(bit)
        for beside in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
    return fates


def _sampled(whole: bytes, each_page: int) -> list[int]:
    """Bits of every page: half of them in bytes that are not zero, for much of a page is empty."""
    dice = Dice("bits")
    bits: list[int] = []
    for page in range(0, len(whole), _PAGE):
        used = [at for at in range(page, page + _PAGE) if whole[at]]
        places = dice.some(used, each_page // 2)
        places += [page + dice.below(_PAGE) for _ in range(each_page - len(places))]
        bits += [place * 8 + dice.below(8) for place in places]
    return bits


def _unseen(fates: dict[str, list[int]]) -> dict[str, list[int]]:
    return {fate: bits for fate, bits in fates.items() if fate not in {_FOUND, _HARMLESS, _NOT_PROVED}}


def test_the_ledger_is_found_sound_before_a_bit_flips(sound: Path) -> None:
    before = contents(sound)

    assert _HARMLESS == what_becomes_of(sound, before)
    assert all(before.values())
    with closing(sqlite3.connect(sound)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] > 0


@pytest.mark.parametrize("shift", range(8), ids=lambda shift: f"bit-{shift}")
def test_a_flipped_bit_of_the_header_is_found_or_harmless(sound: Path, tmp_path: Path, shift: int) -> None:
    step = 1 if IN_CI else 4
    fates = _fates(sound, tmp_path, [at * 8 + shift for at in range(shift % step, _HEADER, step)])

    assert {_FOUND, _HARMLESS} == fates.keys()


def test_a_flipped_bit_on_any_page_is_found_or_harmless(sound: Path, tmp_path: Path) -> None:
    fates = _fates(sound, tmp_path, _sampled(sound.read_bytes(), _EACH_PAGE))

    assert {} == _unseen(fates)
    assert fates[_FOUND]


@pytest.mark.long
def test_many_flipped_bits_on_every_page_are_found_or_harmless(sound: Path, tmp_path: Path) -> None:
    assert {} == _unseen(_fates(sound, tmp_path, _sampled(sound.read_bytes(), LONG)))


def _bits_of(sound: Path, words: bytes) -> list[int]:
    """Every fourth bit of some bytes that stand in the file."""
    at = sound.read_bytes().index(words)
    return list(range(at * 8, (at + len(words)) * 8, 4))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT event FROM events WHERE position = 3",
        "SELECT leaf FROM events WHERE position = 3",
        "SELECT lines FROM disclosures WHERE position = 7",
        "SELECT sql FROM sqlite_master WHERE name = 'events_are_never_deleted'",
        "SELECT sql FROM sqlite_master WHERE name = 'events_of_stream'",
    ],
    ids=["event", "leaf", "disclosures", "guard", "index"],
)
def test_a_flipped_bit_of_what_was_recorded_is_found_each_time(
    sound: Path, tmp_path: Path, query: str
) -> None:
    with closing(sqlite3.connect(sound)) as connection:
        (words,) = connection.execute(query).fetchone()
    words = words.encode() if isinstance(words, str) else words

    assert {_FOUND} == _fates(sound, tmp_path, _bits_of(sound, words[:100])).keys()


def test_a_flipped_bit_of_a_kept_answer_is_found_each_time(sound: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(sound)) as connection:
        (answer,) = connection.execute("SELECT answer FROM idempotency WHERE key = 'key-1'").fetchone()

    assert {_FOUND} == _fates(sound, tmp_path, _bits_of(sound, answer)).keys()


@pytest.mark.parametrize("column", ["salt", "digest"])
def test_a_flipped_bit_of_the_digest_of_a_request_is_not_found_and_refuses_the_retry(
    sound: Path, tmp_path: Path, column: str
) -> None:
    """Whoever asks again is told that the key was used for another request: nothing is recorded twice, nothing answered wrongly."""
    with closing(sqlite3.connect(sound)) as connection:
        (words,) = connection.execute(f"SELECT {column} FROM idempotency WHERE key = 'key-1'").fetchone()  # noqa: S608  constants of this test

    fates = _fates(sound, tmp_path, _bits_of(sound, words))

    assert {_NOT_PROVED} == fates.keys()
    data = bytearray(sound.read_bytes())
    data[fates[_NOT_PROVED][0] // 8] ^= 1 << fates[_NOT_PROVED][0] % 8
    path = tmp_path / "asked.ledger"
    path.write_bytes(data)
    desk = Desk(path)
    with pytest.raises(ConflictError, match="another request"):
        desk.act(
            fact("more-1", citations=[cited()]), request=Request(idempotency_key="key-1", content=b"asked")
        )
    desk.close()


def test_a_flipped_bit_of_the_mark_is_found_or_harmless(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    shutil.copytree(sound.with_name("a.ledger.d"), tmp_path / "a.ledger.d")
    shutil.copy(sound, path)
    mark = tmp_path / "a.ledger.d" / "mark"
    whole, before = mark.read_bytes(), contents(sound)
    newest = Mark(mark).read()
    assert newest is not None
    fates: set[str] = set()
    for bit in Dice("mark").some(range(len(whole) * 8), 300):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        mark.write_bytes(flipped)
        fates.add(what_becomes_of(path, before))
        left = Mark(mark).read()
        assert left is not None
        assert left == newest or left.position < newest.position, f"bit {bit}"

    assert {_HARMLESS} == fates


def test_a_flipped_bit_that_the_checks_pass_over_would_be_caught(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(sound)) as connection:
        (event,) = connection.execute("SELECT event FROM events WHERE position = 3").fetchone()
    monkeypatch.setattr("ledger.verify.check.Check.run", lambda _check: None)

    assert _unseen(_fates(sound, tmp_path, _bits_of(sound, event[:20])))
