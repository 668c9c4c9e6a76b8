"""import table: a file of a data set goes in, a newer one brings exactly what differs, and the same one nothing."""

from __future__ import annotations

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
from tests.api.importing.streams import entries, records
from tests.api.importing.tables import FIRST, MAPPING, acts_of, head, import_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.importing.table import RowDone


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def test_a_table_becomes_incidents_attributes_and_the_facts_of_the_mapping(path: Path) -> None:
    answer = import_table(path, FIRST, "--published", "2021-06-01T00:00:00Z")
    acts = acts_of(path)
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
    import_table(path, FIRST)

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
    import_table(path, FIRST)
    before = head(path)
    answer = import_table(path, FIRST, "--json")

    assert (0, 0, before) == (answer.code, answer.json["acts"], head(path))


def test_a_newer_file_records_exactly_what_differs_with_both_digests(path: Path) -> None:
    import_table(path, FIRST)
    before = head(path)
    newer = FIRST.replace("Little Rock", "Conway").replace(",NA,", ",40,").replace("05/09/2021", "05/10/2021")
    import_table(path, newer)
    captured, *acts = acts_of(path, before)
    corrected = [one for one in acts if isinstance(one, FactCorrected)]
    old, new = (one.snapshot for one in acts_of(path) if isinstance(one, SnapshotCaptured))

    assert isinstance(captured, SnapshotCaptured)
    assert [(FactCorrected, 4), (FactReported, 1)] == sorted(
        ((kind, sum(isinstance(one, kind) for one in acts)) for kind in {type(one) for one in acts}), key=str
    )
    assert {f"changed upstream: {new} says otherwise than {old}"} == {one.reason for one in corrected}
    assert ["other", "wrong-place", "wrong-place", "wrong-time"] == sorted(one.class_ for one in corrected)
    assert all(one.withdraws and one.cause == "upstream-unexplained" for one in corrected)


def test_a_cosmetic_change_amends_how_it_is_written(path: Path) -> None:
    import_table(path, FIRST)
    before = head(path)
    import_table(path, FIRST.replace('"1,369"', "1369").replace("Conway", " CONWAY").replace("b|a", "a | b"))
    acts = acts_of(path, before)[1:]

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


@pytest.mark.parametrize(
    ("form", "text", "edtf"),
    [
        ("%d %B %Y", "8 May 2021", "2021-05-08"),
        ("%B %Y", "May 2021", "2021-05"),
        ("%y", "21", "2021"),
        ("%Y-%j", "2021-128", "2021-05-08"),
        ("%G-W%V-%u", "2021-W18-6", "2021-05-08"),
        ("%m/%d/%y %H:%M", "05/08/21 23:59", "2021-05-08"),
    ],
)
def test_a_date_says_no_more_than_its_format_has(path: Path, form: str, text: str, edtf: str) -> None:
    mapping = MAPPING.replace("%m/%d/%Y", form)
    import_table(path, f"Unique ID,Name,Date\n1,Ann Roe,{text}\n", mapping=mapping)
    told = {
        one.fact: one.content
        for one in acts_of(path)
        if isinstance(one, FactReported) and one.content.occurred
    }
    values = [one.content.details.get("value") for one in acts_of(path) if isinstance(one, FactReported)]

    assert ["death"] == list(told)
    assert told["death"].occurred is not None
    assert (edtf, True) == (told["death"].occurred.edtf, edtf in values)
    assert text == records(path, dataset="deaths")["1"]["Date"]


_EXACT = (
    MAPPING.replace('compare = "number"', "").replace('compare = "words"', "").replace('compare = "list"', "")
)


@pytest.mark.parametrize(("one", "other"), [(MAPPING, _EXACT), (_EXACT, MAPPING)], ids=range(2))
def test_another_mapping_of_the_same_cells_is_no_change_of_upstream(path: Path, one: str, other: str) -> None:
    import_table(path, FIRST, mapping=one)
    before = records(path, dataset="deaths")
    same = import_table(path, FIRST, "--json", mapping=other)
    more = import_table(path, FIRST + "3,Cy Poe,7,Conway,,,,\n", "--json", mapping=other)

    assert (0, 0, 6) == (same.code, same.json["acts"], more.json["acts"])
    assert before == {key: one for key, one in records(path, dataset="deaths").items() if key != "3"}


def test_what_is_written_otherwise_is_amended_though_another_mapping_read_it_before(path: Path) -> None:
    import_table(path, FIRST, mapping=_EXACT)
    before = head(path)
    import_table(path, FIRST.replace('"1,369"', "1369").replace("Little Rock", "LITTLE ROCK"))
    acts = [one for one in acts_of(path, before)[1:] if isinstance(one, FactAmended | FactCorrected)]

    assert [(FactAmended, "Age"), (FactAmended, "city"), (FactCorrected, "death")] == [
        (type(one), {"f2": "Age", "f3": "city"}.get(one.fact, one.fact)) for one in acts
    ]
    assert ("1369", "LITTLE ROCK") == tuple(
        records(path, dataset="deaths")["1"][name] for name in ("Age", "city")
    )


def test_another_statement_of_the_mapping_is_our_reading_and_not_upstreams(path: Path) -> None:
    import_table(path, FIRST)
    before = head(path)
    import_table(path, FIRST, mapping=MAPPING.replace("lists the death of", "says of the death of"))
    acts = acts_of(path, before)
    digest = next(one.snapshot for one in acts_of(path) if isinstance(one, SnapshotCaptured))

    assert 2 == len(acts)
    assert {("wording", "our-misreading", f"the mapping reads {digest} otherwise")} == {
        (one.class_, one.cause, one.reason) for one in acts if isinstance(one, FactCorrected)
    }


def test_rows_and_columns_that_go_are_retracted_and_come_back(path: Path) -> None:
    import_table(path, FIRST, "--published", "2020")
    fewer = "Unique ID,Name,Town\n1,Ann Roe,Little Rock\n"
    import_table(path, fewer, "--published", "2021")
    then = records(path, dataset="deaths")
    before = head(path)
    answer = import_table(path, FIRST, "--published", "2022-01-01", "--json")
    acts = acts_of(path, before)

    assert {"1": {"Name": "Ann Roe", "city": "Little Rock"}} == then
    assert 0 == answer.code
    assert {SnapshotCaptured, FactReinstated, FactCorrected} == {type(one) for one in acts}
    assert 2 == len(records(path, dataset="deaths"))


def test_a_column_that_appears_is_reported(path: Path) -> None:
    import_table(path, FIRST)
    before = head(path)
    lines = FIRST.splitlines()
    import_table(path, "\n".join([lines[0] + ",Agency", lines[1] + ",City police", lines[2] + ",", ""]))

    assert [SnapshotCaptured, FactReported] == [type(one) for one in acts_of(path, before)]


def test_an_older_file_is_refused_unless_it_is_said_to_be_out_again(path: Path) -> None:
    import_table(path, FIRST)
    import_table(path, FIRST.replace("Ann", "Anna"))
    answer = import_table(path, FIRST)

    assert 3 == answer.code
    assert "this file was imported before, and another one after it" in answer.err
    assert "Anna Roe" == records(path, dataset="deaths")["1"]["Name"]


@pytest.mark.parametrize(
    "published", [("--published", "2021"), ("--published", "2021-06-01T00:00:00Z"), ()], ids=range(3)
)
def test_a_version_that_was_published_before_the_one_that_stands_is_refused(
    path: Path, published: tuple[str, ...]
) -> None:
    newer = FIRST.replace("Ann", "Anna")
    import_table(path, newer, *published)
    before = head(path)
    answer = import_table(path, FIRST, "--published", "2020")
    same = import_table(path, newer, *published)

    assert (3, 0) == (answer.code, same.code)
    assert "this version was published before the one that stands, which was by 202" in answer.err
    assert before == head(path)


@pytest.mark.parametrize("published", ["2999", "2999-01-01", "2999-01-01T00:00:00Z"])
def test_a_version_that_is_yet_to_be_put_out_is_refused(path: Path, published: str) -> None:
    answer = import_table(path, FIRST, "--published", published)

    assert (2, False) == (answer.code, path.exists())
    assert "--published: lies in the future: it cannot be when this was put out\n" == answer.err


@pytest.mark.parametrize("published", ["2021/..", "../2021"])
def test_a_version_may_be_put_out_at_a_time_that_is_open_on_a_side(path: Path, published: str) -> None:
    assert 0 == import_table(path, FIRST, "--published", published).code


def test_versions_of_one_time_are_the_last_one_of_them(path: Path) -> None:
    import_table(path, FIRST, "--published", "2021")
    answer = import_table(path, FIRST.replace("Ann", "Anna"), "--published", "2021")

    assert 0 == answer.code, answer.err
    at = ("--public-at", "2022-01-02T00:00:00Z")
    assert "Anna Roe" == records(path, *at, dataset="deaths")["1"]["Name"]


def test_an_import_that_was_cut_short_is_gone_on_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "Unique ID,Name\n" + "".join(f"{number},n{number}\n" for number in range(60))
    whole = path.with_name("whole.ledger")
    import_table(whole, table)
    monkeypatch.setattr("api.importing.table.BATCH_COMMANDS", 20)
    record, batches = TableImport._record, 0

    def failing(self: TableImport, *given: Any) -> Iterator[RowDone]:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise StoreError("the disk is full")
        yield from record(self, *given)

    monkeypatch.setattr(TableImport, "_record", failing)
    cut = import_table(path, table)
    some = len(records(path, dataset="deaths"))
    again = import_table(path, table)

    assert (4, 0) == (cut.code, again.code)
    assert 0 < some < 60
    assert len(entries(whole)) == len(entries(path))
    assert records(whole, dataset="deaths") == records(path, dataset="deaths")


def test_a_dry_run_records_nothing(path: Path) -> None:
    tried = import_table(path, FIRST, "--dry-run", "--json").json

    assert not path.exists()
    assert tried["acts"] == import_table(path, FIRST, "--json").json["acts"]
