"""import table: a file of a data set goes in, a newer one brings exactly what differs, and the same one nothing."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from api.importing.table import TableImport
from ledger.errors import StoreError
from ledger.events import (
    FactAmended,
    FactCorrected,
    FactReinstated,
    FactReported,
    IncidentOpened,
    SnapshotCaptured,
)
from tests.api.command_line import ask
from tests.api.importing.streams import entries, records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.importing.table import RowDone
    from ledger.events import Act
    from tests.api.command_line import Answer

MAPPING = """
dataset = "deaths"
id = "Unique ID"
title = "{Name}, {City}"
zone = "America/Chicago"
empty = ["NA"]

[columns."Unique ID"]
ignore = true

[columns.Age]
compare = "number"
correction = "wrong-number"

[columns.Tags]
compare = "list"
separator = "|"

[columns."City"]
was = ["Town"]
name = "city"
compare = "words"
correction = "wrong-place"

[columns.Date]
compare = "date"
formats = ["%m/%d/%Y"]

[[facts]]
id = "death"
kind = "death"
statement = "The data set lists the death of {Name}."
time = {columns = ["Date"], formats = ["%m/%d/%Y"]}
place = {columns = ["City"], lon = "Lon", lat = "Lat"}
"""
FIRST = '''Unique ID,Name,Age,City,Date,Tags,Lon,Lat
1,Ann Roe,"1,369",Little Rock,05/08/2021,b|a,-92.3,34.7
2,"Roe, ""Bob""",NA,Conway,05/09/2021,,,
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def _import(path: Path, table: str | bytes, *more: object, mapping: str = MAPPING) -> Answer:
    file = path.with_name("mapping.toml")
    file.write_text(mapping, "utf-8")
    data = table.encode() if isinstance(table, str) else table
    return ask("import", "table", "-", "--mapping", file, "--ledger", path, *more, stdin=data)


def _acts(path: Path, after: int = 0) -> list[Act]:
    return [one.body for one in entries(path) if one.position > after]


def _head(path: Path) -> int:
    return entries(path)[-1].position


def test_a_table_becomes_incidents_attributes_and_the_facts_of_the_mapping(path: Path) -> None:
    answer = _import(path, FIRST, "--published", "2021-06-01T00:00:00Z")
    acts = _acts(path)
    death = next(one for one in acts if isinstance(one, FactReported) and one.fact == "death")

    assert "deaths: 2 rows compared, 2 records differ" in answer.out
    assert ["Ann Roe, Little Rock", 'Roe, "Bob", Conway'] == [
        one.title for one in acts if isinstance(one, IncidentOpened)
    ]
    values = {
        (one.content.details["name"], str(one.content.details["value"]), one.content.details.get("as_stated"))
        for one in acts
        if isinstance(one, FactReported) and one.content.slug == "attribute"
    }
    assert {
        ("Name", "Ann Roe", None),
        ("Age", "1369", "1,369"),
        ("city", "little rock", "Little Rock"),
        ("Date", "2021-05-08", "05/08/2021"),
        ("Tags", "['a', 'b']", "b|a"),
        ("Lon", "-92.3", None),
        ("Lat", "34.7", None),
        ("Name", 'Roe, "Bob"', None),
        ("city", "conway", "Conway"),
        ("Date", "2021-05-09", "05/09/2021"),
    } == values
    assert ("death@1", "The data set lists the death of Ann Roe.") == (
        death.content.kind,
        death.content.statement,
    )
    assert death.content.occurred is not None
    assert ("2021-05-08", "05/08/2021") == (death.content.occurred.edtf, death.content.occurred.as_stated)
    assert ("Little Rock", "-92.3") == (death.content.places[0].as_stated, death.content.places[0].lon)
    assert {} == records(path, "--public-at", "2021-05-31T00:00:00Z", dataset="deaths")


def test_what_comes_out_is_as_the_table_has_it(path: Path) -> None:
    _import(path, FIRST)

    assert {
        "Name": "Ann Roe",
        "Age": "1,369",
        "city": "Little Rock",
        "Date": "05/08/2021",
        "Tags": "b|a",
        "Lon": "-92.3",
        "Lat": "34.7",
    } == records(path, dataset="deaths")["1"]


def test_the_same_file_twice_records_nothing(path: Path) -> None:
    _import(path, FIRST)
    head = _head(path)
    answer = _import(path, FIRST, "--json")

    assert (0, 0, head) == (answer.code, answer.json["acts"], _head(path))


def test_a_newer_file_records_exactly_what_differs_with_both_digests(path: Path) -> None:
    _import(path, FIRST)
    head = _head(path)
    newer = FIRST.replace("Little Rock", "Conway").replace(",NA,", ",40,").replace("05/09/2021", "05/10/2021")
    _import(path, newer)
    captured, *acts = _acts(path, head)
    corrected = [one for one in acts if isinstance(one, FactCorrected)]
    old, new = (one.snapshot for one in _acts(path) if isinstance(one, SnapshotCaptured))

    assert isinstance(captured, SnapshotCaptured)
    assert [(FactCorrected, 4), (FactReported, 1)] == sorted(
        ((kind, sum(isinstance(one, kind) for one in acts)) for kind in {type(one) for one in acts}), key=str
    )
    assert {f"changed upstream: {new} says otherwise than {old}"} == {one.reason for one in corrected}
    assert ["other", "wrong-place", "wrong-place", "wrong-time"] == sorted(one.class_ for one in corrected)
    assert all(one.withdraws and one.cause == "upstream-unexplained" for one in corrected)


def test_a_cosmetic_change_amends_how_it_is_written(path: Path) -> None:
    _import(path, FIRST)
    head = _head(path)
    _import(path, FIRST.replace('"1,369"', "1369").replace("Conway", " CONWAY").replace("b|a", "a | b"))
    acts = _acts(path, head)[1:]

    # The words of the place in the fact of kind death are another matter: they are what that fact says.
    amended = [one for one in acts if isinstance(one, FactAmended)]
    assert [
        {"details/as_stated": "1369"},
        {"details/as_stated": "a | b"},
        {"details/as_stated": " CONWAY"},
    ] == [one.set for one in amended]
    assert all(len(one.citations) == 1 for one in amended)
    assert 1 == len(acts) - len(amended)
    assert "1369" == records(path, dataset="deaths")["1"]["Age"]


def test_rows_and_columns_that_go_are_retracted_and_come_back(path: Path) -> None:
    _import(path, FIRST)
    fewer = "Unique ID,Name,Town\n1,Ann Roe,Little Rock\n"
    _import(path, fewer)
    then = records(path, dataset="deaths")
    head = _head(path)
    answer = _import(path, FIRST, "--published", "2022-01-01", "--json")
    acts = _acts(path, head)

    assert {"1": {"Name": "Ann Roe", "city": "Little Rock"}} == then
    assert 0 == answer.code
    assert {SnapshotCaptured, FactReinstated, FactCorrected} == {type(one) for one in acts}
    assert 2 == len(records(path, dataset="deaths"))


def test_a_column_that_appears_is_reported(path: Path) -> None:
    _import(path, FIRST)
    head = _head(path)
    lines = FIRST.splitlines()
    _import(path, "\n".join([lines[0] + ",Agency", lines[1] + ",City police", lines[2] + ",", ""]))

    assert [SnapshotCaptured, FactReported] == [type(one) for one in _acts(path, head)]


def test_an_older_file_is_refused_unless_it_is_said_to_be_out_again(path: Path) -> None:
    _import(path, FIRST)
    _import(path, FIRST.replace("Ann", "Anna"))
    answer = _import(path, FIRST)

    assert 3 == answer.code
    assert "this file was imported before, and another one after it" in answer.err
    assert "Anna Roe" == records(path, dataset="deaths")["1"]["Name"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "line 1: refused: there is no row of headings"),
        ("Name\nx\n", "line 1: refused: there is no column 'Unique ID'"),
        ("Unique ID,a,a\n", "line 1: refused: the heading 'a' stands twice"),
        ("Unique ID,\n", "line 1: refused: column 2 has no heading"),
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
    ids=range(15),
)
def test_a_table_with_a_fault_is_refused_whole_with_its_line(
    path: Path, table: str | bytes, told: str
) -> None:
    _import(path, FIRST)
    head = _head(path)
    answer = _import(path, table)

    assert 3 == answer.code
    assert told in answer.err, answer.err
    assert head == _head(path)


def test_a_byte_order_mark_carriage_returns_and_gzip_are_no_fault(path: Path) -> None:
    data = b"\xef\xbb\xbf" + FIRST.replace("\n", "\r\n").encode()
    _import(path, FIRST)
    before = records(path, dataset="deaths")
    answer = _import(path, gzip.compress(data), "--json")

    # Other bytes, and so another snapshot; nothing that they say differs.
    assert (0, 0) == (answer.code, answer.json["acts"])
    assert before == records(path, dataset="deaths")


def test_a_row_that_the_ledger_refuses_does_not_stop_the_others(path: Path) -> None:
    answer = _import(path, f"Unique ID,Name\n1,{'x' * 300_000}\n2,y\n")

    assert 3 == answer.code
    assert "line 2: refused: " in answer.err
    assert {"2": {"Name": "y"}} == records(path, dataset="deaths")


def test_an_import_that_was_cut_short_is_gone_on_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "Unique ID,Name\n" + "".join(f"{number},n{number}\n" for number in range(60))
    whole = path.with_name("whole.ledger")
    _import(whole, table)
    monkeypatch.setattr("api.importing.table.BATCH_COMMANDS", 20)
    record, batches = TableImport._record, 0

    def failing(self: TableImport, *given: Any) -> Iterator[RowDone]:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise StoreError("the disk is full")
        yield from record(self, *given)

    monkeypatch.setattr(TableImport, "_record", failing)
    cut = _import(path, table)
    some = len(records(path, dataset="deaths"))
    again = _import(path, table)

    assert (4, 0) == (cut.code, again.code)
    assert 0 < some < 60
    assert len(entries(whole)) == len(entries(path))
    assert records(whole, dataset="deaths") == records(path, dataset="deaths")


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
        (
            'dataset = "x"\nid = "a"\n[[facts]]\nid = "f1"\nkind = "death"\nstatement = "x"',
            "/facts/0/id: is taken",
        ),
        (
            'dataset = "x"\nid = "a"\n[[facts]]\nid = "y"\nkind = "record"\nstatement = "x"',
            "/facts/0/kind: is made",
        ),
    ],
    ids=range(10),
)
def test_a_mapping_that_is_none_is_told(path: Path, mapping: str, told: str) -> None:
    answer = _import(path, FIRST, mapping=mapping)

    assert 2 == answer.code
    assert told in answer.err, answer.err
    assert not path.exists()


def test_a_dry_run_records_nothing(path: Path) -> None:
    tried = _import(path, FIRST, "--dry-run", "--json").json

    assert not path.exists()
    assert tried["acts"] == _import(path, FIRST, "--json").json["acts"]


def test_columns_without_a_heading_are_passed_over_where_the_others_are(path: Path) -> None:
    mapping = MAPPING.replace("zone =", 'others = "ignore"\nzone =')
    table = "Unique ID,,Age,\n1,a,7,b\n"
    refused = _import(path, table)
    taken = _import(path, table, mapping=mapping)

    assert (3, True) == (refused.code, "line 1: refused: column 2 has no heading" in refused.err)
    assert 0 == taken.code, taken.err
    assert {"1": {"Age": "7"}} == records(path, dataset="deaths")
