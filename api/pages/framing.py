"""What stands around every page: its title, who looks at it, and at which point of both axes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from api.http.auth import LOCAL_ADMIN, admitted_of
from api.http.roles import Role
from api.in_words import instant_in_words
from api.pages.links import Links
from ledger.errors import InvalidError
from ledger.instants import instant_of
from ledger.values import Absent
from ledger.zones import find_zone

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.http.time_travel import Point

__all__ = ["Clock", "Frame", "Here", "SeenAt", "Viewer", "address_of", "seen_at", "viewer_of"]

Here: TypeAlias = Literal["incidents", "corrections", "worklist", "sources", "search", "log", "account", ""]


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, as far as the page shows it: their role, and whether they are signed in by a key."""

    role: str
    by_key: bool

    @property
    def may_report(self) -> bool:
        """Whether the pages offer to report, attest and dispute."""
        return Role[self.role.upper()] >= Role.REPORTER

    @property
    def may_mend(self) -> bool:
        """Whether the pages offer to correct, amend, retract and resolve."""
        return Role[self.role.upper()] >= Role.EDITOR


def viewer_of(request: Request) -> Viewer:
    """Who sent a request."""
    admitted = admitted_of(request)
    by_key = admitted.caller is not None and admitted.caller != LOCAL_ADMIN
    return Viewer(role=admitted.role.word, by_key=by_key)


def address_of(request: Request) -> str:
    """What was asked for, with its query: where signing in leads back to."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


class Clock(msgspec.Struct, frozen=True):
    """The clocks of a place, for showing instants; those of UTC where nobody names its zone."""

    zone: str

    @classmethod
    def of(cls, zone: str | Absent | None) -> Clock:
        """The clocks of an incident's zone."""
        if not isinstance(zone, str) or not zone:
            return cls("")
        try:
            find_zone(zone, field="/zone")
        except InvalidError:
            return cls("")
        return cls(zone)

    @property
    def name(self) -> str:
        """What to call them."""
        return self.zone or "UTC"

    def shows(self, instant: dt.datetime) -> dt.datetime:
        """What they show at an instant, without an offset; where there is no such year there, what those of UTC show."""
        return self.face(instant).replace(tzinfo=None)

    def face(self, instant: dt.datetime) -> dt.datetime:
        """What they show at an instant, without an offset; with it, where they showed this twice."""
        if not self.zone:
            return instant.astimezone(dt.UTC).replace(tzinfo=None)
        return find_zone(self.zone, field="/zone").face(instant)

    def moment(self, instant: dt.datetime | str) -> str:
        """`8 May 2021 04:00`; with its offset, where the clocks showed that twice."""
        return instant_in_words(self.face(_read(instant)))

    def day(self, instant: dt.datetime | str) -> str:
        """`8 May 2021`."""
        return instant_in_words(self.shows(_read(instant)), clock=False)

    def bound(self, instant: dt.datetime | str) -> str:
        """An instant by which something was certainly so: midnight is the end of the day before."""
        shown = self.face(_read(instant))
        if shown.time() == dt.time(0) and shown.date() > dt.date.min:
            return f"the end of {instant_in_words(shown - dt.timedelta(days=1), clock=False)}"
        return instant_in_words(shown)


def _read(instant: dt.datetime | str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant) if isinstance(instant, str) else instant


class SeenAt(msgspec.Struct, frozen=True, kw_only=True):
    """The point of both axes that a page is of, in words. `recorded` is when its last act was recorded; "" before the first."""

    position: int
    recorded: str
    is_head: bool
    public: str
    final: bool
    clock: str

    @property
    def in_words(self) -> str:
        """The whole of it in a sentence, as a printed page carries it."""
        known = f"As the ledger stood at position {self.position}"
        if self.recorded:
            known += f", recorded {self.recorded} {self.clock}"
        public = (
            f"; counting only what sources had published by {self.public} {self.clock}" if self.public else ""
        )
        return f"{known}{public}."


def seen_at(point: Point, clock: Clock) -> SeenAt:
    """A point in words."""
    recorded = "" if point.recorded_us is None else clock.moment(instant_of(point.recorded_us))
    return SeenAt(
        position=point.known,
        recorded=recorded,
        is_head=not point.asked,
        public="" if point.public is None else clock.bound(point.public),
        final=point.final,
        clock=clock.name,
    )


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What the common template needs. `path` is where signing in leads back to."""

    title: str
    here: Here
    viewer: Viewer
    links: Links = Links()
    seen_at: SeenAt | None = None
    path: str = "/"
    checkpoint: str = ""
