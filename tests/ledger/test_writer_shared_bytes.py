"""Sources that hold the same bytes: what is redacted in one of them does not come back through another without an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.verify import verify_file
from tests.desk import AGENCY, TEXT, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    made.act(AGENCY | {"id": "reprint"})
    yield made
    made.close()


@pytest.mark.parametrize("reopened", [False, True], ids=["at once", "after the ledger was opened again"])
def test_a_quiet_capture_does_not_bring_redacted_bytes_back(desk: Desk, reopened: bool) -> None:  # noqa: FBT001  a column of the table
    digest = desk.capture()
    desk.capture(source="reprint")
    desk.redact(source="release", snapshots=[digest])
    if reopened:
        desk.reopen()

    again = desk.act(
        {"op": "capture-snapshot", "source": "reprint", "media_type": "text/plain", "text": TEXT}
    )

    assert again.quiet
    assert not desk.blobs.has(digest)
    assert "OK" == verify_file(desk.path).verdict


def test_bytes_that_one_source_lost_and_none_redacted_are_put_back(desk: Desk) -> None:
    digest = desk.capture()
    desk.redact(source="release", snapshots=[desk.capture("Other words.")])
    desk.blobs.remove(digest)

    assert digest == desk.capture()
    assert TEXT == desk.blobs.text(digest)
