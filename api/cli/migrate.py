"""The command migrate: a ledger moved from a file into a database, or back, with the same root (docs/cluster.md)."""

from __future__ import annotations

import shutil
import sys

from api.keys_at import keys_of
from api.opening import open_for_writing
from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile, ToLedger
from api.terminal.telling import ending_plainly, misused, print_json, print_lines, say
from ledger.address import Address, folder_of
from ledger.errors import ConflictError, IntegrityError
from ledger.moving import move
from ledger.stores.opening import lies_there
from ledger.verify import verify_ledger

__all__ = ["migrate"]

_FOLDERS = ("keys", "tree")
_TOLD_EVERY = 10_000


def migrate(to: ToLedger, ledger: LedgerFile = DEFAULT_LEDGER, *, as_json: AsJson = False) -> None:
    """Move a ledger from a file into a schema of a database, or back, with its snapshots and keys. The one that is read stays as it is.

    Nobody may write to either meanwhile. Done again after it was cut off, it goes on where it was.
    """
    with ending_plainly():
        if str(to) == str(ledger):
            misused("--to names the ledger that is to be moved; name another place")
        if not lies_there(ledger):
            misused(f"there is no ledger at {ledger} to move")
        with open_for_writing(ledger) as source, open_for_writing(to) as destination:
            try:
                moved = move(source.store, source.blobs, destination.store, destination.blobs, _tell)
            except ConflictError as error:
                misused(error.message)
            _move_folder(ledger, to)
        report = verify_ledger(to)
        if report.verdict != "OK":
            first = report.findings[0]
            raise IntegrityError(f"what was moved is not whole: {first.what}", where=first.where)
        if as_json:
            print_json(moved)
        else:
            print_lines(
                f"moved to {to}: up to position {moved.position}, {moved.events:,} events, {moved.answers:,} answers and "
                f"{moved.snapshots:,} snapshots now",
                f"root {moved.root}, the same in both; checked: {report.verdict}",
            )


def _tell(position: int) -> None:
    if position % _TOLD_EVERY == 0 and sys.stderr.isatty():
        say(f"position {position:,}")


def _move_folder(source: Address, destination: Address) -> None:
    """Copy the keys and what was signed with them: whoever holds a checkpoint asks for proofs of the same log."""
    keys = keys_of(source).read()
    if keys is not None and keys_of(destination).read() is None:
        keys_of(destination).replace(keys)
    for name in _FOLDERS:
        for path in sorted((folder_of(source) / name).rglob("*")):
            into = folder_of(destination) / path.relative_to(folder_of(source))
            if path.is_file() and path.name != "access.json" and not into.exists():
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, into)
