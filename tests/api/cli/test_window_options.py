"""The window of occurrence on the command line: every view of an incident tells of the facts that lie in it, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.command_line import INCIDENT, ask, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--occurred-from", "2021-05-08T00:00:00-05:00", "--occurred-to", "2021-05-09T00:00:00-05:00")
COMMANDS = ("show", "timeline", "audit", "changes", "conflicts", "first-known", "replay")
SAID = "of what {} occurred from 2021-05-08T00:00:00-05:00 to 2021-05-09T00:00:00-05:00"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`drag` on 8 May, `later` some time after it, `earlier` a week before."""
    path = tmp_path_factory.mktemp("window") / "desk.ledger"
    after = {"relations": [{"rel": "after", "fact": "drag"}]}
    record(path, *desk(), fact("later", occurred=after), fact("earlier", occurred="2021-05-01"))
    return path


def _one_line(out: str) -> str:
    return " ".join(out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_each_view_tells_of_what_may_have_occurred_then_or_did_for_certain(
    ledger: Path, command: str
) -> None:
    possible = ask(command, INCIDENT, *DAY, "--ledger", ledger)
    certain = ask(command, INCIDENT, *DAY, "--overlap", "certain", "--ledger", ledger)

    assert [True, True, False] == [name in possible.out for name in ("drag", "later", "earlier")]
    assert [True, False, False] == [
        name in certain.out.replace("before later", "") for name in ("drag", "later", "earlier")
    ]
    assert SAID.format("may have") in _one_line(possible.out)
    assert SAID.format("certainly") in _one_line(certain.out)
    assert max(map(len, possible.out.splitlines())) <= 110


@pytest.mark.parametrize("command", COMMANDS)
def test_the_data_say_the_window(ledger: Path, command: str) -> None:
    for told in ask(command, INCIDENT, *DAY, "--json", "--ledger", ledger).json_lines:
        assert (DAY[1], DAY[3], "possible", True) == (
            told["occurred_from"],
            told["occurred_to"],
            told["overlap"],
            told["final"],
        )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            ("--overlap", "certain"),
            "--overlap: says how --occurred-from and --occurred-to are meant; give one of them",
        ),
        (("--occurred-from", "2021-05-08"), "--occurred-from: a date alone names no instant"),
        (("--occurred-to", "2021"), "--occurred-to: a date alone names no instant"),
        ((*DAY[:2], "--overlap", "maybe"), "--overlap: must be one of possible, certain"),
        ((DAY[0], DAY[3], DAY[2], DAY[1]), "--occurred-to: lies before --occurred-from"),
    ],
    ids=["no end", "a day", "a year", "no such word", "backwards"],
)
def test_a_window_that_cannot_be_meant_is_a_fault_of_usage(
    ledger: Path, given: tuple[str, ...], told: str
) -> None:
    answer = ask("show", INCIDENT, *given, "--ledger", ledger)

    assert (2, "") == (answer.code, answer.out)
    assert answer.err.startswith(told)


def test_a_window_without_any_fact_says_so(ledger: Path) -> None:
    asked = ("--occurred-to", "2000-01-01T00:00:00Z", "--overlap", "certain", "--ledger", ledger)

    for command in ("show", "timeline", "audit", "conflicts", "first-known"):
        last = ask(command, INCIDENT, *asked).out.splitlines()[-1]
        assert "No fact is known that certainly occurred before 2000-01-01T00:00:00+00:00." == last
