"""The command `checkpoint`: sign the head of the log, show what was signed, change the key (docs/transparency.md)."""

from __future__ import annotations

import base64
import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.opening import open_for_reading, open_for_writing
from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile, refuse
from api.terminal.telling import ending_plainly, misused, print_json, print_lines, say, write_bytes
from ledger.address import Address, folder_of
from ledger.stores.opening import open_store
from ledger.transparency import SignedHead, Transparency

__all__ = ["checkpoint"]

Copy = Annotated[
    Path | None,
    typer.Option(
        "--copy",
        envvar="LEDGER_CHECKPOINT_COPY",
        help="A file elsewhere in which each checkpoint is kept as well; the next is held against it.",
    ),
]


def _tell(head: SignedHead, opened: Transparency, *, as_json: bool) -> None:
    said = head.checkpoint
    if as_json:
        print_json(
            {
                "origin": said.origin,
                "size": said.size,
                "root": base64.b64encode(said.root).decode(),
                "checkpoint": head.note.decode(),
                "signed_by": [str(key) for key in head.signers],
                "keys": [str(key) for key in opened.keys.known()],
            }
        )
    else:
        # To the byte: it is sent to whoever is to keep it.
        write_bytes([head.note])


def checkpoint(
    ledger: LedgerFile = DEFAULT_LEDGER,
    copy: Copy = None,
    *,
    rotate_key: Annotated[
        bool,
        typer.Option("--rotate-key", help="Sign with a new key too, which signs alone from then on."),
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the newest checkpoint; sign nothing.")] = False,
    keys: Annotated[
        bool, typer.Option("--keys", help="Print the public keys of all that ever signed, oldest first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign the head of the log and print the checkpoint, once its bytes were read again and what was signed before leads on to it."""
    if rotate_key + show + keys > 1:
        misused("--rotate-key, --show and --keys are three questions; ask one of them")
    with ending_plainly():
        if show or keys:
            _show(ledger, keys=keys, as_json=as_json)
            return
        with open_for_reading(ledger):
            # One that is not there is not made.
            pass
        with (
            open_for_writing(ledger) as opened,
            closing(Transparency(opened.store, folder_of(ledger), writing=True, copy=copy)) as transparency,
        ):
            before = transparency.newest()
            head = transparency.rotate(os.urandom) if rotate_key else transparency.sign()
            if head is None:
                refuse("nothing was recorded yet, so there is nothing to sign")
            _tell(head, transparency, as_json=as_json)
            if head == before:
                say(f"nothing is new: these {head.checkpoint.size} events were signed before")


def _show(ledger: Address, *, keys: bool, as_json: bool) -> None:
    with (
        closing(open_store(ledger, read_only=True)) as store,
        closing(Transparency(store, folder_of(ledger))) as transparency,
    ):
        if keys:
            known = [str(key) for key in transparency.keys.known()]
            if as_json:
                print_json({"keys": known})
            else:
                print_lines(*known)
            return
        head = transparency.newest()
        if head is None:
            refuse("no head of this log was signed yet; sign it with: incident-ledger checkpoint")
        _tell(head, transparency, as_json=as_json)
