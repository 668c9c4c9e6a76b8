"""Signed notes: the published example to the byte, keys as lines of text, and nothing taken that a known key did not sign."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import IntegrityError, InvalidError, UnreadableError
from ledger.signing import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    SignerKey,
    VerifierKey,
    new_key,
    opened_note,
    read_note,
    signed_note,
)
from tests.fakes import CountingBytes

# The example in the documentation of golang.org/x/mod/sumdb/note, where the form comes from.
_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
_SIGNATURE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
_NOTE = f"{_TEXT}\n{_SIGNATURE}".encode()
_KEY = VerifierKey.parse(_VERIFIER)


def test_the_published_example_is_signed_to_the_byte() -> None:
    key = SignerKey.parse(_SIGNER)

    assert _VERIFIER == str(key.verifier)
    assert _SIGNER == key.secret_text
    assert _NOTE == signed_note(_TEXT, [key])


def test_the_published_example_is_opened() -> None:
    note, signers = opened_note(_NOTE, [_KEY])

    assert _TEXT == note.text
    assert (_KEY,) == signers
    assert (
        "x08go/ZJ" == base64.b64encode(note.signatures[0].key_id + note.signatures[0].signature).decode()[:8]
    )


@given(
    st.integers(0, 2**20),
    st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="+"), min_size=1),
)
def test_a_key_is_its_line_of_text(seed: str, name: str) -> None:
    key = new_key(name, CountingBytes(seed))

    assert key == SignerKey.parse(key.secret_text)
    assert key.verifier == VerifierKey.parse(str(key.verifier))
    assert (key.verifier,) == opened_note(signed_note("said\n", [key]), [key.verifier])[1]


def test_a_secret_is_not_shown_by_accident() -> None:
    key = SignerKey.parse(_SIGNER)

    assert key.secret_text not in repr(key)
    assert repr(key.seed) not in repr(key)


def test_a_note_with_any_bit_of_its_text_or_signature_flipped_is_refused() -> None:
    for at in range(len(_NOTE)):
        for bit in range(8):
            changed = bytearray(_NOTE)
            changed[at] ^= 1 << bit
            with pytest.raises((IntegrityError, UnreadableError)):
                opened_note(bytes(changed), [_KEY])


def test_signatures_of_unknown_keys_are_passed_over_whatever_they_say() -> None:
    other = new_key("somebody.example/else", CountingBytes())
    namesake = new_key("PeterNeumann", CountingBytes("namesake"))
    both = signed_note(_TEXT, [other, SignerKey.parse(_SIGNER), namesake])

    assert (_KEY,) == opened_note(both, [_KEY])[1]
    assert (other.verifier, _KEY) == opened_note(both, [_KEY, other.verifier])[1]
    wrong = both.replace(str(other.sign(_TEXT.encode())).encode(), str(other.sign(b"else")).encode())
    assert (_KEY,) == opened_note(wrong, [_KEY])[1]
    with pytest.raises(IntegrityError, match=r"somebody\.example/else is wrong"):
        opened_note(wrong, [_KEY, other.verifier])


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    stranger = new_key("PeterNeumann", CountingBytes())

    with pytest.raises(IntegrityError, match="none of the known keys"):
        opened_note(_NOTE, [stranger.verifier])
    with pytest.raises(IntegrityError, match="none of the known keys"):
        opened_note(_NOTE, [])


def test_the_text_ends_at_the_last_empty_line() -> None:
    key = SignerKey.parse(_SIGNER)
    text = "one\n\n— two is no signature here\n\n"

    assert text == opened_note(signed_note(text, [key]), [_KEY])[0].text


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "a text, an empty line and signature lines"),
        (_TEXT.encode(), "a text, an empty line and signature lines"),
        (_NOTE[:-1], "a text, an empty line and signature lines"),
        (f"{_TEXT}\n".encode(), "a text, an empty line and signature lines"),
        (_NOTE.replace("—".encode(), b"-"), "a signature line is a dash"),
        (_NOTE.replace(b" PeterNeumann", b"  PeterNeumann"), "a signature line is a dash"),
        (_NOTE.replace(b"AM=\n", b"AN=\n"), "a signature line is a dash"),
        (f"{_TEXT}\n— PeterNeumann x08gow==\n".encode(), "a signature line is a dash"),
        (f"{_TEXT}\n— Peter+Neumann x08go/ZJ\n".encode(), "a signature line is a dash"),
        (_NOTE.replace(b"\n", b"\r\n"), "control characters"),
        (_NOTE.replace(b"problem", b"prob\x00lem"), "control characters"),
        (b"\xff" + _NOTE, "UTF-8"),
        (_TEXT.encode() + b"\n" + _SIGNATURE.encode() * (MAX_SIGNATURES + 1), "at most 100 signatures"),
        (b"a" * MAX_NOTE_BYTES + _NOTE, "at most 1000000 bytes"),
    ],
)
def test_what_is_no_note_is_refused_by_the_rule_it_breaks(data: bytes, rule: str) -> None:
    with pytest.raises(UnreadableError, match=rule):
        read_note(data)


def test_as_many_signatures_as_are_allowed_are_read() -> None:
    data = _TEXT.encode() + b"\n" + _SIGNATURE.encode() * MAX_SIGNATURES

    assert MAX_SIGNATURES == len(read_note(data).signatures)
    assert (_KEY,) == opened_note(data, [_KEY])[1]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("", "is a name, a key id"),
        ("PeterNeumann", "is a name, a key id"),
        (_VERIFIER.replace("c74f20a3", "C74F20A3"), "is a name, a key id"),
        (_VERIFIER.replace("c74f20a3", "c74f20a4"), "the key id is not that"),
        (_VERIFIER.replace("PeterNeumann", "PeterNeuman"), "the key id is not that"),
        (_VERIFIER.replace("PeterNeumann", "Peter Neumann"), "no blanks"),
        (_VERIFIER.replace("PeterNeumann", ""), "not empty"),
        (_VERIFIER.replace("+ARpc", "+Ahpc"), "one of Ed25519"),
        (_VERIFIER[:-4], "one of Ed25519"),
        (_VERIFIER + "\n", "is a name, a key id"),
        (_SIGNER, "is a name, a key id"),
    ],
)
def test_a_line_that_is_no_verifier_key_is_refused_by_the_rule_it_breaks(line: str, rule: str) -> None:
    with pytest.raises(InvalidError, match=rule):
        VerifierKey.parse(line)


def test_a_line_that_is_no_signer_key_is_refused_without_showing_it() -> None:
    for line in (_VERIFIER, _SIGNER.replace("c74f20a3", "c74f20a4"), _SIGNER[:-4], _SIGNER + "="):
        with pytest.raises(InvalidError) as caught:
            SignerKey.parse(line)
        assert "AYEKFALV" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\u2003b", "a\x7fb", "a\u0085b"])
def test_a_name_that_no_note_can_carry_is_refused(name: str) -> None:
    with pytest.raises(InvalidError, match="the name of a key"):
        new_key(name, CountingBytes())


def test_a_text_that_no_note_can_carry_is_refused() -> None:
    key = new_key("a", CountingBytes())
    for text in ("", "no newline at its end", "a\ttab\n"):
        with pytest.raises(InvalidError, match="the text of a note"):
            signed_note(text, [key])
    with pytest.raises(InvalidError, match="at least one signature"):
        signed_note("a\n", [])
