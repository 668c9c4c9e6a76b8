"""The table of situations (fixtures/situations.toml): acts, what is asked of them, and what must be answered.

The expected answers stand in the table alone, worked out by hand from model §5; the reference ledger and
every projection are held to them. This file reads and compares, and knows nothing of §5.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.situation_shorthand import Act, ShorthandLedger, expand_time

__all__ = ["NOT_THERE", "TABLE", "Point", "Situation", "check", "load"]

TABLE = Path(__file__).parent.parent / "fixtures" / "situations.toml"
NOT_THERE = "not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One question and its answer.

    `known` is a position and `public` an instant; None is the head, and no filter. `known_at`, where given,
    is a time whose last position must be `known`. `expected` holds the members asked of the state, for
    `check`; `order` the facts in the order in which they occurred, where that is asked too.
    """

    name: str
    known: int | None
    known_at: str | None
    public: str | None
    expected: Act
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Acts in ledger order, and the points asked. `scenarios` are the numbers of model §7 it shows."""

    name: str
    teaches: str
    scenarios: tuple[int, ...]
    acts: list[Act]
    points: tuple[Point, ...]
    incident: str = "lr"


def load(path: Path = TABLE) -> list[Situation]:
    """Every situation of the table, in its order."""
    return [_situation(given) for given in tomllib.loads(path.read_text(encoding="utf-8"))["situation"]]


def check(state: Act | None, expected: Act) -> list[str]:
    """The differences between a state (of the reference's shape) and what is expected of it."""
    if state is None:
        return [] if expected.get("incident") == NOT_THERE else ["the incident is not there"]
    found: list[str] = []
    for name, wanted in expected.items():
        if name in {"title", "zone", "incident"}:
            found += _differ(name, state[name], wanted)
        elif name not in state["facts"] or wanted == NOT_THERE:
            there = "there" if name in state["facts"] else NOT_THERE
            found += _differ(name, there, "there" if isinstance(wanted, dict) else wanted)
        else:
            found += _check_fact(name, state["facts"][name], wanted)
    return found


def _check_fact(name: str, fact: Act, expected: Act) -> list[str]:
    found: list[str] = []
    for member, wanted in expected.items():
        where = f"{name}.{member}"
        match member:
            case "says":
                found += _check_content(where, fact["content"], wanted)
            case "why":
                for ident, why in wanted.items():
                    listed = fact["attestations"].get(ident, {"why": NOT_THERE, "counts": False})
                    found += _differ(f"{where}.{ident}", listed["why"], why)
                    found += _differ(f"{where}.{ident} counts", listed["counts"], why == "counted")
            case "disputes":
                found += _differ(where, fact["disputes"], wanted)
            case _:
                found += _differ(where, fact[member], wanted)
    return found


def _check_content(where: str, actual: Any, wanted: Any) -> list[str]:  # noqa: ANN401  JSON of any shape
    if isinstance(wanted, dict) and "absent" not in wanted and isinstance(actual, dict | list):
        keyed = {one["id"]: one for one in actual} if isinstance(actual, list) else actual
        found = [
            _check_content(f"{where}.{key}", keyed.get(key, NOT_THERE), value)
            for key, value in wanted.items()
        ]
        return [one for differences in found for one in differences]
    if isinstance(actual, list) and all(isinstance(one, dict) and "id" in one for one in actual):
        return _differ(f"{where}: the order", [one["id"] for one in actual], wanted)
    return _differ(where, actual, wanted)


def _differ(what: str, actual: object, wanted: object) -> list[str]:
    return [] if actual == wanted else [f"{what} is {actual!r} and should be {wanted!r}"]


def _situation(given: Act) -> Situation:
    ledger, at = ShorthandLedger(), expand_time(given["given"][0]["at"])
    ledger.append({"LedgerOpened": "example.org/situations", "id": "ledger"}, at)
    ledger.append({"IncidentOpened": "lr", "id": "incident"}, at)
    for source, published in given.get("sources", {}).items():
        known = {} if published == "unknown" else {"published": published}
        ledger.append({"SourceRegistered": source, **known}, at)
    for line in given["given"]:
        at = expand_time(line["at"]) if "at" in line else at
        ledger.append({key: value for key, value in line.items() if key != "at"}, at)
    return Situation(
        name=given["name"],
        teaches=given["teaches"],
        scenarios=tuple(given.get("scenarios", ())),
        acts=ledger.acts,
        points=tuple(_point(ledger, asked) for asked in given["asked"]),
    )


def _point(ledger: ShorthandLedger, asked: Act) -> Point:
    asked = dict(asked)
    known, known_at, public = (asked.pop(key, None) for key in ("known", "known_at", "public"))
    order = asked.pop("order", None)
    for wanted in asked.values():
        if isinstance(wanted, dict) and "version" in wanted:
            wanted["version"] = ledger.version(wanted["version"])
    return Point(
        name=f"known {known or 'all'}" + (f", public {public}" if public else ""),
        known=None if known is None else ledger.labels[known]["position"],
        known_at=None if known_at is None else expand_time(known_at),
        public=None if public is None else expand_time(public),
        expected=asked,
        order=None if order is None else tuple(order),
    )
