"""What a client reads of the feed, without any I/O: messages out of bytes as they come, and where to go on after a cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlencode

import httpx2
import msgspec
import orjson

from api.client.calls import Call, Retries, is_temporary
from api.client.errors import NoAnswerError, ProblemAnsweredError
from api.http.problems import Problem
from ledger.ids import RandomSource
from ledger.values import Json

__all__ = ["Following", "LogEvent", "Messages"]

_MEDIA_TYPE = "text/event-stream"


class LogEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the log: `event` as it was stored, and the lines that disclose its values (ledger-format §4, §8)."""

    position: int
    type: str
    event: str
    disclosures: tuple[str, ...] = ()

    @property
    def entry(self) -> dict[str, Json]:
        """The stored event, read."""
        entry: dict[str, Json] = orjson.loads(self.event)
        return entry


class Messages:
    """Events out of the bytes of a stream, in whatever pieces these come. `position` is how far it has read."""

    def __init__(self, position: int | None) -> None:
        self.position = position
        self._rest = b""

    def begin(self) -> None:
        """A new stream begins: half a message of the one before is not looked at."""
        self._rest = b""

    def take(self, piece: bytes) -> Iterator[LogEvent]:
        """The events that are whole with this piece."""
        *whole, self._rest = (self._rest + piece).split(b"\n\n")
        for message in whole:
            fields = dict(_field(line) for line in message.split(b"\n") if line and not line.startswith(b":"))
            if "id" in fields:
                self.position = int(fields["id"])
            if "data" in fields:
                line = orjson.loads(fields["data"])
                yield LogEvent(
                    position=line["position"],
                    type=fields["event"],
                    event=line["event"],
                    disclosures=tuple(line.get("disclosures", ())),
                )


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode().partition(":")
    return name, value.removeprefix(" ")


class Following:
    """One who follows: which call to send next, and how long to wait after a stream has ended."""

    def __init__(
        self, retries: Retries, random: RandomSource, *, after: int | None, **asked: str | int | bool | None
    ) -> None:
        """`asked` are the filters of the feed, and until. Without `after` it begins with what is recorded from now on."""
        self.messages = Messages(after)
        self._retries = retries
        self._random = random
        self._numbers = itertools.count(1)
        until = asked.get("until")
        self._until = None if until is None else int(until)
        said = {name: value for name, value in asked.items() if value is not None and value is not False}
        self._query = {name: "true" if value is True else str(value) for name, value in said.items()}

    @property
    def is_done(self) -> bool:
        """Whether everything that was asked for has come."""
        return self._until is not None and (self.messages.position or 0) >= self._until

    def call(self) -> Call:
        """What is sent next."""
        self.messages.begin()
        headers = {"Accept": _MEDIA_TYPE}
        if self.messages.position is not None:
            headers["Last-Event-ID"] = str(self.messages.position)
        query = f"?{urlencode(self._query)}" if self._query else ""
        return Call(method="GET", url=f"/v1/events{query}", headers=headers)

    def take(self, piece: bytes) -> Iterator[LogEvent]:
        """The events of a piece of the stream; it is well, so that the next cut is the first again."""
        self._numbers = itertools.count(1)
        return self.messages.take(piece)

    def wait_s(self, error: httpx2.TransportError | None) -> float:
        """How long to wait after a stream that ended, or could not be had. Raises NoAnswerError where it was too often in a row."""
        number = next(self._numbers)
        if number > self._retries.times:
            raise NoAnswerError(f"the feed was not to be had, {number} times over") from error
        return self._retries.wait_s(number, None, self._random)

    @staticmethod
    def check(status: int, content: bytes) -> None:
        """Raise ProblemAnsweredError for an answer that will not become another one."""
        try:
            problem = msgspec.json.decode(content, type=Problem)
        except msgspec.DecodeError:
            problem = None
        if status >= HTTPStatus.BAD_REQUEST and not is_temporary(status, problem.code if problem else None):
            raise ProblemAnsweredError.of(status, problem)
