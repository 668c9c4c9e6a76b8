"""Each law of docs/model.md §5 is quoted, clause by clause, by tests whose cases are drawn at random."""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.project_files import python_files, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.project_files import PythonFile

_QUOTING = re.compile(r"Law (\d+) \(model §5\): (.+?)(?= Law \d+ \(model|$)")
_PAGE = text_of(PurePosixPath("docs/model.md"))
LAWS = {
    int(number): law
    for number, law in re.findall(r"^(\d+)\. (.+)$", _PAGE.partition("\nThe laws.")[2], re.MULTILINE)
}


def _docstrings(file: PythonFile) -> Iterator[str]:
    """What is said of each test, rule and invariant of a file."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef):
            yield " ".join((ast.get_docstring(node) or "").split())


@functools.cache
def quoted() -> dict[int, set[str]]:
    """By law, what tests say of it that draw their cases."""
    found: dict[int, set[str]] = defaultdict(set)
    for file in python_files():
        if "(model §5): " in file.text and re.search(
            r"^(from|import) hypothesis|history_machine", file.text, re.MULTILINE
        ):
            for said in _docstrings(file):
                for number, law in _QUOTING.findall(said):
                    found[int(number)].add(law)
    return found


def test_there_are_twelve_laws() -> None:
    assert [*range(1, 13)] == [*LAWS]


@pytest.mark.parametrize("number", LAWS)
def test_each_clause_of_a_law_is_quoted_by_a_test_that_tries_it(number: int) -> None:
    said = quoted()[number]

    for clause in LAWS[number].removesuffix(".").split("; "):
        assert any(clause in one for one in said), clause


def test_no_test_quotes_what_is_no_law() -> None:
    for number, said in quoted().items():
        for one in said:
            begins = one.partition(". ")[0].removesuffix(".")
            assert begins in LAWS[number], (number, one)
