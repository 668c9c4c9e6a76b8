"""Snapshots as `ni:` names (RFC 6920): the digest that the ledger knows a snapshot by, as a URI that others can compare."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import msgspec

from ledger.citation import check_digest
from ledger.errors import InvalidError

if TYPE_CHECKING:
    from typing import Final

__all__ = ["Named", "is_ni_name", "ni_name", "read_ni_name"]

_NAME: Final = re.compile(
    r"ni://[^/?#]*/(?P<algorithm>[^;/?#]+);(?P<value>[A-Za-z0-9_-]*)(?:\?(?P<query>[^#]*))?",
    re.ASCII | re.IGNORECASE,
)
_FORM = "an ni: name is written ni:///sha-256; and the digest in base64url without padding (RFC 6920)"
_DIGEST_BYTES = 32
_MAX_NAME = 1_024


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What an `ni:` name names: the digest as the ledger writes it, and the media type that the name states, if any."""

    snapshot: str
    media_type: str | None = None


def is_ni_name(text: str) -> bool:
    """Whether `text` has the scheme `ni:`, in whatever case; what follows may still be wrong."""
    return text[:3].lower() == "ni:"


def ni_name(snapshot: str, *, media_type: str | None = None) -> str:
    """The `ni:` name of a snapshot, with its media type in `ct` where one is given. Raises InvalidError for what is no digest."""
    raw = bytes.fromhex(check_digest(snapshot, field="/snapshot").removeprefix("sha256:"))
    name = "ni:///sha-256;" + base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return name if media_type is None else f"{name}?ct={quote(media_type, safe='/')}"


def read_ni_name(name: str, *, field: str = "") -> Named:
    """The snapshot that an `ni:` name names. An authority in it says where to ask, not what is named, and is passed over.

    Raises InvalidError naming `field`: another form or algorithm, a digest cut short, or one that is not written in the one way.
    """
    found = _NAME.fullmatch(name) if len(name) <= _MAX_NAME else None
    if found is None:
        raise InvalidError(_FORM, field=field)
    if found["algorithm"].lower() != "sha-256":
        raise InvalidError(
            "the ledger names snapshots by sha-256 alone, whole and not cut short", field=field
        )
    value = found["value"]
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise InvalidError(_FORM, field=field) from error
    if len(raw) != _DIGEST_BYTES or base64.urlsafe_b64encode(raw).decode().rstrip("=") != value:
        raise InvalidError(
            "this is no SHA-256 in base64url: it has 43 characters, without padding", field=field
        )
    stated = [one.partition("=")[2] for one in (found["query"] or "").split("&") if one.startswith("ct=")]
    return Named(snapshot="sha256:" + raw.hex(), media_type=unquote(stated[0]) if stated else None)
