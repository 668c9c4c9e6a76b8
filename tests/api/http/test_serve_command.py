"""serve: one line when it answers, a log of JSON lines without anybody's words, and an end with a code that says which."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from api.announced import announced, announcing
from api.demo import INCIDENT as DEMO
from ledger.address import folder_of
from tests.api.command_line import as_lines, ask, command_of, run
from tests.api.http.client import INCIDENT
from tests.api.http.server_process import ServerProcess

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "Witness Name 7f3a"


def test_one_line_is_printed_and_the_log_has_each_request_without_words(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "ledger") as server:
        with server.client() as client:
            body = {**INCIDENT, "title": SECRET}
            made = client.post("/v1/incidents", json=body, headers={"X-Request-Id": "trace-1"})
            client.get(f"/v1/incidents/{SECRET}", params={"q": SECRET})
            client.get("/v1/incidents/stop", headers={"Authorization": f"Bearer {SECRET}"})
            client.get(f"/{SECRET}")
        assert 0 == server.stop()

    assert 201 == made.status_code
    assert f"ready {server.url}\n" == server.out
    assert "127.0.0.1" in server.url
    requests = [line for line in server.log if line["event"] == "request"]
    assert "keyless" == server.log[0]["event"]
    assert 4 == len(requests)
    first = requests[0]
    assert ("trace-1", "POST", "/v1/incidents", 201, "local-admin") == (
        first["request_id"], first["method"], first["route"], first["status"], first["actor"]
    )  # fmt: skip
    assert {"incident": "stop"} == requests[2]["ids"]
    assert ("(none)", 404, "not-found") == tuple(requests[3][name] for name in ("route", "status", "code"))
    for word in ("Witness", "7f3a", "Name"):
        assert word not in "".join(server.lines)


def test_the_log_names_the_key_and_never_shows_it(tmp_path: Path) -> None:
    made = ask("keys", "add", SECRET, "--role", "editor", "--json", "--ledger", tmp_path / "ledger").json
    with ServerProcess(tmp_path / "ledger") as server:
        with server.client(headers={"Authorization": f"Bearer {made['key']}"}) as client:
            assert 201 == client.post("/v1/incidents", json=INCIDENT).status_code
        server.stop()

    (line,) = (line for line in server.log if line["event"] == "request")
    assert (made["id"], made["actor"]) == (line["key"], line["actor"])
    assert made["key"].rpartition("_")[2] not in "".join(server.lines)
    assert SECRET not in "".join(server.lines)


def test_requests_are_left_out_of_the_log_where_that_is_set(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "ledger", LEDGER_REQUEST_LOG="0") as server:
        with server.client() as client:
            assert 200 == client.get("/livez").status_code
        server.stop()

    assert ["keyless"] == [line["event"] for line in server.log]


def test_another_process_that_wants_to_write_is_told_the_address_and_ends_with_4(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    with ServerProcess(ledger) as server:
        answers = [
            run("append", "--ledger", ledger, folder=tmp_path, stdin=as_lines({"op": "kinds"})),
            run("serve", "--ledger", ledger, "--port", "0", folder=tmp_path),
        ]
        reading = run("verify", "--ledger", ledger, folder=tmp_path)
        server.stop()

    for answer in answers:
        assert (4, "") == (answer.code, answer.out)
        assert f"use the API at {server.url}" in answer.err
        assert "Traceback" not in answer.err
    assert 4 != reading.code
    assert announced(folder_of(ledger)) is None


def test_an_address_that_nobody_answers_is_taken_away_by_the_next_to_write(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    run("append", "--ledger", ledger, folder=tmp_path, stdin=b"")
    (folder_of(ledger) / "api").write_text("http://127.0.0.1:1\n")
    run("append", "--ledger", ledger, folder=tmp_path, stdin=b"")

    assert not (folder_of(ledger) / "api").exists()


@pytest.mark.parametrize("text", ["", "http://x y", "javascript:x", "http://\x1b[31m", "http://ü"])
def test_what_is_no_address_is_not_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "api").write_text(text)

    assert announced(tmp_path) is None


def test_an_address_is_there_as_long_as_somebody_answers(tmp_path: Path) -> None:
    with announcing(tmp_path, "http://[::1]:8000"):
        assert "http://[::1]:8000" == announced(tmp_path)
    assert announced(tmp_path) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--workers", "2"), "one worker serves it"),
        (("--host", "192.0.2.1"), "no access key has been made"),
        (("--host", "ledger.example"), "no access key has been made"),
        (("--port", "70000"), "--port"),
        (("--settings", "{folder}/bad.toml"), "prot"),
    ],
)
def test_what_is_misused_ends_with_2_before_anything_is_opened(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "bad.toml").write_text("prot = 1\n")
    given = [one.format(folder=tmp_path) for one in arguments]
    answer = ask("serve", "--ledger", tmp_path / "ledger", *given)

    assert (2, "") == (answer.code, answer.out)
    assert words in answer.err
    assert not (tmp_path / "ledger").exists()


def test_an_address_that_is_taken_ends_with_4(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = ask("serve", "--ledger", tmp_path / "ledger", "--port", port)

    assert (4, "") == (answer.code, answer.out)
    assert f"port {port}" in answer.err
    assert not (tmp_path / "ledger").exists()


def test_a_file_that_is_no_ledger_ends_with_4_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a letter")
    answer = run("serve", "--ledger", tmp_path / "ledger", "--port", "0", folder=tmp_path)

    assert (4, "") == (answer.code, answer.out)
    assert "Traceback" not in answer.err
    assert "a letter" == (tmp_path / "ledger").read_text()


def test_access_keys_that_are_damaged_end_with_4(tmp_path: Path) -> None:
    (tmp_path / "ledger.d" / "keys").mkdir(parents=True)
    (tmp_path / "ledger.d" / "keys" / "access.json").write_text("{")
    answer = ask("serve", "--ledger", tmp_path / "ledger", "--port", "0")

    assert (4, "") == (answer.code, answer.out)
    assert "access keys" in answer.err


def test_serve_demo_serves_the_incident_from_a_fresh_ledger(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "ledger", "--demo") as server, server.client() as client:
        found = client.get(f"/v1/incidents/{DEMO}")

    assert 200 == found.status_code
    assert DEMO in found.text
    again = run(*command_of("serve", "--demo", "--ledger", tmp_path / "ledger")[3:], folder=tmp_path)
    assert 2 == again.code
    assert "exists already" in again.err
