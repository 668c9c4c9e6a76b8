"""After a redaction the files are searched for what it took, in every form, and what is found is named; that can fail."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from ledger.errors import StoreError
from ledger.removal import Leftover, files_with, needles_of, search_for
from ledger.removal.needles import forms_of, telling_texts
from tests.desk import TEXT, Desk, cited, fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger.removal import Searched
    from ledger.values import Json

NAME = "Zebedee Müller-Quirk"
STATED = f'{NAME}, "the driver", was dragged.'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "test.ledger")
    made.begin()
    yield made
    made.close()


def _redacted(desk: Desk, statement: str = STATED) -> bytes:
    """Report and redact a statement; the line that was erased."""
    desk.act(fact(statement=statement))
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    return desk.writer.unsearched[-1].lines[0]


def _searched(desk: Desk) -> Searched:
    return search_for(desk.writer.unsearched, desk.path, desk.store)


def test_a_redaction_that_reached_every_file_leaves_nothing(desk: Desk) -> None:
    _redacted(desk)
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])

    found = _searched(desk)

    assert () == found.leftovers
    assert found.files >= 3
    assert found.size_bytes >= desk.path.stat().st_size


_FORMS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16, little end first": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps(text, ensure_ascii=False).encode(),
    "JSON in ASCII": lambda text: json.dumps(text).encode(),
    "JSON inside JSON": lambda text: json.dumps(
        json.dumps(text, ensure_ascii=False), ensure_ascii=False
    ).encode(),
    "JSON in ASCII with capitals": lambda text: json.dumps(text).replace("\\u00fc", "\\u00FC").encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, one byte later": lambda text: base64.b64encode(b"." + text.encode() + b"."),
    "base64, two bytes later": lambda text: base64.urlsafe_b64encode(b".." + text.encode()),
}


@pytest.mark.parametrize("form", _FORMS)
def test_the_words_are_found_in_any_form_and_the_file_is_named(desk: Desk, form: str) -> None:
    _redacted(desk)
    folder = desk.path.with_name("test.ledger.d")
    (folder / "left").write_bytes(b"before" + _FORMS[form](STATED) + b"after")

    assert (Leftover(file="test.ledger.d/left", what="text"),) == _searched(desk).leftovers


@pytest.mark.parametrize(
    "name",
    ["test.ledger-wal", "test.ledger-journal", "test.ledger.d/views.db-wal", "test.ledger.d/tree/0/000"],
)
def test_every_file_of_the_ledger_is_searched(desk: Desk, name: str) -> None:
    line = _redacted(desk)
    path = desk.path.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(line)

    assert {name} == {one.file for one in _searched(desk).leftovers}


@pytest.mark.parametrize("half", [slice(2, 14), slice(13, 24)])
def test_half_of_a_salt_is_enough_since_a_database_may_part_it_over_two_pages(
    desk: Desk, half: slice
) -> None:
    line = _redacted(desk)
    (desk.path.parent / "test.ledger.d" / "left").write_bytes(line[half])

    assert (Leftover(file="test.ledger.d/left", what="salt"),) == _searched(desk).leftovers


def test_words_at_the_seam_of_two_pieces_of_a_file_are_found(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.removal import search  # noqa: PLC0415  the module, to make its pieces small

    _redacted(desk)
    forms = [needle.forms for needle in needles_of(desk.writer.unsearched)]
    path = tmp_path / "seam"
    whole = b"x" * 100 + STATED.encode() + b"y" * 100
    path.write_bytes(whole)

    for size in (1, 7, 64, 101, 120):
        monkeypatch.setattr(search, "_CHUNK_BYTES", size)
        read, found = search.search(path, forms)
        assert len(whole) == read
        assert 1 == len(found)


def test_words_that_another_act_says_too_are_no_leftover(desk: Desk) -> None:
    desk.act(fact("other", statement=STATED))

    _redacted(desk)

    found = _searched(desk)
    assert () == found.leftovers
    assert 1 == found.shared


def test_words_that_only_a_kept_snapshot_says_may_stand_there_and_not_in_the_log(desk: Desk) -> None:
    digest = desk.capture(f"They said: {STATED}")
    line = _redacted(desk)
    assert () == _searched(desk).leftovers

    with desk.path.with_name("test.ledger-wal").open("ab") as file:
        file.write(line.replace(line[2:24], b"." * 22))

    assert (Leftover(file="test.ledger-wal", what="text"),) == _searched(desk).leftovers
    assert desk.blobs.has(digest)


def test_a_snapshot_that_is_still_there_and_a_piece_of_it_elsewhere_are_left_over(desk: Desk) -> None:
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])
    name = digest.removeprefix("sha256:")
    (desk.path.parent / "test.ledger.d" / "blobs" / name[:2]).mkdir(exist_ok=True)
    (desk.path.parent / "test.ledger.d" / "blobs" / name[:2] / name).write_text(TEXT)
    receiving = desk.path.parent / "test.ledger.d" / "blobs" / "receiving"
    receiving.mkdir(exist_ok=True)
    (receiving / "0123456789abcdef").write_text(TEXT)

    assert {
        Leftover(file=f"test.ledger.d/blobs/{name[:2]}/{name}", what="snapshot"),
        Leftover(file="test.ledger.d/blobs/receiving/0123456789abcdef", what="text"),
    } == set(_searched(desk).leftovers)


@pytest.mark.parametrize(
    ("value", "telling"),
    [
        ("15", []),
        (15, []),
        ("disputed", []),
        ("Jane Roe", ["Jane Roe"]),
        ("2021-05-08", ["2021-05-08"]),
        ({"name": "Rodriguez", "capacity": "spokesperson"}, ["Rodriguez"]),
        (["aged thirty-four", {"absent": "not-stated"}], ["aged thirty-four", "not-stated"]),
        ("", []),
    ],
)
def test_only_telling_texts_are_looked_for_by_themselves(value: Json, telling: list[str]) -> None:
    assert telling == list(telling_texts(value))


def test_what_is_asked_for_is_in_no_argument_and_no_name_of_the_search(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess  # noqa: PLC0415  patched here

    given: list[object] = []
    run = subprocess.run

    def watched(command: list[str], **options: object) -> object:
        given.extend([*command, options["env"]])
        return run(command, **options)  # type: ignore[call-overload]  # as given

    monkeypatch.setattr(subprocess, "run", watched)
    line = _redacted(desk)

    _searched(desk)

    assert given
    assert not any(form.decode("latin-1") in str(one) for one in given for form in forms_of(line[2:24]))


def test_a_search_that_cannot_be_made_is_said_and_what_was_erased_stays_to_be_searched_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _redacted(desk)
    monkeypatch.setattr("sys.executable", "/nonexistent/python")

    with pytest.raises(StoreError, match="search has to be made again"):
        _searched(desk)

    assert [5] == [one.position for one in desk.writer.unsearched]
    desk.writer.searched(desk.writer.unsearched)
    assert [] == [one.position for one in desk.writer.unsearched]


def test_the_files_in_which_a_term_stands_are_named(desk: Desk) -> None:
    digest = desk.capture()
    quoted = cited(snapshot=digest, selector=[{"type": "TextQuoteSelector", "exact": "aged 34"}])
    desk.act(fact(citations=[quoted]))
    desk.store.truncate_wal()
    name = digest.removeprefix("sha256:")

    assert ["test.ledger", f"test.ledger.d/blobs/{name[:2]}/{name}"] == files_with("aged 34", desk.path)
    assert [] == files_with(NAME, desk.path)
