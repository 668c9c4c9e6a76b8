"""A time that has not come: a slip of whoever wrote it, since nothing is out before it is.

Taken at its word, it would make every later version an older one, and hide what it says until then.
"""

from __future__ import annotations

import datetime as dt

from ledger.history import FUTURE_S

__all__ = ["TO_COME", "is_to_come"]

TO_COME = "lies in the future: it cannot be when this was put out"
"""The rule that such a time breaks."""


def is_to_come(instant: dt.datetime, now: dt.datetime) -> bool:
    """Whether a time is ahead of the clock by more than two clocks may differ."""
    return instant - now > dt.timedelta(seconds=FUTURE_S)
