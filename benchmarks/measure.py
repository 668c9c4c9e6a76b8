"""How a ratio is taken: both sides in turn, many short rounds, and the median of the rounds."""

from __future__ import annotations

import gc
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ratio", "peak_bytes", "rate_of", "ratio_of"]


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Our rate over the bare one. Rates are per second, medians of the rounds; `low` and `high` are the extreme rounds."""

    what: str
    ours: float
    bare: float
    ratio: float
    low: float
    high: float
    target: float | None = None


def peak_bytes() -> int:
    """The most memory that this process took. Not what getrusage says: it counts what the process was before it became this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1_024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def rate_of(operation: Callable[[], object], *, seconds: float) -> float:
    """How often a second an operation runs, measured for about `seconds`."""
    done, spent, batch = 0, 0.0, 1
    while spent < seconds:
        started = time.perf_counter()
        for _ in range(batch):
            operation()
        spent += time.perf_counter() - started
        done += batch
        batch = min(batch * 2, 4_096)
    return done / spent


def ratio_of(
    what: str,
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    rounds: int,
    target: float | None = None,
    seconds: float = 0.05,
) -> Ratio:
    """Both operations in turn, `rounds` times, with the garbage collector quiet as it is in a tuned server."""
    gc.collect()
    gc.disable()
    try:
        pairs = [(rate_of(ours, seconds=seconds), rate_of(bare, seconds=seconds)) for _ in range(rounds)]
    finally:
        gc.enable()
    ratios = sorted(one / other for one, other in pairs)
    return Ratio(
        what=what,
        ours=statistics.median(one for one, _ in pairs),
        bare=statistics.median(other for _, other in pairs),
        ratio=statistics.median(ratios),
        low=ratios[0],
        high=ratios[-1],
        target=target,
    )
