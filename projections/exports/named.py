"""Names for the things of a ledger that hold outside it: URNs made of the ledger's own id, the same wherever it is served from."""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["PREFIX", "Names"]

PREFIX = "il"
"""The prefix under which the names of a ledger are shortened."""


class Names:
    """The names of one ledger. Ids have no character that a URN would not take, `~` apart, which is allowed since RFC 3986."""

    def __init__(self, ledger: str) -> None:
        self.namespace = f"urn:incident-ledger:{quote(ledger, safe='')}:"

    def full(self, *parts: str | int) -> str:
        """A whole name: `urn:incident-ledger:LEDGER:incident/ID/fact/ID`."""
        return self.namespace + "/".join(map(str, parts))

    def short(self, *parts: str | int) -> str:
        """The same, shortened by the prefix."""
        return f"{PREFIX}:" + "/".join(map(str, parts))
