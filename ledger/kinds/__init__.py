"""Kinds: what sorts of fact there are, as data (model §3).

The shipped vocabulary is a file that never changes once a ledger was opened with it: a change is a new file
with the next number. The registry is a value: registering a kind gives another registry, so that the kinds of
any position can be had by folding. It knows nothing of events or of stores.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import immutables
import msgspec

from ledger.errors import (
    ConflictError,
    InvalidError,
    RuleError,
    UnknownError,
    UnknownSchemaError,
    UnreadableError,
)
from ledger.kinds.kind import Kind, check_details, check_roles
from ledger.kinds.schema import check_schema
from ledger.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LATEST_VOCABULARY",
    "RESERVED",
    "Kind",
    "Kinds",
    "Vocabulary",
    "check_details",
    "check_roles",
    "check_schema",
    "load_vocabulary",
]

LATEST_VOCABULARY: Final = 1
RESERVED: Final = frozenset({"attribute", "record", "summary"})
"""Kinds that the ledger itself gives a meaning to: nobody may register another version of them."""
_REF_LIMIT = 80
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


class Vocabulary(Value, frozen=True, kw_only=True):
    """A shipped set of kinds; `digest` is `sha256:` and the SHA-256 of the file's bytes in hexadecimal."""

    version: int
    digest: str
    kinds: tuple[Kind, ...]

    def __post_init__(self) -> None:
        """Refuse a malformed digest, and kinds that stand twice or out of the order of slug and version."""
        if _DIGEST.fullmatch(self.digest) is None:
            raise InvalidError("a digest is sha256: and 64 hexadecimal digits", field="/digest")
        order = [(kind.slug, kind.version) for kind in self.kinds]
        if order != sorted(set(order)):
            raise InvalidError("kinds stand once each, in the order of slug and version", field="/kinds")


class _File(Value, frozen=True, kw_only=True):
    """What a vocabulary file holds."""

    version: int
    kinds: tuple[Kind, ...]


def load_vocabulary(version: int = LATEST_VOCABULARY) -> Vocabulary:
    """The vocabulary shipped under that number; its file is read once.

    Raises UnknownSchemaError for a number that this program does not ship, UnreadableError if the file is
    damaged.
    """
    if not 1 <= version <= LATEST_VOCABULARY:
        raise UnknownSchemaError(
            f"this program ships the vocabularies 1 to {LATEST_VOCABULARY}; a newer program may know more",
            where=f"vocabulary {version}",
        )
    return _load(version)


@cache
def _load(version: int) -> Vocabulary:
    name = f"vocabulary-{version}.json"
    try:
        return _read(resources.files(__name__).joinpath(name).read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise UnreadableError(
            "the vocabulary is missing or damaged; install the program again", where=name
        ) from error


def _read(data: bytes) -> Vocabulary:
    file = msgspec.json.decode(data, type=_File)
    return Vocabulary(
        version=file.version, digest=f"sha256:{hashlib.sha256(data).hexdigest()}", kinds=file.kinds
    )


class Kinds:
    """The kinds in force, as a value: a vocabulary and what was registered since.

    Iterates in the order of slug and version.
    """

    __slots__ = ("_by_ref", "_last", "_newest")

    def __init__(
        self,
        by_ref: immutables.Map[str, Kind],
        newest: immutables.Map[str, Kind],
        last: immutables.Map[str, int],
    ) -> None:
        self._by_ref = by_ref
        self._newest = newest
        self._last = last

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Kinds:
        """The kinds of a vocabulary and no other."""
        kinds = cls(immutables.Map(), immutables.Map(), immutables.Map())
        for kind in vocabulary.kinds:
            kinds = kinds._with(kind)
        return kinds

    def registered(self, kind: Kind) -> Kinds:
        """These kinds and a user's.

        Raises RuleError `kind-reserved` for a slug that is the ledger's own and `kind-version-not-next` for a
        version that leaves a gap, ConflictError for one that is in use.
        """
        if kind.slug in RESERVED:
            raise RuleError(
                "kind-reserved", f"the ledger itself defines {kind.slug}; choose another slug", field="/slug"
            )
        return self._with(kind)

    def withheld(self, slug: str, version: int) -> Kinds:
        """These kinds, and a version in use that cannot be read: redacted, or not copied along.

        It stays in use for ever, so that the next version is the same here as where it can be read. Raises as
        `registered` does.
        """
        self._check_next(slug, version)
        return Kinds(self._by_ref, self._newest, self._last.set(slug, version))

    def get(self, ref: str) -> Kind | None:
        """The kind of that `slug@version`, if there is one."""
        return self._by_ref.get(ref)

    def newest(self, slug: str) -> Kind | None:
        """The highest version of a kind that can be read, if there is one."""
        return self._newest.get(slug)

    def next_version(self, slug: str) -> int:
        """The only version under which `slug` can be registered now: 1 for a slug that is free."""
        return self._last.get(slug, 0) + 1

    def resolve(self, ref_or_slug: str, *, field: str) -> Kind:
        """The kind of `slug@version`, or the newest of a slug alone.

        Raises UnknownError that says what may have been meant, InvalidError for text too long to be either.
        """
        found = self.get(ref_or_slug) or self.newest(ref_or_slug)
        if found is not None:
            return found
        if len(ref_or_slug) > _REF_LIMIT:
            raise InvalidError("a kind is written slug or slug@version, such as dispatch@1", field=field)
        raise UnknownError("kind", ref_or_slug, field=field, hint=self._hint(ref_or_slug))

    def _hint(self, ref_or_slug: str) -> str:
        slug = ref_or_slug.partition("@")[0]
        newest = self.newest(slug)
        if newest is not None:
            return f"the newest that can be read is {newest.ref}"
        near = difflib.get_close_matches(slug.lower(), sorted(self._newest))
        return (
            f"did you mean {' or '.join(near)}?" if near else "choose one of the vocabulary, or register it"
        )

    def _with(self, kind: Kind) -> Kinds:
        self._check_next(kind.slug, kind.version)
        return Kinds(
            self._by_ref.set(kind.ref, kind),
            self._newest.set(kind.slug, kind),
            self._last.set(kind.slug, kind.version),
        )

    def _check_next(self, slug: str, version: int) -> None:
        following = self.next_version(slug)
        if version < following:
            raise ConflictError(
                f"{slug}@{version} is in use; the next version is {following}", field="/version"
            )
        if version > following:
            raise RuleError(
                "kind-version-not-next",
                f"versions leave no gap; the next version of {slug} is {following}",
                field="/version",
            )

    def __iter__(self) -> Iterator[Kind]:
        return iter(sorted(self._by_ref.values(), key=lambda kind: (kind.slug, kind.version)))

    def __len__(self) -> int:
        return len(self._by_ref)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kinds):
            return NotImplemented
        return self._by_ref == other._by_ref and self._last == other._last

    __hash__ = None  # type: ignore[assignment]  # a kind holds a JSON object, which has no hash

    def __repr__(self) -> str:
        return f"<Kinds: {len(self)}>"
