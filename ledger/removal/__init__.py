"""What was redacted is looked for in the files, and what may have to be is looked for in the ledger (ADR 20).

`needles` says by which bytes erased words would be known, `search` reads the files for them in a process of its own, `left` judges what it
found, and `whereabouts` tells everywhere a term stands, before anything is redacted.
"""

from ledger.removal.earlier import search_for_earlier
from ledger.removal.left import Leftover, Searched, files_with, search_for
from ledger.removal.needles import needles_of
from ledger.removal.whereabouts import Standing, whereabouts

__all__ = [
    "Leftover",
    "Searched",
    "Standing",
    "files_with",
    "needles_of",
    "search_for",
    "search_for_earlier",
    "whereabouts",
]
