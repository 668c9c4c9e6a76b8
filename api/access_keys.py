"""Access keys: who may ask a server, kept in a file beside the ledger and never in it (docs/keys.md).

A key is 32 random bytes, shown once. Its SHA-256 is kept. A slow hash makes guessable secrets dear to guess; nobody guesses 256 random
bits, so it would only make each request dear. The file is replaced as a whole, so a server reads either the one before or the one after.
"""

from __future__ import annotations

import base64
import datetime as dt
import fcntl
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import msgspec

from ledger.append import Caller
from ledger.clock import Clock, format_instant
from ledger.errors import InvalidError, StoreError, UnknownError
from ledger.folders import make_folder, sync_folder
from ledger.ids import RandomSource
from ledger.values import check_text

__all__ = ["AccessKey", "KeyFile", "LiveKeys", "RoleWord"]

RoleWord = Literal["reader", "reporter", "editor", "admin"]

_ID_BYTES, _SECRET_BYTES = 8, 32
_KEY = re.compile(r"ilk_(?P<id>[0-9a-f]{16})_[A-Za-z0-9_-]{43}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_NAME = 100
_MAX_BYTES = 16 * 1024 * 1024
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_SETTLED_S = 2.0
"""A file that was changed less long ago may change again without its times telling so: they are as coarse as the system's tick."""


class AccessKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One key as it is kept. `actor` and `id` go into the events; `name` stays here, and may name a person."""

    id: str
    name: str
    actor: str
    role: RoleWord
    sha256: str
    made_at: str
    revoked_at: str | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be asked with. Raises InvalidError."""
        Caller(actor=self.actor, key=self.id)
        if _DIGEST.fullmatch(self.sha256) is None:
            raise InvalidError("must be a SHA-256 in hexadecimal", field="/sha256")

    @property
    def caller(self) -> Caller:
        """Who asks with it."""
        return Caller(actor=self.actor, key=self.id)


class _Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the file."""

    keys: tuple[AccessKey, ...]
    format: Literal["incident-ledger-access-keys/1"] = "incident-ledger-access-keys/1"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyFile:
    """The file of a ledger's access keys. Several processes may change it: they do so one after another."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[AccessKey, ...] | None:
        """Every key that was ever made; None where none was. Raises StoreError where the file cannot be read."""
        try:
            with self.path.open("rb") as file:
                return self.decoded(file.read(_MAX_BYTES + 1))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error

    def decoded(self, data: bytes) -> tuple[AccessKey, ...]:
        """The keys that the bytes of the file hold. Raises StoreError."""
        try:
            keys = msgspec.json.decode(data, type=_Kept).keys
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._unreadable("it is damaged") from error
        if len({key.id for key in keys}) != len(keys):
            raise self._unreadable("two keys have one id")
        return keys

    @staticmethod
    def encoded(keys: tuple[AccessKey, ...]) -> bytes:
        """The bytes of the file that holds keys."""
        return msgspec.json.encode(_Kept(keys=keys))

    def replace(self, keys: tuple[AccessKey, ...]) -> None:
        """Let these be the keys: those of another place of the same ledger. Raises StoreError where the disk refuses."""
        self._change(lambda _: keys)

    def _unreadable(self, why: str) -> StoreError:
        return StoreError(f"the access keys in {self.path} cannot be read: {why}; nobody is let in by them")

    def add(
        self, name: str, role: RoleWord, *, actor: str | None, clock: Clock, random: RandomSource
    ) -> tuple[AccessKey, str]:
        """Make a key; with it the text that is to be shown once and is kept nowhere.

        Without `actor` one is made up. Raises InvalidError for a name or an actor that is none, StoreError where the disk refuses.
        """
        check_text(name, field="NAME")
        if not 1 <= len(name) <= _MAX_NAME or not name.isprintable() or name != name.strip():
            raise InvalidError(
                f"must have 1 to {_MAX_NAME} characters that can be seen, and no blank at an end",
                field="NAME",
            )
        ident = random(_ID_BYTES).hex()
        secret = base64.urlsafe_b64encode(random(_SECRET_BYTES)).rstrip(b"=").decode()
        text = f"ilk_{ident}_{secret}"
        made = AccessKey(
            id=ident,
            name=name,
            actor=actor or f"actor-{random(_ID_BYTES).hex()}",
            role=role,
            sha256=_digest(text),
            made_at=format_instant(clock.now()),
        )
        self._change(lambda keys: (*keys, made))
        return made, text

    def revoke(self, ident: str, *, clock: Clock) -> AccessKey:
        """Revoke a key; one that is revoked already stays as it is. Raises UnknownError, and StoreError where the disk refuses."""
        now = format_instant(clock.now())

        def revoked(keys: tuple[AccessKey, ...]) -> tuple[AccessKey, ...]:
            if all(key.id != ident for key in keys):
                raise UnknownError("access key", ident, hint="incident-ledger keys list names them")
            return tuple(
                msgspec.structs.replace(key, revoked_at=key.revoked_at or now) if key.id == ident else key
                for key in keys
            )

        return next(key for key in self._change(revoked) if key.id == ident)

    def _change(
        self, change: Callable[[tuple[AccessKey, ...]], tuple[AccessKey, ...]]
    ) -> tuple[AccessKey, ...]:
        try:
            make_folder(self.path.parent)
            with _alone_in(self.path.parent):
                changed = change(self.read() or ())
                self._replace(self.encoded(changed))
                return changed
        except OSError as error:
            raise StoreError(
                f"the access keys in {self.path} cannot be written: {error.strerror or error}; nothing was changed"
            ) from error

    def _replace(self, data: bytes) -> None:
        """Put new contents in place of the old, durably, seen whole or not at all. Raises OSError."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with suppress(FileNotFoundError):
                temporary.unlink()
            with os.fdopen(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb"
            ) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self.path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(self.path.parent)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder, so that whoever else changes the file in it waits; nobody but its owner may look into it. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.fchmod(descriptor, _FOLDER_MODE)
        yield
    finally:
        os.close(descriptor)


class LiveKeys:
    """The keys as a running server sees them: a change of the file holds with the next request."""

    def __init__(self, file: KeyFile, clock: Clock) -> None:
        """Read them. Raises StoreError where the file cannot be read."""
        self._file = file
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = None
        self._settled = False
        self._keys: dict[str, AccessKey] | None = None
        self.look()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Follow what others change, for as long as a server answers. A file is looked at with each request."""
        yield

    def look(self) -> bool:
        """See what the file says now; whether a key was ever made.

        Raises StoreError where it cannot be read or, once there were keys, is gone: a file that is lost must not open the door.
        """
        try:
            there = self._file.path.stat()
        except FileNotFoundError:
            if self._keys is None:
                return False
            self._stamp = None
            raise StoreError(f"the access keys in {self._file.path} are gone; put the file back") from None
        except OSError as error:
            raise StoreError(
                f"the access keys in {self._file.path} cannot be seen: {error.strerror}"
            ) from error
        stamp = (there.st_ino, there.st_size, there.st_mtime_ns)
        if stamp == self._stamp and self._settled:
            return True
        # From here on there is a file of keys, also where it cannot be read.
        self._keys = self._keys or {}
        keys = self._file.read() or ()
        self._keys = {key.id: key for key in keys}
        self._settled = self._clock.now() - dt.datetime.fromtimestamp(there.st_mtime, dt.UTC) > dt.timedelta(
            seconds=_SETTLED_S
        )
        self._stamp = stamp
        return True

    def find(self, text: str) -> AccessKey | None:
        """The key that a text is; None where there is none, or it was revoked. How long this takes tells nothing of what is kept."""
        stated = _KEY.fullmatch(text)
        found = (self._keys or {}).get(stated["id"]) if stated else None
        kept = found.sha256 if found else "0" * 64
        right = hmac.compare_digest(_digest(text), kept)
        return found if found and right and found.revoked_at is None else None
