"""The one writer: commands in, durable events out (ADR 2).

One command at a time, under a lock: the tail not yet seen is folded into the cached state, the command is decided
against it, its acts are stamped with one recorded_at, encoded and made durable in one transaction together with the
answer to an idempotent request. What was not made durable is not acknowledged, and a refusal leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ledger.blobs import describe
from ledger.clock import format_instant
from ledger.codec import FORMAT, Stamp, decode, encode
from ledger.commands import CaptureSnapshot
from ledger.decisions import Draft, decide
from ledger.decisions.decision import REGISTRY
from ledger.errors import ConflictError, IntegrityError, InvalidError, StoreError
from ledger.events import LedgerOpened, Redacted, SnapshotCaptured, VocabularyRef
from ledger.ids import check_id
from ledger.kinds import LATEST_VOCABULARY, load_vocabulary
from ledger.pinning import pin
from ledger.present import Present
from ledger.stores.contract import Answer, Batch, NewEvent, Removal
from ledger.stores.mapper import proved_entry_of
from ledger.values import check_text

if TYPE_CHECKING:
    from ledger.blobs import Blobs
    from ledger.citation import Citation
    from ledger.clock import Clock
    from ledger.codec import Encoded
    from ledger.commands import Command
    from ledger.decisions import Decision
    from ledger.ids import Ids, RandomSource
    from ledger.stores.contract import Head, Store

__all__ = ["Caller", "Receipt", "Request", "Writer"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_SALT_BYTES = 16
_MAX_KEY = 255


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: an opaque actor id, the id of the access key, and on whose behalf. Display names live outside the log."""

    actor: str
    key: str | None = None
    on_behalf_of: str | None = None

    def __post_init__(self) -> None:
        """Refuse ids that are none."""
        check_id(self.actor, field="/actor")
        for name, ident in (("/key", self.key), ("/on_behalf_of", self.on_behalf_of)):
            if ident is not None:
                check_id(ident, field=name)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a request idempotent: the caller's key for it, and the exact bytes asked, which tell a retry from another.

    Raises InvalidError for a key that is empty, longer than 255 characters, or no Unicode text.
    """

    idempotency_key: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse a key that cannot be kept."""
        if not 1 <= len(self.idempotency_key) <= _MAX_KEY:
            raise InvalidError(f"an idempotency key has 1 to {_MAX_KEY} characters", field="/key")
        check_text(self.idempotency_key, field="/key")


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was recorded: ids, versions and times only, no content. `position` and `recorded_at` are of the last event.

    `replayed`: this answer was given before; `dry_run`: nothing was recorded and there is no position; `quiet`: it stood
    already.
    """

    id: str
    stream: str
    version: int
    position: int | None = None
    recorded_at: str | None = None
    replayed: bool = False
    dry_run: bool = False
    quiet: bool = False


def instant_of(us: int) -> dt.datetime:
    """The instant that is `us` microseconds after 1970, exactly."""
    return _EPOCH + us * _MICROSECOND


def microseconds_of(instant: dt.datetime) -> int:
    """Microseconds since 1970 of an aware instant, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


class _Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with its acts stamped and encoded: all that one transaction needs. `us` is its recorded_at."""

    decision: Decision
    encoded: list[Encoded]
    head: Head
    us: int


class Writer:
    """Records commands, one at a time, from any thread. Nobody else may write to the store while it lives."""

    def __init__(self, store: Store, blobs: Blobs, clock: Clock, ids: Ids, random: RandomSource) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._ids = ids
        self._random = random
        self._lock = threading.Lock()
        self._present = Present(store)
        self._doomed: set[str] = set()
        self._words_in_log = self._present.position > 0
        self._sort_marks()
        self._finish_erasing(wait=True)

    @property
    def erasing(self) -> bool:
        """Whether a redaction that is recorded has yet to leave the files: a reader or the disk was in the way.

        It is tried again with each command and when the ledger is opened.
        """
        return self._words_in_log or bool(self._doomed)

    def record(
        self, command: Command, caller: Caller, *, request: Request | None = None, dry_run: bool = False
    ) -> Receipt:
        """Decide a command and make its acts durable. With `dry_run` it is decided and nothing is recorded or kept.

        Raises RefusedError where the command is refused, and StoreError or another UnavailableError where the machine
        fails; in both cases nothing was recorded, unless the message says that this is not known.
        """
        kept = None if dry_run else request
        with self._lock:
            before = self._replayed(caller, kept)
        if before is not None:
            return before
        # A snapshot never changes, so its bytes are read and hashed before the lock is taken (ADR 2).
        data = command.data if isinstance(command, CaptureSnapshot) else None
        ready = describe(command) if isinstance(command, CaptureSnapshot) else pin(command, self._text_of)
        with self._lock:
            before = self._replayed(caller, kept)
            if before is not None:
                return before
            self._finish_erasing(wait=False)
            self._present.catch_up()
            prepared = self._prepare(ready, caller)
            decision, encoded = prepared.decision, prepared.encoded
            if data is not None and not dry_run and (encoded or self._may_be_put_back(decision.id)):
                # Under the lock: no redaction comes between the bytes and the event that names them.
                self._blobs.keep(data)
            if dry_run or not encoded:
                stands = decision.version or self._present.version(decision.stream)
                return Receipt(
                    id=decision.id,
                    stream=decision.stream,
                    version=encoded[-1].version if encoded else stands,
                    dry_run=dry_run,
                    quiet=not encoded,
                )
            return self._commit(prepared, caller, kept)

    def _text_of(self, citation: Citation) -> tuple[str, str] | None:
        with self._lock:
            self._present.catch_up()
            source = self._present.source(citation.source)
        captured = source.snapshots.get(citation.snapshot or "")
        if captured is None or captured.extraction is None or citation.snapshot in source.redacted_snapshots:
            return None
        return captured.extraction, self._blobs.text(captured.extraction)

    def _opening(self) -> Draft:
        vocabulary = load_vocabulary(LATEST_VOCABULARY)
        act = LedgerOpened(
            ledger=self._ids.make(),
            ledger_format=FORMAT,
            vocabulary=VocabularyRef(version=vocabulary.version, digest=vocabulary.digest),
        )
        return Draft(stream=REGISTRY, act=act)

    def _prepare(self, command: Command, caller: Caller) -> _Prepared:
        head = self._store.head()
        us = max(microseconds_of(self._clock.now()), head.recorded_us + 1)
        decision = decide(command, self._present, instant_of(us))
        drafts = decision.drafts
        if drafts and head.position == 0:
            drafts = (self._opening(), *drafts)
        request_id = self._ids.make() if drafts else ""
        versions: dict[str, int] = {}
        encoded: list[Encoded] = []
        for draft in drafts:
            version = versions.get(draft.stream, self._present.version(draft.stream)) + 1
            versions[draft.stream] = version
            stamp = Stamp(
                event_id=self._ids.make(),
                request=request_id,
                stream=draft.stream,
                version=version,
                recorded_at=format_instant(instant_of(us)),
                actor=caller.actor,
                key=caller.key,
                on_behalf_of=caller.on_behalf_of,
                answers=draft.answers,
            )
            encoded.append(encode(draft.act, stamp, self._random))
        return _Prepared(decision=decision, encoded=encoded, head=head, us=us)

    def _commit(self, prepared: _Prepared, caller: Caller, request: Request | None) -> Receipt:
        encoded, head = prepared.encoded, prepared.head
        last = encoded[-1]
        receipt = Receipt(
            id=prepared.decision.id,
            stream=last.stream,
            version=last.version,
            position=head.position + len(encoded),
            recorded_at=last.recorded_at,
        )
        removals, blobs = self._erased_by(prepared.decision)
        self._blobs.mark(blobs)
        self._store.append(
            Batch(
                after=head.position,
                recorded_us=prepared.us,
                events=[
                    NewEvent(
                        stream=one.stream,
                        version=one.version,
                        topic=one.topic,
                        event=one.event,
                        disclosures=one.disclosures,
                    )
                    for one in encoded
                ],
                removals=removals,
                answers=() if request is None else (self._kept(caller, request, receipt),),
            )
        )
        self._words_in_log |= bool(removals)
        self._doomed.update(blobs)
        for offset, one in enumerate(encoded, start=1):
            self._present.fold(decode(one.event, one.disclosures, position=head.position + offset))
        self._finish_erasing(wait=True)
        return receipt

    def _erased_by(self, decision: Decision) -> tuple[list[Removal], tuple[str, ...]]:
        """What a redaction takes out of the store, and the snapshots that it takes off the disk."""
        removals = [Removal(position=gone.position, paths=gone.paths) for gone in decision.erasures]
        if decision.snapshots:
            removals += [
                Removal(position=event.position, paths=())
                for event in self._present.stream(decision.stream)
                if isinstance(event.body, SnapshotCaptured) and event.body.snapshot in decision.snapshots
            ]
        return removals, decision.snapshots

    def _sort_marks(self) -> None:
        """Tell the marked removals that were recorded, and are to be finished, from those that never were."""
        marked = set(self._blobs.marked())
        if not marked:
            return
        self._doomed = self._redacted(marked)
        for digest in marked - self._doomed:
            self._blobs.unmark(digest)

    def _redacted(self, snapshots: set[str]) -> set[str]:
        """Those of some snapshots that were redacted, in whatever source, and not captured since."""
        gone: set[str] = set()
        for row in self._store.rows():
            if row.topic.partition("@")[0] in ("SnapshotCaptured", "Redacted"):
                body = proved_entry_of(row).body
                if isinstance(body, SnapshotCaptured):
                    gone.discard(body.snapshot)
                elif isinstance(body, Redacted):
                    gone |= snapshots.intersection(body.snapshots)
        return gone

    def _may_be_put_back(self, snapshot: str) -> bool:
        """Whether bytes that stand recorded may be stored once more: lost ones may, those that a redaction took may not.

        Sources share the bytes, so that the redaction may have named another one than the capture.
        """
        return self._blobs.has(snapshot) or not self._redacted({snapshot})

    def _finish_erasing(self, *, wait: bool) -> None:
        """Let what was redacted leave the files. The redaction is recorded, so a fault here is no refusal: see erasing."""
        if not self.erasing:
            return
        with suppress(StoreError):
            for digest in sorted(self._doomed):
                self._blobs.remove(digest)
                self._doomed.discard(digest)
            self._words_in_log = not self._store.truncate_wal(wait=wait)

    def _kept(self, caller: Caller, request: Request, receipt: Receipt) -> Answer:
        salt = self._random(_SALT_BYTES)
        return Answer(
            caller=_scope(caller),
            key=request.idempotency_key,
            salt=salt,
            digest=_keyed_digest(salt, request.content),
            answer=msgspec.json.encode(receipt),
            position=receipt.position or 0,
        )

    def _replayed(self, caller: Caller, request: Request | None) -> Receipt | None:
        """The answer that the same request was given before. Raises ConflictError where another one had its key."""
        if request is None:
            return None
        kept = self._store.answer(_scope(caller), request.idempotency_key)
        if kept is None:
            return None
        if kept.digest and not hmac.compare_digest(kept.digest, _keyed_digest(kept.salt, request.content)):
            raise ConflictError(
                "this idempotency key was used for another request; use a new one", field="/key"
            )
        try:
            receipt = msgspec.json.decode(kept.answer, type=Receipt)
        except msgspec.DecodeError as error:
            raise IntegrityError("the kept answer of an idempotent request cannot be read") from error
        return replace(receipt, replayed=True)


def _scope(caller: Caller) -> str:
    """Whose idempotency keys these are: those of an access key, or of an actor without one."""
    return f"actor:{caller.actor}" if caller.key is None else f"key:{caller.key}"


def _keyed_digest(salt: bytes, content: bytes) -> bytes:
    return hmac.new(salt, content, hashlib.sha256).digest()
