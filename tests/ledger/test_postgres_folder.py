"""A ledger in a database and its folder know each other: a host that sees another folder is refused when it opens the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.opening import open_for_reading, open_for_writing
from ledger.errors import StoreError
from ledger.stores.postgres_folder import FILE
from tests.api.command_line import ask
from tests.postgres_server import as_option, fresh_address

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.address import DatabaseAddress


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(database_url, tmp_path)


def _elsewhere(address: DatabaseAddress) -> DatabaseAddress:
    """The same ledger, as a host has it whose folder lies at another place."""
    return msgspec.structs.replace(address, folder=address.folder.with_name("elsewhere"))


def _open(address: DatabaseAddress) -> str:
    with open_for_writing(address):
        return (address.folder / FILE).read_text()


def test_hosts_that_begin_at_once_agree_on_the_folder(address: DatabaseAddress) -> None:
    with ThreadPoolExecutor(4) as hosts:
        names = set(hosts.map(_open, [address] * 4))

    assert {_open(address)} == names
    assert 32 == len(names.pop().strip())


def test_a_host_that_sees_another_folder_is_refused_and_told_what_to_do(address: DatabaseAddress) -> None:
    name = _open(address).strip()
    elsewhere = _elsewhere(address)

    with pytest.raises(StoreError, match=r"is not that of the ledger at .*: it has no name, .* LEDGER_BLOBS"):
        _open(elsewhere)
    (elsewhere.folder / FILE).write_text("0" * 32)
    with pytest.raises(StoreError, match="it has another name, and every host has to see the same folder"):
        _open(elsewhere)
    # It was put back from a copy that lacked its name.
    (elsewhere.folder / FILE).write_text(f"{name}\n")
    assert f"{name}\n" == _open(elsewhere)


def test_a_host_that_begins_later_locks_nothing(address: DatabaseAddress, database_url: str) -> None:
    _open(address)
    with psycopg.connect(database_url) as other:
        other.execute(SQL("SELECT 1 FROM {}.about FOR UPDATE").format(Identifier(address.schema)))
        assert 33 == len(_open(address))


def test_a_folder_that_lost_its_name_is_not_taken_for_a_new_one(address: DatabaseAddress) -> None:
    _open(address)
    (address.folder / FILE).unlink()

    with pytest.raises(StoreError, match="it has no name"):
        _open(address)


def test_a_new_ledger_does_not_take_the_folder_of_another(address: DatabaseAddress, tmp_path: Path) -> None:
    _open(address)
    other = msgspec.structs.replace(fresh_address(address.url, tmp_path), folder=address.folder)

    with pytest.raises(StoreError, match=r"has the name of a ledger, and the one at .* has no folder yet"):
        _open(other)


def test_reading_asks_for_no_folder(address: DatabaseAddress) -> None:
    _open(address)

    with open_for_reading(_elsewhere(address)) as opened:
        assert 0 == opened.store.head().position


def test_a_command_that_writes_says_which_folder_is_the_wrong_one(
    address: DatabaseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open(address)
    monkeypatch.setenv("LEDGER_BLOBS", str(tmp_path / "other host"))
    commands = tmp_path / "commands.jsonl"
    commands.write_text('{"op": "open-incident", "id": "stop", "title": "Stop", "zone": "America/Chicago"}')

    refused = ask("append", commands, "--ledger", as_option(address))

    assert 4 == refused.code
    assert f"{tmp_path / 'other host' / address.schema} is not that of the ledger" in refused.err
