"""Checkpoints: the text as it is published, and only those taken that the right key signed for the right log."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, opened_checkpoint, read_checkpoint, signed_checkpoint
from ledger.errors import IntegrityError, InvalidError, UnreadableError
from ledger.signing import new_key, signed_note
from tests.fakes import CountingBytes

_KEY = new_key("example.com/behind-the-sofa", CountingBytes())
_ROOT = hashlib.sha256(b"a root").digest()
_HEAD = Checkpoint(origin="example.com/behind-the-sofa", size=20_852_163, root=_ROOT)

# The example of C2SP tlog-checkpoint.
_PUBLISHED = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""


def test_the_published_example_is_read() -> None:
    head = read_checkpoint(_PUBLISHED.encode())

    assert "example.com/behind-the-sofa" == head.origin
    assert 20_852_163 == head.size
    assert "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62" == head.root.hex()
    assert _PUBLISHED.partition("\n\n")[0] + "\n" == head.text


@given(st.integers(0, 2**53), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_back_by_whoever_has_the_key(size: int, root: bytes) -> None:
    head = Checkpoint(origin="a-ledger", size=size, root=root)

    note = signed_checkpoint(head, [_KEY])

    assert (head, (_KEY.verifier,)) == opened_checkpoint(note, [_KEY.verifier], origin="a-ledger")


def test_after_a_change_of_keys_the_old_and_the_new_one_are_both_known() -> None:
    newer = new_key(_KEY.name, CountingBytes("newer"))
    before, both, after = (signed_checkpoint(_HEAD, keys) for keys in ([_KEY], [_KEY, newer], [newer]))
    known = [_KEY.verifier, newer.verifier]

    assert (_KEY.verifier,) == opened_checkpoint(before, known)[1]
    assert tuple(known) == opened_checkpoint(both, known)[1]
    assert (newer.verifier,) == opened_checkpoint(after, known)[1]
    assert (_KEY.verifier,) == opened_checkpoint(both, [_KEY.verifier])[1]


def test_a_checkpoint_of_another_log_is_refused() -> None:
    note = signed_checkpoint(_HEAD, [_KEY])

    with pytest.raises(IntegrityError, match=r"of the log example\.com/behind-the-sofa, and not of a-ledger"):
        opened_checkpoint(note, [_KEY.verifier], origin="a-ledger")


def test_a_checkpoint_that_somebody_else_signed_is_refused() -> None:
    forged = signed_checkpoint(_HEAD, [new_key(_KEY.name, CountingBytes("forger"))])

    with pytest.raises(IntegrityError, match="none of the known keys"):
        opened_checkpoint(forged, [_KEY.verifier])


def test_extension_lines_are_kept_and_signed_along() -> None:
    head = Checkpoint(origin="a", size=1, root=_ROOT, extensions=("more", "and more"))
    note = signed_checkpoint(head, [_KEY])

    assert head == read_checkpoint(note)
    with pytest.raises(IntegrityError):
        opened_checkpoint(note.replace(b"and more", b"and less"), [_KEY.verifier])


_ENCODED = _HEAD.text.splitlines()[2]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a\n1\n", "an origin, a size and a root"),
        (f"a\n1\n{_ENCODED}\n\nb\n", "an origin, a size and a root"),
        (f"\n1\n{_ENCODED}\n", "an origin, a size and a root"),
        (f"a\n01\n{_ENCODED}\n", "no whole number"),
        (f"a\n-1\n{_ENCODED}\n", "no whole number"),
        (f"a\n\u0661\n{_ENCODED}\n", "no whole number"),
        (f"a\n1\n{_ENCODED[:-4]}\n", "not 32 bytes in base64"),
        (f"a\n1\n{_ENCODED.replace('=', '')}\n", "not 32 bytes in base64"),
        (f"a\n1\n {_ENCODED}\n", "not 32 bytes in base64"),
    ],
)
def test_what_is_no_checkpoint_is_refused_by_the_rule_it_breaks(text: str, rule: str) -> None:
    with pytest.raises(UnreadableError, match=rule):
        read_checkpoint(signed_note(text, [_KEY]))


def test_a_head_that_no_note_can_say_is_refused() -> None:
    for wrong in (
        {"origin": ""},
        {"origin": "a\nb"},
        {"size": -1},
        {"root": b"short"},
        {"extensions": ("",)},
    ):
        with pytest.raises(InvalidError):
            Checkpoint(**({"origin": "a", "size": 1, "root": _ROOT} | wrong))  # type: ignore[arg-type]  # a table of what is wrong
