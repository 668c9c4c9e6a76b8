"""What may be asked of facts and incidents, and whether a fact as folded answers it (model §5, ADR 12).

All that is asked has to be true of one and the same fact. The stored tables answer by these rules without a fold; where they only give
candidates, `matches` decides.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import msgspec

from ledger.errors import InvalidError
from ledger.ids import check_id, check_slug
from ledger.place import MAX_UNCERTAINTY_M, SPHERE_ERROR, Place, great_circle_m
from ledger.when import parse_datetime
from projections.axes import Overlap, Window
from projections.fact_fold import FactView, Status
from projections.words import asked_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ledger.bounds import Interval

__all__ = ["OCCURRED", "Filters", "Near", "Stands", "is_near", "matches", "read_filters", "read_window"]

Stands: TypeAlias = Status | Literal["retracted", "redacted"]
"""A computed status, or what was decided of a fact."""

OCCURRED = ("occurred_from", "occurred_to", "overlap")
"""The window of occurrence, which the views of one incident take too."""

PARAMETERS = (
    "kind",
    *OCCURRED,
    "source",
    "status",
    "role",
    "q",
    "near",
)
_STATUSES = (*get_args(Status), "retracted", "redacted")
_MAX_LON, _MAX_LAT = 180.0, 90.0
_NEAR_PARTS = 3
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A circle on the ground: a point in degrees, as written, and metres around it."""

    lon: str
    lat: str
    metres: float

    def centre(self) -> Place:
        """The point as a place."""
        return Place(id="near", lon=self.lon, lat=self.lat)


class Filters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked. Left out is not asked. `window` is asked by `overlap`; `words` all have to stand in the fact."""

    kind: str | None = None
    occurred_from: dt.datetime | None = None
    occurred_to: dt.datetime | None = None
    overlap: Overlap = "possible"
    source: str | None = None
    status: Stands | None = None
    role: str | None = None
    words: tuple[str, ...] = ()
    near: Near | None = None

    def window(self) -> Window | None:
        """The stretch of time asked for; None where none is."""
        if self.occurred_from is None and self.occurred_to is None:
            return None
        return Window(occurred_from=self.occurred_from, occurred_to=self.occurred_to, overlap=self.overlap)

    def asks_of_facts(self) -> bool:
        """Whether anything but words is asked."""
        return msgspec.structs.replace(self, words=()) != Filters(overlap=self.overlap)


def read_filters(given: Mapping[str, str]) -> Filters:
    """The filters that a caller wrote, by the names that the API has for them. Raises InvalidError naming the parameter."""
    for name in given:
        if name not in PARAMETERS:
            raise InvalidError(f"is not a filter; there are {', '.join(PARAMETERS)}", field=f"/{name}")
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "kind": (
            "kind",
            lambda text: _named(check_slug, text, "slug of a kind, without its version", "/kind"),
        ),
        "occurred_from": (
            "occurred_from",
            lambda text: _instant(text, field="/occurred_from"),
        ),
        "occurred_to": (
            "occurred_to",
            lambda text: _instant(text, field="/occurred_to"),
        ),
        "overlap": ("overlap", lambda text: _one_of(text, get_args(Overlap), field="/overlap")),
        "source": ("source", lambda text: _named(check_id, text, "id of a source", "/source")),
        "status": ("status", lambda text: _one_of(text, _STATUSES, field="/status")),
        "role": ("role", lambda text: _named(check_slug, text, "slug of a role", "/role")),
        "q": ("words", lambda text: asked_words(text, field="/q")),
        "near": ("near", _near),
    }
    read = {readers[name][0]: readers[name][1](text) for name, text in given.items()}
    filters = Filters(**read)
    start, end = filters.occurred_from, filters.occurred_to
    if start is not None and end is not None and end < start:
        raise InvalidError("lies before occurred_from", field="/occurred_to")
    if "overlap" in given and start is None and end is None:
        raise InvalidError(
            "says how occurred_from and occurred_to are meant; give one of them", field="/overlap"
        )
    return filters


def read_window(given: Mapping[str, str]) -> Window | None:
    """The window of occurrence that a caller wrote; None where none is. Raises InvalidError naming the parameter."""
    return read_filters(given).window()


def _named(check: Callable[..., str], text: str, what: str, field: str) -> str:
    """A name that has the form it has to have. Raises InvalidError, which says what was asked for."""
    try:
        return check(text, field=field)
    except InvalidError as error:
        raise InvalidError(f"must be the {what}: {error.rule}", field=field) from None


def _instant(text: str, *, field: str) -> dt.datetime:
    if _DATE.fullmatch(text):
        raise InvalidError(
            "is a date alone, which names no instant; write the time too, and Z or an offset", field=field
        )
    return parse_datetime(text, field=field)


def _one_of(text: str, words: tuple[str, ...], *, field: str) -> str:
    if text not in words:
        raise InvalidError(f"must be one of {', '.join(words)}", field=field)
    return text


def _near(text: str) -> Near:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != _NEAR_PARTS:
        raise InvalidError("must be lon,lat,metres, such as -92.32,34.74,500", field="/near")
    try:
        lon, lat, metres = map(float, parts)
    except ValueError as error:
        raise InvalidError("must be three numbers: lon,lat,metres", field="/near") from error
    if not (abs(lon) <= _MAX_LON and abs(lat) <= _MAX_LAT):
        raise InvalidError("the longitude is -180 to 180 and the latitude -90 to 90 degrees", field="/near")
    if not (math.isfinite(metres) and 0 <= metres <= MAX_UNCERTAINTY_M):
        raise InvalidError(f"the radius is 0 to {MAX_UNCERTAINTY_M} metres", field="/near")
    try:
        Place(id="near", lon=parts[0], lat=parts[1])
    except InvalidError as error:
        raise InvalidError("the point is two plain decimal numbers of degrees", field="/near") from error
    return Near(lon=parts[0], lat=parts[1], metres=metres)


def is_near(near: Near, places: Iterable[tuple[str, str, int | None]]) -> bool:
    """Whether the circle asked for reaches that of one of the places (lon, lat, uncertainty). The error of the sphere is allowed for."""
    centre = near.centre()
    for lon, lat, uncertainty_m in places:
        distance_m = great_circle_m(centre, Place(id="place", lon=lon, lat=lat))
        if distance_m is not None and distance_m * (1 - SPHERE_ERROR) <= near.metres + (uncertainty_m or 0):
            return True
    return False


def matches(view: FactView, filters: Filters, occurred: Interval) -> bool:
    """Whether a fact as folded answers everything asked save its words, of which the index of words decides.

    `occurred`: its bounds as the relations of its incident tighten them (tight_bounds.py).
    """
    content = view.content
    if filters.kind is not None and content.slug != filters.kind:
        return False
    if filters.status is not None and filters.status not in (view.status, *view.decided):
        return False
    if filters.role is not None and all(one.role != filters.role for one in content.participants):
        return False
    if filters.source is not None and all(
        one.attestation.source != filters.source for one in view.attestations
    ):
        return False
    window = filters.window()
    if window is not None and not window.holds(occurred):
        return False
    return filters.near is None or is_near(
        filters.near,
        (
            (one.lon, one.lat, one.uncertainty_m)
            for one in content.places
            if one.lon is not None and one.lat is not None
        ),
    )
