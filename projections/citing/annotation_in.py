"""Web Annotations read as citations: which source and snapshot, which words, and what they do to a fact.

Of several selectors of one passage those that the ledger does not know are left out, and said to be; where none is left that it knows,
the annotation is refused, since a passage that cannot be found is no evidence. What a selector refines is worked out where that is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import msgspec

from ledger.citation import FragmentSelector, Selector, Stance, TextPositionSelector, TextQuoteSelector
from ledger.errors import InvalidError, QuotationError, UnknownError
from ledger.quotation import find_quotation
from projections.citing.named_information import is_ni_name, read_ni_name
from projections.citing.web_annotation import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.values import Json

__all__ = ["ReadAnnotation", "read_annotation"]

_KNOWN: dict[str, type[TextQuoteSelector | TextPositionSelector | FragmentSelector]] = {
    kind.__name__: kind for kind in (TextQuoteSelector, TextPositionSelector, FragmentSelector)
}
_MAX_REFINED = 8
_STANCES = get_args(Stance)
_SELECTOR = "/target/selector"
_REFINES = "only words and positions within words, positions or fragments can be worked out; select the passage itself"


class ReadAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """The citation in the form of a command, for attest-fact, and in `notes` what of the annotation was left out."""

    citation: dict[str, Json]
    notes: tuple[str, ...] = ()


def read_annotation(value: Json, sources: Mapping[str, str]) -> ReadAnnotation:
    """The citation that an annotation makes. `sources` has the ids of the sources by their addresses and by `ni:` names of snapshots.

    Raises InvalidError naming the member, and UnknownError for a target that is no source of the ledger.
    """
    if not isinstance(value, dict) or "Annotation" not in _listed(value.get("type")):
        raise InvalidError("must be an object with the type Annotation", field="/type")
    if CONTEXT not in _listed(value.get("@context")):
        raise InvalidError(f"must be {CONTEXT}, or a list with it", field="/@context")
    targets = _listed(value.get("target"))
    if len(targets) != 1:
        raise InvalidError("must be one; every passage is a citation of its own", field="/target")
    target = targets[0] if isinstance(targets[0], dict) else {"source": targets[0]}
    address = _address(target)
    snapshot = _snapshot(target.get("state"), address)
    source = sources.get(address)
    if source is None:
        raise UnknownError(
            "source", address, field="/target/source", hint="register the work at that address first"
        )
    citation: dict[str, Json] = {"source": source}
    if snapshot is not None:
        citation["snapshot"] = snapshot
    notes: list[str] = []
    selectors = _selectors(target.get("selector"), notes)
    if selectors:
        citation["selector"] = [msgspec.to_builtins(one) for one in selectors]
    stance = _stance(value)
    if stance is None:
        notes.append("the annotation states no stance; without one the passage supports the fact")
    else:
        citation["stance"] = stance
    return ReadAnnotation(citation=citation, notes=tuple(notes))


def _listed(value: Json) -> list[Json]:
    """JSON-LD writes one value as itself or as a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _address(target: Mapping[str, Json]) -> str:
    source = target.get("source", target.get("id"))
    address = source.get("id") if isinstance(source, dict) else source
    if not isinstance(address, str) or not address:
        raise InvalidError("must be the IRI of the page", field="/target/source")
    return address


def _snapshot(state: Json, address: str) -> str | None:
    """The captured copy that the state names by an `ni:` name; a target that is such a name is that copy itself."""
    for number, one in enumerate(_listed(state)):
        for cached in _listed(one.get("cached") if isinstance(one, dict) else None):
            if isinstance(cached, str) and is_ni_name(cached):
                at = f"/target/state/{number}/cached" if isinstance(state, list) else "/target/state/cached"
                return read_ni_name(cached, field=at).snapshot
    return read_ni_name(address, field="/target/source").snapshot if is_ni_name(address) else None


def _stance(annotation: Mapping[str, Json]) -> str | None:
    for body in _listed(annotation.get("body")):
        if (
            isinstance(body, dict)
            and "classifying" in _listed(body.get("purpose"))
            and body.get("value") in _STANCES
        ):
            return str(body["value"])
    return None


def _selectors(value: Json, notes: list[str]) -> list[Selector]:
    given = _listed(value)
    found: list[Selector] = []
    skipped: list[str] = []
    for index, one in enumerate(given):
        at = f"{_SELECTOR}/{index}" if isinstance(value, list) else _SELECTOR
        read = _selector(one, at, _MAX_REFINED, notes)
        if read is None:
            skipped.append(_named(one))
        else:
            found += [selector for selector in read if selector not in found]
    if given and not found:
        raise InvalidError(
            f"the ledger cannot follow {', '.join(skipped)}; give the words by a TextQuoteSelector",
            field=_SELECTOR,
        )
    notes += [f"{name} was left out: the ledger does not know it" for name in skipped]
    return found


def _named(value: Json) -> str:
    name = value.get("type") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name.isascii() and name.isalnum() else "a selector without type"


def _selector(value: Json, at: str, depth: int, notes: list[str]) -> list[Selector] | None:
    """The selectors that one selector comes to, refinements worked in; None where the ledger does not know it."""
    if not isinstance(value, dict):
        raise InvalidError("must be a selector", field=at)
    if depth == 0:
        raise InvalidError(f"is refined more than {_MAX_REFINED} times", field=at)
    outer = _plain(value, at)
    if "refinedBy" not in value:
        return None if outer is None else [outer]
    refined: list[Selector] | None = None
    below = f"{at}/refinedBy"
    for one in _listed(value["refinedBy"]):
        inner = _selector(one, below, depth - 1, notes)
        refined = [*(refined or []), *inner] if inner is not None else refined
    if refined is None:
        raise InvalidError(
            "the passage is narrowed down by a selector that the ledger cannot follow", field=below
        )
    if outer is None:
        notes.append(f"{_named(value)} was left out: the ledger keeps what refines it")
        return refined
    return _within(outer, refined, below, notes)


def _plain(value: Mapping[str, Json], at: str) -> Selector | None:
    """The selector itself, members that are not its own passed over as JSON-LD has it."""
    kind = _KNOWN.get(str(value.get("type")))
    if kind is None:
        return None
    members = {name: value[name] for name in kind.__struct_fields__ if name in value}
    try:
        return msgspec.convert({"type": value["type"], **members}, kind)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, InvalidError):
            raise cause.under(at) from None
        fields = ", ".join(kind.__struct_fields__)
        raise InvalidError(
            f"must be a {kind.__name__} with {fields}, of which texts are strings", field=at
        ) from None


def _within(outer: Selector, inner: list[Selector], at: str, notes: list[str]) -> list[Selector]:
    if isinstance(outer, FragmentSelector):
        return [outer, *inner]
    worked = [_narrowed(outer, one, at) for one in inner]
    if isinstance(outer, TextPositionSelector) and any(isinstance(one, TextQuoteSelector) for one in inner):
        notes.append("TextPositionSelector was left out: the words within it are cited by themselves")
    return worked


def _narrowed(outer: TextQuoteSelector | TextPositionSelector, inner: Selector, at: str) -> Selector:
    """The inner selector as one of the whole text."""
    match outer, inner:
        case TextPositionSelector(), TextPositionSelector():
            if inner.end > outer.end - outer.start:
                raise InvalidError("ends after what it refines", field=at)
            return TextPositionSelector(start=outer.start + inner.start, end=outer.start + inner.end)
        case TextPositionSelector(), TextQuoteSelector():
            return inner
        case TextQuoteSelector(), TextPositionSelector():
            return _cut(outer, inner.start, inner.end, at)
        case TextQuoteSelector(), TextQuoteSelector():
            try:
                there = find_quotation(
                    outer.exact, exact=inner.exact, prefix=inner.prefix, suffix=inner.suffix, field=at
                )
            except QuotationError as error:
                raise InvalidError("the words do not stand once in what they refine", field=at) from error
            return _cut(outer, there.start, there.end, at)
        case _:
            raise InvalidError(_REFINES, field=at)


def _cut(outer: TextQuoteSelector, start: int, end: int, at: str) -> TextQuoteSelector:
    if end > len(outer.exact):
        raise InvalidError("ends after what it refines", field=at)
    return TextQuoteSelector(
        exact=outer.exact[start:end],
        prefix=(outer.prefix or "") + outer.exact[:start] or None,
        suffix=outer.exact[end:] + (outer.suffix or "") or None,
    )
