"""The documents are complete, and what they and the code refer to exists."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperGroup
from typer.main import get_command

import ledger.errors
from api.cli import app
from ledger.errors import LedgerError
from ledger.events import ACTS
from tests.project_files import ROOT, project_files, python_files, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECISIONS = sorted(path for path in project_files() if path.match("docs/decisions/[0-9]*.md"))
_ADR = re.compile(r"\bADRs? (\d+)(?:(?:,| and) (\d+))*")
_FORMAT_SECTION = re.compile(r"ledger-format §(\d+(?:\.\d+)*)")
_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


def _page(name: str) -> str:
    return text_of(PurePosixPath(name))


def _section(name: str, title: str) -> str:
    """What stands under the heading that begins with `title`, up to the next heading."""
    return re.split(rf"^#+ {re.escape(title)}.*\n", _page(name), flags=re.MULTILINE)[1].split("\n#")[0]


def _documents() -> dict[PurePosixPath, str]:
    pages = [path for path in project_files() if path.suffix == ".md"]
    return {path: text_of(path) for path in pages if path.parts[0] in {"docs", "README.md", "CHANGELOG.md"}}


def _commands(command: object, name: str) -> Iterator[str]:
    """The full names of all commands that do something: of a group, those inside it."""
    if not isinstance(command, TyperGroup):
        yield name
        return
    for part, inner in command.commands.items():
        if not inner.hidden:
            yield from _commands(inner, f"{name} {part}")


def test_every_command_of_the_command_line_is_documented() -> None:
    text = "\n".join(page for path, page in _documents().items() if path.name != "CHANGELOG.md")
    commands = list(_commands(get_command(app), "incident-ledger"))
    missing = [name for name in commands if not re.search(rf"{re.escape(name)}(?![\w-])", text)]

    assert commands
    assert not missing, missing


def test_every_error_code_is_explained() -> None:
    errors = [getattr(ledger.errors, name) for name in ledger.errors.__all__]
    page = _page("docs/errors.md")
    missing = [error.code for error in errors if f"`{error.code}`" not in page]

    assert not missing, missing


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [getattr(ledger.errors, name).code for name in ledger.errors.__all__]

    assert sorted(set(codes)) == sorted(codes)
    assert all(issubclass(getattr(ledger.errors, name), LedgerError) for name in ledger.errors.__all__)


def test_the_laws_explained_are_those_that_refusals_name() -> None:
    explained = re.findall(r"^\| `([a-z-]+)` \|", _section("docs/errors.md", "The laws"), flags=re.MULTILINE)
    named = {
        node.args[0].value
        for file in python_files()
        if file.is_shipped
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"RuleError", "errors.RuleError"}
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }

    assert sorted(named) == explained


def test_every_event_type_is_described_in_the_format() -> None:
    page = _page("docs/ledger-format.md")
    missing = [name for name, _ in ACTS if f"`{name}`" not in page]

    assert not missing, missing


def test_every_make_target_is_documented() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", _page("Makefile"), flags=re.MULTILINE)
    text = _page("README.md") + _page("docs/development.md")
    missing = [target for target in targets if not re.search(rf"make {target}(?![\w-])", text)]

    assert targets
    assert not missing, missing


def test_the_readme_begins_with_the_two_commands() -> None:
    beginning = "\n".join(_page("README.md").splitlines()[:25])

    assert "make demo" in beginning
    assert "make test" in beginning


def test_the_changelog_says_what_is_new() -> None:
    assert re.search(r"^## (Unreleased|\[?\d+\.\d+\.\d+)", _page("CHANGELOG.md"), flags=re.MULTILINE)


def test_the_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in _DECISIONS]

    assert _DECISIONS
    assert list(range(1, len(numbers) + 1)) == numbers


@pytest.mark.parametrize("path", _DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_was_chosen_and_what_was_weighed(path: PurePosixPath) -> None:
    headings = re.findall(r"^## (\w+)", text_of(path), flags=re.MULTILINE)

    assert ["Context", "Choice", "Weighed"] == headings


def test_every_decision_that_is_cited_exists() -> None:
    numbers = {int(path.name[:4]) for path in _DECISIONS}
    missing = [
        f"{path}: {match[0]}"
        for path in project_files()
        if path.suffix in {".py", ".md", ".toml"}
        for match in _ADR.finditer(text_of(path))
        if not {int(number) for number in re.findall(r"\d+", match[0])} <= numbers
    ]

    assert not missing, "\n".join(missing)


def test_every_section_of_the_format_that_is_cited_exists() -> None:
    page = _page("docs/ledger-format.md")
    sections = set(re.findall(r"^#+ §?(\d+(?:\.\d+)*)", page, flags=re.MULTILINE))
    missing = [
        f"{path}: {match[0]}"
        for path in project_files()
        if path.suffix in {".py", ".md"}
        for match in _FORMAT_SECTION.finditer(text_of(path))
        if match[1] not in sections
    ]

    assert not missing, "\n".join(missing)


def test_every_link_between_documents_leads_to_a_file() -> None:
    broken = [
        f"{path}: {target}"
        for path, text in _documents().items()
        for target in _LINK.findall(text)
        if not (ROOT / path.parent / target).exists()
    ]

    assert not broken, "\n".join(broken)


def test_the_commands_of_a_block_are_about_one_ledger() -> None:
    """Those of docs/command-line.md are typed into one shell, in which the ledger was named before."""
    others = [
        f"{path}: {line}"
        for path, text in _documents().items()
        if path.name != "command-line.md"
        for block in _BLOCK.findall(text)
        if "--ledger" in block and "LEDGER_PATH" not in block
        for line in block.splitlines()
        if line.startswith("incident-ledger ") and "--ledger" not in line
    ]

    assert not others, "\n".join(others)


def test_every_link_to_a_heading_leads_to_one() -> None:
    headings = {
        path: {_anchor(heading) for heading in re.findall(r"^#+ (.*)$", _BLOCK.sub("", text), re.MULTILINE)}
        for path, text in _documents().items()
    }
    broken = [
        f"{path}: {target}#{anchor}"
        for path, text in _documents().items()
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", _BLOCK.sub("", text))
        if anchor not in headings.get(_resolved(path, target), {anchor})
    ]

    assert not broken, "\n".join(broken)


def _resolved(path: PurePosixPath, target: str) -> PurePosixPath:
    whole = (ROOT / path.parent / target).resolve() if target else ROOT / path
    return PurePosixPath(whole.relative_to(ROOT.resolve()))


def _anchor(heading: str) -> str:
    """What a heading is called in a link, as sites that show Markdown make it up."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
