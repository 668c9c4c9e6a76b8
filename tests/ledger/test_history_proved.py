"""What views are folded from is proved as it is read: words that were changed behind the ledger's back are not shown as recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger import related_sources
from ledger.errors import IntegrityError
from ledger.history import History
from ledger.related_sources import RelatedSources
from ledger.stores.sqlite_store import SQLiteStore
from tests.desk import AGENCY, a_small_ledger
from tests.tampering import changed, tamper

if TYPE_CHECKING:
    from pathlib import Path

SOURCE, FACT, STRANGER = 3, 5, 9
"""Where the small ledger has its source and its fact, and where a second source is amended."""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    desk = a_small_ledger(tmp_path / "test.ledger")
    desk.close()
    return desk.path


@pytest.mark.parametrize(
    ("table", "column", "position", "old", "new", "rule"),
    [
        ("disclosures", "lines", FACT, "dragged", "draged", "does not match the digest in its event"),
        ("disclosures", "lines", SOURCE, "police", "polite", "does not match the digest in its event"),
        ("events", "event", FACT, "drag@1", "drab@1", "do not match their leaf hash"),
        ("events", "event", SOURCE, "release", "re1ease", "do not match their leaf hash"),
    ],
    ids=["a word of the fact", "a word of its source", "the event of the fact", "the event of the source"],
)
@pytest.mark.parametrize("long_tail", [0, 10_000], ids=["read anew", "followed"])
def test_a_view_is_not_folded_from_bytes_that_are_not_those_that_were_recorded(  # noqa: PLR0913, PLR0917  one per changed byte
    ledger: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    column: str,
    position: int,
    old: str,
    new: str,
    rule: str,
    long_tail: int,
) -> None:
    monkeypatch.setattr(related_sources, "LONG_TAIL", long_tail)
    tamper(ledger, changed(table, column, position, old, new))
    store = SQLiteStore(ledger, read_only=True)

    with pytest.raises(IntegrityError, match=rule) as refused:
        History(store).of_incident("stop")

    store.close()
    assert f"position {position}" == refused.value.where


@pytest.mark.parametrize(
    ("position", "where"), [(FACT, FACT + 1), (SOURCE, SOURCE + 1)], ids=["of the incident", "of its source"]
)
def test_a_view_is_not_folded_from_a_stream_that_has_a_gap(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, position: int, where: int
) -> None:
    # As after many acts: the log is not read through, where the gap would show.
    monkeypatch.setattr(related_sources, "LONG_TAIL", 0)
    tamper(ledger, lambda file: file.execute("DELETE FROM events WHERE position = ?", (position,)))
    store = SQLiteStore(ledger, read_only=True)

    with pytest.raises(IntegrityError, match="is not there") as refused:
        History(store).of_incident("stop")

    store.close()
    assert f"position {where}" == refused.value.where


def test_a_damaged_source_concerns_only_what_rests_on_it(tmp_path: Path) -> None:
    desk = a_small_ledger(tmp_path / "test.ledger")
    desk.act(AGENCY | {"id": "stranger"})
    related = RelatedSources(desk.store)
    before = {name: len(related.events([name]).events) for name in ("release", "stranger")}
    for name in before:
        desk.act({"op": "amend-source", "source": name, "title": f"The {name}", "reason": "renamed"})
    tamper(desk.path, changed("disclosures", "lines", STRANGER, "renamed", "retitled"))

    assert before["release"] + 1 == len(related.events(["release"]).events)
    with pytest.raises(IntegrityError, match=f"position {STRANGER}"):
        related.events(["stranger"])
    desk.close()
