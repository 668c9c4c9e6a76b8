"""What a CSL-JSON item becomes in the ledger, member by member, and what is refused of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import pytest

from ledger.errors import ConflictError, InvalidError
from ledger.terms import SourceKind
from ledger.values import Absent
from ledger.when import Published, read_published
from projections.citing.csl import field_in_item, read_description, register_body
from projections.citing.csl_file import split_items
from projections.citing.csl_item import written_item
from projections.citing.csl_types import CSL_TYPES, kind_of, with_kind
from projections.citing.described import Described
from projections.citing.registered import Registered
from tests.project_files import ROOT

if TYPE_CHECKING:
    from ledger.values import Json

ITEM: dict[str, Json] = {
    "id": "http://zotero.org/users/1/items/ABCD2345",
    "type": "article-newspaper",
    "title": "Tram hits <i>van</i> at Quay Cross",
    "container-title": "The Harbour Courier",
    "publisher": "Harbour Press",
    "author": [{"family": "Lund", "given": "Mia"}, {"literal": "The News Desk"}],
    "issued": {"date-parts": [["2024", 3, 3]]},
    "accessed": {"date-parts": [["2024", 3, 4]]},
    "URL": "https://courier.example/tram",
    "language": "en",
    "citation-key": "lundTram2024",
}


def test_an_item_of_zotero_becomes_the_command_that_registers_it() -> None:
    expected = {
        "op": "register-source",
        "kind": "article",
        "title": "Tram hits van at Quay Cross",
        "publisher": "The Harbour Courier",
        "authors": ["Mia Lund", "The News Desk"],
        "url": "https://courier.example/tram",
        "published": {"edtf": "2024-03-03"},
        "language": "en",
        "csl": ITEM,
    }

    assert expected == register_body(ITEM)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"id": "tram-2024"}, "tram-2024"),
        ({"id": 17}, "17"),
        ({"citation-key": "lund2024"}, "lund2024"),
        ({"id": "Tram 2024"}, None),
    ],
)
def test_the_id_is_the_items_where_it_is_an_id_of_the_ledger(
    members: dict[str, Json], expected: str | None
) -> None:
    assert expected == register_body({**ITEM, **members}).get("id")
    assert "id" not in register_body({**ITEM, **members}, own_id=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"family": "Beethoven", "given": "Ludwig", "non-dropping-particle": "van"}, "Ludwig van Beethoven"),
        ({"family": "Aubigné", "given": "Agrippa", "non-dropping-particle": "d’"}, "Agrippa d’Aubigné"),
        ({"family": "Humboldt", "given": "Alexander", "dropping-particle": "von"}, "Alexander von Humboldt"),
        ({"family": "King", "given": "Martin", "suffix": "Jr.", "comma-suffix": True}, "Martin King, Jr."),
        ({"family": "Tudor", "given": "Henry", "suffix": "VIII"}, "Henry Tudor VIII"),
        ({"family": "Plato"}, "Plato"),
        ({"literal": "Port Police"}, "Port Police"),
    ],
)
def test_a_name_is_read_out_with_its_particles_and_suffix(name: Json, expected: str) -> None:
    assert [expected] == read_description({**ITEM, "author": [name]})["authors"]


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ({"date-parts": [["2021"]]}, {"edtf": "2021"}),
        ({"date-parts": [[2021, "5"]]}, {"edtf": "2021-05"}),
        ({"date-parts": [[2021, 5, 8], [2021, 5, 9]]}, {"edtf": "2021-05-08/2021-05-09"}),
        ({"date-parts": [[2021, 5], [0, 0]]}, {"edtf": "2021-05/.."}),
        ({"date-parts": [[2021, 5, ""]]}, {"edtf": "2021-05"}),
        ({"date-parts": [[2021]], "circa": True}, {"edtf": "2021~"}),
        ({"date-parts": [[2020], [2021]], "circa": "1"}, {"edtf": "2020~/2021~"}),
        ({"date-parts": [[2021]], "circa": False}, {"edtf": "2021"}),
        ({"date-parts": [[2021]], "season": 2}, {"edtf": "2021-22"}),
        ({"date-parts": [[2021]], "season": "Michaelmas"}, {"edtf": "2021", "as_stated": "Michaelmas 2021"}),
        ({"date-parts": [[2021, 13], [2021, 24]]}, {"edtf": "2021-21/2021-24"}),
        ({"date-parts": [[2021, 5, 8]], "literal": "May 8"}, {"edtf": "2021-05-08", "as_stated": "May 8"}),
        ({"literal": "last spring"}, {"as_stated": "last spring"}),
        ({"raw": "2021-05"}, {"edtf": "2021-05", "as_stated": "2021-05"}),
        ({"raw": "2021-05-08 10:00"}, {"edtf": "2021-05-08", "as_stated": "2021-05-08 10:00"}),
        ("2021-05-08~", {"edtf": "2021-05-08~"}),
        ({}, None),
    ],
)
def test_a_date_becomes_bounds_where_it_has_parts_and_stays_words_where_it_has_none(
    issued: Json, expected: Json
) -> None:
    assert expected == read_description({**ITEM, "issued": issued}).get("published")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"type": "article-newpaper"}, "/type"),
        ({"type": None}, "/type"),
        ({"id": ""}, "/id"),
        ({"id": True}, "/id"),
        ({"title": " "}, "/title"),
        ({"title": 5}, "/title"),
        ({"author": "Lund"}, "/author"),
        ({"author": [{"family": "Lund"}, {}]}, "/author/1"),
        ({"author": [{"family": 5}]}, "/author/0/family"),
        ({"issued": {"date-parts": [[2021, 2, 30]]}}, "/issued/date-parts/0"),
        ({"issued": {"date-parts": [[2021, 13, 45]]}}, "/issued/date-parts/0/2"),
        ({"issued": {"date-parts": [[2021], [2020]]}}, "/issued/date-parts"),
        ({"issued": {"date-parts": [[2021, "May"]]}}, "/issued/date-parts/0/1"),
        ({"issued": {"date-parts": [[-44]]}}, "/issued/date-parts/0/0"),
        ({"issued": {"date-parts": []}}, "/issued/date-parts"),
        ({"issued": {"date-parts": [[0], [2021]]}}, "/issued/date-parts/0"),
        ({"issued": 2021}, "/issued"),
        ({"URL": []}, "/URL"),
    ],
)
def test_what_cannot_be_read_is_refused_at_the_member_of_the_item(
    members: dict[str, Json], field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        read_description({**ITEM, **members})

    assert field == refused.value.field


def test_an_item_without_url_is_found_by_its_doi() -> None:
    without = {name: value for name, value in ITEM.items() if name != "URL"}

    assert read_description({**without, "DOI": "10.1000/182"})["url"] == "doi:10.1000/182"
    assert "url" not in read_description({**without, "DOI": "unknown"})


@pytest.mark.parametrize("kind", get_args(SourceKind))
def test_every_kind_but_the_record_has_a_type_that_is_read_as_it(kind: SourceKind) -> None:
    written = with_kind({}, kind)

    assert ("other" if kind == "record" else kind) == kind_of(written)


def test_the_table_of_the_document_is_that_of_the_code() -> None:
    rows = (ROOT / "docs/citing.md").read_text().split("## Types and kinds")[1].split("\n## ")[0].splitlines()
    table = {
        csl.strip("` "): cells[1].strip("` ")
        for row in rows
        if row.startswith("| `")
        for cells in [row.strip("|").split("|")]
        for csl in cells[0].split(",")
    }

    assert {csl: kind_of({"type": csl}) for csl in CSL_TYPES} == table


def test_a_redacted_member_takes_the_stored_item_along() -> None:
    source = Described(
        id="courier",
        kind="article",
        title=Absent(absent="undisclosed"),
        publisher="The Harbour Courier",
        csl={**ITEM, "abstract": "The words that had to go."},
        masked=True,
    )
    expected = {
        "id": "courier",
        "type": "article-newspaper",
        "title": "[removed or not disclosed]",
        "container-title": "The Harbour Courier",
    }

    assert expected == written_item(source)


def test_names_that_stay_keep_their_parts_when_the_authors_are_amended() -> None:
    source = Described(
        id="s", kind="article", title="Tram hits van at Quay Cross", authors=("Mia Lund", "A. Berg"), csl=ITEM
    )

    assert [{"family": "Lund", "given": "Mia"}, {"literal": "A. Berg"}] == written_item(source)["author"]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2021", {"date-parts": [[2021]]}),
        ("2021-05", {"date-parts": [[2021, 5]]}),
        ("2021-05-08", {"date-parts": [[2021, 5, 8]]}),
        ("2020/2021", {"date-parts": [[2020], [2021]]}),
        ("2021-05-08/2021-05-09", {"date-parts": [[2021, 5, 8], [2021, 5, 9]]}),
        ("2021-05-08/..", {"date-parts": [[2021, 5, 8]]}),
        ("2021-05-08T23:00:00-05:00", {"date-parts": [[2021, 5, 8]]}),
        ("2021-05-08T00:00:00-05:00", {"date-parts": [[2021, 5, 8]]}),
        ({"edtf": "2021-05-08", "zone": "America/Chicago"}, {"date-parts": [[2021, 5, 8]]}),
        (
            {"edtf": "2021-05-08", "as_stated": "Saturday"},
            {"date-parts": [[2021, 5, 8]], "literal": "Saturday"},
        ),
        ({"latest": "2021-05-08T00:00:00Z"}, {"literal": "by 2021-05-07"}),
        ({"as_stated": "last spring"}, {"literal": "last spring"}),
        ("never", None),
    ],
)
def test_an_amended_publication_stands_in_the_variable_of_csl(published: Json, expected: Json) -> None:
    read: Published | Literal["never"] = (
        "never" if published == "never" else read_published(published, field="")
    )
    source = Described(id="s", kind="article", title="T", published=read, csl=ITEM)

    assert expected == written_item(source).get("issued")


@pytest.mark.parametrize(
    ("kind", "before", "expected"),
    [
        ("video", {"type": "report"}, {"type": "motion_picture"}),
        ("release", {"type": "webpage"}, {"type": "webpage", "genre": "Press release"}),
        ("article", {"type": "review"}, {"type": "review"}),
        ("report", {"type": "report", "genre": "Press release"}, {"type": "report"}),
        ("record", {"type": "dataset", "genre": "Press release"}, {"type": "document"}),
        ("record", {"type": "webpage"}, {"type": "webpage"}),
    ],
)
def test_an_amended_kind_stands_in_the_type_where_csl_has_one(
    kind: SourceKind, before: dict[str, Json], expected: dict[str, Json]
) -> None:
    assert expected == with_kind(before, kind)


def test_an_item_is_known_again_by_its_content_and_its_id_is_not_taken_twice() -> None:
    known = Registered([Described(id="s1", kind="article", title="T", csl=ITEM, past=(ITEM,))])

    assert known.find(dict(reversed(ITEM.items()))) == "s1"
    assert known.find({**ITEM, "id": "another"}) is None
    with pytest.raises(ConflictError, match="'s1' was registered"):
        known.find({**ITEM, "title": "Another"})


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("/authors/1", "/author/1"),
        ("/publisher", "/container-title"),
        ("/url", "/URL"),
        ("/published/as_stated", "/issued"),
        ("/csl/volume", "/volume"),
        ("/kind", "/type"),
        ("/id", "/id"),
    ],
)
def test_a_refusal_of_the_command_is_said_of_the_item(field: str, expected: str) -> None:
    assert expected == field_in_item(field, ITEM)


def test_a_file_is_cut_into_items_without_reading_their_numbers() -> None:
    data = b' [ {"a": 1.5, "b": "],"} ,\n[1], null ] \n'

    assert [("/0", b'{"a": 1.5, "b": "],"}'), ("/1", b"[1]"), ("/2", b"null")] == split_items(data)
    assert split_items(b"[]") == []
    assert [("", b'{"a": 1}')] == split_items(b'{"a": 1}')


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", ""),
        (b"5", ""),
        (b'[{"a": 1},', "/1"),
        (b'[{"a": 1}', "/0"),
        (b'[{"a": 1} {"b": 2}]', "/0"),
        (b'[{"a": 1},]', "/1"),
        (b"[{}] []", ""),
        (b"[\xff]", ""),
        (b"[" * 100_000, "/0"),
    ],
)
def test_a_file_that_is_cut_short_is_refused_as_a_whole(data: bytes, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        split_items(data)

    assert field == refused.value.field
