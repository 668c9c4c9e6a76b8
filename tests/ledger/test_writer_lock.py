"""The lock that keeps a second writing process out."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ledger.errors import LockedError, StoreError
from ledger.stores.lock import WriterLock
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from ledger.read_command import read_command
from ledger.stores.lock import WriterLock
with WriterLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writing_process_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    lock = tmp_path / "test.ledger.d" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, lock], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert "held\n" == other.stdout.readline()

        with pytest.raises(LockedError, match="another process is writing to this ledger"), WriterLock(lock):
            pass

        other.kill()
        other.wait()
    with WriterLock(lock), pytest.raises(LockedError), WriterLock(lock):
        pass
    with WriterLock(lock) as held, pytest.raises(LockedError, match="already"), held:
        pass


def test_a_lock_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="lock file"), WriterLock(tmp_path / "file" / "lock"):
        pass
