"""Where things are on the pages. A link keeps the point of both axes that is being looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlencode

import msgspec

if TYPE_CHECKING:
    import datetime as dt

    from api.http.time_travel import Point
    from projections.axes import Axes

__all__ = ["Links", "Query", "anchor_of"]

Query: TypeAlias = Mapping[str, str | None]
"""What a query says beside the point; what is None is left out."""

_NOTHING: Query = {}


def anchor_of(*names: str) -> str:
    """The id, within a page, of what is named. Names are ids of the ledger, so that no character needs escaping."""
    return ".".join(names)


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of pages at a point. `known` and `public` are as they stand in a query; None where they are not asked for."""

    known: str | None = None
    public: str | None = None

    @classmethod
    def at(cls, point: Point) -> Links:
        """Links that stay at a point."""
        return cls(
            known=str(point.known) if point.asked else None,
            public=None if point.public is None else _instant(point.public),
        )

    def moved(self, *, known: int | None = None, public: dt.datetime | None = None) -> Links:
        """Links to another point."""
        return Links(
            known=None if known is None else str(known),
            public=None if public is None else _instant(public),
        )

    def to(self, path: str, anchor: str = "", query: Query = _NOTHING) -> str:
        """An address at this point."""
        said = {"known_at": self.known, "public_at": self.public, **query}
        given = {name: value for name, value in said.items() if value is not None}
        return path + (f"?{urlencode(given)}" if given else "") + (f"#{anchor}" if anchor else "")

    def incident(self, incident: str, part: str = "", anchor: str = "", query: Query = _NOTHING) -> str:
        """The page of an incident, or a part of it such as `/audit`."""
        return self.to(f"/incidents/{quote(incident)}{part}", anchor, query)

    def data(self, incident: str, part: str = "", query: Query = _NOTHING) -> str:
        """What a read of an incident answers at this point, such as `/audit`."""
        return self.to(f"/v1/incidents/{quote(incident)}{part}", query=query)

    def changes(self, incident: str, start: Axes, end: Axes) -> str:
        """The page of what changed between two points of one axis, the other held."""
        ends: tuple[str | None, ...]
        if start.known != end.known:
            held = {} if end.public is None else {"public_at": _instant(end.public)}
            ends = (str(start.known), str(end.known))
            asked = {"axis": "known", **held}
        else:
            ends = tuple(None if one is None else _instant(one) for one in (start.public, end.public))
            asked = {"axis": "public", "known_at": str(end.known)}
        given = {name: one for name, one in zip(("from", "to"), ends, strict=True) if one is not None}
        return f"/incidents/{quote(incident)}/changes?{urlencode({**given, **asked})}"

    def fact(self, incident: str, fact: str, anchor: str = "") -> str:
        """The page of a fact."""
        return self.incident(incident, f"/facts/{quote(fact)}", anchor)

    def act(self, incident: str, position: int) -> str:
        """Where the audit trail of an incident tells an act, at the top of the page."""
        return self.incident(incident, "/audit", f"act-{position}", {"after": str(position - 1)})

    def source(self, source: str, anchor: str = "", query: Query = _NOTHING) -> str:
        """The page of a source."""
        return self.to(f"/sources/{quote(source)}", anchor, query)


def _instant(instant: dt.datetime) -> str:
    return instant.isoformat()
