"""Every test has an end, whatever it waits for."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.bounded import LIMIT_S, LONG_S, at_most
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

_SLEEPER = (sys.executable, "-c", "import time; time.sleep(30)")


def _join() -> None:
    thread = threading.Thread(target=threading.Event().wait, args=(30,), daemon=True)
    thread.start()
    thread.join()


def _communicate() -> None:
    with subprocess.Popen(_SLEEPER, stdout=subprocess.PIPE) as child:
        try:
            child.communicate()
        finally:
            child.kill()


def _accept() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.accept()


def _await() -> None:
    asyncio.run(asyncio.sleep(30))


@pytest.mark.parametrize("waits", [threading.Event().wait, _join, _communicate, _accept, _await])
def test_whatever_is_waited_for_a_test_fails_and_does_not_hang(waits: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"it waited longer than 0\.2 s"), at_most(0.2):
        waits()


def test_what_clears_up_after_it_may_wait_too_and_is_ended_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bounded._AGAIN_S", 0.2)

    def waits_twice() -> None:
        try:
            threading.Event().wait()
        finally:
            threading.Event().wait()

    with pytest.raises(pytest.fail.Exception), at_most(0.2):
        waits_twice()


def test_what_ends_in_time_is_left_alone_and_the_bound_around_it_stays() -> None:
    around = signal.getitimer(signal.ITIMER_REAL)[0]
    with at_most(60):
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
    assert around - 60 < signal.getitimer(signal.ITIMER_REAL)[0] <= around


@pytest.fixture
def bound_of_making_ready() -> float:
    return signal.getitimer(signal.ITIMER_REAL)[0]


def test_each_test_has_a_bound_and_so_has_what_is_made_ready_for_it(bound_of_making_ready: float) -> None:
    assert 0 < bound_of_making_ready <= LIMIT_S
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= LIMIT_S


@pytest.mark.long
def test_a_long_trial_has_a_bound_of_its_own() -> None:
    assert LIMIT_S < signal.getitimer(signal.ITIMER_REAL)[0] <= LONG_S


def test_what_no_signal_reaches_ends_with_its_process_and_tells_where_it_stood() -> None:
    waits = (
        "import signal, threading; from tests.bounded import in_this_process\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
        "with in_this_process(0.2): threading.Event().wait(60)"
    )
    done = subprocess.run(
        [sys.executable, "-c", waits], cwd=ROOT, capture_output=True, check=False, timeout=50
    )

    assert 1 == done.returncode
    assert b'File "<string>", line 3' in done.stderr


def test_what_ends_in_time_does_not_end_the_process() -> None:
    lives = (
        "import time; from tests.bounded import in_this_process\n"
        "with in_this_process(0.2): pass\n"
        "time.sleep(0.5)"
    )
    subprocess.run([sys.executable, "-c", lives], cwd=ROOT, check=True, timeout=50)
