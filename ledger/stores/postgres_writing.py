"""The one connection of a process that writes: its turns, and what became of a COMMIT whose answer was lost (ADR 15).

A turn holds the row of the head: whoever writes, in whatever process, waits for it before it looks at the log. So positions are dense
and recorded_at grows in the order of commits, without a lock on a table. A connection that is lost at COMMIT leaves it open whether the
batch is stored. Whoever then takes the row of the head knows that the lost transaction has ended, and looks whether the event is there.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from ledger.errors import IntegrityError, OutcomeUnknownError, StoreError
from ledger.stores.contract import Head
from ledger.stores.postgres_datastore import LOCK_WAIT_MS, RECOVERY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from psycopg import Connection
    from psycopg.errors import Diagnostic

    from ledger.watchful_connection import WatchfulConnection

__all__ = ["Turn", "WritingConnection"]

_BEGIN = "BEGIN; SELECT position, recorded_us FROM head FOR UPDATE"
_PAUSE_S = 0.05
_UNKNOWN = "whether the act was recorded is not known; ask again with the same idempotency key, or look for it in the ledger"


class Turn:
    """A turn under way. `head` is where the log ends, locked; `ended` says that its transaction is over."""

    def __init__(self, connection: Connection[Any], head: Head) -> None:
        self.connection = connection
        self.head = head
        self.thread = threading.get_ident()
        self.ended = False


class WritingConnection:
    """Turns on one connection, which is made anew where it was lost. Safe for many threads: they take turns too."""

    def __init__(self, connect: Callable[[], WatchfulConnection]) -> None:
        self._connect = connect
        self._lock = threading.RLock()
        self._connection: WatchfulConnection | None = None
        self._turn: Turn | None = None
        self._last: tuple[int, bytes] | None = None
        self._warned: list[str] = []

    @property
    def head(self) -> Head | None:
        """Where the log ends, for the thread whose turn it is; None for all others."""
        turn = self._turn
        return (
            turn.head
            if turn is not None and not turn.ended and turn.thread == threading.get_ident()
            else None
        )

    @property
    def own(self) -> Connection[Any] | None:
        """The connection, for the thread whose turn it is; None for all others."""
        turn = self._turn
        return None if turn is None or self.head is None else turn.connection

    def connection(self) -> WatchfulConnection:
        """The connection, without a turn: for what decides upon nothing. Held while `alone`."""
        if self._connection is not None and (self._connection.closed or self._connection.broken):
            self._drop()
        if self._connection is None:
            self._connection = self._connect()
            self._connection.add_notice_handler(self._notice)
        return self._connection

    @contextmanager
    def alone(self, *, for_long: bool = False) -> Iterator[WatchfulConnection]:
        """The connection, for one thread, outside a transaction. Raises psycopg.Error where it is lost.

        `for_long`: what it is asked may take as long as it takes, so that silence alone says nothing.
        """
        with self._lock:
            connection = self.connection()
            with connection.bearing(connection.answer_s, asks=for_long):
                yield connection

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Take the row of the head, and give it back at the end if nothing was committed. Within a turn, the same turn.

        Raises StoreError where another process holds it for too long, IntegrityError where the log ends before what was
        acknowledged, and psycopg.Error where no server is to be had.
        """
        with self._lock:
            if self._turn is not None:
                yield self._turn
                return
            connection, head = self._begun()
            self._turn = turn = Turn(connection, head)
            try:
                self._check_last(turn)
                yield turn
            finally:
                self._turn = None
                if not turn.ended:
                    self._roll_back()

    def _begun(self) -> tuple[WatchfulConnection, Head]:
        deadline = time.monotonic() + RECOVERY_S
        while True:
            try:
                connection = self.connection()
                with _in_turn(connection):
                    cursor = connection.execute(_BEGIN)
                    cursor.nextset()
                    found = cursor.fetchone()
            except psycopg.errors.LockNotAvailable as error:
                self._roll_back()
                raise StoreError(
                    "another process did not give the turn to write back in time; nothing was recorded"
                ) from error
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # Nothing was begun that could be half done: it is tried anew, as long as a server takes to restart.
                self._drop()
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_S)
                continue
            if found is None:
                self._roll_back()
                raise IntegrityError("the ledger has lost the row that says where it ends", where="the head")
            return connection, Head(position=found[0], recorded_us=found[1])

    def _check_last(self, turn: Turn) -> None:
        """Refuse a log that does not hold what this process was told is durable: a server took over that had not received it."""
        if self._last is None:
            return
        position, leaf = self._last
        if turn.head.position < position:
            raise IntegrityError(
                f"the log had got to position {position}, and the server says that it ends at {turn.head.position}: "
                "a server took over that had not received all",
                where=f"position {turn.head.position + 1}",
            )
        if turn.head.position > position or turn.connection is not self._checked_on:
            found = turn.connection.execute(
                "SELECT leaf FROM events WHERE position = %s", (position,)
            ).fetchone()
            if found is None or bytes(found[0]) != leaf:
                raise IntegrityError(
                    "it holds another event than was acknowledged there: a server took over that had not received all",
                    where=f"position {position}",
                )
            self._checked_on = turn.connection

    _checked_on: Connection[Any] | None = None

    def commit(
        self, turn: Turn, statements: Callable[[Connection[Any]], None], last: tuple[int, bytes] | None
    ) -> None:
        """Carry statements out and commit them, in one round trip. `last` is the position and the leaf of the last event among them.

        Raises psycopg.Error where the database refuses and nothing is stored, and OutcomeUnknownError where it cannot be told.
        """
        connection = turn.connection
        self._warned.clear()
        try:
            with connection.pipeline():
                statements(connection)
                done = connection.execute("COMMIT")
            if done.statusmessage != "COMMIT":
                raise psycopg.InternalError(f"the server answered COMMIT with {done.statusmessage}")
        except psycopg.Error as error:
            lost = connection.closed or connection.broken or _is_lost(connection)
            if not lost:
                raise
            turn.ended = True
            self._drop()
            if last is None or not self._is_stored(*last):
                if last is None:
                    raise OutcomeUnknownError(f"the connection was lost at COMMIT; {_UNKNOWN}") from error
                raise
        else:
            turn.ended = True
            if self._warned:
                # The server stopped waiting for its standby: what it has by itself may be gone when the standby takes over.
                raise OutcomeUnknownError(f"the server warned at COMMIT: {self._warned[0]}; {_UNKNOWN}")
        if last is not None:
            self._last, self._checked_on = last, self._connection

    def _is_stored(self, position: int, leaf: bytes) -> bool:
        """Whether a batch whose COMMIT was not answered is stored, by its last event. Raises OutcomeUnknownError where nobody answers.

        It is asked in a transaction that writes: when that is durable, on the standby too, so is all that was committed before.
        """
        deadline = time.monotonic() + RECOVERY_S
        while True:
            self._warned.clear()
            try:
                connection = self.connection()
                with _in_turn(connection):
                    cursor = connection.execute(_BEGIN)
                    found = connection.execute(
                        "SELECT leaf FROM events WHERE position = %s", (position,)
                    ).fetchone()
                    connection.execute("UPDATE canary SET beat = beat + 1")
                    connection.execute("COMMIT")
                    cursor.close()
            except (psycopg.Error, StoreError) as error:
                self._drop()
                if time.monotonic() > deadline:
                    raise OutcomeUnknownError(
                        f"the connection was lost at COMMIT, and no server answers; {_UNKNOWN}"
                    ) from error
                time.sleep(_PAUSE_S)
                continue
            if self._warned:
                raise OutcomeUnknownError(f"the server warned at COMMIT: {self._warned[0]}; {_UNKNOWN}")
            return found is not None and bytes(found[0]) == leaf

    def _notice(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warned.append(diagnostic.message_primary or "without a word")

    def _roll_back(self) -> None:
        connection = self._connection
        if connection is None or connection.closed:
            return
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def close(self) -> None:
        """Close the connection once no turn is under way."""
        with self._lock:
            self._drop()


def _in_turn(connection: WatchfulConnection) -> AbstractContextManager[None]:
    """A stretch in which a turn is waited for: the server gives others the time to end theirs."""
    return connection.bearing(connection.answer_s + LOCK_WAIT_MS / 1_000)


def _is_lost(connection: Connection[Any]) -> bool:
    return connection.info.transaction_status == TransactionStatus.UNKNOWN
