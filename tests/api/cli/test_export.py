"""The commands that export views: what programs that read these forms make of them, at any point of both axes."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from prov.model import ProvDocument, ProvEntity

from projections.exports.facts_csv import COLUMNS
from tests.api.command_line import ask, environment
from tests.exported_desk import EARLY, SEALED, desk_to_export

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

FORMS = ("facts", "geojson", "prov", "jsonld", "csl")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = desk_to_export(tmp_path_factory.mktemp("desk") / "desk.ledger")
    made.close()
    return made.path


def _out(ledger: Path, *arguments: object) -> str:
    answer = ask("export", *arguments, "--ledger", ledger)
    assert 0 == answer.code, answer.err
    return answer.out


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _of(rows: list[dict[str, str]], fact: str) -> list[dict[str, str]]:
    return [row for row in rows if row["fact"] == fact]


def test_each_passage_of_each_fact_is_a_line_with_its_words_and_its_source(ledger: Path) -> None:
    rows = _rows(_out(ledger, "facts"))

    assert list(COLUMNS) == list(rows[0])
    assert ["drag", "drag", "gone", "person", "hit"] == [row["fact"] for row in rows]
    first, second = _of(rows, "drag")
    assert ("release", "about 15 feet", "@spokesman", "true") == (
        first["source"],
        first["quote"],
        first["speaker_capacity"],
        first["pinned"],
    )
    assert ("A article, with a comma", "https://news.example/article") == (
        second["source_title"],
        second["url"],
    )
    assert ("The officer was dragged 20 feet.", "-92.320", "34.7400", "150") == (
        first["statement"],
        first["lon"],
        first["lat"],
        first["uncertainty_m"],
    )
    assert ("2021-05-08T00:00:00-05:00", "2021-05-09T00:00:00-05:00") == (
        first["occurred_earliest"],
        first["occurred_latest"],
    )
    assert "retracted" == _of(rows, "gone")[0]["decided"]


def test_nothing_is_changed_for_spreadsheets_unless_that_is_asked_for(ledger: Path) -> None:
    (row, *_) = _rows(_out(ledger, "facts"))

    assert ("=HYPERLINK(1)", "-Police", "@spokesman") == (
        row["incident_title"],
        row["publisher"],
        row["speaker_capacity"],
    )


def test_for_spreadsheets_no_cell_is_a_formula_and_it_is_said_which_were_changed(
    ledger: Path, tmp_path: Path
) -> None:
    made = ask(
        "export", "facts", "--ledger", ledger, "--for-spreadsheets", "--to", tmp_path / "f.csv", "--json"
    )
    text = (tmp_path / "f.csv").read_bytes().decode()
    rows = _rows(text)
    assert text.count("\r\n") == len(rows) + 1 == text.count("\n")

    first = rows[0]
    assert ("'=HYPERLINK(1)", "'-Police", "'@spokesman", "-92.320") == (
        first["incident_title"],
        first["publisher"],
        first["speaker_capacity"],
        first["lon"],
    )
    assert "incident_title publisher speaker_capacity" == first["neutralised"]
    changed = [
        text for row in rows for name, text in row.items() if name != "neutralised" and text.startswith("'")
    ]
    assert len(changed) == made.json["neutralised"] == sum(len(row["neutralised"].split()) for row in rows)
    assert not [text for row in rows for text in row.values() if re.match(r"[=+@\t\r]|-[^0-9]", text)]


def _features(ledger: Path, *arguments: object) -> list[Json]:
    collection = json.loads(_out(ledger, "geojson", *arguments))
    assert "FeatureCollection" == collection["type"]
    features: list[Json] = collection["features"]
    return features


def test_a_point_is_longitude_then_latitude_with_the_digits_that_were_recorded(ledger: Path) -> None:
    (scene,) = _features(ledger)

    assert {"type": "Point", "coordinates": [-92.32, 34.74]} == scene["geometry"]
    assert ("stop/drag/scene", 150) == (scene["id"], scene["properties"]["uncertainty_m"])
    assert '"coordinates":[-92.320,34.7400]' in _out(ledger, "geojson")
    assert "about 15 feet" == scene["properties"]["citations"][0]["quote"]


def test_a_place_of_words_alone_is_a_feature_without_a_point(ledger: Path) -> None:
    features = {one["id"]: one for one in _features(ledger, "--public-at", EARLY)}

    assert features["stop/drag/end"]["geometry"] is None
    assert "down the road" == features["stop/drag/end"]["properties"]["place_as_stated"]


def _document(ledger: Path, *arguments: object) -> ProvDocument:
    return ProvDocument.deserialize(content=_out(ledger, "prov", *arguments), format="json")


def test_provenance_is_read_by_the_library_of_its_makers_and_written_back_the_same(ledger: Path) -> None:
    document = _document(ledger)

    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    assert document == again
    assert 2 == len(list(document.bundles))
    assert (document.serialize(format="provn") or "").startswith("document")


def test_a_correction_is_a_revision_by_an_activity_that_used_its_source(ledger: Path) -> None:
    text = json.loads(_out(ledger, "prov", "stop"))
    (records,) = text["bundle"].values()
    act = next(
        name for name, one in records["activity"].items() if one["prov:type"]["$"] == "il:FactCorrected"
    )
    made = next(one for one in records["wasGeneratedBy"].values() if one["prov:activity"] == act)
    derived = [
        one
        for one in records["wasDerivedFrom"].values()
        if one["prov:generatedEntity"] == made["prov:entity"]
    ]

    assert {"prov:Revision", "prov:PrimarySource"} == {one["prov:type"]["$"] for one in derived}
    assert {"il:source/article"} == {
        one["prov:entity"] for one in records["used"].values() if one["prov:activity"] == act
    }
    assert "The article measured it." == records["activity"][act]["il:reason"]
    assert "The officer was dragged 20 feet." == records["entity"][made["prov:entity"]]["il:statement"]
    assert 1 == len(records["wasInvalidatedBy"])


def test_every_name_that_provenance_relates_is_described(ledger: Path) -> None:
    for bundle in _document(ledger).bundles:
        known = {record.identifier for record in bundle.get_records() if record.identifier is not None}
        related = {
            value
            for record in bundle.get_records()
            if not isinstance(record, ProvEntity)
            for name, value in record.formal_attributes
            if str(name)
            in {"prov:entity", "prov:activity", "prov:agent", "prov:usedEntity", "prov:generatedEntity"}
        }
        assert related <= known


def _graph(ledger: Path, *arguments: object) -> list[Json]:
    linked = json.loads(_out(ledger, "jsonld", *arguments))
    assert "https://schema.org" == linked["@context"]
    graph: list[Json] = linked["@graph"]
    return graph


def test_a_correction_is_a_correction_comment_upon_its_claim(ledger: Path) -> None:
    claims = {one["identifier"]: one for one in _graph(ledger) if one["@type"] == "Claim"}

    (correction,) = claims["drag"]["correction"]
    assert ("CorrectionComment", "An earlier version said 15 feet.") == (
        correction["@type"],
        correction["text"],
    )
    assert ["wrong-number", "new-information"] == correction["keywords"]
    assert "It was not so." == claims["gone"]["correction"][0]["text"]
    assert ["retracted", "reported"] == claims["gone"]["creativeWorkStatus"]
    assert "correction" not in claims["hit"]


def test_linked_data_names_each_thing_once_and_refers_to_nothing_that_is_not_there(ledger: Path) -> None:
    graph = _graph(ledger)
    names = [one["@id"] for one in graph]

    assert len(set(names)) == len(names)
    referred = set(re.findall(r'\{"@id": "([^"]+)"\}', json.dumps(graph)))
    assert referred <= set(names)
    assert {"Event", "Claim", "NewsArticle", "CreativeWork"} == {one["@type"] for one in graph}


def test_sources_are_those_that_the_facts_rest_on(ledger: Path) -> None:
    assert ["release", "article"] == [one["id"] for one in json.loads(_out(ledger, "csl"))]
    assert ["article"] == [one["id"] for one in json.loads(_out(ledger, "csl", "second"))]
    assert ["release"] == [one["id"] for one in json.loads(_out(ledger, "csl", "--public-at", EARLY))]


@pytest.fixture(scope="module")
def database(ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("copy") / "desk.db"
    answer = ask("export", "sqlite", path, "--ledger", ledger, "--json")
    assert {"acts": 9, "citations": 5, "facts": 4, "incidents": 2, "sources": 2} == answer.json
    return path


def test_a_database_joins_facts_to_their_words_and_corrections(database: Path) -> None:
    with closing(sqlite3.connect(database)) as copy:
        assert [] == copy.execute("PRAGMA foreign_key_check").fetchall()
        assert [("ok",)] == copy.execute("PRAGMA integrity_check").fetchall()
        query = (
            "SELECT f.fact, c.notice, s.title FROM facts f JOIN corrections c USING (fact_key)"
            " JOIN citations USING (fact_key) JOIN sources s USING (source) WHERE f.incident = 'stop' AND f.fact = 'drag'"
        )
        assert [
            ("drag", "An earlier version said 15 feet.", "A release, with a comma"),
            ("drag", "An earlier version said 15 feet.", "A article, with a comma"),
        ] == copy.execute(query).fetchall()
        found = "SELECT rowid FROM citations_fts WHERE citations_fts MATCH 'feet'"
        assert 1 == len(copy.execute(found).fetchall())


def _datasette(database: Path, asked: str) -> str:
    """What Datasette answers, in a process of its own: it leaves databases open."""
    command = [sys.executable, "-m", "datasette", str(database), "--get", asked]
    return subprocess.run(
        command, env=environment(), check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_datasette_opens_a_database_and_searches_it(database: Path) -> None:
    facts = json.loads(_datasette(database, "/desk/facts.json?_shape=objects&_labels=on"))
    found = json.loads(_datasette(database, "/desk/facts.json?_shape=objects&_search=dragged"))
    pages = [_datasette(database, f"/desk/{table}") for table in ("facts", "citations", "corrections")]

    assert ["drag", "gone", "person", "hit"] == [row["fact"] for row in facts["rows"]]
    assert ["drag", "gone", "hit"] == [row["fact"] for row in found["rows"]]
    assert "=HYPERLINK(1)" in pages[0]
    assert all("<table" in page for page in pages)
    assert {"value": "stop", "label": "=HYPERLINK(1)"} == facts["rows"][0]["incident"]


def test_every_form_stands_at_the_point_that_was_asked_for(ledger: Path, tmp_path: Path) -> None:
    early = {form: _out(ledger, form, "--public-at", EARLY) for form in FORMS}
    known = {form: _out(ledger, form, "--known-at", 8) for form in FORMS}

    for form in ("facts", "geojson", "prov", "jsonld"):
        assert "dragged 20 feet" not in early[form] + known[form], form
        assert "The officer was dragged, says drag." in early[form], form
        assert "The officer was dragged, says drag." in known[form], form
        assert "dragged 20 feet" in _out(ledger, form), form
    assert "second" not in known["facts"]
    for name, options in (("early", ("--public-at", EARLY)), ("known", ("--known-at", 8))):
        ask("export", "sqlite", tmp_path / name, "--ledger", ledger, *options)
        with closing(sqlite3.connect(tmp_path / name)) as copy:
            assert [(0,)] == copy.execute(
                "SELECT count(*) FROM corrections WHERE type = 'FactCorrected'"
            ).fetchall()
            assert [("8" if name == "known" else "13",)] == copy.execute(
                "SELECT value FROM about WHERE name = 'position'"
            ).fetchall()


def test_what_was_redacted_is_in_no_form_and_its_tombstone_in_each(ledger: Path, database: Path) -> None:
    for form in FORMS:
        for point in ((), ("--known-at", 8), ("--public-at", EARLY)):
            text = _out(ledger, form, *point)
            assert SEALED not in text, form
            assert "undisclosed" in text or form in {"geojson", "csl"}, form
    assert SEALED.encode() not in database.read_bytes()
    with closing(sqlite3.connect(database)) as copy:
        assert [("[undisclosed]", 1)] == copy.execute(
            "SELECT statement, redacted FROM facts WHERE fact = 'person'"
        ).fetchall()
        assert [("[undisclosed]",)] == copy.execute("SELECT name FROM participants").fetchall()


def test_one_incident_or_several_are_chosen_by_their_ids(ledger: Path) -> None:
    assert {"second"} == {row["incident"] for row in _rows(_out(ledger, "facts", "second"))}
    assert ["second", "stop"] == list(
        dict.fromkeys(row["incident"] for row in _rows(_out(ledger, "facts", "second", "stop", "second")))
    )
    unknown = ask("export", "facts", "third", "--ledger", ledger)
    assert (3, True) == (unknown.code, "incident 'third' is not in this ledger" in unknown.err)


def test_an_empty_ledger_exports_documents_that_hold_nothing(ledger: Path) -> None:
    assert {"type": "FeatureCollection", "position": 0, "features": []} == json.loads(
        _out(ledger, "geojson", "--known-at", 0)
    )
    assert [] == json.loads(_out(ledger, "csl", "--known-at", 0))
    assert [] == json.loads(_out(ledger, "jsonld", "--known-at", 0))["@graph"]
    assert [] == _rows(_out(ledger, "facts", "--known-at", 0))
    assert [] == list(_document(ledger, "--known-at", 0).bundles)


def test_a_database_never_takes_the_place_of_a_file(ledger: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_bytes(b"mine")

    answer = ask("export", "sqlite", there, "--ledger", ledger)

    assert (2, b"mine", ["there.db"]) == (
        answer.code,
        there.read_bytes(),
        [one.name for one in tmp_path.iterdir()],
    )
