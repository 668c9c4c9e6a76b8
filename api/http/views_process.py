"""The stored views of a running server, kept by a process of their own (ADR 23).

To read on costs as much of a processor as to record, and a Python process has one to give: beside the server, the views would be
paid for by everybody who writes and reads. The process ends with the server, however that ends; where it dies by itself, another takes
its place, and the server goes on.

What is said between them: the server says where the ledger lies, in a line, and then single letters; the process says lines.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, cast

import msgspec
import orjson

from api.http.views_keeper import RETRY_S, STOP_S, ViewsKeeper, ViewsThread
from api.texts import texts_of
from ledger.address import Address, DatabaseAddress, folder_of
from ledger.blobs import Blobs
from ledger.errors import LedgerError
from ledger.own_modules import PACKAGES
from ledger.stores.opening import open_store
from projections.paging import StoredViews
from projections.views_at import place_of, read_at

__all__ = ["ViewsProcess", "main"]

SHARE = 0.5
"""How many times as long as it read on the process rests: what many commits change in one incident is then written once."""

NICENESS = 5
"""By how much it stands back where the machine has not enough for all."""

_WAKE, _HURRY, _CALM = b"w", b"h", b"c"


class _Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the process: how far the views have read, or why they cannot be caught up."""

    reached: int = -1
    stalled: str = ""
    error: str = ""

    def line(self) -> bytes:
        """As it is said."""
        return msgspec.json.encode(self) + b"\n"


class ViewsProcess(ViewsKeeper):
    """Has a process keep the stored views, and follows what it tells."""

    def __init__(self, address: Address) -> None:
        super().__init__()
        self._address = address
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._speaking = threading.Lock()
        self._hurrying = False
        self._thread = threading.Thread(target=self._run, name="ledger-views", daemon=True)

    @property
    def pid(self) -> int | None:
        """The process that keeps the views; None while there is none."""
        process = self._process
        return None if process is None else process.pid

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """Stop after the batch in hand; one that takes too long is cut off, which loses nothing."""
        self._stopped.set()
        process = self._process
        if process is not None:
            self._end(process)
        self._thread.join(STOP_S)
        return True

    def wake(self) -> None:
        """Look at the end of the log now: something was recorded."""
        self._say(_WAKE)

    def hurry(self) -> None:
        """Rest no longer: somebody waits."""
        self._hurrying = True
        self._say(_HURRY)

    def calm(self) -> None:
        """Nobody waits any more."""
        if self._hurrying:
            self._hurrying = False
            self._say(_CALM)

    def _say(self, letter: bytes) -> None:
        # Under a lock: the number of a pipe that is closed may be that of another file a moment later.
        with self._speaking:
            process = self._process
            if process is not None and process.stdin is not None and not process.stdin.closed:
                # One that is dead is told nothing, and one that has not read for long has been told enough.
                with suppress(OSError):
                    os.write(process.stdin.fileno(), letter)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Have a process end: it does once nobody can say anything to it."""
        with self._speaking:
            if process.stdin is not None:
                process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001  whatever it is, the log goes on, and so does this thread
                self.stall("internal", type(error).__qualname__)
            self._stopped.wait(RETRY_S)

    def _follow(self) -> None:
        """Start a process and follow it until it ends. Raises OSError where none can be started, ValueError for a line that is none."""
        # Found where this program lies, and not in the folder that the server was started in: that may have an api of its own.
        command = [sys.executable, "-P", "-m", "api.http.views_process"]
        paths = [PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])]
        # In a session of its own: what is typed on the terminal is for the server, which ends it in its turn.
        process = subprocess.Popen(  # noqa: S603  this very program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        with process:
            try:
                self._listen(process)
            finally:
                self._end(process)
                self._process = None
        if not self._stopped.is_set():
            self.stall("internal", f"the process that keeps them ended with {process.returncode}")

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        letters, lines = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        with suppress(BrokenPipeError):
            letters.write(_written(self._address))
        os.set_blocking(letters.fileno(), False)
        with self._lock:
            self._process = process
            if self._stopped.is_set():
                return
            if self._waiting:
                self.hurry()
        for line in lines:
            told = msgspec.json.decode(line, type=_Told)
            if told.stalled:
                self.stall(told.stalled, told.error)
            else:
                self.tell(told.reached)
                self.go_on()


def _written(address: Address) -> bytes:
    """A line that says where a ledger lies. It is not for the command's arguments, which everybody on the machine may read."""
    if isinstance(address, DatabaseAddress):
        said = {
            "url": address.url,
            "schema": address.schema,
            "folder": str(address.folder),
            "answer_s": address.answer_s,
        }
    else:
        said = {"file": str(address)}
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def _read(line: bytes) -> Address:
    said = orjson.loads(line)
    if "file" in said:
        return Path(said["file"])
    return DatabaseAddress(**said | {"folder": Path(said["folder"])})


class _Telling(ViewsThread):
    """Keeps the views, and says so in lines instead of having anybody wait."""

    say: Callable[[bytes], None]
    said: _Told | None = None

    def tell(self, reached: int) -> None:
        """The stored views have read so far."""
        self._tell(_Told(reached=reached))

    def stall(self, code: str, told: str) -> None:
        """The stored views cannot be caught up."""
        self._tell(_Told(stalled=code, error=told))

    def _tell(self, told: _Told) -> None:
        if told != self.said:
            self.said = told
            self.say(told.line())


def _keep(said: IO[bytes], say: Callable[[bytes], None]) -> None:
    """Keep the views of the ledger that the first line names, until nobody can say anything any more."""
    address = _read(said.readline())
    place = place_of(address)
    texts = texts_of(Blobs(folder_of(address) / "blobs", os.urandom))
    with closing(open_store(address, read_only=True)) as store, closing(read_at(place)) as file:
        keeper = _Telling(store, place, texts, StoredViews(file, store, texts).position, share=SHARE)
        keeper.say = say
        gc.collect()
        gc.freeze()
        keeper.start()
        while letters := os.read(said.fileno(), 4_096):
            hurried, calmed = letters.rfind(_HURRY), letters.rfind(_CALM)
            if hurried > calmed:
                keeper.hurry()
            elif calmed >= 0:
                keeper.calm()
            if _WAKE in letters:
                keeper.wake()
        keeper.stop()


def main() -> None:
    """Be the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    output = sys.stdout.fileno()

    def say(line: bytes) -> None:
        # Where the server is gone, the end of what it says is seen next.
        with suppress(BrokenPipeError):
            os.write(output, line)

    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as said:
        try:
            _keep(said, say)
        except Exception as error:  # noqa: BLE001  told to the server, which begins anew
            code = error.code if isinstance(error, LedgerError) else "internal"
            say(_Told(stalled=code, error=type(error).__qualname__).line())
            raise SystemExit(1) from None


if __name__ == "__main__":
    main()
