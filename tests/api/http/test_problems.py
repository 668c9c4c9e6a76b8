"""One shape of error for every status, with nothing of the input in it, and a page behind each type."""

from __future__ import annotations

import ast
import errno
import sqlite3
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from starlette.routing import Route

import ledger.errors
from api.http.problem_codes import explained
from api.http.problems import STATUS, ProblemError, answer, problem_of, problem_of_status
from api.routes import ROUTERS
from ledger.errors import (
    ClockLeapError,
    InvalidError,
    LedgerError,
    QueueFullError,
    QuotationError,
    RuleError,
    StaleError,
    StoreError,
    UnknownError,
)
from tests.api.http.client import AT, Client
from tests.project_files import python_files, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

SECRET = "witness-name-7f3a"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("problems") / "ledger", body_limit_bytes=2048) as made:
        made.begin()
        made.report()
        yield made


def _every_error(kind: type[LedgerError] = LedgerError) -> Iterator[type[LedgerError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _every_error(one)


def _made(kind: type[LedgerError]) -> LedgerError:
    if issubclass(kind, UnknownError):
        return kind("source", SECRET)
    if issubclass(kind, StaleError):
        return kind("fact drag", expected=1, current=2)
    if issubclass(kind, RuleError):
        return kind("last-support", "no citation, no fact")
    if issubclass(kind, QueueFullError):
        return kind("too many wait", retry_after_s=7)
    if issubclass(kind, ClockLeapError):
        return kind(ahead_s=9.0)
    return kind("what went wrong")


@pytest.mark.parametrize("kind", sorted(set(_every_error()), key=str))
def test_every_error_of_the_ledger_has_a_status_of_its_own_choosing(kind: type[LedgerError]) -> None:
    problem = problem_of(_made(kind))

    assert kind in STATUS
    assert kind.code == problem.problem.code
    assert STATUS[kind] == problem.problem.status
    assert ("Retry-After" in problem.headers) == (503 == problem.problem.status)


def test_the_table_names_every_error_and_no_other() -> None:
    assert {getattr(ledger.errors, name) for name in ledger.errors.__all__} == set(STATUS)


def test_what_a_caller_named_is_not_repeated() -> None:
    assert SECRET not in bytes(answer(problem_of(UnknownError("source", SECRET))).body).decode()


def test_ours_is_told_without_its_text() -> None:
    assert SECRET not in bytes(answer(problem_of(StoreError(SECRET))).body).decode()


def _full() -> Iterator[BaseException]:
    yield OSError(errno.ENOSPC, "no room")
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    yield full


@pytest.mark.parametrize("cause", list(_full()), ids=["the system", "SQLite"])
def test_a_full_disk_is_507(cause: BaseException) -> None:
    error = StoreError("refused")
    error.__cause__ = RuntimeError("between")
    error.__cause__.__cause__ = cause

    assert (507, "disk-full") == (problem_of(error).problem.status, problem_of(error).problem.code)


def test_every_code_that_is_answered_has_a_page() -> None:
    codes = {one.code for one in explained()}
    named = {
        node.args[1].value
        for file in python_files()
        if file.is_shipped
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ProblemError.of")
        if isinstance(node.args[1], ast.Constant)
    }
    bare = {problem_of_status(status).problem.code for status in range(400, 600)}
    errors = {kind.code for kind in STATUS if kind is not LedgerError}

    assert named
    assert not (named | bare | errors) - codes


def test_every_code_and_law_is_shown_as_a_page_with_everything_escaped(client: Client) -> None:
    for one in explained():
        page = client.get(f"/docs/problems/{one.code}")
        assert 200 == page.status_code
        assert "text/html; charset=utf-8" == page.headers["content-type"]
        assert "What to do" in page.text
        assert "`" not in page.text
    assert 'href="/docs/problems/last-support"' in client.get("/docs/problems/rule").text
    assert 200 == client.get("/docs/problems/").status_code


def test_the_sentence_of_a_refusal_names_the_member(client: Client) -> None:
    for path, body, sentence in (
        ("/v1/incidents", {"title": 5, "zone": "Europe/London"}, "title must be a string"),
        ("/v1/incidents", {"tittle": "T", "zone": "Europe/London"}, "tittle is not known here; known are"),
        ("/v1/incidents", {"title": "T"}, "zone is missing"),
        ("/v1/incidents/stop/facts/drag/attestations", {"stance": "supports"}, "source is missing"),
    ):
        told = client.post(path, body).json()
        assert told["detail"].startswith(sentence), told


def test_whatever_can_be_got_answers_its_head(client: Client) -> None:
    assert "/docs/problems/{code}" in _paths("GET")
    for path in _paths("GET"):
        if path == "/v1/events":
            continue
        url = _filled(path.replace(":path", ""), level="0", index="000", file="index.css")
        got, head = client.get(url), client.request("HEAD", url)
        assert (got.status_code, "") == (head.status_code, head.text), path
        assert got.headers.get("content-type") == head.headers.get("content-type"), path


def test_a_page_escapes_what_it_is_asked_for(client: Client) -> None:
    page = client.get("/docs/problems/%3Cscript%3E")

    assert 404 == page.status_code
    assert "script" not in page.text


def check_shape(found: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The one shape, and the headers that each answer has."""
    assert status == found.status_code, found.text
    assert "application/problem+json" == found.headers["content-type"]
    told = orjson.loads(found.content)
    assert {"type", "title", "status", "code", "detail", "request_id"} <= set(told)
    assert (status, code) == (told["status"], told["code"])
    assert f"/docs/problems/{code}" == told["type"]
    assert told["detail"]
    assert found.headers["x-request-id"] == told["request_id"]
    assert "no-store" == found.headers["cache-control"]
    assert "nosniff" == found.headers["x-content-type-options"]
    assert "Traceback" not in found.text
    assert SECRET not in found.text
    assert isinstance(told, dict)
    return told


def _paths(method: str) -> list[str]:
    routes = [route for router in ROUTERS for route in router.routes]
    return sorted(
        {route.path for route in routes if isinstance(route, Route) and method in (route.methods or ())}
    )


def _filled(path: str, **names: str) -> str:
    given = {"incident": "stop", "fact": "drag", "source": "release", "attestation": "a1", "dispute": "1"}
    return path.format(**{"lineage": "1", "code": "stale", "sha256": "0" * 64, **given, **names})


WRITES = _paths("POST")


@pytest.mark.parametrize("path", WRITES)
def test_another_method_is_405_with_every_method_of_the_path(client: Client, path: str) -> None:
    found = client.request("PATCH", _filled(path))

    check_shape(found, 405, "method-not-allowed")
    allowed = found.headers["allow"].split(", ")
    assert "POST" in allowed
    assert ("GET" in allowed) == (path in _paths("GET"))


@pytest.mark.parametrize("path", WRITES)
def test_a_body_without_a_type_or_of_another_is_415(client: Client, path: str) -> None:
    for headers in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        found = client.request("POST", _filled(path), content=b"{}", headers=headers)
        told = check_shape(found, 415, "unsupported-media-type")
        assert told["errors"]


@pytest.mark.parametrize("path", WRITES)
def test_an_unknown_parameter_is_400(client: Client, path: str) -> None:
    for name in ("dryrun", SECRET * 4):
        told = check_shape(client.post(f"{_filled(path)}?{name}={SECRET}", {}), 400, "invalid-parameter")
        assert SECRET not in str(told)


@pytest.mark.parametrize("path", [path for path in WRITES if not path.endswith(("snapshots", "batch"))])
def test_a_body_that_is_too_long_is_413(client: Client, path: str) -> None:
    check_shape(client.post(_filled(path), {"title": SECRET * 200}), 413, "too-large")


@pytest.mark.parametrize("path", [path for path in WRITES if not path.endswith(("snapshots", "batch"))])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", f'{{"sealed-{SECRET}": 1, "x": "{SECRET}"'.encode(), b'{"op": "redact"}'],
)
def test_a_body_that_is_no_such_command_is_422(client: Client, path: str, body: bytes) -> None:
    check_shape(client.post(_filled(path), body), 422, "invalid")


@pytest.mark.parametrize("name", ["op", "incident", "source", "fact", "attestation", "dispute", "lineage"])
def test_a_body_does_not_say_again_what_the_path_says(client: Client, name: str) -> None:
    for path in WRITES:
        attests = path.endswith("/attestations") and name == "attestation"
        if (f"{{{name}}}" in path and not path.endswith("snapshots")) and not attests:
            told = check_shape(client.post(_filled(path), {name: "x"}), 422, "invalid")
            assert [{"rule": "is said by the path; leave it out", "pointer": f"/{name}"}] == told["errors"]


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/incidents/", "/v1//incidents", f"/{SECRET}"])
def test_a_path_that_is_not_there_is_404(client: Client, path: str) -> None:
    check_shape(client.get(path), 404, "not-found")


def test_a_request_id_is_kept_where_it_is_an_id_and_made_where_it_is_not(client: Client) -> None:
    kept = client.get("/nowhere", headers={"X-Request-Id": "trace-1"})
    made = client.get("/nowhere", headers={"X-Request-Id": "Not An Id\t"})

    assert "trace-1" == check_shape(kept, 404, "not-found")["request_id"]
    assert "id-" == str(check_shape(made, 404, "not-found")["request_id"])[:3]


def test_a_fault_of_ours_is_500_without_its_text_and_the_log_has_none_either(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(client.served, "record", broken)
    found = client.report(id="other")

    told = check_shape(found, 500, "internal")
    assert str(told["request_id"]) in caplog.text
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreError(SECRET), 503, "store"),
        (QueueFullError("too many wait", retry_after_s=7), 503, "queue-full"),
        (ClockLeapError(ahead_s=9), 503, "clock-leap"),
        (QuotationError("not there", nearest=("near",), field="/citations/0/selector"), 422, "quotation"),
        (InvalidError("must be short", field="/title"), 422, "invalid"),
        (ProblemError.of(429, "too-many-requests", "too many"), 429, "too-many-requests"),
    ],
)
def test_what_the_writer_raises_has_the_shape(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    async def refusing(*_: object) -> None:
        raise error

    monkeypatch.setattr(client.served, "record", refusing)
    check_shape(client.report(id="other"), status, code)


def test_what_the_path_names_and_is_not_there_is_404_and_what_the_body_names_is_422(client: Client) -> None:
    dispute = {"by": "desk", "grounds": "the distance"}
    for path in (
        f"/v1/incidents/{SECRET}/facts/drag/disputes",
        f"{AT}/{SECRET}/disputes",
        "/v1/incidents/NO-ID/facts/drag/disputes",
    ):
        told = check_shape(client.post(path, dispute), 404, "not-found")
        assert "errors" not in told
    withdrawal = {"cause": "our-misreading", "reason": "misread"}
    check_shape(client.post(f"{AT}/drag/attestations/a9/withdrawal", withdrawal), 404, "not-found")
    resolution = {"outcome": "upheld", "reason": "so it is"}
    for number in ("9", "0", "x", "-1", "1" * 400):
        check_shape(client.post(f"{AT}/drag/disputes/{number}/resolution", resolution), 404, "not-found")
    told = check_shape(client.report(id="b", citations=[{"source": SECRET}]), 422, "unknown")
    assert [
        {"rule": "the source named here is not in this ledger", "pointer": "/citations/0/source"}
    ] == told["errors"]


def test_pointers_of_an_attestation_are_those_of_the_body(client: Client) -> None:
    flat = client.post(f"{AT}/drag/attestations", {"source": "none"})
    nested = client.post(f"{AT}/drag/attestations", {"attestation": {"source": "none"}})

    assert ["/source"] == [one["pointer"] for one in flat.json()["errors"]]
    assert ["/attestation/source"] == [one["pointer"] for one in nested.json()["errors"]]


def test_the_page_of_errors_goes_into_the_wheel() -> None:
    build = tomllib.loads(text_of(PurePosixPath("pyproject.toml")))["tool"]["hatch"]["build"]

    assert "api/documents/errors.md" == build["targets"]["wheel"]["force-include"]["docs/errors.md"]
