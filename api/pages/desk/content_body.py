"""Fields as the content of a fact. A correction leaves whatever its form does not touch as it is stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from api.pages.desk.content_form import content_said, detail_value, not_shown, properties_of, value_or_absent
from api.pages.desk.fields import Body
from ledger.fact import MAX_ITEMS
from ledger.values import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.fact import Content
    from ledger.kinds import Kind

__all__ = ["content_body"]

_RELATION = re.compile(r"(?P<rel>before|after|during|same-time)\s+(?P<fact>\S+?)(?:\s*:\s*(?P<words>.+))?")


def _put_words(body: Body, said: Mapping[str, str], path: str, row: str) -> None:
    """Words as stated; in brackets they say why there is no value."""
    text = said.get(f"{row}.as_stated", "")
    said_so = value_or_absent(text)
    absent = said_so.get("absent") if isinstance(said_so, dict) else None
    body.put(f"{path}/as_stated" if absent is None else f"{path}/absent", absent or text, f"{row}.as_stated")


def _is_withheld(stored: Json) -> bool:
    """Whether something of it was redacted, so that it cannot be put as it was."""
    if isinstance(stored, dict):
        return stored.get("absent") == "undisclosed" or any(map(_is_withheld, stored.values()))
    return isinstance(stored, list) and any(map(_is_withheld, stored))


class _Standing:
    """A content as it is stored and as the fields say it: what a correction does not touch is put as it is stored.

    Fields say less: a zone of its own, bounds that are approximate, words for what is absent.
    """

    def __init__(self, content: Content | None, kind: Kind) -> None:
        self.said = {} if content is None else content_said(content, kind)
        self.stored = {} if content is None else msgspec.json.decode(msgspec.json.encode(content))

    def kept(self, said: Mapping[str, str], part: str, *path: str | int) -> Json:
        """What is stored at a path, where the fields of its part say the same; None where they do not, or nothing is there."""
        here: Json = self.stored
        for name in path:
            if isinstance(here, list):
                here = here[int(name)] if int(name) < len(here) else None
            elif isinstance(here, dict):
                here = here.get(str(name))
        names = {name for name in (*said, *self.said) if name == part or name.startswith(f"{part}.")}
        if any(said.get(name, "") != self.said.get(name, "") for name in names):
            return None
        return None if _is_withheld(here) else here


def _put_when(body: Body, said: Mapping[str, str], standing: _Standing) -> None:
    kept = standing.kept(said, "when", "occurred")
    if kept is not None:
        body.put("occurred", kept, "when.edtf")
        return
    _put_words(body, said, "occurred", "when")
    ends = ("edtf", "earliest", "latest")
    for name in ends:
        body.put(f"occurred/{name}", said.get(f"when.{name}", "").strip(), f"when.{name}")
    stored = standing.stored.get("occurred", {})
    if all(standing.kept(said, f"when.{name}", "occurred") is not None for name in ends):
        for name in (*ends, "zone", "approximate"):
            body.put(f"occurred/{name}", stored.get(name), f"when.{name}" if name in ends else "when.edtf")
    elif said.get("when.edtf", "").strip():
        body.put("occurred/zone", stored.get("zone"), "when.edtf")
    lines = [line.strip() for line in said.get("when.relations", "").splitlines() if line.strip()]
    for at, line in enumerate(lines):
        found = _RELATION.fullmatch(line)
        path = f"occurred/relations/{at}"
        body.put(f"{path}/rel", found["rel"] if found else line, "when.relations")
        if found:
            body.put(f"{path}/fact", found["fact"], "when.relations")
            body.put(f"{path}/as_stated", found["words"], "when.relations")


def _put_rows(body: Body, said: Mapping[str, str], of: str, standing: _Standing) -> None:
    """Put each row of a list that has anything filled in, under the next number, and those that the form does not show."""
    number = 0
    shown = {**said, **not_shown(standing.said)}
    for at in range(MAX_ITEMS):
        row = f"{of}.{at}"
        names = [name for name in shown if name.startswith(f"{row}.")]
        if not any(shown[name] for name in names):
            continue
        path = f"{of}/{number}"
        number += 1
        kept = standing.kept(shown, row, of, at)
        if kept is not None:
            body.put(path, kept, f"{row}.id")
        else:
            _put_row(body, shown, path, names)


def _put_row(body: Body, said: Mapping[str, str], path: str, names: list[str]) -> None:
    """Put a row. What is empty is left out, and missed at its field."""
    for name in names:
        row, _, member = name.rpartition(".")
        text = said[name]
        if member == "as_stated":
            _put_words(body, said, path, row)
        elif member == "approximate":
            body.put(f"{path}/approximate", text == "on" or None, name)
        elif member == "uncertainty_m":
            body.put(f"{path}/{member}", int(text) if text.strip().isdecimal() else text, name)
        elif path.startswith("participants/") and member in ("name", "as_described"):
            body.put(f"{path}/{member}", value_or_absent(text), name)
        else:
            body.put(f"{path}/{member}", text.strip(), name)


def content_body(body: Body, said: Mapping[str, str], kind: Kind, stands: Content | None = None) -> None:
    """Put the content that the fields say. `stands` is what a correction is of: what it does not touch stays as it is stored."""
    standing = _Standing(stands, kind)
    body.put("kind", said.get("kind", ""), "kind")
    body.put("statement", said.get("statement", ""), "statement")
    _put_when(body, said, standing)
    for of in ("participants", "quantities", "places"):
        _put_rows(body, said, of, standing)
    for name, schema in properties_of(kind).items():
        field = f"details.{name}"
        text = said.get(field, "")
        if text.strip():
            kept = standing.kept(said, field, "details", name)
            body.put(f"details/{name}", detail_value(text, schema) if kept is None else kept, field)
