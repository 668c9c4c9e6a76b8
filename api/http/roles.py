"""Roles: what an access key may do, and how a route says which of them it needs (docs/keys.md).

A route says it once, in what it adds to the OpenAPI document, and is held to that very word. One that says nothing needs the highest
role, so that what was forgotten is shut; one of another class is refused when the application is put together.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from typing import TypeAlias, cast

import msgspec
from fastapi.routing import APIRoute, APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.problems import RETRY_AFTER_S, ProblemError, RefusedField
from ledger.append import Caller
from ledger.commands import COMMANDS, Command
from ledger.values import Json

__all__ = [
    "ROLES",
    "ROLE_OF",
    "SECURITY_SCHEME",
    "Admitted",
    "GuardedRoute",
    "Role",
    "check_guarded",
    "keys_unreadable",
    "needs",
    "role_of",
    "role_problem",
]


class Role(enum.IntEnum):
    """What somebody may do; each may do what those below may."""

    ANYONE = 0
    READER = 1
    REPORTER = 2
    EDITOR = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        """As it is written."""
        return self.name.lower()


ROLES = tuple(role.word for role in Role if role is not Role.ANYONE)
"""The roles that a key may have, the lowest first."""

_REPORTERS = (
    "open-incident",
    "register-source",
    "capture-snapshot",
    "report-fact",
    "attest-fact",
    "record-notice",
    "dispute-fact",
)
_ADMINS = ("redact", "register-kind")

ROLE_OF: dict[str, Role] = {
    op: Role.REPORTER if op in _REPORTERS else Role.ADMIN if op in _ADMINS else Role.EDITOR for op in COMMANDS
}
"""The role that each command needs. What only adds needs the least; what mends or contests with a reason needs an editor."""

_ROLE_OF_KIND = {COMMANDS[op]: role for op, role in ROLE_OF.items()}

SECURITY_SCHEME = "accessKey"
_ROLE = "x-role"
_PUBLIC = "x-public-read"
_TRACED = "fastapi.telemetry"
"""Where the framework keeps what it traces of a request."""

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Admitted(msgspec.Struct, frozen=True):
    """Who asks, None where nobody says, and what they may do. `in_doubt`: whether more could be told if the keys could be read."""

    caller: Caller | None
    role: Role
    in_doubt: bool = False


def role_of(command: Command) -> Role:
    """The role that a command needs."""
    return _ROLE_OF_KIND[type(command)]


def needs(role: Role, *, public: bool | None = None) -> dict[str, Json]:
    """What a route says in the OpenAPI document (`openapi_extra`): the role it needs, as the server holds it to.

    `public`: whether LEDGER_PUBLIC_READ opens it; it opens what needs a reader, unless this says otherwise.
    """
    if role is Role.ANYONE:
        return {_ROLE: role.word, "security": []}
    said: dict[str, Json] = {_ROLE: role.word, "security": [{SECURITY_SCHEME: []}]}
    if role is Role.READER:
        said[_PUBLIC] = public is not False
    return said


class GuardedRoute(APIRoute):
    """A route that answers only those who have its role."""

    @cached_property
    def role(self) -> Role:
        """The role that it needs; the highest where it says none."""
        word = (self.openapi_extra or {}).get(_ROLE)
        return next((role for role in Role if role.word == word), Role.ADMIN)

    @cached_property
    def is_public(self) -> bool:
        """Whether it is open where reads are."""
        return self.role is Role.ANYONE or bool((self.openapi_extra or {}).get(_PUBLIC))

    @cached_property
    def plain(self) -> Endpoint | None:
        """Its endpoint, where that wants its request and nothing that the framework would have to find for it."""
        asked = self.dependant.request_param_name
        if asked is None or list(inspect.signature(self.endpoint).parameters) != [asked]:
            return None
        plain = inspect.iscoroutinefunction(self.endpoint) and not self.dependencies
        return cast("Endpoint", self.endpoint) if plain else None

    def is_plain(self, scope: Scope) -> bool:
        """Whether the framework has nothing to add to its answer to a request."""
        return self.plain is not None and scope.get(_TRACED) is None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, if whoever asks may. Raises ProblemError (401 or 403) where they may not."""
        # A method that the path does not know is told so to everybody: 405.
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        admitted = scope["state"]["admitted"]
        if admitted.role < self.role or not (admitted.caller or self.is_public):
            raise role_problem(admitted, self.role)
        await self.answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer who may ask."""
        if self.plain is None or not self.is_plain(scope):
            await super().handle(scope, receive, send)
        else:
            response = await self.plain(Request(scope, receive, send))
            await response(scope, receive, send)


def role_problem(admitted: Admitted, role: Role) -> ProblemError:
    """The problem of who asks for more than they may: 401 where they do not say who they are, 503 where that is in doubt, else 403."""
    if admitted.in_doubt:
        return keys_unreadable()
    if admitted.caller is None:
        return ProblemError.of(
            401,
            "key-needed",
            f"this needs an access key with the role {role.word}, or a higher one",
            RefusedField(header="Authorization", rule="must be: Bearer, a blank, and an access key"),
            headers={"WWW-Authenticate": 'Bearer realm="incident-ledger"'},
        )
    return ProblemError.of(
        403,
        "role-needed",
        f"this needs the role {role.word}; the access key has the role {admitted.role.word}",
        headers={"WWW-Authenticate": 'Bearer realm="incident-ledger", error="insufficient_scope"'},
    )


def keys_unreadable() -> ProblemError:
    """The problem (503) of keys that cannot be read. Asking again may work."""
    return ProblemError.of(
        503,
        "keys-unreadable",
        "the access keys of the server cannot be read, so nobody is let in by one",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def check_guarded(routers: Iterable[APIRouter]) -> None:
    """Refuse routes that would answer anybody. Raises TypeError naming the first."""
    for router in routers:
        for route in router.routes:
            if not isinstance(route, GuardedRoute):
                raise TypeError(f"{getattr(route, 'path', route)} is no GuardedRoute, so nothing guards it")
