"""Where a server answers that writes a ledger: left beside it, so that another process can be told where to ask.

The file says something only while somebody holds the writer's lock; whoever takes the lock next takes it away.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["announced", "announcing", "withdraw"]

_NAME = "api"
_MAX_BYTES = 300
_URL = re.compile(r"http://[A-Za-z0-9.:\[\]-]{1,260}")
_logger = logging.getLogger(__name__)


def announced(folder: Path) -> str | None:
    """The address that stands in the folder of a ledger; None where there is none."""
    try:
        with (folder / _NAME).open(encoding="ascii") as file:
            text = file.read(_MAX_BYTES).strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _URL.fullmatch(text) else None


@contextmanager
def announcing(folder: Path, url: str) -> Iterator[None]:
    """Leave an address there for as long as the context lasts. A disk that refuses is no reason not to serve."""
    temporary = folder / f".{_NAME}"
    try:
        temporary.write_text(url + "\n", encoding="ascii")
        temporary.rename(folder / _NAME)
    except OSError as error:
        _logger.warning("the address could not be left beside the ledger (%s)", type(error).__qualname__)
    try:
        yield
    finally:
        withdraw(folder)


def withdraw(folder: Path) -> None:
    """Take away what somebody left who does not answer any more."""
    with suppress(OSError):
        (folder / _NAME).unlink(missing_ok=True)
