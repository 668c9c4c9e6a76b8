"""Bringing a ledger back from a backup: verified, with the redactions ordered since, as a log of a new epoch (ADR 19).

`journal` keeps the redactions of a ledger in a file elsewhere, `replay` carries them out upon what is restored, and `restore` puts it all
together before anybody is served.
"""

from ledger.restoration.journal import JournalledRedaction, RedactionJournal, read_redactions
from ledger.restoration.restore import Restored, Since, restore

__all__ = ["JournalledRedaction", "RedactionJournal", "Restored", "Since", "read_redactions", "restore"]
