"""What whoever recorded a redaction owes after it: a note in the journal, stored views that forget it, and the search of the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from api.opening import Opened
from api.terminal.telling import say
from api.texts import texts_of
from ledger.address import Address, DatabaseAddress, folder_of
from ledger.disclosure import open_line
from ledger.erasing import Erased
from ledger.removal import Leftover, Searched, search_for
from ledger.restoration import RedactionJournal
from ledger.stores.contract import Store
from ledger.stores.opening import open_store
from ledger.values import Json
from projections.catch_up_file import NAME
from projections.views_at import catch_up_at, only_one_at, place_of, views_lie_at
from projections.words_left import words_left

__all__ = ["search_everywhere", "settle", "tell_leftovers"]


def settle(opened: Opened, ledger: Address, journal: Path | None) -> Searched:
    """Note what this process redacted, let the stored views forget it, and search the files.

    Raises StoreError where the journal cannot be written, or the files cannot be searched: the redaction stands in the ledger all the same.
    """
    erased = opened.writer.unsearched
    if journal is not None:
        RedactionJournal(journal).catch_up(opened.store)
    _catch_views_up(opened)
    with closing(open_store(ledger, read_only=True)) as store:
        searched = search_everywhere(erased, ledger, store)
    if not searched.leftovers:
        opened.writer.searched(erased)
    return searched


def search_everywhere(erased: Sequence[Erased], ledger: Address, store: Store) -> Searched:
    """Look through every file of a ledger for what was erased, and through the index of words for each word of it.

    Raises StoreError where that cannot be done.
    """
    searched = search_for(erased, ledger, store)
    if isinstance(ledger, DatabaseAddress):
        return searched
    texts = [text for one in erased for line in one.lines for text in _texts_in(open_line(line)[2])]
    index = folder_of(ledger) / NAME
    if not words_left(index, texts):
        return searched
    left = Leftover(file=f"{index.parent.name}/{index.name}", what="a word in the index of words")
    return msgspec.structs.replace(searched, leftovers=(*searched.leftovers, left))


def _texts_in(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(item)


def tell_leftovers(searched: Searched) -> None:
    """Say on standard error what is left over, and where."""
    for one in searched.leftovers:
        say(f"redacted, and still there: {one.file} ({one.what})")


def _catch_views_up(opened: Opened) -> None:
    """Let what was redacted leave the stored views, where there are any."""
    place = place_of(opened.path)
    if not views_lie_at(place):
        return
    with only_one_at(place):
        views = catch_up_at(place, opened.store, texts_of(opened.blobs))
        try:
            views.run()
        finally:
            views.close()
