"""backup: a folder that is a ledger of its own, what was copied and checked, and no folder at all where it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import StoreError
from tests.api.command_line import INCIDENT, SNAPSHOT, ask, desk, record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def test_a_backup_says_what_was_copied_and_checked_and_can_be_asked_and_written_to(ledger: Path) -> None:
    folder = ledger.with_name("copy")

    answer = ask("backup", folder, "--ledger", ledger)

    copied = folder / "incident.ledger"
    assert (0, "") == (answer.code, answer.err)
    first, what, checked, again = answer.out.splitlines()
    assert first.startswith(f"backed up to {copied}: up to position 5, recorded at 20")
    assert "copied: 5 events in " in what
    assert what.endswith(" bytes, 1 snapshot in 78 bytes, 2 files of keys")
    assert "checked: OK (database only): 5 events, 11 disclosures, 1 snapshot" == checked
    assert f"check it again at any time with: incident-ledger verify --ledger {copied}" == again
    assert ask("show", INCIDENT, "--ledger", ledger).out == ask("show", INCIDENT, "--ledger", copied).out
    assert 0 == ask("verify", "--ledger", copied).code
    record(copied, {"op": "open-incident", "id": "other", "title": "Another", "zone": "UTC"})


def test_the_json_has_where_up_to_what_how_much_and_the_report(ledger: Path) -> None:
    made = ask("backup", ledger.with_name("copy"), "--ledger", ledger, "--json").json

    assert (str(ledger.with_name("copy") / "incident.ledger"), 5, 1, 78, 2, "OK") == (
        *(made[name] for name in ("ledger", "position", "snapshots", "snapshot_bytes", "keys")),
        made["report"]["verdict"],
    )


def test_a_name_that_is_taken_is_a_fault_of_usage(ledger: Path) -> None:
    answer = ask("backup", ledger.parent, "--ledger", ledger)

    assert (2, "") == (answer.code, answer.out)
    assert "is there already; a backup makes a new folder, so name another" in answer.err


def test_a_damaged_snapshot_is_named_and_no_folder_is_left(ledger: Path) -> None:
    name = SNAPSHOT.removeprefix("sha256:")
    (ledger.with_name(ledger.name + ".d") / "blobs" / name[:2] / name).write_bytes(b"something else")
    before = sorted(ledger.parent.iterdir())

    answer = ask("backup", ledger.with_name("copy"), "--ledger", ledger)

    assert (1, "") == (answer.code, answer.out)
    assert (
        f"the ledger cannot be read: {SNAPSHOT}: the bytes of the snapshot have changed on disk; no backup was made; check it"
        in answer.err
    )
    assert [one for one in before if not one.name.endswith(("-wal", "-shm"))] == [
        one for one in sorted(ledger.parent.iterdir()) if not one.name.endswith(("-wal", "-shm"))
    ]


def test_a_disk_that_refuses_is_unavailable_and_no_folder_is_left(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("desk.ledger could not be copied: database or disk is full")

    monkeypatch.setattr("ledger.backup.copy_into", refuse)
    answer = ask("backup", ledger.with_name("copy"), "--ledger", ledger)

    assert (4, "") == (answer.code, answer.out)
    assert "unavailable: desk.ledger could not be copied: database or disk is full\n" == answer.err
    assert not ledger.with_name("copy").exists()
