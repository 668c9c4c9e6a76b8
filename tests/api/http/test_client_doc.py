"""The page of the client is right: its examples are one program that runs against a server, and its table is that of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import api.client
from api.client import AsyncClient, Client, Retries
from api.client import errors as client_errors
from tests.api.http.client import BASE
from tests.api.http.client import Client as Server
from tests.api.http.faulty import Wire
from tests.project_files import text_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = text_of(PurePosixPath("docs/client.md"))
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_examples_run_one_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tmp_path / "ledger") as server:
        wire = Wire(server)
        monkeypatch.setattr(api.client, "Client", lambda _: Client(BASE, transport=wire.sync))
        monkeypatch.setattr(
            api.client, "AsyncClient", lambda _: AsyncClient(BASE, transport=wire.asynchronous)
        )
        names: dict[str, Any] = {}
        for block in BLOCKS:
            exec(compile(block, "docs/client.md", "exec"), names)  # noqa: S102  the page's own examples

        assert "Collision at Quay Cross" == server.run(names["title"]())


def test_the_table_names_every_exception() -> None:
    listed = set(re.findall(r"^\| `(\w+Error)` \|", PAGE, flags=re.MULTILINE))
    kinds = {
        name
        for name, one in inspect.getmembers(client_errors, inspect.isclass)
        if issubclass(one, client_errors.ClientError) and name in client_errors.__all__
    }

    assert kinds - {"ClientError", "ProblemAnsweredError"} == listed


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"`Retries.times` times ({Retries().times})" in PAGE
    assert f"`Retries.longest_s` ({Retries().longest_s:.0f} s)" in " ".join(PAGE.split())
