"""When a citation was published, for the reference ledger: the third axis of model §5, and its infinities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias

from tests.reference_redaction import UNDISCLOSED

__all__ = ["NEVER", "bound", "by", "moment", "publication"]

Json: TypeAlias = dict[str, Any]
NEVER = datetime.max.replace(tzinfo=UTC)


def moment(text: str) -> datetime:
    """An instant, with its offset."""
    return datetime.fromisoformat(text)


def bound(period: Json | None, end: str) -> datetime | None:
    """An unknown or absent bound counts as not given."""
    text = (period or {}).get(end)
    return None if text in {None, "unknown", "open"} else moment(str(text))


def by(when: datetime, public: datetime | None) -> bool:
    """Certain by T when latest ≤ T; without `public_at` nothing is filtered."""
    return public is None or when <= public < NEVER


def publication(citation: Json, carrier: Json, log: list[Json]) -> datetime:
    """The `latest` bound of: its own `published`; else its source's as known.

    "Else the snapshot's captured_at; else the act's recorded_at (an unknown or absent bound counts as not
    given). A source registered `published: "never"` is never public." Of two captures of the same bytes the
    earlier one says when they were public.
    """
    of_source = [act for act in log if act["stream"] == f"source/{citation['source']}"]
    as_known = [
        act["body"]["published"] for act in of_source if is_source(act) and "published" in act["body"]
    ]
    source = as_known[-1] if as_known else None
    if source == "never":
        return NEVER
    captured = [
        moment(act["body"]["captured_at"])
        for act in of_source
        if act["type"] == "SnapshotCaptured"
        and act["body"]["snapshot"] == citation.get("snapshot")
        and act["body"]["captured_at"] != UNDISCLOSED
    ]
    own = bound(citation.get("published"), "latest") or bound(source, "latest")
    return own or min(captured, default=moment(carrier["recorded_at"]))


def is_source(act: Json) -> bool:
    """Whether an act registers or amends a source."""
    return act["type"] in {"SourceRegistered", "SourceAmended"}
