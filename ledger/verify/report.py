"""What a check found, in a form for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["KNOWN_TYPES", "MAX_FINDINGS", "MAX_NEWER", "Finding", "Newer", "Report", "Verdict"]

MAX_FINDINGS = 1_000
"""Most findings that a report lists; the others are counted."""

KNOWN_TYPES = (
    "LedgerOpened@1",
    "KindRegistered@1",
    "IncidentOpened@1",
    "IncidentAmended@1",
    "FactReported@1",
    "FactAttested@1",
    "AttestationWithdrawn@1",
    "FactCorrected@1",
    "FactAmended@1",
    "FactRetracted@1",
    "FactReinstated@1",
    "FactDisputed@1",
    "DisputeResolved@1",
    "SourceRegistered@1",
    "SourceAmended@1",
    "SnapshotCaptured@1",
    "SourceNoticeRecorded@1",
    "LineageDeclared@1",
    "LineageRevoked@1",
    "Redacted@1",
)
"""The types of events that this program knows: a list of the verifier's own (ledger-format §6)."""

MAX_NEWER = 100
"""Most types that a newer program wrote of which a report tells."""

Verdict: TypeAlias = Literal["OK", "DIVERGED", "CORRUPT", "INCOMPLETE", "UNANCHORED"]
_EXIT_CODES: dict[Verdict, int] = {"OK": 0, "DIVERGED": 10, "CORRUPT": 11, "INCOMPLETE": 12, "UNANCHORED": 13}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be: what, and where (a position, a stream, a snapshot, an answer, the mark or the file)."""

    what: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer:
    """Events of a type that this program does not know: its name as `type@schema`, how many there are, and where the first stands."""

    type: str
    events: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was checked and what was found. `level` says how far the check could see.

    `redacted` counts the disclosures, and `redacted_snapshots` the snapshots, that are lawfully gone; `withheld` and
    `withheld_snapshots` those that the ledger, being a copy, came without. CORRUPT: something
    is there that was not recorded so, or the sequence is broken or ends before the mark. INCOMPLETE: words or snapshots are
    gone that no redaction names, or the mark is gone, and all the rest is right. DIVERGED: the bytes agree with their hashes, and not
    with a signed head, or what was made from them says something else. UNANCHORED: all is right, and no checkpoint that somebody
    else kept vouches for it, where one was demanded. `left_off`: findings beyond MAX_FINDINGS.

    `checkpoints` counts the signed heads that the events lead to, and `kept_checkpoints` those that somebody else kept; both vouch for the
    first `vouched_events`. `root` is that of all events, in hexadecimal. `newer` are types of which a newer program wrote events: they are
    checked as all others, and what they mean is not known here.
    """

    level: str = "database only"
    verdict: Verdict
    events: int = 0
    disclosures: int = 0
    redacted: int = 0
    snapshots: int = 0
    redacted_snapshots: int = 0
    withheld: int = 0
    withheld_snapshots: int = 0
    checkpoints: int = 0
    kept_checkpoints: int = 0
    vouched_events: int = 0
    root: str = ""
    findings: tuple[Finding, ...] = ()
    left_off: int = 0
    newer: tuple[Newer, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 OK, 10 DIVERGED, 11 CORRUPT, 12 INCOMPLETE, 13 UNANCHORED (README.md)."""
        return _EXIT_CODES[self.verdict]
