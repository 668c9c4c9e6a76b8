"""A file of stored views that is put in place of another: whoever has the old one open reads and writes the new one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from projections import tables
from projections.catch_up_file import NAME, open_to_read
from projections.filters import read_filters
from projections.pages import facts_page
from projections.paging import Asking
from tests.desk import fact
from tests.projections.keeping import Keeping, kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTHING = read_filters({})


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    """A ledger whose views are kept."""
    with kept(tmp_path / "incident.ledger") as made:
        yield made


def test_a_copy_of_earlier_that_is_put_in_place_is_the_file_that_is_caught_up(keeping: Keeping) -> None:
    keeping.catch_up.run()
    earlier = keeping.folder / "earlier.db"
    with (
        closing(sqlite3.connect(keeping.folder / NAME)) as there,
        closing(sqlite3.connect(earlier)) as copied,
    ):
        there.backup(copied)
    keeping.desk.act(fact("second"))
    assert 7 == keeping.catch_up.run()
    for log in ("-wal", "-shm"):
        (keeping.folder / (NAME + log)).unlink(missing_ok=True)
    earlier.replace(keeping.folder / NAME)

    assert 6 == keeping.catch_up.position()
    assert 7 == keeping.catch_up.run()
    assert 3 == len(facts_page(keeping.views, NOTHING, Asking()).rows)


def test_views_that_have_read_further_than_the_log_goes_are_built_anew(keeping: Keeping) -> None:
    keeping.catch_up.run()
    keeping.catch_up.close()
    with closing(sqlite3.connect(keeping.folder / NAME)) as raw, raw:
        raw.execute("UPDATE tracking SET position = 9")

    assert 0 == keeping.catch_up.position()
    assert 6 == keeping.catch_up.run()


def test_a_connection_that_was_open_before_a_rebuild_reads_what_was_built(keeping: Keeping) -> None:
    keeping.catch_up.run()
    with closing(sqlite3.connect(keeping.folder / NAME)) as raw, raw:
        raw.execute("DELETE FROM facts")
    engine = open_to_read(keeping.folder / NAME)
    with engine.connect() as connection:
        assert [] == connection.execute(tables.FACTS.select()).all()
        connection.rollback()
        keeping.catch_up.rebuild()
        assert 2 == len(connection.execute(tables.FACTS.select()).all())
    engine.dispose()


def test_a_rebuild_is_of_the_whole_log_though_the_views_were_behind(keeping: Keeping) -> None:
    keeping.catch_up.run()
    keeping.desk.act(fact("second"))
    found = keeping.catch_up.rebuild()

    assert (7, ()) == (found.position, found.differing)
    assert 7 == keeping.views.position()


@pytest.mark.parametrize("damage", ["header", "page", "half"])
def test_a_file_whose_pages_are_damaged_is_replaced(keeping: Keeping, damage: str) -> None:
    keeping.catch_up.run()
    keeping.catch_up.close()
    path = keeping.folder / NAME
    held = path.read_bytes()
    path.write_bytes(
        {
            "header": held[:16] + b"\xff" * 84 + held[100:],
            "page": held[:100] + b"\xff" * (len(held) - 100),
            "half": held[: len(held) // 2],
        }[damage]
    )

    assert 6 == keeping.catch_up.run()
    assert 2 == len(facts_page(keeping.views, NOTHING, Asking()).rows)
    assert () == keeping.catch_up.rebuild().differing
