"""The Atom feed of corrections: valid by RFC 4287, with names that stay, and nothing in it of what was redacted."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.api.http.atom import ATOM, breaches
from tests.api.http.client import AT, INCIDENT, Client
from tests.desk import cited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

_HOSTILE = '<script>alert("1")</script> & ]]> &lt;b&gt; \u202e "quoted" \x0b'
_FEED = "/v1/corrections?format=atom&wording=true"
_WHOLE = f"{_FEED}&limit=500"
_HEAD = 11


def _recorded(client: Client) -> None:
    """4 to 7: facts `f0` to `f3`; 8 to 10: three are corrected; 11: the last is retracted. All words are hostile."""
    assert 201 == client.post("/v1/incidents", {**INCIDENT, "title": f"The stop {_HOSTILE}"}).status_code
    source = {"id": "release", "kind": "release", "title": "Release"}
    assert 201 == client.post("/v1/sources", source).status_code
    for number in range(4):
        assert 201 == client.report(id=f"f{number}", statement=f"{number} {_HOSTILE}").status_code
    for number, sort in enumerate(("wording", "wrong-number", "other")):
        client.clock.advance()
        body = {
            "kind": "drag",
            "statement": f"He was dragged {number} feet {_HOSTILE}",
            "class": sort,
            "cause": "source-error",
            "reason": f"reason {number} {_HOSTILE}",
            "citations": [cited("c1", speaker={"id": "c1"})],
        }
        if number:
            body["notice"] = f"notice {number} {_HOSTILE}"
        assert 201 == client.post(f"{AT}/f{number}/corrections", body).status_code
    client.clock.advance()
    gone = {"cause": "our-misreading", "reason": f"reason 3 {_HOSTILE}"}
    assert 201 == client.post(f"{AT}/f3/retractions", gone).status_code


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corrections.ledger"


@pytest.fixture
def client(path: Path) -> Iterator[Client]:
    with Client(path) as made:
        _recorded(made)
        made.get(f"/v1/corrections?at_least={_HEAD}")
        yield made


def _read(client: Client, path: str, **headers: str) -> httpx2.Response:
    answer = client.get(path, headers=headers)
    assert 200 == answer.status_code, answer.text
    assert "application/atom+xml" == answer.headers["Content-Type"]
    return answer


def _entries(answer: httpx2.Response) -> list[ET.Element]:
    return ET.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314  our own


def _ids(answer: httpx2.Response) -> list[str | None]:
    return [one.findtext(f"{ATOM}id") for one in _entries(answer)]


def test_the_feed_is_valid_whole_and_page_by_page(client: Client) -> None:
    whole = _read(client, _WHOLE)
    pages = [_read(client, f"{_FEED}&limit=1")]
    while "Link" in pages[-1].headers:
        link = pages[-1].headers["Link"]
        pages.append(_read(client, link[1 : link.index(">")]))

    assert [[]] * 5 == [breaches(one.content) for one in (whole, *pages)]
    assert 4 == len(set(_ids(whole)))
    assert _ids(whole) == [ident for one in pages for ident in _ids(one)]
    updated = [one.findtext(f"{ATOM}updated") or "" for one in _entries(whole)]
    assert sorted(updated, reverse=True) == updated


def test_the_feed_of_an_empty_ledger_is_valid(path: Path) -> None:
    with Client(path) as client:
        assert [] == breaches(_read(client, _WHOLE).content)


def test_what_somebody_wrote_is_text_in_the_feed_and_nothing_else(client: Client) -> None:
    root = ET.fromstring(_read(client, _WHOLE).content)  # noqa: S314  our own
    kept = _HOSTILE.replace("\x0b", "")

    assert {one.tag.partition("}")[0] + "}" for one in root.iter()} == {ATOM}
    assert [f"reason 3 {kept}", f"notice 2 {kept}", f"notice 1 {kept}", f"reason 0 {kept}"] == [
        one.findtext(f"{ATOM}summary") for one in root.findall(f"{ATOM}entry")
    ]
    assert f"Retraction: The stop {kept} (f3)" == root.findtext(f"{ATOM}entry/{ATOM}title")
    # Nobody's address or name, and no fact itself, is in it.
    assert ["incident-ledger"] == [one.text for one in root.iter(f"{ATOM}name")]
    assert "dragged" not in "".join(root.itertext())


def test_a_correction_keeps_its_name_wherever_and_however_it_is_read(path: Path) -> None:
    with Client(path) as client:
        _recorded(client)
        client.get(f"/v1/corrections?at_least={_HEAD}")
        first = _ids(_read(client, _WHOLE))
        elsewhere = _ids(_read(client, _WHOLE, Host="127.0.0.1"))
        assert first[1:] == _ids(_read(client, f"{_WHOLE}&known_at={_HEAD - 1}"))
        redaction = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
        facts = [{"fact": "f2", "paths": ["reason", "notice"]}]
        body = {"incident": "stop", "facts": facts, **redaction}
        assert 201 == client.post("/v1/redactions", body).status_code
        client.get(f"/v1/corrections?at_least={_HEAD + 1}")
        redacted = _ids(_read(client, _WHOLE))
    with Client(path) as again:
        again.get(f"/v1/corrections?at_least={_HEAD + 1}")
        later = _ids(_read(again, _WHOLE))

    assert [first] * 3 == [elsewhere, redacted, later]


def test_an_entry_whose_words_were_redacted_is_updated_so_that_readers_take_it_anew(client: Client) -> None:
    before = _read(client, _WHOLE)
    client.clock.advance()
    redaction = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
    body = {"incident": "stop", "facts": [{"fact": "f2", "paths": ["reason", "notice"]}], **redaction}
    redacted = client.post("/v1/redactions", body).json()
    client.get(f"/v1/corrections?at_least={redacted['position']}")
    after = _read(client, _WHOLE)

    assert [] == breaches(after.content)
    assert redacted["recorded_at"] > (_entries(before)[0].findtext(f"{ATOM}updated") or "")
    assert {redacted["recorded_at"]} == {one.findtext(f"{ATOM}updated") for one in _entries(after)}
    assert redacted["recorded_at"] == ET.fromstring(after.content).findtext(f"{ATOM}updated")  # noqa: S314  our own
    for one in (before, after):
        assert 4 == len({entry.findtext(f"{ATOM}published") for entry in _entries(one)})


def test_a_redaction_leaves_no_word_in_the_feed_at_any_point(client: Client) -> None:
    assert "notice 2" in _read(client, _WHOLE).text
    redaction = {"legal_basis": "Art. 17 GDPR", "authority": "the desk", "reason": "a court ordered it"}
    facts = [
        {"fact": f"f{number}", "paths": ["reason", "notice"][: 1 + (0 < number < 3)]} for number in range(4)
    ]
    for body in ({"facts": facts}, {"events": [{"version": 1, "paths": ["title"]}]}):
        answer = client.post("/v1/redactions", {"incident": "stop", **body, **redaction})
        assert 201 == answer.status_code, answer.text
    client.get(f"/v1/corrections?at_least={client.head}")

    for point in ("", f"&known_at={_HEAD}"):
        answer = _read(client, _WHOLE + point)
        assert [] == breaches(answer.content)
        assert ["The reason was redacted."] * 4 == [
            one.findtext(f"{ATOM}summary") for one in _entries(answer)
        ]
        for word in ("script", "notice", "reason 0", "quoted", "The stop"):
            assert word not in answer.text
        assert "Retraction: stop (f3)" in answer.text


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("<id>urn:uuid:2", "<id>2", "entry 0 has an id that is no IRI (§4.2.6)"),
        ("<id>urn:uuid:2</id>", "", "entry 0 has not one id (§4.1)"),
        ("<id>urn:uuid:2</id>", "<id>urn:uuid:3</id>", "the id urn:uuid:3 stands more than once (§4.1.1)"),
        ("<author><name>n</name></author>", "", "entry 0 has no author (§4.1.2)"),
        ("<author><name>n</name></author>", "<author><name/></author>", "feed has an author without a name (§3.2.1)"),
        ("<updated>2021-05-08T12:00:00Z</updated>", "<updated>2021-05-08</updated>", "feed is updated at no date-time (§3.3)"),
        ('<link href="http://h/1"/>', "", "entry 0 has neither content nor an alternate link (§4.1.2)"),
        ('<link href="http://h/1"/>', '<link href="/1"/>', "entry 0 has a link that leads nowhere (§4.2.7.1)"),
        ("<summary>s</summary>", "<summary><b/></summary>", "entry 0 has elements in its summary (§3.1.1.1)"),
        ("<summary>s</summary>", '<summary type="text/html">s</summary>', "entry 0 has a summary of another type (§3.1.1)"),
        ('<category term="t"/>', "<category/>", "entry 0 has a category without a term (§4.2.2)"),
    ],
)  # fmt: skip
def test_a_feed_that_is_not_valid_is_seen(before: str, after: str, said: str) -> None:
    valid = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>t</title>'
        "<updated>2021-05-08T12:00:00Z</updated><author><name>n</name></author>"
        '<entry><id>urn:uuid:2</id><title>t</title><updated>2021-05-08T12:00:00Z</updated><link href="http://h/1"/>'
        '<summary>s</summary><category term="t"/></entry>'
        '<entry><id>urn:uuid:3</id><title>t</title><updated>2021-05-08T12:00:00Z</updated><link href="http://h/2"/></entry></feed>'
    )
    assert [] == breaches(valid.encode())
    assert said in breaches(valid.replace(before, after, 1).encode())
