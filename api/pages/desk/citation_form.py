"""A citation as fields: the source, the words, who said them; and the place of the words in the captured text, where they were selected."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.pages.desk.fields import Body, Field, Group
from ledger.errors import InvalidError, UnknownError
from projections.told_sources import told_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.http.reads import Asked
    from projections.source_account import Capture

__all__ = ["SELECTED", "citation_body", "citation_group", "cited_in", "selected_words"]

SELECTED = ("source", "snapshot", "start", "end")
"""What an address says of words that were selected."""

_CONTEXT = 40
_STANCES = (
    ("supports", "supports it"),
    ("contradicts", "speaks against it"),
    ("denies", "denies it"),
    ("mentions", "mentions it, without support"),
    ("declines", "declines to comment"),
)


def citation_group(
    said: Mapping[str, str],
    sources: tuple[str, ...],
    *,
    stance: bool,
    head: str = "On whose words",
    is_open: bool = True,
) -> Group:
    """The fields of a citation. `sources` are offered to choose from."""

    def field(name: str, label: str, **members: object) -> Field:
        return Field(name=f"cite.{name}", label=label, value=said.get(f"cite.{name}", ""), **members)  # type: ignore[arg-type]  # members of Field

    options = tuple((one, one) for one in sources)
    fields = [
        field(
            "source", "Source", options=options, is_required=is_open, hint="The id of a registered source."
        ),
        field(
            "quote",
            "The words, as they stand in the source",
            sort="area",
            hint="They are looked up in the captured copy. Select them on the page of the source, or paste them here.",
        ),
    ]
    if stance:
        fields.append(field("stance", "What they do", sort="select", options=_STANCES))
    fields += [
        field("speaker", "Whose words they are, by name"),
        field("capacity", "and in which capacity", hint="Such as: police spokesperson."),
        field(
            "relays",
            "The source that they pass on",
            hint="The id of a source: a copy never counts as a second witness.",
        ),
        field("snapshot", "Captured copy", hint="Its digest; left out, the newest copy that has a text."),
        field("id", "Id of the citation", hint="Left out, one is made."),
        field("start", "", sort="hidden"),
        field("end", "", sort="hidden"),
    ]
    return Group(head=head, fields=tuple(fields), is_open=is_open)


def _newest(asked: Asked, source: str) -> Capture | None:
    """The newest capture of a source that has a text, of those whose bytes are still here."""
    gathered = asked.reading.folded.source(source)
    if gathered is None:
        return None
    account = told_source(gathered.events, source, asked.point.axes, asked.reading.folded.erasures)
    found = [
        one
        for one in (account.captures if account else ())
        if one.act.extraction is not None and one.redacted_at is None
    ]
    return found[-1] if found else None


def _text(asked: Asked, source: str, snapshot: str) -> str | None:
    gathered = asked.reading.folded.source(source)
    account = gathered and told_source(
        gathered.events, source, asked.point.axes, asked.reading.folded.erasures
    )
    for one in account.captures if account else ():
        if one.act.snapshot == snapshot and one.act.extraction is not None and one.redacted_at is None:
            try:
                return asked.reading.blobs.text(one.act.extraction)
            except (UnknownError, InvalidError):
                return None
    return None


async def selected_words(asked: Asked, said: Mapping[str, str]) -> dict[str, str]:
    """The fields of a citation for words that were selected on the page of a source; nothing where they are not there."""
    source, snapshot = said.get("source", ""), _digest(said.get("snapshot", ""))
    start, end = said.get("start", ""), said.get("end", "")
    if not source:
        return {}
    if not (start.isdecimal() and end.isdecimal() and len(start) < 10 > len(end)):  # noqa: PLR2004  digits of a position
        return {"cite.source": source, "cite.snapshot": snapshot}
    text = await asyncio.to_thread(_text, asked, source, snapshot)
    quote = "" if text is None else text[int(start) : int(end)]
    return {
        "cite.source": source,
        "cite.snapshot": snapshot,
        "cite.quote": quote,
        "cite.start": start,
        "cite.end": end,
    }


def _digest(text: str) -> str:
    return text if not text or text.startswith("sha256:") else f"sha256:{text}"


def cited_in(said: Mapping[str, str]) -> bool:
    """Whether a citation was filled in."""
    return bool(said.get("cite.source", "").strip() or said.get("cite.quote", "").strip())


async def citation_body(
    body: Body, said: Mapping[str, str], asked: Asked, path: str, *, stance: bool
) -> None:
    """Put the citation that the fields say at a path. Words are pinned to the copy that is named, else to the newest with a text."""
    source = said.get("cite.source", "").strip()
    snapshot = _digest(said.get("cite.snapshot", "").strip())
    quote = said.get("cite.quote", "")
    # First, so that a citation that is missing as a whole is missed there.
    body.put(f"{path}/source", source, "cite.source")
    body.put(f"{path}/id", said.get("cite.id", "").strip(), "cite.id")
    if quote.strip() and not snapshot:
        newest = await asyncio.to_thread(_newest, asked, source)
        snapshot = "" if newest is None else newest.act.snapshot
    body.put(f"{path}/snapshot", snapshot, "cite.snapshot")
    if quote.strip():
        await _put_words(body, said, asked, path, (source, snapshot, quote))
    if stance:
        body.put(f"{path}/stance", said.get("cite.stance", ""), "cite.stance")
    body.put(f"{path}/speaker/name", said.get("cite.speaker", "").strip(), "cite.speaker")
    body.put(f"{path}/speaker/capacity", said.get("cite.capacity", "").strip(), "cite.capacity")
    body.put(f"{path}/relays", said.get("cite.relays", "").strip(), "cite.relays")


async def _put_words(
    body: Body, said: Mapping[str, str], asked: Asked, path: str, words: tuple[str, str, str]
) -> None:
    source, snapshot, quote = words
    body.put(f"{path}/selector/0/type", "TextQuoteSelector", "cite.quote")
    body.put(f"{path}/selector/0/exact", quote, "cite.quote")
    start, end = said.get("cite.start", ""), said.get("cite.end", "")
    if not (start.isdecimal() and end.isdecimal() and len(start) < 10 > len(end)):  # noqa: PLR2004  digits of a position
        return
    text = await asyncio.to_thread(_text, asked, source, snapshot)
    if text is None or text[int(start) : int(end)] != quote:
        # The words were changed since they were selected: they are looked up like any others.
        return
    at, stop = int(start), int(end)
    body.put(f"{path}/selector/0/prefix", text[max(0, at - _CONTEXT) : at], "cite.quote")
    body.put(f"{path}/selector/0/suffix", text[stop : stop + _CONTEXT], "cite.quote")
    body.put(f"{path}/selector/1/type", "TextPositionSelector", "cite.quote")
    body.put(f"{path}/selector/1/start", at, "cite.quote")
    body.put(f"{path}/selector/1/end", stop, "cite.quote")
