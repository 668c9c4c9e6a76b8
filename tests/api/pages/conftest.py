"""The demonstration, served once for all tests that only read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.pages.reading import Reader, with_demo

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with with_demo(tmp_path_factory.mktemp("pages") / "demo.ledger") as client:
        yield Reader(client)
