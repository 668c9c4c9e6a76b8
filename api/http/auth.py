"""Who asks: whoever has an access key or, while none has been made, the local admin (docs/keys.md).

A server without keys listens on loopback, which keeps other machines away and not the pages in a browser on this one. Such a page
could send requests here, or have the name of its own site lead here (DNS rebinding). So the name that was asked for must be one of
loopback, a browser's request must come from a page of this server, and nobody may stand in between: a proxy on this machine would make
everybody local. With the first key all of that ends.

This is the one place that says who a caller is: `door.py` asks it before any route, routes are held to their roles by `roles.py`, and
whoever needs the name asks `caller_of`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Protocol

from starlette.datastructures import Headers
from starlette.requests import Request

from api.access_keys import LiveKeys
from api.http.attempts import Attempts
from api.http.problems import ProblemError, RefusedField
from api.http.roles import Admitted, Role, keys_unreadable
from api.http.rounds import Rounds
from ledger.append import Caller
from ledger.clock import Clock
from ledger.errors import StoreError

__all__ = [
    "LOCAL_ADMIN",
    "Access",
    "KeyedAccess",
    "KeylessAccess",
    "LedgerAccess",
    "admitted_of",
    "caller_of",
]

LOCAL_ADMIN = Caller(actor="local-admin")
_LOCAL = Admitted(LOCAL_ADMIN, Role.ADMIN)

_FROM_HERE = ("same-origin", "none")
"""What a browser says in Sec-Fetch-Site of a page of this server, and of an address that somebody typed."""

_BETWEEN = {
    name: name.lower().encode()
    for name in ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
}
"""Headers that tell of a proxy."""

_BEARER = re.compile(r"bearer +(?P<key>\S+) *", re.ASCII | re.IGNORECASE)

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]@/\s]+)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_PORTS = {"http": "80", "https": "443"}


class Access(Protocol):
    """Decides who may ask."""

    def admit(self, headers: Headers, scheme: str, address: str) -> Admitted:
        """Who asks, from an address. Raises ProblemError (401, 403, 429 or 503) for who may not ask at all."""
        ...


class LedgerAccess:
    """As the access keys of a ledger have it: keyless until the first is made, and from then on by keys."""

    def __init__(self, keys: LiveKeys, clock: Clock, *, public_read: bool) -> None:
        self._keys = keys
        self._keyless = KeylessAccess()
        self._public_read = public_read
        self._keyed = KeyedAccess(keys, clock, public_read=public_read)
        self._rounds = Rounds()
        self._has_keys = False

    def admit(self, headers: Headers, scheme: str, address: str) -> Admitted:
        """Who asks. Raises ProblemError for who may not ask at all; 503 where a key is shown and the keys cannot be read."""
        try:
            keyed = self._look()
        except StoreError:
            if "authorization" in headers:
                raise keys_unreadable() from None
            # Who needed no key a moment ago is not told to bring one.
            return Admitted(None, Role.ANYONE, in_doubt=self._public_read or not self._has_keys)
        return (self._keyed if keyed else self._keyless).admit(headers, scheme, address)

    def _look(self) -> bool:
        """Whether there are keys now; the file is looked at once for all who ask in one round of the loop. Raises StoreError."""
        if self._rounds.begin():
            try:
                self._has_keys = self._keys.look()
            except StoreError:
                self._rounds.end()
                raise
        return self._has_keys


class KeyedAccess:
    """Whoever shows a key is its actor, with its role; others are nobody."""

    def __init__(self, keys: LiveKeys, clock: Clock, *, public_read: bool) -> None:
        self._keys = keys
        self._attempts = Attempts(clock)
        self._nobody = Admitted(None, Role.READER if public_read else Role.ANYONE)

    def admit(self, headers: Headers, scheme: str, address: str) -> Admitted:  # noqa: ARG002  the protocol's
        """Who asks. Raises ProblemError (401) for a key that is none or was revoked, and 429 for too many of those."""
        given = headers.getlist("authorization")
        if not given:
            return self._nobody
        shown = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
        key = self._keys.find(shown["key"] if shown else "")
        if key is not None:
            return Admitted(key.caller, Role[key.role.upper()])
        wait_s = self._attempts.count(address)
        if wait_s is not None:
            raise ProblemError.of(
                429,
                "too-many-requests",
                "too many requests came from there with an access key that is none",
                headers={"Retry-After": str(wait_s)},
            )
        raise ProblemError.of(
            401,
            "key-refused",
            "what is shown in Authorization is no access key of this server, or it was revoked",
            RefusedField(header="Authorization", rule="must be: Bearer, a blank, and an access key"),
            headers={"WWW-Authenticate": 'Bearer realm="incident-ledger", error="invalid_token"'},
        )


class KeylessAccess:
    """Everybody on this machine is the local admin."""

    def admit(self, headers: Headers, scheme: str, address: str) -> Admitted:
        """The local admin. Raises ProblemError (403) where the Host or the sender is not loopback, or the page is another's."""
        if address and not _is_loopback(address):
            raise _forbidden("Host", "must be asked for from this machine")
        there = {name for name, _ in headers.raw}
        for header, name in _BETWEEN.items():
            if name in there:
                raise _forbidden(
                    header, "must not be there: a proxy would let everybody in as the local admin"
                )
        hosts = headers.getlist("host")
        host = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if host is None or not _is_loopback(host["name"]):
            raise _forbidden("Host", "must be localhost or an address of loopback")
        for origin in headers.getlist("origin"):
            if not _is_own(origin, host, scheme):
                raise _forbidden("Origin", "must be that of this server")
        for site in headers.getlist("sec-fetch-site"):
            if site not in _FROM_HERE:
                raise _forbidden(
                    "Sec-Fetch-Site", "must be same-origin, or none: a page of another site asks"
                )
        return _LOCAL


def _forbidden(header: str, rule: str) -> ProblemError:
    return ProblemError.of(
        403,
        "forbidden",
        "no access key has been made, so only this machine may ask, and only pages of this server",
        RefusedField(header=header, rule=rule),
    )


@lru_cache(maxsize=1_024)
def _is_loopback(name: str) -> bool:
    if name.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_own(origin: str, host: re.Match[str], scheme: str) -> bool:
    given, _, rest = origin.partition("://")
    other = _HOST.fullmatch(rest)
    if other is None or given != scheme:
        return False
    default = _PORTS.get(scheme)
    same_port = (other["port"] or default) == (host["port"] or default)
    return same_port and other["name"].lower() == host["name"].lower()


def admitted_of(request: Request) -> Admitted:
    """Who sent a request and what they may do, as `Access.admit` found."""
    admitted = request.state.admitted
    if not isinstance(admitted, Admitted):
        raise TypeError("a request came past the door without being admitted")
    return admitted


def caller_of(request: Request) -> Caller:
    """Who sent a request. A route that asks needs a role that nobody has without a name."""
    caller = admitted_of(request).caller
    if caller is None:
        raise TypeError("a request came past its role without a caller")
    return caller
