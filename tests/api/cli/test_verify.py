"""verify: what it checked, what it found and where, and exit codes that a script can tell apart."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import ask, desk, record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def _tamper(ledger: Path, *statements: str) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, sql in guards:
            database.execute(sql)


def test_a_whole_ledger_is_ok_and_says_what_was_counted(ledger: Path) -> None:
    answer = ask("verify", "--ledger", ledger)

    assert (0, "") == (answer.code, answer.err)
    assert [
        "OK (checked: database only)",
        "What lies here is what was recorded, and nothing of it is missing.",
        "events: 5, each against its hash, its place in the log and in its stream",
        "disclosures: 11 there, 0 lawfully removed; each against the digest in its event",
        "snapshots: 1 there, 0 lawfully removed; each against its SHA-256",
        "not seen at this level: a ledger forged as a whole, or an older one put back together with its folder; that",
        "    takes a checkpoint that somebody else keeps",
    ] == answer.out.splitlines()


def test_the_json_has_verdict_level_counts_and_findings(ledger: Path) -> None:
    report = ask("verify", "--ledger", ledger, "--json").json

    assert ("OK", "database only", 5, []) == tuple(
        report[name] for name in ("verdict", "level", "events", "findings")
    )


def test_a_changed_event_is_corrupt_and_its_position_is_named(ledger: Path) -> None:
    _tamper(ledger, "UPDATE events SET event = replace(event, 'local', 'lacol') WHERE position = 4")

    in_words, as_json = ask("verify", "--ledger", ledger), ask("verify", "--ledger", ledger, "--json")

    assert (11, 11) == (in_words.code, as_json.code)
    assert in_words.out.startswith("CORRUPT")
    assert "look for a backup from before" in in_words.out.replace("\n", " ")
    assert re.search(r"\nfound: \d+\nposition 4: ", in_words.out)
    assert "position 4" in [finding["where"] for finding in as_json.json["findings"]]


def test_words_gone_that_no_redaction_names_make_it_incomplete(ledger: Path) -> None:
    _tamper(ledger, "UPDATE disclosures SET lines = x'' WHERE position = 5")

    answer = ask("verify", "--ledger", ledger)

    assert 12 == answer.code
    assert answer.out.startswith("INCOMPLETE")
    assert "position 5: the disclosure of " in answer.out


def test_a_view_of_changed_bytes_is_refused_and_points_to_verify(ledger: Path) -> None:
    _tamper(ledger, "UPDATE events SET event = x'7b7d' WHERE position = 4")

    answer = ask("show", "stop", "--ledger", ledger)

    assert (1, "") == (answer.code, answer.out)
    assert "the ledger cannot be read: position 4: " in answer.err
    assert answer.err.endswith("check it with: incident-ledger verify\n")


def test_a_text_file_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear desk,\n" * 100, encoding="utf-8")

    assert 11 == ask("verify", "--ledger", tmp_path / "letter.txt").code
