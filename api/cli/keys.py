"""The commands keys add, keys list and keys revoke: who may ask a server (docs/keys.md).

They need no writer's lock: a running server takes a change up with its next request.
"""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import typer

from api.access_keys import AccessKey, RoleWord
from api.keys_at import keys_of
from api.terminal.options import DEFAULT_LEDGER, AsJson, LedgerFile, refuse
from api.terminal.telling import ending_plainly, print_json, print_lines
from ledger.clock import SystemClock
from ledger.errors import UnknownError
from ledger.values import Json

__all__ = ["add", "list_keys", "revoke"]


def _told(key: AccessKey) -> dict[str, Json]:
    """A key as it is shown: without its digest, which is of no use to anybody who looks."""
    told: dict[str, Json] = msgspec.to_builtins(key)
    told.pop("sha256")
    return {**told, "revoked_at": key.revoked_at}


def _line(key: AccessKey) -> str:
    ended = f", revoked {key.revoked_at}" if key.revoked_at else ""
    return f"{key.id}  {key.role:<8}  {key.name}  (actor {key.actor}, made {key.made_at}{ended})"


def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Whose it is, in words. It never goes into the ledger.")
    ],
    role: Annotated[RoleWord, typer.Option("--role", help="What it may do.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor",
            help="The opaque id under which its acts are recorded; one is made up where none is given.",
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make an access key and show it, this once. With the first one, a server stops answering whoever has none."""
    with ending_plainly():
        key, text = keys_of(ledger).add(name, role, actor=actor, clock=SystemClock(), random=os.urandom)
        if as_json:
            print_json({**_told(key), "key": text})
        else:
            print_lines(_line(key), f"key: {text}", "It is shown this once. Keep it like a password.")


def list_keys(ledger: LedgerFile = DEFAULT_LEDGER, *, as_json: AsJson = False) -> None:
    """List the access keys that were made, the revoked ones too: their ids stand in the ledger."""
    with ending_plainly():
        keys = keys_of(ledger).read()
        if as_json:
            for key in keys or ():
                print_json(_told(key))
        elif not keys:
            print_lines("No access key has been made.")
        else:
            print_lines(*(_line(key) for key in keys))


def revoke(
    ident: Annotated[str, typer.Argument(metavar="KEY", help="The id of the key, as keys list shows it.")],
    ledger: LedgerFile = DEFAULT_LEDGER,
    *,
    as_json: AsJson = False,
) -> None:
    """Revoke an access key: the next request with it is refused. What was recorded with it stays."""
    with ending_plainly():
        try:
            key = keys_of(ledger).revoke(ident, clock=SystemClock())
        except UnknownError:
            refuse(f"no access key of {ledger} has this id; incident-ledger keys list names them")
        if as_json:
            print_json(_told(key))
        else:
            print_lines(_line(key))
