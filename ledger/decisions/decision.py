"""What a decision is: drafts of events, and which disclosures they erase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ledger.events import Act

__all__ = ["REGISTRY", "Decision", "Draft", "Erasure", "incident_stream", "source_stream"]

REGISTRY = "registry"


def incident_stream(ident: str) -> str:
    """The name of an incident's stream."""
    return f"incident/{ident}"


def source_stream(ident: str) -> str:
    """The name of a source's stream."""
    return f"source/{ident}"


class Draft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An act that is to be recorded: the writer stamps it. `answers` is the fact version that it was decided against."""

    stream: str
    act: Act
    answers: int | None = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Disclosures that go: those at or below `paths` in the event at `position`."""

    position: int
    paths: tuple[str, ...]


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What recording a command would add. No drafts: it stays quiet, and `stream` and `version` say what stands already.

    `id` is the id of what the command made or acted upon. `erasures` and `snapshots` are what a redaction removes.
    """

    id: str
    stream: str
    version: int
    drafts: tuple[Draft, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    snapshots: tuple[str, ...] = ()


def one(act: Act, *, ident: str, stream: str, version: int, answers: int | None = None) -> Decision:
    """A decision of a single act that comes after stream version `version`."""
    draft = Draft(stream=stream, act=act, answers=answers)
    return Decision(id=ident, stream=stream, version=version, drafts=(draft,))
