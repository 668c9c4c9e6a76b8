"""Rules of style that no linter knows, as tests.

Each rule is shown a text that breaks it, so that none can fall asleep.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import TypeAlias

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project_files import (
    ROOT,
    PythonFile,
    as_git_lists,
    as_walked,
    project_files,
    python_files,
    text_of,
)

Rule: TypeAlias = Callable[[PythonFile], Iterator[str]]

_MAX_LINES = 400
_VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?|services?)(_|$)")
_MARK = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_SKETCH = re.compile(r"\b(stub|placeholder)\b", re.IGNORECASE)
_EXEMPTION = re.compile(
    r"#\s*(?:type:\s*ignore(?:\[[^\]]*\])?|noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?)(?P<reason>.*)"
)
_ASKS_THE_MACHINE = re.compile(
    r"(?:^|\.)(?:datetime|date)\.(?:now|utcnow|today)$|^time\.time(?:_ns)?$|^uuid\.uuid[14]$|^random\."
)
_MACHINE_PATH = re.compile(r"(?<![\w.~-])(?:/work/|/root/|/Users/|/tmp/x\b)")
_DOWNLOAD = re.compile(
    r"pypi\.org|pythonhosted|https?://\S+/simple\b|https?://\S+\.(?:whl|tar\.gz|tgz|zip)\b|(?<!emit-)index-url"
)
_WRONG_VERB = re.compile(r"^(update|edit|delete)_(fact|incident|source|event|citation|attestation)s?$")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_THIS_FILE = PurePosixPath("tests/test_tidy.py")

NOT_THIS = {
    "as_of": "known_at",
    "as_of_date": "known_at",
    "attachment": "snapshot",
    "bookmark": "checkpoint",
    "claim": "fact",
    "created_at": "recorded_at",
    "datum": "fact",
    "event_date": "occurred",
    "event_time": "occurred",
    "read_model": "view",
    "revision": "version",
    "source_count": "origins",
    "timestamp": "occurred, published, captured_at or recorded_at",
    "updated_at": "recorded_at",
}
"""Names that docs/vocabulary.md rules out, where they can mean nothing else, and the word to use."""


def _is_too_long(file: PythonFile) -> Iterator[str]:
    lines = file.text.count("\n")
    if lines > _MAX_LINES:
        yield f"{lines} lines, at most {_MAX_LINES} are allowed: give each reason its own file"


def _has_a_vague_name(file: PythonFile) -> Iterator[str]:
    for part in (*file.path.parts[:-1], file.path.stem):
        if _VAGUE.search(part):
            yield f"{part!r} says nothing of what is inside"


def _comments(file: PythonFile) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _is_unfinished(file: PythonFile) -> Iterator[str]:
    if file.path == _THIS_FILE:
        return
    for number, line in enumerate(file.text.splitlines(), start=1):
        if mark := _MARK.search(line):
            yield f"line {number}: {mark[0]}"
    for number, comment in _comments(file):
        if word := _SKETCH.search(comment):
            yield f"line {number}: {word[0]}"
    for node in ast.walk(file.tree):
        if isinstance(node, _DOCUMENTED) and (word := _SKETCH.search(ast.get_docstring(node) or "")):
            yield f"docstring of {_name(node)}: {word[0]}"


def _name(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return "the module" if isinstance(node, ast.Module) else node.name


def _is_undocumented(file: PythonFile) -> Iterator[str]:
    if not file.is_shipped:
        return
    pending: list[ast.AST] = [file.tree]
    while pending:
        node = pending.pop()
        if not isinstance(node, _DOCUMENTED):
            continue
        if not ast.get_docstring(node):
            yield f"{_name(node)} has no docstring"
        if isinstance(node, ast.Module | ast.ClassDef):
            pending += [
                inner
                for inner in node.body
                if isinstance(inner, _DOCUMENTED)
                and not _name(inner).startswith("_")
                and not any(
                    ast.unparse(mark).endswith(("overload", "override", ".setter"))
                    for mark in getattr(inner, "decorator_list", ())
                )
            ]


def _exempts_itself_without_a_reason(file: PythonFile) -> Iterator[str]:
    for number, comment in _comments(file):
        exemption = _EXEMPTION.search(comment)
        if exemption and not re.search(r"\w+\W+\w+", exemption["reason"]):
            yield f"line {number}: say why after {comment!r}"


def _asks_the_machine(file: PythonFile) -> Iterator[str]:
    if file.path == PurePosixPath("ledger/clock.py"):
        return
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Attribute) and _ASKS_THE_MACHINE.search(ast.unparse(node)):
            yield f"line {node.lineno}: {ast.unparse(node)}; take a Clock, Ids or a RandomSource"


def _imports_upward_by_dots(file: PythonFile) -> Iterator[str]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: write the import out from its package"


def _public_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name):
                yield node.lineno, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield node.lineno, name.lower()
            case _:
                pass


def _uses_a_word_of_others(file: PythonFile) -> Iterator[str]:
    if not file.is_shipped:
        return
    for number, name in _public_names(file.tree):
        for word, use in NOT_THIS.items():
            if name in {word, f"{word}s"} or name.endswith((f"_{word}", f"_{word}s")):
                yield f"line {number}: {name}; the word is {use} (docs/vocabulary.md)"
        if _WRONG_VERB.search(name):
            yield f"line {number}: {name}; the ledger corrects, amends, retracts (docs/vocabulary.md)"


RULES_AND_BREACHES: list[tuple[Rule, str, str]] = [
    (_is_too_long, "ledger/long.py", "x = 1\n" * (_MAX_LINES + 1)),
    (_has_a_vague_name, "api/text_utils.py", ""),
    (_has_a_vague_name, "api/services/facts.py", ""),
    (_is_unfinished, "ledger/fact.py", "x = 1  # TODO: more\n"),
    (_is_unfinished, "ledger/fact.py", '"""Only a stub so far."""\n'),
    (_is_unfinished, "ledger/fact.py", "x = 1  # a placeholder\n"),
    (_is_undocumented, "ledger/fact.py", ""),
    (_is_undocumented, "ledger/fact.py", '"""Facts."""\nclass Fact: pass\n'),
    (
        _is_undocumented,
        "ledger/fact.py",
        '"""Facts."""\nclass Fact:\n    """A fact."""\n    def kind(self): pass\n',
    ),
    (_exempts_itself_without_a_reason, "api/app.py", "x = 1  # type: ignore[misc]\n"),
    (_exempts_itself_without_a_reason, "api/app.py", "x = 1  # noqa: S608\n"),
    (_asks_the_machine, "api/app.py", "import datetime as dt\nx = dt.datetime.now(dt.UTC)\n"),
    (_asks_the_machine, "api/app.py", "import time\nx = time.time()\n"),
    (_asks_the_machine, "api/app.py", "import random\nx = random.random()\n"),
    (_imports_upward_by_dots, "api/app.py", "from . import routes\n"),
    (_uses_a_word_of_others, "api/app.py", "class Row:\n    created_at: str\n"),
    (_uses_a_word_of_others, "api/app.py", "def first_claim(): pass\n"),
    (_uses_a_word_of_others, "api/app.py", "class UpdateFact: pass\n"),
]
RULES = list(dict.fromkeys(rule for rule, _, _ in RULES_AND_BREACHES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__.strip("_"))
def test_no_file_breaks_the_rule(rule: Rule) -> None:
    breaches = [f"{file.path}: {breach}" for file in python_files() for breach in rule(file)]

    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    RULES_AND_BREACHES,
    ids=[f"{number}-{rule.__name__.strip('_')}" for number, (rule, _, _) in enumerate(RULES_AND_BREACHES)],
)
def test_the_rule_sees_a_breach(rule: Rule, path: str, text: str) -> None:
    assert list(rule(PythonFile(path=PurePosixPath(path), text=text)))


def test_an_exemption_with_a_reason_is_allowed() -> None:
    text = (
        "x = 1  # type: ignore[misc]  # the library declares no type\ny = 1  # noqa: S608 - no input in it\n"
    )

    breaches = list(_exempts_itself_without_a_reason(PythonFile(path=PurePosixPath("api/app.py"), text=text)))

    assert [] == breaches


def test_every_folder_with_python_is_a_package() -> None:
    folders = {file.path.parent for file in python_files()}
    packages = {file.path.parent for file in python_files() if file.path.name == "__init__.py"}

    # What lies in docs is a page to be read and run by itself.
    assert set() == folders - packages - {PurePosixPath(), PurePosixPath("docs")}


def test_the_files_are_the_same_with_and_without_git() -> None:
    listed = as_git_lists()
    if listed is None:
        pytest.skip("git is not installed, or this is no clone: the files are walked")

    assert listed == as_walked()


def test_every_word_ruled_out_stands_in_the_vocabulary() -> None:
    page = text_of(PurePosixPath("docs/vocabulary.md"))

    breaches = [word for word in NOT_THIS if f"`{word}`" not in page]

    assert not breaches, breaches


def test_no_file_tells_where_it_was_made_or_whence_it_was_fetched() -> None:
    found = [
        f"{path}: {match[0]}"
        for path in project_files()
        if path != _THIS_FILE
        for match in [*_MACHINE_PATH.finditer(text_of(path)), *_DOWNLOAD.finditer(text_of(path))]
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "breach"),
    [
        (_MACHINE_PATH, "see /work/main/ledger"),
        (_MACHINE_PATH, "cd /root/.cache"),
        (_DOWNLOAD, "https://files.pythonhosted.org/packages/x"),
        (_DOWNLOAD, "--extra-index-url https://example.org/simple"),
        (_DOWNLOAD, "https://example.org/a-1.0-py3-none-any.whl"),
    ],
    ids=["project folder", "home folder", "package host", "index", "wheel"],
)
def test_a_place_of_making_is_seen(pattern: re.Pattern[str], breach: str) -> None:
    assert pattern.search(breach)


def _locked() -> dict[str, tuple[str, int]]:
    """Each locked distribution by its normal name: its version and how many hashes it has."""
    locked: dict[str, tuple[str, int]] = {}
    entries = re.split(r"^(?=[a-z0-9])", text_of(PurePosixPath("requirements.lock")), flags=re.MULTILINE)
    for entry in entries[1:]:
        name, version = re.split(r"==|\s", entry, maxsplit=2)[:2]
        locked[canonicalize_name(name)] = (version, entry.count("--hash=sha256:"))
    return locked


def test_every_locked_version_has_a_hash() -> None:
    breaches = [name for name, (_, hashes) in _locked().items() if hashes == 0]

    assert not breaches, breaches


def test_the_lock_says_no_address_and_sets_no_option() -> None:
    lines = text_of(PurePosixPath("requirements.lock")).splitlines()

    breaches = [line for line in lines if "://" in line or line.startswith("-") or " @ " in line]

    assert not breaches, breaches


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]
    locked = _locked()

    unmet = [
        asked_for
        for asked_for in map(Requirement, asked)
        if not asked_for.specifier.contains(locked.get(canonicalize_name(asked_for.name), ("0", 0))[0])
    ]

    assert [] == unmet, "run make lock"
