"""Looking for what was redacted at any time before, without knowing a word of it: by the digests that the events kept.

An event holds the digest of each disclosure that it ever had. One whose line is gone is looked for by hashing all that looks like a line.
That finds whole lines, in a file or inside a JSON text, and no other form and no part: for these the words are needed, which only the
search right after a redaction has (left.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.address import DatabaseAddress
from ledger.disclosure import path_of, split_lines
from ledger.errors import UnknownSchemaError
from ledger.events import Redacted, SnapshotCaptured
from ledger.removal.left import Leftover, Searched, ask_child, name_of, of_table
from ledger.stores.mapper import entry_of, proved_envelope_of

if TYPE_CHECKING:
    from ledger.address import Address
    from ledger.events import Recorded
    from ledger.stores.contract import Row, Store

__all__ = ["search_for_earlier"]

_PREFIX = "sha256:"


def _entry_of(row: Row) -> Recorded[Any]:
    """A stored event as it is read; of one that a newer program wrote the digests are known, and which snapshots it concerns is not."""
    try:
        return entry_of(row)
    except UnknownSchemaError:
        return proved_envelope_of(row)


def search_for_earlier(ledger: Address, store: Store) -> Searched:
    """Look through every file of a ledger for disclosures and snapshots that are gone from it; in a database, through its tables too.

    Raises StoreError as search_for does.
    """
    digests: set[str] = set()
    snapshots: set[str] = set()
    texts: dict[str, set[str]] = {}
    for row in store.rows():
        entry = _entry_of(row)
        there = {path_of(line) for line in split_lines(row.disclosures)}
        digests.update(digest for path, digest in entry.committed.items() if path not in there)
        match entry.body:
            case Redacted():
                snapshots.update(entry.body.snapshots)
            case SnapshotCaptured():
                snapshots.discard(entry.body.snapshot)
                texts.setdefault(entry.body.snapshot, set()).add(entry.body.extraction or entry.body.snapshot)
            case _:
                pass
    kept = {
        text for snapshot, made in texts.items() if snapshot not in snapshots for text in (snapshot, *made)
    }
    made_of_them = {text for snapshot in snapshots for text in texts.get(snapshot, ())}
    gone = sorted(one.removeprefix(_PREFIX) for one in (snapshots | made_of_them) - kept)
    found = ask_child("ledger.removal.sift", ledger, {"digests": sorted(digests), "snapshots": gone})
    if isinstance(ledger, DatabaseAddress):
        # Whoever has a file need not load a database's driver.
        from ledger.removal.database import sift_tables  # noqa: PLC0415  see above

        found += [of_table(*one) for one in sift_tables(ledger, digests, frozenset(gone))]
    leftovers: dict[Leftover, None] = {}
    for one in found:
        name = name_of(one, ledger)
        if one.unread is not None:
            leftovers[Leftover(file=name, what=f"unread: {one.unread}")] = None
        for digest in one.found:
            leftovers[Leftover(file=name, what="snapshot" if digest in gone else "disclosure")] = None
    return Searched(
        files=len(found),
        size_bytes=sum(one.size for one in found),
        needles=len(digests) + len(gone),
        shared=0,
        leftovers=tuple(leftovers),
    )
