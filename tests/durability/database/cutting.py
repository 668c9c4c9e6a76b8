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

Cut: TypeAlias = Literal["nothing", "the answer to COMMIT", "COMMIT", "everything"]
_NAME = ".s.PGSQL.5432"
_COMMIT = b"COMMIT"
_LISTEN = b"LISTEN"
_BYTES = 1 << 16


class CuttingProxy:
    """`cut` says what is lost next; after one loss it is nothing again. `everything`: no connection is let through. `lost` counts.

    `deaf`: a connection that is to LISTEN is half open from then on, in both directions, without a word.
    """

    def __init__(self, server: Path) -> None:
        self._server = server / _NAME
        self._folder = tempfile.TemporaryDirectory(prefix="pg-cut-")
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(Path(self._folder.name) / _NAME))
        self._listening.listen()
        self._open: list[socket.socket] = []
        self.cut: Cut = "nothing"
        self.deaf = False
        self.lost = 0
        self._mute: set[socket.socket] = set()
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
            self._open += [client, server]
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while True:
                for one in select.select([client, server], [], [])[0]:
                    data = one.recv(_BYTES)
                    if not data:
                        return
                    if one is client and _COMMIT in data and self.cut != "nothing":
                        self._lose(data, client, server)
                        return
                    if self.deaf and one is client and _LISTEN in data:
                        self._mute.update((client, server))
                    if one not in self._mute:
                        (server if one is client else client).sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            _end(client)
            _end(server)

    def _lose(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        cut, self.cut = self.cut, "nothing"
        self.lost += 1
        if cut != "the answer to COMMIT":
            return
        server.sendall(data)
        # What belongs to the COMMIT may still be coming; the server answers once it is durable.
        while server not in (ready := select.select([client, server], [], [])[0]):
            for one in ready:
                server.sendall(one.recv(_BYTES))


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
