"""A law of imports: every commit's state comes out as replaying the stream gives it, in one piece or in several, mended or whole."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.when import parse_datetime
from tests.api.importing.strategies_streams import streams
from tests.api.importing.streams import State, add, commit, import_stream, records, replayed

if TYPE_CHECKING:
    import datetime as dt

    from ledger.values import Json

_OF_NO_RECORD = commit(0, add("none", "n", 1), at="2021-03-01T00:00:00Z")


@settings(max_examples=max(1, settings().max_examples // 5))  # each makes a ledger and asks it a dozen times
@given(
    streams(),
    st.integers(0, 6),
    st.integers(0, 6),
    st.sampled_from((b"{", b'{"changes": []}', _OF_NO_RECORD)),
)
def test_every_state_comes_out_as_it_was(lines: list[Json], cut: int, broken: int, fault: Json) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.ledger"
        if broken < len(lines):
            refused = import_stream(path, [*lines[:broken], fault, *lines[broken + 1 :]], "--json")
            assert (3, broken) == (refused.code, refused.json["recorded"])
        for part in (lines[:cut], lines):
            answer = import_stream(path, part, "--json")
            assert (0, 0) == (answer.code, answer.json["notes"]), answer.err
        for number, line in enumerate(lines):
            last = max(n for n, one in enumerate(lines) if _at(one) == _at(line))
            expected = replayed(lines[: last + 1])
            assert repr(_sorted(expected)) == repr(
                _sorted(records(path, "--public-at", line["committed_at"]))
            ), number


def _at(line: Json) -> dt.datetime:
    return parse_datetime(line["committed_at"], field="")


def _sorted(state: State) -> Json:
    return {key: dict(sorted(state[key].items())) for key in sorted(state)}
