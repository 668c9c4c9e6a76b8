"""A client of the HTTP API, with and without `await` (docs/client.md).

Every act has an idempotency key of its own that is kept however often it is sent, so that no retry records it twice. What cannot be
answered now is asked again, a bounded number of times, when the server says so; a problem is raised as an exception.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from http import HTTPStatus
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from api.client.calls import (
    Answered,
    Call,
    Given,
    LineTold,
    Outcome,
    Retries,
    Step,
    attempts,
    batches,
    call_of_act,
    new_key,
)
from api.client.feed import Following, LogEvent
from api.client.reads import Page, Pages, Read
from ledger.append import Receipt
from ledger.ids import RandomSource

__all__ = ["AsyncClient", "Client", "LineTold", "LogEvent", "Retries"]

T = TypeVar("T")

_TIMEOUT_S = 30.0
_USUAL = Retries()


def _headers(access_key: str | None) -> dict[str, str]:
    return {} if access_key is None else {"Authorization": f"Bearer {access_key}"}


class _Told:
    """What a client was told: how far the ledger had got, which its lists take in."""

    position = 0
    """The last position that it recorded at or read a list of."""

    def _receipt(self, answered: Answered) -> Receipt:
        receipt = _receipt(answered)
        self._reached(receipt)
        return receipt

    def _page(self, page: Page[T]) -> Page[T]:
        self.position = max(self.position, page.position)
        return page

    def _lines(self, told: list[LineTold]) -> list[LineTold]:
        for one in told:
            self._reached(one.receipt)
        return told

    def _reached(self, receipt: Receipt | None) -> None:
        if receipt is not None:
            self.position = max(self.position, receipt.position or 0)


def _receipt(answered: Answered) -> Receipt:
    receipt = msgspec.json.decode(answered.content, type=Receipt)
    is_replayed = answered.headers.get("idempotency-replayed") == "true"
    return msgspec.structs.replace(receipt, replayed=is_replayed)


def _capture(source: str, data: bytes, media_type: str, key: str, said: dict[str, str | None]) -> Call:
    query = urlencode({name: text for name, text in said.items() if text is not None})
    path = f"/v1/sources/{quote(source, safe='')}/snapshots"
    return Call(
        method="POST",
        url=f"{path}?{query}" if query else path,
        headers={"Content-Type": media_type, "Idempotency-Key": f'"{key}"'},
        content=data,
    )


class Client(_Told):
    """A client that waits. `with Client("http://127.0.0.1:8000") as client: …`."""

    def __init__(
        self,
        base_url: str,
        *,
        access_key: str | None = None,
        retries: Retries = _USUAL,
        timeout_s: float = _TIMEOUT_S,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: RandomSource = os.urandom,
    ) -> None:
        """`timeout_s` bounds each part of a call; transport, sleep and random bytes are the machine's, unless a test says its own."""
        self._http = httpx2.Client(
            base_url=base_url, headers=_headers(access_key), timeout=timeout_s, transport=transport
        )
        self._retries = retries
        self._sleep = sleep
        self._random = random

    def __enter__(self) -> Self:
        """The client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def record(
        self, act: Given, *, key: str | None = None, if_match: str | int | None = None, dry_run: bool = False
    ) -> Receipt:
        """Record a command; durable once this returns. `if_match`: the version or entity tag that was decided upon.

        Raises ProblemAnsweredError and NoAnswerError; after the latter, the same with the same `key` tells what became of it.
        """
        made = call_of_act(act, key=key or new_key(self._random), if_match=if_match, dry_run=dry_run)
        return self._receipt(self._asked(made))

    def capture(
        self, source: str, data: bytes, media_type: str, *, key: str | None = None, **said: str | None
    ) -> Receipt:
        """Keep the bytes of a source; `said` are url, captured_at, method and archive_url. The id of the receipt is their digest."""
        return self._receipt(
            self._asked(_capture(source, data, media_type, key or new_key(self._random), said))
        )

    def read(self, what: Read[T]) -> T:
        """What was asked for, as reads.py makes it."""
        return what.decode(self._asked(what.call).content)

    def rows(self, what: Pages[T]) -> Iterator[T]:
        """The rows of a list, page by page, all of the position of the first, which takes in what this client recorded and read before."""
        cursor: str | None = None
        while True:
            page = self._page(self.read(what.page(cursor, at_least=self.position)))
            yield from page.rows
            cursor = page.next
            if cursor is None:
                return

    def follow(
        self, *, after: int | None = None, **asked: str | int | bool | None
    ) -> Generator[LogEvent, None, None]:
        """Each event of the log, as it is recorded, without end and without a gap, however often the stream is cut.

        It begins after a position, 0 for the beginning, or with what is recorded from now on. `asked` are incident, source, kind and
        corrections, and until, the position with which it ends. Raises ProblemAnsweredError, and NoAnswerError where the server is
        gone for good.
        """
        following = Following(self._retries, self._random, after=after, **asked)
        while not following.is_done:
            call, error = following.call(), None
            try:
                with self._http.stream(call.method, call.url, headers=call.headers) as answer:
                    if answer.status_code != HTTPStatus.OK:
                        following.check(answer.status_code, answer.read())
                    else:
                        for piece in answer.iter_bytes():
                            yield from following.take(piece)
            except httpx2.TransportError as cut:
                error = cut
            if not following.is_done:
                self._sleep(following.wait_s(error))

    def batch(
        self, acts: Iterable[Given], *, atomic: bool = False, dry_run: bool = False
    ) -> Iterator[LineTold]:
        """Record commands, which are taken as they are needed; what became of each, in order. `atomic`: all, or none."""
        steps = batches(acts, self._retries, self._random, atomic=atomic, dry_run=dry_run)
        outcome: Outcome = None
        while (step := _next(steps, outcome)) is not None:
            outcome = None
            if isinstance(step, list):
                yield from self._lines(step)
            else:
                outcome = self._done(step)

    def _asked(self, call: Call) -> Answered:
        steps = attempts(call, self._retries, self._random)
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as ended:
                return _answered(ended.value)
            outcome = self._done(step)

    def _done(self, step: Step) -> Outcome:
        if not isinstance(step, Call):
            self._sleep(_seconds(step))
            return None
        try:
            answer = self._http.request(step.method, step.url, headers=step.headers, content=step.content)
        except httpx2.TransportError as error:
            return error
        return Answered(status=answer.status_code, headers=answer.headers, content=answer.content)


class AsyncClient(_Told):
    """A client that is awaited. `async with AsyncClient("http://127.0.0.1:8000") as client: …`. It does as Client does."""

    def __init__(
        self,
        base_url: str,
        *,
        access_key: str | None = None,
        retries: Retries = _USUAL,
        timeout_s: float = _TIMEOUT_S,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: RandomSource = os.urandom,
    ) -> None:
        """As Client."""
        self._http = httpx2.AsyncClient(
            base_url=base_url, headers=_headers(access_key), timeout=timeout_s, transport=transport
        )
        self._retries = retries
        self._sleep = sleep
        self._random = random

    async def __aenter__(self) -> Self:
        """The client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close its connections."""
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def record(
        self, act: Given, *, key: str | None = None, if_match: str | int | None = None, dry_run: bool = False
    ) -> Receipt:
        """As Client.record."""
        made = call_of_act(act, key=key or new_key(self._random), if_match=if_match, dry_run=dry_run)
        return self._receipt(await self._asked(made))

    async def capture(
        self, source: str, data: bytes, media_type: str, *, key: str | None = None, **said: str | None
    ) -> Receipt:
        """As Client.capture."""
        call = _capture(source, data, media_type, key or new_key(self._random), said)
        return self._receipt(await self._asked(call))

    async def read(self, what: Read[T]) -> T:
        """As Client.read."""
        return what.decode((await self._asked(what.call)).content)

    async def rows(self, what: Pages[T]) -> AsyncIterator[T]:
        """As Client.rows."""
        cursor: str | None = None
        while True:
            page = self._page(await self.read(what.page(cursor, at_least=self.position)))
            for row in page.rows:
                yield row
            cursor = page.next
            if cursor is None:
                return

    async def follow(
        self, *, after: int | None = None, **asked: str | int | bool | None
    ) -> AsyncGenerator[LogEvent, None]:
        """As Client.follow."""
        following = Following(self._retries, self._random, after=after, **asked)
        while not following.is_done:
            call, error = following.call(), None
            try:
                async with self._http.stream(call.method, call.url, headers=call.headers) as answer:
                    if answer.status_code != HTTPStatus.OK:
                        following.check(answer.status_code, await answer.aread())
                    else:
                        async for piece in answer.aiter_bytes():
                            for event in following.take(piece):
                                yield event
            except httpx2.TransportError as cut:
                error = cut
            if not following.is_done:
                await self._sleep(following.wait_s(error))

    async def batch(
        self, acts: Iterable[Given], *, atomic: bool = False, dry_run: bool = False
    ) -> AsyncIterator[LineTold]:
        """As Client.batch."""
        steps = batches(acts, self._retries, self._random, atomic=atomic, dry_run=dry_run)
        outcome: Outcome = None
        while (step := _next(steps, outcome)) is not None:
            outcome = None
            if isinstance(step, list):
                for told in self._lines(step):
                    yield told
            else:
                outcome = await self._done(step)

    async def _asked(self, call: Call) -> Answered:
        steps = attempts(call, self._retries, self._random)
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as ended:
                return _answered(ended.value)
            outcome = await self._done(step)

    async def _done(self, step: Step) -> Outcome:
        if not isinstance(step, Call):
            await self._sleep(_seconds(step))
            return None
        try:
            answer = await self._http.request(
                step.method, step.url, headers=step.headers, content=step.content
            )
        except httpx2.TransportError as error:
            return error
        return Answered(status=answer.status_code, headers=answer.headers, content=answer.content)


def _next(steps: Generator[Step, Outcome, None], outcome: Outcome) -> Step | None:
    try:
        return steps.send(outcome)
    except StopIteration:
        return None


def _answered(value: object) -> Answered:
    if not isinstance(value, Answered):
        raise TypeError("a call ends with its answer")
    return value


def _seconds(step: Any) -> float:  # noqa: ANN401  of the steps, what is neither a call nor answers
    return float(step)
