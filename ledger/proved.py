"""The events of a stream as they were recorded: each proved, none left out, and those named that only a newer program can read (ADR 26).

An event of a type that this program does not know concerns its own stream, from its position on. What stood before it is whole, and is
told; what stands at it or after is not told without it. What was redacted later masks what came before all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.errors import IntegrityError, UnknownSchemaError
from ledger.events import Redacted
from ledger.stores.mapper import proved_entry_of, proved_envelope_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.events import Act, Recorded
    from ledger.stores.contract import Row

__all__ = ["Proved", "Unknown", "binds_all", "proved_events", "refuse_unknown"]


class Unknown(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event of a type that this program does not know: where it stands, and the words in which what rests on it is refused."""

    position: int
    stream: str
    rule: str

    def error(self) -> UnknownSchemaError:
        """The refusal of what rests on it."""
        return UnknownSchemaError(self.rule, position=self.position)


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """Events that this program knows, in order, and those between them that it does not."""

    events: list[Recorded[Act]]
    unknown: tuple[Unknown, ...] = ()

    def until(self, known: int | None) -> list[Recorded[Act]]:
        """The events, for a fold up to a position; None for one up to the last. Those after it are among them: they may be redactions.

        Raises UnknownSchemaError for the first up to there that this program does not know.
        """
        refuse_unknown(self.unknown, known)
        return self.events

    def told(self, known: int) -> Proved:
        """What a list up to a position takes of one stream: the events before the first unknown one, and what was redacted since.

        `unknown` are those up to there.
        """
        unknown = tuple(one for one in self.unknown if one.position <= known)
        if not unknown:
            return Proved(events=self.events)
        first = unknown[0].position
        events = [one for one in self.events if one.position < first or isinstance(one.body, Redacted)]
        return Proved(events=events, unknown=unknown)


def refuse_unknown(unknown: Iterable[Unknown], known: int | None) -> None:
    """Raise UnknownSchemaError for the first event, up to a position, of a type that this program does not know."""
    first = min(unknown, key=lambda one: one.position, default=None)
    if first is not None and (known is None or first.position <= known):
        raise first.error()


def binds_all(topic: str) -> bool:
    """Whether an event of a type that this program does not know, outside the registry, stops all writing: a redaction does.

    What it took away may not be taken in again, through whatever source.
    """
    return topic.startswith("Redacted@")


def proved_events(rows: Iterable[Row]) -> Proved:
    """The events of one stream, from its first row on, each proved to be what was recorded, and none left out between them.

    Raises IntegrityError naming the position of one that is not, or that comes after a gap.
    """
    events: list[Recorded[Act]] = []
    unknown: list[Unknown] = []
    for version, row in enumerate(rows, start=1):
        if row.version != version:
            raise IntegrityError(
                f"{row.stream} goes on with version {row.version}, and version {version} is not there",
                where=f"position {row.position}",
            )
        try:
            events.append(proved_entry_of(row))
        except UnknownSchemaError as error:
            proved_envelope_of(row)
            unknown.append(Unknown(position=row.position, stream=row.stream, rule=error.rule))
    return Proved(events=events, unknown=tuple(unknown))
