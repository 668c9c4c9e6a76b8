"""A time that has not come is a slip of whoever wrote it, since nothing is out before it is.

Taken at its word, it would make every later version an older one, and hide what it says until then.
"""

from __future__ import annotations

__all__ = ["TO_COME"]

TO_COME = "lies in the future: it cannot be when this was put out"
"""The rule that such a time breaks."""
