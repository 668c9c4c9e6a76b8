"""The demonstration, served: the lines that it prints are run as they stand, by a shell where there is curl, and as requests."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import orjson
import pytest

from api.demo import INCIDENT
from tests.api.command_line import command_of, environment, run
from tests.api.http.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.command_line import Answer

URL = "http://127.0.0.1:"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def said(folder: Path) -> Answer:
    return run("demo", "--serve", "--ledger", folder / "demo.ledger", folder=folder)


@pytest.fixture(scope="module")
def server(said: Answer, folder: Path) -> Iterator[ServerProcess]:
    assert said.out
    with ServerProcess(folder / "demo.ledger") as made:
        yield made


def _curls(said: Answer) -> list[str]:
    return [line.strip() for line in said.out.splitlines() if line.startswith("  curl ")]


def test_where_nobody_is_at_a_terminal_it_asks_and_ends_by_itself(said: Answer) -> None:
    assert (0, "") == (said.code, said.err)
    assert "WHAT IS REPORTED" in said.out
    assert 3 == len(_curls(said))
    after = said.out.partition("Asked once")[2]
    assert 3 == after.count(" 200, ")
    assert "incident-ledger serve --ledger" in after


def test_the_lines_are_asked_as_they_stand(said: Answer, server: ServerProcess) -> None:
    found = []
    with server.client() as client:
        for line in _curls(said):
            words = shlex.split(line)
            address = next(word for word in words if word.startswith(URL))
            path = address.removeprefix(URL).lstrip("0123456789")
            if "-d" in words:
                kind = words[words.index("-H") + 1].removeprefix("Content-Type: ")
                body = words[words.index("-d") + 1]
                found.append(client.post(path, content=body, headers={"Content-Type": kind}))
            else:
                found.append(client.get(path))

    now, public, tried = found
    assert [200, 200, 200] == [one.status_code for one in found]
    assert INCIDENT == orjson.loads(now.content)["incident"]
    assert len(orjson.loads(public.content)["facts"]) < len(orjson.loads(now.content)["facts"])
    assert orjson.loads(tried.content)["dry_run"]
    assert "told-again" == orjson.loads(tried.content)["id"]


def test_the_lines_work_when_they_are_pasted(said: Answer, server: ServerProcess) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    for line in _curls(said):
        port = line.partition(URL)[2].partition("/")[0]
        pasted = line.replace(f"{URL}{port}/", f"{server.url}/")
        done = subprocess.run(["sh", "-c", pasted], check=True, capture_output=True, timeout=60)
        assert "code" not in orjson.loads(done.stdout), pasted


def test_the_quotation_of_the_line_is_checked(said: Answer, server: ServerProcess) -> None:
    body = orjson.loads(shlex.split(_curls(said)[2])[-1])
    body["citations"][0]["selector"][0]["exact"] = "the officer was never dragged"
    with server.client() as client:
        found = client.post(f"/v1/incidents/{INCIDENT}/facts?dry_run=true", json=body)

    assert (422, "quotation") == (found.status_code, found.json()["code"])


def test_a_port_that_is_taken_is_no_reason_not_to_serve(tmp_path: Path) -> None:
    """Both serve at once; at most one of them has the usual port."""
    command = command_of("demo", "--serve", "--ledger")
    both = [
        subprocess.Popen(
            [*command, str(tmp_path / f"{number}.ledger")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        )
        for number in range(2)
    ]  # fmt: skip
    said = [one.communicate(timeout=120) for one in both]

    assert [0, 0] == [one.returncode for one in both], said
