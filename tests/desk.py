"""A desk that writes a real ledger file with a clock, ids and salts that the test says: what writer, store and verify are tried on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.address import folder_of
from ledger.append import Caller, Receipt, Request, Writer
from ledger.blobs import Blobs
from ledger.mark import Mark
from ledger.read_command import read_command
from ledger.self_test import where_it_ends
from ledger.stores.sqlite_store import SQLiteStore
from tests.fakes import CountingBytes, FrozenClock, SequentialIds

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.address import Address
    from ledger.commands import Command
    from ledger.values import Json

__all__ = ["AGENCY", "DESK", "TEXT", "Desk", "a_small_ledger", "begun", "cited", "fact"]

DESK = Caller(actor="desk")
TEXT = "The officer was dragged about 15 feet. Müller, aged 34, was hurt.\n"
"""What the snapshot of source `release` says."""

AGENCY = {"op": "register-source", "id": "release", "kind": "release", "title": "Release of the police"}


def cited(ident: str = "a1", **members: Json) -> dict[str, Json]:
    """A citation of source `release`."""
    return {"id": ident, "source": "release", **members}


def fact(ident: str = "drag", **members: Json) -> dict[str, Json]:
    """A report of a fact in incident `stop`, cited without a snapshot unless `members` say otherwise."""
    return {
        "op": "report-fact",
        "incident": "stop",
        "id": ident,
        "kind": "drag",
        "statement": f"The officer was dragged, says {ident}.",
        "citations": [cited()],
        **members,
    }


class Desk:
    """One writer on one ledger file. `act` takes commands as a caller would write them; `reopen` is a new process."""

    mark_name = "mark"

    def __init__(self, path: Path, *, clock: FrozenClock | None = None) -> None:
        self.path = path
        self.clock = clock or FrozenClock()
        self.ids = SequentialIds()
        self.random = CountingBytes()
        self._open()

    def _open(self) -> None:
        folder = folder_of(self.address())
        self.store = self.opened()
        self.mark = Mark(folder / self.mark_name)
        self.mark.advance(where_it_ends(self.store))
        self.blobs = Blobs(folder / "blobs", self.random)
        self.writer = Writer(self.store, self.blobs, self.clock, self.ids, self.random, mark=self.mark)

    def address(self) -> Address:
        """Where the ledger lies."""
        return self.path

    def opened(self) -> SQLiteStore:
        """Its store."""
        return SQLiteStore(self.path, create=True)

    def reopen(self) -> None:
        """Close the ledger and open it again."""
        self.close()
        self._open()

    def close(self) -> None:
        """Close the ledger."""
        self.store.close()
        self.mark.close()

    def act(
        self,
        given: dict[str, Json],
        *,
        by: Caller = DESK,
        request: Request | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Record one command."""
        return self.writer.record(self.command(given), by, request=request, dry_run=dry_run)

    def command(self, given: dict[str, Json]) -> Command:
        """A command as a caller would write it."""
        return read_command(given, self.ids)

    def capture(self, text: str = TEXT, **members: Json) -> str:
        """Capture a text of source `release`; its digest."""
        return self.act(
            {
                "op": "capture-snapshot",
                "source": "release",
                "media_type": "text/plain",
                "text": text,
                **members,
            }
        ).id

    def begin(self) -> None:
        """Open incident `stop` and register source `release`: positions 2 and 3."""
        self.act({"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"})
        self.act(AGENCY)

    def redact(self, **members: Json) -> Receipt:
        """Redact what `members` name, in incident `stop` unless they name a source."""
        where = {} if "source" in members else {"incident": "stop"}
        basis = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
        return self.act({"op": "redact", **where, **basis, **members})


def a_small_ledger(path: Path) -> Desk:
    """Six events: opened, incident, source, snapshot, fact `drag` with a quotation, and a second later fact `other`."""
    return begun(Desk(path))


def begun(made: Desk) -> Desk:
    """A desk that has written the small ledger."""
    made.begin()
    quote = {"type": "TextQuoteSelector", "exact": "about 15 feet"}
    made.act(fact(citations=[cited(snapshot=made.capture(), selector=[quote])]))
    made.clock.advance()
    made.act(fact("other"))
    return made
