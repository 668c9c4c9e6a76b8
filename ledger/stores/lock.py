"""One writing process per ledger (ADR 2): a lock file beside it, held as long as the process writes."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

from ledger.errors import LockedError, StoreError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["WriterLock"]


class WriterLock:
    """The right to write, for as long as the context lasts. `path` is the lock file, `<ledger>.d/lock`; it is made.

    The system gives the lock back when the process ends, however it ends; the file itself stays and says nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock at once. Raises LockedError where it is held, StoreError where the file cannot be locked."""
        if self._descriptor is not None:
            raise LockedError("this process holds the lock already")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"the lock file {self._path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise LockedError(
                "another process is writing to this ledger; use the API it serves, or wait until it has stopped"
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"the lock file {self._path} cannot be locked: {error.strerror}") from error
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
