"""A whole ledger as a file of text, and back into an empty one, bit for bit (ledger-format §8).

Written and read as a stream, in constant memory. What comes in may be anybody's: each line is judged before it is taken, by the
fold that decisions rest on, and the whole by the independent checker. It knows neither argv nor the terminal.
"""

from __future__ import annotations

from ledger.transfer.exporting import Exported, LogExport
from ledger.transfer.importing import Imported, Into, import_log
from ledger.transfer.lines import Holding

__all__ = ["Exported", "Holding", "Imported", "Into", "LogExport", "import_log"]
