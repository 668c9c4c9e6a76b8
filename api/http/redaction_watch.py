"""The thread that searches the files of a served ledger after each redaction, until they hold nothing of it (docs/redaction.md).

A redaction is answered when it is durable. The stored views follow, and readers may hold a log back for a moment, so that the search comes
after; what it finds then is said loudly, in the log and as a figure, and it searches again until nothing is found.
"""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from api.redacting.settling import search_everywhere
from ledger.errors import LedgerError
from ledger.restoration import RedactionJournal
from ledger.stores.opening import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.http.serving import Served
    from ledger.removal import Leftover

__all__ = ["RedactionWatch"]

LOOK_S = 1.0
"""How often it looks whether something was redacted, in seconds."""

PATIENCE_LOOKS = 30
"""After so many looks it searches although readers are still in the way, or the stored views stand still."""

RETRY_S = 60.0
STOP_S = 10
_logger = logging.getLogger(__name__)


class RedactionWatch:
    """Searches until it is stopped. `settled` says whether the stored views have read up to a position and let go of what was erased."""

    def __init__(self, served: Served, settled: Callable[[int], bool]) -> None:
        self._served = served
        self._settled = settled
        self._stopped = threading.Event()
        journal = served.settings.redaction_journal
        self._journal = RedactionJournal(Path(journal)) if journal else None
        self._thread = threading.Thread(target=self._run, name="ledger-redactions", daemon=True)
        self.left: tuple[Leftover, ...] = ()
        """What the last search found; nothing where nothing was searched for yet."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the search in hand."""
        self._stopped.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        looks, pause_s = 0, LOOK_S
        while not self._stopped.wait(pause_s):
            pause_s = LOOK_S
            self.note()
            erased = self._served.unsearched
            looks = looks + 1 if erased else 0
            if not erased or not (self._is_settled(erased[-1].position) or looks > PATIENCE_LOOKS):
                continue
            if not self.search():
                pause_s = RETRY_S

    def _is_settled(self, position: int) -> bool:
        try:
            return not self._served.erasing and self._settled(position)
        except LedgerError:
            return False

    def note(self) -> None:
        """Note in the journal, if one is kept, what was redacted since the last look."""
        if self._journal is None:
            return
        try:
            with closing(open_store(self._served.path, read_only=True)) as store:
                self._journal.catch_up(store)
        except LedgerError as error:
            _logger.error("redactions could not be noted in the journal: %s; it is tried again", error.code)  # noqa: TRY400  its text may name files

    def search(self) -> bool:
        """Search the files now for all that was erased and not yet found to be gone. Whether nothing is left over."""
        erased = self._served.unsearched
        try:
            with closing(open_store(self._served.path, read_only=True)) as store:
                searched = search_everywhere(erased, self._served.path, store)
        except LedgerError as error:
            _logger.error("what was redacted could not be searched for: %s; it is tried again", error.code)  # noqa: TRY400  its text is not logged
            return False
        self.left = searched.leftovers
        if searched.leftovers:
            files = ", ".join(sorted({one.file for one in searched.leftovers}))
            _logger.error("redacted, and still in the files: %s; it is searched again", files)
            return False
        self._served.searched(erased)
        return True
