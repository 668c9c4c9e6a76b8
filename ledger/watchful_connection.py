"""A connection to a database that is not waited for for ever: where no answer comes, it is shut down on this side (ADR 15).

A process that stands still, or a proxy before a server that is gone, keeps a connection alive that nothing comes on any more. The driver
waits for it as long as it is open. Shut down, it breaks like any other, so that what follows is what follows a lost connection.
Nothing is sent: a COMMIT under way goes on at the server as it would have.

A query that takes long is no silence. Where the server has no limit of its own for it, another connection asks whether it is still at work.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ledger.address import ANSWER_S

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from psycopg.abc import RV, PQGen

    from ledger.address import DatabaseAddress

__all__ = ["WATCHFUL", "WatchfulConnection", "connected"]

WATCHFUL = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}
"""A peer that is gone without a word is noticed. The kernel of one that is mute answers these probes, and so does that of a server which
waits for its standby: for them there is a deadline besides."""

_LOOK_S = 0.1
_AT_WORK = (
    "SELECT state IN ('active', 'fastpath function call', 'disabled') AND wait_event_type IS DISTINCT FROM 'Client'"
    " FROM pg_stat_activity WHERE pid = %s"
)
"""Whether a process of the server works. One that waits to be read from has an answer that does not get through."""


class WatchfulConnection(psycopg.Connection[Any]):
    """The driver's connection, on which silence has an end: psycopg.errors.ConnectionTimeout is raised where no byte came for too long.

    `answer_s`: how long silence is borne while an answer is due, in seconds.
    `asks`: whether the server is asked first if it is still at work.
    """

    answer_s: float = ANSWER_S
    asks: bool = False
    url: str = ""

    @contextmanager
    def bearing(self, answer_s: float, *, asks: bool = False) -> Iterator[None]:
        """A stretch in which silence is borne for so long."""
        before = self.answer_s, self.asks
        self.answer_s, self.asks = answer_s, asks
        try:
            yield
        finally:
            self.answer_s, self.asks = before

    def wait(self, gen: PQGen[RV], interval: float = _LOOK_S, timeout: float | None = None) -> RV:
        """As the driver waits for whatever it asks of the server. With a `timeout` nothing is due, as where it listens."""
        return super().wait(gen if timeout is not None else self._heard(gen), interval, timeout)

    def _heard(self, gen: PQGen[RV]) -> Generator[Any, Any, RV]:
        """What the driver does, step by step, with an eye on when it last came on."""
        heard_at = time.monotonic()
        cut = False
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard_at = time.monotonic()
                elif not cut and time.monotonic() - heard_at > self.answer_s:
                    if self.asks and self._is_at_work():
                        heard_at = time.monotonic()
                    else:
                        cut = True
                        self._shut_down()
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: RV = end.value
            return answer
        except psycopg.Error as error:
            if not cut:
                raise
            raise psycopg.errors.ConnectionTimeout(f"no answer came for {self.answer_s:g} s") from error

    def _shut_down(self) -> None:
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as end:
            end.shutdown(socket.SHUT_RDWR)

    def _is_at_work(self) -> bool:
        """Whether the server, asked beside, says that it works on what was asked. False where it does not answer."""
        said = conninfo_to_dict(
            self.url, host=self.info.host, port=self.info.port, target_session_attrs="any"
        )
        said.pop("hostaddr", None)
        kwargs: dict[str, Any] = said | WATCHFUL
        try:
            with WatchfulConnection.connect(autocommit=True, **kwargs) as other:
                other.answer_s = self.answer_s
                return other.execute(_AT_WORK, (self.info.backend_pid,)).fetchone() == (True,)
        except psycopg.Error:
            return False


def connected(
    address: DatabaseAddress,
    *,
    answer_s: float | None = None,
    asks: bool = False,
    autocommit: bool = False,
    **more: str | int,
) -> WatchfulConnection:
    """A connection of one's own to the database of a ledger; `more` is for the driver. Raises psycopg.Error where none is to be had."""
    kwargs: dict[str, Any] = {**WATCHFUL, **more}
    made = WatchfulConnection.connect(address.url, autocommit=autocommit, **kwargs)
    made.answer_s = address.answer_s if answer_s is None else answer_s
    made.asks, made.url = asks, address.url
    return made
