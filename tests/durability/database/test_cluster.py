"""A primary and its synchronous standby: the primary is killed under load, the standby promoted, and nothing acknowledged is lost."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest

from ledger.address import DatabaseAddress
from ledger.append import Request
from ledger.errors import IntegrityError, OutcomeUnknownError
from ledger.merkle import check_consistency
from ledger.stores.postgres_store import PostgresStore
from ledger.stores.postgres_writing import WritingConnection
from ledger.transparency import Transparency
from ledger.verify import verify_ledger
from tests.database_desk import DatabaseDesk
from tests.desk import Desk, begun, fact
from tests.durability.database.load import Load
from tests.durability.database.several import begin, faults_of
from tests.postgres_server import Server, fresh_address, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.checkpoint import Checkpoint

_STANDBY = "standby"


@pytest.fixture
def primary() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def standby(primary: Server) -> Iterator[Server]:
    """A synchronous standby of the primary, made with pg_basebackup; a COMMIT is answered once it has it."""
    server = Server()
    try:
        server.follow(primary, _STANDBY)
        server.start()
        primary.set(synchronous_standby_names=f"'{_STANDBY}'")
        primary.reload()
        _until(primary, "SELECT sync_state = 'sync' FROM pg_stat_replication")
        yield server
    finally:
        server.remove()


def _until(server: Server, query: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        while connection.execute(query).fetchone() != (True,):
            pass


@pytest.fixture
def address(primary: Server, standby: Server, tmp_path: Path) -> DatabaseAddress:
    """The address of both: whichever takes writes is the one."""
    hosts = ",".join(quote(str(one.socket), safe="") for one in (primary, standby))
    found = fresh_address("", tmp_path)
    url = f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=read-write"
    return DatabaseAddress(url=url, schema=found.schema, folder=found.folder)


def test_a_primary_that_is_killed_takes_nothing_acknowledged_with_it(
    primary: Server, standby: Server, address: DatabaseAddress
) -> None:
    begin(address)
    desk = DatabaseDesk(address)
    load = Load(desk)
    load.wait_for(40)
    before = _signed(desk, address)

    primary.stop("immediate")
    began = time.monotonic()
    standby.promote()
    with psycopg.connect(standby.url, autocommit=True) as connection:
        # The new primary has no standby yet; in real use another host is.
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
    standby.reload()
    load.wait_for(1)
    outage_s = time.monotonic() - began
    load.wait_for(20)
    load.stop()
    after = _signed(desk, address)
    with closing(Transparency(desk.store, address.folder)) as transparency:
        path = transparency.tree.consistency(before.size, after.size)
    desk.close()

    # The head that was signed of the old primary leads on to that of the new one.
    assert before.size < after.size
    check_consistency(
        first=before.size, second=after.size, path=path, first_root=before.root, second_root=after.root
    )
    report = verify_ledger(address)
    assert ("OK", 2) == (report.verdict, report.checkpoints)
    sys.stdout.write(
        f"outage: {outage_s:.2f} s, {load.refused} requests asked again, {len(load.acknowledged)} acts\n"
    )
    assert [] == faults_of(address, load.acknowledged)


def _signed(desk: Desk, address: DatabaseAddress) -> Checkpoint:
    """Sign the head of the log as it is now, also while others append."""
    with (
        closing(PostgresStore(address, read_only=True)) as store,
        closing(Transparency(store, address.folder, writing=True)) as transparency,
    ):
        transparency.make_key(desk.random)
        head = transparency.sign()
    assert head is not None
    return head.checkpoint


def test_a_standby_that_had_not_received_all_is_not_written_to(
    primary: Server, standby: Server, address: DatabaseAddress
) -> None:
    desk = begun(DatabaseDesk(address))
    primary.set(synchronous_standby_names="''")
    primary.reload()
    standby.stop("immediate")
    lost = desk.act(fact("lost"))
    primary.stop("immediate")
    standby.start()
    standby.promote()

    with pytest.raises(
        IntegrityError, match=f"had got to position {lost.position}, and the server says that it ends at 6"
    ):
        desk.act(fact("after"))
    assert 6 == desk.store.head().position
    desk.close()


def test_a_commit_whose_wait_for_the_standby_is_cancelled_is_not_called_a_success(
    primary: Server, standby: Server, address: DatabaseAddress
) -> None:
    desk = begun(DatabaseDesk(address))
    standby.stop("immediate")
    outcome, thread = _acting(desk, "waiting")

    _until(primary, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    with psycopg.connect(primary.url, autocommit=True) as connection:
        connection.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    thread.join()

    assert [OutcomeUnknownError] == [type(one) for one in outcome]
    assert "standby" not in str(outcome[0]) or "warned at COMMIT" in str(outcome[0])
    standby.start()
    again = desk.act(fact("waiting"), request=Request(idempotency_key="k", content=b"{}"))
    assert (True, 7) == (again.replayed, again.position)
    desk.close()


def test_without_heed_of_the_warning_it_would_be_called_a_success(
    primary: Server, standby: Server, address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WritingConnection, "_notice", lambda *_: None)
    desk = begun(DatabaseDesk(address))
    standby.stop("immediate")
    outcome, thread = _acting(desk, "waiting")
    _until(primary, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    with psycopg.connect(primary.url, autocommit=True) as connection:
        connection.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    thread.join()

    assert [7] == [getattr(one, "position", None) for one in outcome]
    standby.start()
    desk.close()


def _acting(desk: Desk, ident: str) -> tuple[list[object], threading.Thread]:
    outcome: list[object] = []

    def act() -> None:
        try:
            outcome.append(desk.act(fact(ident), request=Request(idempotency_key="k", content=b"{}")))
        except Exception as error:  # noqa: BLE001  whatever it is, it is looked at
            outcome.append(error)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return outcome, thread
