"""The one writer: what it records, what it answers to a retry, and that a refusal, a dry run or a crash leaves nothing half done."""

from __future__ import annotations

import datetime as dt
import sqlite3
from itertools import pairwise
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from ledger.append import Request, Writer
from ledger.clock import format_instant, instant_of, microseconds_of
from ledger.errors import (
    ConflictError,
    InvalidError,
    RefusedError,
    StaleError,
    StoreError,
    UnreadableError,
)
from ledger.present import Present
from ledger.read_command import read_command
from ledger.stores.mapper import entry_of
from tests.desk import AGENCY, DESK, TEXT, Desk, fact
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.append import Receipt
    from ledger.values import Json

OPEN = {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    yield made
    made.close()


def _types(desk: Desk) -> list[str]:
    return [row.topic for row in desk.store.rows()]


def _retracted(ident: str = "drag", **members: Json) -> dict[str, Json]:
    return {
        "op": "retract-fact",
        "incident": "stop",
        "fact": ident,
        "cause": "source-error",
        "reason": "the source took it back",
        **members,
    }


def test_a_ledger_begins_in_the_transaction_of_the_first_act(desk: Desk) -> None:
    receipt = desk.act(OPEN)

    assert ["LedgerOpened@1", "IncidentOpened@1"] == _types(desk)
    opened, first = map(entry_of, desk.store.rows())
    assert (1, 1, "registry") == (opened.position, opened.version, opened.stream)
    assert (opened.recorded_at, opened.request, opened.actor) == (
        first.recorded_at,
        first.request,
        first.actor,
    )
    assert ("stop", "incident/stop", 1, 2) == (receipt.id, receipt.stream, receipt.version, receipt.position)
    assert format_instant(first.recorded_at) == receipt.recorded_at


def test_a_ledger_begins_once(desk: Desk) -> None:
    desk.act(OPEN)
    desk.reopen()
    desk.act(AGENCY)

    assert ["LedgerOpened@1", "IncidentOpened@1", "SourceRegistered@1"] == _types(desk)


@pytest.mark.parametrize("dry_run", [False, True], ids=["refused", "refused when tried"])
def test_a_refused_first_command_leaves_the_ledger_empty(desk: Desk, dry_run: bool) -> None:  # noqa: FBT001  a column of the table
    with pytest.raises(InvalidError):
        desk.act(OPEN | {"zone": "Nowhere/Here"}, dry_run=dry_run)

    assert [] == _types(desk)


def test_a_dry_run_answers_what_would_happen_and_records_nothing(desk: Desk) -> None:
    tried = desk.act(OPEN, dry_run=True, request=Request(idempotency_key="one", content=b"x"))

    assert (True, "stop", "incident/stop", 1, None, None) == (
        tried.dry_run,
        tried.id,
        tried.stream,
        tried.version,
        tried.position,
        tried.recorded_at,
    )
    assert [] == _types(desk)
    assert desk.store.answer("actor:desk", "one") is None
    assert 2 == desk.act(OPEN, request=Request(idempotency_key="one", content=b"y")).position


def test_recorded_at_is_the_clock_where_it_goes_on(desk: Desk) -> None:
    desk.act(OPEN)
    desk.clock.advance()

    assert "2021-05-08T12:00:01.000000Z" == desk.act(AGENCY).recorded_at


@pytest.mark.parametrize(
    "back", [dt.timedelta(0), dt.timedelta(days=400)], ids=["stands still", "steps back"]
)
def test_recorded_at_is_a_microsecond_after_the_last_where_the_clock(desk: Desk, back: dt.timedelta) -> None:
    desk.act(OPEN)
    desk.clock.advance(-back)

    assert "2021-05-08T12:00:00.000001Z" == desk.act(AGENCY).recorded_at
    desk.reopen()
    assert "2021-05-08T12:00:00.000002Z" == desk.act(fact()).recorded_at


def test_microseconds_are_exact_both_ways() -> None:
    for instant in (
        NOON,
        dt.datetime.max.replace(tzinfo=dt.UTC),
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, dt.UTC),
    ):
        assert instant == instant_of(microseconds_of(instant))


def test_what_stands_already_is_answered_quietly(desk: Desk) -> None:
    desk.begin()
    digest = desk.capture()
    before = len(_types(desk))
    request = Request(idempotency_key="one", content=b"x")

    again = desk.act(
        {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": TEXT},
        request=request,
    )

    assert (True, digest, 2, None) == (again.quiet, again.id, again.version, again.position)
    assert before == len(_types(desk))


def test_a_refused_command_leaves_no_trace(desk: Desk) -> None:
    desk.begin()
    head, files = desk.store.head(), sorted(desk.path.parent.rglob("*"))

    for refused in (
        OPEN,
        fact(kind="no-such-kind"),
        fact(citations=[]),
        _retracted("none"),
        {"op": "capture-snapshot", "source": "nobody", "media_type": "text/plain", "text": "words"},
        {
            "op": "capture-snapshot",
            "source": "release",
            "media_type": "text/plain",
            "text": "x",
            "url": "no url",
        },
    ):
        with pytest.raises(RefusedError):
            desk.act(refused)

    assert head == desk.store.head()
    assert files == sorted(desk.path.parent.rglob("*"))


class _CrashError(Exception):
    """The process dies here."""


def test_a_crash_between_storing_and_folding_leaves_a_writer_that_catches_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.begin()
    desk.act(fact())

    def crash(*_: object) -> None:
        raise _CrashError

    with monkeypatch.context() as patched:
        patched.setattr(Present, "settle", crash)
        with pytest.raises(_CrashError):
            desk.act(_retracted(), request=Request(idempotency_key="one", content=b"x"))

    assert 5 == desk.store.head().position
    assert desk.act(_retracted(), request=Request(idempotency_key="one", content=b"x")).replayed
    with pytest.raises(ConflictError):
        desk.act(_retracted())
    assert [1, 2, 3] == [row.version for row in desk.store.stream("incident/stop")]
    assert 4 == desk.act(fact("other")).version


def test_a_store_that_refuses_leaves_a_writer_that_goes_on(desk: Desk) -> None:
    desk.begin()
    with desk.store.recorder.datastore.writing() as connection:
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    long = fact(statement="word " * 10_000)
    with pytest.raises(StoreError, match="nothing was recorded"):
        desk.act(long, request=Request(idempotency_key="one", content=b"x"))
    with desk.store.recorder.datastore.writing() as connection:
        connection.execute("PRAGMA max_page_count=1000000")

    receipt = desk.act(long, request=Request(idempotency_key="one", content=b"x"))
    assert (4, 2, False) == (receipt.position, receipt.version, receipt.replayed)


def test_many_threads_lose_no_act_and_leave_no_gap(desk: Desk) -> None:
    desk.begin()
    start = Barrier(6)
    receipts: list[Receipt] = []

    def report(thread: int) -> None:
        start.wait()
        receipts.extend(
            desk.act(fact(f"f{thread}-{n}"), request=Request(idempotency_key=f"{thread}-{n}", content=b"x"))
            for n in range(8)
        )

    threads = [Thread(target=report, args=(n,), daemon=True) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(range(4, 52)) == sorted(receipt.position or 0 for receipt in receipts)
    rows = list(desk.store.rows())
    assert list(range(1, 52)) == [row.position for row in rows]
    assert list(range(1, 50)) == [row.version for row in desk.store.stream("incident/stop")]
    assert all(one.recorded_us < other.recorded_us for one, other in pairwise(rows[1:]))


def test_of_two_editors_who_correct_at_once_the_second_is_stale(desk: Desk) -> None:
    desk.begin()
    version = desk.act(fact()).version
    desk.act(_retracted(expected_version=version))

    with pytest.raises(StaleError, match="expected version 2, fact drag is at 3"):
        desk.act(_retracted(expected_version=version))
    assert (2, 3) == (version, desk.store.head().position - 2)


def test_a_second_writer_that_slips_in_is_caught_up_with_and_not_overwritten(desk: Desk) -> None:
    desk.begin()
    other = Writer(desk.store, desk.blobs, desk.clock, desk.ids, desk.random)
    desk.act(fact())

    with pytest.raises(ConflictError):
        other.record(_command(desk, fact()), DESK)
    assert 5 == other.record(_command(desk, fact("other")), DESK).position
    assert 6 == desk.act(fact("third")).position


def _command(desk: Desk, given: dict[str, Json]) -> Json:
    return read_command(given, desk.ids)


KIND = {
    "op": "register-kind",
    "slug": "barricade",
    "version": 1,
    "label": "Barricade",
    "definition": "A street was closed with things at hand.",
    "schema": {"type": "object", "additionalProperties": False},
}


def test_a_kind_is_in_force_from_its_registration_on_and_after_opening_again(desk: Desk) -> None:
    desk.begin()
    with pytest.raises(RefusedError):
        desk.act(fact(kind="barricade"))
    desk.act(KIND)

    desk.act(fact(kind="barricade"))
    desk.reopen()

    desk.act(fact("other", kind="barricade"))
    with pytest.raises(RefusedError):
        desk.act(KIND | {"label": "Other"})
    assert 2 == desk.act(KIND | {"version": 2, "label": "Blockade"}).version - 1


def test_a_kind_whose_words_were_withheld_keeps_its_number(desk: Desk) -> None:
    desk.begin()
    desk.act(KIND)
    with desk.store.recorder.datastore.writing() as connection:
        connection.execute("UPDATE disclosures SET lines = x'' WHERE position = 4")
    desk.reopen()

    with pytest.raises(RefusedError):
        desk.act(KIND)
    with pytest.raises(RefusedError):
        desk.act(fact(kind="barricade"))
    desk.act(KIND | {"version": 2})
    desk.act(fact(kind="barricade"))


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE events SET event = CAST(replace(CAST(event AS TEXT), 'desk', 'disk') AS BLOB) WHERE position = 2",
        "UPDATE events SET version = 7 WHERE position = 2",
        "UPDATE disclosures SET lines = CAST(replace(CAST(lines AS TEXT), 'Traf', 'Trav') AS BLOB) WHERE position = 2",
        "UPDATE disclosures SET lines = (SELECT lines FROM disclosures WHERE position = 3) WHERE position = 2",
    ],
    ids=["event", "version", "words", "words of another"],
)
def test_nothing_is_decided_upon_bytes_that_have_changed(desk: Desk, tamper: str) -> None:
    desk.begin()
    desk.close()
    with sqlite3.connect(desk.path) as foreign:
        triggers = dict(
            foreign.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        )
        for name in triggers:
            foreign.execute(f"DROP TRIGGER {name}")
        foreign.execute(tamper)
        for statement in triggers.values():
            foreign.execute(statement)
    foreign.close()
    desk.reopen()

    with pytest.raises(UnreadableError, match="position 2"):
        desk.act(fact())
