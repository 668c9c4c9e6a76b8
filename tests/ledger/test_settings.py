"""Settings: four places in their order, typed and limited, and a page that says what there is."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from ledger.command_queue import CAPACITY
from ledger.errors import InvalidError, StoreError
from ledger.settings import SETTINGS, Settings, read_settings
from ledger.strict_json import MAX_BYTES
from tests.project_files import text_of

PAGE = text_of(PurePosixPath("docs/settings.md"))


def test_without_anything_said_the_defaults_hold() -> None:
    assert Settings() == read_settings()
    assert Path("incident.ledger") == read_settings().path


def test_an_argument_comes_before_a_variable_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('host = "::1"\nport = 1\ndrain_s = 3\nworkers = 2\n')
    variables = {"LEDGER_PORT": "2", "LEDGER_DRAIN_S": "4"}

    found = read_settings(arguments={"drain_s": 5, "host": None}, environment=variables, file=file)

    assert ("::1", 2, 5, 2) == (found.host, found.port, found.drain_s, found.workers)


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("LEDGER_PATH", "desk.ledger", "path", Path("desk.ledger")),
        ("LEDGER_PUBLIC_READ", "1", "public_read", True),
        ("LEDGER_PUBLIC_READ", "False", "public_read", False),
        ("LEDGER_CORS_ORIGINS", "https://a.example, http://b:8080,", "cors_origins", ("https://a.example", "http://b:8080")),
        ("LEDGER_CORS_ORIGINS", "", "cors_origins", ()),
    ],
)  # fmt: skip
def test_a_variable_is_read_as_its_setting_is_typed(
    variable: str, text: str, name: str, value: object
) -> None:
    assert value == getattr(read_settings(environment={variable: text}), name)


@pytest.mark.parametrize(
    ("variable", "text", "rule"),
    [
        ("LEDGER_PORT", "65536", "must be a whole number from 0 to 65535"),
        ("LEDGER_PORT", "-1", "must be a whole number from 0 to 65535"),
        ("LEDGER_PORT", "8o80", "must be a whole number from 0 to 65535"),
        ("LEDGER_PORT", "٣", "must be a whole number"),
        ("LEDGER_QUEUE_CAPACITY", "0", "must be a whole number from 1 to"),
        ("LEDGER_PUBLIC_READ", "yes", "must be 1 or true, or 0 or false"),
        ("LEDGER_HOST", "", "must be text, and not empty"),
        ("LEDGER_CORS_ORIGINS", "*", r"\* is not taken"),
        ("LEDGER_CORS_ORIGINS", "https://a.example/page", "must name origins"),
    ],
)
def test_a_variable_that_breaks_its_rule_is_named(variable: str, text: str, rule: str) -> None:
    with pytest.raises(InvalidError, match=f"^{variable}: .*{rule}"):
        read_settings(environment={variable: text})


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("public_raed = true", "^public_raed: is not a setting"),
        ("[port]\nx = 1", "^port: must be a whole number"),
        ("port = true", "^port: must be a whole number"),
        ('port = "8000"', "^port: must be a whole number"),
        ("port = 1.0", "^port: must be a whole number"),
        ("cors_origins = [1]", "^cors_origins: must be a list of texts"),
        ("public_read = 1", "^public_read: must be true or false"),
        ("port = ", "is not TOML"),
        ("port = 1\nport = 2", "is not TOML"),
    ],
)
def test_a_file_with_a_slip_of_the_pen_is_refused(tmp_path: Path, toml: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(toml)

    with pytest.raises(InvalidError, match=said):
        read_settings(file=file)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_settings(file=tmp_path / "none.toml")


def test_an_argument_that_breaks_its_rule_is_named_as_it_was_written() -> None:
    with pytest.raises(InvalidError, match=r"^--queue-capacity: must be a whole number"):
        read_settings(arguments={"queue_capacity": 0})


def test_the_defaults_are_those_of_what_they_set() -> None:
    assert CAPACITY == Settings().queue_capacity
    assert MAX_BYTES == Settings().body_limit_bytes


def test_every_setting_is_explained_and_its_row_says_what_the_code_does() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, flags=re.MULTILINE)
    expected = [
        (
            one.name,
            one.variable,
            one.kind if one.least is None else f"{one.least} to {one.most}",
            {"a list of texts": "none", "true or false": str(one.default).lower()}.get(
                one.kind, f"`{one.default}`" if one.default != "" else "none"
            ),
            one.description,
        )
        for one in SETTINGS
    ]

    assert expected == rows
    assert all(one.description.endswith(".") for one in SETTINGS)


def test_the_example_on_the_page_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(PAGE.split("```toml\n")[1].split("```")[0])

    assert ("https://desk.example",) == read_settings(file=file).cors_origins
