"""A process that takes a log into its tree and signs it until somebody stops it: what test_kill_tree.py kills.

Run with the ledger and a name for this run. Each size that was signed is told with one write to standard output, after it was signed.
"""

from __future__ import annotations

import itertools
import os
import sys
from contextlib import closing
from pathlib import Path

from api.opening import open_for_writing
from ledger.address import folder_of
from ledger.transparency import Transparency
from tests.durability.acts import FIRST, ask, record

_ACTS = 24


def _main(path: Path, run: str) -> None:
    with (
        open_for_writing(path) as opened,
        closing(Transparency(opened.store, folder_of(path), writing=True)) as transparency,
    ):
        for first in FIRST:
            record(opened, first)
        transparency.make_key(os.urandom)
        for turn in itertools.count():
            head = transparency.sign()
            if head is None:
                raise AssertionError("a ledger with events has a head")
            os.write(1, b"%d\n" % head.checkpoint.size)
            opened.writer.record_all([ask(opened, f"{run}-{turn}.{one}") for one in range(_ACTS)])


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
