"""What the commands have in common: their options, and the point of the ledger that they ask about."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from api.in_words import point_in_words
from api.opening import OpenedForReading
from api.terminal.telling import REFUSED, misused, print_json, print_lines, say
from ledger.address import DEFAULT_FOLDERS, AddressField, DatabaseAddress, read_address
from ledger.append import Caller
from ledger.errors import InvalidError
from ledger.history import KnownAt, is_to_come
from ledger.settings import answer_s
from ledger.values import Json
from ledger.when import parse_datetime
from projections.axes import Axes, Window
from projections.filters import OCCURRED, read_window

__all__ = [
    "DEFAULT_LEDGER",
    "Actor",
    "AsJson",
    "DryRun",
    "FreshLedger",
    "Incident",
    "Journal",
    "KnownAtOption",
    "LedgerFile",
    "MaybeLedger",
    "OccurredFrom",
    "OccurredTo",
    "OverlapOption",
    "PublicAtOption",
    "ToLedger",
    "axes_of",
    "caller_of",
    "instant_of",
    "known_point",
    "point_said",
    "print_items",
    "print_standing",
    "refuse",
    "require_incident",
    "require_source",
    "with_point",
]


def _ledger(value: object) -> Path | DatabaseAddress:
    """What `--ledger` says: the path of a file, or the address of a database.

    Its folder lies where `LEDGER_BLOBS` says, and an answer of it is waited for for as long as `LEDGER_ANSWER_S` says.
    """
    if isinstance(value, (Path, DatabaseAddress)):
        return value
    try:
        address = read_address(str(value), folders=Path(os.environ.get("LEDGER_BLOBS") or DEFAULT_FOLDERS))
        if isinstance(address, DatabaseAddress):
            return msgspec.structs.replace(address, answer_s=answer_s(os.environ))
    except InvalidError as error:
        raise typer.BadParameter(f"{error.field} {error.rule}" if error.field else error.rule) from error
    return address


LedgerFile = Annotated[
    AddressField,
    typer.Option(
        "--ledger",
        envvar="LEDGER_PATH",
        parser=_ledger,
        metavar="PATH",
        help="The ledger: a file, or postgresql://….",
        show_default="./incident.ledger",
    ),
]
MaybeLedger = Annotated[
    AddressField | None,
    typer.Option(
        "--ledger",
        parser=_ledger,
        metavar="PATH",
        help="The ledger: a file, or postgresql://….",
        show_default="./incident.ledger",
    ),
]
FreshLedger = Annotated[
    AddressField | None,
    typer.Option(
        "--ledger",
        parser=_ledger,
        metavar="PATH",
        help="A fresh file, or schema of a database, to use instead of a temporary file.",
    ),
]
ToLedger = Annotated[
    AddressField,
    typer.Option(
        "--to", parser=_ledger, metavar="PATH", help="Where it is to be: a file, or postgresql://…."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
KnownAtOption = Annotated[
    str | None, typer.Option("--known-at", help="As the ledger stood then: a date-time, or a position.")
]
PublicAtOption = Annotated[
    str | None,
    typer.Option("--public-at", help="Counting only what sources had published by then: a date-time."),
]
OccurredFrom = Annotated[
    str | None,
    typer.Option("--occurred-from", help="Only facts that occurred from this date-time on."),
]
OccurredTo = Annotated[
    str | None, typer.Option("--occurred-to", help="Only facts that occurred before this date-time.")
]
OverlapOption = Annotated[
    str | None,
    typer.Option(
        "--overlap",
        metavar="<possible|certain>",
        help="Whether they may have occurred then, or did so for certain.  [default: possible]",
    ),
]
Actor = Annotated[str, typer.Option("--actor", envvar="LEDGER_ACTOR", help="The opaque id of who submits.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and record nothing.")]
Journal = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        envvar="LEDGER_REDACTION_JOURNAL",
        help="Note redactions in this file too, for a restore.",
    ),
]
Incident = Annotated[str, typer.Argument(help="The incident's id.")]

DEFAULT_LEDGER = Path("incident.ledger")
_SHOWN_IDS = 5
_YEAR = re.compile(r"\d{4}(?:-|$)", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}", re.ASCII)
_DAY_LONG = len("2021-05-08")


def known_point(ledger: OpenedForReading, known_at: str | None) -> KnownAt:
    """The point of the ledger asked for; its end where none is."""
    return ledger.history.head() if known_at is None else point_said(ledger, "--known-at", known_at)


def point_said(ledger: OpenedForReading, option: str, text: str) -> KnownAt:
    """The point that an option says. What is neither a position nor a date-time that is not yet to come is a fault of usage."""
    end = ledger.history.head().position
    if text.isascii() and text.isdecimal():
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(end)) or int(digits) > end:
            misused(f"{option}: this ledger ends at position {end}; ask for one from 0 to {end}")
        return ledger.history.at_position(int(digits))
    if _YEAR.match(text) is None:
        misused(f"{option} must be a position, or a date-time such as 2021-05-08T07:00:00-05:00")
    instant, now = instant_of(option, text), ledger.clock.now()
    if is_to_come(instant, now):
        misused(f"{option} lies in the future; nobody knows yet what will be known then")
    return ledger.history.at_time(instant, now)


def instant_of(option: str, text: str) -> dt.datetime:
    """The instant that an option says. One without a time of day or an offset is a fault of usage."""
    if _DATE.fullmatch(text):
        day = text if len(text) == _DAY_LONG else "YYYY-MM-DD"
        misused(
            f"{option}: a date alone names no instant; write {day}T00:00:00 and then Z, or the offset of the place"
        )
    try:
        return parse_datetime(text, field="")
    except InvalidError as error:
        misused(f"{option}: {error.rule}")


def caller_of(actor: str) -> Caller:
    """Who asks. An actor that is no id is a fault of usage."""
    try:
        return Caller(actor=actor)
    except InvalidError as error:
        misused(f"--actor: {error.rule}")


def axes_of(
    ledger: OpenedForReading,
    known_at: str | None,
    public_at: str | None,
    occurred: tuple[str | None, str | None, str | None] = (None, None, None),
) -> tuple[Axes, KnownAt]:
    """The point of both axes asked for with the window of occurrence, and whether the point is final."""
    known = known_point(ledger, known_at)
    public = None if public_at is None else instant_of("--public-at", public_at)
    return Axes(known=known.position, public=public, occurred=_window(*occurred)), known


def _window(start: str | None, end: str | None, overlap: str | None) -> Window | None:
    """The window of occurrence asked for. One that breaks its rule is a fault of usage."""
    given = {name: text for name, text in zip(OCCURRED, (start, end, overlap), strict=True) if text}
    for name in OCCURRED[:2]:
        if name in given:
            instant_of(f"--{name.replace('_', '-')}", given[name])
    try:
        return read_window(given)
    except InvalidError as error:
        option = error.field.strip("/").replace("_", "-")
        misused(f"--{option}: {error.rule.replace('occurred_', '--occurred-')}")


def with_point(told: object, axes: Axes, known: KnownAt) -> dict[str, Json]:
    """An answer as data, with its window and whether its point is final."""
    window = {} if axes.occurred is None else axes.occurred.said
    return {**msgspec.to_builtins(told), **window, "final": known.final}


def require_incident(ledger: OpenedForReading, incident: str, known: KnownAt) -> None:
    """End where the ledger has no such incident, or had none yet at that point."""
    _require(ledger, "incident", incident, ledger.history.incidents(), known)


def require_source(ledger: OpenedForReading, source: str, known: KnownAt) -> None:
    """End where the ledger has no such source, or had none yet at that point."""
    _require(ledger, "source", source, ledger.history.sources(), known)


def _require(ledger: OpenedForReading, what: str, ident: str, there: list[str], known: KnownAt) -> None:
    if ident not in there:
        more = ", …" if len(there) > _SHOWN_IDS else ""
        has = f"it has: {', '.join(there[:_SHOWN_IDS])}{more}" if there else "it has none yet"
        refuse(f"{what} '{ident}' is not in this ledger; {has}")
    began_at = next(iter(ledger.history.stored(f"{what}/{ident}"))).position
    if began_at > known.position:
        began = "opened" if what == "incident" else "registered"
        refuse(
            f"{what} '{ident}' was not known yet at position {known.position}; it was {began} at {began_at}"
        )


def print_items(items: Iterable[object], known: KnownAt, more: Mapping[str, Json] | None = None) -> None:
    """Print what was found, and the point at which it stood so, as one line of JSON; `more` are members that come after."""
    print_json({"items": list(items), "position": known.position, "final": known.final, **(more or {})})


def print_standing(known: KnownAt) -> None:
    """Print below a list at which point it stood so, and whether that is final."""
    print_lines(
        "", f"as known at {point_in_words(known.position, Axes(known=known.position), final=known.final)}"
    )


def refuse(message: str) -> NoReturn:
    """End as after a refusal by a rule."""
    say(message)
    raise SystemExit(REFUSED)
