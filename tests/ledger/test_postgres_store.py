"""What a ledger in a database promises beyond the contract: the bytes of a file, guards that hold, and a server fit to keep it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.opening import open_for_writing
from ledger.address import DatabaseAddress
from ledger.errors import IntegrityError, StoreError
from ledger.stores.contract import NewEvent
from ledger.stores.opening import lies_there
from ledger.stores.postgres_schema import grant
from ledger.stores.postgres_store import PostgresStore
from ledger.stores.sqlite_store import SQLiteStore
from tests.batches import append, event, words
from tests.database_desk import DatabaseDesk
from tests.desk import Desk, a_small_ledger, begun, fact
from tests.postgres_server import Server, fresh_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from ledger.stores.contract import Row


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(database_url, tmp_path)


@pytest.fixture
def store(address: DatabaseAddress) -> Iterator[PostgresStore]:
    opened = PostgresStore(address, create=True)
    yield opened
    opened.close()


def _foreign(address: DatabaseAddress) -> psycopg.Connection[Any]:
    """A connection of another program that owns the tables, with everything at its defaults."""
    connection = psycopg.connect(address.url, autocommit=True)
    connection.execute(SQL("SET search_path TO {}").format(Identifier(address.schema)))
    return connection


def _history(desk: Desk) -> list[Row]:
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    desk.clock.advance()
    desk.act(fact("third", statement="Ünïcode and \U0001f600 stay as they were received."))
    desk.reopen()
    desk.act(fact("fourth"))
    rows = list(desk.store.rows())
    desk.close()
    return rows


def test_one_history_gives_the_bytes_and_leaves_that_it_gives_in_a_file(
    address: DatabaseAddress, tmp_path: Path
) -> None:
    in_file = _history(a_small_ledger(tmp_path / "test.ledger"))
    in_database = _history(begun(DatabaseDesk(address)))

    assert in_file == in_database
    assert 9 == len(in_file)


def test_bytes_that_no_text_column_takes_come_back_as_they_went_in(store: PostgresStore) -> None:
    odd = NewEvent(stream="a", version=1, topic="Thing@1", event=b"\x00\xff{}", disclosures=b"\x00\xfe")
    append(store, odd)

    assert [(b"\x00\xff{}", b"\x00\xfe")] == [(row.event, row.disclosures) for row in store.rows()]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE events SET event = '' WHERE position = 1", "events are never updated"),
        ("DELETE FROM events", "events are never deleted"),
        ("TRUNCATE events CASCADE", "never emptied"),
        ("UPDATE streams SET stream = 'x'", "streams are never renamed"),
        ("DELETE FROM streams WHERE stream_no = 1", "streams are never deleted"),
        ("DELETE FROM disclosures", "disclosures only lose lines"),
        ("UPDATE disclosures SET lines = lines || 'x'", "disclosures only lose lines"),
        ("UPDATE head SET position = position - 1", "the head never goes back"),
        ("UPDATE head SET recorded_us = recorded_us - 1", "the head never goes back"),
        ("DELETE FROM head", "the head is never deleted"),
        ("INSERT INTO events SELECT * FROM events", "duplicate key"),
        ("INSERT INTO events SELECT 99, stream_no, version, recorded_us, topic, event, leaf FROM events", "duplicate key"),
    ],
)  # fmt: skip
def test_not_even_the_owner_changes_or_removes_what_was_recorded(
    store: PostgresStore, statement: str, said: str
) -> None:
    append(store, event("a", 1, words(title="x")))

    with _foreign(store.address) as foreign, pytest.raises(psycopg.Error, match=said):
        foreign.execute(statement)
    assert [b"a/1/"] == [row.event for row in store.rows()]


@pytest.fixture
def role(store: PostgresStore) -> Iterator[DatabaseAddress]:
    """The address of the same ledger for a role that may run the program and owns nothing."""
    name = f"{store.address.schema}_app"
    with _foreign(store.address) as owner:
        owner.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
        grant(owner, store.address.schema, name)
        yield DatabaseAddress(
            url=store.address.url.replace("//postgres@", f"//{name}@"),
            schema=store.address.schema,
            folder=store.address.folder,
        )
        owner.execute(SQL("DROP OWNED BY {}").format(Identifier(name)))
        owner.execute(SQL("DROP ROLE {}").format(Identifier(name)))


def test_a_role_that_owns_nothing_writes_the_ledger_and_erases_words(role: DatabaseAddress) -> None:
    desk = begun(DatabaseDesk(role))

    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])

    assert not desk.writer.erasing
    assert b"was dragged, says drag" not in b"".join(row.disclosures for row in desk.store.rows())
    desk.close()


def test_a_role_that_owns_nothing_opens_the_ledger_with_its_folder(role: DatabaseAddress) -> None:
    for _ in range(2):
        with open_for_writing(role) as opened:
            assert 0 == opened.store.head().position


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TRIGGER events_are_never_deleted ON events",
        "UPDATE events SET event = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "DROP TABLE events",
        "UPDATE streams SET stream = 'x'",
        "DELETE FROM disclosures",
        "UPDATE disclosures SET position = 9",
        "DELETE FROM head",
        "DELETE FROM idempotency",
        "UPDATE idempotency SET answer = ''",
        "CREATE TABLE more ()",
    ],
)
def test_the_role_that_runs_the_program_cannot_take_the_guards_away(
    store: PostgresStore, role: DatabaseAddress, statement: str
) -> None:
    append(store, event("a", 1, words(title="x")))

    with _foreign(role) as foreign, pytest.raises(psycopg.errors.InsufficientPrivilege):
        foreign.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["DROP TRIGGER events_are_never_deleted ON events", "ALTER TABLE events DISABLE TRIGGER events_are_never_updated"],
    ids=["dropped", "asleep"],
)  # fmt: skip
def test_a_ledger_without_a_guard_is_not_written_to(store: PostgresStore, statement: str) -> None:
    with _foreign(store.address) as foreign:
        foreign.execute(statement)

    with pytest.raises(StoreError, match=r"events_are_never_.* is missing or disabled"):
        PostgresStore(store.address)
    PostgresStore(store.address, read_only=True).close()


def test_a_missing_position_is_not_read_over(store: PostgresStore) -> None:
    append(store, *(event("a", n) for n in range(1, 5)), us=10)
    append(store, event("a", 5), us=20)
    with _foreign(store.address) as foreign:
        foreign.execute("ALTER TABLE events DISABLE TRIGGER USER")
        foreign.execute("DELETE FROM events WHERE position = 3")

    reading = store.rows()
    assert [1, 2] == [next(reading).position for _ in range(2)]
    with pytest.raises(IntegrityError, match="position 3"):
        next(reading)
    with pytest.raises(IntegrityError, match="position 3"):
        store.position_at(15)


def test_a_log_that_goes_on_after_its_end_is_not_opened_to_write(store: PostgresStore) -> None:
    append(store, event("a", 1))
    with _foreign(store.address) as foreign:
        foreign.execute("INSERT INTO events VALUES (2, 1, 2, 9, 'Thing@1', 'x', 'x')")

    with pytest.raises(IntegrityError, match=r"event at position 2, .* ends at 1"):
        PostgresStore(store.address)


def test_an_empty_schema_is_no_ledger_and_foreign_tables_are_none(address: DatabaseAddress) -> None:
    with pytest.raises(StoreError, match="there is no ledger at"):
        PostgresStore(address)
    assert not lies_there(address)
    with psycopg.connect(address.url, autocommit=True) as foreign:
        foreign.execute(SQL("CREATE SCHEMA {}").format(Identifier(address.schema)))
        foreign.execute(SQL("CREATE TABLE {}.events (x int)").format(Identifier(address.schema)))

    with pytest.raises(StoreError, match="has tables, and is not a ledger"):
        PostgresStore(address, create=True)


def test_another_layout_is_not_opened(store: PostgresStore) -> None:
    with _foreign(store.address) as foreign:
        foreign.execute("UPDATE about SET layout = 99")

    with pytest.raises(StoreError, match="layout 99 and this program knows 1"):
        PostgresStore(store.address, read_only=True)


def test_a_reader_stands_beside_the_writer_and_writes_nothing(store: PostgresStore) -> None:
    append(store, event("a", 1))
    with closing(PostgresStore(store.address, read_only=True)) as reader:
        append(store, event("a", 2))

        assert [1, 2] == [row.position for row in reader.rows()]
        with pytest.raises(StoreError, match="read-only"):
            append(reader, event("a", 3))
        with (
            reader.recorder.datastore.get_connection() as connection,
            pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        ):
            connection.execute("UPDATE canary SET beat = 0")


def test_a_closed_store_is_of_no_use(store: PostgresStore) -> None:
    append(store, event("a", 1))
    store.close()
    store.close()

    for use in (store.head, store.beat, lambda: append(store, event("a", 2)), lambda: list(store.rows())):
        with pytest.raises(StoreError, match="closed"):
            use()


def test_the_password_of_an_address_is_told_nowhere(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        PostgresStore(
            DatabaseAddress(url="postgresql://me:hushhush@localhost:1/x", schema="s", folder=tmp_path)
        )

    assert "hushhush" not in str(refused.value)
    assert "postgresql://me@localhost:1/x" in str(refused.value)


def _refused(server: Server, tmp_path: Path) -> str:
    with pytest.raises(StoreError) as refused:
        PostgresStore(fresh_address(server.url, tmp_path), create=True)
    return str(refused.value)


def test_a_server_on_which_durability_cannot_rest_is_refused(tmp_path: Path) -> None:
    server = Server()
    try:
        server.make("--no-data-checksums")
        server.set(fsync="off")
        server.start()
        assert "without fsync" in _refused(server, tmp_path)
        server.set(fsync="on", full_page_writes="off")
        server.reload()
        assert "full_page_writes" in _refused(server, tmp_path)
        server.set(full_page_writes="on")
        server.reload()
        assert "checksums" in _refused(server, tmp_path)
    finally:
        server.remove()


def test_a_server_that_is_too_old_is_refused(tmp_path: Path) -> None:
    server = Server(version=16)
    try:
        server.make()
        server.start()
        assert "PostgreSQL 16 is too old; 17 or newer is needed" in _refused(server, tmp_path)
    finally:
        server.remove()


def test_a_server_that_commits_without_waiting_is_told_to_wait(store: PostgresStore) -> None:
    with _foreign(store.address) as foreign:
        foreign.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
    try:
        with closing(PostgresStore(store.address)) as opened, opened.recorder.writing.alone() as connection:
            assert ("on",) == connection.execute("SHOW synchronous_commit").fetchone()
    finally:
        with _foreign(store.address) as foreign:
            foreign.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")


def test_a_file_and_a_database_hold_the_same_after_rows_were_put_back(
    store: PostgresStore, tmp_path: Path
) -> None:
    desk = a_small_ledger(tmp_path / "test.ledger")
    store.restore(list(desk.store.rows()), list(desk.store.answers()))
    desk.close()

    with closing(SQLiteStore(tmp_path / "back.ledger", create=True)) as back:
        back.restore(list(store.rows()))
        assert list(back.rows()) == list(store.rows())
    assert 6 == store.head().position
