"""Events to bytes and back: the one place that knows how an act is written (ledger-format §2-§6).

An event is encoded once, when it is recorded, and its bytes are stored for ever; reading never encodes again.
Values and free texts are committed beside the event (disclosure.py); the tables below say which, and
everything else stands in the clear. Type names are explicit and versioned. Members that a newer program wrote
are kept in `Recorded.unknown`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import msgspec
import orjson

from ledger import disclosure
from ledger.commitment import COMMITMENTS, commit, disclose
from ledger.errors import InvalidError, UnknownSchemaError, UnreadableError
from ledger.events import (
    ACTS,
    Act,
    FactAttested,
    FactCorrected,
    FactReported,
    Recorded,
    SourceAmended,
    SourceRegistered,
)
from ledger.strict_json import check_json
from ledger.unknown_members import split_unknown
from ledger.values import STORED, Json

if TYPE_CHECKING:
    import datetime as dt

    from ledger.citation import Attestation
    from ledger.ids import RandomSource

__all__ = [
    "EVENT_LIMIT",
    "FORMAT",
    "Encoded",
    "Stamp",
    "decode",
    "decode_envelope",
    "encode",
    "entered",
    "opened",
    "type_name",
    "type_of_topic",
]

FORMAT = "incident-ledger/1"
EVENT_LIMIT = 65_535
"""Most bytes of one stored event: the largest entry of a C2SP tlog-tiles bundle."""

_NAMES: dict[type[Any], tuple[str, int]] = {kind: name for name, kind in ACTS.items()}
_READERS: dict[str, type[Any]] = {
    f"{name}@{schema}": Recorded[kind]  # type: ignore[valid-type]  # built from the table of types at run time
    for (name, schema), kind in ACTS.items()
}
_ENVELOPE = Recorded[dict[str, Json]]
for _reader in (_ENVELOPE, *_READERS.values()):
    # msgspec works a type out when it is first asked for it, and crashes the process where two threads ask at once.
    with suppress(msgspec.ValidationError):
        msgspec.convert({}, _reader)
_TOPIC_SHOWN = 80
_NO_EVENT = "the stored bytes are not an event of this ledger"
if missing := {name for name, _ in ACTS} ^ COMMITMENTS.keys():  # pragma: no cover
    raise AssertionError(f"no commitment table for {sorted(missing)}")


class Stamp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the writer adds to an act.

    Shapes and meaning as in Recorded; `recorded_at` is text of 27 characters (ledger-format §2).
    """

    event_id: str
    request: str
    stream: str
    version: int
    recorded_at: str
    actor: str
    key: str | None = None
    on_behalf_of: str | None = None
    answers: int | None = None


class Encoded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event as it is stored: `topic` is `type@schema`, `event` the canonical bytes, `disclosures` the lines.

    `committed` maps each path to the digest of its line, as it stands in the event.
    """

    topic: str
    stream: str
    version: int
    recorded_at: str
    event: bytes
    disclosures: bytes
    committed: dict[str, str]


def type_name(act: Act) -> tuple[str, int]:
    """The explicit name and schema version that an act is stored under."""
    return _NAMES[type(act)]


def encode(act: Act, stamp: Stamp, random: RandomSource) -> Encoded:
    """The stored form of an act (ledger-format §2-§4). `random` gives the salts.

    Raises InvalidError for what may never be stored (a null, a fraction, an integer beyond ±(2^53-1), text
    that is not Unicode, U+0000, nesting beyond MAX_DEPTH, a path that stands twice), and where the event
    would be larger than EVENT_LIMIT or its disclosures than DISCLOSURE_LIMIT.
    """
    name, schema = _NAMES[type(act)]
    _check_free_form(act)
    body = msgspec.to_builtins(act)
    committed, lines = disclosure.make(commit(name, body), random)
    entry: dict[str, Json] = {
        "actor": stamp.actor,
        "body": body,
        "committed": committed,
        "event_id": stamp.event_id,
        "format": FORMAT,
        "recorded_at": stamp.recorded_at,
        "request": stamp.request,
        "schema": schema,
        "stream": stamp.stream,
        "type": name,
        "version": stamp.version,
    }
    if stamp.key is not None:
        entry["key"] = stamp.key
    if stamp.on_behalf_of is not None:
        entry["on_behalf_of"] = stamp.on_behalf_of
    if stamp.answers is not None:
        entry["answers"] = stamp.answers
    event = disclosure.written(entry)
    if len(event) > EVENT_LIMIT:
        raise InvalidError(
            f"the act would take {len(event)} bytes and at most {EVENT_LIMIT} are stored; split it into several acts"
        )
    if len(lines) > disclosure.DISCLOSURE_LIMIT:
        raise InvalidError(
            f"the values of the act take {len(lines)} bytes and at most {disclosure.DISCLOSURE_LIMIT} are stored"
        )
    return Encoded(
        topic=f"{name}@{schema}",
        stream=stamp.stream,
        version=stamp.version,
        recorded_at=stamp.recorded_at,
        event=event,
        disclosures=lines,
        committed=committed,
    )


def entered(
    act: Act, stamp: Stamp, encoded: Encoded, *, position: int, recorded_at: dt.datetime
) -> Recorded[Act]:
    """The entry that decode would make of what encode just wrote, without reading it back (law 8, a property test)."""
    name, schema = _NAMES[type(act)]
    return Recorded(
        position=position,
        format=FORMAT,
        type=name,
        schema=schema,
        event_id=stamp.event_id,
        request=stamp.request,
        stream=stamp.stream,
        version=stamp.version,
        recorded_at=recorded_at,
        actor=stamp.actor,
        key=stamp.key,
        on_behalf_of=stamp.on_behalf_of,
        answers=stamp.answers,
        committed=encoded.committed,
        body=act,
    )


def _check_free_form(act: Act) -> None:
    """Check the members that hold JSON of any shape; the types of all others leave no room for what cannot be stored."""
    match act:
        case FactReported() | FactCorrected():
            if act.content.details:
                check_json(act.content.details, field="/content/details")
            for index, one in enumerate(act.attestations):
                _check_as_stated(one, field=f"/attestations/{index}")
        case FactAttested():
            _check_as_stated(act.attestation, field="/attestation")
        case SourceRegistered() | SourceAmended():
            if act.csl:
                check_json(act.csl, field="/csl")
        case _:
            pass


def _check_as_stated(attestation: Attestation, *, field: str) -> None:
    if attestation.as_stated is not None and attestation.as_stated.details:
        check_json(attestation.as_stated.details, field=f"{field}/as_stated/details")


def type_of_topic(topic: str) -> type[Any]:
    """The struct that reads a stored `type@schema`. Raises UnknownSchemaError where this program has none."""
    kind = _READERS.get(topic)
    if kind is None:
        raise UnknownSchemaError(
            f"this program does not know the event type {topic[:_TOPIC_SHOWN]!a}; a newer one wrote it: use that one"
        )
    return kind


def opened(event: bytes, disclosures: bytes, *, position: int) -> dict[str, Json]:
    """An event as plain JSON with its disclosures put where they belong, and `position` added.

    What is committed but not disclosed stands as `{"absent": "undisclosed"}`. Digests are not checked here:
    the store checks them when it opens and verify checks them all. Raises UnreadableError for bytes that are
    not an event, and for a disclosure of a path that the event does not commit to.
    """
    try:
        entry = orjson.loads(event)
        lines = orjson.loads(b"[" + disclosures.replace(b"\n", b",") + b"]") if disclosures else ()
        disclose(entry["body"], lines, entry["committed"])
        _add_position(entry, position)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(_NO_EVENT, where=f"position {position}") from error
    return entry  # type: ignore[no-any-return]  # JSON past this point is typed by decode


def _add_position(entry: dict[str, Json], position: int) -> None:
    if "unknown" in entry or "position" in entry:
        raise ValueError("a member has the name of one that only the reader adds")
    entry["position"] = position


def decode(event: bytes, disclosures: bytes, *, position: int) -> Recorded[Act]:
    """The typed entry of stored bytes; their values were judged when they were recorded and are not judged again.

    Raises UnknownSchemaError or UnreadableError, naming the position.
    """
    entry = opened(event, disclosures, position=position)
    try:
        kind = type_of_topic(f"{entry.get('type')}@{entry.get('schema')}")
    except UnknownSchemaError as error:
        raise UnknownSchemaError(error.rule, position=position) from error
    reading = STORED.set(True)
    try:
        return msgspec.convert(entry, kind)  # type: ignore[no-any-return]  # `kind` is Recorded[…]
    except msgspec.ValidationError as first:
        return _with_unknown(entry, kind, first, position)
    finally:
        STORED.reset(reading)


def decode_envelope(event: bytes, *, position: int) -> Recorded[dict[str, Json]]:
    """What every event says of itself, whatever its type: the body stays as it is stored, and nothing is disclosed in it.

    Raises UnreadableError, naming the position.
    """
    try:
        entry = orjson.loads(event)
        _add_position(entry, position)
    except (ValueError, TypeError) as error:
        raise UnreadableError(_NO_EVENT, where=f"position {position}") from error
    try:
        return msgspec.convert(entry, _ENVELOPE)
    except msgspec.ValidationError as first:
        return cast("Recorded[dict[str, Json]]", _with_unknown(entry, _ENVELOPE, first, position))


def _with_unknown(entry: dict[str, Json], kind: type[Any], first: Exception, position: int) -> Recorded[Act]:
    """The entry once more, with the members that its type does not know put aside.

    Raises UnreadableError if that is not the fault.
    """
    unknown = split_unknown(entry, kind)
    if not unknown:
        raise UnreadableError(str(first), where=f"position {position}") from first
    entry["unknown"] = unknown
    try:
        return msgspec.convert(entry, kind)  # type: ignore[no-any-return]  # `kind` is Recorded[…]
    except msgspec.ValidationError as error:
        raise UnreadableError(str(error), where=f"position {position}") from error
