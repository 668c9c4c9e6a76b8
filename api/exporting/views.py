"""The commands `export facts|geojson|prov|jsonld|csl|sqlite`: the views at any point of both axes, for other programs."""

# ruff: noqa: FBT002 - Typer makes a flag of a boolean parameter

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

import msgspec
import typer

from api.cli.csl import of_sources
from api.exporting.output import STANDARD_OUTPUT, ToFile, new_file, output
from api.exporting.sqlite_copy import About, copy_views
from api.opening import OpenedForReading, open_for_reading
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    KnownAtOption,
    LedgerFile,
    PublicAtOption,
    axes_of,
    require_incident,
)
from api.terminal.progress import telling_progress
from api.terminal.telling import ending_plainly, print_json, print_lines, say
from ledger.address import Address
from ledger.events import LedgerOpened
from ledger.history import KnownAt
from ledger.stores.mapper import proved_entry_of
from projections.axes import Axes
from projections.citing.csl_item import written_item
from projections.citing.described import Described, descriptions_at
from projections.exports import geojson, jsonld, prov
from projections.exports.facts_csv import FactsTable
from projections.exports.named import Names
from projections.exports.told import Told, told

__all__ = [
    "export_facts",
    "export_geojson",
    "export_jsonld",
    "export_prov",
    "export_sources",
    "export_sqlite",
]

Tell: TypeAlias = Callable[[int], None]
"""Takes in how many incidents are done."""

Incidents = Annotated[
    list[str] | None, typer.Argument(metavar="[INCIDENT]...", help="Incidents; without any, all.")
]


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An export under way: from where, at which point, and which incidents."""

    opened: OpenedForReading
    axes: Axes
    incidents: list[str]

    def all(self, tell: Tell) -> Iterator[Told]:
        """Each incident that was known, one after another."""
        for number, incident in enumerate(self.incidents, start=1):
            one = told(self.opened.history.of_incident(incident, self.axes.known), incident, self.axes)
            if one is not None:
                yield one
            tell(number)

    @property
    def names(self) -> Names:
        """The names of things in this ledger."""
        return Names(_ledger_id(self.opened))


def _ledger_id(opened: OpenedForReading) -> str:
    """The id of the ledger; none before the first append."""
    for row in opened.store.rows(1, 1):
        act = proved_entry_of(row).body
        if isinstance(act, LedgerOpened):
            return act.ledger
    return ""


@contextmanager
def _asked(
    ledger: Address, incidents: list[str] | None, known_at: str | None, public_at: str | None
) -> Iterator[_Asked]:
    with ending_plainly(), open_for_reading(ledger) as opened:
        axes, known = axes_of(opened, known_at, public_at)
        for incident in incidents or ():
            require_incident(opened, incident, known)
        chosen = list(dict.fromkeys(incidents)) if incidents else _opened_by(opened, known)
        yield _Asked(opened=opened, axes=axes, incidents=chosen)


def _opened_by(opened: OpenedForReading, known: KnownAt) -> list[str]:
    """The incidents of a ledger; those that were opened later are passed over when they are told."""
    return opened.history.incidents() if known.position else []


class _Written:
    """What takes the pieces of an export, and knows how many bytes they were."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.size_bytes = 0

    def __call__(self, piece: bytes) -> None:
        self._write(piece)
        self.size_bytes += len(piece)

    def parted(self, pieces: Iterator[bytes], between: bytes) -> int:
        """Write pieces with something between each two; how many they were."""
        count = 0
        for count, piece in enumerate(pieces, start=1):
            self(between + piece if count > 1 else piece)
        return count


@contextmanager
def _writing(to: str) -> Iterator[_Written]:
    with output(to) as write:
        yield _Written(write)


class _List(NamedTuple):
    """A document that is one list: what its parts are called, and the bytes before, between and after them."""

    of: str
    begin: bytes
    between: bytes
    end: bytes


def _write_list(
    asked: _Asked,
    to: str,
    document: _List,
    parts: Callable[[_Asked, Tell], Iterator[bytes]],
    *,
    as_json: bool,
) -> None:
    """Write a document part by part, tell how far it is, and say in the end what was written."""
    with _writing(to) as write:
        write(document.begin)
        with telling_progress("incidents", len(asked.incidents)) as tell:
            count = write.parted(parts(asked, tell), document.between)
        write(document.end)
    _tell(to, {document.of: count, "size_bytes": write.size_bytes}, as_json=as_json)


def _tell(to: str, summary: dict[str, int], *, as_json: bool, more: str = "") -> None:
    """Say what was written: on standard output, or on standard error where the export itself went there."""
    parts = [f"{number:,} {what.removeprefix('size_').replace('_', ' ')}" for what, number in summary.items()]
    text = f"exported {', '.join(parts)}{more}"
    if to == STANDARD_OUTPUT:
        say(text)
    elif as_json:
        print_json(summary)
    else:
        print_lines(text)


def export_facts(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incidents: Incidents = None,
    to: ToFile = STANDARD_OUTPUT,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    for_spreadsheets: Annotated[
        bool,
        typer.Option(
            "--for-spreadsheets", help="Put an apostrophe before what a spreadsheet would take for a formula."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write facts as CSV, a line for each passage that speaks to one, with its words and its source."""
    table = FactsTable(for_spreadsheets=for_spreadsheets)
    with _asked(ledger, incidents, known_at, public_at) as asked, _writing(to) as write:
        write(table.header())
        with telling_progress("incidents", len(asked.incidents)) as tell:
            for one in asked.all(tell):
                for line in table.rows(one):
                    write(line)
    summary = {"lines": table.lines, "size_bytes": write.size_bytes}
    more = ""
    if for_spreadsheets:
        summary["neutralised"] = table.neutralised
        more = "; a neutralised cell has an apostrophe before what would have been a formula"
    _tell(to, summary, as_json=as_json, more=more)


def export_geojson(  # noqa: PLR0917  see above
    incidents: Incidents = None,
    to: ToFile = STANDARD_OUTPUT,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the places of facts as GeoJSON, each with how far off its point may be."""
    with _asked(ledger, incidents, known_at, public_at) as asked:
        document = _List("features", geojson.begin(asked.axes), geojson.BETWEEN, geojson.END)
        _write_list(asked, to, document, _features, as_json=as_json)


def _features(asked: _Asked, tell: Tell) -> Iterator[bytes]:
    return (feature for one in asked.all(tell) for feature in geojson.features(one))


def export_prov(  # noqa: PLR0917  see above
    incidents: Incidents = None,
    to: ToFile = STANDARD_OUTPUT,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write how each fact came to stand as it does as PROV-JSON, a bundle for each incident."""
    with _asked(ledger, incidents, known_at, public_at) as asked:
        document = _List("incidents", prov.begin(asked.names), prov.BETWEEN, prov.END)
        _write_list(asked, to, document, _bundles, as_json=as_json)


def _bundles(asked: _Asked, tell: Tell) -> Iterator[bytes]:
    names = asked.names
    return (prov.bundle(one, names) for one in asked.all(tell))


def export_jsonld(  # noqa: PLR0917  see above
    incidents: Incidents = None,
    to: ToFile = STANDARD_OUTPUT,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write incidents, facts, sources and corrections as JSON-LD in the words of schema.org."""
    with _asked(ledger, incidents, known_at, public_at) as asked:
        document = _List("nodes", jsonld.BEGIN, jsonld.BETWEEN, jsonld.END)
        _write_list(asked, to, document, _nodes, as_json=as_json)


def _nodes(asked: _Asked, tell: Tell) -> Iterator[bytes]:
    """The nodes of all incidents, each source once. Only ids of sources are kept on the way."""
    given: set[str] = set()
    names = asked.names
    for one in asked.all(tell):
        for described in _new_sources(one, given):
            yield jsonld.source_node(described, names)
        yield from jsonld.nodes(one, names)


def _new_sources(one: Told, given: set[str]) -> Iterator[Described]:
    """The sources of an incident that none before it had; they are given now."""
    for source, described in one.sources.items():
        if source not in given:
            given.add(source)
            yield described


def export_sources(  # noqa: PLR0917  see above
    incidents: Incidents = None,
    to: ToFile = STANDARD_OUTPUT,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write sources as CSL-JSON: those that the facts of the incidents rest on; without incidents and --public-at, all."""
    with _asked(ledger, incidents, known_at, public_at) as asked:
        items = _cited_items if incidents or asked.axes.public is not None else _all_items
        _write_list(asked, to, _List("sources", b"[\n", b",\n", b"\n]\n"), items, as_json=as_json)


def _item(described: Described) -> bytes:
    return msgspec.json.encode(written_item(described), order="sorted")


def _all_items(asked: _Asked, _: Tell) -> Iterator[bytes]:
    return map(_item, descriptions_at(of_sources(asked.opened, asked.axes.known), asked.axes.known).values())


def _cited_items(asked: _Asked, tell: Tell) -> Iterator[bytes]:
    given: set[str] = set()
    return (_item(described) for one in asked.all(tell) for described in _new_sources(one, given))


def export_sqlite(  # noqa: PLR0917  see above
    to: Annotated[
        Path, typer.Argument(metavar="FILE", help="The database to make; it must not be there yet.")
    ],
    incidents: Annotated[
        list[str] | None, typer.Argument(metavar="[INCIDENT]...", help="Incidents; without any, all.")
    ] = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    public_at: PublicAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the views as an SQLite database, for SQL and for Datasette."""
    with _asked(ledger, incidents, known_at, public_at) as asked, new_file(to) as building:
        about = About(
            ledger=_ledger_id(asked.opened),
            position=asked.axes.known,
            public_at=None if asked.axes.public is None else asked.axes.public.isoformat(),
            made_by="incident-ledger",
        )
        with telling_progress("incidents", len(asked.incidents)) as tell:
            made = copy_views(building, asked.all(tell), about)
    _tell(str(to), msgspec.structs.asdict(made), as_json=as_json)
