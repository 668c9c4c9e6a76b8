"""A request that is sent again is one act and one answer, also after a restart; another request with its key is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.api.http.client import AT, FACT, INCIDENT, Client
from tests.api.http.test_problems import check_shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

    from ledger.append import Ask, Receipt

KEY = {"Idempotency-Key": '"8e03978e"'}
DISPUTE = {"by": "desk", "grounds": "the distance"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger") as made:
        made.begin()
        yield made


def _same(first: httpx2.Response, again: httpx2.Response) -> None:
    told = [
        (one.status_code, one.content, one.headers["location"], one.headers["etag"]) for one in (first, again)
    ]
    assert told[0] == told[1]
    assert "idempotency-replayed" not in first.headers
    assert "true" == again.headers["idempotency-replayed"]


def test_a_retried_request_is_answered_as_it_was(client: Client) -> None:
    first, again = (client.post(AT, FACT, headers=KEY) for _ in range(2))

    _same(first, again)
    assert 4 == client.head


def test_a_retried_request_is_answered_as_it_was_after_a_restart(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        first = client.post("/v1/incidents", INCIDENT, headers=KEY)
    with Client(tmp_path / "ledger") as client:
        again = client.post("/v1/incidents", INCIDENT, headers=KEY)
        assert 2 == client.head

    _same(first, again)


def test_an_id_that_the_ledger_made_is_made_once(client: Client) -> None:
    body = {name: value for name, value in FACT.items() if name != "id"}
    first, again = (client.post(AT, body, headers=KEY) for _ in range(2))

    _same(first, again)


def test_the_order_of_members_and_blanks_are_the_same_body(client: Client) -> None:
    first = client.post("/v1/incidents", b'{"id":"b","title":"t","zone":"UTC"}', headers=KEY)
    again = client.post("/v1/incidents", b'{ "zone": "UTC", "title": "t", "id": "b" }', headers=KEY)

    _same(first, again)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (AT, {**FACT, "statement": "Otherwise."}),
        ("/v1/incidents", {"title": "t", "zone": "UTC"}),
        (f"{AT}/drag/disputes", DISPUTE),
    ],
    ids=["body", "path and body", "path"],
)
def test_another_request_with_the_key_is_422(client: Client, path: str, body: dict[str, object]) -> None:
    client.post(AT, FACT, headers=KEY)
    head = client.head

    told = check_shape(client.post(path, body, headers=KEY), 422, "idempotency-key-reused")

    assert [{"header": "Idempotency-Key"}] == [
        {name: value for name, value in one.items() if name == "header"} for one in told["errors"]
    ]
    assert head == client.head


def test_the_same_body_on_another_path_is_another_request(client: Client) -> None:
    client.report()
    client.report(id="other", statement="It was otherwise.", citations=[{"id": "o1", "source": "release"}])
    client.post(f"{AT}/drag/disputes", DISPUTE, headers=KEY)

    check_shape(client.post(f"{AT}/other/disputes", DISPUTE, headers=KEY), 422, "idempotency-key-reused")


def test_a_key_is_the_same_in_quotes_and_bare(client: Client) -> None:
    first = client.post(AT, FACT, headers={"Idempotency-Key": "8e03978e"})

    _same(first, client.post(AT, FACT, headers=KEY))
    quoted = client.post(AT, FACT, headers={"Idempotency-Key": r'"a \"b\" \\ c"'})
    assert 409 == quoted.status_code


@pytest.mark.parametrize(
    "key",
    ["", '""', '"  "', '"a', 'a"b', "a b", "a,b", "a;b", '"a";x=1', r'"\x"', "k" * 256, "schlüssel".encode(), b"\x01"],
)  # fmt: skip
def test_a_key_of_another_form_is_400(client: Client, key: str | bytes) -> None:
    headers = [(b"Content-Type", b"application/json"), (b"Idempotency-Key", key if isinstance(key, bytes) else key.encode())]  # fmt: skip
    found = client.run(client.http.post("/v1/incidents", content=b"{}", headers=headers))

    check_shape(found, 400, "invalid-header")


def test_two_keys_are_400(client: Client) -> None:
    headers = [("Content-Type", "application/json"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]

    check_shape(
        client.run(client.http.post("/v1/incidents", content=b"{}", headers=headers)), 400, "invalid-header"
    )


def test_refusals_and_dry_runs_are_not_kept(client: Client) -> None:
    refused = client.post(AT, {**FACT, "kind": "no-such-kind"}, headers=KEY)
    tried = client.post(f"{AT}?dry_run=true", FACT, headers=KEY)
    done = client.post(AT, {**FACT, "statement": "Otherwise."}, headers=KEY)

    assert (422, 200, 201) == (refused.status_code, tried.status_code, done.status_code)
    assert "idempotency-replayed" not in done.headers


def test_a_key_is_looked_up_before_if_match(client: Client) -> None:
    client.report()
    asked = {**KEY, "If-Match": '"2"'}
    first = client.post(f"{AT}/drag/disputes", DISPUTE, headers=asked)
    again = client.post(f"{AT}/drag/disputes", DISPUTE, headers=asked)

    _same(first, again)
    moved = client.post(f"{AT}/drag/disputes", DISPUTE, headers={"If-Match": '"2"'})
    assert 412 == moved.status_code


def test_a_redacted_act_is_answered_with_its_old_ids_whatever_is_sent(client: Client) -> None:
    first = client.post(AT, FACT, headers=KEY)
    basis = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
    redaction = {"incident": "stop", "facts": [{"fact": "drag", "paths": ["statement"]}], **basis}
    assert 201 == client.post("/v1/redactions", redaction).status_code

    _same(first, client.post(AT, {**FACT, "statement": "A guess at it."}, headers=KEY))


def test_while_a_request_is_worked_on_another_with_its_key_is_409(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, begun, go_on = client.served.record, asyncio.Event(), asyncio.Event()

    async def slow(ask: Ask) -> Receipt:
        begun.set()
        await go_on.wait()
        return await really(ask)

    monkeypatch.setattr(client.served, "record", slow)

    async def first(http: httpx2.AsyncClient) -> httpx2.Response:
        return await http.post(AT, json=FACT, headers=KEY)

    async def second(http: httpx2.AsyncClient) -> httpx2.Response:
        await begun.wait()
        found = await http.post(AT, json=FACT, headers=KEY)
        go_on.set()
        return found

    done, held = client.together(first, second)

    assert 201 == done.status_code
    check_shape(held, 409, "request-in-progress")
    assert "1" == held.headers["retry-after"]
    _same(done, client.post(AT, FACT, headers=KEY))


def test_a_key_is_free_again_after_a_fault(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Ask) -> Receipt:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(client.served, "record", broken)
        assert 500 == client.post(AT, FACT, headers=KEY).status_code

    assert 201 == client.post(AT, FACT, headers=KEY).status_code


def test_of_one_request_sent_many_times_at_once_one_is_recorded(client: Client) -> None:
    async def send(http: httpx2.AsyncClient) -> httpx2.Response:
        return await http.post(AT, json=FACT, headers=KEY)

    found = client.together(*[send] * 8)

    assert {201, 409} >= {one.status_code for one in found}
    assert 201 in {one.status_code for one in found}
    assert 4 == client.head
