"""A backup of a ledger that has an event of a newer program: as it is stored, unless that says which snapshots belong to it (ADR 26)."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.backup import FILE_NAME, back_up
from ledger.errors import UnknownSchemaError
from ledger.stores.sqlite_store import SQLiteStore
from tests.desk import Desk, a_small_ledger
from tests.newer_events import record_newer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    with closing(a_small_ledger(tmp_path / "desk" / "a.ledger")) as made:
        yield made


@pytest.mark.parametrize("topic", ["SnapshotCaptured@2", "Redacted@2"])
def test_no_backup_is_made_where_only_a_newer_program_can_tell_which_snapshots_belong_to_it(
    desk: Desk, tmp_path: Path, topic: str
) -> None:
    at = record_newer(desk.store, "source/release", topic)

    with pytest.raises(UnknownSchemaError, match=f"^position {at}: .*'{topic}'.*, and no backup was made$"):
        back_up(desk.path, tmp_path / "copy", os.urandom)
    assert ["desk"] == [one.name for one in tmp_path.iterdir()]


def test_any_other_event_of_a_newer_program_is_backed_up_as_it_is_stored(desk: Desk, tmp_path: Path) -> None:
    at = record_newer(desk.store, "source/release")

    made = back_up(desk.path, tmp_path / "copy", os.urandom)

    assert ("OK", at, 1) == (made.report.verdict, made.position, made.snapshots)
    with closing(SQLiteStore(tmp_path / "copy" / FILE_NAME, read_only=True)) as copy:
        assert list(desk.store.rows()) == list(copy.rows())
