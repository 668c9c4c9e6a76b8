"""The figures of a running server, as Prometheus reads them (docs/operations.md).

A registry of its own: nothing else in the process adds to it. No label holds what somebody wrote: routes are templates, codes are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from ledger.append import Receipt
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.append import Outcome

__all__ = ["OPENMETRICS", "TEXT", "Metrics"]

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS"))


class _OfWorker(CollectorRegistry):
    """The figures of one of several processes that answer at one address: without a label they would be taken for one another's."""

    def __init__(self, worker: str) -> None:
        super().__init__()
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        """Every figure, with its label."""
        for found in super().collect():
            told = Metric(found.name, found.documentation, found.type, found.unit)
            told.samples = [
                one._replace(labels={**one.labels, "worker": self._worker}) for one in found.samples
            ]
            yield told


class Metrics:
    """What is counted. Any thread may add to it. `worker`: each figure is told with the number of its process, as the label `worker`."""

    def __init__(self, worker: int | None = None) -> None:
        self.registry = CollectorRegistry() if worker is None else _OfWorker(str(worker))
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "ledger_http_requests",
            "Requests answered; status 0 where the client went away first.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "ledger_http_request_seconds",
            "From a request's first byte seen to its answer's last one sent.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._lines: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._problems = Counter(
            "ledger_http_problems", "Answers that were problems.", ("code",), registry=self.registry
        )
        self._refusals = Counter(
            "ledger_refusals",
            "Commands that the writer did not record, lines of batches too.",
            ("code",),
            registry=self.registry,
        )
        self._recorded = Counter(
            "ledger_commands_recorded", "Commands that were recorded.", registry=self.registry
        )
        self._stepped_back = Counter(
            "ledger_clock_stepped_back",
            "Commands recorded while the machine's clock was behind the ledger.",
            registry=self.registry,
        )
        self._batch = Histogram(
            "ledger_turn_commands",
            "Commands that the writer took in one turn.",
            buckets=_SIZES,
            registry=self.registry,
        )
        self._turn = Histogram(
            "ledger_turn_seconds",
            "What a turn of the writer took: deciding, and making durable.",
            buckets=_SECONDS,
            registry=self.registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float, problem: str | None) -> None:
        """Count a request that was answered."""
        found = self._lines.get((method, route, status))
        if found is None:
            known = method if method in _METHODS else "other"
            found = self._requests.labels(known, route, str(status)), self._seconds.labels(known, route)
            if known == method:
                # As many as there are routes and statuses; what a caller makes up is not kept.
                self._lines[method, route, status] = found
        count, time = found
        count.inc()
        time.observe(seconds)
        if problem is not None:
            self._problems.labels(problem).inc()

    def turn(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        """Count a turn of the writer."""
        self._batch.observe(len(outcomes))
        self._turn.observe(seconds)
        for outcome in outcomes:
            if not isinstance(outcome, Receipt):
                code = outcome.code if isinstance(outcome, LedgerError) else "internal"
                self._refusals.labels(code).inc()
            elif outcome.position is not None and not outcome.replayed:
                self._recorded.inc()
                if outcome.clock_stepped_back:
                    self._stepped_back.inc()

    def watch(self, name: str, description: str, value: Callable[[], float]) -> None:
        """Add a figure that is asked for when it is read."""
        Gauge(name, description, registry=self.registry).set_function(value)

    def told(self, *, openmetrics: bool) -> bytes:
        """All of it as text."""
        return bytes((generate_openmetrics if openmetrics else generate_latest)(self.registry))
