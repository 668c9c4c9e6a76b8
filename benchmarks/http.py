"""The HTTP API against bare FastAPI routes, both in processes of their own as `serve` runs them, loaded in turn on loopback."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from benchmarks.http_load import Load, get, load, load_beside, post, quantile
from benchmarks.measure import Ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.values import Json

__all__ = ["http_ratios", "our_server", "overload_waits", "soak_ratio"]

CONNECTIONS = 64
_READERS = 4
_INCIDENTS = 100
_REFUSED_MS = 100
_TEXT = "Police said on Saturday what follows. " * 40 + (
    "The officer was dragged for about 15 feet before he freed himself from the door of the car."
)
_VIEWED = "/v1/incidents/viewed"


@contextmanager
def _server(*arguments: str, **variables: str) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its port and its process id."""
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(  # noqa: S603  our own programs
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | variables
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            port = urllib.parse.urlsplit(ready.partition(" ")[2].strip()).port
            assert port is not None, f"the server did not begin: {ready!r}"
            yield port, process.pid
        finally:
            process.terminate()


@contextmanager
def our_server(folder: Path, **variables: str) -> Iterator[tuple[int, int]]:
    """Our server on a new ledger, in a process of its own: its port and its process id. `variables`: settings."""
    arguments = ("serve", "--ledger", str(folder / "bench.ledger"), "--port", "0")
    with _server("api.cli", *arguments, **variables) as served:
        yield served


def _ask(port: int, path: str, body: bytes | None = None, media_type: str = "application/json") -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=body, headers={"Content-Type": media_type} if body else {}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310  the address is our own, on loopback
        told: bytes = answer.read()
    return told


def _settle(port: int) -> None:
    """Wait until the stored views have read all that was recorded: reads are measured by themselves."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{_VIEWED}") as answer:
        head = answer.headers["Ledger-Position"]
    while True:
        try:
            _ask(port, f"/v1/facts?limit=1&at_least={head}")
        except urllib.error.HTTPError as error:
            # Whoever asks too early is told to ask again.
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            error.close()
        else:
            return


class _Facts:
    """A ledger to report to over HTTP: incidents are open, and a source has a snapshot."""

    def __init__(self, port: int) -> None:
        self._made = 0
        source = {"id": "station", "kind": "article", "title": "A station's text"}
        _ask(port, "/v1/sources", orjson.dumps(source))
        told = _ask(port, "/v1/sources/station/snapshots", _TEXT.encode(), "text/plain")
        self._snapshot = orjson.loads(told)["id"]
        self._port = port
        self._opened: list[str] = []
        self._open("viewed")
        self.open_incidents()
        load(port, [self.request("viewed") for _ in range(12)], expected=201, connections=1)

    def _open(self, name: str) -> None:
        opened = {"id": name, "title": "A traffic stop", "zone": "America/Chicago"}
        _ask(self._port, "/v1/incidents", orjson.dumps(opened))

    def open_incidents(self) -> None:
        """Open the incidents that facts are reported of from now on."""
        first = len(self._opened)
        self._opened += [f"stop-{number}" for number in range(first, first + _INCIDENTS)]
        for name in self._opened[first:]:
            self._open(name)

    def requests(self, count: int) -> list[bytes]:
        """Reports of facts of the incidents opened last, in turn."""
        return [self.request(self._opened[number % _INCIDENTS - _INCIDENTS]) for number in range(count)]

    def request(self, incident: str) -> bytes:
        """A report of a fact with its quotation, as it is sent."""
        self._made += 1
        number = self._made
        body: Json = {
            "id": f"f{number}",
            "kind": "drag",
            "statement": f"An officer was dragged by the car for about 15 feet, says report {number}.",
            "occurred": {"edtf": f"2021-05-{number % 28 + 1:02}"},
            "participants": [
                {
                    "id": "officer",
                    "role": "injured",
                    "name": {"absent": "not-stated"},
                    "as_described": "the officer on the passenger's side",
                }
            ],
            "quantities": [
                {
                    "id": "distance",
                    "as_stated": "about 15 feet",
                    "unit": "[ft_i]",
                    "value": "15",
                    "approximate": True,
                }
            ],
            "citations": [
                {
                    "id": "a1",
                    "source": "station",
                    "snapshot": self._snapshot,
                    "selector": [
                        {
                            "type": "TextQuoteSelector",
                            "exact": "dragged for about 15 feet before he freed himself",
                        }
                    ],
                }
            ],
        }
        return post(f"/v1/incidents/{incident}/facts", orjson.dumps(body))


def _in_turn(
    what: str, rounds: int, ours: Callable[[], Load], bare: Callable[[], Load], *, target: float
) -> tuple[Ratio, Sequence[Load]]:
    ours()
    bare()
    pairs = [(ours(), bare()) for _ in range(rounds)]
    ratios = sorted(one.rate / other.rate for one, other in pairs)
    ratio = Ratio(
        what=what,
        ours=statistics.median(one.rate for one, _ in pairs),
        bare=statistics.median(other.rate for _, other in pairs),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=target,
    )
    return ratio, [one for one, _ in pairs]


def _say_waits(what: str, loads: Sequence[Load]) -> None:
    """Print how long requests took under load; the longest waits must not be out of all proportion."""
    half = statistics.median(one.quantile(0.5) for one in loads) * 1_000
    most = statistics.median(one.quantile(0.99) for one in loads) * 1_000
    met = "met" if most <= 10 * half else "NOT MET"
    sys.stdout.write(
        f"{what} at {CONNECTIONS} connections: p50 {half:.1f} ms, p99 {most:.1f} ms, {most / half:.1f} times"
        f"  must be at most 10: {met}\n"
    )


def _say_beside(what: str, path: str, port: int, facts: _Facts, *, rounds: int, count: int) -> None:
    """Print how long reads take at rest, and beside a writer that sends as much as is taken. What is read does not grow meanwhile."""
    rest, beside, written = [], [], []
    for _ in range(rounds):
        _settle(port)
        rest.append(load(port, [get(path)] * count, expected=200, connections=_READERS))
        read, filled = load_beside(port, [get(path)], facts.requests(count), readers=_READERS)
        beside.append(read)
        written.append(filled.rate)
    sys.stdout.write(
        f"GET of {what} over {_READERS} connections, at rest and beside {statistics.median(written):,.0f} POSTs a second"
        f" at {CONNECTIONS}:"
    )
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        times = [statistics.median(one.quantile(part) for one in loads) * 1_000 for loads in (rest, beside)]
        sys.stdout.write(f" {name} {times[0]:.1f} and {times[1]:.1f} ms")
    sys.stdout.write("\n")
    sys.stdout.flush()


def http_ratios(folder: Path, *, full: bool) -> Iterator[Ratio]:
    """A durable append with a pinned quotation, and a view of the present, each against a bare route."""
    # So few facts altogether that the writer keeps the state of all.
    rounds, count = (9, 4_000) if full else (5, 1_000)
    with ExitStack() as stack:
        ours, _ = stack.enter_context(our_server(folder))
        facts = _Facts(ours)
        (folder / "told.json").write_bytes(_ask(ours, _VIEWED))
        bare, _ = stack.enter_context(_server("benchmarks.http_bare", str(folder)))
        echoed = facts.requests(count)
        appends, loads = _in_turn(
            f"POST of a fact, quotation looked up, durable / FastAPI route that checks and echoes it ({CONNECTIONS} connections)",
            rounds,
            lambda: load(ours, facts.requests(count), expected=201, connections=CONNECTIONS),
            lambda: load(bare, echoed, expected=201, connections=CONNECTIONS),
            target=0.5,
        )
        yield appends
        _say_waits("POST of a fact", loads)
        _settle(ours)
        views = [get(_VIEWED)] * count
        reads, loads = _in_turn(
            f"GET of the present view of an incident / FastAPI route with the same bytes ({CONNECTIONS} connections)",
            rounds,
            lambda: load(ours, views, expected=200, connections=CONNECTIONS),
            lambda: load(bare, views, expected=200, connections=CONNECTIONS),
            target=0.6,
        )
        yield reads
        _say_waits("GET of a view", loads)
        for what, path in (("a view", _VIEWED), ("a list of 20 facts", "/v1/facts?limit=20")):
            _say_beside(what, path, ours, facts, rounds=rounds // 2 + 1, count=count // 2)


def overload_waits(folder: Path, *, requests: int) -> None:
    """Print how long it takes to be told that the queue is full, by four times as many at once as it takes on, who ask again at once."""
    with our_server(folder, LEDGER_QUEUE_CAPACITY=str(CONNECTIONS // 4)) as (port, _):
        facts = _Facts(port)
        found = load(port, facts.requests(requests), expected=201, connections=CONNECTIONS, may_refuse=True)
    assert found.waits
    sys.stdout.write(
        f"{CONNECTIONS} clients at a queue of {CONNECTIONS // 4}: {len(found.waits):,} recorded at {found.rate:,.0f} answers a second, "
        f"{len(found.refused):,} refused\n"
    )
    if found.refused:
        half, most = (quantile(found.refused, part) * 1_000 for part in (0.5, 0.99))
        met = "met" if most < _REFUSED_MS else "NOT MET"
        sys.stdout.write(
            f"    refused after p50 {half:.1f} ms, p99 {most:.1f} ms  must be less than {_REFUSED_MS}: {met}\n"
        )
    sys.stdout.flush()


def _resident_kb(pid: int) -> int:
    """What a server takes, and the process that keeps its views."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    own = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    children = {
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    }
    return own + sum(map(_resident_kb, children))


def soak_ratio(folder: Path, *, requests: int) -> Ratio:
    """What server and views take after a fifth of many appends and reads, against that at their end. Needs Linux.

    The reads are of one incident that does not grow: what is kept for readers has bounds of its own, far above, and would hide a leak.
    """
    part = requests // 10
    resident: list[int] = []
    with our_server(folder) as (port, pid):
        facts = _Facts(port)
        for _ in range(10):
            facts.open_incidents()
            load(port, facts.requests(part), expected=201)
            reads = [get(_VIEWED)] * part
            load(port, reads, expected=200)
            resident.append(_resident_kb(pid))
    early, late = resident[1], resident[-1]
    return Ratio(
        what=f"resident memory in kB after a fifth of {requests:,} appends and reads / at their end",
        ours=early,
        bare=late,
        ratio=early / late,
        low=early / max(resident),
        high=early / min(resident[1:]),
        target=0.8,
    )
