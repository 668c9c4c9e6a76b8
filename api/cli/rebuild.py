"""The command `rebuild`: the stored views of a ledger, made anew from its log and compared with those that are there (docs/views.md)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing

from api.opening import open_for_reading
from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile
from api.terminal.telling import FOUND, ending_plainly, print_json, print_lines, say
from api.texts import texts_of
from ledger.address import folder_of
from ledger.folders import make_folder
from ledger.stores.opening import open_store
from projections.catch_up_rebuild import Rebuilt
from projections.filters import Filters
from projections.page_rows import IncidentRow, Page
from projections.pages import incidents_page
from projections.paging import Asking, StoredViews
from projections.views_at import catch_up_at, only_one_at, place_of, read_at

__all__ = ["rebuild"]

_PARTS = {
    "log": "an event cannot be read",
    "facts": "its events cannot be folded",
    "worklist": "its worklist cannot be made",
}


def _progress() -> Callable[[int, int], None]:
    """Tell on a terminal how far it is; elsewhere nothing."""

    def tell(done: int, of: int) -> None:
        if sys.stderr.isatty():
            say(f"{done} of {of} incidents")

    return tell


def _in_words(found: Rebuilt) -> list[str]:
    match found.differing:
        case None:
            outcome = "the stored views were made from nothing"
        case ():
            outcome = "the stored views were as they should be; they are left as they are"
        case tables:
            outcome = f"the stored views differed in {', '.join(tables)}; they were replaced"
    lines = [f"{outcome} (up to position {found.position})"]
    width = max(map(len, found.tables))
    return lines + [f"  {name:<{width}}  sha256:{digest}" for name, digest in found.tables.items()]


def _incomplete_in_words(page: Page[IncidentRow]) -> list[str]:
    """Of which incidents not everything can be told, and since which position."""
    lines = [
        f"INCOMPLETE: incident '{one.incident}' from position {one.since} on: {_PARTS[one.part]} ({one.code})"
        for one in page.incomplete
    ]
    more = page.incomplete_count - len({one.incident for one in page.incomplete})
    return lines + ([f"and {more} more incidents"] if more > 0 else [])


def rebuild(ledger: LedgerFile = DEFAULT_LEDGER, *, as_json: AsJson = False) -> None:
    """Make the stored views anew from the log, compare them with those that are there, and replace these where they differ.

    Ends with 0 where they were as they should be, or where there were none, and with 1 where they differed.
    """
    with ending_plainly(), open_for_reading(ledger) as opened:
        make_folder(folder_of(ledger))
        place = place_of(ledger)
        with only_one_at(place), closing(open_store(ledger, read_only=True)) as store:
            views = catch_up_at(place, store, texts_of(opened.blobs))
            try:
                found = views.rebuild(_progress())
            finally:
                views.close()
            read = read_at(place)
            try:
                stored = StoredViews(read, store, texts_of(opened.blobs))
                page = incidents_page(stored, Filters(), Asking(limit=1))
            finally:
                read.close()
        if as_json:
            print_json(
                {
                    "position": found.position,
                    "tables": found.tables,
                    "differing": None if found.differing is None else list(found.differing),
                    "incomplete": list(page.incomplete),
                }
            )
        else:
            print_lines(*_in_words(found), *_incomplete_in_words(page))
        if found.differing:
            raise SystemExit(FOUND)
