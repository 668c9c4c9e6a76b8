"""The demonstration, served once for all tests that only read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.http.server_process import ServerProcess
from tests.api.pages.chromium import chromium
from tests.api.pages.reading import Reader, with_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with with_demo(tmp_path_factory.mktemp("pages") / "demo.ledger") as client:
        yield Reader(client)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file: while it is there, a loop of its own runs, in which no server of this process can be asked."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The demonstration, served to a browser."""
    with ServerProcess(tmp_path_factory.mktemp("served") / "demo.ledger", "--demo") as made:
        yield made
