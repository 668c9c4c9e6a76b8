"""A process that fills a small disk, makes room again, and tells what it met, as one JSON object.

Run with the folder of the disk. It is a process of its own because the disk is mounted for it alone, and goes with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from api.opening import open_for_writing
from ledger.append import Receipt  # noqa: TC001  msgspec reads the annotations of what it decodes
from ledger.errors import LedgerError, StoreError
from ledger.verify import verify_file
from tests.durability.acts import FIRST, blob_of, record, writes_fact

__all__ = ["Met"]

_BALLAST = 400_000
_MANY = 2_000
_CAPTURE = 3


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """What the process met.

    `receipts`: what was acknowledged, by key. `refused`: what was said to a fact, and to a snapshot, for which there was no room.
    `head_when_full`: the last position then; `kept_when_full`: the files of the snapshot that was refused. `reopened`: what
    was said to opening the ledger on the full disk, "" where it opened. `after`: acknowledged when there was room again, by the same
    writer. `verdict`, `events`: of the check at the end.
    """

    receipts: dict[str, Receipt]
    refused: list[str]
    refused_keys: list[str]
    head_when_full: int
    kept_when_full: list[str]
    verdict_when_full: str
    after: dict[str, Receipt]
    verdict: str
    events: int


def _filled(folder: Path) -> None:
    """Take what room is left, down to the last byte."""
    with (folder / "rest").open("wb", buffering=0) as rest:
        for size in (4096, 1):
            try:
                while rest.write(bytes(size)):
                    pass
            except OSError:
                pass


def _main(folder: Path) -> Met:
    path = folder / "a.ledger"
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(_BALLAST))
    receipts: dict[str, Receipt] = {}
    refused: list[str] = []
    refused_keys: list[str] = []
    with open_for_writing(path) as opened:
        for key in (*FIRST, *(f"w.{number}" for number in range(1, _MANY) if writes_fact(f"w.{number}"))):
            try:
                receipts[key] = record(opened, key)
            except StoreError as error:
                refused, refused_keys = [str(error)], [key]
                break
        _filled(folder)
        capture = f"snapshot.{_CAPTURE}"
        try:
            receipts[capture] = record(opened, capture)
        except StoreError as error:
            refused.append(str(error))
            refused_keys.append(capture)
        blob = blob_of(capture, path)
        assert blob is not None
        head = opened.writer._store.head().position
        kept = [one.name for one in blob.parent.glob("*")] if blob.parent.is_dir() else []
        full = verify_file(path).verdict
        ballast.unlink()
        (folder / "rest").unlink()
        after = {key: record(opened, key) for key in refused_keys}
    report = verify_file(path)
    return Met(
        receipts=receipts,
        refused=refused,
        refused_keys=refused_keys,
        head_when_full=head,
        kept_when_full=kept,
        verdict_when_full=full,
        after=after,
        verdict=report.verdict,
        events=report.events,
    )


def _reopened(folder: Path) -> str:
    """What is said to one act on a ledger that is opened while the disk is full, and then when there is room."""
    path = folder / "b.ledger"
    with open_for_writing(path) as opened:
        for key in FIRST:
            record(opened, key)
    _filled(folder)
    try:
        with open_for_writing(path) as opened:
            record(opened, "w.1")
        said = ""
    except LedgerError as error:
        said = f"{type(error).__name__}: {error}"
    (folder / "rest").unlink()
    with open_for_writing(path) as opened:
        record(opened, "w.1")
    return said if verify_file(path).verdict == "OK" else f"CORRUPT after {said}"


if __name__ == "__main__":
    told = msgspec.json.encode([_main(Path(sys.argv[1])), _reopened(Path(sys.argv[1]))])
    sys.stdout.write(told.decode())
