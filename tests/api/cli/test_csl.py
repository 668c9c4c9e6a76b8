"""Sources in and out on the command line, as CSL-JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.citing_line import ask_citing, record_all
from tests.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json
    from tests.api.command_line import Answer

NEWS: dict[str, Json] = {
    "id": "tram-2024",
    "type": "article-newspaper",
    "title": "Tram hits van",
    "container-title": "The Harbour Courier",
    "author": [{"family": "Lund", "given": "Mia"}],
    "issued": {"date-parts": [["2024", 3, 3]]},
    "URL": "https://courier.example/tram",
}
ZOTERO: dict[str, Json] = {**NEWS, "id": "http://zotero.org/users/1/items/ABCD2345", "type": "report"}


def _import(ledger: Path, *items: Json, options: tuple[str, ...] = ("--json",)) -> Answer:
    return ask_citing(
        "source", "import-csl", "-", "--ledger", ledger, *options, stdin=json.dumps(list(items))
    )


def _export(ledger: Path, *arguments: object) -> Json:
    answer = ask_citing("source", "export-csl", *arguments, "--ledger", ledger)
    assert answer.code == 0, answer.err
    return answer.json


def _head(ledger: Path) -> int:
    made = Desk(ledger)
    position = made.store.head().position
    made.close()
    return position


def test_what_was_imported_is_exported_as_it_came(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    answer = _import(ledger, NEWS, ZOTERO)
    made = answer.json_lines[1]["id"]

    assert answer.code == 0
    assert answer.json_lines[0]["id"] == "tram-2024"
    assert [NEWS, ZOTERO] == _export(ledger)
    assert [ZOTERO] == _export(ledger, made, made)


def test_what_was_imported_before_is_said_to_be_and_changes_nothing(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    first = _import(ledger, NEWS, ZOTERO).json_lines
    head = _head(ledger)

    again = _import(ledger, ZOTERO, NEWS, NEWS)
    said = _import(ledger, NEWS, options=())

    assert again.code == 0
    assert [first[1]["id"], "tram-2024", "tram-2024"] == [one["id"] for one in again.json_lines]
    assert all(one["quiet"] for one in again.json_lines)
    assert said.out == "/0: tram-2024 is registered already; nothing was recorded\n"
    assert head == _head(ledger)


def test_an_item_that_is_exported_after_an_amendment_is_known_again_and_so_is_the_old_one(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "incident.ledger"
    _import(ledger, NEWS)
    record_all(
        ledger, {"op": "amend-source", "source": "tram-2024", "title": "Tram hit van", "reason": "Tense."}
    )
    (exported,) = _export(ledger)

    assert {**NEWS, "title": "Tram hit van"} == exported
    assert [NEWS] == _export(ledger, "--known-at", "2")
    assert [True, True] == [one["quiet"] for one in _import(ledger, NEWS, exported).json_lines]


def test_a_refused_item_is_named_and_does_not_stop_the_others(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    bad = [
        {**NEWS, "id": "a", "type": "newspaper"},
        {**NEWS, "id": "b", "volume": 1.5},
        {**NEWS, "id": "c", "abstract": None},
        {**NEWS, "id": "d", "URL": "javascript:alert(1)"},
        {**NEWS, "id": "e", "author": [{"literal": "x" * 3_000}]},
        {**NEWS, "title": "Another work with the same id"},
        "an item",
    ]
    answer = _import(ledger, NEWS, *bad, ZOTERO)
    refused = [line.get("refused", {}).get("field") for line in answer.json_lines]

    assert answer.code == 3
    assert [
        None,
        "/1/type",
        "/2/volume",
        "/3/abstract",
        "/4/URL",
        "/5/author/0",
        "/6/id",
        "/7",
        None,
    ] == refused
    assert [NEWS, ZOTERO] == _export(ledger)


def test_a_refusal_in_words_says_where_and_why(tmp_path: Path) -> None:
    answer = _import(tmp_path / "incident.ledger", {**NEWS, "volume": 1.5}, options=())

    assert answer.code == 3
    assert answer.err.startswith("refused: /0/volume: a number must be an integer")


def test_a_source_in_the_way_is_no_reason_to_change_it(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    record_all(
        ledger, {"op": "register-source", "id": "tram-2024", "kind": "post", "title": "Something else"}
    )

    answer = _import(ledger, NEWS)

    assert answer.code == 3
    assert answer.json_lines[0]["refused"]["field"] == "/0/id"


@pytest.mark.parametrize("data", ["", "5", '[{"id": "a"', "[1,]"])
def test_a_file_that_is_no_json_makes_no_ledger(tmp_path: Path, data: str) -> None:
    file = tmp_path / "library.json"
    file.write_text(data)

    answer = ask_citing("source", "import-csl", file, "--ledger", tmp_path / "incident.ledger")

    assert answer.code == 3
    assert [file] == list(tmp_path.iterdir())


def test_a_file_that_is_not_there_is_a_fault_of_usage(tmp_path: Path) -> None:
    answer = ask_citing(
        "source", "import-csl", tmp_path / "none.json", "--ledger", tmp_path / "incident.ledger"
    )

    assert answer.code == 2
    assert not list(tmp_path.iterdir())


def test_a_dry_run_says_what_would_happen_and_records_nothing(tmp_path: Path) -> None:
    answer = _import(tmp_path / "incident.ledger", NEWS, NEWS, options=("--dry-run",))

    assert answer.code == 0
    assert answer.out.splitlines() == [
        "/0: would be registered as tram-2024",
        "/1: tram-2024 is registered already; nothing was recorded",
    ]
    assert not list(tmp_path.iterdir())


def test_the_ledger_makes_every_id_where_it_is_asked_to(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    answer = _import(ledger, NEWS, options=("--json", "--own-ids"))

    assert answer.json_lines[0]["id"] != "tram-2024"
    assert _import(ledger, NEWS).json_lines[0]["quiet"]


def test_a_source_that_is_unknown_is_not_exported(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    _import(ledger, NEWS)
    answer = ask_citing("source", "export-csl", "tram-2024", "bus", "--ledger", ledger)

    assert answer.code == 3
    assert answer.err == "source 'bus' is not in this ledger at position 2\n"


def test_redacted_words_do_not_come_back_by_the_stored_item(tmp_path: Path) -> None:
    ledger = tmp_path / "incident.ledger"
    _import(ledger, {**NEWS, "abstract": "Mia Lund saw it."})
    redaction = {
        "op": "redact",
        "source": "tram-2024",
        "events": [{"version": 1, "paths": ["authors"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "The data protection officer",
        "reason": "She asked not to be named.",
    }
    record_all(ledger, redaction)

    for options in ((), ("--known-at", "2")):
        assert "Lund" not in json.dumps(_export(ledger, *options))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("{bad", "is not JSON"),
        ('"x"', "must be a CSL-JSON item or an array of them"),
    ],
)
def test_a_file_that_is_no_csl_as_a_whole_is_refused_by_its_name(
    tmp_path: Path, data: str, said: str
) -> None:
    file, ledger = tmp_path / "library.json", tmp_path / "incident.ledger"
    file.write_text(data, encoding="utf-8")

    answer = ask_citing("source", "import-csl", file, "--ledger", ledger)

    assert (3, "") == (answer.code, answer.out)
    assert answer.err.startswith(f"{file} {said}")
    assert not ledger.exists()
