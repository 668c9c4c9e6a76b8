"""The set-up of a cluster in docs/cluster says what the promise of an acknowledgement rests on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.postgres_server import Server, started
from tests.project_files import ROOT, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"(?P<indent> *)(?P<name>[a-z0-9_]+):(?: +(?P<value>[^#]*?))? *(?:#.*)?")


@pytest.fixture
def server() -> Iterator[Server]:
    yield from started()


def _settings(name: str) -> dict[str, str]:
    """What a file of YAML says, member by member, by its path; of lists only that they are there."""
    said: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for line in text_of(PurePosixPath(name)).splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        indent = len(found["indent"])
        path = [*((at, part) for at, part in path if at < indent), (indent, found["name"])]
        if found["value"]:
            said[".".join(part for _, part in path)] = found["value"].strip('"')
    return said


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("bootstrap.dcs.synchronous_mode", "true"),
        ("bootstrap.dcs.synchronous_mode_strict", "true"),
        ("bootstrap.dcs.synchronous_node_count", "1"),
        ("bootstrap.dcs.postgresql.parameters.synchronous_commit", "on"),
        ("bootstrap.dcs.postgresql.parameters.fsync", "on"),
        ("bootstrap.dcs.postgresql.parameters.full_page_writes", "on"),
        ("watchdog.mode", "required"),
    ],
)
def test_the_cluster_is_synchronous_and_strict_and_waits_for_the_disk(setting: str, value: str) -> None:
    assert value == _settings("docs/cluster/patroni.yml")[setting]


def test_nothing_in_the_set_up_takes_it_back() -> None:
    said = _settings("docs/cluster/patroni.yml")

    assert {"maximum_lag_on_failover", "nofailover", "nosync", "failsafe_mode"}.isdisjoint(
        path.rpartition(".")[2] for path in said
    )
    assert "- data-checksums" in text_of(PurePosixPath("docs/cluster/patroni.yml"))
    assert int(said["bootstrap.dcs.loop_wait"]) + 2 * int(said["bootstrap.dcs.retry_timeout"]) <= int(
        said["bootstrap.dcs.ttl"]
    )


def test_the_script_of_the_set_up_refuses_a_cluster_that_waits_for_nobody(server: Server) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    path = os.pathsep.join([str(server.programs), os.environ["PATH"]])
    done = subprocess.run(
        [bash, ROOT / "docs/cluster/set-up.sh", str(server.socket), "desk", "stops"],
        env={"PATH": path, "PGUSER": "postgres", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 1 == done.returncode
    assert "the primary waits for no standby" in done.stderr
    with psycopg.connect(server.url) as connection:
        made = connection.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ledger%'").fetchone()
    assert (0,) == made
