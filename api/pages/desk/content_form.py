"""The content of a fact as fields, and fields as content: one way to write every value, the same for a report and for a correction.

Why a value is not there stands in square brackets, as in `[not stated]`. Rows of lists keep their ids, so that a correction changes what
was changed and nothing else.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from api.pages.desk.fields import Body, Field, Group
from ledger.values import Absent, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.fact import Content
    from ledger.kinds import Kind
    from ledger.place import Place
    from ledger.quantity import Quantity
    from ledger.when import When

__all__ = ["content_body", "content_groups", "content_said"]

_ABSENT = {
    "[not reported]": "not-reported",
    "[not stated]": "not-stated",
    "[researched and not known]": "researched-unknown",
    "[none]": "none",
    "[withheld]": "withheld",
}
_WRITTEN = {reason: text for text, reason in _ABSENT.items()} | {"undisclosed": "[withheld]"}
_RELATION = re.compile(r"(?P<rel>before|after|during|same-time)\s+(?P<fact>\S+?)(?:\s*:\s*(?P<words>.+))?")
MOST_ROWS = 24
_ABSENT_HINT = "Where it is not there, write why: " + ", ".join(_ABSENT) + "."

Said = dict[str, str]


def _text(value: str | Absent | None) -> str:
    return _WRITTEN[value.absent] if isinstance(value, Absent) else value or ""


def _when_said(when: When | None) -> Said:
    if when is None:
        return {}
    said = {"when.as_stated": when.as_stated or ""}
    if when.absent is not None:
        said["when.as_stated"] = said["when.as_stated"] or _WRITTEN[when.absent]
    if when.edtf is not None:
        said["when.edtf"] = when.edtf
    elif when.earliest is not None:
        said |= {"when.earliest": when.earliest, "when.latest": when.latest or ""}
    said["when.relations"] = "\n".join(
        f"{one.rel} {one.fact}" + (f": {one.as_stated}" if one.as_stated else "") for one in when.relations
    )
    return said


def _quantity_said(at: int, one: Quantity) -> Said:
    words = one.as_stated or ("" if one.absent is None else _WRITTEN[one.absent])
    return {
        f"quantities.{at}.id": one.id,
        f"quantities.{at}.as_stated": words,
        f"quantities.{at}.value": one.value or "",
        f"quantities.{at}.min": one.min or "",
        f"quantities.{at}.max": one.max or "",
        f"quantities.{at}.unit": one.unit or "",
        f"quantities.{at}.approximate": "on" if one.approximate else "",
    }


def _place_said(at: int, one: Place) -> Said:
    words = one.as_stated or ("" if one.absent is None else _WRITTEN[one.absent])
    return {
        f"places.{at}.id": one.id,
        f"places.{at}.as_stated": words,
        f"places.{at}.role": one.role or "",
        f"places.{at}.lon": one.lon or "",
        f"places.{at}.lat": one.lat or "",
        f"places.{at}.uncertainty_m": "" if one.uncertainty_m is None else str(one.uncertainty_m),
        f"places.{at}.precision": one.precision or "",
    }


def content_said(content: Content) -> Said:
    """What the fields say of a content as it stands."""
    said = {"kind": content.kind, "statement": _text(content.statement)} | _when_said(content.occurred)
    for at, quantity in enumerate(content.quantities):
        said |= _quantity_said(at, quantity)
    for at, place in enumerate(content.places):
        said |= _place_said(at, place)
    for at, person in enumerate(content.participants):
        said |= {
            f"participants.{at}.id": person.id,
            f"participants.{at}.role": person.role or "",
            f"participants.{at}.as_described": _text(person.as_described),
            f"participants.{at}.name": _text(person.name),
        }
    for name, value in content.details.items():
        said[f"details.{name}"] = _detail_said(value)
    return said


def _detail_said(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {"absent"}:
        return _WRITTEN[value["absent"]]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False)


def _rows(said: Mapping[str, str], of: str) -> int:
    """How many rows a list has: as many as are filled in, and one more."""
    filled = [int(name.split(".")[1]) for name, text in said.items() if name.startswith(f"{of}.") and text]
    return min(max(filled, default=-1) + 2, MOST_ROWS)


def _field(said: Mapping[str, str], name: str, label: str, **members: object) -> Field:
    return Field(name=name, label=label, value=said.get(name, ""), **members)  # type: ignore[arg-type]  # members of Field


def _quantity_rows(said: Mapping[str, str]) -> tuple[Field, ...]:
    made: list[Field] = []
    for at in range(_rows(said, "quantities")):
        row = f"quantities.{at}"
        made += [
            _field(said, f"{row}.id", f"Quantity {at + 1}: what it is", hint="A word, such as distance."),
            _field(said, f"{row}.as_stated", "As stated"),
            _field(said, f"{row}.value", "Number"),
            _field(said, f"{row}.min", "or at least"),
            _field(said, f"{row}.max", "and at most"),
            _field(said, f"{row}.unit", "Unit (UCUM)", hint="[ft_i], m, min, {shots} …"),
            _field(said, f"{row}.approximate", "About", sort="check"),
        ]
    return tuple(made)


def _place_rows(said: Mapping[str, str]) -> tuple[Field, ...]:
    made: list[Field] = []
    for at in range(_rows(said, "places")):
        row = f"places.{at}"
        made += [
            _field(said, f"{row}.id", f"Place {at + 1}: what it is", hint="A word, such as scene."),
            _field(said, f"{row}.as_stated", "As stated"),
            _field(said, f"{row}.role", "Role"),
            _field(said, f"{row}.lon", "Longitude"),
            _field(said, f"{row}.lat", "Latitude"),
            _field(said, f"{row}.uncertainty_m", "Within how many metres"),
            _field(said, f"{row}.precision", "Precision"),
        ]
    return tuple(made)


def _participant_rows(said: Mapping[str, str], roles: tuple[str, ...]) -> tuple[Field, ...]:
    options = (("", "no role"), *((role, role) for role in roles))
    made: list[Field] = []
    for at in range(_rows(said, "participants")):
        row = f"participants.{at}"
        made += [
            _field(said, f"{row}.role", f"Participant {at + 1}: role", sort="select", options=options),
            _field(said, f"{row}.as_described", "As described"),
            _field(said, f"{row}.name", "Name"),
            _field(said, f"{row}.id", "Id", hint="Left out, one is made."),
        ]
    return tuple(made)


def _properties(kind: Kind) -> dict[str, dict[str, Json]]:
    found = kind.schema.get("properties", {}) if isinstance(kind.schema, dict) else {}
    return {name: one if isinstance(one, dict) else {} for name, one in found.items()}


def _detail_fields(said: Mapping[str, str], kind: Kind) -> tuple[Field, ...]:
    required = kind.schema.get("required", ()) if isinstance(kind.schema, dict) else ()
    made = []
    for name, one in _properties(kind).items():
        hint = str(one.get("description", ""))
        label = name.replace("_", " ").capitalize()
        field = _field(said, f"details.{name}", label, hint=hint, is_required=name in required)
        if one.get("type") == "array":
            field = _field(said, field.name, label, sort="area", hint=f"{hint} One a line.")
        elif one.get("type") == "boolean":
            options = (("", "not said"), ("yes", "yes"), ("no", "no"))
            field = _field(said, field.name, label, sort="select", hint=hint, options=options)
        made.append(field)
    return tuple(made)


def content_groups(said: Mapping[str, str], kind: Kind, *, whole: bool) -> tuple[Group, ...]:
    """The fields of a content of a kind. `whole`: show what is filled in already."""
    has = {
        of: any(name.startswith(f"{of}.") and text for name, text in said.items())
        for of in ("quantities", "places", "participants", "details")
    }
    statement = _field(
        said,
        "statement",
        "Statement",
        sort="area",
        is_required=True,
        hint="One sentence of the desk's own, that says what is reported.",
    )
    when = (
        _field(
            said,
            "when.edtf",
            "When",
            hint="A day or a time with its offset: 2021-05-08, 2021-05-08T04:00-05:00, 2021-05-08~ …",
        ),
        _field(said, "when.as_stated", "When, as stated"),
        _field(said, "when.earliest", "or not before"),
        _field(said, "when.latest", "and by"),
        _field(
            said,
            "when.relations",
            "Order among the facts",
            sort="area",
            hint="One a line: before, after, during or same-time, a fact, and the words after a colon, as in after flight: as he fled",
        ),
    )
    details = _detail_fields(said, kind)
    groups = [
        Group(head="What is reported", fields=(statement,)),
        Group(head="When", fields=when),
        Group(
            head="Participants",
            fields=_participant_rows(said, kind.roles),
            is_open=whole and has["participants"],
            hint=_ABSENT_HINT,
        ),
        Group(head="Quantities", fields=_quantity_rows(said), is_open=whole and has["quantities"]),
        Group(head="Places", fields=_place_rows(said), is_open=whole and has["places"]),
    ]
    if details:
        groups.append(
            Group(head=f"Details of the kind {kind.label}", fields=details, is_open=whole and has["details"])
        )
    return tuple(groups)


def _absent(text: str) -> Json:
    reason = _ABSENT.get(text.strip().lower())
    return text if reason is None else {"absent": reason}


def _put_words(body: Body, said: Mapping[str, str], path: str, row: str) -> None:
    """Words as stated; in brackets they say why there is no value."""
    text = said.get(f"{row}.as_stated", "")
    reason = _ABSENT.get(text.strip().lower())
    body.put(f"{path}/as_stated" if reason is None else f"{path}/absent", reason or text, f"{row}.as_stated")


def _put_when(body: Body, said: Mapping[str, str]) -> None:
    _put_words(body, said, "occurred", "when")
    for name in ("edtf", "earliest", "latest"):
        body.put(f"occurred/{name}", said.get(f"when.{name}", "").strip(), f"when.{name}")
    lines = [line.strip() for line in said.get("when.relations", "").splitlines() if line.strip()]
    for at, line in enumerate(lines):
        found = _RELATION.fullmatch(line)
        path = f"occurred/relations/{at}"
        body.put(f"{path}/rel", found["rel"] if found else line, "when.relations")
        if found:
            body.put(f"{path}/fact", found["fact"], "when.relations")
            body.put(f"{path}/as_stated", found["words"], "when.relations")


def _put_rows(body: Body, said: Mapping[str, str], of: str) -> int:
    """Put what the rows of a list share: each row that has anything filled in, under the next number."""
    number = 0
    for at in range(MOST_ROWS):
        row = f"{of}.{at}"
        filled = [name for name, text in said.items() if name.startswith(f"{row}.") and text]
        if not filled:
            continue
        path = f"{of}/{number}"
        number += 1
        for name in filled:
            member = name.removeprefix(f"{row}.")
            text = said[name]
            if member == "as_stated":
                _put_words(body, said, path, row)
            elif member == "approximate":
                body.put(f"{path}/approximate", text == "on", name)
            elif member == "uncertainty_m":
                body.put(f"{path}/{member}", int(text) if text.strip().isdecimal() else text, name)
            elif of == "participants" and member in ("name", "as_described"):
                body.put(f"{path}/{member}", _absent(text), name)
            else:
                body.put(f"{path}/{member}", text.strip(), name)
    return number


def _detail(text: str, schema: dict[str, Json]) -> Json:
    absent = _absent(text)
    if absent is not text:
        return absent
    match schema.get("type"):
        case "array":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "boolean":
            return {"yes": True, "no": False}.get(text, text)
        case "string":
            return text
        case _:
            try:
                return json.loads(text)
            except ValueError:
                return text


def content_body(body: Body, said: Mapping[str, str], kind: Kind) -> None:
    """Put the content that the fields say."""
    body.put("kind", said.get("kind", ""), "kind")
    body.put("statement", said.get("statement", ""), "statement")
    _put_when(body, said)
    for of in ("participants", "quantities", "places"):
        _put_rows(body, said, of)
    for name, schema in _properties(kind).items():
        text = said.get(f"details.{name}", "")
        if text.strip():
            body.put(f"details/{name}", _detail(text, schema), f"details.{name}")
