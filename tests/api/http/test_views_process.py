"""The stored views kept by a process of its own: it follows the log, ends with its server, and is replaced when it dies (ADR 23)."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.http import views_process
from api.http.reading import Reading
from api.http.views_process import ViewsProcess
from ledger.address import Address, DatabaseAddress
from projections.catch_up_file import only_one
from tests.api.http.client import Client
from tests.api.http.problems import problem
from tests.api.http.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT_S = 30


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "apart.ledger", views_process=True) as made:
        made.begin()
        yield made


@pytest.mark.parametrize(
    "address",
    [
        Path("desk.ledger"),
        DatabaseAddress(
            url="postgresql://ledger:secret@db/desk", schema="desk", folder=Path("d"), answer_s=7.0
        ),
    ],
)
def test_the_process_is_told_the_whole_address(address: Address) -> None:
    assert address == views_process._read(views_process._written(address))


def keeper_of(client: Client) -> ViewsProcess:
    reading = client.app.state.reading
    assert isinstance(reading, Reading)
    assert isinstance(reading.keeper, ViewsProcess)
    return reading.keeper


def wait_for(what: Callable[[], bool]) -> bool:
    limit = time.monotonic() + LIMIT_S
    while not what() and time.monotonic() < limit:
        time.sleep(0.02)
    return what()


def facts(client: Client, position: int) -> list[str]:
    """The facts that the stored views tell, once they have read so far; the process may take a moment to begin."""
    assert wait_for(lambda: client.get(f"/v1/facts?at_least={position}").status_code == 200)
    return [row["fact"] for row in client.get(f"/v1/facts?at_least={position}").json()["rows"]]


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_a_process_of_its_own_keeps_the_views(client: Client, tmp_path: Path) -> None:
    position = client.report(id="f0").json()["position"]

    assert ["f0"] == facts(client, position)

    pid = keeper_of(client).pid
    assert pid is not None
    assert os.getpid() != pid
    assert is_running(pid)
    held = {os.path.realpath(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
    assert str(tmp_path / "apart.ledger.d" / "views.db") in held


def test_where_the_process_is_killed_another_goes_on_and_nothing_is_lost(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    position = client.report(id="f0").json()["position"]
    assert ["f0"] == facts(client, position)
    pid = keeper_of(client).pid
    assert pid is not None
    with caplog.at_level(logging.ERROR):
        os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda: keeper_of(client).stalled is not None)
    assert 1 == len([one for one in caplog.messages if "ended with -9" in one])
    assert 200 == client.get("/v1/incidents/stop").status_code

    position = client.report(id="f1").json()["position"]
    assert ["f0", "f1"] == sorted(facts(client, position))
    assert pid != keeper_of(client).pid
    assert None is keeper_of(client).stalled


def test_the_process_ends_when_its_server_does(tmp_path: Path) -> None:
    with Client(tmp_path / "end.ledger", views_process=True) as client:
        client.begin()
        position = client.report(id="f0").json()["position"]
        assert ["f0"] == facts(client, position)
        pid = keeper_of(client).pid
    assert pid is not None
    assert not is_running(pid)


def test_the_process_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "killed.ledger") as server:
        tasks = Path(f"/proc/{server.process.pid}/task")

        def children() -> list[int]:
            told = [(task / "children").read_text(encoding="ascii") for task in tasks.iterdir()]
            return [int(pid) for pids in told for pid in pids.split()]

        assert wait_for(lambda: len(children()) == 1)
        (pid,) = children()
        server.signal(signal.SIGKILL)
        gone = wait_for(lambda: not is_running(pid))
        if not gone:
            # It holds the log of the server open, for whose end is waited.
            os.kill(pid, signal.SIGKILL)
        assert -signal.SIGKILL == server.ended()
    assert gone


def test_while_somebody_else_keeps_the_views_the_process_follows(tmp_path: Path) -> None:
    path = tmp_path / "other.ledger"
    with Client(path) as client:
        client.begin()
        position = client.report(id="f0").json()["position"]
        assert ["f0"] == facts(client, position)
    with only_one(path.with_name("other.ledger.d")), Client(path, views_process=True) as client:
        assert ["f0"] == facts(client, position)
        keeper_of(client)._wait_s = 0.01
        later = client.report(id="f1").json()["position"]
        assert "views-behind" == problem(client.get(f"/v1/facts?at_least={later}"), 503)["code"]


def test_where_no_process_can_be_started_the_views_stand_still_and_the_log_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with Client(tmp_path / "stalled.ledger", views_process=True) as client:
        client.begin()
        assert 201 == client.report(id="f0").status_code
        assert wait_for(lambda: keeper_of(client).stalled is not None)
        assert 200 == client.get("/v1/incidents/stop").status_code
        assert "stalled" == client.get("/readyz").json()["checks"]["views"]


def test_a_process_that_says_what_nobody_understands_is_told_and_another_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.write_text(
        "#!/bin/sh\necho started >> started\necho nonsense\nexec cat > /dev/null\n", encoding="ascii"
    )
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(program))
    keeper = ViewsProcess(tmp_path / "any.ledger")
    keeper.start()
    try:
        assert wait_for(lambda: (tmp_path / "started").exists() and keeper.stalled is not None)
        assert wait_for(lambda: (tmp_path / "started").read_text(encoding="ascii").count("started") > 1)
    finally:
        assert keeper.stop()


def test_the_process_is_this_program_also_where_the_folder_has_an_api_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise ImportError('of somebody else')\n", encoding="ascii")
    monkeypatch.chdir(tmp_path)
    with Client(tmp_path / "here.ledger", views_process=True) as client:
        client.begin()
        assert ["f0"] == facts(client, client.report(id="f0").json()["position"])


def test_a_ledger_that_cannot_be_opened_is_told_by_its_code(tmp_path: Path) -> None:
    keeper = ViewsProcess(tmp_path / "missing.ledger")
    keeper.start()
    try:
        assert wait_for(lambda: keeper.stalled is not None and keeper.stalled.code == "store")
    finally:
        assert keeper.stop()


def test_the_password_of_a_database_is_not_among_the_arguments(tmp_path: Path) -> None:
    url = "postgresql://desk:secret@127.0.0.1:1/nowhere?connect_timeout=1"
    keeper = ViewsProcess(DatabaseAddress(url=url, schema="incident_ledger", folder=tmp_path))
    keeper.start()
    try:
        assert wait_for(lambda: keeper.pid is not None)
        arguments = Path(f"/proc/{keeper.pid}/cmdline").read_bytes()
        assert b"api.http.views_process" in arguments
        assert b"secret" not in arguments
    finally:
        assert keeper.stop()
