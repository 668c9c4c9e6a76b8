"""Addresses of ledgers: which text is a file, which a database, and what is said of either."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.address import DatabaseAddress, folder_of, read_address
from ledger.errors import InvalidError
from ledger.settings import read_settings


@pytest.mark.parametrize(
    "text", ["desk.ledger", "/srv/desk.ledger", "postgresql", "postgresql:/x", "http://x", "sqlite:///x"]
)
def test_what_names_no_database_is_a_path(text: str) -> None:
    assert Path(text) == read_address(text)


@pytest.mark.parametrize(
    ("text", "url", "schema"),
    [
        ("postgresql://host/db", "postgresql://host/db", "incident_ledger"),
        ("postgres://host/db?schema=desk", "postgresql://host/db", "desk"),
        ("POSTGRESQL://u:p@h1:1,h2:2/db?a=b&schema=desk_2&c=d", "postgresql://u:p@h1:1,h2:2/db?a=b&c=d", "desk_2"),
        ("postgresql://u@/db?host=/run/x&schema=s", "postgresql://u@/db?host=%2Frun%2Fx", "s"),
        ("postgresql://host", "postgresql://host/", "incident_ledger"),
    ],
)  # fmt: skip
def test_a_url_names_a_database_and_a_schema_in_it(text: str, url: str, schema: str) -> None:
    found = read_address(text, folders=Path("shared"))

    assert DatabaseAddress(url=url, schema=schema, folder=Path("shared") / schema) == found
    assert Path("shared") / schema == folder_of(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("postgresql://h/d?schema=", "a schema has"),
        ("postgresql://h/d?schema=Desk", "a schema has"),
        ("postgresql://h/d?schema=pg_catalog", "not with pg_"),
        ("postgresql://h/d?schema=1", "a schema has"),
        ('postgresql://h/d?schema=a"b', "a schema has"),
        ("postgresql://h/d?schema=" + "a" * 49, "a schema has"),
        ("postgresql://h/d?schema=a&schema=b", "one schema"),
        ("postgresql://h/d?schema", "name=value"),
        ("postgresql://h/d#x", "%23"),
        ("postgresql://h/d d", "no blanks"),
        ("postgresql://h/" + "d" * 2_000, "at most 2000"),
    ],
)
def test_a_url_that_names_no_schema_that_could_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        read_address(text)


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hush@h/d", "postgresql://u@h/d?password=hush", "postgresql://u@h/d?sslpassword=hush&sslmode=require"],
)  # fmt: skip
def test_no_password_is_told(url: str) -> None:
    found = read_address(url)

    for told in (str(found), repr(found), f"{found}"):
        assert "hush" not in told
        assert "u@h" in told
        assert "schema=incident_ledger" in told


def test_a_path_is_next_to_its_folder() -> None:
    assert Path("/srv/desk.ledger.d") == folder_of(Path("/srv/desk.ledger"))


def test_settings_say_a_database_and_where_its_folder_lies() -> None:
    found = read_settings(
        environment={"LEDGER_PATH": "postgresql://h/d?schema=desk", "LEDGER_BLOBS": "/srv/blobs"}
    )

    assert read_address("postgresql://h/d?schema=desk", folders=Path("/srv/blobs")) == found.path
    with pytest.raises(InvalidError, match=r"^LEDGER_PATH: a schema has"):
        read_settings(environment={"LEDGER_PATH": "postgresql://h/d?schema=-"})
