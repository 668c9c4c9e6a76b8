"""redact: shown and asked before it is done, searched for after, and loud where something is left; --find shows every place first."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.api.command_line import INCIDENT, SNAPSHOT, ask, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.command_line import Answer

NAME = "Zebedee Quirk"
GROUNDS = ("--legal-basis", "Art. 17 GDPR", "--authority", "the desk", "--reason", "a court ordered it")
STATEMENT = ("--incident", INCIDENT, "--fact", "named:statement")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk(), fact("named") | {"statement": f"{NAME} was dragged."})
    return path


def _redact(ledger: Path, *options: object) -> Answer:
    return ask("redact", "--ledger", ledger, *GROUNDS, *options)


def test_what_would_go_is_shown_and_a_dry_run_erases_nothing(ledger: Path) -> None:
    answer = _redact(ledger, *STATEMENT, "--dry-run")

    assert (0, "") == (answer.code, answer.err)
    assert [
        f"from incident/{INCIDENT} would go, for ever:",
        f'  version 3, FactReported, statement: "{NAME} was dragged."',
    ] == answer.out.splitlines()
    assert NAME in ask("show", INCIDENT, "--ledger", ledger).out


def test_a_passage_that_its_source_took_back_is_named_before_its_words_go(ledger: Path) -> None:
    quoted = {"type": "TextQuoteSelector", "exact": "dragged about 15 feet"}
    notice = {"op": "record-notice", "source": "station", "type": "retraction", "summary": "It was not so."}
    record(
        ledger,
        fact("taken-back") | {"citations": [{"id": "a1", "source": "station", "selector": quoted}]},
        notice
        | {"scope": {"passages": [{"selector": quoted}]}, "published": "2021-05-20T12:00:00Z"}
        | {"citation": {"source": "station"}},
    )
    words = ("--incident", INCIDENT, "--fact", "taken-back:attestations/a1")
    told = "  taken-back: station took back what a1 quotes; where only that tells,"

    assert any(line.startswith(told) for line in _redact(ledger, *words, "--dry-run").out.splitlines())
    assert [told] == [
        one[: len(told)] for one in _redact(ledger, *words, "--dry-run", "--json").json["counts_again"]
    ]
    assert "took back" not in _redact(ledger, *STATEMENT, "--dry-run").out


def test_a_redaction_is_recorded_and_the_files_are_searched_and_a_tombstone_stays(ledger: Path) -> None:
    ask("rebuild", "--ledger", ledger)
    assert NAME in _all_bytes(ledger)

    answer = _redact(ledger, *STATEMENT, "--yes")

    assert (0, "") == (answer.code, answer.err)
    assert f"redacted: incident/{INCIDENT} version 4, position 7" in answer.out
    assert "they hold it no more" in answer.out
    assert NAME not in _all_bytes(ledger)
    assert "OK" in ask("verify", "--ledger", ledger).out
    for command in ("show", "timeline", "audit", "replay", "events"):
        told = ask(command, INCIDENT, "--ledger", ledger).out
        assert NAME not in told
    assert "Art. 17 GDPR" in ask("audit", INCIDENT, "--ledger", ledger).out


def _all_bytes(ledger: Path) -> str:
    files = [one for one in ledger.parent.rglob("*") if one.is_file()]
    return "".join(one.read_bytes().decode("latin-1") for one in files)


def test_a_snapshot_goes_with_its_bytes(ledger: Path) -> None:
    answer = _redact(ledger, "--source", "station", "--snapshot", SNAPSHOT, "--yes", "--json")

    assert (0, "") == (answer.code, answer.err)
    told = answer.json
    assert [] == told["searched"]["leftovers"]
    assert (7, "source/station") == (told["redaction"]["position"], told["redaction"]["stream"])
    assert "The driver fled" not in _all_bytes(ledger)


def test_a_file_that_still_holds_the_words_is_named_and_the_exit_code_says_so(ledger: Path) -> None:
    leftover = ledger.with_name("desk.ledger.d") / "old-export.ndjson"
    leftover.write_text(f"… {NAME} was dragged. …")

    answer = _redact(ledger, *STATEMENT, "--yes")

    assert 1 == answer.code
    assert "SOMETHING IS LEFT OVER" in answer.out
    assert "redacted, and still there: desk.ledger.d/old-export.ndjson (text)\n" == answer.err
    assert NAME not in answer.out.partition("redacted: ")[2] + answer.err


def test_nothing_is_erased_without_a_yes(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = _redact(ledger, *STATEMENT)
    assert 2 == answer.code
    assert "say --yes" in answer.err

    class _Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    from api.redacting import command  # noqa: PLC0415  patched here

    for said in ("", "no\n", "y\n"):
        monkeypatch.setattr("sys.stdin", _Terminal(said))
        assert not command._agreed()
    monkeypatch.setattr("sys.stdin", _Terminal("yes\n"))
    assert command._agreed()
    assert NAME in ask("show", INCIDENT, "--ledger", ledger).out


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((*STATEMENT[:2], "--fact", "statement", "--yes"), 2, "--fact: write FACT and a path with a colon"),
        ((*STATEMENT[:2], "--event", "one:reason", "--yes"), 2, "--event: one is no version of the stream"),
        ((*STATEMENT[:2], "--fact", "named:nothing", "--yes"), 3, "path"),
        ((*STATEMENT[:2], "--yes"), 3, "name facts with paths"),
        ((*STATEMENT, "--source", "station", "--yes"), 3, "one of the two"),
        ((*STATEMENT, "--find", NAME), 2, "--find changes nothing"),
    ],
)
def test_what_cannot_be_redacted_so_is_refused_before_anybody_is_asked(
    ledger: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    answer = _redact(ledger, *options)

    assert code == answer.code, answer.err
    assert said in answer.err
    assert NAME in ask("show", INCIDENT, "--ledger", ledger).out


def test_grounds_are_needed(ledger: Path) -> None:
    answer = ask("redact", "--ledger", ledger, *STATEMENT, "--yes")

    assert (2, "a redaction needs --legal-basis, --authority and --reason\n") == (answer.code, answer.err)


def test_a_search_shows_every_place_and_the_command_that_redacts_them(ledger: Path) -> None:
    ask("rebuild", "--ledger", ledger)

    answer = ask("redact", "--ledger", ledger, "--find", "zebedee quirk")

    assert (0, "") == (answer.code, answer.err)
    assert (
        f"  position 6, incident/{INCIDENT} version 3, FactReported, fact named, statement: {NAME} was dragged."
        in answer.out.splitlines()
    )
    assert (
        f"to redact: incident-ledger redact --incident {INCIDENT} --fact named:statement"
        " --legal-basis … --authority … --reason …"
    ) in answer.out
    assert "not seen from here: backups" in answer.out


def test_the_files_that_hold_a_term_are_named_and_the_json_has_it_all(ledger: Path) -> None:
    ask("rebuild", "--ledger", ledger)

    told = ask("redact", "--ledger", ledger, "--find", NAME, "--json").json

    assert ["statement"] == [one["at"] for one in told["standings"]]
    assert ["desk.ledger", "desk.ledger.d/views.db"] == told["files"]
    assert [f"incident-ledger redact --incident {INCIDENT} --fact named:statement"] == told["commands"]


def test_a_term_of_one_character_is_refused(ledger: Path) -> None:
    answer = ask("redact", "--ledger", ledger, "--find", "x")

    assert 3 == answer.code
    assert "at least 2 characters" in answer.err


def test_a_word_that_the_index_of_words_still_holds_is_a_leftover(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("rebuild", "--ledger", ledger)
    record(ledger, fact("more") | {"statement": "Something else was said."})
    ask("rebuild", "--ledger", ledger)
    monkeypatch.setattr("projections.search.forget", lambda _connection: None)

    answer = _redact(ledger, *STATEMENT, "--yes")

    assert 1 == answer.code
    assert "redacted, and still there: desk.ledger.d/views.db (a word in the index of words)" in answer.err


def test_a_redaction_that_is_appended_is_noted_in_the_journal_and_searched_for(
    ledger: Path, tmp_path: Path
) -> None:
    ask("rebuild", "--ledger", ledger)
    journal, leftover = tmp_path / "journal", ledger.with_name("desk.ledger.d") / "old-export.ndjson"
    commands = tmp_path / "commands.ndjson"
    given = {
        "op": "redact",
        "incident": INCIDENT,
        "facts": [{"fact": "named", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    commands.write_bytes(orjson.dumps(given) + b"\n")
    leftover.write_text(f"… {NAME} was dragged. …")

    answer = ask("append", commands, "--ledger", ledger, "--journal", journal)

    assert 1 == answer.code
    assert "redacted, and still there: desk.ledger.d/old-export.ndjson (text)\n" == answer.err
    leftover.unlink()
    assert NAME not in _all_bytes(ledger)
    first, second = journal.read_text().splitlines()
    assert '"incident-ledger/redactions@1"' in first
    assert 7 == orjson.loads(second)["position"]
    assert (0, "") == (ask("redact", "--check", "--ledger", ledger).code, answer.out.partition("line 1")[0])
