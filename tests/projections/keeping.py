"""A ledger of two incidents whose stored views are kept and read: what the tests of catching up have in common."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from projections.catch_up import CatchUp
from projections.catch_up_file import NAME, ReadFile
from projections.paging import StoredViews
from tests.desk import Desk, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Keeping", "kept", "no_text"]

ELSEWHERE = {"op": "open-incident", "id": "march", "title": "March", "zone": "America/Chicago"}


def no_text(_digest: str) -> str | None:
    """No extraction has a text."""
    return None


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """A desk with a fact in incident `stop` and one in `march`, what keeps its views, what reads them, and the folder they are in."""

    desk: Desk
    folder: Path
    catch_up: CatchUp
    views: StoredViews


@contextmanager
def kept(path: Path) -> Iterator[Keeping]:
    """A new ledger at a path; closed afterwards."""
    desk = Desk(path)
    desk.begin()
    desk.act(fact())
    desk.act(ELSEWHERE)
    desk.act(fact("arrest", incident="march"))
    folder = path.with_name(path.name + ".d")
    catch_up = CatchUp(desk.store, folder, no_text)
    file = ReadFile(folder / NAME)
    try:
        yield Keeping(
            desk=desk, folder=folder, catch_up=catch_up, views=StoredViews(file, desk.store, no_text)
        )
    finally:
        file.close()
        catch_up.close()
        desk.close()
