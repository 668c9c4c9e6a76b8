"""A process that keeps stored views until somebody kills it: run with the ledger, the folder of the views, and `steps` or `rebuild`.

It tells a line on standard output for each batch, and in a rebuild for each incident and around the swap.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.stores.sqlite_store import SQLiteStore
from projections import catch_up, catch_up_rebuild
from projections.catch_up import CatchUp, _Touched
from projections.catch_up_rebuild import swap

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["REBUILD", "STEPS"]

STEPS, REBUILD = "steps", "rebuild"


def _no_text(_digest: str) -> str | None:
    return None


def _tell() -> None:
    os.write(1, b".\n")


def _main(ledger: Path, folder: Path, what: str) -> None:
    store = SQLiteStore(ledger, read_only=True)
    views = CatchUp(store, folder, _no_text, batch=3)
    apply = CatchUp._apply

    def told_apply(self: CatchUp, connection: Connection, touched: _Touched) -> None:
        apply(self, connection, touched)
        _tell()

    def told_swap(beside: Path, path: Path) -> None:
        _tell()
        swap(beside, path)
        _tell()

    CatchUp._apply = told_apply  # type: ignore[method-assign]  # so that it is told of
    catch_up.swap = told_swap  # type: ignore[attr-defined]  # as above
    catch_up_rebuild._TOLD_EVERY = 1
    _tell()
    if what == REBUILD:
        views.rebuild(lambda _done, _of: _tell())
    else:
        views.run()
    while True:
        _tell()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
