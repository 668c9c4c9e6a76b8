"""Deciding to remove content lawfully: which disclosures go, and that each of them is there to go (model §2, §6).

A redaction that finds less than it names would leave somebody believing that words are gone which are not, so every path must be
carried by an event, as a whole, and something of it must be left. The registry is not redacted: see registering.py.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import msgspec

from ledger.citation import check_digest
from ledger.commitment import commit
from ledger.decisions.checks import check_reason
from ledger.decisions.decision import Decision, Draft, Erasure, incident_stream, source_stream
from ledger.disclosure import path_covers
from ledger.errors import ConflictError, InvalidError, RuleError, UnknownError
from ledger.events import FactAct, Redacted
from ledger.ids import check_id
from ledger.values import check_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.commands import Redact
    from ledger.context import Context
    from ledger.events import Act, Recorded

__all__ = ["MAX_GROUND", "MAX_PATHS", "redact"]

MAX_GROUND = 300
"""Characters of a legal basis or an authority: they stand in the clear for ever."""
MAX_PATHS = 500
"""Paths that one redaction may name."""
_MAX_PATH = 512
_HIDDEN = {"absent": "undisclosed"}
_NO_LINE = ("Cc", "Zl", "Zp")
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _check_ground(text: str, *, field: str) -> None:
    check_text(text, field=field, limit=MAX_GROUND)
    if any(letter in _TURNS or unicodedata.category(letter) in _NO_LINE for letter in text):
        raise InvalidError(
            "must be one line without control characters; it stands in the clear for ever", field=field
        )


def _check_path(path: str, *, field: str) -> None:
    """Refuse what cannot be a path, before any complaint repeats it."""
    if not 1 <= len(path) <= _MAX_PATH or not path.isascii() or not path.isprintable() or " " in path:
        raise InvalidError(
            f"a path has 1 to {_MAX_PATH} visible ASCII characters, such as participants/p1/name", field=field
        )


def _left(event: Recorded[Act]) -> set[str]:
    """The committed paths of an event whose words are still there."""
    shown = commit(event.type, msgspec.to_builtins(event.body))
    return event.committed.keys() - {path for path, value in shown if value == _HIDDEN}


class _Erasing:
    """Gathers what goes, path by path, so that each event is named once."""

    def __init__(self) -> None:
        self._gone: dict[int, set[str]] = {}

    def take(self, path: str, events: Sequence[Recorded[Act]], *, field: str) -> None:
        """Erase `path`, and what lies below it, in each event that carries it.

        Raises InvalidError where an event commits to something larger only, UnknownError where none carries the path, ConflictError
        where nothing of it is left.
        """
        _check_path(path, field=field)
        known = False
        taken = False
        for event in events:
            left = _left(event)
            if whole := next((one for one in sorted(left) if one != path and path_covers(one, path)), None):
                raise InvalidError(
                    f"version {event.version} holds this inside {whole}, the smallest that can be removed there: name {whole}",
                    field=field,
                )
            known = known or any(path_covers(path, one) or path_covers(one, path) for one in event.committed)
            gone = {one for one in left if path_covers(path, one)}
            if gone:
                taken = True
                self._gone.setdefault(event.position, set()).update(gone)
        if not known:
            raise UnknownError("path", path, field=field, hint=self._hint(events))
        if not taken:
            raise ConflictError("nothing of it is left to erase: it was redacted already", field=field)

    @staticmethod
    def _hint(events: Sequence[Recorded[Act]]) -> str:
        there = sorted({path.partition("/")[0] for event in events for path in event.committed})
        return (
            f"there are {', '.join(there)}, and what stands below them"
            if there
            else "nothing there can be redacted"
        )

    def erasures(self) -> tuple[Erasure, ...]:
        """One erasure for each event, in ledger order."""
        return tuple(
            Erasure(position=position, paths=tuple(sorted(paths)))
            for position, paths in sorted(self._gone.items())
        )


def _check_amount(command: Redact) -> None:
    named = len(command.snapshots)
    targets = [(f"/facts/{index}", fact.paths) for index, fact in enumerate(command.facts)]
    targets += [(f"/events/{index}", event.paths) for index, event in enumerate(command.events)]
    for field, paths in targets:
        if not paths:
            raise InvalidError("name at least one path", field=f"{field}/paths")
        named += len(paths)
    if named == 0:
        raise RuleError("nothing-changes", "name facts with paths, events with paths, or snapshots")
    if named > MAX_PATHS:
        raise InvalidError(f"at most {MAX_PATHS} paths and snapshots in one redaction; split it")


def _erase_paths(command: Redact, events: Sequence[Recorded[Act]]) -> tuple[Erasure, ...]:
    erasing = _Erasing()
    for index, fact in enumerate(command.facts):
        check_id(fact.fact, field=f"/facts/{index}/fact")
        acts = [event for event in events if isinstance(event.body, FactAct) and event.body.fact == fact.fact]
        if not acts:
            raise UnknownError("fact", fact.fact, field=f"/facts/{index}/fact")
        for at, path in enumerate(fact.paths):
            erasing.take(path, acts, field=f"/facts/{index}/paths/{at}")
    for index, target in enumerate(command.events):
        if not 1 <= target.version <= len(events):
            raise UnknownError(
                "version",
                str(target.version),
                field=f"/events/{index}/version",
                hint=f"the stream has {len(events)}",
            )
        for at, path in enumerate(target.paths):
            erasing.take(path, (events[target.version - 1],), field=f"/events/{index}/paths/{at}")
    return erasing.erasures()


def _snapshots(command: Redact, context: Context, source: str) -> tuple[str, ...]:
    """The snapshots whose bytes go. The texts that were extracted from them go along (erasing.py)."""
    for index, digest in enumerate(command.snapshots):
        field = f"/snapshots/{index}"
        check_digest(digest, field=field)
        if context.captures(source, digest) is None:
            raise UnknownError("snapshot", digest, field=field, where="among the captures of this source")
        if digest in context.source(source).redacted_snapshots:
            raise ConflictError("the snapshot was redacted already", field=field)
        if digest in command.snapshots[:index]:
            raise InvalidError("this snapshot stands twice", field=field)
    return command.snapshots


def redact(command: Redact, context: Context) -> Decision:
    """Refused: unknown stream, fact, version, path or snapshot; a path inside a larger whole; nothing named or left to erase.

    The legal basis, the authority and the reason must be given. An incident's snapshots lie in its sources, a source has no facts.
    """
    _check_ground(command.legal_basis, field="/legal_basis")
    _check_ground(command.authority, field="/authority")
    check_reason(command.reason)
    snapshots: tuple[str, ...] = ()
    if command.incident is not None and command.source is None:
        ident = check_id(command.incident, field="/incident")
        stream, version = incident_stream(ident), context.incident(ident).version
        if version == 0:
            raise UnknownError("incident", ident, field="/incident")
        if command.snapshots:
            raise InvalidError("snapshots are redacted in their source", field="/snapshots")
        _check_amount(command)
    elif command.source is not None and command.incident is None:
        ident = check_id(command.source, field="/source")
        stream, version = source_stream(ident), context.source(ident).version
        if version == 0:
            raise UnknownError("source", ident, field="/source")
        if command.facts:
            raise InvalidError("facts are redacted in their incident", field="/facts")
        _check_amount(command)
        snapshots = _snapshots(command, context, ident)
    else:
        raise InvalidError("name the incident or the source, one of the two", field="/incident")
    erasures = _erase_paths(command, context.stream(stream))
    act = Redacted(
        facts=command.facts,
        events=command.events,
        snapshots=command.snapshots,
        legal_basis=command.legal_basis,
        authority=command.authority,
        reason=command.reason,
    )
    return Decision(
        id=ident,
        stream=stream,
        version=version,
        drafts=(Draft(stream=stream, act=act),),
        erasures=erasures,
        snapshots=snapshots,
    )
