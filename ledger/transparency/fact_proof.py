"""A proof of one fact: the acts upon it with the values that it shows, each with its way into a signed head (docs/proof-of-a-fact.md).

Each act is carried as a proof after C2SP tlog-proof over its stored bytes, so that the tools for such proofs check it too; the
disclosures show values by the digests in those bytes. Whoever makes the file chooses which values it shows. It is checked by
docs/verify_proof.py, which shares nothing with this.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec
import orjson

from ledger.disclosure import path_covers, path_of, split_lines
from ledger.errors import InvalidError, UnknownError
from ledger.merkle import leaf_index
from ledger.stores.mapper import proved_entry_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from ledger.checkpoint import Checkpoint
    from ledger.stores.contract import Row, Store
    from ledger.transparency.heads import SignedHead
    from ledger.transparency.tree import LogTree
    from ledger.values import Json

__all__ = ["FACT_PROOF", "TLOG_PROOF", "FactProof", "ProvedAct", "acts_to_prove", "fact_proof", "tlog_proof"]

FACT_PROOF = "incident-ledger/fact-proof@1"
TLOG_PROOF = "c2sp.org/tlog-proof@v1"
_CITING = ("attestations", "citations")


class ProvedAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act: the stored text of its event, the disclosures that are shown, and its way into the tree as a C2SP tlog-proof."""

    event: str
    disclosures: tuple[str, ...]
    proof: str


class FactProof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof of one fact up to one checkpoint. `acts` are in ledger order; those of the sources that they cite are among them."""

    format: str
    incident: str
    fact: str
    acts: tuple[ProvedAct, ...]
    checkpoint: str

    @property
    def file(self) -> bytes:
        """The one form of the file: canonical JSON and a newline."""
        return orjson.dumps(
            msgspec.to_builtins(self), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
        )


def tlog_proof(position: int, path: Sequence[bytes], note: bytes) -> str:
    """The text that proves an entry by its way to a checkpoint (C2SP tlog-proof)."""
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in path)
    return f"{TLOG_PROOF}\nindex {leaf_index(position)}\n{hashes}\n{note.decode()}"


def acts_to_prove(
    store: Store,
    incident: str,
    fact: str,
    *,
    known: int | None = None,
    version: int | None = None,
    out: Container[int] | None = None,
) -> list[Row]:
    """The rows of what a proof of a fact is made of, in ledger order.

    These are the acts upon the fact up to a position, or the one of them that is `version` of the stream, the redactions that took anything
    of them, whenever recorded, and of each source that they cite its description and the captures of what they cite. `out`: only acts upon
    the fact at these positions.
    Raises UnknownError where there is no such incident, fact or act.
    """
    stream = f"incident/{incident}"
    rows = list(store.stream(stream))
    if not rows:
        raise UnknownError("incident", incident, field="/incident")
    upon = [row for row in rows if _body(row).get("fact") == fact]
    last = store.head().position if known is None else known
    there = [row for row in upon if row.position <= last and (out is None or row.position in out)]
    if not there:
        raise UnknownError("fact", fact, field="/fact", hint="it was not reported by then" if upon else "")
    taken = [row for row in there if version in (None, row.version)]
    if not taken:
        versions = ", ".join(str(row.version) for row in there)
        raise UnknownError(
            "version", str(version), field="/version", hint=f"acts upon the fact are {versions}"
        )
    cited = list(_citations(taken))
    sources = {str(one["source"]) for one in cited if "source" in one}
    snapshots = {one["snapshot"] for one in cited if "snapshot" in one}
    for source in sources:
        taken += [row for row in store.stream(f"source/{source}", until=last) if _describes(row, snapshots)]
    masked: dict[str, set[int]] = {}
    for row in taken:
        masked.setdefault(row.stream, set()).add(row.version)
    for name, versions_there in masked.items():
        redactions = rows if name == stream else store.stream(name)
        taken += [row for row in redactions if _redacts(row, fact, versions_there, snapshots)]
    return sorted({row.position: row for row in taken}.values(), key=lambda row: row.position)


def _body(row: Row) -> dict[str, Json]:
    body = orjson.loads(row.event)["body"]
    return body if isinstance(body, dict) else {}


def _citations(rows: Iterable[Row]) -> Iterator[dict[str, Json]]:
    for row in rows:
        body = _body(row)
        for name in _CITING:
            given = body.get(name)
            if isinstance(given, list):
                yield from (one for one in given if isinstance(one, dict))
        one = body.get("attestation")
        if isinstance(one, dict):
            yield one


def _describes(row: Row, snapshots: set[Json]) -> bool:
    kind = row.topic.partition("@")[0]
    if kind == "SnapshotCaptured":
        return _body(row).get("snapshot") in snapshots
    return kind in ("SourceRegistered", "SourceAmended")


def _redacts(row: Row, fact: str, versions: set[int], snapshots: set[Json]) -> bool:
    if not row.topic.startswith("Redacted@"):
        return False
    body = _body(row)
    facts, events, gone = (body.get(name) or [] for name in ("facts", "events", "snapshots"))
    if not (isinstance(facts, list) and isinstance(events, list) and isinstance(gone, list)):
        return False
    return (
        any(isinstance(one, dict) and one.get("fact") == fact for one in facts)
        or any(isinstance(one, dict) and one.get("version") in versions for one in events)
        or any(digest in snapshots for digest in gone)
    )


def fact_proof(
    rows: Sequence[Row],
    tree: LogTree,
    head: SignedHead,
    *,
    incident: str,
    fact: str,
    paths: Sequence[str] | None = None,
) -> FactProof:
    """The proof made of the rows that acts_to_prove gave. `paths`: only values at or below one of these are shown; None: all that stand.

    Raises InvalidError where a path names nothing that stands in these acts, UnknownError where the checkpoint does not go as far as
    the acts, and IntegrityError where an event or a disclosure is not what was recorded.
    """
    _check_reached(rows, head.checkpoint)
    _check_paths(rows, paths)
    acts = []
    for row in rows:
        proved_entry_of(row)
        lines = split_lines(row.disclosures)
        shown = [
            line for line in lines if paths is None or any(path_covers(one, path_of(line)) for one in paths)
        ]
        way = tree.inclusion(row.position, head.checkpoint.size)
        acts.append(
            ProvedAct(
                event=row.event.decode(),
                disclosures=tuple(line.decode() for line in shown),
                proof=tlog_proof(row.position, way, head.note),
            )
        )
    return FactProof(
        format=FACT_PROOF, incident=incident, fact=fact, acts=tuple(acts), checkpoint=head.note.decode()
    )


def _check_reached(rows: Sequence[Row], checkpoint: Checkpoint) -> None:
    last = max(row.position for row in rows)
    if last > checkpoint.size:
        raise UnknownError(
            "checkpoint",
            f"of {last} events",
            hint=f"the newest covers {checkpoint.size}; sign the log first",
        )


def _check_paths(rows: Sequence[Row], paths: Sequence[str] | None) -> None:
    there = {path_of(line) for row in rows for line in split_lines(row.disclosures)}
    for index, named in enumerate(paths or ()):
        if not any(path_covers(named, path) for path in there):
            raise InvalidError("names nothing that stands in these acts", field=f"/paths/{index}")
