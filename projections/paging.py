"""How a page over all incidents is asked for and put together: at which points, from where on, how much, and who decides (ADR 12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from sqlalchemy import func, select

from ledger.errors import InvalidError, LedgerError, UnavailableError
from projections.axes import Axes
from projections.catch_up_file import tracked
from projections.cursors import Pinned, asked_digest, read_cursor, write_cursor
from projections.deciding import Judge
from projections.gathering import Gathering
from projections.page_rows import Incomplete, Page
from projections.search import Index
from projections.tables import FLAGS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from ledger.stores.contract import Store
    from projections.anchoring import Texts
    from projections.views_at import ReadViews

__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "Asking", "Sitting", "StoredViews"]

MAX_LIMIT = 500
DEFAULT_LIMIT = 50
_SHOWN_FLAGS = 100
_CANDIDATES = 200
"""How many candidates are looked at at a time where it is decided of each."""

T = TypeVar("T")


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Which page is asked for. `known` left out is where the stored views have read to, or where the cursor is pinned."""

    known: int | None = None
    public: dt.datetime | None = None
    cursor: str | None = None
    limit: int = DEFAULT_LIMIT


class StoredViews:
    """The stored views of one ledger as readers see them. `store` and `texts` are for what the fold decides."""

    def __init__(self, file: ReadViews, store: Store, texts: Texts) -> None:
        self._file = file
        self._store = store
        self.texts = texts

    def position(self) -> int:
        """How far the stored views have read."""
        with self._file.reading() as connection:
            return _reached(connection)

    def has_forgotten(self) -> bool:
        """Whether nothing that was erased is left in the index of words or the log of their file."""
        with self._file.reading() as connection:
            found = tracked(connection)
        return found is None or not found.erasing

    @contextmanager
    def sitting(
        self, of: str, question: object, asking: Asking, shape: tuple[type[Any], ...]
    ) -> Iterator[Sitting]:
        """One reading of the tables as they stand, for a page of the list `of`; `shape` are the types of its key.

        Raises InvalidError for a cursor or a limit that cannot be, and UnavailableError where the views have not read so far.
        """
        if not 1 <= asking.limit <= MAX_LIMIT:
            raise InvalidError(f"must be 1 to {MAX_LIMIT}", field="/limit")
        public = None if asking.public is None else asking.public.astimezone(dt.UTC).isoformat()
        asked = asked_digest(of, [msgspec.to_builtins(question), public])
        pinned = None if asking.cursor is None else read_cursor(asking.cursor, asked=asked, shape=shape)
        with self._file.reading() as connection:
            reached = _reached(connection)
            known = reached if asking.known is None else asking.known
            if pinned is not None:
                if asking.known not in (None, pinned.known):
                    rule = (
                        f"the cursor is pinned to position {pinned.known}; ask for that one, or begin again"
                    )
                    raise InvalidError(rule, field="/known_at")
                known = pinned.known
            if known < 0:
                raise InvalidError("a position is 0 or more", field="/known_at")
            if known > reached:
                raise UnavailableError(
                    f"the stored views have read up to position {reached}, and {known} is asked for; ask again in a moment"
                )
            gathering = Gathering(self._store, self.texts, self._store.head().position)
            axes = Axes(known=known, public=asking.public)
            sitting = Sitting(connection, gathering, axes, asking, asked, pinned, reached)
            try:
                yield sitting
            finally:
                sitting.index.close()


def _reached(connection: Connection) -> int:
    found = tracked(connection)
    return 0 if found is None else found.position


class Sitting:
    """One reading of the tables: the points of both axes, the key after which the page begins, and who decides."""

    def __init__(  # noqa: PLR0917  made in one place, above
        self,
        connection: Connection,
        gathering: Gathering,
        axes: Axes,
        asking: Asking,
        asked: str,
        pinned: Pinned | None,
        reached: int,
    ) -> None:
        self.connection = connection
        self.gathering = gathering
        self.axes = axes
        self.known = axes.known
        self.is_public = axes.public is not None
        self.is_now = axes.known == reached
        self.judge = Judge(connection, gathering, axes)
        self.index = Index()
        self._failed: list[Incomplete] = []
        self._asking = asking
        self._asked = asked
        self._after: tuple[Any, ...] | None = None if pinned is None else pinned.after

    def collect(
        self,
        fetch: Callable[[tuple[Any, ...] | None, int], Sequence[Row[Any]]],
        keep: Callable[[Row[Any]], T | None],
        key: Callable[[Row[Any]], tuple[int | str, ...]],
        *,
        decides: bool,
    ) -> Page[T]:
        """The page: rows are fetched in the order of their keys, after a key, until enough of them were kept.

        `decides`: whether some may not be kept, so that fetching just enough would rarely be enough.
        """
        limit = self._asking.limit
        size = max(limit + 1, _CANDIDATES) if decides else limit + 1
        after, last = self._after, self._after
        kept: list[T] = []
        has_more = False
        while not has_more:
            batch = fetch(after, size)
            for row in batch:
                after = key(row)
                made = keep(row)
                if made is None:
                    continue
                if len(kept) == limit:
                    has_more = True
                    break
                kept.append(made)
                last = after
            if len(batch) < size:
                break
        return self._page(kept, last if has_more else None)

    def page_of(self, rows: Sequence[T], after: tuple[int | str, ...] | None) -> Page[T]:
        """A page that was put together otherwise; `after` is the key of its last row where more come."""
        return self._page(rows, after)

    @property
    def after(self) -> tuple[Any, ...] | None:
        """The key after which the page begins."""
        return self._after

    @property
    def limit(self) -> int:
        """How many rows the page has at most."""
        return self._asking.limit

    def _page(self, rows: Sequence[T], after: tuple[int | str, ...] | None) -> Page[T]:
        public = self.axes.public
        flags, count = self._flags()
        following = None
        if after is not None:
            following = write_cursor(Pinned(asked=self._asked, known=self.known, after=after))
        return Page(
            rows=tuple(rows),
            position=self.known,
            public_at=None if public is None else public.isoformat(),
            next=following,
            incomplete=flags,
            incomplete_count=count,
        )

    def failed(self, incident: str, part: Literal["facts", "worklist"], error: Exception) -> None:
        """An incident could not be folded at the points asked: the answer says so."""
        self._failed.append(incomplete(incident, part, self.known, error))

    def _flags(self) -> tuple[tuple[Incomplete, ...], int]:
        told = FLAGS.c.since <= self.known
        query = select(FLAGS).where(told).order_by(FLAGS.c.incident, FLAGS.c.part).limit(_SHOWN_FLAGS)
        flags = tuple(
            Incomplete(incident=row.id, part=row.part, since=row.since, code=row.code, stream=row.stream)
            for row in self.connection.execute(query)
        )
        count = select(func.count(func.distinct(FLAGS.c.incident))).where(told)
        stored = self.connection.execute(count).scalar_one() if flags else 0
        found = [*self._failed]
        found += [incomplete(one, "facts", self.known, error) for one, error in self.judge.failed.items()]
        flagged = {one.incident for one in flags}
        new = {one.incident: one for one in found if one.incident not in flagged}
        return (*flags, *new.values()), stored + len(new)


def incomplete(incident: str, part: Literal["facts", "worklist"], since: int, error: Exception) -> Incomplete:
    """An incident that could not be folded for this answer."""
    code = error.code if isinstance(error, LedgerError) else "not-foldable"
    return Incomplete(incident=incident, part=part, since=since, code=code, stream=f"incident/{incident}")
