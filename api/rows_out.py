"""The stored events of an incident as they are given for a point of both axes: with what was not public by then left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from ledger.disclosure import erase
from projections.told_facts import acts_out, not_out

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from ledger.stores.contract import Row
    from projections.axes import Axes

__all__ = ["rows_out"]


def rows_out(
    rows: Iterable[Row], events: Sequence[Recorded[Act]], incident: str, axes: Axes
) -> Iterator[Row]:
    """Some rows in their order, without the acts upon facts that were not out by `axes.public`.

    Of the others, what discloses the citations that were not out is left out; the events stay as they are stored, to the byte.

    `events` as for incident_view, by which it is told; without `axes.public` nothing is left out, and they are not asked.
    """
    if axes.public is None:
        yield from rows
        return
    out, hidden = acts_out(events, incident, axes), not_out(events, incident, axes)
    for row in rows:
        if row.stream != f"incident/{incident}":
            yield row
        elif row.position in out:
            paths = hidden.get(row.position, ())
            yield msgspec.structs.replace(row, disclosures=erase(row.disclosures, paths)) if paths else row
