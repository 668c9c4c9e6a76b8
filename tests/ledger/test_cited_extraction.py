"""The text that a citation names: that of any capture of the snapshot, the newest or an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ledger.citation import Citation
from ledger.context import Snapshot
from ledger.decisions.checks import check_citations
from ledger.errors import UnknownError
from ledger.events import SnapshotCaptured, SourceRegistered
from ledger.kinds import Kinds, load_vocabulary
from ledger.source import SourceState, evolve_source
from tests.ledger.specification import recorded

if TYPE_CHECKING:
    from ledger.events import Act

BYTES, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
OLDER, NEWER, NEVER = (f"sha256:{digit * 64}" for digit in "123")
CAPTURE = SnapshotCaptured(
    snapshot=BYTES,
    size_bytes=9,
    media_type="text/html",
    captured_at="2021-05-08T11:00:00Z",
    extraction=OLDER,
)
ACTS: tuple[Act, ...] = (
    SourceRegistered(kind="article", title="An article"),
    CAPTURE,
    replace(CAPTURE, snapshot=OTHER, extraction=NEVER),
    replace(CAPTURE, extraction=NEWER, captured_at="2021-05-09T11:00:00Z"),
)
"""The same bytes captured twice, by programs that take another text from them, and other bytes once."""


def _context() -> Snapshot:
    events = [
        recorded(act, stream="source/paper", version=version) for version, act in enumerate(ACTS, start=1)
    ]
    state = SourceState()
    for event in events:
        state = evolve_source(state, event)
    kinds = Kinds.of(load_vocabulary())
    return Snapshot(kinds=kinds, sources={"paper": state}, streams={"source/paper": events})


@pytest.mark.parametrize("extraction", [None, OLDER, NEWER])
def test_the_text_of_any_capture_of_the_snapshot_may_be_named(extraction: str | None) -> None:
    cited = Citation(id="c", source="paper", snapshot=BYTES, extraction=extraction)

    check_citations(_context(), (cited,), field="/citations")


def test_a_text_that_no_capture_of_the_snapshot_gave_is_refused() -> None:
    cited = Citation(id="c", source="paper", snapshot=BYTES, extraction=NEVER)

    with pytest.raises(UnknownError, match="no capture of the snapshot gave that text") as caught:
        check_citations(_context(), (cited,), field="/citations")

    assert "/citations/0/extraction" == caught.value.field
