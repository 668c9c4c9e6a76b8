"""changes: what changed between two points of an axis, as text and as JSON; what is asked wrongly is answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.api.course_commands import INCIDENT, a_course, ask

if TYPE_CHECKING:
    from pathlib import Path

CORRECTED = (
    "in 'drag' the distance was corrected from about 15 feet to 15-20 feet (the source's error), because the paper has the "
    "range that the police gave, citing paper."
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_course(tmp_path_factory.mktemp("changes"))


def test_each_change_is_a_sentence_with_the_act_that_did_it(ledger: Path) -> None:
    answer = ask("changes", INCIDENT, "--from", 6, "--ledger", ledger)
    lines = answer.out.splitlines()

    assert (0, "") == (answer.code, answer.err)
    assert [
        "A traffic stop",
        "what was known from position 6 to position 9",
        "3 changes: 2 strengthened, 1 corrected",
    ] == lines[:3]
    assert CORRECTED in " ".join(answer.out.split())
    assert lines[8].startswith("corrected     On ")
    assert "position 9, " in lines[10]
    assert lines[10].endswith("by local: FactCorrected (class wrong-number)")


def test_along_public_the_other_axis_is_held(ledger: Path) -> None:
    given = ("--axis", "public", "--from", "2021-05-10T00:00:00Z", "--known-at", 8)
    out = ask("changes", INCIDENT, *given, "--ledger", ledger).out

    assert (
        "what was public from 2021-05-10T00:00:00+00:00 to all that is known, as known at position 8"
        in out.splitlines()
    )
    assert "Public by the end of 20 May 2021: 'flight' now has 2 independent origins" in " ".join(out.split())
    assert "corrected" not in out


def test_words_that_were_cited_stand_under_the_sentence(ledger: Path) -> None:
    out = ask("changes", INCIDENT, "--to", 5, "--ledger", ledger).out

    assert '              station: "dragged about 15 feet"' in out.splitlines()
    assert "'drag' was added: An officer was dragged about 15 feet, citing station." in " ".join(out.split())


def test_json_holds_the_points_the_entries_and_a_difference_that_applies(ledger: Path) -> None:
    told = json.loads(ask("changes", INCIDENT, "--from", 6, "--to", 9, "--json", "--ledger", ledger).out)

    assert ({"known": 6}, {"known": 9}, "known", True) == (
        told["from"],
        told["to"],
        told["axis"],
        told["final"],
    )
    assert ["strengthened", "corrected", "strengthened"] == [entry["sort"] for entry in told["entries"]]
    assert told["entries"][1]["sentence"].endswith(CORRECTED)
    assert {"path": "/position", "old": 6, "new": 9} in told["difference"]["changes"]


def test_backwards_and_nothing_at_all_are_said(ledger: Path) -> None:
    back = ask("changes", INCIDENT, "--from", 9, "--to", 8, "--ledger", ledger).out
    same = ask("changes", INCIDENT, "--from", 9, "--ledger", ledger).out

    assert "what was known from position 9 to position 8, told backwards" in back.splitlines()
    assert "Not yet recorded before" in back
    assert "Nothing changed." in same.splitlines()


def test_a_held_time_is_named_and_so_is_one_that_is_not_final(ledger: Path) -> None:
    out = ask("changes", INCIDENT, "--public-at", "2021-05-10T00:00:00Z", "--ledger", ledger).out
    assert ", counting what was public by 2021-05-10T00:00:00+00:00" in out.splitlines()[1]


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("--from", 99), 2, "--from: this ledger ends at position 9"),
        (("--to", "yesterday"), 2, "--to must be a position"),
        (("--to", "2999-01-01T00:00:00Z"), 2, "--to lies in the future"),
        (("--known-at", 3), 2, "along known the two points are --from and --to; only --public-at is held"),
        (("--axis", "public", "--public-at", "2021-05-10T00:00:00Z"), 2, "only --known-at is held"),
        (("--axis", "public", "--from", 3), 2, "--from: "),
        (("--axis", "sideways"), 2, "sideways"),
        (("--to", 3), 3, "was not known yet at position 3"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_a_sentence(
    ledger: Path, given: tuple[object, ...], code: int, says: str
) -> None:
    answer = ask("changes", INCIDENT, *given, "--ledger", ledger)

    assert (code, "") == (answer.code, answer.out)
    assert says in answer.err


def test_an_incident_that_is_not_there_is_named(ledger: Path) -> None:
    answer = ask("changes", "elsewhere", "--ledger", ledger)
    assert (3, "incident 'elsewhere' is not in this ledger; it has: stop\n") == (answer.code, answer.err)
