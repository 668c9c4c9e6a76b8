"""What whoever runs a server can set: from arguments, `LEDGER_*` variables, a TOML file, and defaults, in that order.

The struct is the one truth: names, types, limits, defaults and what each setting is for stand in it, and the page of settings is held
against it. A value that breaks its rule is refused before anything is opened; a name in the file that no setting has, too, since a
slip of the pen there would leave a door open that was meant to be shut.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec.inspect import BoolType, IntType, VarTupleType

from ledger.address import ANSWER_S, DEFAULT_FOLDERS, Address, AddressField, DatabaseAddress, read_address
from ledger.errors import InvalidError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PREFIX", "SETTINGS", "Setting", "Settings", "answer_s", "read_settings"]

PREFIX = "LEDGER_"
"""What the name of a variable begins with: `LEDGER_PORT` is the setting `port`."""

_KIB = 1024
_MIB = 1024 * _KIB
_GIB = 1024 * _MIB
_MAX_FILE_BYTES = _MIB
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_YES_NO = {"1": True, "true": True, "0": False, "false": False}


def _said(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


def _whole(least: int, most: int, text: str) -> msgspec.Meta:
    return msgspec.Meta(ge=least, le=most, description=text)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a server runs. Made by `read_settings`; a test may build one."""

    path: Annotated[AddressField, _said("The ledger: a file, or the address of a database.")] = Path(
        "incident.ledger"
    )
    blobs: Annotated[
        Path,
        _said(
            "The folder in which each ledger of a database has its folder, by its schema; every host has to see the same."
        ),
    ] = DEFAULT_FOLDERS
    answer_s: Annotated[
        int,
        _whole(
            1,
            3_600,
            "How long the silence of a database is borne while an answer is due, in seconds; then the connection is given up for lost.",
        ),
    ] = ANSWER_S
    host: Annotated[str, _said("The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, _whole(0, 65_535, "The port to listen on; 0 takes one that is free.")] = 8000
    workers: Annotated[
        int, _whole(1, 64, "How many processes answer; more than one need a ledger in a database.")
    ] = 1
    queue_capacity: Annotated[
        int, _whole(1, 100_000, "How many commands may wait to be recorded; more are answered 503.")
    ] = 1_024
    body_limit_bytes: Annotated[
        int,
        _whole(_KIB, 64 * _MIB, "Most bytes of the body of a write; a snapshot and a batch have their own."),
    ] = _MIB
    body_idle_s: Annotated[
        int, _whole(1, 3_600, "How long the next piece of a body may take, in seconds; then 408.")
    ] = 30
    head_s: Annotated[
        int,
        _whole(
            1, 3_600, "How long a connection may take to say what it asks, in seconds; then it is closed."
        ),
    ] = 30
    snapshot_limit_bytes: Annotated[
        int,
        _whole(_KIB, 2 * _GIB, "Most bytes of a snapshot that is uploaded; its media type may allow less."),
    ] = 2 * _GIB
    batch_limit_bytes: Annotated[
        int, _whole(_KIB, 1_024 * _GIB, "Most bytes of a batch, which is streamed.")
    ] = 16 * _GIB
    atomic_limit_bytes: Annotated[
        int,
        _whole(
            _KIB, 256 * _MIB, "Most bytes of an atomic batch, or of one that is only tried, held in memory."
        ),
    ] = 8 * _MIB
    atomic_lines: Annotated[
        int, _whole(1, 10_000, "Most lines of an atomic batch, or of one that is only tried.")
    ] = 1_000
    uploads: Annotated[int, _whole(1, 256, "How many snapshots and batches are received at once.")] = 8
    views_process: Annotated[
        bool,
        _said(
            "Whether a process of its own keeps the stored views; with more than one worker, a thread of one does it."
        ),
    ] = True
    public_read: Annotated[bool, _said("Whether anybody may read, without an access key.")] = False
    request_log: Annotated[bool, _said("Whether each request is a line of the log.")] = True
    cors_origins: Annotated[
        tuple[str, ...], _said("Origins whose pages may ask from a browser, such as https://desk.example.")
    ] = ()
    checkpoint_events: Annotated[
        int,
        _whole(1, 1_000_000_000, "After how many new events the head of the log is signed, at the latest."),
    ] = 10_000
    checkpoint_s: Annotated[
        int,
        _whole(1, 86_400, "After how many seconds new events are signed, at the latest."),
    ] = 60
    checkpoint_copy: Annotated[
        str,
        _said(
            "A file, best on another disk, in which each checkpoint is kept as well; the next is held against it."
        ),
    ] = ""
    redaction_journal: Annotated[
        str,
        _said(
            "A file, best on another disk, in which each redaction is noted, without what it took, for a restore of an older backup."
        ),
    ] = ""
    drain_s: Annotated[
        int, _whole(1, 600, "How long a server that is stopped finishes what it accepted, in seconds.")
    ] = 10


SettingKind: TypeAlias = Literal[
    "a whole number", "true or false", "a list of texts", "a path", "a path or postgresql://…", "text"
]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: its name in the file, and what may be said of it."""

    name: str
    kind: SettingKind
    default: Any
    description: str
    least: int | None = None
    most: int | None = None

    @property
    def variable(self) -> str:
        """The name of its variable."""
        return PREFIX + self.name.upper()

    @property
    def rule(self) -> str:
        """What its value must be, in words."""
        if self.least is not None:
            return f"must be a whole number from {self.least} to {self.most}"
        return f"must be {self.kind}"

    def checked(self, value: object, *, field: str) -> object:
        """The value, if it keeps the rule. Raises InvalidError naming `field`."""
        match self.kind:
            case "a whole number":
                return self._whole(value, field)
            case "true or false":
                if not isinstance(value, bool):
                    raise InvalidError(self.rule, field=field)
            case "a list of texts":
                if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
                    raise InvalidError(self.rule, field=field)
                return _origins(tuple(value), field)
            case "a path" | "a path or postgresql://…" | "text":
                if isinstance(value, DatabaseAddress):
                    return value
                if not isinstance(value, (str, Path)) or not str(value) or "\x00" in str(value):
                    raise InvalidError(f"{self.rule}, and not empty", field=field)
                if self.kind == "a path":
                    return Path(value)
                return str(value) if self.kind == "text" else _address(value, field)
        return value

    def _whole(self, value: object, field: str) -> int:
        # True and False are numbers to Python, and to nobody who writes settings.
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidError(self.rule, field=field)
        if not (self.least or 0) <= value <= (value if self.most is None else self.most):
            raise InvalidError(self.rule, field=field)
        return value

    def read(self, text: str) -> object:
        """The value that a variable says. Raises InvalidError naming the variable."""
        field = self.variable
        match self.kind:
            case "a whole number":
                if _WHOLE.fullmatch(text) is None:
                    raise InvalidError(self.rule, field=field)
                return self.checked(int(text), field=field)
            case "true or false":
                if text.lower() not in _YES_NO:
                    raise InvalidError("must be 1 or true, or 0 or false", field=field)
                return _YES_NO[text.lower()]
            case "a list of texts":
                parts = tuple(part.strip() for part in text.split(",") if part.strip())
                return self.checked(parts, field=field)
            case "a path" | "a path or postgresql://…" | "text":
                return self.checked(text, field=field)


def _address(value: str | Path, field: str) -> Address:
    try:
        return value if isinstance(value, Path) else read_address(value)
    except InvalidError as error:
        raise InvalidError(error.rule, field=field) from error


def _origins(origins: tuple[str, ...], field: str) -> tuple[str, ...]:
    for origin in origins:
        if _ORIGIN.fullmatch(origin) is None:
            raise InvalidError(
                "must name origins, each a scheme, a host and perhaps a port, as https://desk.example; * is not taken",
                field=field,
            )
    return origins


def _setting(field: msgspec.inspect.Field) -> Setting:
    stated = field.type
    said = stated.extra_json_schema or {} if isinstance(stated, msgspec.inspect.Metadata) else {}
    kind = stated.type if isinstance(stated, msgspec.inspect.Metadata) else stated
    name: SettingKind
    least = most = None
    if isinstance(kind, IntType):
        name, least, most = "a whole number", kind.ge, kind.le
    elif isinstance(kind, BoolType):
        name = "true or false"
    elif isinstance(kind, VarTupleType):
        name = "a list of texts"
    else:
        is_path = isinstance(field.default, Path)
        name = "a path or postgresql://…" if field.name == "path" else "a path" if is_path else "text"
    return Setting(
        name=field.name,
        kind=name,
        default=field.default,
        description=str(said.get("description", "")),
        least=least,
        most=most,
    )


def _settings() -> tuple[Setting, ...]:
    described = msgspec.inspect.type_info(Settings)
    fields = described.fields if isinstance(described, msgspec.inspect.StructType) else ()
    return tuple(_setting(field) for field in fields)


SETTINGS: tuple[Setting, ...] = _settings()
"""Every setting, in the order of the struct."""


def read_settings(
    *,
    arguments: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings: what the arguments say, else the environment, else the file, else the default.

    An argument that is None was not given. Raises InvalidError naming the option, variable or member that breaks its rule, or that no
    setting has, and StoreError where the file cannot be read.
    """
    found: dict[str, Any] = {} if file is None else _read_file(file)
    for setting in SETTINGS:
        text = (environment or {}).get(setting.variable)
        if text is not None:
            found[setting.name] = setting.read(text)
    known = {setting.name: setting for setting in SETTINGS}
    for name, value in (arguments or {}).items():
        if value is not None:
            found[name] = known[name].checked(value, field=f"--{name.replace('_', '-')}")
    path, blobs = found.get("path"), found.get("blobs")
    if isinstance(path, DatabaseAddress):
        folder = path.folder if blobs is None else blobs / path.schema
        found["path"] = msgspec.structs.replace(path, folder=folder, answer_s=found.get("answer_s", ANSWER_S))
    return Settings(**found)


def answer_s(environment: Mapping[str, str]) -> int:
    """How long an answer of a database is waited for, in seconds, where variables alone are looked at. Raises InvalidError."""
    said = {name: text for name, text in environment.items() if name == f"{PREFIX}ANSWER_S"}
    return read_settings(environment=said).answer_s


def _read_file(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise StoreError(f"the settings in {file} cannot be read: {error.strerror or error}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise InvalidError(f"the file of settings has more than {_MAX_FILE_BYTES} bytes")
    try:
        stated = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidError(f"the file of settings is not TOML in UTF-8: {error}") from error
    known = {setting.name: setting for setting in SETTINGS}
    for name in stated:
        if name not in known:
            raise InvalidError(f"is not a setting; known are {', '.join(known)}", field=name)
    return {name: known[name].checked(value, field=name) for name, value in stated.items()}
