"""The shorthand of the table of situations: what a line leaves out is counted or filled in.

It is explained at the head of fixtures/situations.toml. It knows nothing of what an act does (model §5).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Act", "ShorthandLedger", "expand_time"]

Act: TypeAlias = dict[str, Any]

_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
_RELATION = re.compile(r"(before|after|during|same-time) (\S+)")
_QUANTITY = re.compile(r"(?P<about>~)?(?P<low>\d+(?:\.\d+)?)(?:-(?P<high>\d+(?:\.\d+)?))? (?P<unit>\S+)")
_SOURCE_ACTS = {
    "SourceRegistered",
    "SourceAmended",
    "SnapshotCaptured",
    "SourceNoticeRecorded",
    "LineageDeclared",
    "LineageRevoked",
}
_NEEDS_REASON = {
    "IncidentAmended",
    "AttestationWithdrawn",
    "FactCorrected",
    "FactAmended",
    "FactRetracted",
    "FactReinstated",
    "DisputeResolved",
    "SourceAmended",
    "LineageRevoked",
    "Redacted",
}
_DEFAULTS: dict[str, Act] = {
    "LedgerOpened": {"ledger_format": "1", "vocabulary": {"version": 1, "digest": "sha256:" + "0" * 64}},
    "KindRegistered": {"version": 1, "label": "A kind", "definition": "A kind of the users.", "schema": "{}"},
    "IncidentOpened": {"title": "A happening in Little Rock", "zone": "America/Chicago"},
    "FactDisputed": {"by": "subject", "grounds": "It was not so."},
    "FactCorrected": {"class": "other"},
    "SourceRegistered": {"kind": "article", "title": "A work"},
    "SnapshotCaptured": {"size_bytes": 1000, "media_type": "text/html"},
    "SourceNoticeRecorded": {"summary": "What the source said of its work.", "scope": "all"},
    "LineageDeclared": {"relation": "copies"},
    "Redacted": {"legal_basis": "court order", "authority": "a court"},
}
_NUMBERED = {
    "FactDisputed": ("dispute", 1),
    "DisputeResolved": ("dispute", 0),
    "SourceNoticeRecorded": ("notice", 1),
    "LineageDeclared": ("lineage", 1),
    "LineageRevoked": ("lineage", 0),
}
"""Members that count within a fact or a source, and by how much an act of the type moves the count on."""


@dataclass(slots=True)
class ShorthandLedger:
    """Counts what the shorthand leaves out: positions, versions, the version answered, running numbers."""

    acts: list[Act] = field(default_factory=list)
    labels: dict[str, Act] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def append(self, given: Act, at: str) -> None:
        """Record one line of the table."""
        given = dict(given)
        name = next(key for key in given if key[0].isupper())
        subject = given.pop(name)
        label, actor, answers = given.pop("id", None), given.pop("actor", "desk"), given.pop("answers", None)
        stream = _stream(name, subject)
        self.streams[stream] = version = self.streams.get(stream, 0) + 1
        act: Act = {
            "position": len(self.acts) + 1,
            "recorded_at": at,
            "stream": stream,
            "version": version,
            "type": name,
            "actor": actor,
            "body": self._body(name, subject, given),
        }
        if "fact" in act["body"]:
            fact = act["body"]["fact"]
            answered = self.facts.get(fact) if answers is None else self.version(answers)
            if answered is not None:
                act["answers"] = answered
            self.facts[fact] = version
        self.acts.append(act)
        if label is not None:
            if label in self.labels:
                raise ValueError(f"two acts are called {label!r}")
            self.labels[label] = act

    def version(self, label: str) -> int:
        """The stream version of the act so called."""
        return int(self.labels[label]["version"])

    def _body(self, name: str, subject: str, given: Act) -> Act:
        body: Act = dict(_DEFAULTS.get(name, {}))
        if name in _NEEDS_REASON:
            body["reason"] = "It was so decided."
        if name == "LedgerOpened":
            body["ledger"] = subject
        elif name == "KindRegistered":
            body["slug"] = subject
        elif name not in _SOURCE_ACTS | {"IncidentOpened", "IncidentAmended", "Redacted"}:
            body["fact"] = subject
        for key, value in given.items():
            match key:
                case "from":
                    body |= _cited(name, value)
                case "says":
                    body["content"] = self._content(subject, value)
                case "published":
                    body["published"] = _published(value)
                case "captured_at":
                    body["captured_at"] = expand_time(value)
                case "snapshot":
                    body["snapshot"] = _digest(value)
                case "passages":
                    body["passages"] = [
                        {"id": f"n{number}", "selector": _selector(one)}
                        for number, one in enumerate(value, 1)
                    ]
                case "erases":
                    body["facts"] = [{"fact": fact, "paths": paths} for fact, paths in value.items()]
                case "erases_in":
                    body["events"] = [
                        {"version": self.version(one), "paths": paths} for one, paths in value.items()
                    ]
                case _:
                    body[key] = value
        if name in _NUMBERED:
            member, step = _NUMBERED[name]
            self.counts[subject, member] = self.counts.get((subject, member), 0) + step
            body.setdefault(member, self.counts[subject, member])
        return body

    def _content(self, fact: str, says: Act) -> Act:
        self.kinds[fact] = kind = str(says.get("kind") or self.kinds[fact])
        plain = kind.partition("@")[0] in {"attribute", "record"}
        return {"kind": kind, **({} if plain else {"statement": "As reported."}), **_values(says)}


def _stream(name: str, subject: str) -> str:
    if name == "Redacted":
        return subject
    if name in {"LedgerOpened", "KindRegistered"}:
        return "registry"
    return f"source/{subject}" if name in _SOURCE_ACTS else "incident/lr"


def expand_time(text: str) -> str:
    return text.replace(" ", "T") + ":00.000000Z" if _MINUTE.fullmatch(text) else text


def _published(value: str | Act) -> str | Act:
    if isinstance(value, dict):
        return {key: expand_time(text) for key, text in value.items()}
    return value if value == "never" else {"earliest": expand_time(value), "latest": expand_time(value)}


def _digest(name: str) -> str:
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def _cited(name: str, value: str | Act | list[str | Act]) -> Act:
    cited = [
        _citation(one, stance=name.startswith("Fact"))
        for one in (value if isinstance(value, list) else [value])
    ]
    if name == "FactAttested":
        (attestation,) = cited
        return {"attestation": attestation}
    if name in {"FactReported", "FactCorrected"}:
        return {"attestations": cited}
    for citation in cited:
        citation.pop("stance", None)
    return {"citations": cited}


def _citation(value: str | Act, *, stance: bool) -> Act:
    if isinstance(value, str):
        source, _, said = value.partition(" ")
        value = {"source": source, **({"stance": said} if said else {})}
    citation: Act = {"id": value["source"], **({"stance": "supports"} if stance else {})}
    for key, given in value.items():
        match key:
            case "quote" | "chars":
                citation["selector"] = _selector(value)
            case "states":
                citation["as_stated"] = _values(given)
            case "speaker":
                citation["speaker"] = {"id": given} if isinstance(given, str) else given
            case "published":
                citation["published"] = _published(given)
            case "snapshot":
                citation["snapshot"] = _digest(given)
            case _:
                citation[key] = given
    return citation


def _selector(given: str | Act) -> list[Act]:
    given = {"quote": given} if isinstance(given, str) else given
    quote = [{"type": "TextQuoteSelector", "exact": given["quote"]}] if "quote" in given else []
    place = (
        [{"type": "TextPositionSelector", "start": given["chars"][0], "end": given["chars"][1]}]
        if "chars" in given
        else []
    )
    return quote + place


def _values(given: Act) -> Act:
    values = dict(given)
    if "occurred" in values:
        values["occurred"] = _occurred(values["occurred"])
    for key, plain in (("places", "as_stated"), ("participants", "as_described")):
        if key in values:
            values[key] = [
                {"id": ident, **({plain: one} if isinstance(one, str) else one)}
                for ident, one in values[key].items()
            ]
    if "quantities" in values:
        values["quantities"] = [
            {"id": ident, **_quantity(one)} for ident, one in values["quantities"].items()
        ]
    return values


def _occurred(given: str | Act) -> Act:
    if isinstance(given, dict):
        return {key: expand_time(value) if isinstance(value, str) else value for key, value in given.items()}
    related = _RELATION.fullmatch(given)
    if related:
        return {"relations": [{"rel": related[1], "fact": related[2]}]}
    return {"earliest": expand_time(given), "latest": expand_time(given)}


def _quantity(given: str | Act) -> Act:
    if isinstance(given, dict):
        return given
    read = _QUANTITY.fullmatch(given)
    if read is None:
        raise ValueError(f"{given!r} is no quantity: write value or low-high, a blank and the unit")
    number = {"min": read["low"], "max": read["high"]} if read["high"] else {"value": read["low"]}
    return {**number, "unit": read["unit"], **({"approximate": True} if read["about"] else {})}
