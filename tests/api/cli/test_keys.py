"""keys add, list and revoke: what is shown, what is kept, and that several processes do not lose each other's keys."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from api.access_keys import KeyFile, LiveKeys
from api.keys_at import keys_of
from ledger.errors import InvalidError, StoreError
from tests.api.command_line import ask, command_of, environment, record
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from pathlib import Path

KEY = re.compile(r"ilk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "desk.ledger"


def _file(ledger: Path) -> Path:
    return ledger.with_name("desk.ledger.d") / "keys" / "access.json"


def test_a_key_is_shown_once_and_kept_as_its_digest(ledger: Path) -> None:
    answer = ask("keys", "add", "Ana Müller", "--role", "editor", "--actor", "ana-7", "--ledger", ledger)
    found = KEY.search(answer.out)

    assert (0, "") == (answer.code, answer.err)
    assert found is not None
    kept = _file(ledger).read_text()
    assert found[0] not in kept
    (key,) = json.loads(kept)["keys"]
    assert hashlib.sha256(found[0].encode()).hexdigest() == key["sha256"]
    assert ("Ana Müller", "ana-7", "editor") == (key["name"], key["actor"], key["role"])
    shown = ask("keys", "list", "--ledger", ledger).out
    assert key["id"] in shown
    assert key["sha256"] not in shown
    assert found[0] not in shown


def test_the_file_is_for_its_owner_alone(ledger: Path) -> None:
    ask("keys", "add", "a", "--role", "reader", "--ledger", ledger)

    assert 0o600 == stat.S_IMODE(_file(ledger).stat().st_mode)
    assert 0o700 == stat.S_IMODE(_file(ledger).parent.stat().st_mode)
    assert ["access.json"] == [one.name for one in _file(ledger).parent.iterdir()]


def test_without_an_actor_one_is_made_up_that_says_nothing(ledger: Path) -> None:
    made = [
        ask("keys", "add", "Ana", "--role", "reader", "--json", "--ledger", ledger).json for _ in range(2)
    ]

    assert 2 == len({one["actor"] for one in made})
    assert all(re.fullmatch(r"actor-[0-9a-f]{16}", one["actor"]) for one in made)


def test_a_revoked_key_stays_in_the_list_and_is_revoked_once(ledger: Path) -> None:
    ident = ask("keys", "add", "a", "--role", "admin", "--json", "--ledger", ledger).json["id"]
    first = ask("keys", "revoke", ident, "--json", "--ledger", ledger).json
    again = ask("keys", "revoke", ident, "--json", "--ledger", ledger).json

    assert first["revoked_at"]
    assert first == again
    assert [first] == ask("keys", "list", "--json", "--ledger", ledger).json_lines


def test_before_the_first_key_the_list_says_so(ledger: Path) -> None:
    assert "No access key has been made.\n" == ask("keys", "list", "--ledger", ledger).out
    assert [] == ask("keys", "list", "--json", "--ledger", ledger).json_lines
    assert not ledger.with_name("desk.ledger.d").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", " a", "--role", "reader"), 3, "no blank at an end"),
        (("add", "", "--role", "reader"), 3, "must not be empty"),
        (("add", "a\nb", "--role", "reader"), 3, "that can be seen"),
        (("add", "a" * 101, "--role", "reader"), 3, "1 to 100"),
        (("add", "a", "--role", "owner"), 2, "owner"),
        (("add", "a"), 2, "--role"),
        (("add", "a", "--role", "reader", "--actor", "Ana M"), 3, "an id has"),
        (("revoke", "0123456789abcdef"), 3, "keys list"),
    ],
)
def test_what_breaks_a_rule_is_told_and_changes_nothing(
    ledger: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    answer = ask("keys", *arguments, "--ledger", ledger)

    assert code == answer.code
    assert words in " ".join(answer.err.split())
    assert not _file(ledger).exists() or [] == json.loads(_file(ledger).read_text())["keys"]


def test_a_damaged_file_is_told_and_never_replaced(ledger: Path) -> None:
    ask("keys", "add", "a", "--role", "reader", "--ledger", ledger)
    _file(ledger).write_bytes(b"{")

    for arguments in (("list",), ("add", "b", "--role", "admin"), ("revoke", "0123456789abcdef")):
        answer = ask("keys", *arguments, "--ledger", ledger)
        assert 4 == answer.code
        assert "cannot be read" in answer.err
    assert b"{" == _file(ledger).read_bytes()


def test_keys_that_several_processes_make_at_once_are_all_kept(ledger: Path) -> None:
    def made(number: int) -> bytes:
        command = command_of("keys", "add", f"n{number}", "--role", "reader", "--json", "--ledger", ledger)
        return subprocess.run(command, check=True, capture_output=True, env=environment()).stdout

    with ThreadPoolExecutor(4) as together:
        shown = {json.loads(one)["id"] for one in together.map(made, range(8))}

    assert 8 == len(shown)
    assert shown == {key.id for key in keys_of(ledger).read() or ()}


def test_a_write_that_is_cut_off_leaves_the_keys_as_they_were(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keys_of(ledger)
    key, _ = file.add("a", "admin", actor=None, clock=FrozenClock(), random=CountingBytes())

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", refused)
        with pytest.raises(StoreError, match="nothing was changed"):
            file.revoke(key.id, clock=FrozenClock())

    assert (key,) == file.read()
    assert ["access.json"] == [one.name for one in file.path.parent.iterdir()]


def test_the_keys_do_not_stand_in_the_ledger_and_go_into_its_backup(ledger: Path, tmp_path: Path) -> None:
    record(ledger, {"op": "open-incident", "id": "stop", "title": "t", "zone": "UTC"})
    ask("keys", "add", "Ana Müller", "--role", "reader", "--ledger", ledger)

    assert "Müller".encode() not in ledger.read_bytes()
    assert 0 == ask("backup", tmp_path / "copy", "--ledger", ledger).code
    assert any(one.name == "access.json" for one in (tmp_path / "copy").rglob("*"))


def test_live_keys_see_each_change_also_within_one_tick_of_the_file_system(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys" / "access.json")
    clock = FrozenClock()
    live = LiveKeys(file, clock)
    assert not live.look()

    random = CountingBytes()
    for number in range(20):
        key, text = file.add(f"n{number}", "reader", actor=None, clock=clock, random=random)
        assert live.look()
        assert key == live.find(text)
        file.revoke(key.id, clock=clock)
        assert live.look()
        assert live.find(text) is None


def test_a_change_that_the_times_of_the_file_do_not_tell_is_seen(tmp_path: Path) -> None:
    """Two changes within one tick leave a file of the same size, with the same times, perhaps in the same place."""
    file, clock = KeyFile(tmp_path / "keys" / "access.json"), FrozenClock()
    key, text = file.add("a", "reader", actor=None, clock=clock, random=CountingBytes())
    live = LiveKeys(file, clock)
    assert key == live.find(text)
    times = file.path.stat()

    file.path.write_bytes(file.path.read_bytes().replace(key.sha256.encode(), b"0" * 64))
    os.utime(file.path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert live.look()
    assert live.find(text) is None


def test_a_change_waits_for_another_that_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, clock = tmp_path / "keys" / "access.json", FrozenClock()
    replace = KeyFile._replace
    others: list[threading.Thread] = []

    def add(name: str) -> None:
        KeyFile(path).add(name, "reader", actor=None, clock=clock, random=CountingBytes(name))

    def meanwhile(file: KeyFile, data: bytes) -> None:
        if not others:
            others.append(threading.Thread(target=add, args=("second",), daemon=True))
            others[0].start()
            # Where it does not wait, it is done by then, and what it made is replaced.
            others[0].join(0.5)
        replace(file, data)

    monkeypatch.setattr(KeyFile, "_replace", meanwhile)
    add("first")
    others[0].join()

    assert ["first", "second"] == [key.name for key in KeyFile(path).read() or ()]


def test_an_actor_that_is_no_id_is_refused_before_anything_is_kept(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys" / "access.json")
    with pytest.raises(InvalidError, match="an id has"):
        file.add("a", "reader", actor="No Id", clock=FrozenClock(), random=CountingBytes())

    assert file.read() is None
