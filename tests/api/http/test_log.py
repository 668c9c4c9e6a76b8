"""The log over HTTP, as a stranger reads it: what he gets suffices to check each event, and to see that the log only grows."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from api.http.reading import Reading
from ledger.address import folder_of
from ledger.checkpoint import Checkpoint, opened_checkpoint, read_checkpoint
from ledger.merkle import Frontier, check_consistency, check_inclusion, leaf_hash
from ledger.signing import VerifierKey
from tests.api.http.client import Client
from tests.api.http.test_problems import check_shape
from tests.naive_tree import naive_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

_LOG = "/v1/log"
_SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(tmp_path / "ledger") as made:
        made.begin()
        made.report()
        made.report(id="other")
        yield made


def _reading(client: Client) -> Reading:
    reading = client.app.state.reading
    assert isinstance(reading, Reading)
    return reading


def _key(client: Client) -> VerifierKey:
    folder = folder_of(client.settings.path)
    return VerifierKey.parse((folder / "keys" / "checkpoint-keys").read_text().splitlines()[-1])


def _head(client: Client) -> Checkpoint:
    answer = client.get(f"{_LOG}/checkpoint")
    assert 200 == answer.status_code, answer.text
    return opened_checkpoint(answer.content, [_key(client)])[0]


def _entries(client: Client) -> list[bytes]:
    return [one["event"].encode() for one in _lines(client, f"{_LOG}/entries")]


def _lines(client: Client, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while url:
        answer = client.get(url)
        assert 200 == answer.status_code, answer.text
        found += [json.loads(line) for line in answer.content.splitlines()]
        url = answer.links.get("next", {}).get("url", "")
    return found


def _proof(answer: Response) -> list[bytes]:
    assert 200 == answer.status_code, answer.text
    return [base64.b64decode(one) for one in answer.json()["path"]]


def test_the_checkpoint_is_that_of_the_entries(client: Client) -> None:
    head, entries = _head(client), _entries(client)

    assert 5 == head.size == client.head
    assert naive_root(entries) == head.root
    assert json.loads(entries[0])["body"]["ledger"] == head.origin


def test_the_checkpoint_is_text_that_is_asked_for_again_each_time(client: Client) -> None:
    first = client.get(f"{_LOG}/checkpoint")
    again = client.get(f"{_LOG}/checkpoint", headers={"If-None-Match": first.headers["ETag"]})

    assert "text/plain; charset=utf-8" == first.headers["Content-Type"]
    assert "private, no-cache" == first.headers["Cache-Control"]
    assert "5" == first.headers["Ledger-Position"]
    assert (304, b"") == (again.status_code, again.content)
    assert b"" == client.request("HEAD", f"{_LOG}/checkpoint").content


def test_an_empty_ledger_has_nothing_to_sign(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        for path in ("checkpoint", "proof/inclusion?position=1", "proof/consistency?first=1"):
            check_shape(client.get(f"{_LOG}/{path}"), 404, "not-found")
        assert b"" == client.get(f"{_LOG}/entries").content
        assert 404 == client.get(f"{_LOG}/tile/0/000.p/1").status_code


def test_each_event_is_shown_to_be_in_the_signed_tree(client: Client) -> None:
    head = _head(client)
    for position, entry in enumerate(_entries(client), start=1):
        answer = client.get(f"{_LOG}/proof/inclusion?position={position}")
        check_inclusion(
            index=answer.json()["leaf_index"],
            size=answer.json()["size"],
            leaf=leaf_hash(entry),
            path=_proof(answer),
            root=head.root,
        )
        assert (position, head.size) == (answer.json()["position"], answer.json()["size"])


def test_an_event_is_shown_to_be_in_any_tree_that_holds_it(client: Client) -> None:
    entries = _entries(client)
    for size in range(1, len(entries) + 1):
        for position in range(1, size + 1):
            check_inclusion(
                index=position - 1,
                size=size,
                leaf=leaf_hash(entries[position - 1]),
                path=_proof(client.get(f"{_LOG}/proof/inclusion?position={position}&size={size}")),
                root=naive_root(entries[:size]),
            )


def test_every_earlier_tree_is_shown_to_be_the_beginning_of_the_later_ones(client: Client) -> None:
    before = _head(client)
    client.report(id="third")
    _reading(client).checkpoints.sign()
    after, entries = _head(client), _entries(client)

    assert (5, 6) == (before.size, after.size)
    for second in range(1, after.size + 1):
        for first in range(1, second + 1):
            path = _proof(client.get(f"{_LOG}/proof/consistency?first={first}&second={second}"))
            check_consistency(
                first=first,
                second=second,
                path=path,
                first_root=naive_root(entries[:first]),
                second_root=naive_root(entries[:second]),
            )
    path = _proof(client.get(f"{_LOG}/proof/consistency?first=5"))
    check_consistency(first=5, second=6, path=path, first_root=before.root, second_root=after.root)


def test_the_checkpoint_of_a_past_point_is_the_newest_of_then(client: Client) -> None:
    before = client.get(f"{_LOG}/checkpoint").content
    client.report(id="third")
    _reading(client).checkpoints.sign()

    assert 6 == read_checkpoint(client.get(f"{_LOG}/checkpoint?known_at=6").content).size
    assert before == client.get(f"{_LOG}/checkpoint?known_at=5").content
    earlier = client.get(f"{_LOG}/checkpoint?known_at=4")
    assert (404, "not-yet-known") == (earlier.status_code, earlier.json()["code"])


def test_tiles_and_bundles_suffice_to_compute_the_root(client: Client) -> None:
    head = _head(client)
    hashes = client.get(f"{_LOG}/tile/0/000.p/{head.size}")
    bundle = client.get(f"{_LOG}/tile/entries/000.p/{head.size}")
    entries, data = [], bundle.content
    while data:
        size = int.from_bytes(data[:2], "big")
        entries.append(data[2 : 2 + size])
        data = data[2 + size :]
    tree = Frontier()
    tree.extend(hashes.content[at : at + 32] for at in range(0, len(hashes.content), 32))

    assert "application/octet-stream" == hashes.headers["Content-Type"] == bundle.headers["Content-Type"]
    assert head.root == tree.root() == naive_root(entries)
    assert "private, max-age=60, must-revalidate" == hashes.headers["Cache-Control"]


@pytest.mark.parametrize(
    "tile",
    ["0/000", "0/000.p/6", "0/001.p/1", "1/000.p/1", "entries/000", "0/0", "64/000", "x/000", "0/000.p/0"],
)
def test_a_tile_that_the_log_does_not_have_or_nobody_writes_is_not_found(client: Client, tile: str) -> None:
    _head(client)

    check_shape(client.get(f"{_LOG}/tile/{tile}"), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("proof/inclusion", "position"),
        ("proof/inclusion?position=0", "position"),
        ("proof/inclusion?position=x", "position"),
        ("proof/inclusion?position=6", "position"),
        ("proof/inclusion?position=3&size=2", "position"),
        ("proof/inclusion?position=1&size=6", "size"),
        ("proof/inclusion?position=1&position=2", "position"),
        ("proof/consistency", "first"),
        ("proof/consistency?first=0", "first"),
        ("proof/consistency?first=3&second=2", "first"),
        ("proof/consistency?first=3&second=99", "second"),
        ("proof/consistency?first=3&size=4", "size"),
        ("entries?after=-1", "after"),
        ("entries?limit=0", "limit"),
        ("entries?cursor=nonsense", "cursor"),
        ("checkpoint?size=3", "size"),
    ],
)
def test_what_is_asked_wrongly_is_refused_by_the_name_of_its_parameter(
    client: Client, path: str, name: str
) -> None:
    answer = client.get(f"{_LOG}/{path}")

    check_shape(answer, 400, "invalid-parameter")
    assert [name] == [one["parameter"] for one in answer.json()["errors"]]


def test_entries_come_in_pages_that_stand_still_while_more_is_recorded(client: Client) -> None:
    first = client.get(f"{_LOG}/entries?limit=2")
    client.report(id="third")
    rest = _lines(client, first.links["next"]["url"])

    assert [3, 4, 5] == [one["position"] for one in rest]
    assert [4, 5, 6] == [one["position"] for one in _lines(client, f"{_LOG}/entries?after=3&limit=1")]
    assert [1, 2, 3] == [one["position"] for one in _lines(client, f"{_LOG}/entries?known_at=3&limit=2")]
    assert [] == _lines(client, f"{_LOG}/entries?after=99")


def test_a_redaction_reaches_the_entries_and_changes_neither_tile_nor_proof(client: Client) -> None:
    head = _head(client)
    url, tile = f"{_LOG}/entries?after=3&limit=1", f"{_LOG}/tile/entries/000.p/5"
    before, bundle = client.get(url), client.get(tile)
    proof = client.get(f"{_LOG}/proof/inclusion?position=4&size=5").content
    body = {
        "incident": "stop",
        "facts": [{"fact": "drag", "paths": ["statement"]}],
        "legal_basis": "Art. 17 GDPR",
        "authority": "the desk",
        "reason": "a court ordered it",
    }
    assert 201 == client.post("/v1/redactions", body).status_code

    after = client.get(url, headers={"If-None-Match": before.headers["ETag"]})
    assert 200 == after.status_code
    assert "dragged about 15 feet" in before.text
    assert "dragged about 15 feet" not in after.text
    assert before.json()["event"] == after.json()["event"]
    assert bundle.content == client.get(tile).content
    assert proof == client.get(f"{_LOG}/proof/inclusion?position=4&size=5").content
    assert head == _head(client)


def test_a_server_signs_after_so_many_events(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger", checkpoint_events=3) as client:
        keeper = _reading(client).checkpoints
        client.post("/v1/incidents", {"id": "stop", "title": "Traffic stop", "zone": "America/Chicago"})
        assert keeper.look()
        assert 0 == keeper.position
        client.post("/v1/incidents", {"id": "other", "title": "Another stop", "zone": "America/Chicago"})
        assert keeper.look()
        assert 3 == keeper.position == client.head


def test_a_server_signs_after_so_much_time_if_there_is_anything_new(client: Client) -> None:
    keeper = _reading(client).checkpoints
    assert keeper.look()
    client.clock.advance(59 * _SECOND)
    assert keeper.look()
    assert 0 == keeper.position
    client.clock.advance(_SECOND)
    assert keeper.look()
    assert 5 == keeper.position
    client.clock.advance(99 * _SECOND)
    keeper.look()
    client.report(id="third")
    keeper.look()
    assert 5 == keeper.position, "what is new is new from now on"
    client.clock.advance(60 * _SECOND)
    keeper.look()
    assert 6 == keeper.position


def test_where_it_must_not_sign_a_server_goes_on_and_says_so(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    head = _head(client)
    path = folder_of(client.settings.path) / "tree" / "checkpoint"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"\n5\n", b"\n9\n"))
    client.report(id="third")
    client.clock.advance(60 * _SECOND)
    keeper = _reading(client).checkpoints
    assert not _looked_twice(client)

    assert "integrity" == _stalled(client)
    assert "is wrong: the text is not what that key signed" in caplog.text
    assert "ledger_checkpoint_stalled 1.0" in client.get("/metrics").text
    assert 201 == client.report(id="fourth").status_code
    path.write_bytes(kept)
    assert keeper.look()
    assert None is _stalled(client)
    assert head.size < keeper.position == client.head


def _stalled(client: Client) -> str | None:
    return _reading(client).checkpoints.stalled


def _looked_twice(client: Client) -> bool:
    """Whether the second look found nothing wrong: the first begins to count the time."""
    keeper = _reading(client).checkpoints
    keeper.look()
    client.clock.advance(60 * _SECOND)
    return keeper.look()


def test_the_checkpoint_is_kept_in_a_copy_elsewhere(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "checkpoint"
    with Client(tmp_path / "ledger", checkpoint_copy=os.fspath(copy)) as client:
        client.begin()
        assert client.get(f"{_LOG}/checkpoint").content == copy.read_bytes()
