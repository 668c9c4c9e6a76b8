"""The commands `export ledger` and `import ledger`: files and standard streams, what they say, and how they end."""

from __future__ import annotations

import gzip
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import ask, command_of, environment
from tests.desk import a_small_ledger
from tests.transferring import exported, rows_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    made = a_small_ledger(tmp_path / "desk.ledger")
    made.close()
    return made.path


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if not one.name.endswith(("-shm", "-wal")))


def test_a_ledger_goes_through_a_file_and_comes_out_the_same(ledger: Path, tmp_path: Path) -> None:
    log, other = tmp_path / "desk.ndjson", tmp_path / "other.ledger"

    out = ask("export", "ledger", "--ledger", ledger, "--with-snapshots", "--to", log, "--json")
    back = ask("import", "ledger", log, "--ledger", other, "--json")

    assert (0, 0) == (out.code, back.code), out.err + back.err
    assert exported(ledger) == log.read_bytes()
    assert rows_of(ledger) == rows_of(other)
    assert {
        "disclosures": "included",
        "events": 6,
        "root": back.json["root"],
        "size_bytes": log.stat().st_size,
        "snapshots": 1,
    } == out.json
    assert {
        "complete": True,
        "disclosures": "included",
        "dry_run": False,
        "events": 6,
        "new": 6,
        "root": out.json["root"],
        "snapshots": 1,
    } == back.json
    assert "checked: database only" in ask("verify", "--ledger", other).out


def test_a_ledger_goes_through_a_pipe(ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ledger"
    out = subprocess.run(
        [*command_of("export", "ledger", "--ledger", ledger)],
        capture_output=True,
        env=environment(),
        check=True,
    )
    back = subprocess.run(
        [*command_of("import", "ledger", "-", "--ledger", other)],
        input=out.stdout,
        capture_output=True,
        env=environment(),
        check=True,
    )

    assert rows_of(ledger) == rows_of(other)
    assert b"exported 6 events, disclosures included, and 0 snapshots" in out.stderr
    assert b"6 events were imported, 6 of them in this run" in back.stdout
    assert "withheld: 0 disclosures and 1 snapshots" in ask("verify", "--ledger", other).out


def test_damaged_input_is_refused_with_its_line(ledger: Path, tmp_path: Path) -> None:
    log = tmp_path / "desk.ndjson"
    log.write_bytes(exported(ledger).replace(b"about 15 feet", b"about 51 feet"))

    back = ask("import", "ledger", log, "--ledger", tmp_path / "other.ledger")

    assert 3 == back.code
    assert "line 7: the disclosure of" in back.err
    assert "does not match the digest in its event" in back.err


def test_a_log_may_be_gzipped(ledger: Path, tmp_path: Path) -> None:
    log, other = tmp_path / "desk.ndjson.gz", tmp_path / "other.ledger"
    log.write_bytes(gzip.compress(exported(ledger)))

    back = ask("import", "ledger", log, "--ledger", other, "--json")
    again = ask("import", "ledger", "-", "--ledger", other, "--json", stdin=log.read_bytes())

    assert (0, 6, True) == (back.code, back.json["new"], back.json["complete"]), back.err
    assert (0, 0, back.json["root"]) == (again.code, again.json["new"], again.json["root"]), again.err
    assert rows_of(ledger) == rows_of(other)


def test_a_gzip_that_is_cut_off_is_refused_with_the_line_and_gone_on_with(
    ledger: Path, tmp_path: Path
) -> None:
    log, other = tmp_path / "desk.ndjson.gz", tmp_path / "other.ledger"
    first, rest = exported(ledger).split(b"\n", 1)
    log.write_bytes(gzip.compress(first + b"\n") + gzip.compress(rest)[:-8])

    back = ask("import", "ledger", log, "--ledger", other)
    log.write_bytes(gzip.compress(exported(ledger)))
    again = ask("import", "ledger", log, "--ledger", other)

    assert 3 == back.code
    assert back.err.startswith("line 10: ")
    assert "what is gzipped is damaged, or ends too early" in back.err
    assert 0 == again.code, again.err
    assert rows_of(ledger) == rows_of(other)


def test_a_rehearsal_judges_everything_and_makes_nothing(ledger: Path, tmp_path: Path) -> None:
    log, other = tmp_path / "desk.ndjson", tmp_path / "other.ledger"
    log.write_bytes(exported(ledger))

    back = ask("import", "ledger", log, "--ledger", other, "--dry-run")

    assert (0, "6 events would be imported") == (back.code, back.out[:26])
    assert ["desk.ledger", "desk.ledger.d", "desk.ndjson"] == _names(tmp_path)


def test_a_rehearsal_upon_a_ledger_with_events_is_a_fault_of_usage(ledger: Path, tmp_path: Path) -> None:
    log = tmp_path / "desk.ndjson"
    log.write_bytes(exported(ledger))

    back = ask("import", "ledger", log, "--ledger", ledger, "--dry-run")

    assert (2, f"{ledger} is not empty; a rehearsal needs an empty ledger, or none\n") == (
        back.code,
        back.err,
    )


def test_an_export_overwrites_nothing_and_leaves_nothing_half_done(ledger: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.ndjson"
    there.write_bytes(b"mine")

    again = ask("export", "ledger", "--ledger", ledger, "--to", there)
    nowhere = ask("export", "ledger", "--ledger", ledger, "--to", tmp_path / "no" / "folder.ndjson")

    assert (2, b"mine") == (again.code, there.read_bytes())
    assert "is there already" in again.err
    assert (2, "there is no folder" in nowhere.err) == (nowhere.code, True)


def test_an_export_that_finds_damage_leaves_no_file(ledger: Path, tmp_path: Path) -> None:
    for blob in (ledger.with_name(ledger.name + ".d") / "blobs").glob("[0-9a-f][0-9a-f]/*"):
        blob.unlink()

    out = ask("export", "ledger", "--ledger", ledger, "--with-snapshots", "--to", tmp_path / "log.ndjson")

    assert 1 == out.code
    assert "the snapshot is missing, and no redaction names it" in out.err
    assert ["desk.ledger", "desk.ledger.d"] == _names(tmp_path)


def test_a_copy_for_the_public_holds_no_words_and_no_snapshots(ledger: Path, tmp_path: Path) -> None:
    log, other = tmp_path / "public.ndjson", tmp_path / "public.ledger"

    both = ask("export", "ledger", "--ledger", ledger, "--without-disclosures", "--with-snapshots")
    ask("export", "ledger", "--ledger", ledger, "--without-disclosures", "--to", log)
    ask("import", "ledger", log, "--ledger", other)
    on = ask("append", "--ledger", other, stdin=b'{"op":"open-incident","id":"x","title":"X","zone":"UTC"}\n')
    again = ask("export", "ledger", "--ledger", other)

    assert 2 == both.code
    assert b"dragged" not in log.read_bytes()
    assert (4, True) == (on.code, "is a copy without disclosures" in on.err)
    assert (2, True) == (again.code, "came without disclosures" in again.err)
    assert (
        log.read_bytes() == ask("export", "ledger", "--ledger", other, "--without-disclosures").out.encode()
    )


def test_a_file_that_is_not_there_is_a_fault_of_usage(tmp_path: Path) -> None:
    back = ask("import", "ledger", tmp_path / "none.ndjson", "--ledger", tmp_path / "other.ledger")

    assert 2 == back.code
    assert "cannot be read: No such file" in back.err
    assert [] == _names(tmp_path)


def test_an_unfinished_import_is_said_by_every_command(ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ledger"
    ask("import", "ledger", "-", "--ledger", other, stdin=exported(ledger))
    (other.with_name(other.name + ".d") / "importing").touch()

    for command in (("show", "stop"), ("verify",), ("append",), ("backup", tmp_path / "copy")):
        answer = ask(*command, "--ledger", other, stdin=b"")
        assert (4, True) == (answer.code, "an import into this ledger was cut off" in answer.err), command
