"""Which rows may be put back into a store: those that follow its head, each with the leaf of its own bytes.

A row that is restored was recorded elsewhere: it keeps its position, its time and its disclosures. A store takes it as it is, so what
the store itself promises is looked at here, whatever database is under it. Whether the bytes are an event, and what it says of its
place, is for whoever reads them in (transfer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import IntegrityError
from ledger.stores.contract import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.stores.contract import Answer, Head, Row

__all__ = ["check_restored"]


def check_restored(head: Head, rows: Sequence[Row], answers: Sequence[Answer]) -> None:
    """Refuse rows that do not follow the head without a gap, in order of recorded_at, or whose leaf is not that of their bytes.

    A row may have the time of the one before it: a transaction may be cut between two restorings. Raises IntegrityError naming the
    position, also for an answer about a position that would not be there.
    """
    position, last_us = head.position, head.recorded_us
    for row in rows:
        where = f"position {row.position}"
        if row.position != position + 1:
            raise IntegrityError(
                f"the event after position {position} is position {position + 1}", where=where
            )
        if row.recorded_us < last_us:
            raise IntegrityError("recorded_at is earlier than that of the event before", where=where)
        if leaf_hash(row.event) != row.leaf:
            raise IntegrityError("the bytes of the event do not match their leaf hash", where=where)
        position, last_us = row.position, row.recorded_us
    for answer in answers:
        if not 1 <= answer.position <= position:
            raise IntegrityError(
                "an answer is kept for an event that is not there", where=f"position {answer.position}"
            )
