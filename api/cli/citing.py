"""The commands that bring citations out: Web Annotations, links to the words, CSL-JSON, and `ni:` names of snapshots (docs/citing.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import typer

from api.cli.csl import print_document
from api.opening import OpenedForReading, open_for_reading
from api.terminal.options import (
    DEFAULT_LEDGER,
    AsJson,
    Incident,
    KnownAtOption,
    LedgerFile,
    known_point,
    refuse,
    require_incident,
)
from api.terminal.telling import REFUSED, ending_plainly, print_json, print_lines, say
from ledger.citation import quote_of
from ledger.decisions.decision import REGISTRY
from ledger.errors import InvalidError
from ledger.events import Act, LedgerOpened, Recorded
from ledger.values import Json
from projections.axes import Axes
from projections.citing.csl_item import written_item
from projections.citing.described import Described, descriptions_at
from projections.citing.named_information import is_ni_name, ni_name, read_ni_name
from projections.citing.snapshot_copies import copies_at
from projections.citing.text_fragment import text_fragment_link
from projections.citing.web_annotation import annotation_of, iri_of
from projections.fact_fold import AttestationView, FactView
from projections.incident_view import incident_view

__all__ = ["cite", "snapshot_name"]

_GONE = ("withdrawn", "superseded")


def snapshot_name(
    snapshot: Annotated[str, typer.Argument(help="A digest, sha256:…; or an ni: name, to get the digest.")],
    media_type: Annotated[
        str | None, typer.Option("--media-type", help="State the media type in the name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Name a snapshot by an ni: URI (RFC 6920), or read such a name. No ledger is asked."""
    with ending_plainly():
        if is_ni_name(snapshot):
            named = read_ni_name(snapshot, field="/snapshot")
            digest, stated = named.snapshot, media_type or named.media_type
        else:
            digest, stated = snapshot, media_type
        name = ni_name(digest, media_type=stated)
        if as_json:
            print_json({"snapshot": digest, "name": name})
        else:
            print_lines(digest if is_ni_name(snapshot) else name)


def cite(  # noqa: PLR0917  Typer makes options of them; nobody calls it by position
    incident: Incident,
    fact: Annotated[str, typer.Argument(help="The fact's id.")],
    form: Annotated[
        Literal["web-annotation", "text-fragment", "csl"],
        typer.Option("--as", help="Annotations, links to the words on the live page, or the sources."),
    ],
    attestation: Annotated[
        str | None, typer.Option("--attestation", help="Only this one; left out, all that stand.")
    ] = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    known_at: KnownAtOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the citations of a fact in the forms that others read."""
    with ending_plainly(), open_for_reading(ledger) as opened:
        known = known_point(opened, known_at)
        require_incident(opened, incident, known)
        events = opened.history.of_incident(incident, known.position)
        view = incident_view(events, incident, Axes(known=known.position, public=None))
        of_fact = next((one for one in (view.facts if view else ()) if one.fact == fact), None)
        if of_fact is None:
            refuse(f"incident '{incident}' has no fact '{fact}' at position {known.position}")
        cited = _cited(of_fact, attestation)
        sources = descriptions_at(events, known.position)
        match form:
            case "csl":
                found = dict.fromkeys(one.attestation.source for one in cited)
                print_document([written_item(sources[one]) for one in found], as_json=as_json)
            case "text-fragment":
                _print_links(cited, sources, as_json=as_json)
            case "web-annotation":
                name = _ledger_named(opened)
                annotations = _annotations(events, known.position, (name, incident), of_fact, cited)
                print_document(annotations, as_json=as_json)


def _cited(fact: FactView, attestation: str | None) -> list[AttestationView]:
    """The attestation asked for, or all that stand; what was withdrawn or superseded is cited only by its id, and said to be so."""
    if attestation is None:
        standing = [one for one in fact.attestations if one.why not in _GONE]
        if not standing:
            refuse(f"no attestation of fact '{fact.fact}' stands; name one with --attestation")
        return standing
    named = [one for one in fact.attestations if one.attestation.id == attestation]
    if not named:
        has = ", ".join(one.attestation.id for one in fact.attestations)
        refuse(f"fact '{fact.fact}' has no attestation '{attestation}'; it has: {has or 'none'}")
    if named[0].why in _GONE:
        say(f"attestation '{attestation}' is {named[0].why}: it no longer counts")
    return named


def _print_links(cited: Iterable[AttestationView], sources: dict[str, Described], *, as_json: bool) -> None:
    links: list[dict[str, Json]] = []
    for one in cited:
        link = text_fragment_link(sources[one.attestation.source].url, quote_of(one.attestation))
        if link is None:
            say(f"attestation '{one.attestation.id}' has no link: it takes a web address and quoted words")
        else:
            links.append({"attestation": one.attestation.id, "link": link})
    if not links:
        raise SystemExit(REFUSED)
    if as_json:
        print_json(links)
    else:
        print_lines(*(str(one["link"]) for one in links))


def _ledger_named(opened: OpenedForReading) -> str:
    first = opened.history.stream(REGISTRY, 1)[0].body
    return first.ledger if isinstance(first, LedgerOpened) else ""


def _annotations(
    events: Sequence[Recorded[Act]],
    known: int,
    place: tuple[str, str],
    fact: FactView,
    cited: Iterable[AttestationView],
) -> list[Json]:
    """The citations as annotations. `place`: the ids of the ledger and of the incident."""
    sources, copies = descriptions_at(events, known), copies_at(events, known)
    name, incident = place
    found: list[Json] = []
    for one in cited:
        passage = one.attestation
        try:
            found.append(
                annotation_of(
                    passage,
                    iri=iri_of(name, incident, fact.fact, passage.id),
                    url=sources[passage.source].url,
                    copy=copies.get((passage.source, passage.snapshot or "")),
                    statement=fact.content.statement,
                )
            )
        except InvalidError as error:
            raise InvalidError(error.rule, field=f"/{passage.id}{error.field}") from error
    return found
