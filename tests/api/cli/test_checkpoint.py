"""The command checkpoint: what it prints is what somebody else can keep and check."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from api.opening import open_for_writing
from ledger.checkpoint import opened_checkpoint, read_checkpoint
from ledger.signing import VerifierKey
from tests.api.command_line import ask, desk, fact, record

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ledger"
    record(path, *desk())
    return path


def _keys(ledger: Path) -> list[VerifierKey]:
    return [
        VerifierKey.parse(line) for line in ask("checkpoint", "--keys", "--ledger", ledger).out.splitlines()
    ]


def test_the_key_is_made_with_the_ledger(ledger: Path) -> None:
    (key,) = _keys(ledger)
    secret = ledger.with_name("desk.ledger.d") / "keys" / "checkpoint-signer"

    assert 0o600 == secret.stat().st_mode & 0o777
    assert secret.read_text().startswith(f"PRIVATE+KEY+{key.name}+")


def test_what_is_printed_opens_with_the_key(ledger: Path) -> None:
    answer = ask("checkpoint", "--ledger", ledger)
    head, signers = opened_checkpoint(answer.out.encode(), _keys(ledger))

    assert (0, "") == (answer.code, answer.err)
    assert tuple(_keys(ledger)) == signers
    assert head.size > 1
    assert answer.out == ask("checkpoint", "--show", "--ledger", ledger).out


def test_in_json_it_says_the_same(ledger: Path) -> None:
    told = ask("checkpoint", "--json", "--ledger", ledger).json
    head = read_checkpoint(told["checkpoint"].encode())

    assert (head.origin, head.size) == (told["origin"], told["size"])
    assert head.root == base64.b64decode(told["root"])
    assert [str(one) for one in _keys(ledger)] == told["keys"] == told["signed_by"]
    assert {"keys": told["keys"]} == ask("checkpoint", "--keys", "--json", "--ledger", ledger).json
    assert told == ask("checkpoint", "--show", "--json", "--ledger", ledger).json


def test_where_nothing_is_new_the_newest_is_printed_and_it_is_said(ledger: Path) -> None:
    first = ask("checkpoint", "--ledger", ledger)
    again = ask("checkpoint", "--ledger", ledger)

    assert first.out == again.out
    assert "nothing is new" in again.err
    record(ledger, fact("later"))
    assert (
        read_checkpoint(first.out.encode()).size
        < read_checkpoint(ask("checkpoint", "--ledger", ledger).out.encode()).size
    )


def test_a_new_key_is_introduced_by_the_old_one(ledger: Path) -> None:
    first = ask("checkpoint", "--ledger", ledger).out.encode()
    turn = ask("checkpoint", "--rotate-key", "--ledger", ledger).out.encode()
    old, new = _keys(ledger)
    record(ledger, fact("later"))
    later = ask("checkpoint", "--ledger", ledger).out.encode()

    assert [(old,), (old, new), (new,)] == [
        opened_checkpoint(one, [old, new])[1] for one in (first, turn, later)
    ]


def test_without_a_head_there_is_nothing_to_show(ledger: Path) -> None:
    answer = ask("checkpoint", "--show", "--ledger", ledger)

    assert (3, "") == (answer.code, answer.out)
    assert "no head of this log was signed yet" in answer.err


def test_without_a_ledger_none_is_made(tmp_path: Path) -> None:
    for option in ((), ("--show",), ("--keys",), ("--rotate-key",)):
        answer = ask("checkpoint", *option, "--ledger", tmp_path / "none.ledger")
        assert (4, "") == (answer.code, answer.out)
    assert [] == list(tmp_path.iterdir())


def test_an_empty_ledger_has_nothing_to_sign(tmp_path: Path) -> None:
    with open_for_writing(tmp_path / "empty.ledger"):
        pass
    answer = ask("checkpoint", "--ledger", tmp_path / "empty.ledger")

    assert (3, "") == (answer.code, answer.out)
    assert "nothing was recorded yet" in answer.err


def test_beside_a_writer_it_is_shown_and_not_signed(ledger: Path) -> None:
    signed = ask("checkpoint", "--ledger", ledger).out
    with open_for_writing(ledger):
        answer = ask("checkpoint", "--ledger", ledger)
        assert (4, "") == (answer.code, answer.out)
        assert signed == ask("checkpoint", "--show", "--ledger", ledger).out


def test_a_copy_elsewhere_is_kept_and_held_against(ledger: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "checkpoint"
    signed = ask("checkpoint", "--copy", copy, "--ledger", ledger).out.encode()
    assert signed == copy.read_bytes()
    record(ledger, fact("later"))
    copy.write_bytes(signed.replace(b"\n", b"\n9", 1))

    answer = ask("checkpoint", "--copy", copy, "--ledger", ledger)
    assert (1, "") == (answer.code, answer.out)
    assert "the text is not what that key signed" in answer.err


def test_three_questions_at_once_are_none(ledger: Path) -> None:
    assert 2 == ask("checkpoint", "--show", "--keys", "--ledger", ledger).code
