"""import git: every version that a table had on a branch, each published at the time of its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.events import SnapshotCaptured
from tests.api.command_line import Answer, ask
from tests.api.importing.git_tables import commit_table, git, make_repository
from tests.api.importing.streams import entries, records

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = 'dataset = "cases"\nid = "id"\n[columns.id]\nignore = true\n'
VERSIONS = (
    "id,city\n1,Rome\n2,Bonn\n",
    "id,city\n1,Roma\n",
    "id,city\n1,Rome\n2,Bonn\n",
    "id,city,n\n1,Rome,7\n2,Bonn,\n",
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repository", VERSIONS)


def _import(ledger: Path, repository: Path, *more: object) -> Answer:
    mapping = ledger.with_name("mapping.toml")
    mapping.write_text(MAPPING, "utf-8")
    return ask(
        "import", "git", repository, "--path", "cases.csv", "--mapping", mapping, "--ledger", ledger, *more
    )


STATES = (
    {"1": {"city": "Rome"}, "2": {"city": "Bonn"}},
    {"1": {"city": "Roma"}},
    {"1": {"city": "Rome"}, "2": {"city": "Bonn"}},
    {"1": {"city": "Rome", "n": "7"}, "2": {"city": "Bonn"}},
)


def test_the_state_at_every_commit_is_the_table_as_it_was(repository: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "desk.ledger"
    answer = _import(ledger, repository)

    assert 0 == answer.code, answer.err
    for number, state in enumerate(STATES):
        at = f"2021-03-0{number + 1}T11:00:00Z"
        assert state == records(ledger, "--public-at", at, dataset="cases"), number
    assert 4 == sum(isinstance(one.body, SnapshotCaptured) for one in entries(ledger))


def test_again_it_records_nothing_and_a_longer_history_what_is_new(repository: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "desk.ledger"
    _import(ledger, repository)
    head = entries(ledger)[-1].position
    again = _import(ledger, repository, "--json").json
    commit_table(repository, "id,city\n1,Rom\n2,Bonn\n", 4)
    _import(ledger, repository)

    assert (0, head) == (again["acts"], again["position"])
    assert {"1": {"city": "Rom"}, "2": {"city": "Bonn"}} == records(ledger, dataset="cases")
    assert STATES[2] == records(ledger, "--public-at", "2021-03-03T12:00:00Z", dataset="cases")


def test_a_faulty_version_is_told_with_its_commit_and_the_others_go_on(
    repository: Path, tmp_path: Path
) -> None:
    commit_table(repository, "id,city\n1,Rome\n1,Bonn\n", 4)
    commit_table(repository, "id,city\n1,Rom\n", 5)
    answer = _import(tmp_path / "desk.ledger", repository)

    assert 3 == answer.code
    assert ": the id '1' stands in line 2 already" in answer.err
    assert answer.err.startswith("line 3: refused: commit ")
    assert {"1": {"city": "Rom"}} == records(tmp_path / "desk.ledger", dataset="cases")


def test_a_commit_without_the_table_leaves_what_stands(repository: Path, tmp_path: Path) -> None:
    (repository / "cases.csv").unlink()
    git(repository, "add", ".")
    git(repository, "commit", "-m", "gone", at="2021-03-08T00:00:00Z")
    answer = _import(tmp_path / "desk.ledger", repository)

    assert 0 == answer.code
    assert ": the table is not there; what stands is left as it is" in answer.err
    assert STATES[3] == records(tmp_path / "desk.ledger", dataset="cases")


def test_what_is_no_repository_or_no_table_is_told(repository: Path, tmp_path: Path) -> None:
    none = _import(tmp_path / "desk.ledger", tmp_path)
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    other = ask(
        "import",
        "git",
        repository,
        "--path",
        "x.csv",
        "--mapping",
        tmp_path / "mapping.toml",
        "--ledger",
        "x",
    )

    assert (2, True) == (none.code, "not a git repository" in none.err)
    assert (2, True) == (other.code, "no commit of HEAD touches x.csv" in other.err)
