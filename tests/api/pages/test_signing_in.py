"""Signing in: the cookie speaks for pages and what they link to, never for a write of the API, and forms have to come from here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from api.keys_at import keys_of
from api.pages.account import safe_path
from tests.api.http.client import INCIDENT, Client
from tests.api.pages.reading import Reader, text_in
from tests.fakes import CountingBytes, FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

HERE = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


class Keyed(Reader):
    """A server with a key of a reader, and somebody who has it."""

    def __init__(self, client: Client, key: str, ident: str) -> None:
        super().__init__(client)
        self.key = key
        self.ident = ident

    def form(self, path: str = "/account") -> tuple[str, dict[str, str]]:
        """The token of a form, and the cookies that came with it."""
        found = self.open(path)
        token = re.search(r'name="token" value="([0-9a-f]{64})"', found.text)
        assert token is not None
        return token[1], _cookies(found)

    def send(self, path: str, fields: str, cookies: dict[str, str], **headers: str) -> httpx2.Response:
        """Send a form."""
        said = {
            **self.headers,
            **HERE,
            "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()),
            **headers,
        }
        return self.client.request("POST", path, content=fields.encode(), headers=said)

    def signed_in(self) -> dict[str, str]:
        """Sign in; the cookies."""
        token, cookies = self.form()
        found = self.send("/account/sign-in", f"token={token}&back=/&key={self.key}", cookies)
        assert (303, "/") == (found.status_code, found.headers["Location"]), found.text
        return {**cookies, **_cookies(found)}


def _cookies(found: httpx2.Response) -> dict[str, str]:
    lines = [value for name, value in found.headers.multi_items() if name.lower() == "set-cookie"]
    return dict(line.partition(";")[0].split("=", 1) for line in lines)


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    made, key = keys_of(tmp_path / "ledger").add(
        "r", "reporter", actor="the-reporter", clock=FrozenClock(), random=CountingBytes("k")
    )
    with Client(tmp_path / "ledger") as client:
        bearer = {"Authorization": f"Bearer {key}"}
        assert 201 == client.post("/v1/incidents", INCIDENT, headers=bearer).status_code
        yield Keyed(client, key, made.id)


def test_without_a_key_a_page_is_a_page_that_leads_to_signing_in(keyed: Keyed) -> None:
    page = keyed.open("/incidents/stop")

    assert (401, "text/html; charset=utf-8") == (page.status_code, page.headers["Content-Type"])
    assert 'href="/account?back=%2Fincidents%2Fstop"' in page.text
    assert "Traffic stop" not in page.text


def test_the_key_is_kept_where_no_script_and_no_other_site_reaches_it(keyed: Keyed) -> None:
    token, cookies = keyed.form()
    found = keyed.send("/account/sign-in", f"token={token}&back=/&key={keyed.key}", cookies)
    [line] = [value for name, value in found.headers.multi_items() if name.lower() == "set-cookie"]

    assert f"ledger_key={keyed.key};" in line
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= {one.strip() for one in line.split(";")}
    assert "Max-Age" not in line
    assert "secure" not in line.lower()


def test_by_any_name_but_this_machines_the_cookie_goes_over_tls_alone(keyed: Keyed) -> None:
    found = keyed.open("/account", Host="ledger.example")

    assert "secure" in found.headers["set-cookie"].lower()


def test_signed_in_pages_are_read_and_what_they_link_to(keyed: Keyed) -> None:
    cookies = keyed.signed_in()
    cookie = {"Cookie": f"ledger_key={cookies['ledger_key']}"}

    assert "Traffic stop" in text_in(keyed.open("/incidents/stop", **cookie).text)
    assert "Signed in as reporter" in keyed.open("/", **cookie).text
    assert 200 == keyed.client.get("/v1/incidents/stop", headers=cookie).status_code


def test_the_cookie_never_speaks_for_a_write_of_the_api(keyed: Keyed) -> None:
    cookie = {"Cookie": f"ledger_key={keyed.signed_in()['ledger_key']}"}
    head = keyed.client.head

    assert 401 == keyed.client.post("/v1/incidents", {**INCIDENT, "id": "other"}, headers=cookie).status_code
    assert 401 == keyed.client.post("/v1/batch", b"{}\n", headers=cookie).status_code
    assert head == keyed.client.head


def test_a_revoked_key_signs_nobody_in(keyed: Keyed) -> None:
    cookie = {"Cookie": f"ledger_key={keyed.signed_in()['ledger_key']}"}
    keys_of(keyed.client.settings.path).revoke(keyed.ident, clock=FrozenClock())

    assert 401 == keyed.open("/incidents/stop", **cookie).status_code
    assert 200 == keyed.open("/account", **cookie).status_code


def test_a_wrong_key_is_refused_beside_its_field_and_counted(keyed: Keyed) -> None:
    token, cookies = keyed.form()
    wrong = f"token={token}&back=/&key=ilk_0000000000000000_{'A' * 43}"
    statuses = [keyed.send("/account/sign-in", wrong, cookies).status_code for _ in range(40)]
    page = keyed.send("/account/sign-in", wrong, cookies)

    assert 401 == statuses[0]
    assert 429 == statuses[-1]
    assert 'aria-invalid="true"' in page.text
    assert "A" * 43 not in page.text


@pytest.mark.parametrize(
    ("headers", "keeps_token", "keeps_cookie"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True, True),
        ({"Sec-Fetch-Site": "same-site"}, True, True),
        ({}, False, True),
        ({}, True, False),
    ],
    ids=["another site", "another origin of this site", "no token", "no cookie"],
)
def test_a_form_that_was_not_sent_by_a_page_of_this_server_does_nothing(
    keyed: Keyed, headers: dict[str, str], *, keeps_token: bool, keeps_cookie: bool
) -> None:
    token, cookies = keyed.form()
    fields = f"back=/&key={keyed.key}" + (f"&token={token}" if keeps_token else "")
    found = keyed.send("/account/sign-in", fields, cookies if keeps_cookie else {}, **headers)

    assert 403 == found.status_code
    assert "set-cookie" not in found.headers


def test_without_fetch_metadata_the_origin_has_to_be_the_host(keyed: Keyed) -> None:
    token, cookies = keyed.form()
    fields = f"token={token}&back=/&key={keyed.key}"

    def send(origin: str) -> int:
        said = {
            **keyed.headers,
            "Content-Type": HERE["Content-Type"],
            "Origin": origin,
            "Cookie": f"ledger_form={cookies['ledger_form']}",
        }
        return keyed.client.request(
            "POST", "/account/sign-in", content=fields.encode(), headers=said
        ).status_code

    assert 403 == send("http://evil.example")
    assert 403 == send("null")
    assert 303 == send("http://localhost")


def test_signing_out_takes_the_key_out_of_the_browser(keyed: Keyed) -> None:
    cookies = keyed.signed_in()
    page = keyed.open("/account", Cookie="; ".join(f"{k}={v}" for k, v in cookies.items()))
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page.text)
    assert token is not None
    found = keyed.send("/account/sign-out", f"token={token[1]}", cookies)

    assert 303 == found.status_code
    assert any("ledger_key=" in line and "Max-Age=0" in line for line in found.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"]
)
def test_signing_in_leads_to_this_server_alone(back: str) -> None:
    assert "/" == safe_path(back)
    assert "/incidents/stop?known_at=3" == safe_path("/incidents/stop?known_at=3")


def test_signing_in_leads_back_to_the_page_that_was_looked_at(tmp_path: Path) -> None:
    keys_of(tmp_path / "ledger").add(
        "r", "reader", actor="the-reader", clock=FrozenClock(), random=CountingBytes("k")
    )
    with Client(tmp_path / "ledger", public_read=True) as client:
        reader = Reader(client)
        assert "/account?back=/" in reader.links("/")
