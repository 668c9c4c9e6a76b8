"""The closed lists of words that acts use: classes, causes, outcomes and relations (model §2).

They stand in the clear or are compared by programs, so each is a fixed list; a free explanation always goes into the reason.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = [
    "CorrectionCause",
    "CorrectionClass",
    "DisputeOutcome",
    "LineageRelation",
    "NoticeScope",
    "NoticeType",
    "RetractionCause",
    "SourceKind",
    "WithdrawalCause",
]

CorrectionClass: TypeAlias = Literal[
    "wrong-number",
    "wrong-person",
    "wrong-place",
    "wrong-time",
    "wrong-kind",
    "wrong-attribution",
    "wording",
    "other",
]
CorrectionCause: TypeAlias = Literal[
    "source-error", "our-misreading", "our-typo", "new-information", "upstream-unexplained", "legal"
]
RetractionCause: TypeAlias = Literal[
    "source-error",
    "our-misreading",
    "our-typo",
    "new-information",
    "upstream-unexplained",
    "legal",
    "duplicate",
    "wrong-incident",
]
WithdrawalCause: TypeAlias = Literal["our-misreading", "source-withdrew", "upstream-unexplained"]
DisputeOutcome: TypeAlias = Literal["upheld", "rejected", "withdrawn", "left-open"]
LineageRelation: TypeAlias = Literal["copies", "syndicates", "rewrites"]
NoticeType: TypeAlias = Literal[
    "correction", "clarification", "retraction", "update", "silent-edit", "takedown"
]
NoticeScope: TypeAlias = Literal["all", "passages"]
SourceKind: TypeAlias = Literal[
    "article",
    "release",
    "video",
    "audio",
    "image",
    "filing",
    "dataset",
    "interview",
    "post",
    "report",
    "record",
    "other",
]
