"""The one writer: commands in, durable events out (ADR 2).

In its turn (contract.py) it folds the tail not yet seen into the cached state, and decides the commands that wait one after another,
each against what those before it would leave. Their acts are stamped with one recorded_at, encoded, and made durable in one transaction
together with the answers to idempotent requests. What was not made durable is not acknowledged; a refusal leaves nothing behind
and does not disturb the others.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ledger.asking import Ask, Caller, Receipt, Request, kept_answer, replayed, scope_of
from ledger.capture import describe, keep
from ledger.cited_snapshots import CitedSnapshots
from ledger.clock_watch import ClockWatch
from ledger.codec import FORMAT, Stamp, encode, entered
from ledger.commands import CaptureSnapshot, Redact
from ledger.decisions import Draft, decide
from ledger.decisions.decision import REGISTRY
from ledger.erasing import Eraser, removals_of
from ledger.errors import (
    LedgerError,
    RefusedError,
    RuleError,
    StaleError,
    StoreError,
    UnavailableError,
    UnknownSchemaError,
)
from ledger.events import LedgerOpened, VocabularyRef
from ledger.kinds import LATEST_VOCABULARY, load_vocabulary
from ledger.mark import Marked
from ledger.pinning import pin
from ledger.present import Present
from ledger.stores.sqlite import leaf_hash
from ledger.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from ledger.blobs import Blobs
    from ledger.capture import Captured
    from ledger.clock import Clock
    from ledger.codec import Encoded
    from ledger.commands import Command
    from ledger.decisions import Decision
    from ledger.erasing import Erased
    from ledger.ids import Ids, RandomSource
    from ledger.mark import Mark
    from ledger.pinning import Measures, Texts
    from ledger.stores.contract import Answer, Head, Store

    Outcome: TypeAlias = Receipt | Exception

__all__ = ["Ask", "Caller", "Outcome", "Ready", "Receipt", "Request", "Writer"]


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """An ask whose heavy part is done: bytes described, quotations looked up. `refusal`: that part found a fault.

    `generation`: that of what is cited, before it was looked up (cited_snapshots.py).
    """

    ask: Ask
    command: Command
    captured: Captured | None = None
    refusal: Exception | None = None
    generation: int = -1


class Writer:
    """Records commands, from any thread. Whoever else writes to the store takes turns with it, as far as the store has turns.

    `mark` is the high-water mark kept outside the store (mark.py), `accepted` the file in which a leap of the clock is accepted by
    hand (clock_watch.py), `bound` what the self-test found that stops all writing.
    """

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        clock: Clock,
        ids: Ids,
        random: RandomSource,
        *,
        mark: Mark | None = None,
        accepted: Path | None = None,
        bound: UnknownSchemaError | None = None,
    ) -> None:
        self._store = store
        self._mark = mark
        self._blobs = blobs
        self._watch = ClockWatch(clock, accepted)
        self._ids = ids
        self._random = random
        self._lock = threading.Lock()
        self._present = Present(store, bound)
        self._cited = CitedSnapshots(self._present, blobs, self._lock)
        blobs.sweep()
        with store.turn():
            # What others are about to record is recorded, or is not, before it is asked what was redacted.
            self._eraser = Eraser(store, blobs)

    @property
    def erasing(self) -> bool:
        """Whether a redaction that is recorded has yet to leave the files: a reader or the disk was in the way.

        It is tried again with each command and when the ledger is opened.
        """
        return self._eraser.behind

    @property
    def unsearched(self) -> tuple[Erased, ...]:
        """What was erased since the ledger was opened and has not been searched for yet. It is content (erasing.py)."""
        return self._eraser.unsearched

    def searched(self, erased: Collection[Erased]) -> None:
        """No file holds any of this any more: forget it."""
        with self._lock:
            self._eraser.searched(erased)

    def is_at_hand(self, command: Command) -> bool:
        """Whether `ready` is quick and waits for nobody: what the command cites is in memory, and it captures nothing."""
        return not isinstance(command, CaptureSnapshot) and self._cited.are_at_hand(command)

    def record(
        self, command: Command, caller: Caller, *, request: Request | None = None, dry_run: bool = False
    ) -> Receipt:
        """Decide a command and make its acts durable. With `dry_run` it is decided and nothing is recorded or kept.

        Raises RefusedError where the command is refused, and StoreError or another UnavailableError where the machine
        fails; in both cases nothing was recorded, unless the message says that this is not known.
        """
        ask = Ask(command=command, caller=caller, request=request, dry_run=dry_run)
        outcome = self.record_all([self.ready(ask)])[0]
        if isinstance(outcome, Receipt):
            return outcome
        raise outcome

    def ready(self, ask: Ask) -> Ready:
        """Do what needs no lock, since a snapshot never changes: describe the bytes of a capture, look quotations up (ADR 2).

        A refusal is kept for its turn: the same request may have been answered before.
        """
        generation = self._cited.generation
        try:
            found = self._ready(ask, self._cited.text_unlocked, self._cited.measured_unlocked)
            return replace(found, generation=generation)
        except Exception as error:  # noqa: BLE001  told in its turn, whatever it is
            return Ready(ask=ask, command=ask.command, refusal=error)

    def record_all(self, asks: Sequence[Ask | Ready], *, atomic: bool = False) -> list[Outcome]:
        """Decide commands in order and make their acts durable, as many in a transaction as fit; an outcome for each.

        A refusal does not disturb the others. With `atomic` all are one transaction, and where one is refused nothing is
        recorded: the others' outcome is then RuleError `batch-refused`. A redaction is always a transaction of its own, so
        an atomic batch refuses it where it is not alone. Where the machine fails, so do all that were decided upon acts
        that are lost by it. Raises nothing but what ends the process: a fault of ours is an outcome too.
        """
        if atomic and len(asks) > 1 and any(isinstance(ask.command, Redact) for ask in asks):
            return [_unbatched(ask.command) for ask in asks]
        outcomes: list[Outcome] = []
        while len(outcomes) < len(asks):
            rest = asks[len(outcomes) :]
            with self._lock:
                try:
                    self._eraser.finish(wait=False)
                    with self._store.turn():
                        head = self._store.head()
                        if self._present.catch_up(head):
                            self._cited.forget(texts=True)
                        outcomes += self._transact(rest, head, atomic=atomic)
                except Exception as error:  # noqa: BLE001  others' acts are recorded by now, and they are told so
                    outcomes += [error] * len(rest)
                finally:
                    self._present.take_back()
        return outcomes

    def _transact(self, asks: Sequence[Ask | Ready], head: Head, *, atomic: bool) -> list[Outcome]:
        """The outcomes of the first asks, as many as one transaction takes."""
        try:
            self._present.refuse_if_bound()
            transaction = Transaction.at(head, self._watch.stamp(head.recorded_us))
        except (UnavailableError, UnknownSchemaError) as error:
            return [self._even_so(ask, error) for ask in asks]
        outcomes: list[Outcome] = []
        first_lost = len(asks)
        for ask in asks:
            alone = isinstance(ask.command, Redact)
            if alone and outcomes and not atomic:
                break
            try:
                outcomes.append(self._take(ask, transaction))
            except Exception as error:
                if transaction.position != self._present.position:
                    raise
                outcomes.append(error)
            if transaction.events:
                first_lost = min(first_lost, len(outcomes) - 1)
            if not atomic and (alone or transaction.is_full(len(outcomes))):
                break
        if atomic and not all(isinstance(one, Receipt) for one in outcomes):
            return [_with_batch() if isinstance(one, Receipt) else one for one in outcomes]
        if transaction.events:
            try:
                self._commit(transaction)
            except UnavailableError as error:
                outcomes[first_lost:] = [error] * len(outcomes[first_lost:])
        return outcomes

    def _even_so(self, given: Ask | Ready, error: LedgerError) -> Outcome:
        """The outcome where nothing can be stamped: what was answered before is answered again all the same."""
        ask = given if isinstance(given, Ask) else given.ask
        try:
            before = self._before(ask.caller, None if ask.dry_run else ask.request, {})
        except LedgerError as refusal:
            return refusal
        return error if before is None else before

    def _take(self, given: Ask | Ready, transaction: Transaction) -> Receipt:
        """Decide one command upon what the transaction holds, and add its acts to it."""
        ask = given if isinstance(given, Ask) else given.ask
        request = None if ask.dry_run else ask.request
        before = self._before(ask.caller, request, transaction.answers)
        if before is not None:
            return before
        if isinstance(given, Ready) and given.refusal is not None:
            raise given.refusal
        if isinstance(given, Ask):
            ready = self._ready(ask, self._cited.text, self._cited.measured)
            command = ready.command
        elif given.generation == self._cited.generation and not transaction.captures:
            ready, command = given, given.command
        else:
            # Looked at once more: the snapshot may have been captured, or redacted, since.
            ready, command = given, pin(given.command, self._cited.text, self._cited.measured)
        decision = decide(command, self._present, transaction.instant)
        self._check_stream(ask, decision)
        drafts = decision.drafts
        if drafts and transaction.position == 0:
            drafts = (self._opening(), *drafts)
        encoded = self._encoded(drafts, ask.caller, transaction)
        if ready.captured is not None and encoded:
            self._refuse_redacted(ready.captured)
        if ready.captured is not None and not ask.dry_run:
            # Under the lock: no redaction comes between the bytes and the event that names them.
            self._keep(ready.captured, recorded=bool(drafts))
        if ask.dry_run or not encoded:
            stands = decision.version or self._present.version(decision.stream)
            return Receipt(
                id=decision.id,
                stream=decision.stream,
                version=encoded[-1][1].version if encoded else stands,
                dry_run=ask.dry_run,
                quiet=not encoded,
            )
        if decision.erasures or decision.snapshots:
            transaction.removals += removals_of(decision, self._present)
            transaction.snapshots += self._eraser.with_texts(decision.snapshots)
        for draft, stamp, one in encoded:
            stored = transaction.add(one)
            at, when = transaction.position, transaction.instant
            self._present.fold(entered(draft.act, stamp, one, position=at, recorded_at=when), stored)
        return self._answered(ask.caller, request, decision, transaction)

    def _check_stream(self, ask: Ask, decision: Decision) -> None:
        if ask.stream_version is None:
            return
        current = self._present.version(decision.stream)
        if ask.stream_version != current:
            raise StaleError(decision.stream, expected=ask.stream_version, current=current)

    def _answered(
        self, caller: Caller, request: Request | None, decision: Decision, transaction: Transaction
    ) -> Receipt:
        last = transaction.events[-1]
        receipt = Receipt(
            id=decision.id,
            stream=last.stream,
            version=last.version,
            position=transaction.position,
            recorded_at=transaction.recorded_at,
            clock_stepped_back=transaction.stepped_back,
        )
        if request is not None:
            kept = kept_answer(caller, request, receipt, self._random)
            transaction.answers[kept.caller, kept.key] = kept
        return receipt

    def _encoded(
        self, drafts: tuple[Draft, ...], caller: Caller, transaction: Transaction
    ) -> list[tuple[Draft, Stamp, Encoded]]:
        request = self._ids.make() if drafts else ""
        versions: dict[str, int] = {}
        encoded: list[tuple[Draft, Stamp, Encoded]] = []
        for draft in drafts:
            version = versions.get(draft.stream, self._present.version(draft.stream)) + 1
            versions[draft.stream] = version
            stamp = Stamp(
                event_id=self._ids.make(),
                request=request,
                stream=draft.stream,
                version=version,
                recorded_at=transaction.recorded_at,
                actor=caller.actor,
                key=caller.key,
                on_behalf_of=caller.on_behalf_of,
                answers=draft.answers,
            )
            encoded.append((draft, stamp, encode(draft.act, stamp, self._random)))
        return encoded

    def _opening(self) -> Draft:
        vocabulary = load_vocabulary(LATEST_VOCABULARY)
        act = LedgerOpened(
            ledger=self._ids.make(),
            ledger_format=FORMAT,
            vocabulary=VocabularyRef(version=vocabulary.version, digest=vocabulary.digest),
        )
        return Draft(stream=REGISTRY, act=act)

    def _commit(self, transaction: Transaction) -> None:
        snapshots = transaction.snapshots
        erased = self._eraser.announce(transaction.removals, snapshots, transaction.position)
        self._store.append(transaction.batch())
        self._present.settle()
        self._raise_mark(transaction)
        if transaction.captures:
            self._cited.forget(texts=bool(snapshots))
        self._eraser.owe(transaction.removals, erased)
        if transaction.removals:
            self._eraser.finish(wait=True)

    def _raise_mark(self, transaction: Transaction) -> None:
        if self._mark is not None:
            last = transaction.events[-1].event
            # A mark may lie behind the log; what is recorded is recorded.
            with suppress(StoreError):
                self._mark.advance(
                    Marked(position=transaction.position, recorded_us=transaction.us, leaf=leaf_hash(last))
                )

    def _before(
        self, caller: Caller, request: Request | None, tentative: Mapping[tuple[str, str], Answer]
    ) -> Receipt | None:
        """The answer that the same request was given before. Raises ConflictError where another one had its key."""
        if request is None:
            return None
        scope = scope_of(caller)
        kept = tentative.get((scope, request.idempotency_key))
        if kept is None:
            kept = self._store.answer(scope, request.idempotency_key)
        return None if kept is None else replayed(kept, request)

    def _ready(self, ask: Ask, texts: Texts, measured: Measures) -> Ready:
        command = ask.command
        if isinstance(command, CaptureSnapshot):
            captured = describe(command, self._blobs)
            return Ready(ask=ask, command=captured.record, captured=captured)
        return Ready(ask=ask, command=pin(command, texts, measured))

    def _refuse_redacted(self, captured: Captured) -> None:
        """Refuse to take in, through any source, bytes that a redaction took away through another."""
        if not self._eraser.may_be_taken_in(captured.record.snapshot):
            raise RuleError(
                "snapshot-redacted", "these bytes were redacted and are not taken in again", field="/snapshot"
            )

    def _keep(self, captured: Captured, *, recorded: bool) -> None:
        """Store what an act names. Where it stands recorded already, store again what was lost, and no text that no act names."""
        if not recorded:
            stands = self._present.captures(captured.record.source, captured.record.snapshot)
            if not self._eraser.may_be_taken_in(captured.record.snapshot):
                return
            if stands is None or stands.newest.extraction != captured.record.extraction:
                captured = replace(captured, text=None)
        keep(captured, self._blobs)


def _unbatched(command: Command) -> RefusedError:
    if isinstance(command, Redact):
        return RuleError(
            "redaction-alone", "a redaction is recorded on its own; take it out of the atomic batch"
        )
    return _with_batch()


def _with_batch() -> RefusedError:
    return RuleError(
        "batch-refused", "nothing was recorded, since another line of the atomic batch is refused"
    )
