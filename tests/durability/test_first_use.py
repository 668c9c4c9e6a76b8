"""Many threads that ask for the same thing first: a process that has only just begun serves them all.

msgspec works a type out when it is first asked for it, and is not safe to ask from two threads at that moment: the process ended with
a segmentation fault. Each trial is a process of its own, with threads that change places as often as Python lets them.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.desk import a_small_ledger
from tests.project_files import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_TRIALS = 12
_IN_THREADS = """
import sys, threading
from pathlib import Path
{imports}
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(8)
def first():
    barrier.wait()
    {ask}
threads = [threading.Thread(target=first) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def _program(imports: str, ask: str) -> str:
    return _IN_THREADS.format(imports=imports, ask=ask)


_READ_COMMANDS = _program(
    "from ledger.read_command import read_command\nfrom tests.durability.acts import given\n"
    "from tests.fakes import SequentialIds",
    "for number in (1, 3, 6): read_command(given(f'w.{number}'), SequentialIds())",
)
_READ_EVENTS = _program(
    "from ledger.codec import decode\nfrom ledger.stores.sqlite_store import SQLiteStore\n"
    "store = SQLiteStore(Path(sys.argv[1]), read_only=True)\nrows = list(store.rows())\nstore.close()",
    "for row in rows: decode(row.event, row.disclosures, position=row.position)",
)


@pytest.mark.parametrize("program", [_READ_COMMANDS, _READ_EVENTS], ids=["commands", "events"])
def test_threads_that_read_for_the_first_time_do_not_crash_the_process(tmp_path: Path, program: str) -> None:
    path = tmp_path / "a.ledger"
    a_small_ledger(path).close()

    ends = [
        subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, check=False).returncode
        for _ in range(_TRIALS)
    ]

    assert [0] * _TRIALS == ends
