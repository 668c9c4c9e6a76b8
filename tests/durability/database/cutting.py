"""A proxy before a server's socket that loses what it is told to lose: the answer to a COMMIT, or the COMMIT itself."""

from __future__ import annotations

import select
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["CuttingProxy"]

Cut: TypeAlias = Literal[
    "nothing",
    "the answer to COMMIT",
    "COMMIT",
    "every answer from COMMIT on",
    "all from COMMIT on",
    "everything",
    "every word",
]
_NAME = ".s.PGSQL.5432"
_COMMIT = b"COMMIT"
_BYTES = 1 << 16


class CuttingProxy:
    """`cut` says what is lost next; after one loss it is `then`: nothing again. `everything`: no connection is let through. `lost` counts.

    With `every answer from COMMIT on` and `all from COMMIT on` the connection lives and is mute; with `every word` so are all new ones.

    `deaf_to`: a connection on which these bytes are said is half open from then on, in both directions, without a word.
    """

    def __init__(self, server: Path) -> None:
        self._server = server / _NAME
        self._folder = tempfile.TemporaryDirectory(prefix="pg-cut-")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(Path(self._folder.name) / _NAME))
        self._listening.listen()
        self._open: list[socket.socket] = []
        self.cut: Cut = "nothing"
        self.then: Cut = "nothing"
        self.deaf_to = b""
        self._ending = threading.Event()
        self.lost = 0
        self._mute: set[socket.socket] = set()
        self._still: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """Where the server is reached through the proxy."""
        return f"postgresql://postgres@/postgres?host={quote(self._folder.name, safe='')}"

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._ending.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for one in self._open:
            _end(one)
        self._folder.cleanup()

    def mute_open(self) -> None:
        """Let nothing more through on the connections that are open, without a word; new ones are not concerned."""
        self._mute.update(self._open)

    def stand_still(self) -> None:
        """Take no answer more off the connections that are open, so that the server waits; new ones are not concerned."""
        self._still.update(self._open[1::2])

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.cut == "everything":
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._server))
            except OSError:
                client.close()
                server.close()
                continue
            if self.cut == "every word":
                self._mute.update((client, server))
            self._open += [client, server]
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while True:
                for one in select.select([client, server], [], [])[0]:
                    if one in self._still:
                        self._ending.wait()
                        return
                    data = one.recv(_BYTES)
                    if not data:
                        return
                    if one is client and _COMMIT in data and self._loses(data, client, server):
                        return
                    if self.deaf_to and one is client and self.deaf_to in data:
                        self._mute.update((client, server))
                    if one not in self._mute:
                        (server if one is client else client).sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            _end(client)
            _end(server)

    def _loses(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        """Lose what is to be lost at a COMMIT. Whether the connection ends with it."""
        cut = self.cut
        if cut in ("nothing", "every word"):
            return False
        self.cut = self.then
        self.lost += 1
        if cut in ("every answer from COMMIT on", "all from COMMIT on"):
            self._mute.update((server,) if cut == "every answer from COMMIT on" else (client, server))
            return False
        if cut == "the answer to COMMIT":
            server.sendall(data)
            # What belongs to the COMMIT may still be coming; the server answers once it is durable.
            while server not in (ready := select.select([client, server], [], [])[0]):
                for one in ready:
                    server.sendall(one.recv(_BYTES))
        return True


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
