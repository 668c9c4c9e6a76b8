"""The checker and the kept answers: each agrees with its event, and none keeps a digest of what was redacted."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from pathlib import Path, PurePosixPath

import pytest

from ledger.append import Caller, Request
from ledger.verify import Report, verify_file
from tests.desk import Desk, a_small_ledger, fact
from tests.fakes import FrozenClock
from tests.project_files import text_of
from tests.tampering import Tamper, tamper

_KEYED = Caller(actor="desk", key="key-1")
_STORY = [
    json.loads(line)
    for block in re.findall(
        r"^```json\n(.*?)^```$", text_of(PurePosixPath("docs/commands.md")), re.MULTILINE | re.DOTALL
    )
    for line in block.splitlines()
]
"""An example of every command, in an order in which they can be recorded."""

_ACTOR, _KEY = "the answer to asked-1 of actor:desk", "the answer to asked-2 of key:key-1"


def _asked(key: str) -> Request:
    return Request(idempotency_key=key, content=b"asked")


def test_the_answer_to_every_command_agrees_with_its_event(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "story.ledger", clock=FrozenClock(dt.datetime(2026, 5, 8, tzinfo=dt.UTC)))
    for number, command in enumerate(_STORY):
        given = {name: value for name, value in command.items() if name != "key"}
        if "op" in given:
            desk.act(given, request=_asked(f"k{number}"))
    desk.close()

    report = verify_file(desk.path)

    assert (report.verdict, report.findings) == ("OK", ())
    assert {command["op"] for command in _STORY if "op" in command} >= {
        "redact",
        "revoke-lineage",
        "register-kind",
    }


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of nine events: two answered by an actor and by a key, and a third whose words were redacted."""
    folder = tmp_path_factory.mktemp("untouched")
    desk = a_small_ledger(folder / "test.ledger")
    desk.act(fact("one"), request=_asked("asked-1"))
    desk.act(fact("two"), by=_KEYED, request=_asked("asked-2"))
    desk.act(fact("gone"), request=_asked("asked-3"))
    desk.redact(facts=[{"fact": "gone", "paths": ["statement"]}])
    desk.close()
    return folder


@pytest.fixture
def path(untouched: Path, tmp_path: Path) -> Path:
    """A copy of it to tamper with."""
    return Path(shutil.copytree(untouched, tmp_path / "copy")) / "test.ledger"


def _tampered(path: Path, *changes: Tamper) -> Report:
    tamper(path, *changes)
    return verify_file(path)


def _answer(old: str, new: str, key: str = "asked-1") -> str:
    text = f"CAST(replace(CAST(answer AS TEXT), '{old}', '{new}') AS BLOB)"
    return f"UPDATE idempotency SET answer = {text} WHERE key = '{key}'"  # noqa: S608  made of this file's constants


def test_answers_as_they_were_kept_are_ok(path: Path) -> None:
    assert ("OK", ()) == (verify_file(path).verdict, verify_file(path).findings)


CORRUPT: dict[str, tuple[tuple[Tamper, ...], str, str]] = {
    "another id": (
        (_answer('"one"', '"two"'),),
        "it says id 'two', its event at position 7 says 'one'",
        _ACTOR,
    ),
    "another stream": (
        (_answer("incident/stop", "incident/halt"),),
        "it says stream 'incident/halt'",
        _ACTOR,
    ),
    "another version": ((_answer('"version":4', '"version":5'),), "it says version 5", _ACTOR),
    "no version": ((_answer('"version"', '"versioo"'),), "it says version None", _ACTOR),
    "another position": ((_answer('"position":7', '"position":8'),), "it says position 8", _ACTOR),
    "another time": ((_answer("2021-05", "2021-06"),), "it says recorded_at", _ACTOR),
    "no JSON": ((_answer("{", "("),), "it cannot be read", _ACTOR),
    "a list": (
        ("UPDATE idempotency SET answer = CAST('[]' AS BLOB) WHERE key = 'asked-1'",),
        "no object",
        _ACTOR,
    ),
    "a member twice": ((_answer("{", '{"id":"one",'),), "a member is there twice", _ACTOR),
    "no text": (
        ("UPDATE idempotency SET answer = x'ff' WHERE key = 'asked-1'",),
        "it cannot be read",
        _ACTOR,
    ),
    "of another event": (
        ("UPDATE idempotency SET position = 8 WHERE key = 'asked-1'",),
        "its event at position 8 was asked for by key:key-1",
        _ACTOR,
    ),
    "of no event": (
        ("UPDATE idempotency SET position = 99 WHERE key = 'asked-1'",),
        "there is no event",
        _ACTOR,
    ),
    "of another caller": (
        ("UPDATE idempotency SET caller = 'key:key-2' WHERE key = 'asked-2'",),
        "was asked for by key:key-1",
        "the answer to asked-2 of key:key-2",
    ),
    "a salt cut short": (
        ("UPDATE idempotency SET salt = substr(salt, 2) WHERE key = 'asked-2'",),
        "salt and digest have (15, 32) bytes",
        _KEY,
    ),
    "a salt alone": (
        ("UPDATE idempotency SET digest = x'' WHERE key = 'asked-2'",),
        "salt and digest have (16, 0) bytes",
        _KEY,
    ),
    "a digest of redacted words": (
        (
            """UPDATE idempotency SET (salt, digest) = (SELECT salt, digest FROM idempotency WHERE key = 'asked-1')
               WHERE key = 'asked-3'""",
        ),
        "named by the redaction at position 10, and the digest of the request is still there",
        "the answer to asked-3 of actor:desk",
    ),
    "an answer as text": (
        ("UPDATE idempotency SET answer = CAST(answer AS TEXT) WHERE key = 'asked-1'",),
        "answer in idempotency is no blob",
        "position 7",
    ),
    "a second answer under one key": (
        (
            "ALTER TABLE idempotency RENAME TO kept",
            "CREATE TABLE idempotency AS SELECT * FROM kept UNION ALL SELECT * FROM kept WHERE key = 'asked-1'",
        ),
        "two answers under one key",
        _ACTOR,
    ),
}


@pytest.mark.parametrize(("tampers", "what", "where"), CORRUPT.values(), ids=CORRUPT.keys())
def test_a_changed_answer_is_seen_and_placed(
    path: Path, tampers: tuple[Tamper, ...], what: str, where: str
) -> None:
    report = _tampered(path, *tampers)

    assert ("CORRUPT", 11) == (report.verdict, report.exit_code)
    assert any(what in found.what and where == found.where for found in report.findings), report.findings


def test_a_digest_that_no_redaction_took_is_missing(path: Path) -> None:
    desk = Desk(path)
    desk.act(fact("last"), request=_asked("asked-4"))
    desk.close()

    report = _tampered(path, "UPDATE idempotency SET salt = x'', digest = x'' WHERE key = 'asked-4'")

    assert "INCOMPLETE" == report.verdict
    assert [
        (
            "the digest of the request is missing, and no redaction took it",
            "the answer to asked-4 of actor:desk",
        )
    ] == [(one.what, one.where) for one in report.findings]


def test_a_digest_of_a_redacted_snapshot_is_seen(path: Path) -> None:
    desk = Desk(path)
    captured = {"op": "capture-snapshot", "source": "release", "media_type": "text/plain", "text": "Bytes."}
    digest = desk.act(captured, request=_asked("asked-5")).id
    desk.redact(source="release", snapshots=[digest])
    desk.close()
    assert "OK" == verify_file(path).verdict

    report = _tampered(
        path,
        """UPDATE idempotency SET (salt, digest) = (SELECT salt, digest FROM idempotency WHERE key = 'asked-1')
           WHERE key = 'asked-5'""",
    )

    assert [
        "words of its event are named by the redaction at position 12, and the digest of the request is still there"
    ] == [one.what for one in report.findings]


STREAMS: dict[str, tuple[tuple[Tamper, ...], str, str]] = {
    "without an event": (
        ("INSERT INTO streams VALUES (4, 'incident/none')",),
        "it has no event",
        "stream incident/none",
    ),
    "with a gap in the numbers": (
        (
            "UPDATE streams SET stream_no = 9 WHERE stream = 'source/release'",
            "UPDATE events SET stream_no = 9 WHERE position IN (3, 4)",
        ),
        "number 9 comes after number 2",
        "stream source/release",
    ),
    "in another order": (
        (
            "UPDATE streams SET stream_no = 0 WHERE stream_no = 2",
            "UPDATE streams SET stream_no = 2 WHERE stream_no = 3",
            "UPDATE streams SET stream_no = 3 WHERE stream_no = 0",
            "UPDATE events SET stream_no = stream_no + 8 WHERE position > 1",
            "UPDATE events SET stream_no = CASE stream_no WHEN 10 THEN 3 ELSE 2 END WHERE position > 1",
        ),
        "the stream began before",
        "stream incident/stop",
    ),
}


@pytest.mark.parametrize(("tampers", "what", "where"), STREAMS.values(), ids=STREAMS.keys())
def test_a_stream_that_is_numbered_otherwise_is_seen(
    path: Path, tampers: tuple[Tamper, ...], what: str, where: str
) -> None:
    report = _tampered(path, *tampers)

    assert "CORRUPT" == report.verdict
    assert any(what in found.what and where == found.where for found in report.findings), report.findings
