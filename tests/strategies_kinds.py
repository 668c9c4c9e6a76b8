"""Values for the tests of kinds: JSON of the ledger's profile, and the marker that no message may repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from ledger.values import Json

__all__ = ["MARKER", "details_names", "marked_json", "profile_json"]

MARKER = "zq-marker-zq"
_INTEGER_LIMIT = 2**53 - 1


def details_names() -> st.SearchStrategy[str]:
    """Names that a detail may have."""
    return st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)


def profile_json(text: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Json]:
    """JSON of the profile, shallow and small; given `text`, every scalar is one of its strings."""
    unicode = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
    scalars: st.SearchStrategy[Json] = unicode | st.booleans() | st.integers(-_INTEGER_LIMIT, _INTEGER_LIMIT)
    if text is not None:
        scalars = text
    names = st.sampled_from(["absent", "when", "what", "n/a", "~", ""])
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=6,
    )


def marked_json() -> st.SearchStrategy[Json]:
    """JSON whose every string holds MARKER."""
    return profile_json(st.builds(lambda before: f"{before}{MARKER}", st.text("ab", max_size=2)))
