"""A number that a source put into words, or into digits of another script, is told with what it is read as."""

from __future__ import annotations

import pytest

from ledger.quantity import Quantity
from projections.plain_sentences import read_in_words


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Quantity(id="dead", as_stated="six", value="6", unit="{people}"), '"six" (6 people)'),
        (Quantity(id="dead", as_stated="١٢", value="12", unit="{people}"), '"١٢" (12 people)'),
        (
            Quantity(id="dead", as_stated="कम्तीमा १५", min="15", unit="{people}"),
            '"कम्तीमा १५" (at least 15 people)',
        ),
        (
            Quantity(id="dead", as_stated="twelve, perhaps fifteen", min="12", max="15", unit="{people}"),
            '"twelve, perhaps fifteen" (12 to 15 people)',
        ),
        (
            Quantity(id="dead", as_stated="12 or fifteen", min="12", max="15", unit="m"),
            '"12 or fifteen" (12 to 15 m)',
        ),
        (
            Quantity(id="far", as_stated="about 15 feet", value="15", unit="[ft_i]", approximate=True),
            '"about 15 feet"',
        ),
        (Quantity(id="hurt", as_stated="dozens"), '"dozens"'),
        (Quantity(id="far", value="15", unit="m"), "15 m"),
        (Quantity(id="dead", absent="not-stated"), "that it is not stated"),
    ],
)
def test_a_number_whose_digits_do_not_stand_in_the_words_stands_beside_them(
    value: Quantity, told: str
) -> None:
    assert told == read_in_words(value)
