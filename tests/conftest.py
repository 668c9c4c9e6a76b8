"""What every test shares: how hypothesis searches, and where material outside the project is found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.bounded import at_most, in_this_process, limit_of
from tests.postgres_server import started

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_TRIALS = int(os.environ.get("TRIALS", "100"))

# Neither a deadline nor slow generation may fail a test: both measure the machine, not the code.
# In CI the same examples come every time, so that red means that something changed.
hypothesis.settings.register_profile(
    "dev",
    deadline=None,
    max_examples=_TRIALS,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "ci",
    hypothesis.settings.get_profile("dev"),
    derandomize=True,
    database=None,
    print_blob=True,
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """All of it ends with the process at the latest."""
    with in_this_process(1.5 * limit_of(item)):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """What is made ready for a test is so within a bound."""
    with at_most(limit_of(item)):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test has a bound."""
    with at_most(limit_of(item)):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """What was made ready for a test is cleared away within a bound."""
    with at_most(limit_of(item)):
        return (yield)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Where published vectors and corpora lie, outside the project: $LEDGER_SHARED, or ../shared."""
    folder = Path(os.environ.get("LEDGER_SHARED") or Path(__file__).parents[2] / "shared").resolve()
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: set LEDGER_SHARED to the one that holds vectors/ and corpora/")
    return folder


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A PostgreSQL server that the tests of a process share, or the one that `LEDGER_DATABASE_URL` names."""
    given = os.environ.get("LEDGER_DATABASE_URL")
    if given:
        yield given
        return
    for server in started():
        yield server.url
