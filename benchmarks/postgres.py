"""A ledger in a PostgreSQL database against the bare operations of the same server: batches, single appends of many clients, replay."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.sql import SQL, Identifier

from api.opening import open_for_writing
from benchmarks.facts import FACT, STAMP
from benchmarks.measure import Ratio
from ledger.append import Ask, Caller
from ledger.codec import encode
from ledger.command_queue import CommandQueue
from ledger.disclosure import split_lines
from ledger.read_command import read_command
from ledger.stores.contract import Batch, NewEvent
from ledger.stores.mapper import entry_of
from ledger.stores.postgres_store import PostgresStore
from tests.postgres_server import fresh_address, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger.address import DatabaseAddress
    from tests.postgres_server import Server

__all__ = ["postgres_ratios"]

_BATCH = 1_000
_CLIENTS = 32
_ROUNDS = 5


def postgres_ratios(folder: Path, *, full: bool) -> Iterator[Ratio]:
    """Every ratio, on a server of its own."""
    for server in started():
        yield _batches(server, folder, rounds=30 if full else 8)
        yield _singles(server, folder, appends=400 if full else 40)
        yield _replay(server, folder, events=100_000 if full else 10_000)


def _rate(done: int, run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return done / (time.perf_counter() - began)


def _ratio(what: str, ours: list[float], bare: list[float], target: float) -> Ratio:
    ratios = sorted(one / other for one, other in zip(ours, bare, strict=True))
    middle = len(ratios) // 2
    return Ratio(
        what=what,
        ours=sorted(ours)[middle],
        bare=sorted(bare)[middle],
        ratio=ratios[middle],
        low=ratios[0],
        high=ratios[-1],
        target=target,
    )


def _events(count: int, begin: int = 0) -> list[NewEvent]:
    """Real events of one stream, as an incident with many facts has them; the store does not look into them."""
    made = []
    for number in range(begin, begin + count):
        stamp = msgspec.structs.replace(STAMP, version=number + 1)
        encoded = encode(FACT, stamp, os.urandom)
        made.append(
            NewEvent(
                stream=STAMP.stream,
                version=number + 1,
                topic=encoded.topic,
                event=encoded.event,
                disclosures=encoded.disclosures,
            )
        )
    return made


def _append(store: PostgresStore, events: list[NewEvent]) -> None:
    head = store.head()
    store.append(Batch(after=head.position, recorded_us=head.recorded_us + 1, events=events))


def _batches(server: Server, folder: Path, *, rounds: int) -> Ratio:
    ours: list[float] = []
    bare: list[float] = []
    with (
        closing(PostgresStore(fresh_address(server.url, folder), create=True)) as store,
        psycopg.connect(server.url) as plain,
    ):
        plain.execute(
            "CREATE TABLE bare (position bigint PRIMARY KEY, event bytea NOT NULL, lines bytea NOT NULL)"
        )
        plain.commit()

        def insert(first: int, events: list[NewEvent]) -> None:
            columns = (
                list(range(first, first + len(events))),
                [one.event for one in events],
                [one.disclosures for one in events],
            )
            plain.execute(
                "INSERT INTO bare SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[])", columns
            )
            plain.commit()

        for number in range(rounds):
            events = _events(_BATCH, number * _BATCH)
            ours.append(_rate(_BATCH, lambda given=events: _append(store, given)))  # type: ignore[misc]  # bound in its round
            bare.append(_rate(_BATCH, lambda at=number, given=events: insert(at * _BATCH, given)))  # type: ignore[misc]  # as above
    return _ratio(
        "PostgreSQL: events in batches of 1,000 / unnest inserts of the same bytes", ours, bare, 0.25
    )


def _singles(server: Server, folder: Path, *, appends: int) -> Ratio:
    ours: list[float] = []
    theirs: list[float] = []
    address = fresh_address(server.url, folder)
    datastore = PostgresDatastore(
        "postgres",
        str(server.socket),
        5432,
        "postgres",
        "",
        pool_size=_CLIENTS,
        originator_id_type="text",
        schema="public",
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    sample = encode(FACT, STAMP, os.urandom)
    state = sample.event + sample.disclosures
    with open_for_writing(address) as opened, CommandQueue(opened.writer) as queue:
        caller = Caller(actor="bench")
        for given in (
            {"op": "register-source", "id": "station", "kind": "article", "title": "A station's text"},
            *(
                {"op": "open-incident", "id": f"stop-{n}", "title": "A stop", "zone": "America/Chicago"}
                for n in range(_CLIENTS)
            ),
        ):
            opened.writer.record(read_command(given, opened.ids), caller)
        for turn in range(_ROUNDS):

            def ask(client: int, turn: int = turn) -> None:
                for number in range(appends):
                    command = {
                        "op": "report-fact",
                        "incident": f"stop-{client}",
                        "id": f"f-{turn}-{number}",
                        "kind": "drag",
                        "statement": "An officer was dragged by the car for about 15 feet before he could free himself.",
                        "occurred": {"edtf": "2021-05-08"},
                        "quantities": [
                            {"id": "distance", "as_stated": "about 15 feet", "unit": "[ft_i]", "value": "15"}
                        ],
                        "citations": [{"id": "a1", "source": "station", "stance": "supports"}],
                    }
                    queue.submit(Ask(command=read_command(command, opened.ids), caller=caller)).result()

            def insert(client: int, turn: int = turn) -> None:
                for number in range(appends):
                    recorder.insert_events(
                        [StoredEvent(f"stop-{client}", turn * appends + number + 1, "topic", state)]
                    )

            ours.append(_rate(appends * _CLIENTS, lambda: _by_clients(ask)))
            theirs.append(_rate(appends * _CLIENTS, lambda: _by_clients(insert)))
    datastore.close()
    return _ratio(
        "PostgreSQL: decided appends of 32 clients / eventsourcing's recorder, once per event by 32 threads",
        ours,
        theirs,
        2.0,
    )


def _by_clients(run: Callable[[int], None]) -> None:
    with ThreadPoolExecutor(_CLIENTS) as clients:
        ready = threading.Barrier(_CLIENTS)

        def begin(client: int) -> None:
            ready.wait()
            run(client)

        for done in [clients.submit(begin, client) for client in range(_CLIENTS)]:
            done.result()


def _replay(server: Server, folder: Path, *, events: int) -> Ratio:
    ours: list[float] = []
    bare: list[float] = []
    address: DatabaseAddress = fresh_address(server.url, folder)
    with closing(PostgresStore(address, create=True)) as store, psycopg.connect(server.url) as plain:
        for first in range(0, events, _BATCH):
            _append(store, _events(_BATCH, first))
        joined = "SELECT e.event, d.lines FROM {0}.events e JOIN {0}.disclosures d USING (position) ORDER BY position"
        query = SQL(joined).format(Identifier(address.schema))

        def read() -> None:
            loaded: Any = None
            for event, lines in plain.execute(query, binary=True):
                loaded = orjson.loads(event), [orjson.loads(line) for line in split_lines(lines)]
            assert loaded

        def replay() -> None:
            last = 0
            for row in store.rows():
                last = entry_of(row).position
            assert last == events

        for _ in range(_ROUNDS):
            ours.append(_rate(events, replay))
            bare.append(_rate(events, read))
    return _ratio("PostgreSQL: replay as typed entries / a binary SELECT and orjson.loads", ours, bare, 0.4)
