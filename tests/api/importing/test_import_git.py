"""import git: every version that a table had on a branch, each published at the time of its commit."""

from __future__ import annotations

import hashlib
import re
import shutil
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


def _import(
    ledger: Path, repository: Path, *more: object, file: str = "cases.csv", facts: str = ""
) -> Answer:
    mapping = ledger.with_name("mapping.toml")
    mapping.write_text(MAPPING + facts, "utf-8")
    return ask("import", "git", repository, "--path", file, "--mapping", mapping, "--ledger", ledger, *more)


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
    assert re.fullmatch(
        r"line 3: refused: commit [0-9a-f]{12}: the id '1' stands in line 2 already\n", answer.err
    ), answer.err
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
    ledger = tmp_path / "desk.ledger"
    none, other = _import(ledger, tmp_path), _import(ledger, repository, file="x.csv")

    assert (2, True) == (none.code, "not a git repository" in none.err)
    assert (2, True) == (other.code, "no commit of HEAD touches x.csv" in other.err)
    for file in ("", ".", "/cases.csv", "../cases.csv"):
        answer = _import(ledger, repository, file=file)
        told = "--path: is where the table lies in the repository, from its root\n"
        assert (2, told) == (answer.code, answer.err), file


def test_a_kind_that_is_not_there_is_told_once_of_all_versions(repository: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "desk.ledger"
    answer = _import(
        ledger, repository, facts='[[facts]]\nid = "y"\nkind = "deaht"\nstatement = "In {city}."'
    )

    assert (2, False) == (answer.code, ledger.exists())
    assert 1 == answer.err.count("/facts/0/kind: kind 'deaht' is not in this ledger")


def test_a_path_is_taken_as_it_is_written_and_from_the_root(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repository", [])
    names = ("[c]*.csv", "-c.csv", "a b/ü.csv", ":(top)c.csv")
    for number, name in enumerate(names):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(f"id,city\n{number},Rome\n", "utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "all")
    commit_table(repository, VERSIONS[0], 1)
    for number, name in enumerate(names):
        ledger = tmp_path / f"{number}.ledger"
        answer = _import(ledger, repository / "a b", file=f"./{name}")

        assert (0, "") == (answer.code, answer.err), name
        assert {str(number): {"city": "Rome"}} == records(ledger, dataset="cases")


def test_what_is_no_file_at_a_commit_is_refused_with_it(repository: Path, tmp_path: Path) -> None:
    (repository / "cases.csv").rename(repository / "new.csv")
    (repository / "cases.csv").symlink_to("new.csv")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "link", at="2021-03-08T00:00:00Z")
    (repository / "cases.csv").unlink()
    (repository / "cases.csv").mkdir()
    shutil.move(repository / "new.csv", repository / "cases.csv" / "new.csv")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "folder", at="2021-03-09T00:00:00Z")
    answer = _import(tmp_path / "desk.ledger", repository, "--json")

    assert (3, 2) == (answer.code, answer.json["refused"])
    assert ["a symbolic link", "a folder"] == re.findall(
        r"refused: commit [0-9a-f]{12}: cases\.csv is (.+) there; name the file itself\n", answer.err
    )
    assert STATES[3] == records(tmp_path / "desk.ledger", dataset="cases")


def test_a_history_that_was_written_anew_is_refused_at_its_first_other_commit(
    repository: Path, tmp_path: Path
) -> None:
    ledger = tmp_path / "desk.ledger"
    _import(ledger, repository)
    before = entries(ledger)
    git(repository, "reset", "--hard", "HEAD~3")
    commit_table(repository, "id,city\n1,Napoli\n", 1)
    answer = _import(ledger, repository)

    assert (3, before) == (answer.code, entries(ledger))
    assert re.fullmatch(
        r"commit [0-9a-f]{12}: this (?:file was imported|version was published) before.*\n", answer.err
    )


def test_a_commit_dated_before_the_one_above_it_counts_as_published_with_that_and_is_told(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "cases.csv").write_text("id,city\n1,Rom\n", "utf-8")
    git(repository, "commit", "-am", "v4", at="2021-03-02T00:00:00Z")
    answer = _import(tmp_path / "desk.ledger", repository)

    assert (0, True) == (answer.code, "; 1 commits were dated before a commit above them" in answer.out)
    assert answer.err.endswith(
        ": its time lies before that of a commit above it; it counts as published with that\n"
    )
    at = ("--public-at", "2021-03-04T11:00:00Z")
    assert {"1": {"city": "Rom"}} == records(tmp_path / "desk.ledger", *at, dataset="cases")


def test_a_commit_of_a_time_to_come_is_refused_and_what_it_changed_comes_with_the_next(
    repository: Path, tmp_path: Path
) -> None:
    for name, city, at in (("v4", "Rom", "2099-03-02T00:00:00Z"), ("v5", "Rim", "2021-03-05T00:00:00Z")):
        (repository / "cases.csv").write_text(f"id,city\n1,{city}\n", "utf-8")
        git(repository, "commit", "-am", name, at=at)
    ledger = tmp_path / "desk.ledger"
    answer = _import(ledger, repository, "--json")

    assert (3, 1) == (answer.code, answer.json["refused"])
    assert re.fullmatch(
        r"refused: commit [0-9a-f]{12}: its time, 2099-03-02T00:00:00(Z|\+00:00), lies in the future: it cannot be when this"
        r" was put out; the next commit says what it changed\n",
        answer.err,
    )
    assert STATES[3] == records(ledger, "--public-at", "2021-03-04T23:59:59Z", dataset="cases")
    assert {"1": {"city": "Rim"}} == records(ledger, "--public-at", "2021-03-05T00:00:00Z", dataset="cases")


def test_a_shallow_clone_is_told(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--depth", "2", repository.as_uri(), str(clone))
    answer = _import(tmp_path / "desk.ledger", clone)

    assert 0 == answer.code
    assert answer.err.startswith(f"{clone} is a shallow clone: "), answer.err
    assert STATES[2] == records(
        tmp_path / "desk.ledger", "--public-at", "2021-03-03T11:00:00Z", dataset="cases"
    )


def test_a_version_that_git_cannot_give_is_no_table_taken_out(repository: Path, tmp_path: Path) -> None:
    data = VERSIONS[1].encode()
    name = hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()
    (repository / ".git" / "objects" / name[:2] / name[2:]).unlink()
    answer = _import(tmp_path / "desk.ledger", repository)

    assert 2 == answer.code
    assert answer.err.startswith(f"{repository}: commit "), answer.err
    assert STATES[0] == records(tmp_path / "desk.ledger", dataset="cases")
