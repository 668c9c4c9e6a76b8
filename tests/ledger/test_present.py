"""The present state while a transaction is put together: what is tentative, and what a redaction leaves of it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from ledger.clock import format_instant
from ledger.codec import Stamp, encode
from ledger.events import Redacted
from ledger.present import Present
from tests.desk import Desk, a_small_ledger, fact
from tests.fakes import CountingBytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.stores.contract import NewEvent, Row
    from ledger.stores.sqlite_store import SQLiteStore


class _Asked:
    """A store that counts how often a stream is read."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store
        self.streams: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def stream(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Row]:
        self.streams.append(stream)
        return self._store.stream(stream, after=after, until=until)


@pytest.mark.parametrize(("redacts", "readings"), [(True, 3), (False, 1)])
def test_what_was_read_while_a_redaction_was_tentative_is_read_again(
    tmp_path: Path, *, redacts: bool, readings: int
) -> None:
    with closing(a_small_ledger(tmp_path / "a.ledger")) as desk:
        asked = _Asked(desk.store)
        present = Present(asked)  # type: ignore[arg-type]  # a store in all but its class
        incident = next(one for one in desk.store.streams("incident/"))
        ident = incident.partition("/")[2]
        last = present.stream(incident)[-1]
        asked.streams.clear()
        present.incident(ident)
        following = replace(last, position=present.position + 1, version=last.version + 1)
        if redacts:
            act = Redacted(legal_basis="court-order", authority="court", reason="r")
            following = replace(following, type="Redacted", body=act)
        else:
            following = replace(following, body=replace(last.body, fact="third"))
        stamp = Stamp(
            event_id=following.event_id,
            request=following.request,
            stream=following.stream,
            version=following.version,
            recorded_at=format_instant(following.recorded_at),
            actor=following.actor,
        )
        stored = encode(following.body, stamp, CountingBytes())
        present.fold(following, cast("NewEvent", stored))
        present.incident(ident)
        present.settle()
        present.incident(ident)
        assert [incident] * readings == asked.streams


@pytest.mark.parametrize("packed", [0, 1_000_000])
@pytest.mark.parametrize("most", [1, 20_000])
def test_what_others_recorded_is_folded_upon_what_stands_however_little_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, packed: int
) -> None:
    monkeypatch.setattr("ledger.present.MOST_WHOLE", most)
    monkeypatch.setattr("ledger.present.MOST_CAPTURES", most)
    monkeypatch.setattr("ledger.present.MOST_PACKED_BYTES", packed)
    first, second = "2020-05-08T11:00:00Z", "2020-05-08T11:30:00Z"
    with closing(Desk(tmp_path / "a.ledger")) as desk:
        desk.begin()
        snapshot, other = desk.capture("One.", captured_at=first), desk.capture("Two.")
        for ident in ("f1", "f2"):
            desk.act(fact(id=ident))
        present = Present(desk.store)
        for ident in ("f1", "f2"):
            present.fact("stop", ident)
        for digest in (snapshot, other):
            present.captures("release", digest)
        desk.capture("One.", captured_at=second)
        desk.act({"op": "dispute-fact", "incident": "stop", "fact": "f1", "by": "the mayor", "grounds": "g"})
        present.catch_up()

        captures, disputed = present.captures("release", snapshot), present.fact("stop", "f1")
        assert captures is not None
        assert disputed is not None
        assert ((first, second), {1: True}) == (captures.times, dict(disputed.disputes))
