"""Work that is enough to do once in a round of the event loop, however many requests the round answers.

What a round answers arrived before it began, so that what was seen in the same round is not older than the question.
"""

from __future__ import annotations

import asyncio

__all__ = ["Rounds"]


class Rounds:
    """Tells the first call of a round from those after it. Outside of a loop every call is the first."""

    def __init__(self) -> None:
        self._begun = False

    def begin(self) -> bool:
        """Whether this is the first call in this round."""
        if self._begun:
            return False
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return True
        self._begun = True
        loop.call_soon(self.end)
        return True

    def end(self) -> None:
        """Have the next call be a first one."""
        self._begun = False
