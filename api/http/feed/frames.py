"""An event of the log as a message of server-sent events, and what can be asked of it without reading its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ledger.errors import UnknownSchemaError
from ledger.events import FactAct, FactCorrected, FactReported, FactRetracted
from ledger.log_lines import log_line
from ledger.related_sources import sources_named_by
from ledger.stores.mapper import proved_entry_of, proved_envelope_of

if TYPE_CHECKING:
    from ledger.events import Recorded
    from ledger.stores.contract import Row

__all__ = ["Frame", "Wanted", "frame_of", "place"]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One event, ready to be sent. `fact` and `kind` are of the fact that it acts upon; the kind where the event itself says it.

    `unknown`: a newer program wrote it, so that its stream is all that is known of what it concerns.
    """

    position: int
    stream: str
    sources: frozenset[str]
    fact: str | None
    kind: str | None
    corrects: bool
    redacts: bool
    unknown: bool
    data: bytes


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a follower asks for: all of what is said has to hold; left out is not asked."""

    incident: str | None = None
    source: str | None = None
    kind: str | None = None
    corrections: bool = False

    def takes(self, frame: Frame, kind: str | None) -> bool:
        """Whether an event is asked for. `kind` is that of its fact as it stood then. One that is unknown may be, and is sent."""
        return (self.incident is None or frame.stream == f"incident/{self.incident}") and (
            frame.unknown
            or (
                (self.source is None or self.source in frame.sources)
                and (self.kind is None or kind == self.kind)
                and (not self.corrections or frame.corrects)
            )
        )


def _entry_of(row: Row) -> Recorded[Any]:
    """A stored event as it is read; one that a newer program wrote with its body as it is stored."""
    try:
        return proved_entry_of(row)
    except UnknownSchemaError:
        return proved_envelope_of(row)


def frame_of(row: Row) -> Frame:
    """The message of a stored event: its position as `id`, its type as `event`, and the line of the log as `data`.

    Raises UnreadableError where the row is not what was recorded.
    """
    entry = _entry_of(row)
    act = entry.body
    sources = sources_named_by([entry])
    if row.stream.startswith("source/"):
        sources.add(row.stream.partition("/")[2])
    line = log_line(row).rstrip(b"\n")
    return Frame(
        position=row.position,
        stream=row.stream,
        sources=frozenset(sources),
        fact=act.fact if isinstance(act, FactAct) else None,
        kind=act.content.slug if isinstance(act, FactReported | FactCorrected) else None,
        corrects=isinstance(act, FactRetracted)
        or (isinstance(act, FactCorrected) and act.class_ != "wording"),
        redacts=entry.type == "Redacted",
        unknown=isinstance(act, dict),
        data=b"id: %d\nevent: %s\ndata: %s\n\n" % (row.position, entry.type.encode(), line),
    )


def place(position: int) -> bytes:
    """What keeps a quiet stream open and says how far it has read: a comment, and an id that the next question may begin after."""
    return b": at %d\nid: %d\n\n" % (position, position)
