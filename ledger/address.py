"""Where a ledger lies: a file, or a schema of a PostgreSQL database, and the folder that belongs to it (ADR 15).

The folder holds what no database does: the bytes of snapshots and of texts, and marks. Beside a file it is `<file>.d`. A ledger in a
database says its own, since each host that works on it has to see the same one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from ledger.errors import InvalidError

__all__ = [
    "ANSWER_S",
    "DEFAULT_FOLDERS",
    "DEFAULT_SCHEMA",
    "Address",
    "AddressField",
    "DatabaseAddress",
    "folder_of",
    "is_database",
    "read_address",
]

DEFAULT_SCHEMA = "incident_ledger"
DEFAULT_FOLDERS = Path("incident-ledgers")
"""Where the folders of the ledgers of databases lie, each by the name of its schema, unless `LEDGER_BLOBS` says another place."""

ANSWER_S = 60
"""How long the silence of a server is borne while an answer is due, in seconds, unless a setting says otherwise."""

_SCHEMES = ("postgresql", "postgres")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,47}", re.ASCII)
_SECRETS = frozenset({"password", "sslpassword", "passfile"})
_MAX_CHARACTERS = 2_000


class DatabaseAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger in a PostgreSQL database. `url` is for the driver, and may hold a password; str() and repr() do not.

    `answer_s`: how long the silence of the server is borne while an answer is due, in seconds.
    """

    url: str
    schema: str
    folder: Path
    answer_s: float = ANSWER_S

    def __str__(self) -> str:
        scheme, netloc, path, query, _ = urlsplit(self.url)
        login, at, hosts = netloc.rpartition("@")
        kept = [(name, value) for name, value in parse_qsl(query) if name not in _SECRETS]
        shown = urlencode([*kept, ("schema", self.schema)])
        return urlunsplit((scheme, login.partition(":")[0] + at + hosts, path, shown, ""))

    def __repr__(self) -> str:
        return f"DatabaseAddress({str(self)!r}, folder={str(self.folder)!r})"


Address: TypeAlias = Path | DatabaseAddress
"""Where a ledger lies: the path of its file, or a schema of a database."""

if TYPE_CHECKING:
    AddressField: TypeAlias = Address
else:
    # Libraries that look at annotations at run time know no union of these two; whoever fills the field makes either.
    AddressField = Path


def is_database(text: str) -> bool:
    """Whether an address names a database, well or badly; otherwise it is the path of a file."""
    return text.partition("://")[0].lower() in _SCHEMES and "://" in text


def read_address(text: str, *, folders: Path = DEFAULT_FOLDERS) -> Address:
    """The address that a text says: a path, or `postgresql://…?schema=NAME`, whose folder is NAME in `folders`.

    Raises InvalidError for a URL that names no schema that could be.
    """
    if not is_database(text):
        return Path(text)
    if len(text) > _MAX_CHARACTERS or not text.isprintable() or " " in text:
        raise InvalidError(
            f"the address of a database has no blanks and at most {_MAX_CHARACTERS} characters"
        )
    _, netloc, path, query, fragment = urlsplit(text)
    if fragment:
        raise InvalidError("a # in the address of a database has to be written %23")
    try:
        asked = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise InvalidError(
            "what stands after the ? of a database's address is name=value&name=value"
        ) from error
    schemas = [value for name, value in asked if name == "schema"]
    if len(schemas) > 1:
        raise InvalidError("the address of a database names one schema")
    schema = schemas[0] if schemas else DEFAULT_SCHEMA
    if _SCHEMA.fullmatch(schema) is None or schema.startswith("pg_"):
        raise InvalidError(
            "a schema has 1 to 48 of a-z, 0-9 and _, begins with no digit and not with pg_: ?schema=incident_ledger"
        )
    rest = urlencode([(name, value) for name, value in asked if name != "schema"])
    return DatabaseAddress(
        url=urlunsplit(("postgresql", netloc, path or "/", rest, "")),
        schema=schema,
        folder=folders / schema,
    )


def folder_of(address: Address) -> Path:
    """The folder that holds a ledger's snapshots, marks and, beside a file, its lock and keys (ledger-format §7)."""
    if isinstance(address, DatabaseAddress):
        return address.folder
    return address.with_name(address.name + ".d")
