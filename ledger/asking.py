"""What is asked of the writer, and what it answers."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from ledger.errors import ConflictError, IntegrityError, InvalidError
from ledger.ids import check_id
from ledger.stores.contract import Answer
from ledger.values import check_text

if TYPE_CHECKING:
    from ledger.commands import Command
    from ledger.ids import RandomSource

__all__ = ["Ask", "Caller", "Receipt", "Request", "kept_answer", "replayed", "scope_of"]

_SALT_BYTES = 16
_MAX_KEY = 255


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who asks: an opaque actor id, the id of the access key, and on whose behalf. Display names live outside the log."""

    actor: str
    key: str | None = None
    on_behalf_of: str | None = None

    def __post_init__(self) -> None:
        """Refuse ids that are none."""
        check_id(self.actor, field="/actor")
        for name, ident in (("/key", self.key), ("/on_behalf_of", self.on_behalf_of)):
            if ident is not None:
                check_id(ident, field=name)


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What makes a request idempotent: the caller's key for it, and the exact bytes asked, which tell a retry from another.

    Raises InvalidError for a key that is empty, longer than 255 characters, or no Unicode text.
    """

    idempotency_key: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse a key that cannot be kept."""
        if not 1 <= len(self.idempotency_key) <= _MAX_KEY:
            raise InvalidError(f"an idempotency key has 1 to {_MAX_KEY} characters", field="/key")
        check_text(self.idempotency_key, field="/key")


class Ask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One command, who gives it, and how. With `dry_run` it is decided, and nothing is recorded or kept.

    `stream_version`: the version that the stream it acts upon must be at; left out, nothing is compared.
    """

    command: Command
    caller: Caller
    request: Request | None = None
    dry_run: bool = False
    stream_version: int | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What was recorded: ids, versions and times only, no content. `position` and `recorded_at` are of the last event.

    `replayed`: this answer was given before; `dry_run`: nothing was recorded and there is no position; `quiet`: it stood
    already; `clock_stepped_back`: the machine's clock was behind the last recorded_at, which was counted on instead (ADR 9).
    """

    id: str
    stream: str
    version: int
    position: int | None = None
    recorded_at: str | None = None
    replayed: bool = False
    dry_run: bool = False
    quiet: bool = False
    clock_stepped_back: bool = False


def scope_of(caller: Caller) -> str:
    """Whose idempotency keys these are: those of an access key, or of an actor without one."""
    return f"actor:{caller.actor}" if caller.key is None else f"key:{caller.key}"


def _keyed_digest(salt: bytes, content: bytes) -> bytes:
    return hmac.new(salt, content, hashlib.sha256).digest()


def kept_answer(caller: Caller, request: Request, receipt: Receipt, random: RandomSource) -> Answer:
    """The answer to a request as it is kept, in the transaction that records its act."""
    salt = random(_SALT_BYTES)
    return Answer(
        caller=scope_of(caller),
        key=request.idempotency_key,
        salt=salt,
        digest=_keyed_digest(salt, request.content),
        answer=msgspec.json.encode(receipt),
        position=receipt.position or 0,
    )


def replayed(kept: Answer, request: Request) -> Receipt:
    """The answer that was given before. Raises ConflictError where the key was used for another request."""
    if kept.digest and not hmac.compare_digest(kept.digest, _keyed_digest(kept.salt, request.content)):
        raise ConflictError("this idempotency key was used for another request; use a new one", field="/key")
    try:
        receipt = msgspec.json.decode(kept.answer, type=Receipt)
    except msgspec.DecodeError as error:
        raise IntegrityError("the kept answer of an idempotent request cannot be read") from error
    return replace(receipt, replayed=True)
