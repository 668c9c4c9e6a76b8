"""Judging what the search of the files found: what is left over of a redaction, and what stands there rightly.

A salt that is found is left over. A text is left over in a file unless what was not redacted says it too: an act that stands says it in the
ledger file and in the views made of it; a snapshot that stands says it in its own file, and in views that quote it. What a kept snapshot
says is no leftover of another: `whereabouts` shows it, and it is redacted by its digest.
"""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ledger.address import DatabaseAddress, folder_of
from ledger.errors import StoreError
from ledger.own_modules import BARE_ENVIRONMENT
from ledger.removal.needles import Needle, forms_of, needles_of
from ledger.strict_json import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ledger.address import Address
    from ledger.erasing import Erased
    from ledger.stores.contract import Store
    from ledger.values import Json

__all__ = ["Found", "Leftover", "Searched", "ask_child", "files_with", "name_of", "of_table", "search_for"]

_TABLE: Final = "table "
_SORTS: Final = ("snapshot", "log", "else")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file, its bytes, and what was found in it; or why it could not be read."""

    file: str
    size: int
    found: tuple[Any, ...]
    unread: str | None


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """A file that still holds what was redacted, or that could not be read to see.

    `what`: salt, text, snapshot, or why it could not be read; never the words.
    """

    file: str
    what: str


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked through, and what is left over. `shared`: how many texts what was not redacted says too, so that no file can tell."""

    files: int
    size_bytes: int
    needles: int
    shared: int
    leftovers: tuple[Leftover, ...]


def search_for(erased: Iterable[Erased], ledger: Address, store: Store) -> Searched:
    """Look through every file of a ledger for what redactions erased; of one in a database, through its tables and its folder.

    Raises StoreError where that cannot be done.
    """
    given = tuple(erased)
    needles = needles_of(given)
    folder = folder_of(ledger).absolute()
    blobs = folder / "blobs"
    everything = _searched(ledger, needles)
    doomed = {str(_path_of(digest, blobs)) for one in given for digest in one.snapshots}
    found = [one for one in everything if one.file not in doomed]
    texts = {number for number, needle in enumerate(needles) if not needle.is_salt}
    seen = {
        name: {number for one in found if _of(one, folder) == name for number in one.found} for name in _SORTS
    }
    in_acts = _said_by_acts(
        {number: needles[number] for number in (seen["log"] | seen["else"]) & texts}, store
    )
    rightly = {"snapshot": texts, "log": in_acts, "else": in_acts | (seen["snapshot"] & texts)}
    leftovers = {
        Leftover(file=name_of(one, ledger), what="snapshot"): None for one in everything if one.file in doomed
    }
    for one in found:
        name = name_of(one, ledger)
        left = set(one.found) - rightly[_of(one, folder)]
        if one.unread is not None:
            leftovers[Leftover(file=name, what=f"unread: {one.unread}")] = None
        for number in sorted(left):
            leftovers[Leftover(file=name, what="salt" if needles[number].is_salt else "text")] = None
    return Searched(
        files=len(everything),
        size_bytes=sum(one.size for one in everything),
        needles=len(needles),
        shared=len(rightly["else"] & (seen["log"] | seen["else"] | seen["snapshot"])),
        leftovers=tuple(leftovers),
    )


def files_with(text: str, ledger: Address) -> list[str]:
    """The files of a ledger in which a text stands, letter for letter, in any form. Raises StoreError as search_for does."""
    needle = Needle(sought=text.encode(), is_salt=False, forms=tuple(forms_of(text.encode())))
    return [name_of(one, ledger) for one in _searched(ledger, [needle]) if one.found]


def name_of(found: Found, ledger: Address) -> str:
    """A file as it is told: from the folder in which the ledger lies. A table is told by its name."""
    if found.file.startswith(_TABLE):
        return found.file
    return str(Path(found.file).relative_to(folder_of(ledger).absolute().parent))


def _of(found: Found, folder: Path) -> str:
    """Which sort of file it is: a kept snapshot or a text of one, the log, or something else, such as the stored views."""
    if found.file.startswith(_TABLE):
        return "else" if found.file.partition(".")[0].endswith("_views") else "log"
    path = Path(found.file)
    if (
        path.parent.parent == folder / "blobs"
        and len(path.parent.name) == len("ab")
        and not path.name.startswith(".")
    ):
        return "snapshot"
    return "log" if path.parent == folder.parent else "else"


def _path_of(digest: str, blobs: Path) -> Path:
    name = digest.partition(":")[2]
    return blobs / name[:2] / name


def _said_by_acts(needles: dict[int, Needle], store: Store) -> set[int]:
    """Which texts some act still says, in the clear or in a disclosure that stands."""
    said: set[int] = set()
    if not needles:
        return said
    sought = {number: _inside_json(needle.sought) for number, needle in needles.items()}
    for row in store.rows():
        for number, text in sought.items():
            if text in row.disclosures or text in row.event:
                said.add(number)
    return said


def _inside_json(sought: bytes) -> bytes:
    try:
        return canonical(sought.decode())[1:-1]
    except UnicodeDecodeError:
        return sought


def _searched(ledger: Address, needles: Sequence[Needle]) -> list[Found]:
    forms = [[base64.b64encode(form).decode() for form in needle.forms] for needle in needles]
    found = ask_child("ledger.removal.search", ledger, {"needles": forms})
    if isinstance(ledger, DatabaseAddress):
        # Whoever has a file need not load a database's driver.
        from ledger.removal.database import search_tables  # noqa: PLC0415  see above

        found += [of_table(*one) for one in search_tables(ledger, [needle.forms for needle in needles])]
    return found


def of_table(schema: str, table: str, size: int, held: Collection[Any]) -> Found:
    """What was found in a table."""
    return Found(file=f"{_TABLE}{schema}.{table}", size=size, found=tuple(sorted(held)), unread=None)


def ask_child(module: str, ledger: Address, asked: dict[str, Json]) -> list[Found]:
    """What a module of ours, run as a process of its own, finds in the files of a ledger. Raises StoreError where it cannot be run."""
    where: dict[str, Json] = {
        "ledger": "" if isinstance(ledger, DatabaseAddress) else str(ledger.absolute()),
        "folder": str(folder_of(ledger).absolute()),
    }
    try:
        answer = subprocess.run(  # noqa: S603  our own module, without arguments
            [sys.executable, "-P", "-s", "-m", module],
            input=msgspec.json.encode({**where, **asked}),
            capture_output=True,
            cwd="/",
            env=BARE_ENVIRONMENT,
            check=True,
        )
        return msgspec.json.decode(answer.stdout, type=list[Found])
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        raise StoreError(
            "the files could not be searched for what was redacted; it is recorded and was erased, and the search has to be made again"
        ) from error
