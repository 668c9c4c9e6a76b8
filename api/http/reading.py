"""What the routes that read work with: the log, the views folded from it, and the threads that keep the stored views and sign the log.

Reads have connections of their own, so that none of them waits for the writer, nor it for them.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from api.http.checkpoints_keeper import CheckpointsKeeper
from api.http.feed.tail import Tail
from api.http.folded_views import FoldedViews
from api.http.redaction_watch import RedactionWatch
from api.http.remembered import Remembered
from api.http.serving import Served
from api.http.time_travel import Points
from api.http.views_keeper import ViewsKeeper, ViewsThread
from api.http.views_process import ViewsProcess
from api.texts import texts_of
from ledger.address import DatabaseAddress, folder_of
from ledger.history import History
from ledger.stores.opening import open_beside
from ledger.transparency import Transparency
from projections.paging import StoredViews
from projections.views_at import place_of, read_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request

__all__ = ["Reading", "reading_by", "reading_lifespan"]

P = ParamSpec("P")
T = TypeVar("T")


class Reading:
    """The ledger that is served, as its readers see it."""

    def __init__(self, served: Served) -> None:
        """Open it. Raises StoreError where the file refuses."""
        self.blobs = served.blobs
        self._is_near = not isinstance(served.path, DatabaseAddress)
        self._stack = ExitStack()
        with ExitStack() as opening:
            folder, place = folder_of(served.path), place_of(served.path)
            texts = texts_of(served.blobs)
            self.store = opening.enter_context(closing(open_beside(served.path, served.store)))
            self.history = History(self.store)
            self.points = Points(self.store, self.history, served.clock)
            self.folded = FoldedViews(self.store)
            self.folded.redactions()
            self.remembered = Remembered()
            self._file = opening.enter_context(closing(read_at(place)))
            self.stored = StoredViews(self._file, self.store, texts)
            settings = served.settings
            self.keeper: ViewsKeeper
            if settings.views_process and settings.workers == 1:
                self.keeper = ViewsProcess(served.path)
            else:
                kept = opening.enter_context(closing(open_beside(served.path, served.store)))
                self.keeper = ViewsThread(kept, place, texts, self.stored.position)
            copy = Path(settings.checkpoint_copy) if settings.checkpoint_copy else None
            log = opening.enter_context(closing(open_beside(served.path, served.store)))
            self.transparency = opening.enter_context(
                closing(Transparency(log, folder, writing=True, copy=copy))
            )
            self.checkpoints = CheckpointsKeeper(
                log,
                self.transparency,
                served.clock,
                served.random,
                every_events=settings.checkpoint_events,
                every_s=settings.checkpoint_s,
            )
            followed = opening.enter_context(closing(open_beside(served.path, served.store)))
            self.feed = Tail(followed, shared=not self._is_near)
            self.keeper.start()
            self.checkpoints.start()
            self.redactions = RedactionWatch(served, self._forgotten)
            self.redactions.start()
            self._stack = opening.pop_all()

    async def ask(self, question: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What the log says to a short question.

        A file answers at once. A database is far, and may be away: it is waited for in a thread, and the loop answers others meanwhile.
        """
        if self._is_near:
            return question(*given, **named)
        return await asyncio.to_thread(question, *given, **named)

    def _forgotten(self, position: int) -> bool:
        """Whether the stored views have read up to a redaction and nothing erased is left in their log."""
        return self.keeper.reached >= position and self.stored.has_forgotten()

    def close(self) -> None:
        """Stop the threads, and close every connection."""
        self.redactions.stop()
        stopped = [one.stop() for one in (self.keeper, self.checkpoints)]
        if all(stopped):
            self._stack.close()


def reading_by(request: Request) -> Reading:
    """What the application of a request reads."""
    return cast("Reading", request.app.state.reading)


@asynccontextmanager
async def reading_lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open what reads need for as long as the application runs. The ledger was opened before."""
    served = app.state.served
    if not isinstance(served, Served):
        raise TypeError("the ledger is opened before what reads it")
    app.state.reading = reading = await asyncio.to_thread(Reading, served)
    reading.feed.start()
    try:
        yield
    finally:
        await reading.feed.stop()
        await asyncio.to_thread(reading.close)
