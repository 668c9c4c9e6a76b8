"""The self-test: what is asked of a ledger before anything is written to it, or read from it.

A whole ledger may still be the wrong one: an older copy, one that lost its tail, one that was continued elsewhere. The mark tells
(mark.py). Whoever writes also proves the newest rows to the byte, since those are what a machine that went down was at work on;
the older ones are proved when a decision rests on them, and all of them by verify.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ledger.errors import IntegrityError, UnknownSchemaError
from ledger.mark import NOTHING_YET, Marked
from ledger.proved import binds_all
from ledger.stores.mapper import proved_entry_of, proved_envelope_of
from ledger.stores.sqlite import leaf_hash

if TYPE_CHECKING:
    from ledger.events import Recorded
    from ledger.stores.contract import Head, Store

__all__ = ["LAST_ROWS", "check_against_mark", "refuse_a_lost_ledger", "self_test", "where_it_ends"]

LAST_ROWS = 1_000
"""How many of the newest rows are proved when a ledger is opened for writing."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def refuse_a_lost_ledger(marked: Marked | None) -> None:
    """Refuse to begin a ledger where the mark of an older one lies. For where there is no file yet, or no event in it.

    Raises IntegrityError.
    """
    if marked is not None and marked.position > 0:
        raise IntegrityError(
            f"the mark says that the log had got to position {marked.position}, and there is no event: the ledger file was lost;"
            " put back a copy that goes that far",
            where="the log",
        )


def check_against_mark(store: Store, marked: Marked | None) -> None:
    """Check that the log goes at least as far as the mark, and holds the event that the mark says.

    The mark has to be read before: whoever writes moves the log on first. Without a mark there is nothing to check.

    Raises IntegrityError where the log is empty, ends before the mark, or holds another event there.
    """
    if marked is None or marked.position == 0:
        return
    head = store.head()
    if head.position == 0:
        refuse_a_lost_ledger(marked)
    if head.position < marked.position:
        first = head.position + 1
        raise IntegrityError(
            f"the mark says that the log had got to position {marked.position}, and the log ends at {head.position}: an older copy"
            " was put back, or the end of the write-ahead log was lost; put back a copy that goes that far",
            where=f"position {first}"
            if first == marked.position
            else f"positions {first} to {marked.position}",
        )
    where = f"position {marked.position}"
    for row in store.rows(marked.position, marked.position):
        if leaf_hash(row.event) != row.leaf:
            raise IntegrityError(
                "the bytes of the event have changed: they do not match their leaf hash", where=where
            )
        if row.leaf != marked.leaf:
            raise IntegrityError(
                "it holds another event than the mark says was recorded there: a copy was put back that went on differently from"
                " here or from before; put back the one that the mark belongs to",
                where=where,
            )
        if row.recorded_us != marked.recorded_us:
            raise IntegrityError(
                f"the row says {row.recorded_us} microseconds, and the mark {marked.recorded_us}", where=where
            )


def self_test(store: Store, marked: Marked | None) -> UnknownSchemaError | None:
    """Check a ledger that is about to be written to: against its mark, its last rows, and the row that says where it ends.

    An event of a type that this program does not know is no fault, and is proved too: it stops what rests on it (ADR 26). Gives one that
    stops all writing. Raises IntegrityError naming the place, and what else the store and the codec raise.
    """
    check_against_mark(store, marked)
    return _prove_last_rows(store, store.head())


def _prove_last_rows(store: Store, head: Head) -> UnknownSchemaError | None:
    last_us, last_request = 0, ""
    bound: UnknownSchemaError | None = None
    for row in store.rows(head.position - LAST_ROWS + 1):
        where = f"position {row.position}"
        try:
            entry: Recorded[Any] = proved_entry_of(row)
        except UnknownSchemaError as error:
            entry = proved_envelope_of(row)
            if binds_all(row.topic):
                bound = bound or error
        said_us = (entry.recorded_at - _EPOCH) // _MICROSECOND
        if row.recorded_us != said_us:
            raise IntegrityError(
                f"the row says {row.recorded_us} microseconds, its bytes say {said_us}", where=where
            )
        if row.recorded_us < last_us:
            raise IntegrityError("recorded_at is earlier than that of the event before", where=where)
        if entry.request == last_request and row.recorded_us != last_us:
            raise IntegrityError("the events of one request were recorded at different times", where=where)
        last_us, last_request = row.recorded_us, entry.request
    if head.recorded_us != last_us:
        raise IntegrityError(
            f"it says {head.recorded_us} microseconds, the last event {last_us}", where="the row of the head"
        )
    return bound


def where_it_ends(store: Store) -> Marked:
    """The mark of a store as it stands: what a new mark says, and one that a power cut left behind."""
    head = store.head()
    for row in store.rows(max(head.position, 1), head.position):
        return Marked(position=row.position, recorded_us=row.recorded_us, leaf=row.leaf)
    return NOTHING_YET
