"""Files read for bytes that must not be in them, by a process of its own.

A process that closes a file of SQLite's lets go of every lock that it holds on it (traps of POSIX locks), so that whoever writes a ledger
must not read its files by itself. Run by left.py as `python -m ledger.removal.search`; what to look for comes on standard input and is
in no argument, for arguments are seen by all. Little is imported.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main", "search"]

_CHUNK_BYTES = 4 * 1024 * 1024


def files_of(ledger: Path | None, folder: Path) -> list[Path]:
    """The ledger file, what SQLite keeps beside it, and every file of its folder. A ledger in a database has only these."""
    beside: list[Path] = []
    if ledger is not None:
        beside = [
            one for one in ledger.parent.iterdir() if one.name.startswith(ledger.name) and one.is_file()
        ]
    return sorted({*beside, *(one for one in folder.rglob("*") if one.is_file())})


def search(path: Path, needles: Sequence[Sequence[bytes]]) -> tuple[int, set[int]]:
    """How many bytes a file has, and which needles stand in it: a needle is found where any of its forms is."""
    longest = max((len(form) for forms in needles for form in forms), default=1)
    found: set[int] = set()
    size = 0
    for chunk, new in _overlapping(path, longest - 1):
        size += new
        for number, forms in enumerate(needles):
            if number not in found and any(form in chunk for form in forms):
                found.add(number)
    return size, found


def _overlapping(path: Path, overlap: int) -> Iterator[tuple[bytes, int]]:
    """The file in pieces, each beginning with the end of the one before it, and how much of each is new."""
    with path.open("rb") as file:
        kept = b""
        while read := file.read(_CHUNK_BYTES):
            chunk = kept + read
            yield chunk, len(read)
            kept = chunk[len(chunk) - min(overlap, len(chunk)) :] if overlap else b""


def main() -> int:
    """Read what is asked from standard input, and answer on standard output; a file that goes away meanwhile holds nothing."""
    asked = json.load(sys.stdin)
    needles = [[base64.b64decode(form) for form in forms] for forms in asked["needles"]]
    answer = []
    for path in files_of(Path(asked["ledger"]) if asked["ledger"] else None, Path(asked["folder"])):
        try:
            size, found = search(path, needles)
        except FileNotFoundError:
            continue
        except OSError as error:
            answer.append({"file": str(path), "size": 0, "found": [], "unread": error.strerror or str(error)})
            continue
        answer.append({"file": str(path), "size": size, "found": sorted(found), "unread": None})
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
