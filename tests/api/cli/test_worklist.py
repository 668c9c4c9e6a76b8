"""The command `worklist`, as it is run at a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from api.cli.worklist import worklist
from tests.api.command_line import INCIDENT, SNAPSHOT, TEXT, Answer, desk, record

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(pretty_exceptions_enable=False)
app.command("worklist")(worklist)


def ask(*arguments: object) -> Answer:
    """Run the command."""
    result = CliRunner().invoke(app, [str(one) for one in arguments], env={"LEDGER_PATH": None})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(code=result.exit_code, out=result.stdout, err=result.stderr)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger with a fact on the words of a station, which then changed them."""
    path = tmp_path / "incident.ledger"
    record(path, *desk())
    edited = TEXT.replace("15", "20")
    record(path, {"op": "capture-snapshot", "source": "station", "media_type": "text/plain", "text": edited})
    return path


def test_each_matter_is_shown_with_the_words_old_and_new(ledger: Path) -> None:
    answer = ask("--ledger", ledger)
    lines = answer.out.splitlines()

    assert 0 == answer.code
    assert "1 matter to look at, as known at position 6" == lines[0]
    assert "A traffic stop (stop)" == lines[2]
    assert "  drag: An officer was dragged about 15 feet." == lines[3]
    assert lines[4].startswith("    source changed (since position 6, ")
    assert '        old: "dragged about 15 feet"' in lines
    assert '        new: "dragged about 20 feet"' in lines
    assert '             "15" -> "20"' in lines
    assert all(len(line) <= 110 for line in lines)


def test_a_list_with_nothing_on_it_says_so(ledger: Path) -> None:
    answer = ask("--ledger", ledger, "--known-at", 5)

    assert (0, "nothing to look at, as known at position 5\n") == (answer.code, answer.out)


def test_the_list_is_json_on_demand(ledger: Path) -> None:
    answer = ask("--ledger", ledger, "--json").json

    assert (6, True) == (answer["position"], answer["final"])
    [item] = answer["items"]
    assert ("source-changed", "stop", "drag", "altered") == (
        item["sort"],
        item["incident"],
        item["fact"],
        item["anchor"]["verdict"],
    )
    assert SNAPSHOT == item["anchor"]["cited_snapshot"]
    assert [{"old": "15", "new": "20"}] == item["anchor"]["found"]["changes"]
    assert "unsupported" == item["loses"]["after"]["status"]


def test_a_notice_shows_the_passages_that_it_struck(ledger: Path) -> None:
    record(
        ledger,
        {
            "op": "record-notice",
            "source": "station",
            "type": "retraction",
            "summary": "Made up.",
            "scope": "all",
            "published": "2021-05-09T00:00:00Z",
            "citation": {"source": "station"},
        },
    )
    answer = ask("--ledger", ledger)

    assert 'station has retracted what it said: "Made up."' in answer.out
    assert '        drag-1: station: "dragged about 15 feet" [superseded]' in answer.out.splitlines()


def test_the_list_is_narrowed_to_an_incident_and_to_a_source(ledger: Path) -> None:
    other = {"op": "open-incident", "id": "quay", "title": "Tram and van", "zone": "Europe/Dublin"}
    record(ledger, other, {"op": "register-source", "id": "courier", "kind": "article", "title": "Courier"})

    def count(*arguments: object) -> int:
        return len(ask("--ledger", ledger, "--json", *arguments).json["items"])

    assert (1, 0) == (count("--incident", INCIDENT), count("--incident", "quay"))
    assert (1, 0) == (count("--source", "station"), count("--source", "courier"))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--incident", "elsewhere"], 3, "incident 'elsewhere' is not in this ledger; it has: stop"),
        (["--source", "tribune"], 3, "source 'tribune' is not in this ledger; it has: station"),
        (["--source", "station", "--known-at", "1"], 3, "it was registered at 2"),
        (["--known-at", "99"], 2, "this ledger ends at position 6"),
    ],
    ids=["incident", "source", "source not yet", "position"],
)
def test_what_is_not_in_the_ledger_is_refused_with_what_is(
    ledger: Path, arguments: list[str], code: int, told: str
) -> None:
    answer = ask("--ledger", ledger, *arguments)

    assert code == answer.code
    assert told in answer.err
    assert "" == answer.out


def test_a_ledger_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    assert 4 == ask("--ledger", tmp_path / "none.ledger").code


def test_bytes_that_changed_on_disk_make_no_list(ledger: Path) -> None:
    name = SNAPSHOT.removeprefix("sha256:")
    blob = ledger.with_name(ledger.name + ".d") / "blobs" / name[:2] / name
    blob.write_bytes(b"Something else.")
    answer = ask("--ledger", ledger)

    assert 1 == answer.code
    assert "verify" in answer.err


def test_words_of_others_cannot_move_the_cursor(ledger: Path) -> None:
    hostile = {
        "op": "dispute-fact",
        "incident": INCIDENT,
        "fact": "drag",
        "by": "A reader",
        "grounds": "\u202eno",
    }
    record(ledger, hostile)
    answer = ask("--ledger", ledger)

    assert "\u202e" not in answer.out
    assert "\\u202e" in answer.out
