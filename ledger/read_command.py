"""From JSON to a command: missing ids are made, short forms of times are written out, and every member is checked.

This is the only way in for callers, whether by file or over HTTP, so the rules are the same for both. Errors name the member by a
JSON pointer and the rule, and never repeat what was written there. It knows nothing of what the ledger holds: that is decided later.
"""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import orjson
from msgspec.inspect import (
    BoolType,
    DictType,
    IntType,
    LiteralType,
    StrType,
    StructType,
    UnionType,
    VarTupleType,
)

from ledger.commands import COMMANDS
from ledger.errors import InvalidError
from ledger.strict_json import pointer
from ledger.values import Absent
from ledger.when import read_published, read_when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.commands import Command
    from ledger.ids import Ids
    from ledger.values import Json

__all__ = ["read_command"]

_Types: TypeAlias = list[msgspec.inspect.Type]

_KEYED = ("places", "participants", "quantities")
_MAKES_ID = ("open-incident", "register-source", "report-fact")
_ATTEST_FRAME = ("op", "incident", "fact", "expected_version")
_ATTESTATION = "/attestation"
_PUBLISHES = ("register-source", "amend-source", "record-notice")
_AT = re.compile(r"(?P<message>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_PART = re.compile(r"\[\.\.\.\]|[^.\[\]]+")
_EACH_VALUE = "[...]"
"""How msgspec's paths write some value of a map; an item of a list has its number."""
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)
_NAMEABLE = re.compile(r"[!-~]{1,64}")
_WRITTEN = {"data": "text or base64"}
"""Members of commands that callers write under other names."""
_UNDISCLOSED = b'"undisclosed"'
_NAMES: dict[type[msgspec.inspect.Type], str] = {
    StrType: "a string",
    IntType: "an integer",
    BoolType: "true or false",
    VarTupleType: "a list",
    DictType: "an object",
    StructType: "an object",
}


def _with_ids(items: Json, ids: Ids) -> Json:
    if not isinstance(items, list):
        return items
    return [
        {"id": ids.make(), **item} if isinstance(item, dict) and "id" not in item else item for item in items
    ]


def _says_undisclosed(value: Json) -> bool:
    """Whether the word stands somewhere in a value. Asked of each command, and so of its bytes; where it has none, the answer is yes."""
    try:
        return _UNDISCLOSED in orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True


def _refuse_undisclosed(value: Json, field: str) -> None:
    """Refuse the absence that only the ledger may state: it would look like a redaction that nobody ordered."""
    if isinstance(value, dict):
        if value.get("absent") == "undisclosed":
            raise InvalidError(
                "must be one of not-reported, not-stated, researched-unknown, none, withheld",
                field=f"{field}/absent",
            )
        for key, one in value.items():
            _refuse_undisclosed(one, field + pointer(key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            _refuse_undisclosed(one, f"{field}/{index}")


def _stated(values: Json, ids: Ids, field: str) -> Json:
    """Content or `as_stated` with its ids made and a bare EDTF text for `occurred` written out."""
    if not isinstance(values, dict):
        return values
    stated = dict(values)
    for key in _KEYED:
        if key in stated:
            stated[key] = _with_ids(stated[key], ids)
    if isinstance(stated.get("occurred"), str):
        stated["occurred"] = msgspec.to_builtins(read_when(stated["occurred"], field=f"{field}/occurred"))
    return stated


def _published(holder: dict[str, Json], field: str, *, never: bool = False) -> None:
    if "published" not in holder or (never and holder["published"] == "never"):
        return
    if holder["published"] == "never":
        raise InvalidError("must be a time; only a source is published never", field=f"{field}/published")
    holder["published"] = msgspec.to_builtins(read_published(holder["published"], field=f"{field}/published"))


def _selectors(holder: dict[str, Json]) -> dict[str, Json]:
    """The citation or passage, a selector that stands alone put in a list."""
    return (
        {**holder, "selector": [holder["selector"]]} if isinstance(holder.get("selector"), dict) else holder
    )


def _citation(citation: Json, ids: Ids, field: str) -> Json:
    if not isinstance(citation, dict):
        return citation
    cited = _selectors({"id": ids.make(), **citation} if "id" not in citation else dict(citation))
    _published(cited, field)
    if "as_stated" in cited:
        cited["as_stated"] = _stated(cited["as_stated"], ids, f"{field}/as_stated")
    return cited


def _scope(scope: Json, ids: Ids) -> Json:
    if not isinstance(scope, dict) or not isinstance(scope.get("passages"), list):
        return scope
    passages = [
        _selectors(one) if isinstance(one, dict) else one for one in _with_ids(scope["passages"], ids)
    ]
    return {**scope, "passages": passages}


def _snapshot_data(body: dict[str, Json]) -> None:
    if "data" in body:
        raise InvalidError("is not known here; give the bytes as text or as base64", field="/data")
    text, coded = body.pop("text", None), body.pop("base64", None)
    if (text is None) == (coded is None):
        raise InvalidError("give the bytes as text or as base64, one of the two", field="/text")
    name, given = ("/text", text) if coded is None else ("/base64", coded)
    if not isinstance(given, str):
        raise InvalidError("must be a string", field=name)
    try:
        body["data"] = given.encode() if coded is None else base64.b64decode(given, validate=True)
    except UnicodeEncodeError:
        # Not chained: the cause carries the whole text along, which would end in a log.
        raise InvalidError("contains a lone surrogate, which is not Unicode text", field=name) from None
    except (binascii.Error, ValueError) as error:
        raise InvalidError("is not base64 (RFC 4648 §4, with padding)", field=name) from error


def _prepared(op: str, given: dict[str, Json], ids: Ids) -> dict[str, Json]:
    body = dict(given)
    if op in _MAKES_ID and "id" not in body:
        body["id"] = ids.make()
    if op in ("report-fact", "correct-fact"):
        body = _stated(body, ids, "")
    if isinstance(body.get("citations"), list):
        body["citations"] = [
            _citation(one, ids, f"/citations/{i}") for i, one in enumerate(body["citations"])
        ]
    if "citation" in body:
        body["citation"] = _citation(body["citation"], ids, "/citation")
    if op == "attest-fact":
        body["attestation"] = _citation(body["attestation"], ids, _ATTESTATION)
    if op in _PUBLISHES:
        _published(body, "", never=op != "record-notice")
    if op == "record-notice" and "scope" in body:
        body["scope"] = _scope(body["scope"], ids)
    if op == "capture-snapshot":
        _snapshot_data(body)
    return body


def _steps(path: str, body: Json) -> tuple[list[str], Json]:
    """The keys and indexes that a path of msgspec leads through, and the value that stands there.

    Commands have one map whose values are of one type, the texts of `set`: what is wrong there is the first value that is no text.
    """
    steps: list[str] = []
    at = body
    for part in _PART.findall(path):
        step = part
        if part == _EACH_VALUE and isinstance(at, dict):
            step = next((key for key, one in at.items() if not isinstance(one, str)), part)
        steps.append(step)
        at = at[int(step)] if isinstance(at, list) else at.get(step) if isinstance(at, dict) else None
    return steps, at


def _options(kinds: Iterable[msgspec.inspect.Type]) -> _Types:
    return [one for kind in kinds for one in (kind.types if isinstance(kind, UnionType) else (kind,))]


@lru_cache(maxsize=256)
def _allowed(kind: type[Command], path: str) -> tuple[_Types, tuple[str, ...]]:
    """The types that may stand at a path of msgspec; and the tags, where the path names the member that tells structs apart."""
    here = _options([msgspec.inspect.type_info(kind)])
    for part in _PART.findall(path):
        structs = [one for one in here if isinstance(one, StructType)]
        if tags := tuple(str(one.tag) for one in structs if one.tag_field == part):
            return [], tags
        members = [one.type for struct in structs for one in struct.fields if one.encode_name == part]
        items = [one.item_type for one in here if isinstance(one, VarTupleType)]
        values = [one.value_type for one in here if isinstance(one, DictType)]
        here = _options([*members, *items, *values])
    return here, ()


def _rule(kind: type[Command], path: str) -> str:
    """What may stand at a path of msgspec, as a rule in words."""
    types, tags = _allowed(kind, path)
    words = [*tags, *(str(one) for kind in types if isinstance(kind, LiteralType) for one in kind.values)]
    words = [word for word in words if word != "undisclosed"]
    known = [f"one of {', '.join(words)}" if len(words) > 1 else word for word in words[:1]]
    for one in types:
        absence = isinstance(one, StructType) and one.cls is Absent
        name = 'an absence such as {"absent": "not-stated"}' if absence else _NAMES.get(type(one), "")
        known += [name] if name and name not in known else []
    return f"must be {', or '.join(known)}"


def _unknown(kind: type[Command], path: str, at: Json, name: str, field: str) -> InvalidError:
    structs = [one for one in _allowed(kind, path)[0] if isinstance(one, StructType)]
    told = [
        one for one in structs if isinstance(at, dict) and one.tag_field and at.get(one.tag_field) == one.tag
    ]
    members = [one.encode_name for struct in told or structs for one in struct.fields]
    known = f"known are {', '.join(_WRITTEN.get(member, member) for member in dict.fromkeys(members))}"
    if _NAMEABLE.fullmatch(name) is None:
        return InvalidError(f"has a member that is not known here; {known}", field=field)
    return InvalidError(f"is not known here; {known}", field=field + pointer(name))


def _refusal(error: msgspec.ValidationError, body: dict[str, Json], kind: type[Command]) -> InvalidError:
    """The complaint of msgspec in our words: the pointer of the member, and the rule."""
    match = _AT.match(str(error))
    message, path = (match["message"], match["path"] or "") if match else (str(error), "")
    steps, at = _steps(path, body)
    field = pointer(*steps)
    cause = error.__cause__
    if isinstance(cause, InvalidError):
        return cause.under(field)
    if unknown := _UNKNOWN.fullmatch(message):
        return _unknown(kind, path, at, unknown["name"], field)
    if missing := _MISSING.fullmatch(message):
        return InvalidError("is missing; this member is required", field=field + pointer(missing["name"]))
    return InvalidError(_rule(kind, path), field=field)


for _kind in COMMANDS.values():
    # msgspec works a type out when it is first asked for it, and crashes the process where two threads ask at once.
    with suppress(msgspec.ValidationError):
        msgspec.convert({}, _kind)


def _read(op: str, value: dict[str, Json], kind: type[Command], ids: Ids) -> Command:
    if _says_undisclosed(value):
        _refuse_undisclosed(value, "")
    body = _prepared(op, value, ids)
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        # Not chained: the text of the cause may repeat a value, which would end in a log.
        raise _refusal(error, body, kind) from None


def read_command(value: Json, ids: Ids) -> Command:
    """The command that a JSON object asks for. `ids` makes the ids that the caller left out. `value` is left as it is.

    To attest a fact, the attestation's members stand beside the others, or in an object `attestation`; pointers are those of the form
    that was written. Raises InvalidError naming the member and the rule.
    """
    if not isinstance(value, dict):
        raise InvalidError("a command is a JSON object with the member op")
    op = value.get("op")
    kind = COMMANDS.get(op) if isinstance(op, str) else None
    if kind is None or not isinstance(op, str):
        raise InvalidError(f"must be one of {', '.join(COMMANDS)}", field="/op")
    if op != "attest-fact" or "attestation" in value:
        return _read(op, value, kind, ids)
    nested = {key: one for key, one in value.items() if key in _ATTEST_FRAME}
    nested["attestation"] = {key: one for key, one in value.items() if key not in _ATTEST_FRAME}
    try:
        return _read(op, nested, kind, ids)
    except InvalidError as error:
        raise InvalidError(error.rule, field=error.field.removeprefix(_ATTESTATION)) from error.__cause__
