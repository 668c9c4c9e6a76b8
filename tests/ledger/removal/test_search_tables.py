"""After a redaction in a database its tables are searched, the stored views among them, and a table that still holds the words is named."""

from __future__ import annotations

import base64
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ledger.errors import StoreError
from ledger.log_lines import log_line
from ledger.removal import Leftover, files_with, search_for, search_for_earlier
from ledger.removal.database import views_schema_of
from ledger.watchful_connection import WatchfulConnection
from projections.in_database.schema import schema_of
from tests.api.command_line import ask
from tests.database_desk import DatabaseDesk
from tests.desk import TEXT, fact
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "Zebedee Müller-Quirk"
STATED = f'{NAME}, "the driver", was dragged.'


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[DatabaseDesk]:
    with closing(DatabaseDesk(fresh_address(database_url, tmp_path))) as made:
        made.begin()
        made.act(fact(statement=STATED))
        yield made


def _redacted(desk: DatabaseDesk) -> bytes:
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    return desk.writer.unsearched[-1].lines[0]


def _left(desk: DatabaseDesk) -> list[Leftover]:
    return list(search_for(desk.writer.unsearched, desk.address(), desk.store).leftovers)


def _plant(desk: DatabaseDesk, schema: str, kind: str, said: str | bytes | list[str]) -> Leftover:
    with psycopg.connect(desk.address().url) as connection:
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        table = Identifier(schema, "planted")
        connection.execute(SQL("CREATE TABLE {} (number bigint, said {})").format(table, SQL(kind)))
        connection.execute(SQL("INSERT INTO {} VALUES (1, NULL), (2, %s)").format(table), (said,))
    return Leftover(file=f"table {schema}.planted", what="text")


def test_a_redaction_that_reached_every_table_leaves_nothing(desk: DatabaseDesk) -> None:
    assert f"table {desk.address().schema}.disclosures" in files_with(NAME, desk.address())
    _redacted(desk)

    assert [] == _left(desk)
    assert [] == files_with(NAME, desk.address())


@pytest.mark.parametrize("of_views", [False, True], ids=["the ledger's schema", "that of the views"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", STATED),
        ("bytea", STATED.encode()),
        ("bytea", base64.b64encode(STATED.encode())),
        ("text[]", ["something", STATED]),
        ("tsvector", None),
    ],
    ids=["text", "bytes", "bytes in base64", "a list", "words"],
)
def test_a_table_that_still_holds_the_words_is_named(
    desk: DatabaseDesk, kind: str, said: str | bytes | list[str] | None, *, of_views: bool
) -> None:
    line = _redacted(desk)
    salt = line[2:24].decode()
    address = desk.address()
    schema = views_schema_of(address) if of_views else address.schema
    left = _plant(desk, schema, kind, said or f"'{salt}'")

    expected = left if said is not None else Leftover(file=left.file, what="salt")
    assert [expected] == _left(desk)


@pytest.mark.parametrize("of_views", [False, True], ids=["the ledger's schema", "that of the views"])
@pytest.mark.parametrize("kind", ["text", "bytea", "a line of the log", "text[]"])
def test_a_line_that_was_redacted_at_any_time_is_found_in_a_table_by_its_digest(
    desk: DatabaseDesk, kind: str, *, of_views: bool
) -> None:
    (whole,) = [log_line(row) for row in desk.store.rows(4, 4)]
    line = _redacted(desk)
    desk.reopen()
    address = desk.address()
    assert () == search_for_earlier(address, desk.store).leftovers
    said: dict[str, str | bytes | list[str]] = {
        "text": f"before {line.decode()} after",
        "bytea": b"\xff\x00" + line,
        "text[]": ["something", line.decode()],
        "a line of the log": whole.decode(),
    }
    schema = views_schema_of(address) if of_views else address.schema
    left = _plant(desk, schema, kind if kind in ("bytea", "text[]") else "text", said[kind])

    expected = (Leftover(file=left.file, what="disclosure"),)
    assert expected == search_for_earlier(address, desk.store).leftovers


def test_a_snapshot_that_was_redacted_at_any_time_is_found_in_a_table_by_its_digest(
    desk: DatabaseDesk,
) -> None:
    digest = desk.capture()
    desk.redact(source="release", snapshots=[digest])
    desk.reopen()
    before = search_for_earlier(desk.address(), desk.store)
    left = _plant(desk, desk.address().schema, "bytea", TEXT.encode())
    after = search_for_earlier(desk.address(), desk.store)

    assert ((), (Leftover(file=left.file, what="snapshot"),)) == (before.leftovers, after.leftovers)
    assert before.files + 1 == after.files
    assert before.size_bytes < after.size_bytes


def test_the_command_that_checks_names_a_table_of_the_database(
    desk: DatabaseDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_BLOBS", str(tmp_path))
    line = _redacted(desk)
    option = as_option(desk.address())
    desk.close()
    clean = ask("redact", "--check", "--ledger", option)
    left = _plant(desk, desk.address().schema, "bytea", line)
    found = ask("redact", "--check", "--ledger", option)

    assert (0, "") == (clean.code, clean.err)
    assert 1 == found.code
    assert f"redacted, and still there: {left.file} (disclosure)\n" == found.err
    assert left.file in ask("redact", "--find", NAME, "--ledger", option).out


def test_what_another_act_says_too_is_no_leftover(desk: DatabaseDesk) -> None:
    desk.act(fact("again", statement=STATED))
    _redacted(desk)

    assert [] == _left(desk)


def test_a_database_that_does_not_answer_is_an_error(
    desk: DatabaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _redacted(desk)

    def refused(*_given: object, **_more: object) -> None:
        raise psycopg.OperationalError("gone")

    monkeypatch.setattr(WatchfulConnection, "connect", refused)
    with pytest.raises(StoreError, match="could not be searched for what was redacted: gone"):
        _left(desk)
    with pytest.raises(StoreError, match="could not be searched for what was redacted: gone"):
        search_for_earlier(desk.address(), desk.store)


def test_the_schema_of_the_views_is_the_one_that_the_views_have(desk: DatabaseDesk) -> None:
    assert schema_of(desk.address()) == views_schema_of(desk.address())
