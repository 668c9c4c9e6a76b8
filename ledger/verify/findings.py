"""What a check finds while it is under way: each thing with its place, the first of them kept, all of them counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.verify.report import MAX_FINDINGS, Finding

if TYPE_CHECKING:
    from ledger.verify.report import Verdict

__all__ = ["Findings"]


class Findings:
    """The findings so far, how many were `found`, and the verdict that they make."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self.found = 0
        self._corrupt = False
        self._diverged = False

    def corrupt(self, what: str, where: str) -> None:
        """Find something that was not recorded so, or a sequence that is broken."""
        self._corrupt = True
        self.missing(what, where)

    def diverged(self, what: str, where: str) -> None:
        """Find that the events are not those that somebody vouched for, or that something made from them says something else."""
        self._diverged = True
        self.missing(what, where)

    def missing(self, what: str, where: str) -> None:
        """Find that something is gone, where nothing lawful took it."""
        self.found += 1
        if len(self._kept) < MAX_FINDINGS:
            self._kept.append(Finding(what=what, where=where))

    @property
    def verdict(self) -> Verdict:
        """What the findings amount to."""
        if self._corrupt:
            return "CORRUPT"
        if self._diverged:
            return "DIVERGED"
        return "INCOMPLETE" if self.found else "OK"

    @property
    def kept(self) -> tuple[Finding, ...]:
        """The first of them, at most MAX_FINDINGS."""
        return tuple(self._kept)

    @property
    def left_off(self) -> int:
        """How many more there are."""
        return self.found - len(self._kept)
