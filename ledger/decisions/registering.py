"""Deciding to bring a kind of the users' own into force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.decisions.decision import REGISTRY, Decision, one
from ledger.events import KindRegistered
from ledger.kinds import Kind
from ledger.strict_json import canonical

if TYPE_CHECKING:
    from ledger.commands import RegisterKind
    from ledger.context import Context

__all__ = ["register_kind"]


def register_kind(command: RegisterKind, context: Context) -> Decision:
    """Refused: version not the next; the kind is reserved; a member breaks a rule of form; the schema is no safe JSON Schema.

    Quiet: the newest version is the same already. A kind cannot be redacted: its label, definition and schema judge facts, so what
    must not be public does not belong there.
    """
    kind = Kind(
        slug=command.slug,
        version=command.version,
        label=command.label,
        definition=command.definition,
        schema=command.schema,
        roles=command.roles,
    )
    version = len(context.stream(REGISTRY))
    newest = context.kinds.newest(command.slug)
    # Python takes true for 1, so two schemas that differ may still be equal as dicts.
    if newest == kind and canonical(newest.schema) == canonical(kind.schema):
        return Decision(id=kind.ref, stream=REGISTRY, version=version)
    context.kinds.registered(kind)
    act = KindRegistered(
        slug=kind.slug,
        version=kind.version,
        label=kind.label,
        definition=kind.definition,
        schema=canonical(kind.schema).decode(),
        roles=kind.roles,
    )
    return one(act, ident=kind.ref, stream=REGISTRY, version=version)
