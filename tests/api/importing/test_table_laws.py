"""A law of tables: each version comes out as its file has it, by import table and by import git, and the same one records nothing."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.api.command_line import ask
from tests.api.importing.git_tables import git, make_repository
from tests.api.importing.streams import State, records
from tests.api.importing.tables import import_table, told_of_missing

MAPPING = """
dataset = "deaths"
id = "id"
title = "{x}"
empty = ["NA"]
[columns.n]
compare = "number"
[columns.w]
compare = "words"
[columns.d]
compare = "date"
formats = ["%m/%d/%Y"]
[columns.l]
compare = "list"
[[facts]]
id = "death"
kind = "death"
statement = "The data set lists {id}."
time = {columns = ["d"], formats = ["%m/%d/%Y"]}
place = {columns = ["w"]}
"""
_NAMED = frozenset("nwdlx")
_IDS = ("1", "01", "A", "a", "é", "e\u0301", "=1\n2")
_CELLS = {
    "n": ("1,369", "1369", " 1369.0", "5", "unknown", "-0", "0", ""),
    "w": ("Little Rock", "LITTLE  rock", "Conway", "\u201cx\u201d", '"x"', "NA", ""),
    "d": ("05/08/2021", "2021-05-08", "5/9/2021", "2021-05", "May", ""),
    "l": ("a;b", "b; a", "a", ";", ""),
    "x": ("x", " x", "a\r\nb", 'a,"b"', "=1+1", "\u200b", "y" * 700, " ", ""),
}
_HISTORY = [
    b"id,n,d,x\n1,5,05/08/2021,x\n2,6,,y\n",
    b"id,n,d,w,l\n2,7,,Conway,b\n",
    b"id,n,d,x\n1,5,05/08/2021,x\n2,6,,y\n",
    b'id,n,w\n1,5,Conway\n3,"1,369",x\n',
]
"""Rows and columns go and come back, a version is out again, and what no version after the third has others had."""

_Rows = dict[str, dict[str, str]]


@st.composite
def versions(draw: st.DrawFn) -> list[bytes]:
    """Files of one table: rows and columns come, go and move, and the bytes around them differ."""
    found: list[bytes] = []
    rows: _Rows = {}
    for _ in range(draw(st.integers(1, 4))):
        gone = draw(st.lists(st.sampled_from(_IDS), max_size=1))
        rows = {ident: dict(row) for ident, row in rows.items() if ident not in gone}
        for ident in draw(st.lists(st.sampled_from(_IDS), max_size=4)):
            column = draw(st.sampled_from(sorted(_CELLS)))
            rows.setdefault(ident, {})[column] = draw(st.sampled_from(_CELLS[column]))
        columns = draw(st.lists(st.sampled_from(["id", *_CELLS]), unique=True, min_size=3))
        headings = columns if "id" in columns else [*columns, "id"]
        found.append(draw(st.sampled_from((b"", b"\xef\xbb\xbf"))) + _file(draw, headings, rows))
    return found


def _file(draw: st.DrawFn, headings: list[str], rows: _Rows) -> bytes:
    blank = [""] * draw(st.integers(0, 2))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=draw(st.sampled_from(("\n", "\r\n"))))
    writer.writerow([*headings, *blank])
    for ident in draw(st.permutations(sorted(rows))):
        cells = {"id": ident, **rows[ident]}
        writer.writerow([cells.get(one, "") for one in headings] + blank)
    if draw(st.booleans()):
        writer.writerow([""] * len(headings))
    return file.getvalue().encode()


def _state(version: bytes) -> State:
    """What stands in a file: each cell as it is written, but for those that are empty."""
    rows = csv.DictReader(io.StringIO(version.decode("utf-8-sig"), newline=""))
    return {
        row["id"]: {name: cell for name, cell in row.items() if name and cell.strip() not in ("", "NA")}
        for row in rows
        if row["id"]
    }


def _missing(version: bytes) -> frozenset[str]:
    """The columns that the mapping names and a file has not."""
    headings = csv.DictReader(io.StringIO(version.decode("utf-8-sig"), newline="")).fieldnames
    return _NAMED.difference(headings or ())


@settings(max_examples=max(1, settings().max_examples // 5))  # each makes a ledger and asks it a dozen times
@given(versions())
def test_every_version_of_a_table_comes_out_as_it_was(files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.ledger"
        for day, version in enumerate(files, 1):
            new = import_table(path, version, "--published", f"2021-03-{day:02}T00:00:00Z", mapping=MAPPING)
            same = import_table(path, version, "--json", mapping=MAPPING)
            told = told_of_missing(_missing(version))
            assert (0, told, 0, told, 0) == (new.code, new.err, same.code, same.err, same.json["acts"])
        for day, version in enumerate(files, 1):
            at = ("--public-at", f"2021-03-{day:02}T12:00:00Z")
            assert _state(version) == records(path, *at, dataset="deaths"), day


@settings(max_examples=max(1, settings().max_examples // 20))  # each makes a repository as well
@example(_HISTORY, 1)
@example(_HISTORY, 2)
@given(versions(), st.integers(0, 3))
def test_every_version_in_a_repository_comes_out_as_it_was(files: list[bytes], first: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, mapping = Path(folder) / "desk.ledger", Path(folder) / "mapping.toml"
        mapping.write_text(MAPPING, "utf-8")
        repository, begun = make_repository(Path(folder) / "repository", []), 0
        for number, version in enumerate(files):
            (repository / "cases.csv").write_bytes(version)
            git(repository, "add", ".")
            git(repository, "commit", "--allow-empty", "-m", "x", at=f"2021-03-0{number + 1}T12:00:00+01:00")
            if number in (first, len(files) - 1):
                asked = ("--path", "cases.csv", "--mapping", mapping, "--ledger", path)
                answer = ask("import", "git", repository, *asked)
                missing = [_missing(one) for one in files[begun : number + 1]]
                assert (0, told_of_missing(frozenset.intersection(*missing))) == (answer.code, answer.err)
                begun = number
        for number, version in enumerate(files):
            at = ("--public-at", f"2021-03-0{number + 1}T11:00:00Z")
            assert _state(version) == records(path, *at, dataset="deaths"), number
