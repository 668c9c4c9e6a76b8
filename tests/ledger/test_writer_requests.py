"""Idempotent requests: a retry is one event and one answer, and a key belongs to whoever used it (docs/commands.md)."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from ledger.append import Caller, Request
from ledger.errors import ConflictError, IntegrityError, InvalidError
from tests.desk import AGENCY, Desk, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.append import Receipt

OPEN = {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    yield made
    made.close()


def _asked(key: str = "one", content: bytes = b"POST /v1/incidents {}") -> Request:
    return Request(idempotency_key=key, content=content)


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after the ledger was opened again"])
def test_a_retried_request_is_one_event_and_one_answer(desk: Desk, reopened: bool) -> None:  # noqa: FBT001  a column of the table
    first = desk.act(OPEN, request=_asked())
    desk.act(AGENCY)
    if reopened:
        desk.reopen()

    again = desk.act(OPEN, request=_asked())

    assert again.replayed
    assert not first.replayed
    assert _as_given(first) == _as_given(again)
    assert 3 == desk.store.head().position


def _as_given(receipt: Receipt) -> tuple[object, ...]:
    return (receipt.id, receipt.stream, receipt.version, receipt.position, receipt.recorded_at)


def test_another_request_with_the_same_key_is_refused(desk: Desk) -> None:
    desk.act(OPEN, request=_asked())

    with pytest.raises(ConflictError, match="used for another request"):
        desk.act(AGENCY, request=_asked(content=b"POST /v1/sources {}"))

    assert 2 == desk.store.head().position


def test_a_refusal_is_not_kept(desk: Desk) -> None:
    with pytest.raises(InvalidError):
        desk.act(OPEN | {"title": ""}, request=_asked())

    assert not desk.act(OPEN, request=_asked(content=b"another")).replayed


CALLERS = [
    Caller(actor="other"),
    Caller(actor="desk", key="k1"),
    Caller(actor="other", key="desk"),
    Caller(actor="other", key="k2"),
]


@pytest.mark.parametrize("other", CALLERS, ids=["actor", "with a key", "key named as the actor", "both"])
def test_keys_are_those_of_their_caller(desk: Desk, other: Caller) -> None:
    desk.act(OPEN, request=_asked())

    receipt = desk.act(AGENCY, by=other, request=_asked(content=b"another"))

    assert not receipt.replayed
    assert "release" == receipt.id


def test_one_key_is_one_caller_whoever_holds_it(desk: Desk) -> None:
    desk.act(OPEN, by=Caller(actor="anna", key="k1"), request=_asked())

    assert desk.act(OPEN, by=Caller(actor="bela", key="k1"), request=_asked()).replayed


@pytest.mark.parametrize(
    "key", ["", " ", "k" * 256, "k\x00", "\ud800"], ids=["empty", "blank", "long", "NUL", "surrogate"]
)
def test_a_key_that_cannot_be_kept_is_refused(key: str) -> None:
    with pytest.raises(InvalidError, match="/key"):
        _asked(key)


def test_a_kept_answer_that_cannot_be_read_is_said_so(desk: Desk) -> None:
    desk.act(OPEN, request=_asked())
    with desk.store.recorder.datastore.writing() as connection:
        connection.execute("UPDATE idempotency SET answer = x'00'")

    with pytest.raises(IntegrityError, match="kept answer"):
        desk.act(OPEN, request=_asked())


def test_of_one_request_sent_by_many_threads_at_once_one_is_recorded(desk: Desk) -> None:
    desk.begin()
    start = Barrier(4)
    receipts: list[Receipt] = []

    def report() -> None:
        start.wait()
        receipts.append(desk.act(fact(), request=_asked()))

    threads = [Thread(target=report, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [False, True, True, True] == sorted(receipt.replayed for receipt in receipts)
    assert 1 == len({_as_given(receipt) for receipt in receipts})
