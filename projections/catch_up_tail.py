"""The thread that keeps the stored views up: woken by the writer, and looking by itself underneath (ADR 12).

A wake-up is a hint: where it is lost, the next look finds what is new. One process at a time keeps the views of a ledger; the others look
whether it is still there, and the first to find that it is not takes over. What goes wrong is kept to be shown, and tried again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from ledger.errors import LedgerError, LockedError
from projections.views_at import catch_up_at, only_one_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ledger.stores.contract import Store
    from projections.anchoring import Texts
    from projections.views_at import Place

__all__ = ["POLL_S", "Tail"]

POLL_S = 1.0
"""How long the thread sleeps at most before it looks again, in seconds."""


class Tail:
    """Keeps the stored views of one ledger up, in a thread, for as long as the context lasts.

    `failure` is what went wrong last, None where nothing did since; `keeps` whether this process is the one that keeps the views.
    `looked` is called after each look, for those who wait.
    """

    def __init__(
        self,
        store: Store,
        place: Place,
        texts: Texts,
        *,
        poll_s: float = POLL_S,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._place = place
        self._texts = texts
        self._poll_s = poll_s
        self._looked = looked
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="views", daemon=True)
        self.failure: Exception | None = None
        self.keeps = False

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, after the batch that is under way."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """There is something new. Never waits: for the writer, after a commit."""
        self._woken.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with only_one_at(self._place):
                    self.keeps = True
                    self._keep()
            except LockedError:
                self._pause()
            except Exception as error:  # noqa: BLE001  nobody else would hear of it: it is kept, shown and tried again
                self.failure = error
                self._pause()
            finally:
                self.keeps = False

    def _keep(self) -> None:
        views = catch_up_at(self._place, self._store, self._texts)
        try:
            while not self._stopping.is_set():
                try:
                    views.run()
                    self.failure = None
                except LedgerError as error:
                    self.failure = error
                    views.close()
                self._pause()
        finally:
            views.close()

    def _pause(self) -> None:
        self._looked()
        self._woken.wait(self._poll_s)
        self._woken.clear()
