"""Comparisons in plain sentences: who says what, and how the two stand to each other. Nothing here decides anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from ledger.citation import Attestation, quote_of
from ledger.place import Place
from ledger.quantity import Quantity
from ledger.values import Absent, Json
from ledger.when import When
from projections.comparison import stated_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.values import Absence
    from projections.comparison import StatedValue

__all__ = [
    "against",
    "existence_outcome_in_words",
    "existence_sentence",
    "number_in_words",
    "outcome_in_words",
    "read_in_words",
    "relation_in_words",
    "stretch_in_words",
    "value_in_words",
    "value_sentence",
]

_MOST_NAMED = 3
_NO_BOUND = ("open", "unknown")
_UNITS = {
    "[ft_i]": "ft",
    "[in_i]": "in",
    "[yd_i]": "yd",
    "[mi_i]": "miles",
    "[lb_av]": "lb",
    "[degF]": "°F",
    "1": "",
}
_COUNTED = re.compile(r"\{(?P<what>[^{}]+)\}")
_ABSENT: dict[Absence, str] = {
    "not-reported": "that it was not reported",
    "not-stated": "that it is not stated",
    "researched-unknown": "that it was looked for and is not known",
    "none": "that there is none",
    "withheld": "nothing of it, which is withheld",
    "undisclosed": "what was removed or not disclosed",
}
_OUTCOMES = {
    "equal": "the two are equal",
    "contains": "one lies within the other",
    "overlaps": "they overlap",
    "compatible": "both can be right",
    "vague-compatible": "they agree as far as a vague or approximate statement can",
    "differs": "they differ, and whether that matters is for the desk",
    "disjoint": "both cannot be right",
}
_INCOMPARABLE = {
    "occurred": "they fix different things, so that neither speaks against the other",
    "places": "no computer can tell whether both can be right",
}
_NO_VALUE = "they cannot be compared, since one gives no value or another unit"
_STANDINGS = {
    "conflict": "; this makes the fact disputed",
    "settled": "; the desk has settled it",
    "superseded": "; one of the sources has taken its words back",
    "withdrawn": "; one of the passages was withdrawn",
    "shown": "; one of the passages does not speak in support, so that nothing follows",
}


class _Passage(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def quote(self) -> str | None: ...


class _Side(Protocol):
    @property
    def in_words(self) -> str: ...
    @property
    def passages(self) -> Sequence[_Passage]: ...


def value_in_words(value: StatedValue) -> str:
    """A value as it was worded; else what it is read as; else in words why it is not there."""
    match value:
        case Absent():
            return _ABSENT[value.absent]
        case Quantity():
            return _worded(value.as_stated, value.absent) or number_in_words(value)
        case Place():
            return _worded(value.as_stated, value.absent) or _point(value)
        case When():
            relations = ", ".join(relation_in_words(one.rel, one.fact) for one in value.relations)
            worded = _worded(value.as_stated, value.absent) or _date(value)
            return f"{worded} ({relations})" if worded and relations else worded or relations
        case _:
            return _json(value)


def read_in_words(value: StatedValue) -> str:
    """A value as it was worded, with the number it is read as where its digits do not stand there: `"six" (6 people)`."""
    words = value_in_words(value)
    if not isinstance(value, Quantity) or not isinstance(value.as_stated, str) or not value.has_number:
        return words
    numbers = [one for one in (value.value, value.min, value.max) if one is not None]
    return words if all(one in value.as_stated for one in numbers) else f"{words} ({number_in_words(value)})"


def _worded(as_stated: str | Absent | None, absent: Absence | None) -> str:
    if absent is not None and not as_stated:
        return _ABSENT[absent]
    return f'"{as_stated}"' if isinstance(as_stated, str) else ""


def _unit_in_words(unit: str) -> str:
    """A unit as people write it; a code that has no other form stays as it is."""
    counted = _COUNTED.fullmatch(unit)
    return counted["what"].replace("_", " ") if counted else _UNITS.get(unit, unit)


def number_in_words(value: Quantity, *, between: bool = False) -> str:
    """The number of a quantity with its unit: `about 15 ft`, `at least 3 shots`, `15 to 20 ft`; "" where it has none.

    `between`: a range is `between 15 and 20 ft`, so that it can stand after `from` and `to`.
    """
    if not value.has_number:
        return ""
    about = "about " if value.approximate else ""
    if value.value is not None:
        number = value.value
    elif value.min is None or value.max is None:
        number = f"at {'most' if value.min is None else 'least'} {value.max or value.min}"
    elif between:
        about, number = "", f"between {about}{value.min} and {value.max}"
    else:
        number = f"{value.min} to {value.max}"
    return f"{about}{number} {_unit_in_words(value.unit or '')}".rstrip()


def _point(value: Place) -> str:
    within = "" if value.uncertainty_m is None else f", within {value.uncertainty_m} m"
    return f"longitude {value.lon}, latitude {value.lat}{within}"


def relation_in_words(rel: str, fact: str) -> str:
    """In which order something happened to a fact: `after flight`, `at the same time as flight`."""
    return f"{'at the same time as' if rel == 'same-time' else rel} {fact}"


def _date(value: When) -> str:
    if value.edtf is not None or value.earliest is None:
        return value.edtf or ""
    return ("about " if value.approximate else "") + stretch_in_words(value.earliest, str(value.latest))


def stretch_in_words(earliest: str, latest: str) -> str:
    """Bounds as they are written; an end that is open or not known is left away."""
    if earliest in _NO_BOUND or latest in _NO_BOUND:
        ends = [f"{earliest} or later" if latest in _NO_BOUND else f"{latest} or earlier"]
        return "no time that anybody gives" if {earliest, latest} <= {*_NO_BOUND} else ends[0]
    return earliest if earliest == latest else f"from {earliest} to {latest}"


def _json(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        if value.keys() == {"absent"} and value["absent"] in _ABSENT:
            return _ABSENT[value["absent"]]
        return ", ".join(f"{name} {_json(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_json, value))
    return f'"{value}"' if isinstance(value, str) else str(value)


def against(slug: str, attestation: Attestation) -> str:
    """What a passage says for or against a fact: the values that it states of its own, else the words quoted."""
    own = attestation.as_stated
    values = [] if own is None else [value_in_words(one) for one in stated_values(slug, own).values()]
    if values:
        return "; ".join(values)
    quote = quote_of(attestation)
    return "" if quote is None else f'"{quote.exact}"'


def _named(side: _Side) -> str:
    """The sources of a side, and the verb that goes with their number."""
    names = list(dict.fromkeys(one.source for one in side.passages))
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _several(side: _Side) -> bool:
    return len({one.source for one in side.passages}) > 1


def _says(side: _Side) -> str:
    return f"{_named(side)} {'say' if _several(side) else 'says'} {side.in_words}"


def outcome_in_words(path: str, outcome: str, standing: str, inner: int | None) -> str:
    """How two values at a path stand to each other, and what follows. `inner` is the side that lies within the other, if one does."""
    follows = _STANDINGS[standing] if outcome == "disjoint" else ""
    match outcome:
        case "contains" if inner is not None:
            stand = f"the {('first', 'second')[inner]} lies within the {('second', 'first')[inner]}"
        case "incomparable":
            stand = _INCOMPARABLE.get(path.partition("/")[0], _NO_VALUE)
        case _:
            stand = _OUTCOMES[outcome]
    return stand + follows


def value_sentence(one: _Side, other: _Side, outcome: str) -> str:
    """Who says what, and how the two stand to each other: `outcome`, in words."""
    return f"{_says(one)}; {_says(other)}: {outcome}."


def existence_outcome_in_words(standing: str) -> str:
    """What follows where somebody speaks against a fact."""
    return "whether it happened so is contested" + _STANDINGS[standing]


def existence_sentence(support: _Side, against_it: _Side, stance: str) -> str:
    """Who supports the fact, who speaks against it, and in which words."""
    verb = {"contradicts": "contradict", "denies": "deny"}[stance] if _several(against_it) else stance
    words = "; ".join(dict.fromkeys(one.says for one in against_it.passages if one.says))
    said = f"{_named(against_it)} {verb} it" + (f": {words}" if words else "")
    if not support.passages:
        return f"{said}; no passage that is out supports it."
    return f"{_named(support)} {'support' if _several(support) else 'supports'} it; {said}."
