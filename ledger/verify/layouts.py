"""How events lie: most are the text of an earlier one with other values in it, and need not be read as JSON once more.

A layout is learned from an event that was read and found canonical. It holds all of its text but what stands between the quotation marks
of its values, and its version; and what may stand there is text that is written in JSON as it is. So an event that fits is canonical too:
its braces, its names and their order are those of the one that was read. Whatever fits no layout is read (stored_bytes.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import Pattern

    from ledger.values import Json

__all__ = ["Layouts"]

_VALUE = rb"[ !#-\[\]-\xff]*"
"""What stands in a text as it is: no quotation mark, no backslash, no control character. That it is UTF-8 is asked for elsewhere."""

_WANTED = (b"recorded_at", b"request", b"stream")
_VERSION = rb":([1-9][0-9]{0,15})\}"
_MOST_ALIKE = 8
"""Most layouts of events of one type with equally many disclosures: those hit last are kept."""
_MOST_SEEN = 1_000


class Layouts:
    """The layouts that were learned so far. An event that fits one gives `(path, digest, …, recorded_at, request, stream, version)`."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[Pattern[bytes]]] = {}
        self._seen: set[bytes] = set()

    def fit(self, topic: str, committed: int, event: bytes) -> tuple[bytes, ...] | None:
        """The values asked for of an event with so many disclosures committed, if its text is that of a layout."""
        known = self._known.get((topic, committed), [])
        for layout in known:
            if found := layout.fullmatch(event):
                if layout is not known[0]:
                    self._known[topic, committed] = [layout, *(one for one in known if one is not layout)]
                return found.groups()
        return None

    def learn(self, topic: str, event: bytes, entry: dict[str, Json]) -> None:
        """Take in an event that was read and found right; its layout is known from the second one on that has it."""
        if b"\\" in event:
            return
        layout = _layout(event.split(b'"'), len(entry["committed"]))
        if layout is None:
            return
        if layout not in self._seen:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen.add(layout)
            return
        alike = (topic, len(entry["committed"]))
        self._known[alike] = [re.compile(layout), *self._known.get(alike, ())][:_MOST_ALIKE]


def _layout(pieces: list[bytes], committed: int) -> bytes | None:
    """The expression for an event, canonical JSON cut at its quotation marks; None where it has not what is asked for.

    Every second piece stands between two marks: a name where a colon follows, and a value where none does.
    """
    members: dict[bytes, int] = {}
    depth = 0
    for at in range(1, len(pieces), 2):
        depth += pieces[at - 1].count(b"{") - pieces[at - 1].count(b"}")
        if depth == 1 and pieces[at + 1].startswith(b":"):
            members[pieces[at]] = at
    if not members.keys() >= {b"committed", b"type", b"version", *_WANTED}:
        return None
    first = members[b"committed"] + 2
    disclosed = range(first, first + 4 * committed, 2)
    wanted = {*disclosed, *(members[name] + 2 for name in _WANTED)}
    texts = {*disclosed[::2], members[b"type"], *(members[name] for name in _WANTED)}
    # A name is followed by a colon alone where its value is a text; and the version, which is no text, stands last.
    if any(pieces[at + 1] != b":" for at in texts) or members[b"version"] != len(pieces) - 2:
        return None
    written = []
    for at, piece in enumerate(pieces[:-1]):
        is_name = at % 2 == 0 or (pieces[at + 1].startswith(b":") and at not in disclosed)
        if is_name or at == members[b"type"] + 2:
            written.append(re.escape(piece))
        else:
            written.append(b"(%s)" % _VALUE if at in wanted else _VALUE)
    return b'"'.join(written) + b'"' + _VERSION
