"""A full disk: it is said plainly, nothing is acknowledged that is not there, and writing resumes by itself when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from api.opening import open_for_writing
from ledger.errors import StoreError
from ledger.stores.sqlite_store import SQLiteStore
from ledger.verify import verify_file
from tests.durability.acts import FIRST, record
from tests.durability.filling import Met
from tests.durability.survival import Memory, faults
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from api.opening import Opened

_SMALL = "2m"
_ON_A_SMALL_DISK = 'mount -t tmpfs -o "size=$0" none "$1" && shift && exec "$@"'


def _limit_pages(opened: Opened, room: int) -> None:
    """Let the file grow by `room` pages and no more."""
    store = opened.writer._store
    assert isinstance(store, SQLiteStore)
    with store.recorder.datastore.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + room}")


def test_a_full_database_refuses_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path, memory = tmp_path / "a.ledger", Memory()
    with open_for_writing(path) as opened:
        for key in FIRST:
            memory.receipts[key] = record(opened, key)
        _limit_pages(opened, 4)
        refused = ""
        for number in range(1, 100):
            try:
                memory.receipts[f"w.{number}"] = record(opened, f"w.{number}")
            except StoreError as error:
                refused = str(error)
                break
        assert refused.endswith("database or disk is full; nothing was recorded")
        head = opened.writer._store.head().position
        with pytest.raises(StoreError, match="disk is full"):
            record(opened, f"w.{number}")

        assert max(receipt.position or 0 for receipt in memory.receipts.values()) == head
        assert "OK" == verify_file(path).verdict
        _limit_pages(opened, 1_000)
        receipt = record(opened, f"w.{number}")
        assert (head + 1, False) == (receipt.position, receipt.replayed)
        memory.receipts[f"w.{number}"] = receipt
    assert [] == faults(path, memory, "after.1")


def _small_disk_refused() -> str:
    """Why no small disk can be mounted here; "" where it can."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return "that takes Linux and the program unshare"
    tried = subprocess.run(
        [*_own_mounts(), "sh", "-c", _ON_A_SMALL_DISK, _SMALL, ROOT / "tests", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stderr.strip() if tried.returncode else ""


def _own_mounts() -> list[str]:
    """What gives a process mounts of its own, which go when it ends."""
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> tuple[Met, str]:
    """What a process met on a disk of two megabytes that it filled."""
    if why := _small_disk_refused():
        pytest.skip(
            f"A FULL DISK IS TESTED BY SQLITE'S OWN LIMIT ONLY: no small disk can be mounted here: {why}"
        )
    folder = tmp_path_factory.mktemp("small")
    command: list[str | Path] = [sys.executable, "-m", "tests.durability.filling", folder]
    done = subprocess.run(
        [*_own_mounts(), "sh", "-c", _ON_A_SMALL_DISK, _SMALL, folder, *command],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr.decode()
    assert [] == list(folder.iterdir())
    return msgspec.json.decode(done.stdout, type=tuple[Met, str])


def test_on_a_full_disk_a_fact_is_refused_and_the_full_disk_is_named(met: tuple[Met, str]) -> None:
    assert "full" in met[0].refused[0]
    assert "nothing was recorded" in met[0].refused[0]


def test_on_a_full_disk_a_snapshot_is_refused_and_leaves_nothing_behind(met: tuple[Met, str]) -> None:
    assert ["the snapshot could not be kept: No space left on device"] == met[0].refused[1:]
    assert [] == met[0].kept_when_full


def test_what_was_acknowledged_before_the_disk_was_full_is_there_and_no_more(met: tuple[Met, str]) -> None:
    assert max(receipt.position or 0 for receipt in met[0].receipts.values()) == met[0].head_when_full
    assert len(met[0].receipts) > 10
    assert "OK" == met[0].verdict_when_full


def test_the_same_writer_goes_on_when_there_is_room_again(met: tuple[Met, str]) -> None:
    first = met[0].head_when_full + 1

    assert [first, first + 1] == [receipt.position for receipt in met[0].after.values()]
    assert ("OK", first + 1) == (met[0].verdict, met[0].events)
    assert not any(receipt.replayed for receipt in met[0].after.values())


def test_a_ledger_opened_on_a_full_disk_says_so_or_opens_and_is_whole_afterwards(
    met: tuple[Met, str],
) -> None:
    assert met[1].startswith("StoreError: ")
    assert "full" in met[1] or "No space left" in met[1]
