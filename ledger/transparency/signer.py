"""Signing a head of the log: only after its bytes were read again, its root was computed twice, and every head before it still leads to it.

A signature is a promise for ever, so it is the last thing done and never the first. Whoever holds a checkpoint can show the log to have
forked if what is signed later does not begin with what it says; therefore a log that is shorter than a signed head, or that went on
differently, is not signed again: an older copy was put back, or something was changed.
"""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from ledger.checkpoint import Checkpoint, opened_checkpoint, signed_checkpoint
from ledger.errors import IntegrityError, StoreError
from ledger.folders import make_folder
from ledger.merkle import Frontier, check_consistency, leaf_hash
from ledger.transparency.epochs import Epochs, is_lost
from ledger.transparency.heads import KeptHeads, SignedHead
from ledger.transparency.keys import SigningKeys
from ledger.transparency.tree import LogTree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.ids import RandomSource
    from ledger.signing import SignerKey, VerifierKey
    from ledger.transparency.tree import Entries

__all__ = ["Transparency", "origin_of"]


def origin_of(log: Entries) -> str | None:
    """The id of the ledger, which names its log: what LedgerOpened says at position 1. None where nothing was recorded.

    Raises IntegrityError where the first event is no LedgerOpened.
    """
    first = next(iter(log.entries(1, 1)), None)
    if first is None:
        return None
    try:
        entry = orjson.loads(first)
        if entry["type"] == "LedgerOpened":
            return str(entry["body"]["ledger"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        pass
    raise IntegrityError("a ledger begins with LedgerOpened", where="position 1")


class Transparency:
    """The tree, the keys and the signed heads of one ledger, in the folder beside it.

    `writing`: this process extends the tree and signs, one process at a time; whoever does may write the ledger. `copy` is a file, best
    on another disk, in which each checkpoint is kept as well, and which the next is held against.
    """

    def __init__(
        self, log: Entries, folder: Path, *, writing: bool = False, copy: Path | None = None
    ) -> None:
        """See what is there; of the tree, once it is asked for. Raises StoreError where it cannot be read."""
        self._log = log
        self._folder = folder
        self._writing = writing
        self.keys = SigningKeys(folder / "keys")
        self.heads = KeptHeads(folder / "tree", copy=copy)
        self._epochs = Epochs(folder)
        self._frontier = Frontier()
        self._signing = threading.Lock()
        self._opening = threading.Lock()
        self._tree: LogTree | None = None

    @property
    def tree(self) -> LogTree:
        """The tree. Raises StoreError where it cannot be read."""
        with self._opening:
            if self._tree is None:
                self._tree = LogTree(self._log, self._folder / "tree", writing=self._writing)
            return self._tree

    def close(self) -> None:
        """Let the files go."""
        with self._opening:
            if self._tree is not None:
                self._tree.close()

    def newest(self) -> SignedHead | None:
        """The newest signed head; None where none was signed. Raises IntegrityError where none of the known keys signed it."""
        return self.heads.newest(self.keys.known())

    def newest_up_to(self, size: int) -> SignedHead | None:
        """The newest signed head of at most `size` events; None where there is none."""
        return self.heads.newest_up_to(size, self.keys.known())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the right to extend the tree, to make keys and to sign, among the threads and processes of this folder."""
        with self._signing:
            try:
                make_folder(self._folder)
                descriptor = os.open(self._folder / "signing", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreError(f"{self._folder} cannot be written: {error.strerror or error}") from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    def reach(self, size: int) -> None:
        """Have the tree go so far, if the log does."""
        if self.tree.size < size:
            with self._alone():
                self.tree.catch_up()

    def make_key(self, random: RandomSource) -> None:
        """Make the first key of a ledger that has events; nothing where there is one, or where one has signed before."""
        with self._alone():
            if not self.keys.has_one and not self.heads.has_one:
                ledger = origin_of(self._log)
                if ledger is not None:
                    self.keys.use(self.keys.make(self._epochs.origin(ledger), random))

    def sign(self) -> SignedHead | None:
        """Sign the head of the log; the newest head as it was where nothing is new, and None where the ledger is empty.

        Raises IntegrityError where the log does not lead on from a head that was signed, or where its bytes, its tree and its heads
        disagree; then nothing is signed. Raises StoreError where there is no key or the disk refuses.
        """
        with self._alone():
            newest = self.newest()
            checked = self._checked_head()
            if checked is None or (newest is not None and newest.checkpoint == checked):
                return newest
            return self._signed(checked, [self.keys.signer()])

    def rotate(self, random: RandomSource) -> SignedHead:
        """Sign the head with the key so far and with a new one, which signs alone from then on; who trusts the old learns of the new.

        Where the old key is gone, the new one signs alone. Raises as `sign`.
        """
        with self._alone():
            checked = self._checked_head()
            if checked is None:
                raise StoreError("there is no log to sign yet: record something first")
            old = [self.keys.signer()] if self.keys.has_one else []
            new = self.keys.make(checked.origin, random)
            signed = self._signed(checked, [*old, new])
            self.keys.use(new)
            return signed

    def _signed(self, checkpoint: Checkpoint, keys: list[SignerKey]) -> SignedHead:
        note = signed_checkpoint(checkpoint, keys)
        verifiers: list[VerifierKey] = [key.verifier for key in keys]
        # Read as a stranger would, before anybody is told of it.
        _, signers = opened_checkpoint(note, verifiers, origin=checkpoint.origin)
        head = SignedHead(note=note, checkpoint=checkpoint, signers=signers)
        self.heads.keep(head)
        return head

    def _checked_head(self) -> Checkpoint | None:
        """The head that may be signed. Raises IntegrityError where it may not."""
        ledger = origin_of(self._log)
        if ledger is None:
            return None
        origin = self._epochs.origin(ledger)
        before = self.heads.signed_before(self.keys.known())
        size = self.tree.catch_up()
        binding = [head for head in before if self._binds(head.checkpoint, ledger, origin, size)]
        root = self._root_from_bytes(size)
        if root != self.tree.root(size):
            # Both are made anew before anything is signed.
            self._frontier = Frontier()
            self.tree.forget()
            raise IntegrityError(
                f"the bytes of the first {size} events do not give the root that the tree has; nothing was signed, and the tree will"
                " be built anew: check the ledger with incident-ledger verify",
                where="the tree",
            )
        for head in binding:
            self._check_leads_on(head.checkpoint, size)
        return Checkpoint(origin=origin, size=size, root=root)

    def _binds(self, signed: Checkpoint, ledger: str, origin: str, size: int) -> bool:
        """Whether the log has to lead on from a head that was signed. Raises IntegrityError where it cannot.

        A head that a restore knew to cover lost events binds no more: what is signed since has another name (epochs.py).
        """
        ended_by = self._epochs.ended_by(signed, ledger)
        if ended_by is not None and is_lost(signed, ended_by):
            return False
        if ended_by is not None and signed.size > ended_by.position:
            raise IntegrityError(
                f"a head of {signed.size} events was signed before the ledger was restored from a backup of {ended_by.position}, and the"
                " restore did not know of it; nothing was signed: restore again and say so with --last-head",
                where="the checkpoint",
            )
        _check_reaches(signed, origin if ended_by is None else signed.origin, size)
        return True

    def _check_leads_on(self, signed: Checkpoint, size: int) -> None:
        if signed.size == 0:
            return
        try:
            check_consistency(
                first=signed.size,
                second=size,
                path=self.tree.consistency(signed.size, size),
                first_root=signed.root,
                second_root=self.tree.root(size),
            )
        except IntegrityError as error:
            raise IntegrityError(
                f"the log does not begin with the {signed.size} events that were signed before: it went on differently, or was changed;"
                " nothing was signed",
                where="the checkpoint",
            ) from error

    def _root_from_bytes(self, size: int) -> bytes:
        """The root by another way than the tree's: the stored bytes once more, leaf by leaf, beginning where it last agreed.

        In a new process that is the beginning of the log.
        """
        frontier, self._frontier = self._frontier, Frontier()
        for entry in self._log.entries(frontier.size + 1, size):
            frontier.append(leaf_hash(entry))
        if frontier.size != size:
            raise IntegrityError("the log ends before it", where=f"position {size}")
        self._frontier = frontier
        return frontier.root()


def _check_reaches(signed: Checkpoint, origin: str, size: int) -> None:
    if signed.origin != origin:
        raise IntegrityError(
            f"the last checkpoint is of the log {signed.origin}, and this is {origin}", where="the checkpoint"
        )
    if signed.size > size:
        raise IntegrityError(
            f"a head of {signed.size} events was signed, and the log has {size}: an older copy was put back, or events were lost;"
            " nothing was signed",
            where="the checkpoint",
        )
