"""The kept answers of idempotent requests (ledger-format §7.1): each agrees with its event, and gives no redacted words away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.verify.stored_bytes import members_of, parsed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from ledger.values import Json
    from ledger.verify.findings import Findings
    from ledger.verify.redactions import Redactions

__all__ = ["check_answers"]

_SIZES = (16, 32)
_BY_STREAM = {"IncidentOpened", "IncidentAmended", "SourceRegistered", "SourceAmended", "Redacted"}
_MEMBERS: dict[str, tuple[str, ...]] = {
    "AttestationWithdrawn": ("attestation",),
    "DisputeResolved": ("dispute",),
    "FactAmended": ("fact",),
    "FactAttested": ("attestation", "id"),
    "FactCorrected": ("fact",),
    "FactDisputed": ("dispute",),
    "FactReinstated": ("fact",),
    "FactReported": ("fact",),
    "FactRetracted": ("fact",),
    "LineageDeclared": ("lineage",),
    "LineageRevoked": ("lineage",),
    "SnapshotCaptured": ("snapshot",),
    "SourceNoticeRecorded": ("notice",),
}
"""Where an event holds the id of what it made or acted upon."""


def check_answers(database: sqlite3.Connection, redactions: Redactions, findings: Findings) -> None:
    """Check the table of kept answers, as a stream."""
    # The plus keeps SQLite from trusting the index that is in question.
    twice = "SELECT caller, key FROM idempotency GROUP BY +caller, +key HAVING count(*) > 1"
    for caller, key in database.execute(twice):
        findings.corrupt("this caller has two answers under one key", f"the answer to {key} of {caller}")
    query = (
        "SELECT i.caller, i.key, CAST(i.salt AS BLOB), CAST(i.digest AS BLOB), CAST(i.answer AS BLOB), i.position,"
        " CAST(e.event AS BLOB) FROM idempotency i LEFT JOIN events e ON e.position = i.position"
        " ORDER BY i.caller, i.key"
    )
    for caller, key, salt, digest, answer, position, event in database.execute(query):
        where = f"the answer to {key} of {caller}"
        if event is None:
            findings.corrupt(f"it names position {position}, and there is no event", where)
            continue
        entry = parsed(event)
        if isinstance(entry, str):
            continue  # The event is found with the events.
        try:
            wrong = [*_disagreements(caller, answer or b"", position, entry)]
            redacted_at = redactions.takes_from(position, entry)
        except (AttributeError, KeyError, TypeError):
            continue  # The event is found with the events.
        for what in wrong:
            findings.corrupt(what, where)
        sizes = (len(salt or b""), len(digest or b""))
        if redacted_at is not None and sizes != (0, 0):
            # It would confirm a guess of what was redacted, so it goes with the words.
            findings.corrupt(
                f"words of its event are named by the redaction at position {redacted_at}, and the digest of the request is"
                " still there",
                where,
            )
        elif sizes == (0, 0):
            if redactions.streams.get(entry["stream"], 0) < position:
                findings.missing("the digest of the request is missing, and no redaction took it", where)
        elif sizes != _SIZES:
            findings.corrupt(f"salt and digest have {sizes} bytes; they have {_SIZES}", where)


def _disagreements(caller: str, answer: bytes, position: int, entry: dict[str, Json]) -> Iterator[str]:
    asked_by = f"key:{entry['key']}" if "key" in entry else f"actor:{entry['actor']}"
    if caller != asked_by:
        yield f"its event at position {position} was asked for by {asked_by}"
    said = members_of(answer)
    if isinstance(said, str):
        yield f"it cannot be read: {said}"
        return
    recorded = {
        "id": _id_of(entry),
        "position": position,
        "recorded_at": entry["recorded_at"],
        "stream": entry["stream"],
        "version": entry["version"],
    }
    for name, value in recorded.items():
        if value is not None and (said.get(name) != value or isinstance(said[name], bool)):
            yield f"it says {name} {said.get(name)!r}, its event at position {position} says {value!r}"


def _id_of(entry: dict[str, Json]) -> str | None:
    """The id that an act upon this is answered with; None for a type that answers no request, or that is not known here."""
    kind, body = entry["type"], entry["body"]
    if kind in _BY_STREAM:
        return str(entry["stream"].partition("/")[2])
    if kind == "KindRegistered":
        return f"{body['slug']}@{body['version']}"
    if kind not in _MEMBERS:
        return None
    found = body
    for member in _MEMBERS[kind]:
        found = found[member]
    return str(found)
