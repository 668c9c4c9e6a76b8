"""A source as it is answered: its account at a point of both axes (model §5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ledger.clock import parse_instant
from ledger.when import latest_instant
from projections.axes import Axes, is_out
from projections.source_account import Capture, NoticeTaken, SourceAccount, source_accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.events import Act, Recorded

__all__ = ["ToldSource", "told_source"]


class ToldSource(SourceAccount, frozen=True, kw_only=True):
    """One source as known at a position, that of the last act that the answer rests on; its notices as far as they were public."""

    position: int
    public_at: str | msgspec.UnsetType = msgspec.UNSET


def told_source(
    events: Sequence[Recorded[Act]], source: str, axes: Axes, erased: Callable[[str], Sequence[int]]
) -> ToldSource | None:
    """The account of one source; None where it was not known yet.

    `events` are its own and those of all works joined to it, those after the point included. `erased` gives the positions of the
    redactions that took a snapshot's bytes away in any source: the same bytes may have been captured of two.
    """
    account = source_accounts(events, axes.known).get(source)
    if account is None:
        return None
    members = {name: getattr(account, name) for name in SourceAccount.__struct_fields__}
    members["captures"] = tuple(_as_erased(one, erased(one.act.snapshot)) for one in account.captures)
    members["notices"] = tuple(one for one in account.notices if is_out(_public_from(one), axes))
    public_at = msgspec.UNSET if axes.public is None else axes.public.isoformat()
    return ToldSource(**members, position=axes.known, public_at=public_at)


def _as_erased(capture: Capture, positions: Sequence[int]) -> Capture:
    after = [position for position in positions if position > capture.position]
    return msgspec.structs.replace(capture, redacted_at=after[-1]) if after else capture


def _public_from(notice: NoticeTaken) -> dt.datetime:
    return latest_instant(notice.act.published) or parse_instant(notice.recorded_at)
