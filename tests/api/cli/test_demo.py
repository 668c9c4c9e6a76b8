"""demo: the main job on one real incident, computed from the ledger it makes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from api.demo import INCIDENT
from tests.api.command_line import ask, run

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.values import Json

STANDING = re.compile(
    r"(?:^| )[a-z.]+ '([a-z-]+)': (?:[A-Z]+; )?(?:reported|corroborated|disputed), \d+ origin",
    flags=re.MULTILINE,
)
PARTS = ("WHAT IS REPORTED", "WHAT THE LEDGER KNEW", "WHAT THE PUBLIC COULD KNOW", "WHAT WAS CHANGED")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "incident.ledger"


@pytest.fixture(scope="module")
def out(ledger: Path) -> str:
    answer = ask("demo", "--ledger", ledger)
    assert (0, "") == (answer.code, answer.err)
    return answer.out


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return ask("demo", "--json", "--ledger", tmp_path_factory.mktemp("demo") / "incident.ledger").json


def _part(out: str, number: int) -> str:
    start = out.index(f"\n{number}. ")
    end = out.find(f"\n{number + 1}. ", start + 1)
    return out[start : None if end < 0 else end]


def _facts(text: str) -> list[str]:
    return STANDING.findall(text)


def test_the_demonstration_has_its_four_parts_in_order(out: str) -> None:
    found = [out.index(f"{number}. {part}") for number, part in enumerate(PARTS, start=1)]

    assert found == sorted(found)


def test_each_part_shows_the_facts_that_the_views_hold(out: str, as_json: Json) -> None:
    for number, name in enumerate(("now", "before", "public"), start=1):
        shown = _facts(_part(out, number))

        assert sorted(shown) == sorted(fact["fact"] for fact in as_json[name]["facts"])
        assert f": {len(shown)} facts" in " ".join(_part(out, number).split())


def test_what_an_earlier_part_lacks_is_named(out: str) -> None:
    now = set(_facts(_part(out, 1)))
    for number in (2, 3):
        words = " ".join(_part(out, number).split())
        named = re.search(r"Not there yet: ([a-z, -]+)\.", words)

        assert named is not None
        assert now - set(_facts(_part(out, number))) == set(named[1].split(", "))


def test_every_fact_is_shown_with_words_of_a_source(out: str) -> None:
    part = _part(out, 1)
    starts = [found.end() for found in STANDING.finditer(part)]
    after = [part[start : start + 200].split("\n")[1] for start in starts]

    assert 24 == len(after)
    assert [] == [
        line for line in after if not re.search(r"(?:account-[a-f]|article|police-video): \"", line)
    ]


def test_a_correction_is_shown_from_what_to_what_with_its_reason(out: str) -> None:
    changed = _part(out, 4)

    assert 'quantities/distance: "about 15 feet" -> "about 15-20 feet"' in changed
    assert "from: An officer was dragged by the car for about 15 feet." in changed
    assert "cause: our-misreading" in changed


def test_nobody_is_named_in_public_before_it_was_published(out: str) -> None:
    assert "Michael Smith" in _part(out, 1)
    assert "Michael Smith" not in _part(out, 2)
    assert "Michael Smith" not in _part(out, 3)


def test_no_line_is_wider_than_a_terminal(tmp_path: Path) -> None:
    lines = ask("demo", "--ledger", tmp_path / "x.ledger").out.splitlines()

    assert [] == [line for line in lines if len(line) > 110 and "LEDGER_PATH" not in line]


def test_the_commands_that_it_suggests_work(out: str, ledger: Path) -> None:
    suggested = re.findall(r"^  incident-ledger (.+)$", out, flags=re.MULTILINE)

    assert {"show", "audit", "verify"} == {line.split()[0] for line in suggested}
    assert [0] * len(suggested) == [ask(*line.split(), "--ledger", ledger).code for line in suggested]
    assert f"  export LEDGER_PATH={ledger}\n" in out


def test_the_json_holds_the_same_four_parts(as_json: Json) -> None:
    assert {"ledger", "incident", "now", "before", "public", "audit"} == set(as_json)
    assert INCIDENT == as_json["incident"]
    assert len(as_json["audit"]) > 50


@pytest.mark.parametrize("lies_there", ["x.ledger", "x.ledger.d"], ids=["a file", "a folder beside it"])
def test_a_ledger_that_exists_is_left_alone(tmp_path: Path, lies_there: str) -> None:
    (tmp_path / lies_there).mkdir()
    answer = ask("demo", "--ledger", tmp_path / "x.ledger")

    assert (2, "") == (answer.code, answer.out)
    assert "exists already; the demonstration wants a fresh file" in answer.err


def test_a_folder_that_was_left_behind_is_named_as_what_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "demo.ledger.d").mkdir()
    answer = ask("demo", "--ledger", tmp_path / "demo.ledger")

    assert 2 == answer.code
    assert f"{tmp_path / 'demo.ledger.d'} exists already; the demonstration" in answer.err


def test_without_a_file_it_takes_a_temporary_one_and_leaves_the_folder_clean(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    answer = run("demo", folder=tmp_path, TMPDIR=str(tmp_path / "made"))

    assert (0, "") == (answer.code, answer.err)
    assert [tmp_path / "made"] == list(tmp_path.iterdir())
    (made,) = (tmp_path / "made").iterdir()
    assert f"export LEDGER_PATH={made / 'incident.ledger'}\n" in answer.out
    assert 0 == run("verify", folder=tmp_path, LEDGER_PATH=str(made / "incident.ledger")).code
