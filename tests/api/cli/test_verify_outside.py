"""verify with what somebody else kept, on a ledger, on an export, and on a log that is served."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import httpx2
import pytest

from api.http.reading import Reading
from api.served_log import ServedLog
from ledger.errors import InvalidError, StoreError
from ledger.verify import Asked, Outside, verify_text
from tests.api.command_line import ask, desk, fact, record
from tests.api.http.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def _kept(ledger: Path) -> tuple[Path, str]:
    """A checkpoint that somebody keeps, and the key."""
    path = ledger.with_name("kept.checkpoint")
    path.write_text(ask("checkpoint", "--ledger", ledger).out)
    return path, ask("checkpoint", "--keys", "--ledger", ledger).out.splitlines()[-1]


def test_a_kept_checkpoint_vouches_and_the_level_says_so(ledger: Path) -> None:
    path, key = _kept(ledger)
    record(ledger, fact("later"))
    answer = ask("verify", "--ledger", ledger, "--checkpoint", path, "--key", key, "--anchored")

    assert (0, "") == (answer.code, answer.err)
    assert "OK (checked: a checkpoint that somebody else kept)" in answer.out
    assert (
        "checkpoints: 1 signed heads, and 1 that somebody else kept, lead to these events; they vouch for the first 5"
        in answer.out
    )


def test_signed_heads_are_checked_by_themselves_and_what_that_cannot_see_is_said(ledger: Path) -> None:
    _kept(ledger)
    answer = ask("verify", "--ledger", ledger)

    assert 0 == answer.code
    assert "OK (checked: signed checkpoint)" in answer.out
    assert "not seen at this level: another history, signed by whoever holds the key" in answer.out


def test_where_an_anchor_is_demanded_and_there_is_none_it_is_unanchored(ledger: Path) -> None:
    _, key = _kept(ledger)
    for more in ((), ("--key", key)):
        answer = ask("verify", "--ledger", ledger, "--anchored", *more)
        assert (13, True) == (answer.code, answer.out.startswith("UNANCHORED (checked: signed checkpoint)"))


def test_a_ledger_that_went_on_differently_from_a_kept_checkpoint_diverged(ledger: Path) -> None:
    older = ledger.parent / "older" / "desk.ledger"
    older.parent.mkdir()
    ask("checkpoint", "--ledger", ledger)
    shutil.copy(ledger, older)
    shutil.copytree(ledger.with_name("desk.ledger.d"), older.with_name("desk.ledger.d"))
    record(ledger, fact("one"))
    path, key = _kept(ledger)
    record(older, fact("another"))
    ask("checkpoint", "--ledger", older)

    assert 0 == ask("verify", "--ledger", older).code
    answer = ask("verify", "--ledger", older, "--checkpoint", path, "--key", key, "--json")
    assert (10, "DIVERGED") == (answer.code, answer.json["verdict"])
    assert [f"the checkpoint {path}"] == [one["where"] for one in answer.json["findings"]]
    assert "the first 6 events do not give the root that was signed" in answer.json["findings"][0]["what"]


def test_a_checkpoint_without_a_key_or_with_another_is_a_fault_of_usage(ledger: Path) -> None:
    path, key = _kept(ledger)
    ask("checkpoint", "--rotate-key", "--ledger", ledger)
    other = ask("checkpoint", "--keys", "--ledger", ledger).out.splitlines()[-1]

    for more, why in (
        (("--checkpoint", path), "--checkpoint needs --key"),
        (("--checkpoint", path, "--key", other), "none of the known keys"),
        (("--checkpoint", path.with_name("none"), "--key", key), "cannot be read"),
        (("--key", key[:-4]), "--key: "),
    ):
        answer = ask("verify", "--ledger", ledger, *more)
        assert (2, "") == (answer.code, answer.out)
        assert why in answer.err


def test_stored_views_are_made_anew_and_compared(ledger: Path) -> None:
    ask("rebuild", "--ledger", ledger)
    assert (
        "views: made anew up to position 5; the stored ones are the same"
        in ask("verify", "--ledger", ledger).out
    )
    assert {"differing": [], "position": 5} == ask("verify", "--ledger", ledger, "--json").json["views"]
    _change_views(ledger)

    answer = ask("verify", "--ledger", ledger)
    assert 10 == answer.code
    assert "the stored views: the table " in answer.out
    assert 0 == ask("verify", "--ledger", ledger, "--no-views").code
    assert 1 == ask("rebuild", "--ledger", ledger).code
    assert 0 == ask("verify", "--ledger", ledger).code


def _change_views(ledger: Path) -> None:
    import sqlite3  # noqa: PLC0415  one test of this file changes a table
    from contextlib import closing  # noqa: PLC0415  see above

    with closing(sqlite3.connect(ledger.with_name("desk.ledger.d") / "views.db")) as views:
        tables = [row[0] for row in views.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in views.execute(f"PRAGMA table_info({table})")]
            if "statement" in columns:
                views.execute(f"UPDATE {table} SET statement = 'something else'")  # noqa: S608  a table of the file
        views.commit()


def _exported(ledger: Path) -> Path:
    path = ledger.with_name("export.ndjson")
    assert 0 == ask("export", "ledger", "--to", path, "--ledger", ledger).code
    return path


def test_an_export_is_checked_like_the_ledger_that_it_came_from(ledger: Path) -> None:
    kept, key = _kept(ledger)
    export = _exported(ledger)
    told = ask("verify", export, "--json").json
    of_ledger = ask("verify", "--ledger", ledger, "--json").json

    assert ("OK", "database only") == (told["verdict"], told["level"])
    assert of_ledger["root"] == told["root"]
    for name in ("events", "disclosures", "redacted"):
        assert of_ledger[name] == told[name]
    answer = ask("verify", export, "--checkpoint", kept, "--key", key, "--anchored")
    assert (0, True) == (answer.code, "a checkpoint that somebody else kept" in answer.out)


_CHANGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "cut off": (lambda lines: lines[:-1], "cut off before its last line"),
    "a line deleted": (lambda lines: [*lines[:3], *lines[4:]], "position"),
    "two swapped": (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], "comes after position"),
    "one twice": (lambda lines: [*lines[:5], lines[4], *lines[5:]], "comes after position"),
    "an event changed": (
        lambda lines: [line.replace(b"FactRep", b"FactRap") for line in lines],
        "root of the tree",
    ),
    "a disclosure changed": (
        lambda lines: [line.replace(b"An officer was", b"No officer was") for line in lines],
        "does not match the digest in its event",
    ),
    "another root": (
        lambda lines: [*lines[:-1], lines[-1].replace(b'"root":"', b'"root":"A')],
        "root of the tree",
    ),
    "more after it": (lambda lines: [*lines, b"more\n"], "it is no JSON object"),
    "an event after it": (lambda lines: [*lines, lines[-2]], "after the last line"),
    "no last newline": (lambda lines: [*lines[:-1], lines[-1][:-1]], "a line ends with a newline"),
}


@pytest.mark.parametrize("name", _CHANGES)
def test_an_export_that_was_changed_is_corrupt(ledger: Path, name: str) -> None:
    change, why = _CHANGES[name]
    export = _exported(ledger)
    lines = export.read_bytes().splitlines(keepends=True)
    assert lines != change(lines)
    export.write_bytes(b"".join(change(lines)))

    answer = ask("verify", export)
    assert 11 == answer.code, answer.out
    assert why in answer.out.replace("\n    ", " ")


def test_what_a_copy_came_without_is_withheld_and_what_is_gone_is_missing(ledger: Path) -> None:
    withheld = ledger.with_name("withheld.ndjson")
    assert 0 == ask("export", "ledger", "--without-disclosures", "--to", withheld, "--ledger", ledger).code
    told = ask("verify", withheld, "--json").json
    assert ("OK", 0, 11) == (told["verdict"], told["disclosures"], told["withheld"])

    export = _exported(ledger)
    lines = [json.loads(line) for line in export.read_bytes().splitlines()]
    for line in lines:
        if "event" in line and line["disclosures"]:
            line["disclosures"].pop()
    export.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert 12 == ask("verify", export).code


def test_what_is_no_log_is_a_fault_of_usage(tmp_path: Path) -> None:
    for content in (b"", b"# a page\n", b"[]\n", b'{"a": 1}\n'):
        (tmp_path / "page.md").write_bytes(content)
        answer = ask("verify", tmp_path / "page.md")
        assert answer.code in {2, 12}
    assert 4 == ask("verify", tmp_path / "none").code
    with pytest.raises(InvalidError, match="no log as text"):
        verify_text([b"nothing\n"])


def _served(client: Client) -> httpx2.MockTransport:
    def answer(request: httpx2.Request) -> httpx2.Response:
        found = client.get(
            request.url.raw_path.decode(),
            headers={"Authorization": request.headers.get("authorization", "")}
            if "authorization" in request.headers
            else {},
        )
        return httpx2.Response(
            found.status_code, headers=found.headers, content=found.content, request=request
        )

    return httpx2.MockTransport(answer)


def test_a_served_log_is_checked_to_the_checkpoint_that_it_serves(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        client.begin()
        for number in range(4):
            client.report(id=f"f{number}")
        reading = client.app.state.reading
        assert isinstance(reading, Reading)
        reading.checkpoints.sign()
        (key,) = reading.transparency.keys.known()
        log = ServedLog("http://localhost/", transport=_served(client))
        note = log.checkpoint()
        assert note is not None
        client.report(id="later")
        outside = Outside(keys=(key,), served=(("the served checkpoint", note),))
        report = verify_text(log.lines(), Asked(outside=outside))
        log.close()

    assert ("OK", "signed checkpoint", 8, 7) == (
        report.verdict,
        report.level,
        report.events,
        report.vouched_events,
    )


def _capture(client: Client, data: bytes, media_type: str) -> str:
    answer = client.request(
        "POST", "/v1/sources/release/snapshots", content=data, headers={"Content-Type": media_type}
    )
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["sha256"])


def test_the_snapshots_of_a_served_log_are_fetched_and_hashed_and_those_not_to_be_had_counted(
    tmp_path: Path,
) -> None:
    with Client(tmp_path / "ledger") as client:
        client.begin()
        _capture(client, b"The officer was dragged.", "text/plain")
        page = _capture(client, b"<p>The officer was dragged about 15 feet.</p>", "text/html")
        real = _served(client)
        log = ServedLog("http://localhost/", transport=real)

        def checked(log: ServedLog) -> tuple[str, int, int]:
            report = verify_text(log.lines(), Asked(snapshot=log.snapshot))
            return report.verdict, report.snapshots, report.withheld_snapshots

        def instead(status: int, content: bytes) -> ServedLog:
            def answer(request: httpx2.Request) -> httpx2.Response:
                if request.url.path.endswith(page):
                    return httpx2.Response(status, content=content, request=request)
                return real.handle_request(request)

            return ServedLog("http://localhost/", transport=httpx2.MockTransport(answer))

        assert ("OK", 0, 3) == (
            (unasked := verify_text(log.lines())).verdict,
            unasked.snapshots,
            unasked.withheld_snapshots,
        )
        # The text that was made of the page is not served.
        assert ("OK", 2, 1) == checked(log)
        assert ("CORRUPT", 2, 1) == checked(instead(200, b"<p>Nobody was dragged.</p>"))
        assert ("CORRUPT", 2, 1) == checked(instead(200, b"x" * 1_000_000))
        for status in (401, 403, 404, 410):
            assert ("OK", 1, 2) == checked(instead(status, b""))
        with pytest.raises(StoreError, match="answered 500"):
            checked(instead(500, b""))
        log.close()


def test_snapshots_are_fetched_of_a_server_alone(ledger: Path) -> None:
    answer = ask("verify", "--ledger", ledger, "--snapshots")

    assert (2, True) == (answer.code, answer.err.startswith("--snapshots is for the URL of a server"))


def test_a_server_that_does_not_answer_or_says_no_is_unavailable(tmp_path: Path) -> None:
    with Client(tmp_path / "ledger") as client:
        nothing = ServedLog("http://localhost", transport=_served(client))
        assert None is nothing.checkpoint()
        assert [] == list(nothing.lines())
        wrong = ServedLog("http://localhost/elsewhere", transport=_served(client))
        with pytest.raises(StoreError, match="answered 404"):
            list(wrong.lines())
    elsewhere = httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers={"Link": '<http://other.example/v1/log/entries>; rel="next"'})
    )
    with pytest.raises(StoreError, match="at another place"):
        list(ServedLog("http://localhost", transport=elsewhere).lines())
    assert 4 == ask("verify", "http://127.0.0.1:9").code
