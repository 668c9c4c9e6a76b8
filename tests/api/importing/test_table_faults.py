"""import table: what is wrong with a file or its mapping is told with its line, and what only looks so is taken."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import ask
from tests.api.importing.streams import records
from tests.api.importing.tables import FIRST, MAPPING, head, import_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "line 1: refused: there is no row of headings"),
        (
            "Name\nx\n",
            "line 1: refused: there is no column 'Unique ID', which the mapping has for the id; there are 'Name'\n",
        ),
        ("Unique ID,a,a\n", "line 1: refused: the heading 'a' stands twice"),
        ("Unique ID,\n1,\n2,x\n", "line 3: refused: the line has a value in column 2, which has no heading"),
        (
            f"Unique ID,{'x' * 201}\n",
            "line 1: refused: the heading of column 2 has 201 characters; a field's name has at most 200",
        ),
        ("Unique ID,a\n1,x,,y\n", "line 2: refused: the line has 4 cells, and the headings are 2"),
        (
            "Unique ID,City,Town\n",
            "line 1: refused: the column 'Town' and another one are both the field 'city'",
        ),
        ('Unique ID,a\n1,"x\ny"\n2\n', "line 4: refused: the line has 1 cells, and the headings are 2"),
        ("Unique ID,a\n1,x\n\n1,y\n", "line 4: refused: the id '1' stands in line 2 already"),
        ("Unique ID,a\n1,x\n ,y\n", "line 3: refused: the line has no id: 'Unique ID' is empty"),
        ("Unique ID,a\n1,x\nNA,y\n", "line 3: refused: the line has no id: 'Unique ID' is empty"),
        (b"Unique ID,a\n1,caf\xe9\n", "line 2: refused: byte 6 of the line is not UTF-8"),
        ("Unique ID,a\n1,x\0\n", "line 2: refused: the line has the character U+0000"),
        (
            "\ufeffUnique ID,a\n1,x\n".encode("utf-16"),
            "line 1: refused: the file is UTF-16; save it as UTF-8",
        ),
        ('Unique ID,a\n1,"x\n2,y\n', "line 2: refused: a quotation mark is opened and never closed"),
        ('Unique ID,a\n1,"x"y\n', "line 2: refused: the line is not quoted as CSV is"),
        (b"Unique ID,a\r1,x\r", "line 1: refused: the line has a carriage return without a line feed"),
    ],
    ids=range(17),
)
def test_a_table_with_a_fault_is_refused_whole_with_its_line(
    path: Path, table: str | bytes, told: str
) -> None:
    import_table(path, FIRST)
    before = head(path)
    answer = import_table(path, table)

    assert 3 == answer.code
    assert told in answer.err, answer.err
    assert before == head(path)


def test_a_byte_order_mark_carriage_returns_and_gzip_are_no_fault(path: Path) -> None:
    data = b"\xef\xbb\xbf" + FIRST.replace("\n", "\r\n").encode()
    import_table(path, FIRST)
    before = records(path, dataset="deaths")
    answer = import_table(path, gzip.compress(data), "--json")

    # Other bytes, and so another snapshot; nothing that they say differs.
    assert (0, 0) == (answer.code, answer.json["acts"])
    assert before == records(path, dataset="deaths")


def test_a_row_that_the_ledger_refuses_does_not_stop_the_others(path: Path) -> None:
    answer = import_table(path, f"Unique ID,Name\n1,{'x' * 300_000}\n2,y\n")

    assert 3 == answer.code
    assert "line 2: refused: " in answer.err
    assert {"2": {"Name": "y"}} == records(path, dataset="deaths")


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("", "missing required field `dataset`"),
        ("=", "is not TOML"),
        ('dataset = "x"\nid = []', "/id: names at least one column"),
        ('dataset = "x"\nid = "a"\nzone = "Rome"', "/zone: "),
        ('dataset = "x"\nid = "a"\ncolumn = 1', "unknown field `column`"),
        ('dataset = "x"\nid = "a"\ndelimiter = ";;"', "/delimiter: is one character"),
        ('dataset = "x"\nid = "a"\n[columns.b]\ncompare = "roughly"', "Invalid enum value 'roughly'"),
        (
            'dataset = "x"\nid = "a"\n[columns.b]\nformats = ["%Q"]',
            "/columns/b/formats: is no format of dates",
        ),
        ('dataset = "x"\nid = ["a", "a"]', "/id: names a column twice"),
        ('dataset = "x"\nid = "a"\ntitle = "{a"', "/title: has a brace that does not enclose"),
        ('dataset = "x"\nid = "a"\nothers = "keep"', "at `others`; it is one of exact, ignore"),
        (
            'dataset = "x"\nid = "a"\n[columns.b]\n[columns.c]\ncompare = "Number"',
            "'Number' - at `columns.c.compare`; it is one of exact, words, number, date, list",
        ),
        (
            'dataset = "x"\nid = "a"\n[columns.b]\n[columns."c d"]\ncompre = 1',
            "unknown field `compre` - at `columns.c d`",
        ),
        *(
            (
                f'dataset = "x"\nid = "a"\n[columns.b]\nformats = ["%d.%m.%Y", "{form}"]',
                "/columns/b/formats: is no format of dates",
            )
            for form in ("MM/DD/YYYY", "%m/%d", "%d %Y", "%G-%V", "%H:%M", "")
        ),
        *(
            (
                f'dataset = "x"\nid = "a"\n[[facts]]\nid = "y"\nkind = "death"\n{more}',
                f"/facts/0/{told}",
            )
            for more, told in (
                ('statement = " "', "statement: must not be empty"),
                ('statement = "In {}."', "statement: has a brace"),
                ('statement = "x"\ntime = {columns = []}', "time/columns: names at least one column"),
                ('statement = "x"\nplace = {}', "place/columns: names at least one column"),
                ('statement = "x"\nplace = {lon = "b"}', "place: a point has both lon and lat"),
            )
        ),
        (
            'dataset = "x"\nid = "a"\n[[facts]]\nid = "f1"\nkind = "death"\nstatement = "x"',
            "/facts/0/id: is taken",
        ),
        (
            'dataset = "x"\nid = "a"\n[[facts]]\nid = "y"\nkind = "record"\nstatement = "x"',
            "/facts/0/kind: is made",
        ),
    ],
    ids=range(26),
)
def test_a_mapping_that_is_none_is_told(path: Path, mapping: str, told: str) -> None:
    answer = import_table(path, FIRST, mapping=mapping)

    assert 2 == answer.code
    assert told in answer.err, answer.err
    assert not path.exists()


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        ('kind = "deaht"', "facts/0/kind: kind 'deaht' is not in this ledger; did you mean death?"),
        ('kind = "drag"\ndetails = {dragged = "Name"}', "facts/0/details/dragged: drag@1 has no such detail"),
    ],
)
def test_facts_of_a_mapping_that_every_row_would_be_refused_for_are_told_once(
    path: Path, fact: str, told: str
) -> None:
    answer = import_table(path, FIRST, mapping=MAPPING.replace('kind = "death"', fact))

    assert (2, "", False) == (answer.code, answer.out, path.exists())
    assert told in answer.err
    assert 1 == answer.err.count("refused") + answer.err.count("--mapping: ")


def test_a_mapping_may_name_a_kind_of_the_users_own(path: Path) -> None:
    schema = {"type": "object", "additionalProperties": False, "properties": {}}
    kind = {"slug": "sighting", "version": 1, "label": "Sighting", "definition": "Seen.", "schema": schema}
    mapping = MAPPING.replace('kind = "death"', 'kind = "sighting"')
    registered = ask("append", "--ledger", path, stdin=json.dumps({"op": "register-kind", **kind}).encode())

    assert 0 == registered.code, registered.err
    assert 0 == import_table(path, FIRST, mapping=mapping).code


def test_a_mapping_may_begin_with_a_byte_order_mark(path: Path) -> None:
    assert 0 == import_table(path, FIRST, mapping="\ufeff" + MAPPING).code


def test_a_table_whose_gzip_is_damaged_is_told_and_nothing_is_recorded(path: Path) -> None:
    answer = import_table(path, gzip.compress(FIRST.encode())[:-20])

    assert (1, False) == (answer.code, path.exists())
    assert "standard input: what is gzipped is damaged, or ends too early\n" == answer.err


def test_a_table_that_is_too_large_is_refused_before_its_rows_are_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("table", "table_command"):
        monkeypatch.setattr(f"api.importing.{module}.DOCUMENT_LIMIT", 1_000)
    taken = import_table(path, FIRST)
    before = head(path)
    answer = import_table(path, gzip.compress(FIRST.encode() + b"\n" * 100_000_000))

    assert (0, 3, before) == (taken.code, answer.code, head(path))
    assert "refused: the table has more than 1000 bytes, which is the most that is kept\n" == answer.err


def test_cells_and_rows_in_which_nothing_stands_say_nothing(path: Path) -> None:
    table = "Unique ID,Age,,\n1,7,, \n,,,\n2,8,,,,\n,\n , ,,\n"
    answer = import_table(
        path, table, mapping='dataset = "deaths"\nid = "Unique ID"\n[columns."Unique ID"]\nignore = true'
    )

    assert (0, "") == (answer.code, answer.err)
    assert {"1": {"Age": "7"}, "2": {"Age": "8"}} == records(path, dataset="deaths")


def test_a_heading_may_stand_twice_where_nothing_is_made_of_it(path: Path) -> None:
    mapping = MAPPING.replace("zone =", 'others = "ignore"\nzone =')
    taken = import_table(path, "Unique ID,x,Age,x\n1,a,7,b\n", mapping=mapping)
    refused = import_table(path, "Unique ID,Lon,Age,Lon\n1,1,8,2\n", mapping=mapping)

    assert 0 == taken.code, taken.err
    assert (3, True) == (refused.code, "line 1: refused: the heading 'Lon' stands twice" in refused.err)
    assert {"1": {"Age": "7"}} == records(path, dataset="deaths")


def test_columns_without_a_heading_are_passed_over_where_the_others_are(path: Path) -> None:
    mapping = MAPPING.replace("zone =", 'others = "ignore"\nzone =')
    table = "Unique ID,,Age,\n1,a,7,b\n"
    refused = import_table(path, table)
    taken = import_table(path, table, mapping=mapping)

    assert (3, True) == (
        refused.code,
        "line 2: refused: the line has a value in column 2, which has no heading" in refused.err,
    )
    assert 0 == taken.code, taken.err
    assert {"1": {"Age": "7"}} == records(path, dataset="deaths")


def test_a_column_that_the_mapping_names_and_no_version_had_is_told(path: Path) -> None:
    mistyped = MAPPING.replace("{Name}.", "{Nmae}.").replace("[columns.Age]", "[columns.Agee]")
    answer = import_table(path, FIRST, mapping=mistyped)
    told = "no column {!r}, which the mapping names: what it makes of it is left out"

    assert 0 == answer.code
    for column in ("Nmae", "Agee"):
        assert told.format(column) in answer.err, answer.err
    assert 2 == answer.err.count("no column ")
    # Nothing is made of a column that is ignored, whether it is there or not.
    ignored = MAPPING + "[columns.Notes]\nignore = true\n"
    assert "no column" not in import_table(path, FIRST, mapping=ignored).err
    assert "no column" not in import_table(path, FIRST).err
