"""The log of a server: one JSON object a line, on standard error.

The text of an exception is not written: it may hold what somebody sent. Its kind and where it came from are.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from typing import TYPE_CHECKING, BinaryIO

import orjson

from api.http.rounds import Rounds
from ledger.clock import Clock, format_instant

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["JsonHandler", "JsonLog", "begin_log"]

_FRAMES = 8


class JsonLog:
    """Writes lines. A disk or a pipe that refuses them is no reason not to serve."""

    def __init__(self, stream: BinaryIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = threading.Lock()
        self._unwritten: list[bytes] = []
        self._rounds = Rounds()
        self.lost = 0

    def write(self, level: str, said: dict[str, Json]) -> None:
        """Write a line. Those in passing (`info`) of one round of the event loop are written together, right after it."""
        line = {"at": format_instant(self._clock.now()), "level": level, **said}
        data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        with self._lock:
            self._unwritten.append(data)
        if level != "info":
            self.flush()
        elif self._rounds.begin():
            try:
                asyncio.get_running_loop().call_soon(self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            lines, self._unwritten = self._unwritten, []
            try:
                self._stream.write(b"".join(lines))
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += len(lines)


class JsonHandler(logging.Handler):
    """Hands on what the modules and libraries of the process log."""

    def __init__(self, log: JsonLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            said: dict[str, Json] = {
                "event": "log",
                "logger": record.name,
                "message": record.getMessage().encode(errors="backslashreplace").decode(),
            }
            if record.exc_info and record.exc_info[1] is not None:
                said["error"] = _where(record.exc_info[1])
            self._log.write(record.levelname.lower(), said)
        except Exception:  # noqa: BLE001  as the library's own handlers: the log never ends what it tells of
            self.handleError(record)


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    lines = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    return f"{type(error).__qualname__} at {lines}"


def begin_log(stream: BinaryIO, clock: Clock) -> JsonLog:
    """Have everything that the process logs written as lines; what libraries say in passing is left out."""
    log = JsonLog(stream, clock)
    logging.basicConfig(level=logging.WARNING, handlers=[JsonHandler(log)], force=True)
    # It would print the records that it cannot write, with all they hold.
    logging.raiseExceptions = False
    return log
