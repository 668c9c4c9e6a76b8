"""The captured copies of every source: what an annotation says of the words that were there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.events import Redacted, SnapshotCaptured
from ledger.when import parse_datetime
from projections.citing.web_annotation import Copy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.events import Act, Recorded

__all__ = ["copies_at"]


def copies_at(events: Iterable[Recorded[Act]], known: int) -> dict[tuple[str, str], Copy]:
    """The first capture of each snapshot by source and digest, as recorded by position `known`.

    `events` are those of the sources, those after `known` included: a snapshot that was redacted has no copy at any time.
    """
    copies: dict[tuple[str, str], Copy] = {}
    gone: set[tuple[str, str]] = set()
    for event in events:
        act = event.body
        source = event.stream.partition("/")[2]
        if isinstance(act, Redacted):
            gone.update((source, digest) for digest in act.snapshots)
        elif isinstance(act, SnapshotCaptured) and event.position <= known:
            copies.setdefault((source, act.snapshot), _copy(act))
    return {key: copy for key, copy in copies.items() if key not in gone}


def _copy(act: SnapshotCaptured) -> Copy:
    taken = act.captured_at if isinstance(act.captured_at, str) else None
    return Copy(
        snapshot=act.snapshot,
        media_type=act.media_type if isinstance(act.media_type, str) else None,
        captured_at=None if taken is None else parse_datetime(taken, field="/captured_at"),
        archive_urls=act.archive_urls if isinstance(act.archive_urls, tuple) else (),
    )
