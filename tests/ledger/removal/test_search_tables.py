"""After a redaction in a database its tables are searched, the stored views among them, and a table that still holds the words is named."""

from __future__ import annotations

import base64
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ledger.errors import StoreError
from ledger.removal import Leftover, files_with, search_for
from ledger.removal.database import views_schema_of
from projections.in_database.schema import schema_of
from tests.database_desk import DatabaseDesk
from tests.desk import fact
from tests.postgres_server import fresh_address

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

    monkeypatch.setattr(psycopg, "connect", refused)
    with pytest.raises(StoreError, match="could not be searched for what was redacted: gone"):
        _left(desk)


def test_the_schema_of_the_views_is_the_one_that_the_views_have(desk: DatabaseDesk) -> None:
    assert schema_of(desk.address()) == views_schema_of(desk.address())
