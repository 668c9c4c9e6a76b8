"""docs/threat-model.md is true: each way to tamper gets the answer that its table says, by how much whoever checks brought along."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from ledger.signing import VerifierKey
from ledger.verify import Asked, Outside, verify_file
from tests.project_files import text_of
from tests.tamper_attacks import ATTACKS, World, a_world, copied

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.verify import Report

PAGE = text_of(PurePosixPath("docs/threat-model.md"))
TABLE: dict[str, tuple[str, ...]] = {
    cells[0]: tuple(cells[1:])
    for line in re.findall(r"^\| (.+) \|$", PAGE, flags=re.MULTILINE)
    if (cells := line.split(" | "))[-1] in {"OK", "DIVERGED", "CORRUPT", "INCOMPLETE"}
}
LEVELS = ("Database only", "Signed checkpoint", "Kept checkpoint")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return a_world(tmp_path_factory.mktemp("world"))


def _checked(world: World, path: Path, level: str) -> Report:
    match level:
        case "Database only":
            for name in ("tree", "keys"):
                shutil.rmtree(path.with_name(path.name + ".d") / name, ignore_errors=True)
            return verify_file(path)
        case "Signed checkpoint":
            return verify_file(path, Asked(outside=Outside(keys=(world.key,))))
        case _:
            return verify_file(path, Asked(outside=Outside(keys=(world.key,), kept=(("kept", world.kept),))))


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_way_to_tamper_gets_the_answer_of_the_table(world: World, tmp_path: Path, attack: str) -> None:
    answers = []
    for level in LEVELS:
        path = copied(world.today, tmp_path / level)
        ATTACKS[attack](world, path)
        answers.append(_checked(world, path, level))

    assert TABLE[attack] == tuple(report.verdict for report in answers), [
        (report.verdict, report.findings[:3]) for report in answers
    ]
    for report in answers:
        assert (report.verdict == "OK") == (not report.findings)


def test_every_way_in_the_table_is_tried_and_every_way_tried_is_in_the_table() -> None:
    assert list(ATTACKS) == list(TABLE)
    assert f"| What was done | {' | '.join(LEVELS)} |" in PAGE


def test_where_nothing_was_done_the_answer_says_how_far_it_could_see(world: World, tmp_path: Path) -> None:
    reports = [_checked(world, copied(world.today, tmp_path / level), level) for level in LEVELS]

    assert ["database only", "signed checkpoint", "a checkpoint that somebody else kept"] == [
        report.level for report in reports
    ]
    assert [(0, 0, 0), (2, 0, 10), (2, 1, 10)] == [
        (report.checkpoints, report.kept_checkpoints, report.vouched_events) for report in reports
    ]


def test_removed_heads_are_told_by_the_level(world: World, tmp_path: Path) -> None:
    path = copied(world.today, tmp_path / "removed")
    ATTACKS["the signed heads removed"](world, path)

    assert "database only" == _checked(world, path, "Signed checkpoint").level


def test_with_the_key_of_its_epoch_a_restore_is_told_from_a_forgery(world: World, tmp_path: Path) -> None:
    path = copied(world.today, tmp_path / "restored")
    ATTACKS["yesterday's ledger brought back by a restore, and gone on from there"](world, path)
    lines = (path.with_name(path.name + ".d") / "keys" / "checkpoint-keys").read_text().splitlines()
    keys = tuple({world.key, *map(VerifierKey.parse, lines)})
    before = (path.with_name(path.name + ".d") / "tree" / "checkpoints.ndjson").read_text().splitlines()
    of_yesterday = json.loads(before[0])["checkpoint"].encode()

    for kept, verdict in (
        ((), "OK"),
        ((("yesterday", of_yesterday),), "OK"),
        ((("today", world.kept),), "DIVERGED"),
    ):
        report = verify_file(path, Asked(outside=Outside(keys=keys, kept=kept)))
        assert verdict == report.verdict, report.findings
