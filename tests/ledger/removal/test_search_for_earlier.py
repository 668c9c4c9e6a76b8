"""What was redacted at any time before is found by its digest, without a word of it: whole lines and files, also inside JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ledger.disclosure import digest_of
from ledger.log_lines import log_line
from ledger.removal import Leftover, search_for_earlier
from ledger.removal.sift import lines_in
from tests.api.command_line import ask
from tests.desk import TEXT, Desk, fact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATED = 'Zebedee Müller-Quirk, "the driver", was dragged \\ pulled.'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A ledger with a redacted statement and a redacted snapshot, and whose process does not know the words any more."""
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    made.act(fact(statement=STATED, details={}))
    digest = made.capture()
    (tmp_path / "kept").write_bytes(b"".join(map(log_line, made.store.rows())))
    (tmp_path / "line").write_bytes(next(made.store.rows(4, 4)).disclosures)
    made.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    made.redact(source="release", snapshots=[digest])
    made.reopen()
    yield made
    made.close()


def test_nothing_is_found_where_nothing_is_left(desk: Desk) -> None:
    found = search_for_earlier(desk.path, desk.store)

    assert () == found.leftovers
    assert 2 == found.needles


@pytest.mark.parametrize("name", ["kept", "line"])
@pytest.mark.parametrize("place", ["test.ledger-journal", "test.ledger.d/tree/old"])
def test_a_line_is_found_as_it_is_and_inside_json(desk: Desk, tmp_path: Path, name: str, place: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\xff\x00 before " + (tmp_path / name).read_bytes() + b" after \xfe")

    assert (Leftover(file=place, what="disclosure"),) == search_for_earlier(desk.path, desk.store).leftovers


def test_a_redacted_snapshot_is_found_under_any_name(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "test.ledger.d" / "blobs" / "other").write_text(TEXT)

    assert (Leftover(file="test.ledger.d/blobs/other", what="snapshot"),) == search_for_earlier(
        desk.path, desk.store
    ).leftovers


def test_the_command_names_what_is_left_and_says_so_by_its_exit_code(desk: Desk, tmp_path: Path) -> None:
    desk.close()
    clean = ask("redact", "--check", "--ledger", desk.path)
    assert (0, "") == (clean.code, clean.err)
    assert "for 2 disclosures and snapshots: none is left" in clean.out
    (tmp_path / "test.ledger.d" / "left").write_bytes((tmp_path / "line").read_bytes())

    found = ask("redact", "--check", "--ledger", desk.path)

    assert 1 == found.code
    assert "redacted, and still there: test.ledger.d/left (disclosure)\n" == found.err
    assert 2 == ask("redact", "--check", "--incident", "stop", "--ledger", desk.path).code
    assert 1 == len(ask("redact", "--check", "--json", "--ledger", desk.path).json["searched"]["leftovers"])


@pytest.mark.parametrize("size", [0, 1_000, 30_000, 900_000])
def test_lines_of_any_length_are_read_to_their_end_whatever_stands_around(size: int) -> None:
    line = json.dumps(
        ["A" * 22, "statement", {"text": 'ä]\\"[' + "x" * size, "more": [1, True]}], ensure_ascii=False
    )
    line = line.replace(", ", ",").replace(": ", ":")
    inside = json.dumps(json.dumps({"disclosures": [line]}, ensure_ascii=False), ensure_ascii=False)
    once = json.dumps({"disclosures": [line]}, ensure_ascii=False)

    assert [digest_of(line.encode())] == [
        digest_of(one) for one in lines_in(b'["' + line.encode() + b'\x00["')
    ]
    assert [digest_of(line.encode())] == [digest_of(one) for one in lines_in(once.encode())]
    assert [] == list(lines_in(inside.encode())), "twice inside JSON is not looked for"
