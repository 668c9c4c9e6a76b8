"""migrate: a ledger goes into a database and back, and is the same ledger: rows, answers, snapshots, keys and root."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.keys_at import keys_of
from api.opening import open_for_writing
from ledger.append import Caller, Request
from ledger.clock import SystemClock
from ledger.read_command import read_command
from ledger.stores.opening import open_store
from tests.api.command_line import ask
from tests.desk import Desk, a_small_ledger, fact
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.address import Address, DatabaseAddress
    from ledger.stores.contract import Answer, Row


@pytest.fixture
def address(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatabaseAddress:
    monkeypatch.setenv("LEDGER_BLOBS", str(tmp_path))
    return fresh_address(database_url, tmp_path)


def _held(place: Address) -> tuple[list[Row], list[Answer]]:
    with closing(open_store(place, read_only=True)) as store:
        return list(store.rows()), list(store.answers())


def _ledger(path: Path) -> Desk:
    desk = a_small_ledger(path)
    request = Request(idempotency_key="k1", content=b"{}")
    desk.act(fact("kept"), request=request)
    desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
    desk.close()
    keys_of(path).add("Desk", "editor", actor="desk", clock=SystemClock(), random=os.urandom)
    return desk


def test_a_ledger_goes_into_a_database_and_back_with_the_same_root(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    path, back = tmp_path / "test.ledger", tmp_path / "back.ledger"
    _ledger(path)

    there = ask("migrate", "--ledger", path, "--to", as_option(address), "--json")
    again = ask("migrate", "--ledger", path, "--to", as_option(address), "--json")
    home = ask("migrate", "--ledger", as_option(address), "--to", back, "--json")

    assert (0, 0, 0) == (there.code, again.code, home.code), (there.err, again.err, home.err)
    first, second, third = (json.loads(one.out) for one in (there, again, home))
    assert (8, 8, 1, 1) == tuple(first[name] for name in ("position", "events", "answers", "snapshots"))
    assert (8, 0, 0, 0) == tuple(second[name] for name in ("position", "events", "answers", "snapshots"))
    assert first["root"] == second["root"] == third["root"]
    assert _held(path) == _held(address) == _held(back)
    assert keys_of(path).read() == keys_of(address).read() == keys_of(back).read()
    for place in (path, as_option(address), back):
        assert 0 == ask("verify", "--ledger", place).code


def test_what_was_moved_is_gone_on_with_where_it_lies(tmp_path: Path, address: DatabaseAddress) -> None:
    path = tmp_path / "test.ledger"
    _ledger(path)
    assert 0 == ask("migrate", "--ledger", path, "--to", as_option(address)).code

    with open_for_writing(address) as opened:
        command = read_command(fact("after"), opened.ids)
        receipt = opened.writer.record(command, Caller(actor="desk"))
        again = opened.writer.record(
            read_command(fact("kept"), opened.ids),
            Caller(actor="desk"),
            request=Request(idempotency_key="k1", content=b"{}"),
        )

    assert 9 == receipt.position
    assert again.replayed


def test_a_destination_that_holds_something_else_is_not_written_over(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    path, other = tmp_path / "test.ledger", tmp_path / "other.ledger"
    _ledger(path)
    desk = Desk(other)
    desk.act({"op": "open-incident", "id": "march", "title": "March", "zone": "America/Chicago"})
    desk.close()
    before = _held(other)

    refused = ask("migrate", "--ledger", path, "--to", other)

    assert 2 == refused.code
    assert "holds another event at position 1" in refused.err or "position 2" in refused.err
    assert before == _held(other)
    assert 2 == ask("migrate", "--ledger", path, "--to", path).code
    assert 2 == ask("migrate", "--ledger", tmp_path / "none", "--to", as_option(address)).code


def test_prepare_lets_a_role_append_and_nothing_else(tmp_path: Path, address: DatabaseAddress) -> None:
    role = f"{address.schema}_app"
    with psycopg.connect(address.url, autocommit=True) as owner:
        owner.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
    mine = as_option(address).replace("//postgres@", f"//{role}@")

    prepared = ask("prepare", "--ledger", as_option(address), "--role", role)
    act = '{"op":"open-incident","id":"stop","title":"Traffic stop","zone":"America/Chicago"}\n'
    done = ask("append", "--ledger", mine, "--actor", "desk", "-", stdin=act.encode())
    rebuilt = ask("rebuild", "--ledger", mine)

    assert (0, 0, 0) == (prepared.code, done.code, rebuilt.code), (
        prepared.err,
        done.err,
        rebuilt.err,
    )
    assert f"{role} may append" in prepared.out
    assert 2 == ask("prepare", "--ledger", tmp_path / "a.ledger", "--role", role).code


def test_an_owner_that_is_no_member_of_the_role_is_told_what_it_lacks(address: DatabaseAddress) -> None:
    owner, role = f"{address.schema}_owner", f"{address.schema}_role"
    with psycopg.connect(address.url, autocommit=True) as admin:
        for name in (owner, role):
            admin.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
        admin.execute(SQL("GRANT CREATE ON DATABASE postgres TO {}").format(Identifier(owner)))
    theirs = as_option(address).replace("//postgres@", f"//{owner}@")
    refused = ask("prepare", "--ledger", theirs, "--role", role)
    with psycopg.connect(address.url, autocommit=True) as admin:
        admin.execute(SQL("GRANT {} TO {}").format(Identifier(role), Identifier(owner)))

    assert 4 == refused.code
    assert f"is a member of {role} (GRANT {role} TO …); nothing was granted" in refused.err
    assert 0 == ask("prepare", "--ledger", theirs, "--role", role).code
