"""Many commands, one transaction: each is decided upon those before it, and none is disturbed by another's refusal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from ledger.append import Ask, Caller, Receipt, Request
from ledger.blobs import digest_of_bytes
from ledger.errors import ClockLeapError, ConflictError, QuotationError, RuleError, StoreError, UnknownError
from ledger.mark import Mark
from ledger.present import Present
from ledger.read_command import read_command
from ledger.transaction import TRANSACTION_COMMANDS
from ledger.verify import verify_file
from tests.desk import AGENCY, DESK, TEXT, Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ledger.append import Outcome
    from ledger.events import Act, Recorded
    from ledger.stores.contract import NewEvent
    from ledger.values import Json

OPENED = {"op": "open-incident", "id": "stop", "title": "Traffic stop", "zone": "America/Chicago"}
CAPTURED = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": TEXT}
QUOTED = {"type": "TextQuoteSelector", "exact": "about 15 feet"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    yield made
    made.close()


def asked(
    desk: Desk, given: dict[str, Json], *, key: str | None = None, dry_run: bool = False, by: Caller = DESK
) -> Ask:
    request = None if key is None else Request(idempotency_key=key, content=repr(given).encode())
    return Ask(command=read_command(given, desk.ids), caller=by, request=request, dry_run=dry_run)


def all_of(desk: Desk, *given: dict[str, Json], atomic: bool = False) -> list[Outcome]:
    return desk.writer.record_all([asked(desk, one) for one in given], atomic=atomic)


def kinds_of(outcomes: Sequence[Outcome]) -> list[type]:
    return [type(one) for one in outcomes]


def times_of(desk: Desk) -> list[int]:
    return [row.recorded_us for row in desk.store.rows()]


def test_commands_of_one_transaction_see_each_other_and_share_one_recorded_at(desk: Desk) -> None:
    outcomes = all_of(desk, OPENED, AGENCY, fact(), fact("other"), _retraction("drag"))

    assert [2, 3, 4, 5, 6] == [one.position for one in outcomes if isinstance(one, Receipt)]
    assert 1 == len(set(times_of(desk)))
    assert 1 == len({one.recorded_at for one in outcomes if isinstance(one, Receipt)})
    assert [1, 2, 3, 4] == [row.version for row in desk.store.stream("incident/stop")]
    assert "OK" == verify_file(desk.path).verdict


def test_a_refusal_does_not_disturb_its_batch(desk: Desk) -> None:
    outcomes = all_of(
        desk, OPENED, fact(), AGENCY, fact(), fact(), fact("b", kind="no-such-kind"), fact("other")
    )

    assert [Receipt, UnknownError, Receipt, Receipt, ConflictError, UnknownError, Receipt] == kinds_of(
        outcomes
    )
    assert [1, 2, 3] == [row.version for row in desk.store.stream("incident/stop")]
    assert 5 == desk.store.head().position


def test_a_quotation_is_looked_up_in_a_snapshot_captured_by_the_same_batch(desk: Desk) -> None:
    digest = digest_of_bytes(TEXT.encode())
    quoting = fact(citations=[cited(snapshot=digest, selector=[QUOTED])])
    wrong = {"type": "TextQuoteSelector", "exact": "about 51 feet"}
    misquoting = fact("other", citations=[cited(snapshot=digest, selector=[wrong])])

    outcomes = all_of(desk, OPENED, AGENCY, CAPTURED, quoting, misquoting)

    assert [Receipt, Receipt, Receipt, Receipt, QuotationError] == kinds_of(outcomes)
    stored = next(row for row in desk.store.stream("incident/stop") if row.version == 2)
    assert b"TextPositionSelector" in stored.disclosures


def test_a_key_used_twice_in_one_batch_is_one_event_and_one_answer(desk: Desk) -> None:
    desk.begin()
    report = asked(desk, fact(), key="k")
    first, again, other, another_caller = desk.writer.record_all(
        [
            report,
            report,
            asked(desk, fact("b"), key="k"),
            asked(desk, fact("c"), key="k", by=Caller(actor="other")),
        ]
    )

    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.position, False, True) == (again.position, first.replayed, again.replayed)
    assert isinstance(other, ConflictError)
    assert isinstance(another_caller, Receipt)
    assert 5 == desk.store.head().position


def test_a_dry_run_in_a_batch_records_nothing_and_is_not_seen_by_the_next(desk: Desk) -> None:
    desk.begin()
    rehearsed, recorded = desk.writer.record_all(
        [asked(desk, fact(), dry_run=True, key="k"), asked(desk, fact(), key="k")]
    )

    assert isinstance(rehearsed, Receipt)
    assert isinstance(recorded, Receipt)
    assert (None, 4) == (rehearsed.position, recorded.position)
    assert not recorded.replayed


def test_a_redaction_is_a_transaction_of_its_own_and_the_batch_goes_on(desk: Desk) -> None:
    desk.begin()
    redaction = {
        "op": "redact",
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    outcomes = all_of(desk, fact(statement="Zebedee was dragged."), redaction, fact("other"))

    assert [Receipt] * 3 == kinds_of(outcomes)
    assert 3 == len(set(times_of(desk)[3:]))
    assert not any(b"Zebedee" in row.disclosures for row in desk.store.rows())
    assert "OK" == verify_file(desk.path).verdict


def test_more_commands_than_a_transaction_takes_are_recorded_in_several(desk: Desk) -> None:
    desk.begin()
    count = TRANSACTION_COMMANDS + 3
    outcomes = all_of(desk, *(fact(f"f{number}") for number in range(count)))

    assert [Receipt] * count == kinds_of(outcomes)
    assert 3 + count == desk.store.head().position
    assert 2 == len(set(times_of(desk)[3:]))


def test_what_the_store_refuses_is_lost_with_all_that_was_decided_upon_it_and_nothing_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.begin()
    batch = (fact(kind="no-such-kind"), fact(), fact(), fact("other"))

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "append", full)
        outcomes = all_of(desk, *batch)

    assert [UnknownError, StoreError, StoreError, StoreError] == kinds_of(outcomes)
    assert [UnknownError, Receipt, ConflictError, Receipt] == kinds_of(all_of(desk, *batch))
    assert [1, 2, 3] == [row.version for row in desk.store.stream("incident/stop")]


def test_an_atomic_batch_is_recorded_whole(desk: Desk) -> None:
    outcomes = all_of(desk, OPENED, AGENCY, fact(), atomic=True)

    assert [Receipt] * 3 == kinds_of(outcomes)
    assert 1 == len(set(times_of(desk)))


def test_an_atomic_batch_with_a_refusal_records_nothing_and_says_which(desk: Desk) -> None:
    desk.begin()
    outcomes = all_of(desk, fact(), fact(), fact("other"), atomic=True)

    assert [RuleError, ConflictError, RuleError] == kinds_of(outcomes)
    assert {"batch-refused"} == {one.rule for one in outcomes if isinstance(one, RuleError)}
    assert 3 == desk.store.head().position
    assert 2 == desk.act(fact()).version


def test_an_atomic_batch_refuses_a_redaction_among_others(desk: Desk) -> None:
    desk.begin()
    desk.act(fact())
    redaction = {
        "op": "redact",
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }

    among = all_of(desk, fact("other"), redaction, atomic=True)
    alone = all_of(desk, redaction, atomic=True)

    assert ["batch-refused", "redaction-alone"] == [one.rule for one in among if isinstance(one, RuleError)]
    assert [Receipt] == kinds_of(alone)


def test_a_fault_of_ours_in_one_command_is_not_the_answer_to_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.begin()
    encoded = desk.writer._encoded
    calls = []

    def sometimes(*given: object) -> object:
        calls.append(given)
        if len(calls) == 2:
            raise ZeroDivisionError
        return encoded(*given)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(desk.writer, "_encoded", sometimes)
    outcomes = all_of(desk, fact("a"), fact("b"), fact("c"))

    assert [Receipt, ZeroDivisionError, Receipt] == kinds_of(outcomes)
    assert [1, 2, 3] == [row.version for row in desk.store.stream("incident/stop")]


def test_a_fault_between_two_folds_takes_the_whole_transaction_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = Present.fold
    calls = []

    def once(self: Present, event: Recorded[Act], stored: NewEvent) -> None:
        calls.append(event)
        if len(calls) == 2:
            raise ZeroDivisionError
        fold(self, event, stored)

    with monkeypatch.context() as patched:
        patched.setattr(Present, "fold", once)
        # The first command makes two acts, the opening of the ledger and its own.
        outcomes = all_of(desk, OPENED, AGENCY)

    assert [ZeroDivisionError, ZeroDivisionError] == kinds_of(outcomes)
    assert 0 == desk.store.head().position
    assert [Receipt, Receipt] == kinds_of(all_of(desk, OPENED, AGENCY))


def test_a_clock_that_was_put_back_is_counted_on_and_the_receipt_says_so(desk: Desk) -> None:
    desk.begin()
    before = desk.store.head().recorded_us
    desk.clock.step(-dt.timedelta(hours=1))

    receipt = desk.act(fact())

    assert receipt.clock_stepped_back
    assert before + 1 == desk.store.head().recorded_us


def test_a_leap_of_the_clock_records_nothing_and_still_answers_what_was_answered_before(desk: Desk) -> None:
    desk.begin()
    report = asked(desk, fact(), key="k")
    desk.writer.record_all([report])
    desk.clock.step(dt.timedelta(hours=1))

    again, another = desk.writer.record_all([report, asked(desk, fact("other"))])

    assert isinstance(again, Receipt)
    assert again.replayed
    assert isinstance(another, ClockLeapError)
    assert 4 == desk.store.head().position


def test_the_mark_follows_each_commit(desk: Desk, tmp_path: Path) -> None:
    mark = Mark(tmp_path / "mark")
    desk.writer._mark = mark
    desk.begin()
    refused = all_of(desk, fact(kind="no-such-kind"))
    head = desk.store.head()
    marked = mark.read()
    mark.close()

    assert [UnknownError] == kinds_of(refused)
    assert marked is not None
    assert (head.position, head.recorded_us) == (marked.position, marked.recorded_us)
    assert list(desk.store.rows())[-1].leaf == marked.leaf


def _retraction(ident: str) -> dict[str, Json]:
    return {
        "op": "retract-fact",
        "incident": "stop",
        "fact": ident,
        "cause": "our-misreading",
        "reason": "misread",
    }
