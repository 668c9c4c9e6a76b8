"""Every error the ledger raises, in one tree, so that one table can map them for each edge.

LedgerError                     the base: a kebab-case `code`, a sentence, typed fields
├── RefusedError                the caller's fault: the act cannot be recorded as it was asked for
│   ├── InvalidError            a field breaks a rule of form: `field` (JSON pointer), `rule`
│   ├── UnknownError            something named is not in the ledger: `what`, `id`
│   ├── ConflictError           something is in the way: the id is in use, the act was done already
│   ├── StaleError              the caller decided against an older version: `expected`, `current`
│   ├── RuleError               a law of the model forbids it: `rule`
│   └── QuotationError          the quoted words are not in the snapshot: `nearest` passages
├── UnreadableError             stored or offered bytes that cannot be understood: `where`
│   ├── UnknownSchemaError      an event of a type or schema version that this program does not know
│   └── IntegrityError          bytes that do not match their hash, position or version
└── UnavailableError            ours, or the machine's: nothing was recorded, trying again may work
    ├── LockedError             another process is writing to this ledger
    ├── QueueFullError          more commands are waiting than the writer takes on
    ├── ClockLeapError          the clock leapt forward further than the machine ran: `ahead_s`
    └── StoreError              the database refused: full disk, failed sync, missing file
        └── OutcomeUnknownError the database did not say whether it stored the act

A caller's fault is answered and forgotten; a race (StaleError) is answered with what moved; ours stops the writer.
"""

from __future__ import annotations

__all__ = [
    "ClockLeapError",
    "ConflictError",
    "IntegrityError",
    "InvalidError",
    "LedgerError",
    "LockedError",
    "OutcomeUnknownError",
    "QueueFullError",
    "QuotationError",
    "RefusedError",
    "RuleError",
    "StaleError",
    "StoreError",
    "UnavailableError",
    "UnknownError",
    "UnknownSchemaError",
    "UnreadableError",
]


class LedgerError(Exception):
    """The base of every error raised on purpose. `code` is kebab-case and stable; `str()` is a sentence for people."""

    code = "ledger-error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RefusedError(LedgerError):
    """The act cannot be recorded as asked. `field` is a JSON pointer into the command, or "" for the whole."""

    code = "refused"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class InvalidError(RefusedError, ValueError):
    """A field breaks a rule of form. Also a ValueError, so that value objects may raise it while they are built."""

    code = "invalid"

    def __init__(self, rule: str, *, field: str = "") -> None:
        super().__init__(f"{field}: {rule}" if field else rule, field=field)
        self.rule = rule

    def under(self, prefix: str) -> InvalidError:
        """The same complaint with `prefix` (a JSON pointer) before its field."""
        return InvalidError(self.rule, field=prefix + self.field)


class UnknownError(RefusedError):
    """Something named in the command is not in the ledger, or not at the place where the command looks for it.

    `where` holds nobody's words: it is told where `ident` is not.
    """

    code = "unknown"

    def __init__(
        self, what: str, ident: str, *, field: str = "", hint: str = "", where: str = "in this ledger"
    ) -> None:
        super().__init__(f"{what} {ident!r} is not {where}{'; ' + hint if hint else ''}", field=field)
        self.what = what
        self.ident = ident
        self.where = where


class ConflictError(RefusedError):
    """An id is in use, or the act was done already."""

    code = "conflict"


class StaleError(RefusedError):
    """The caller decided against a version that is no longer the newest. Both are versions of one fact or stream."""

    code = "stale"

    def __init__(self, what: str, *, expected: int, current: int) -> None:
        super().__init__(
            f"expected version {expected}, {what} is at {current}; read it again before you decide"
        )
        self.expected = expected
        self.current = current


class RuleError(RefusedError):
    """A law of the model forbids the act. `rule` is a kebab-case name that docs explain."""

    code = "rule"

    def __init__(self, rule: str, message: str, *, field: str = "") -> None:
        super().__init__(message, field=field)
        self.rule = rule


class QuotationError(RefusedError):
    """The quoted words are not in the snapshot, or stand there more than once. `nearest`: passages to choose from."""

    code = "quotation"

    def __init__(self, message: str, *, nearest: tuple[str, ...] = (), field: str = "") -> None:
        super().__init__(message, field=field)
        self.nearest = nearest


class UnreadableError(LedgerError):
    """Stored or offered bytes that cannot be understood. `where` names the position, line or byte."""

    code = "unreadable"

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


class UnknownSchemaError(UnreadableError):
    """An event type or schema version that this program does not know: a newer program wrote it.

    `position` is that of the event, 0 where none is concerned; `rule` the sentence without it.
    """

    code = "unknown-schema"

    def __init__(self, message: str, *, where: str = "", position: int = 0) -> None:
        super().__init__(message, where=where or (f"position {position}" if position else ""))
        self.rule = message
        self.position = position


class IntegrityError(UnreadableError):
    """Bytes that do not match their hash, their position or their version."""

    code = "integrity"


class UnavailableError(LedgerError):
    """Nothing was recorded, and it is not the caller's doing. Trying again may work."""

    code = "unavailable"


class LockedError(UnavailableError):
    """Another process is writing to this ledger."""

    code = "locked"


class QueueFullError(UnavailableError):
    """More commands are waiting than the writer takes on. `retry_after_s`: when it is worth asking again."""

    code = "queue-full"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ClockLeapError(UnavailableError):
    """The clock leapt forward further than the machine can have run: what it would stamp could never be taken back."""

    code = "clock-leap"

    def __init__(self, *, ahead_s: float) -> None:
        super().__init__(
            f"the clock leapt forward by {ahead_s:.1f} s more than the machine ran, and a time once recorded stays; "
            "set the clock right or, if it is right, run: incident-ledger clock accept"
        )
        self.ahead_s = ahead_s


class StoreError(UnavailableError):
    """The database refused: a full disk, a failed sync, a missing or read-only file."""

    code = "store"


class OutcomeUnknownError(StoreError):
    """The act may be recorded or not: the connection was lost while it was made durable, or the standby did not confirm it."""

    code = "outcome-unknown"
