"""Law 12, tried with random redactions: what was proved stays proved, and what was redacted is in no file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
from hypothesis import strategies as st

from ledger.disclosure import digest_of, path_of, split_lines
from ledger.errors import ConflictError
from ledger.merkle import check_inclusion, inclusion_proof, leaf_hash, node_hash, range_hash
from ledger.removal import search_for
from ledger.stores.mapper import proved_entry_of
from ledger.verify import verify_file
from tests.desk import Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.stores.contract import Row

_NAMED = {"id": "p1", "role": "injured", "name": "Zebedee Quirk", "as_described": "a man in a red coat"}
_GONE_TEXT = "A passer-by said that Zebedee Quirk had been dragged about 15 feet along the kerb.\n"


def _ledger(folder: Path) -> tuple[Desk, str]:
    desk = Desk(folder / "test.ledger")
    desk.begin()
    digest = desk.capture(_GONE_TEXT)
    quote = [{"type": "TextQuoteSelector", "exact": "about 15 feet"}]
    for ident in ("drag", "other"):
        citing = cited(snapshot=digest, selector=quote, as_stated={"statement": f"he was dragged, {ident}"})
        desk.act(fact(ident, participants=[_NAMED], citations=[citing], details={}))
    desk.act(
        {"op": "dispute-fact", "incident": "stop", "fact": "drag", "by": "the driver's lawyer"}
        | {"grounds": "nobody was dragged anywhere"}
    )
    return desk, digest


def _roots_and_paths(rows: Sequence[Row], size: int) -> tuple[bytes, list[list[bytes]]]:
    leaves = [leaf_hash(row.event) for row in rows[:size]]

    def subtree(level: int, index: int) -> bytes:
        start, end = index << level, (index + 1) << level
        return leaves[start] if level == 0 else range_hash_of(start, end)

    def range_hash_of(start: int, end: int) -> bytes:
        middle = (start + end) // 2
        half = (end - start).bit_length() - 2
        left, right = subtree(half, start >> half), subtree(half, middle >> half)
        return node_hash(left, right)

    return range_hash(0, size, subtree), [inclusion_proof(at, size, subtree) for at in range(size)]


@hypothesis.settings(max_examples=max(1, hypothesis.settings().max_examples // 5))
@hypothesis.given(st.data())
def test_after_a_redaction_every_earlier_proof_for_every_other_field_still_verifies_and_the_bytes_are_in_no_file(
    data: st.DataObject,
) -> None:
    """Law 12 (model §5): After a redaction every earlier proof for every other field still verifies.

    Law 12 (model §5): the redacted bytes are in no file of the ledger.
    """
    with tempfile.TemporaryDirectory() as folder:
        desk, digest = _ledger(Path(folder))
        before = list(desk.store.rows())
        root, paths = _roots_and_paths(before, len(before))
        gone: set[tuple[int, str]] = set()
        for _ in range(data.draw(st.integers(1, 4), label="redactions")):
            _redact_something(desk, before, digest, gone, data)

        after = list(desk.store.rows())
        assert [row.event for row in before] == [row.event for row in after[: len(before)]]
        for at, (row, now, path) in enumerate(zip(before, after, paths, strict=False)):
            check_inclusion(index=at, size=len(before), leaf=leaf_hash(now.event), path=path, root=root)
            committed = proved_entry_of(row).committed
            left = {path_of(line): line for line in split_lines(now.disclosures)}
            for line in split_lines(row.disclosures):
                path_of_line = path_of(line)
                if (row.position, path_of_line) in gone:
                    assert path_of_line not in left
                    assert not [one for one in _files(folder) if line in one or line[2:24] in one]
                else:
                    assert line == left[path_of_line]
                    assert committed[path_of_line] == digest_of(line)
        assert () == search_for(desk.writer.unsearched, desk.path, desk.store).leftovers
        assert "OK" == verify_file(desk.path).verdict
        desk.close()


def _files(folder: str) -> list[bytes]:
    return [one.read_bytes() for one in Path(folder).rglob("*") if one.is_file()]


def _redact_something(
    desk: Desk, rows: Sequence[Row], digest: str, gone: set[tuple[int, str]], data: st.DataObject
) -> None:
    there = [
        (row, path_of(line))
        for row in rows
        if not row.stream.startswith("registry")
        for line in split_lines(row.disclosures)
    ]
    row, path = data.draw(st.sampled_from(there), label="what")
    sort, _, ident = row.stream.partition("/")
    body = proved_entry_of(row).body
    named = getattr(body, "fact", None)
    how = data.draw(st.sampled_from(("event", "fact", "snapshot")), label="how")
    try:
        if how == "snapshot":
            desk.redact(source="release", snapshots=[digest])
            return
        if how == "fact" and named is not None:
            desk.redact(facts=[{"fact": named, "paths": [path]}])
            positions = [
                one.position for one in rows if getattr(proved_entry_of(one).body, "fact", None) == named
            ]
        else:
            desk.redact(**{sort: ident}, events=[{"version": row.version, "paths": [path]}])
            positions = [row.position]
    except ConflictError:
        return  # it went before
    gone.update((position, path) for position in positions)
