"""Where an export goes: to standard output, or into a new file that has its name only once it is whole."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal.telling import misused
from ledger.errors import StoreError
from ledger.folders import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["STANDARD_OUTPUT", "ToFile", "new_file", "output"]

STANDARD_OUTPUT = "-"
ToFile = Annotated[
    str,
    typer.Option("--to", metavar="FILE", help="The file to make; - for standard output.", show_default=False),
]


@contextmanager
def output(to: str) -> Iterator[Callable[[bytes], object]]:
    """What takes the bytes of an export. A file is synced and named at the end; where anything fails, nothing of it is left.

    Raises StoreError where the disk refuses. A name that is in use is a fault of usage: an export never overwrites anything.
    """
    if to == STANDARD_OUTPUT:
        sys.stdout.flush()
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    with new_file(Path(to)) as path, _said_plainly(to), path.open("xb") as file:
        yield file.write
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """The name under which a file is built beside the place where it is to be; at the end it is given its own.

    Raises StoreError where the disk refuses.
    """
    if os.path.lexists(path):
        misused(f"{path} is there already; an export makes a new file, so name another")
    if not path.absolute().parent.is_dir():
        misused(f"there is no folder {path.absolute().parent} to put the file into")
    building = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        yield building
        with _said_plainly(str(path)):
            # A link is refused where the name has been taken meanwhile; a rename would overwrite.
            os.link(building, path)
            building.unlink()
            sync_folder(path.absolute().parent)
    except FileExistsError:
        misused(f"{path} was made by somebody else meanwhile; name another file")
    finally:
        building.unlink(missing_ok=True)


@contextmanager
def _said_plainly(to: str) -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, FileExistsError):
        raise
    except OSError as error:
        raise StoreError(
            f"{to} could not be written: {error.strerror or error}; nothing of it was left"
        ) from error
