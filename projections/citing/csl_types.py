"""The types of CSL-JSON 1.0.2 and the ledger's kinds of sources, each way (docs/citing.md has the table)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.terms import SourceKind
    from ledger.values import Json

__all__ = ["CSL_TYPES", "is_set", "kind_of", "publisher_variable", "with_kind"]

_OF_KIND: Final[Mapping[SourceKind, tuple[str, ...]]] = {
    "article": (
        "article-newspaper",
        "article",
        "article-journal",
        "article-magazine",
        "review",
        "review-book",
    ),
    "audio": ("song",),
    "dataset": ("dataset",),
    "filing": ("legal_case",),
    "image": ("graphic", "figure", "map"),
    "interview": ("interview",),
    "post": ("post", "post-weblog"),
    "record": ("hearing", "bill", "legislation", "patent", "regulation", "treaty"),
    "report": ("report",),
    "video": ("motion_picture",),
    "other": (
        "document",
        "book",
        "broadcast",
        "chapter",
        "classic",
        "collection",
        "entry",
        "entry-dictionary",
        "entry-encyclopedia",
        "manuscript",
        "musical_score",
        "pamphlet",
        "paper-conference",
        "performance",
        "periodical",
        "personal_communication",
        "software",
        "speech",
        "standard",
        "thesis",
        "webpage",
    ),
}
"""The types that become each kind, the one that a source without a CSL item is written as first. What says only where a work stands
(`webpage`), or not whether it is seen or heard (`broadcast`), is `other`."""

_KIND: Final = {csl: kind for kind, types in _OF_KIND.items() for csl in types}
CSL_TYPES: Final = tuple(sorted(_KIND))

_RELEASE_TYPES: Final = ("report", "document", "pamphlet", "webpage")
_RELEASE_GENRES: Final = ("press release", "news release", "media release")
_COURT: Final = ("authority", "publisher", "container-title")
_PUBLISHED_IN: Final = ("container-title", "publisher")
_PUBLISHED_BY: Final = ("publisher", "container-title")
_IN_A_CONTAINER: Final = (
    *_OF_KIND["article"],
    *_OF_KIND["post"],
    "broadcast",
    "entry",
    "entry-dictionary",
    "entry-encyclopedia",
    "interview",
    "webpage",
)


def kind_of(item: Mapping[str, Json]) -> SourceKind:
    """The kind of source that an item with one of CSL_TYPES is.

    A genre such as "Press release" tells releases, which CSL has no type for.
    """
    genre = item.get("genre")
    told = isinstance(genre, str) and genre.strip().lower() in _RELEASE_GENRES
    return "release" if told and item["type"] in _RELEASE_TYPES else _KIND[item["type"]]


def with_kind(item: dict[str, Json], kind: SourceKind) -> dict[str, Json]:
    """The item with the type, and for a release the genre, that `kind` is written as; where it has a type of that kind, as it is.

    No type of CSL means any official record: it is written as a document, or keeps a type that says no other kind.
    """
    stored = _KIND.get(str(item.get("type")))
    before = None if stored is None else kind_of(item)
    if before == kind or (kind == "record" and before == "other"):
        return item
    if kind == "release":
        fitting = item["type"] if stored is not None and item["type"] in _RELEASE_TYPES else "report"
        return {**item, "type": fitting, "genre": "Press release"}
    written = {**item, "type": "document" if kind == "record" else _OF_KIND[kind][0]}
    if kind_of(written) == "release":
        del written["genre"]
    return written


def publisher_variable(item: Mapping[str, Json]) -> str:
    """The variable that says who published an item: the first that it has of those that fit its type, or the first that fits."""
    fitting: tuple[str, ...] = _PUBLISHED_BY
    if item["type"] in _IN_A_CONTAINER:
        fitting = _PUBLISHED_IN
    elif _KIND[item["type"]] in ("filing", "record"):
        fitting = _COURT
    return next((name for name in fitting if item.get(name)), fitting[0])


def is_set(flag: Json) -> bool:
    """Whether a CSL flag, which may be a boolean, a number or a text, is set."""
    return flag not in (None, False, 0, "", "0", "false")
