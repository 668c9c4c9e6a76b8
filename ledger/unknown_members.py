"""Members that a newer program wrote: found by walking the types, taken out, and kept (model §5, law 8).

The usual case has none and never comes here; codec.decode calls this only when a strict reading failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["split_unknown"]

_INSPECTED: dict[type[Any], msgspec.inspect.Type] = {}


def _inspected(kind: type[Any]) -> msgspec.inspect.Type:
    found = _INSPECTED.get(kind)
    if found is None:
        found = _INSPECTED[kind] = msgspec.inspect.type_info(kind)
    return found


def _struct_for(kind: msgspec.inspect.Type, value: Json) -> msgspec.inspect.StructType | None:
    """The struct that a JSON object is read as: the only one of a union, or the one whose tag the object carries."""
    options = kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)
    structs = [one for one in options if isinstance(one, msgspec.inspect.StructType)]
    if len(structs) <= 1:
        return structs[0] if structs else None
    return next(
        (one for one in structs if one.tag_field is not None and value.get(one.tag_field) == one.tag), None
    )


def _walk(value: Json, kind: msgspec.inspect.Type, pointer: str, found: dict[str, Json]) -> None:
    if isinstance(value, dict):
        struct = _struct_for(kind, value)
        if struct is None:
            return
        known = {field.encode_name: field.type for field in struct.fields}
        for name in list(value):
            if name == struct.tag_field:
                continue
            if name in known:
                _walk(value[name], known[name], f"{pointer}/{name}", found)
            else:
                found[f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"] = value.pop(name)
    elif isinstance(value, list):
        options = kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)
        for one in options:
            if isinstance(one, msgspec.inspect.VarTupleType):
                for index, item in enumerate(value):
                    _walk(item, one.item_type, f"{pointer}/{index}", found)


def split_unknown(entry: dict[str, Json], kind: type[Any]) -> dict[str, Json]:
    """Take every member that `kind` does not know out of `entry`, giving them by JSON pointer (RFC 6901)."""
    found: dict[str, Json] = {}
    _walk(entry, _inspected(kind), "", found)
    return found
