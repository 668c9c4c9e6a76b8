"""The form of the stored tables has a name of its own, so that tables of another form are built anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Index, Integer, MetaData

from projections import tables
from projections.tables import METADATA, schema_digest

if TYPE_CHECKING:
    from collections.abc import Callable


def _copied() -> MetaData:
    made = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(made)
    return made


def _with_a_column(made: MetaData) -> None:
    made.tables["facts"].append_column(Column("more", Integer))


def _with_an_index(made: MetaData) -> None:
    Index("facts_by_version", made.tables["facts"].c.version)


def test_a_copy_of_the_tables_has_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = schema_digest()
    monkeypatch.setattr(tables, "METADATA", _copied())

    assert expected == schema_digest()


@pytest.mark.parametrize("change", [_with_a_column, _with_an_index], ids=["a column", "an index"])
def test_one_more_column_or_index_is_another_form(
    change: Callable[[MetaData], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, made = schema_digest(), _copied()
    change(made)
    monkeypatch.setattr(tables, "METADATA", made)

    assert before != schema_digest()


@pytest.mark.parametrize(("name", "value"), [("VERSION", -1), ("ACTS", {})])
def test_rows_that_are_made_otherwise_or_of_other_acts_are_another_form(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema_digest()
    monkeypatch.setattr(tables, name, value)

    assert before != schema_digest()
