"""Access keys over HTTP: the door while there are none, the first that shuts it, wrong keys, and a file that is lost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from api.http.attempts import EACH_S, MOST, Attempts
from api.keys_at import keys_of
from tests.api.http.client import INCIDENT, Client
from tests.api.http.test_problems import check_shape
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.access_keys import AccessKey, RoleWord


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger") as made:
        yield made


def _add(client: Client, role: RoleWord = "admin", name: str = "desk") -> tuple[AccessKey, dict[str, str]]:
    random = CountingBytes(f"{role}{name}")
    key, text = keys_of(client.served.path).add(name, role, actor=None, clock=FrozenClock(), random=random)
    return key, {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_without_keys_pages_of_other_sites_and_proxies_are_403(
    client: Client, header: dict[str, str]
) -> None:
    for method, path in (("GET", "/v1/incidents/stop"), ("POST", "/v1/incidents"), ("GET", "/livez")):
        told = check_shape(client.request(method, path, headers=header), 403, "forbidden")
        assert next(iter(header)) in str(told["errors"])


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_without_keys_a_page_of_this_server_may_ask(client: Client, site: str) -> None:
    assert 201 == client.post("/v1/incidents", INCIDENT, headers={"Sec-Fetch-Site": site}).status_code


def test_the_first_key_ends_the_keyless_mode_in_a_running_server_at_once(client: Client) -> None:
    assert 201 == client.post("/v1/incidents", INCIDENT).status_code
    key, shown = _add(client)

    check_shape(client.post("/v1/incidents", {**INCIDENT, "id": "b"}), 401, "key-needed")
    assert 201 == client.post("/v1/incidents", {**INCIDENT, "id": "b"}, headers=shown).status_code
    assert key.id == client.served.history.stream("incident/b")[0].key
    # By a name that is not loopback, too: whoever has a key may ask from anywhere.
    assert 200 == client.get("/livez", headers={"Host": "ledger.example", **shown}).status_code


def test_a_revoked_key_is_refused_with_the_next_request_and_cannot_come_back(client: Client) -> None:
    key, shown = _add(client)
    _, other = _add(client, name="other")
    assert 201 == client.post("/v1/incidents", INCIDENT, headers=shown).status_code

    keys_of(client.served.path).revoke(key.id, clock=FrozenClock())

    check_shape(client.post("/v1/incidents", {**INCIDENT, "id": "b"}, headers=shown), 401, "key-refused")
    assert 201 == client.post("/v1/incidents", {**INCIDENT, "id": "b"}, headers=other).status_code
    # With every key revoked nobody is let in; the keyless mode does not come back.
    keys_of(client.served.path).revoke(_add(client, name="third")[0].id, clock=FrozenClock())
    check_shape(client.get("/v1/incidents/stop"), 401, "key-needed")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic ZGVzazpkZXNr",
        "Bearer ilk_0000000000000000_" + "A" * 43,
        "Bearer {text}x",
        "Bearer {flipped}",
        "{text}",
        "Bearer {text} {text}",
    ],
)
def test_what_is_no_key_is_401_and_not_repeated(client: Client, authorization: str) -> None:
    _, shown = _add(client)
    text = shown["Authorization"].removeprefix("Bearer ")
    flipped = text[:-1] + ("A" if text[-1] != "A" else "B")
    given = authorization.format(text=text, flipped=flipped)
    found = client.get("/v1/incidents/stop", headers={"Authorization": given})

    check_shape(found, 401, "key-refused")
    assert 'error="invalid_token"' in found.headers["www-authenticate"]
    assert "ilk_" not in found.text


def test_two_keys_in_one_request_are_401(client: Client) -> None:
    _, shown = _add(client)
    twice = [("Authorization", shown["Authorization"])] * 2
    check_shape(client.run(client.http.get("/v1/incidents/stop", headers=twice)), 401, "key-refused")


def test_the_word_bearer_is_read_in_any_case(client: Client) -> None:
    _, shown = _add(client)
    lower = {"Authorization": shown["Authorization"].replace("Bearer", "bearer")}
    assert 404 == client.get("/v1/incidents/stop", headers=lower).status_code


def test_too_many_wrong_keys_are_429_and_a_right_one_is_let_in_all_the_same(client: Client) -> None:
    _, shown = _add(client)
    wrong = {"Authorization": "Bearer ilk_wrong"}
    statuses = [client.get("/v1/incidents/stop", headers=wrong).status_code for _ in range(MOST)]
    found = client.get("/v1/incidents/stop", headers=wrong)

    assert [401] * MOST == statuses
    check_shape(found, 429, "too-many-requests")
    assert 1 <= int(found.headers["retry-after"]) <= EACH_S
    assert 404 == client.get("/v1/incidents/stop", headers=shown).status_code
    client.clock.advance(dt.timedelta(seconds=int(found.headers["retry-after"])))
    assert 401 == client.get("/v1/incidents/stop", headers=wrong).status_code


@pytest.mark.parametrize("damage", [b"", b"{", b'{"keys": [], "format": "other/9"}', b"\xff", None])
def test_keys_that_are_damaged_or_gone_let_nobody_in(client: Client, damage: bytes | None) -> None:
    _, shown = _add(client)
    file = keys_of(client.served.path).path
    kept = file.read_bytes()
    assert 401 == client.get("/v1/incidents/stop").status_code
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)

    check_shape(client.get("/v1/incidents/stop", headers=shown), 503, "keys-unreadable")
    check_shape(client.get("/v1/incidents/stop"), 401, "key-needed")
    check_shape(client.post("/v1/incidents", INCIDENT), 401, "key-needed")
    assert 200 == client.get("/livez").status_code

    file.write_bytes(kept)
    assert 404 == client.get("/v1/incidents/stop", headers=shown).status_code


def test_who_needed_no_key_is_asked_to_come_back_where_it_cannot_be_told_whether_there_are_keys(
    client: Client, tmp_path: Path
) -> None:
    assert 201 == client.post("/v1/incidents", INCIDENT).status_code
    file = keys_of(client.served.path).path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"{")

    check_shape(client.get("/v1/incidents/stop"), 503, "keys-unreadable")
    assert "retry-after" in client.post("/v1/incidents", {**INCIDENT, "id": "b"}).headers
    assert 200 == client.get("/livez").status_code
    with Client(tmp_path / "public", public_read=True) as public:
        _add(public)
        assert 404 == public.get("/v1/incidents/stop").status_code
        keys_of(public.served.path).path.write_bytes(b"{")
        check_shape(public.get("/v1/incidents/stop"), 503, "keys-unreadable")


def test_attempts_are_counted_by_address_in_bounded_memory() -> None:
    clock = FrozenClock()
    attempts = Attempts(clock, addresses=3)
    for _ in range(MOST):
        assert attempts.count("192.0.2.1") is None
    assert attempts.count("192.0.2.1") is not None
    assert attempts.count("192.0.2.2") is None
    assert attempts.count("192.0.2.1") is not None, "asked again at once"

    for number in range(50):
        assert attempts.count(f"198.51.100.{number}") is None
        assert len(attempts) <= 3


def test_an_address_gets_one_more_attempt_at_a_time() -> None:
    clock = FrozenClock()
    attempts = Attempts(clock)
    while (wait_s := attempts.count("::1")) is None:
        pass
    clock.advance(dt.timedelta(seconds=wait_s))

    assert attempts.count("::1") is None
    assert attempts.count("::1") is not None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_of_ipv6_the_network_of_a_customer_is_one_address(one: str, other: str, same: bool) -> None:  # noqa: FBT001  a column of the table
    attempts = Attempts(FrozenClock())
    while attempts.count(one) is None:
        pass

    assert same == (attempts.count(other) is not None)
