"""Where a stream comes from: a file or standard input, plain or gzipped, as the tools of this world write them."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import ask
from tests.api.importing.streams import (
    add,
    appear,
    change,
    commit,
    import_stream,
    records,
    replayed,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

LINES = [commit(0, appear("a"), add("a", "title", "One")), commit(1, change("a", "title", "One", "Zwö"))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def test_a_stream_may_be_gzipped_and_a_file(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "stream.ndjson.gz"
    file.write_bytes(gzip.compress(written(LINES)))
    answer = ask("import", "changes", file, "--dataset", "set", "--ledger", path)

    assert "set: 2 of 2 lines recorded: 3 changes" in answer.out
    assert replayed(LINES) == records(path)


def test_a_byte_order_mark_is_no_part_of_the_first_line(path: Path) -> None:
    marked = ask(
        "import",
        "changes",
        "-",
        "--dataset",
        "set",
        "--ledger",
        path,
        stdin=b"\xef\xbb\xbf" + written(LINES),
    )
    plain = import_stream(path, LINES, "--json")

    assert (0, "") == (marked.code, marked.err)
    assert (0, 2) == (plain.json["recorded"], plain.json["repeated"])
    assert replayed(LINES) == records(path)


def test_a_damaged_gzip_is_told_and_what_stood_before_is_recorded(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "stream.gz"
    file.write_bytes(gzip.compress(written(LINES))[:-20])
    answer = ask("import", "changes", file, "--dataset", "set", "--ledger", path)

    assert 1 == answer.code
    assert f"{file}: what is gzipped is damaged, or ends too early\n" == answer.err
