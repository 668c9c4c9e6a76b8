"""The redactions of a ledger in a file of their own, so that a backup from before them is not served as it is.

What is kept are the events as they are stored: what went, on whose authority and on what legal basis stands there in the clear, and no word
of what went. The file follows the log, like a view: whatever a fault left out is added the next time. A line each, as in the log
(ledger-format §8); the first names the ledger.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import orjson

from ledger.errors import IntegrityError, StoreError
from ledger.folders import make_folder, sync_folder
from ledger.log_lines import log_line
from ledger.strict_json import canonical
from ledger.transparency import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ledger.stores.contract import Store

__all__ = ["JOURNAL", "JournalledRedaction", "RedactionJournal", "read_redactions"]

JOURNAL = "incident-ledger/redactions@1"
_REDACTED = "Redacted@1"


class JournalledRedaction(msgspec.Struct, frozen=True, kw_only=True):
    """A redaction as it was recorded: its position, and the stored text of the event."""

    position: int
    event: str


class RedactionJournal:
    """The file. One process adds to it: whoever writes the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: int | None = None

    def catch_up(self, store: Store) -> int:
        """Add the redactions that the log has and the file has not, durably; how many. Raises StoreError where the disk refuses.

        Raises IntegrityError where the file is of another ledger.
        """
        ledger = origin_of(store)
        if ledger is None:
            return 0
        if self._last is None:
            self._last = self._begun(ledger)
        lines = [log_line(row, disclosures=False) for row in store.of_topic(_REDACTED, after=self._last)]
        if lines:
            self._append(b"".join(lines))
            self._last = int(orjson.loads(lines[-1])["position"])
        return len(lines)

    def _begun(self, ledger: str) -> int:
        """The position of the last redaction in the file, which is made where it is not; 0 where there is none yet."""
        try:
            whole = self._path.exists() and self._path.stat().st_size > 0
        except OSError as error:
            raise self._refused(error) from error
        if not whole:
            self._append(canonical({"format": JOURNAL, "ledger": ledger}) + b"\n")
        redactions = read_redactions(self._path, ledger)
        return max((one.position for one in redactions), default=0)

    def _append(self, data: bytes) -> None:
        """Add whole lines; what a power cut left of one before is cut off."""
        try:
            make_folder(self._path.absolute().parent)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                end = os.lseek(descriptor, 0, os.SEEK_END)
                while end and os.pread(descriptor, 1, end - 1) != b"\n":
                    end -= 1
                os.ftruncate(descriptor, end)
                os.pwrite(descriptor, data, end)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            sync_folder(self._path.absolute().parent)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> StoreError:
        return StoreError(
            f"the journal of redactions {self._path} could not be written: {error.strerror or error}; they stand in the ledger all"
            " the same"
        )


def read_redactions(path: Path, ledger: str) -> list[JournalledRedaction]:
    """The redactions in a journal, or in any file of lines of the log, in ledger order.

    A last line without its end was cut off, and is passed over. Raises StoreError where the file cannot be read, and IntegrityError
    where it is of another ledger than `ledger`, or has a line that is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} could not be read: {error.strerror or error}") from error
    lines = data.split(b"\n")
    found: dict[int, JournalledRedaction] = {}
    for number, line in enumerate(lines[:-1], start=1):
        try:
            read = orjson.loads(line)
            event = orjson.loads(read["event"]) if "event" in read else {}
            named = read.get("ledger") or (
                event["body"]["ledger"] if event.get("type") == "LedgerOpened" else ledger
            )
            if event.get("type") == "Redacted":
                found[read["position"]] = JournalledRedaction(
                    position=int(read["position"]), event=read["event"]
                )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IntegrityError("the line is none of a log", where=f"{path.name}:{number}") from error
        if named != ledger:
            raise IntegrityError(
                f"it is of the ledger {named}, and not of {ledger}", where=f"{path.name}:{number}"
            )
    return sorted(_without_doubles(found.values()), key=lambda one: one.position)


def _without_doubles(found: Iterable[JournalledRedaction]) -> list[JournalledRedaction]:
    return list({one.event: one for one in found}.values())
