"""Whether a line of somebody's log is an event of a ledger: its bytes, its commitments, its values, and its place.

Stored bytes are typed when they are read and not judged again (values.STORED), since the ledger judged them when it recorded them. What
comes from elsewhere was judged by nobody, so here all of it is: the canonical form to the byte, each disclosure against its digest,
nothing in the clear that has to be committed, and the values by the rules of this program.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from typing import TYPE_CHECKING

import msgspec

from ledger.codec import EVENT_LIMIT, FORMAT, decode, opened, type_of_topic
from ledger.commitment import COMMITMENTS, commit
from ledger.disclosure import DISCLOSURE_LIMIT, check_lines, path_of, split_lines
from ledger.errors import IntegrityError
from ledger.ids import is_id
from ledger.instants import format_instant
from ledger.strict_json import canonical, read_json

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from ledger.transfer.lines import EventLine
    from ledger.values import Json

__all__ = ["FUTURE_S", "hidden_paths", "judged"]

FUTURE_S = 5
"""How far ahead of this machine's clock an event may have been recorded, in seconds: clocks differ a little."""

_EVENT_DEPTH = 64
_UNDISCLOSED = b'"absent":"undisclosed"'
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")


def judged(line: EventLine, *, withheld: bool, now: dt.datetime) -> Recorded[Act]:
    """The entry of a line, if all of it is as a ledger would have recorded it.

    Raises InvalidError or UnreadableError, whose message says what is wrong.
    """
    members = _members(line.event)
    disclosures = line.disclosures
    if withheld != (disclosures is None):
        raise IntegrityError(
            "it has disclosures, and the first line says that they are withheld"
            if withheld
            else "it has no disclosures, and no first line says that they are withheld"
        )
    disclosures = disclosures or b""
    if len(disclosures) > DISCLOSURE_LIMIT:
        raise IntegrityError(
            f"its disclosures take {len(disclosures)} bytes and at most {DISCLOSURE_LIMIT} are stored"
        )
    check_lines(disclosures, members["committed"], where="")
    for one in split_lines(disclosures):
        if canonical(read_json(one, max_bytes=DISCLOSURE_LIMIT, max_depth=_EVENT_DEPTH)) != one:
            raise IntegrityError(f"the disclosure of {path_of(one)} is not canonical JSON")
        # In a text the marks would be escaped, so that these bytes are a member and its value.
        if _UNDISCLOSED in one:
            raise IntegrityError(
                f"the disclosure of {path_of(one)} says undisclosed, which only a reader does"
            )
    entry = decode(line.event, disclosures, position=line.position)
    _check_stamp(entry, members, now)
    _check_committed(entry, members)
    if not entry.unknown and not hidden_paths(entry, disclosures):
        _check_values(line.event, disclosures, line.position)
    return entry


def hidden_paths(entry: Recorded[Act], disclosures: bytes) -> set[str]:
    """The paths that the event commits to and that nobody disclosed."""
    return entry.committed.keys() - {path_of(one) for one in split_lines(disclosures)}


def _members(event: bytes) -> dict[str, Json]:
    members = read_json(event, max_bytes=EVENT_LIMIT, max_depth=_EVENT_DEPTH)
    if not isinstance(members, dict) or canonical(members) != event:
        raise IntegrityError("the bytes of the event are not a canonical JSON object")
    committed = members.get("committed")
    if not isinstance(committed, dict) or not all(
        isinstance(one, str) and _DIGEST.fullmatch(one) for one in committed.values()
    ):
        raise IntegrityError("'committed' is no object of digests")
    return members


def _check_stamp(entry: Recorded[Act], members: dict[str, Json], now: dt.datetime) -> None:
    if entry.format != FORMAT:
        raise IntegrityError(f"the event is of another format than {FORMAT!r}")
    if members["recorded_at"] != format_instant(entry.recorded_at):
        raise IntegrityError("'recorded_at' is not written as a ledger writes it")
    if entry.recorded_at - now > dt.timedelta(seconds=FUTURE_S):
        raise IntegrityError("it was recorded later than it is now by this machine's clock")
    for name in ("event_id", "request", "actor", "key", "on_behalf_of"):
        ident = getattr(entry, name)
        if ident is not None and not is_id(ident):
            raise IntegrityError(f"{name!r} is no id")


def _check_committed(entry: Recorded[Act], members: dict[str, Json]) -> None:
    """Refuse a value in the clear that an event commits to: no redaction could ever take it away."""
    body = copy.deepcopy(members["body"])
    if COMMITMENTS[entry.type].wording:
        body.setdefault("set", {})
    try:
        clear = [path for path, value in commit(entry.type, body) if value != {}]
    except (AttributeError, KeyError, TypeError) as error:
        raise IntegrityError("its body does not have the form of its type") from error
    if clear:
        raise IntegrityError(f"the value of {clear[0]} stands in the clear, and has to be committed")


def _check_values(event: bytes, disclosures: bytes, position: int) -> None:
    entry = opened(event, disclosures, position=position)
    try:
        msgspec.convert(entry, type_of_topic(f"{entry['type']}@{entry['schema']}"))
    except msgspec.ValidationError as error:
        raise IntegrityError(str(error)) from error
