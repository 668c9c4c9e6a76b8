"""Between which two points changes are asked for: they lie on one axis, and the other is held by its parameter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from api.http.query import refused_parameter
from api.http.time_travel import ACCEPT_DATETIME, KNOWN_AT, PUBLIC_AT, Point, read_instant
from projections.changes import Changes, changes

if TYPE_CHECKING:
    from api.http.reads import Asked
    from ledger.events import Act, Recorded

__all__ = ["Between", "changes_between"]

_AXES = ("known", "public")
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)


class Between(msgspec.Struct, frozen=True, kw_only=True):
    """Two points of one axis. `later` is the one of which an answer tells the position."""

    start: Point
    end: Point
    later: Point

    def told(self, events: Sequence[Recorded[Act]], incident: str) -> Changes | None:
        """What changed; None where the incident was known at neither."""
        start, end = (
            msgspec.structs.replace(one.axes, occurred=self.later.occurred) for one in (self.start, self.end)
        )
        return changes(events, incident, start, end)


def changes_between(asked: Asked) -> Between:
    """The two points that a request names. Left out, `from` is the beginning and `to` all that is known or was published.

    Raises ProblemError (400) naming the parameter.
    """
    axis = asked.said("axis") or "known"
    if axis not in _AXES:
        raise refused_parameter("axis", f"must be one of {', '.join(_AXES)}")
    return _along_known(asked) if axis == "known" else _along_public(asked)


def _along_known(asked: Asked) -> Between:
    if asked.said(KNOWN_AT) is not None or ACCEPT_DATETIME in asked.request.headers:
        rule = f"and {ACCEPT_DATETIME} are not taken along this axis: say from and to, and hold {PUBLIC_AT}"
        raise refused_parameter(KNOWN_AT, rule)
    public = asked.point.public
    points = asked.reading.points
    first, last = asked.said("from"), asked.said("to")
    start = Point(known=0, public=public) if first is None else points.known("from", first, public)
    end = asked.point if last is None else points.known("to", last, public)
    later = start if start.known > end.known else end
    return Between(
        start=start,
        end=end,
        later=msgspec.structs.replace(
            later, asked=end.asked, final=start.final and end.final, occurred=asked.point.occurred
        ),
    )


def _along_public(asked: Asked) -> Between:
    if asked.said(PUBLIC_AT) is not None:
        raise refused_parameter(
            PUBLIC_AT, f"is not taken along this axis: say from and to, and hold {KNOWN_AT}"
        )
    first, last = asked.said("from"), asked.said("to")
    begins = _BEGINNING if first is None else read_instant("from", first)
    ends = None if last is None else read_instant("to", last)
    return Between(
        start=msgspec.structs.replace(asked.point, public=begins),
        end=msgspec.structs.replace(asked.point, public=ends),
        later=asked.point,
    )
