"""Signed notes and their keys: text that Ed25519 keys sign, after C2SP signed-note, version 1.

It knows neither files nor what the text says. A key is carried as one line of text in the form that the tools of Go's checksum
database and of other transparency logs read:

    verifier   <name>+<key id>+<base64 of 0x01 and the 32 bytes of the public key>
    signer     PRIVATE+KEY+<name>+<key id>+<base64 of 0x01 and the 32 bytes of the seed>

The key id is the first four bytes of SHA-256(name, newline, 0x01, public key), in eight hexadecimal digits. It tells keys apart and
proves nothing: what proves is the public key, which whoever checks has from elsewhere than from the note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import IntegrityError, InvalidError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.ids import RandomSource

__all__ = [
    "MAX_NOTE_BYTES",
    "MAX_SIGNATURES",
    "Note",
    "Signature",
    "SignerKey",
    "VerifierKey",
    "new_key",
    "opened_note",
    "read_note",
    "signed_note",
]

MAX_NOTE_BYTES = 1_000_000
"""Most bytes of a note that is read."""

MAX_SIGNATURES = 100
"""Most signatures of a note that is read; the specification asks for at least 16."""

_ED25519 = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4
_SIGNATURE_LINE = re.compile(r"\u2014 (?P<name>\S+) (?P<base64>[A-Za-z0-9+/]+={0,2})")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key and the name that it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell this key from others."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_encoded(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key that a line of text says. Raises InvalidError naming the rule it breaks."""
        name, key_id, public = _parts(text, what="a verifier key")
        found = cls(name=name, public=public)
        try:
            Ed25519PublicKey.from_public_bytes(public)
        except ValueError as error:
            raise InvalidError("the key is no Ed25519 public key") from error
        if found.key_id != key_id:
            raise InvalidError("the key id is not that of the name and the key: the line was changed")
        return found

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's of these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """A private key: its seed is never printed, and leaves the process by `secret_text` alone."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public key that belongs to it."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(name=self.name, public=public)

    @property
    def secret_text(self) -> str:
        """The line of text to keep it by."""
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{_encoded(_ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        """The key that a line of text says. Raises InvalidError naming the rule it breaks, and no part of the line."""
        if not text.startswith(_PRIVATE):
            raise InvalidError(f"a signer key begins with {_PRIVATE}")
        name, key_id, seed = _parts(text.removeprefix(_PRIVATE), what="a signer key")
        found = cls(name=name, seed=seed)
        if found.verifier.key_id != key_id:
            raise InvalidError("the key id is not that of the name and the key: the line was changed")
        return found

    def sign(self, text: bytes) -> Signature:
        """Sign these bytes."""
        signed = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)
        return Signature(name=self.name, key_id=self.verifier.key_id, signature=signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line of a note: whose it says it is, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"\u2014 {self.name} {_encoded(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as it was read. Until `opened_note` has found a signature of a known key, its text is anybody's."""

    text: str
    signatures: tuple[Signature, ...]


def new_key(name: str, random: RandomSource) -> SignerKey:
    """A new key from 32 random bytes. Raises InvalidError for a name that no note can carry."""
    _check_name(name)
    return SignerKey(name=name, seed=random(_KEY_BYTES))


def signed_note(text: str, keys: Iterable[SignerKey]) -> bytes:
    """The note that says `text`, signed by each key. Raises InvalidError where a note cannot say it."""
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise InvalidError("the text of a note ends with a newline and has no other control characters")
    lines = "".join(f"{key.sign(text.encode())}\n" for key in keys)
    if not lines:
        raise InvalidError("a note has at least one signature")
    return f"{text}\n{lines}".encode()


def read_note(data: bytes) -> Note:
    """The text and the signatures of a note, none of them checked. Raises UnreadableError for what is no note."""
    if len(data) > MAX_NOTE_BYTES:
        raise UnreadableError(f"a note has at most {MAX_NOTE_BYTES} bytes", where="the note")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("a note is text in UTF-8", where="the note") from error
    if any(character < " " and character != "\n" for character in whole):
        raise UnreadableError("a note has no control characters but newlines", where="the note")
    text, blank, rest = whole.rpartition("\n\n")
    lines = rest.split("\n")
    if not blank or lines.pop() != "" or not lines:
        raise UnreadableError(
            "a note is a text, an empty line and signature lines, each ended by a newline", where="the note"
        )
    if len(lines) > MAX_SIGNATURES:
        raise UnreadableError(f"a note has at most {MAX_SIGNATURES} signatures", where="the note")
    return Note(text=text + "\n", signatures=tuple(map(_signature, lines)))


def opened_note(data: bytes, keys: Iterable[VerifierKey]) -> tuple[Note, tuple[VerifierKey, ...]]:
    """A note and which of the known keys signed it. Signatures of other keys are passed over.

    Raises UnreadableError for what is no note, and IntegrityError where no known key signed it, or where a signature that says it
    is a known key's is not.
    """
    note = read_note(data)
    known = {(key.name, key.key_id): key for key in keys}
    signed: dict[VerifierKey, None] = {}
    for one in note.signatures:
        key = known.get((one.name, one.key_id))
        if key is None:
            continue
        if not key.verifies(note.text.encode(), one.signature):
            raise IntegrityError(
                f"the signature of {key.name} is wrong: the text is not what that key signed",
                where="the note",
            )
        signed[key] = None
    if not signed:
        raise IntegrityError("it is signed by none of the known keys", where="the note")
    return note, tuple(signed)


def _signature(line: str) -> Signature:
    found = _SIGNATURE_LINE.fullmatch(line)
    data = None if found is None else _decoded(found["base64"])
    if found is None or data is None or len(data) <= _ID_BYTES or "+" in found["name"]:
        raise UnreadableError(
            "a signature line is a dash, the name of a key, and a key id and signature in base64",
            where="the note",
        )
    return Signature(name=found["name"], key_id=data[:_ID_BYTES], signature=data[_ID_BYTES:])


def _parts(text: str, *, what: str) -> tuple[str, bytes, bytes]:
    """The name, key id and key of a line of text."""
    name, plus, rest = text.partition("+")
    key_id, second, encoded = rest.partition("+")
    data = _decoded(encoded)
    if not plus or not second or _KEY_ID.fullmatch(key_id) is None or data is None:
        raise InvalidError(f"{what} is a name, a key id of eight hexadecimal digits and base64, joined by +")
    _check_name(name)
    if data[:1] != _ED25519 or len(data) != 1 + _KEY_BYTES:
        raise InvalidError(f"{what} is one of Ed25519: 01 and {_KEY_BYTES} bytes in base64")
    return name, bytes.fromhex(key_id), data[1:]


def _check_name(name: str) -> None:
    if (
        not name
        or "+" in name
        or any(character.isspace() or character < " " or character == "\x7f" for character in name)
    ):
        raise InvalidError(
            "the name of a key has no blanks, no control characters and no +, and is not empty"
        )


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes | None:
    """The bytes, None where this is not the one way to write them: no other line may mean the same."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if _encoded(data) == text else None
