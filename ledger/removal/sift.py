"""Files read for disclosures and snapshots that are known by their digests alone, by a process of its own (search.py says why).

Every line of the form of a disclosure is hashed, as it stands in a file or inside a JSON text. Run by earlier.py as
`python -m ledger.removal.sift`. Little is imported.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mmap
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.removal.search import files_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["lines_in", "main", "sift", "sift_bytes"]

_BEGINS = re.compile(rb'\[(\\?)"[A-Za-z0-9_-]{22}\1",\1"')
_INSIDE = re.compile(rb'(?:[^"\\]|\\.)*', re.DOTALL)
_WINDOWS = (1_024, 32_768, 1_200_000)
"""How much is read of what may be a line, until it has an end; none is longer than the last."""

_CHUNK_BYTES = 4 * 1024 * 1024
_DECODER = json.JSONDecoder()


def lines_in(data: bytes | mmap.mmap) -> Iterator[bytes]:
    """Everything that has the form of a disclosure: as a line, or inside a JSON text."""
    for found in _BEGINS.finditer(data):
        line = _line_at(data, found.start(), inside=bool(found[1]))
        if line is not None:
            yield line


def _line_at(data: bytes | mmap.mmap, start: int, *, inside: bool) -> bytes | None:
    for window in _WINDOWS:
        piece = bytes(data[start : start + window])
        try:
            if inside:
                whole = _INSIDE.match(piece)
                piece = json.loads(b'"' + (whole[0] if whole else b"") + b'"').encode(
                    "utf-8", "surrogatepass"
                )
            text = piece.decode("utf-8", "surrogateescape")
            _, end = _DECODER.raw_decode(text)
            return text[:end].encode("utf-8", "surrogateescape")
        except (ValueError, RecursionError):
            continue
    return None


def sift(path: Path, digests: Collection[str], snapshots: Collection[str]) -> set[str]:
    """Which of the digests have something in a file: of disclosures in base64url, of snapshots in hexadecimal."""
    if path.stat().st_size == 0:
        return set()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return sift_bytes(data, digests, snapshots)


def sift_bytes(data: bytes | mmap.mmap, digests: Collection[str], snapshots: Collection[str]) -> set[str]:
    """As sift, of what a file or a value of a table holds."""
    found = {digest for line in lines_in(data) if (digest := _digest_of(line)) in digests}
    whole = hashlib.sha256()
    for at in range(0, len(data), _CHUNK_BYTES):
        whole.update(data[at : at + _CHUNK_BYTES])
    if whole.hexdigest() in snapshots:
        found.add(whole.hexdigest())
    return found


def _digest_of(line: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(line).digest())[:43].decode()


def main() -> int:
    """Read what is asked from standard input, and answer on standard output; a file that goes away meanwhile holds nothing."""
    asked = json.load(sys.stdin)
    digests, snapshots = frozenset(asked["digests"]), frozenset(asked["snapshots"])
    answer = []
    for path in files_of(Path(asked["ledger"]) if asked["ledger"] else None, Path(asked["folder"])):
        try:
            size, found = path.stat().st_size, sift(path, digests, snapshots)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            answer.append({"file": str(path), "size": 0, "found": [], "unread": str(error)})
            continue
        answer.append({"file": str(path), "size": size, "found": sorted(found), "unread": None})
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
