"""The content of a fact as fields, and fields as content: one way to write every value, the same for a report and for a correction.

Why a value is not there stands in square brackets, as in `[not stated]`. Rows of lists keep their ids, so that a correction changes what
was changed and nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from api.pages.desk.fields import Field, Group, said_field
from ledger.values import Absent, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.fact import Content
    from ledger.kinds import Kind
    from ledger.place import Place
    from ledger.quantity import Quantity
    from ledger.when import When

__all__ = ["content_groups", "content_said", "detail_value", "not_shown", "properties_of", "value_or_absent"]

_ABSENT = {
    "[not reported]": "not-reported",
    "[not stated]": "not-stated",
    "[researched and not known]": "researched-unknown",
    "[none]": "none",
    "[withheld]": "withheld",
}
_WRITTEN = {reason: text for text, reason in _ABSENT.items()} | {"undisclosed": "[withheld]"}
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


def content_said(content: Content, kind: Kind) -> Said:
    """What the fields say of a content as it stands."""
    # A statement that was redacted has to be written anew: why it is not there would be taken for its words.
    statement = content.statement if isinstance(content.statement, str) else ""
    said = {"kind": content.kind, "statement": statement} | _when_said(content.occurred)
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
    schemas = properties_of(kind)
    for name, value in content.details.items():
        said[f"details.{name}"] = _detail_said(value, schemas.get(name, {}))
    return said


def not_shown(said: Mapping[str, str]) -> Said:
    """Of what the fields say that which a form has no room for: a correction leaves it as it is."""
    return {
        name: text
        for name, text in said.items()
        if (row := name.partition(".")[2].partition(".")[0]).isdecimal() and int(row) >= MOST_ROWS
    }


def _detail_said(value: Json, schema: dict[str, Json]) -> str:
    if isinstance(value, str):
        # Where any value may stand, a text that would be read as another is written as JSON has it.
        return value if detail_value(value, schema) == value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and value.keys() == {"absent"}:
        return _WRITTEN[value["absent"]]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False)


def _filled(said: Mapping[str, str], of: str) -> int:
    """How many rows of a list are filled in."""
    rows = [int(name.split(".")[1]) for name, text in said.items() if name.startswith(f"{of}.") and text]
    return max(rows, default=-1) + 1


def _rows(said: Mapping[str, str], of: str) -> int:
    """How many rows a list shows: as many as are filled in, and one more."""
    return min(_filled(said, of) + 1, MOST_ROWS)


def _more_rows(said: Mapping[str, str], of: str) -> str:
    """What is said of the rows that the form has no room for."""
    more = _filled(said, of) - MOST_ROWS
    return f"{more} more stay as they are; the API and the command line correct them too." if more > 0 else ""


def _quantity_rows(said: Mapping[str, str]) -> tuple[Field, ...]:
    made: list[Field] = []
    for at in range(_rows(said, "quantities")):
        row = f"quantities.{at}"
        made += [
            said_field(said, f"{row}.id", f"Quantity {at + 1}: what it is", hint="A word, such as distance."),
            said_field(said, f"{row}.as_stated", "As stated"),
            said_field(said, f"{row}.value", "Number"),
            said_field(said, f"{row}.min", "or at least"),
            said_field(said, f"{row}.max", "and at most"),
            said_field(said, f"{row}.unit", "Unit (UCUM)", hint="[ft_i], m, min, {shots} …"),
            said_field(said, f"{row}.approximate", "About", sort="check"),
        ]
    return tuple(made)


def _place_rows(said: Mapping[str, str]) -> tuple[Field, ...]:
    made: list[Field] = []
    for at in range(_rows(said, "places")):
        row = f"places.{at}"
        made += [
            said_field(said, f"{row}.id", f"Place {at + 1}: what it is", hint="A word, such as scene."),
            said_field(said, f"{row}.as_stated", "As stated"),
            said_field(said, f"{row}.role", "Role"),
            said_field(said, f"{row}.lon", "Longitude"),
            said_field(said, f"{row}.lat", "Latitude"),
            said_field(said, f"{row}.uncertainty_m", "Within how many metres"),
            said_field(said, f"{row}.precision", "Precision"),
        ]
    return tuple(made)


def _participant_rows(said: Mapping[str, str], roles: tuple[str, ...]) -> tuple[Field, ...]:
    options = (("", "no role"), *((role, role) for role in roles))
    made: list[Field] = []
    for at in range(_rows(said, "participants")):
        row = f"participants.{at}"
        made += [
            said_field(said, f"{row}.role", f"Participant {at + 1}: role", sort="select", options=options),
            said_field(said, f"{row}.as_described", "As described"),
            said_field(said, f"{row}.name", "Name"),
            said_field(said, f"{row}.id", "Id", hint="Left out, one is made."),
        ]
    return tuple(made)


def properties_of(kind: Kind) -> dict[str, dict[str, Json]]:
    """The details that a kind names, each with its schema."""
    found = kind.schema.get("properties", {}) if isinstance(kind.schema, dict) else {}
    return {name: one if isinstance(one, dict) else {} for name, one in found.items()}


def _detail_fields(said: Mapping[str, str], kind: Kind) -> tuple[Field, ...]:
    required = kind.schema.get("required", ()) if isinstance(kind.schema, dict) else ()
    made = []
    for name, one in properties_of(kind).items():
        hint = str(one.get("description", ""))
        label = name.replace("_", " ").capitalize()
        field = said_field(said, f"details.{name}", label, hint=hint, is_required=name in required)
        if one.get("type") == "array":
            field = said_field(said, field.name, label, sort="area", hint=f"{hint} One a line.")
        elif one.get("type") == "boolean":
            options = (("", "not said"), ("yes", "yes"), ("no", "no"))
            field = said_field(said, field.name, label, sort="select", hint=hint, options=options)
        made.append(field)
    return tuple(made)


def content_groups(said: Mapping[str, str], kind: Kind, *, whole: bool) -> tuple[Group, ...]:
    """The fields of a content of a kind. `whole`: show what is filled in already."""
    has = {
        of: any(name.startswith(f"{of}.") and text for name, text in said.items())
        for of in ("quantities", "places", "participants", "details")
    }
    statement = said_field(
        said,
        "statement",
        "Statement",
        sort="area",
        is_required=True,
        hint="One sentence of the desk's own, that says what is reported.",
    )
    when = (
        said_field(
            said,
            "when.edtf",
            "When",
            hint="A day or a time with its offset: 2021-05-08, 2021-05-08T04:00-05:00, 2021-05-08~ …",
        ),
        said_field(said, "when.as_stated", "When, as stated"),
        said_field(said, "when.earliest", "or not before"),
        said_field(said, "when.latest", "and by"),
        said_field(
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
            hint=" ".join([_ABSENT_HINT, _more_rows(said, "participants")]).strip(),
        ),
        Group(
            head="Quantities",
            fields=_quantity_rows(said),
            is_open=whole and has["quantities"],
            hint=_more_rows(said, "quantities"),
        ),
        Group(
            head="Places",
            fields=_place_rows(said),
            is_open=whole and has["places"],
            hint=_more_rows(said, "places"),
        ),
    ]
    if details:
        groups.append(
            Group(head=f"Details of the kind {kind.label}", fields=details, is_open=whole and has["details"])
        )
    return tuple(groups)


def value_or_absent(text: str) -> Json:
    """A text, or in brackets why there is none."""
    reason = _ABSENT.get(text.strip().lower())
    return text if reason is None else {"absent": reason}


def detail_value(text: str, schema: dict[str, Json]) -> Json:
    """What a text is in a field of this schema."""
    absent = value_or_absent(text)
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
