"""Times and values in words: what reads the same is the same."""

from __future__ import annotations

import pytest

from api.in_words import dispute_in_words, value_in_words, when_in_words
from projections.fact_fold import DisputeView
from projections.timeline import TimelineEntry

SUMMER, WINTER = "2024-11-03T01:30:00-05:00", "2024-11-03T01:30:00-06:00"
"""Half past one in Chicago, before the clocks went back and after."""


@pytest.mark.parametrize(
    ("earliest", "latest", "words"),
    [
        (SUMMER, WINTER, "3 Nov 2024 01:30 (-05:00)-01:30 (-06:00)"),
        (SUMMER, SUMMER, "3 Nov 2024 01:30 (-05:00)"),
        ("2024-11-03T00:30:00-05:00", "2024-11-03T02:30:00-06:00", "3 Nov 2024 00:30-02:30"),
        ("2024-11-03T00:00:00-05:00", "2024-11-04T00:00:00-06:00", "3 Nov 2024"),
        (WINTER, None, "from 3 Nov 2024 01:30 (-06:00)"),
        (None, WINTER, "before 3 Nov 2024 01:30 (-06:00)"),
    ],
)
def test_an_hour_that_came_twice_is_no_moment_and_is_told_with_its_offsets(
    earliest: str | None, latest: str | None, words: str
) -> None:
    entry = TimelineEntry(fact="hit", earliest=earliest, latest=latest)

    assert words == when_in_words(entry, "America/Chicago")


@pytest.mark.parametrize(
    ("earliest", "latest", "words"),
    [
        (None, "2021-03-14T17:30:00+06:30", "before about 14 Mar 2021 17:30 *"),
        ("2021-03-14T16:30:00+06:30", None, "from about 14 Mar 2021 16:30 *"),
        ("2021-03-14T16:30:00+06:30", "2021-03-14T17:30:00+06:30", "about 14 Mar 2021 16:30-17:30 *"),
        ("2021-03-14T00:00:00+06:30", "2021-03-16T00:00:00+06:30", "about 14 Mar 2021 to 15 Mar 2021 *"),
    ],
)
def test_an_approximate_time_is_told_as_about_beside_the_time_itself(
    earliest: str | None, latest: str | None, words: str
) -> None:
    entry = TimelineEntry(
        fact="hit", earliest=earliest, latest=latest, approximate=True, derived=("earliest", "latest")
    )

    assert words == when_in_words(entry, "Asia/Yangon")


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"earliest": SUMMER, "latest": "open"}, f"{SUMMER} or later"),
        ({"earliest": "unknown", "latest": WINTER}, f"{WINTER} or earlier"),
        ({"earliest": SUMMER, "latest": WINTER}, f"from {SUMMER} to {WINTER}"),
        ({"earliest": "unknown", "latest": "open"}, "no time that anybody gives"),
        ({"relations": [{"rel": "same-time", "fact": "hit"}]}, "at the same time as hit"),
        (
            {"earliest": SUMMER, "latest": SUMMER, "relations": [{"rel": "after", "fact": "hit"}]},
            f"{SUMMER}, after hit",
        ),
    ],
)
def test_a_time_of_the_trail_is_told_without_the_ends_that_nobody_gives(when: object, words: str) -> None:
    assert words == value_in_words(when)


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ({"value": "15", "unit": "[ft_i]", "approximate": True}, "about 15 ft"),
        ({"min": "3", "unit": "{shots}"}, "at least 3 shots"),
        ({"min": "15", "max": "20", "unit": "[ft_i]"}, "15 to 20 ft"),
        ({"value": "15", "unit": "[ft_i]", "as_stated": "fifteen feet"}, '"fifteen feet"'),
        ({"unit": "of the fleet", "value": "bus 7"}, "unit of the fleet, value bus 7"),
    ],
)
def test_a_number_is_told_with_its_unit_and_what_only_looks_like_one_as_it_stands(
    quantity: object, words: str
) -> None:
    assert words == value_in_words(quantity)


def test_a_dispute_that_was_left_open_is_told_as_that() -> None:
    dispute = DisputeView(dispute=1, by="a reader", grounds="It was further.", stands="left-open")

    assert "dispute 1 by a reader, left open: It was further." == dispute_in_words(dispute)
