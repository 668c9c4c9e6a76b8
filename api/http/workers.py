"""Several processes that answer at one address: started, watched, started again when one dies, and ended together (docs/operations.md).

They share the listening socket, so the system hands each connection to one of them. The process that watches opens no ledger, answers
nothing, and has no threads, so that it can be forked.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import msgspec

__all__ = ["Work", "supervise"]

Work = Callable[[int, Callable[[], None]], None]
"""What a worker does until it is told to end. It is given its number, from 1 on, and what it calls once it answers."""

_YOUNG_S = 5.0
_PAUSE_S = 1.0
"""How long is waited before a worker is started anew that died young, in seconds."""


class _Worker(msgspec.Struct):
    number: int
    pid: int
    answers: int
    lifeline: int
    started_at: float


class _Ending:
    """Whether the workers are to end; a signal says so, and is passed on."""

    def __init__(self) -> None:
        self.asked = False
        self.workers: dict[int, _Worker] = {}
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.end()

    def end(self) -> None:
        """Tell every worker to end."""
        self.asked = True
        for pid in list(self.workers):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def supervise(count: int, work: Work, ready: Callable[[], None], died: Callable[[int, int], None]) -> int:
    """Run so many workers until a signal ends them; gives the exit code. `ready` is called once all of them answer.

    `died` is told the process id and the wait status of a worker that died by itself; another takes its place, with its number. One that
    ends before it ever answered ends them all, with its code.
    """
    ending = _Ending()
    for number in range(1, count + 1):
        _start(ending, work, number)
    code = 0
    answering = [_answers(worker) for worker in list(ending.workers.values())]
    if all(answering):
        ready()
    else:
        ending.end()
        code = 1
    while ending.workers:
        pid, status = os.wait()
        worker = ending.workers.pop(pid, None)
        if worker is None:
            continue
        os.close(worker.answers)
        os.close(worker.lifeline)
        if not ending.asked:
            died(pid, status)
            if time.monotonic() - worker.started_at < _YOUNG_S:
                time.sleep(_PAUSE_S)
        if not ending.asked:
            _start(ending, work, worker.number)
        elif code and os.WIFEXITED(status):
            code = max(code, os.WEXITSTATUS(status))
    return code


def _answers(worker: _Worker) -> bool:
    """Wait until a worker answers; False where it ended before."""
    return os.read(worker.answers, 1) != b""


def _start(ending: _Ending, work: Work, number: int) -> None:
    answers, said = os.pipe()
    lifeline, held = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    pid = os.fork()
    if pid == 0:
        for other in ending.workers.values():
            os.close(other.lifeline)
            os.close(other.answers)
        os.close(held)
        os.close(answers)
        _work(work, number, said, lifeline)
    os.close(said)
    os.close(lifeline)
    ending.workers[pid] = _Worker(number, pid, answers, held, time.monotonic())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
    if ending.asked:
        ending.end()


def _work(work: Work, number: int, said: int, lifeline: int) -> None:
    """Be a worker, and end with the process."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
        work(number, lambda: _say(said))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os._exit(code)


def _say(said: int) -> None:
    os.write(said, b"1")
    os.close(said)


def _end_with_parent(lifeline: int) -> None:
    """End in order when the process that watches is gone, however it went."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
