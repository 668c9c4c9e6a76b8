"""Tests that need PostgreSQL do not go missing in silence."""

from __future__ import annotations

import pytest

from tests import postgres_server
from tests.postgres_server import Server


def test_without_its_programs_tests_of_postgresql_are_skipped_aloud_and_fail_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres_server, "find_spec", lambda _: None)

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="POSTGRESQL WAS NOT TRIED: there is no PostgreSQL 18"):
        Server()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(
        pytest.fail.Exception, match="there is no PostgreSQL 16, and in CI it has to be tried"
    ):
        Server(version=16)
