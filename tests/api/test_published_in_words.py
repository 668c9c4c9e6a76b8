"""When a source was made public, in words: a clock time is of somewhere."""

from __future__ import annotations

import pytest

from api.terminal.shown_source import published_in_words
from ledger.when import Published


@pytest.mark.parametrize(
    ("earliest", "latest", "words"),
    [
        ("2021-03-16T08:00:00+03:00", "2021-03-16T08:00:00+03:00", "published 16 Mar 2021 08:00 (+03:00)"),
        (
            "2021-03-14T16:00:00+05:45",
            "2021-03-14T17:00:00+05:45",
            "published 14 Mar 2021 16:00-17:00 (+05:45)",
        ),
        ("2021-03-14T16:00:00Z", None, "published from 14 Mar 2021 16:00 (+00:00)"),
        (
            "2021-03-14T16:00:00+06:30",
            "2021-03-14T17:00:00+05:45",
            "published 14 Mar 2021 16:00 (+06:30)-17:00 (+05:45)",
        ),
        ("2021-03-15T00:00:00+06:30", "2021-03-16T00:00:00+06:30", "published 15 Mar 2021"),
        ("2021-03-15T00:00:00+14:00", "2021-03-16T00:00:00-12:00", "published 15 Mar 2021"),
    ],
)
def test_a_clock_time_is_told_with_its_offset_and_a_day_as_a_day(
    earliest: str, latest: str | None, words: str
) -> None:
    assert words == published_in_words(Published(earliest=earliest, latest=latest))
