"""The tables of a ledger in a PostgreSQL schema: the same as those of a file (sqlite_schema.py), and who may do what to them (ADR 15).

Whoever owns the tables could take the guards away. So that the program cannot, a second role without that right is meant to run it:
`grant` gives it what the program needs, and nothing that changes or removes an event. Evidence is bytea: text knows no U+0000, and
jsonb keeps neither the order of members nor their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.sql import SQL, Identifier, Literal

from ledger.errors import StoreError
from ledger.stores.sqlite_schema import RARE_TOPICS

if TYPE_CHECKING:
    from typing import Any

    from psycopg import Connection

__all__ = ["LAYOUT", "check_guards", "grant", "has_tables", "make_tables"]

LAYOUT = 1
"""The version of the table layout, kept in the table `about`."""

_RARE = ", ".join(f"'{topic}'" for topic in RARE_TOPICS)
_TABLES = (
    """CREATE TABLE about (
        one smallint PRIMARY KEY CHECK (one = 1),
        layout integer NOT NULL,
        folder text NOT NULL DEFAULT '')""",
    """CREATE TABLE head (
        one smallint PRIMARY KEY CHECK (one = 1),
        position bigint NOT NULL,
        recorded_us bigint NOT NULL) WITH (fillfactor = 10)""",
    "INSERT INTO head VALUES (1, 0, 0)",
    """CREATE TABLE streams (
        stream_no bigint PRIMARY KEY,
        stream text COLLATE "C" NOT NULL UNIQUE)""",
    """CREATE TABLE events (
        position bigint PRIMARY KEY,
        stream_no bigint NOT NULL REFERENCES streams,
        version bigint NOT NULL,
        recorded_us bigint NOT NULL,
        topic text COLLATE "C" NOT NULL,
        event bytea NOT NULL,
        leaf bytea NOT NULL)""",
    "CREATE UNIQUE INDEX events_of_stream ON events (stream_no, version)",
    f"CREATE INDEX events_of_rare_topics ON events (topic, position) WHERE topic IN ({_RARE})",
    """CREATE TABLE disclosures (
        position bigint PRIMARY KEY,
        lines bytea NOT NULL)""",
    """CREATE TABLE idempotency (
        caller text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        salt bytea NOT NULL,
        digest bytea NOT NULL,
        answer bytea NOT NULL,
        position bigint NOT NULL,
        PRIMARY KEY (caller, key))""",
    "CREATE INDEX idempotency_of_position ON idempotency (position)",
    """CREATE TABLE canary (
        one smallint PRIMARY KEY CHECK (one = 1),
        beat bigint NOT NULL) WITH (fillfactor = 10)""",
    "INSERT INTO canary VALUES (1, 0)",
    """CREATE TABLE access_keys (
        one smallint PRIMARY KEY CHECK (one = 1),
        revision bigint NOT NULL,
        keys bytea NOT NULL)""",
)

_FUNCTION = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation'; END $$"""
_GUARDS = {
    "events_are_never_updated": ("UPDATE ON events", "", "events are never updated"),
    "events_are_never_deleted": ("DELETE ON events", "", "events are never deleted"),
    "streams_are_never_updated": ("UPDATE ON streams", "", "streams are never renamed"),
    "streams_are_never_deleted": ("DELETE ON streams", "", "streams are never deleted"),
    "disclosures_are_never_deleted": ("DELETE ON disclosures", "", "disclosures only lose lines"),
    "disclosures_only_lose_lines": (
        "UPDATE ON disclosures",
        "NEW.position <> OLD.position OR length(NEW.lines) >= length(OLD.lines)",
        "disclosures only lose lines",
    ),
    "head_never_goes_back": (
        "UPDATE ON head",
        "NEW.position < OLD.position OR NEW.recorded_us < OLD.recorded_us",
        "the head never goes back",
    ),
    "head_is_never_deleted": ("DELETE ON head", "", "the head is never deleted"),
}
_EMPTIED = ("events", "streams", "disclosures", "head")
_NAMES = frozenset(_GUARDS) | {f"{table}_are_never_emptied" for table in _EMPTIED}

_TABLE_NAMES = (
    "about",
    "access_keys",
    "canary",
    "disclosures",
    "events",
    "head",
    "idempotency",
    "streams",
)
_RIGHTS = (
    "SELECT ON ALL TABLES IN SCHEMA {schema}",
    "INSERT ON {schema}.events, {schema}.streams, {schema}.disclosures, {schema}.idempotency, {schema}.access_keys",
    "UPDATE (lines) ON {schema}.disclosures",
    "UPDATE (salt, digest) ON {schema}.idempotency",
    "UPDATE (position, recorded_us) ON {schema}.head",
    "UPDATE (beat) ON {schema}.canary",
    "UPDATE (folder) ON {schema}.about",
    "UPDATE (revision, keys) ON {schema}.access_keys",
    "MAINTAIN ON {schema}.disclosures, {schema}.idempotency",
    "USAGE ON SCHEMA {schema}",
)


def has_tables(connection: Connection[Any], schema: str) -> bool:
    """Whether the schema holds a ledger; False where it is not there, or has no table yet.

    Raises StoreError where it holds something else, or a layout that this program does not know.
    """
    query = (
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relkind IN ('r', 'p')"
    )
    found = {row[0] for row in connection.execute(query, (schema,))}
    if not found:
        return False
    if not found >= set(_TABLE_NAMES):
        raise StoreError(f"the schema {schema} has tables, and is not a ledger")
    about = connection.execute(SQL("SELECT layout FROM {}.about").format(Identifier(schema))).fetchone()
    layout = 0 if about is None else about[0]
    if layout != LAYOUT:
        raise StoreError(
            f"the schema {schema} has table layout {layout} and this program knows {LAYOUT}; use a program of that version"
        )
    return True


def make_tables(connection: Connection[Any], schema: str) -> None:
    """Make the schema where it is not, and the tables and triggers in it. Within the caller's transaction, search_path set."""
    exists = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    if exists is None:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    for statement in (*_TABLES, _FUNCTION):
        connection.execute(statement)
    for name, (event, condition, message) in _GUARDS.items():
        when = SQL("WHEN (" + condition + ")") if condition else SQL("")
        connection.execute(
            SQL("CREATE TRIGGER {} BEFORE " + event + " FOR EACH ROW {} EXECUTE FUNCTION refuse({})").format(
                Identifier(name), when, Literal(message)
            )
        )
    for table in _EMPTIED:
        connection.execute(
            SQL("CREATE TRIGGER {} BEFORE TRUNCATE ON {} EXECUTE FUNCTION refuse({})").format(
                Identifier(f"{table}_are_never_emptied"),
                Identifier(table),
                Literal("the log is never emptied"),
            )
        )
    connection.execute("INSERT INTO about VALUES (1, %s)", (LAYOUT,))


def check_guards(connection: Connection[Any], schema: str) -> None:
    """Refuse a ledger that lacks one of its triggers, or where one sleeps. Raises StoreError naming the first."""
    query = (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
    )
    found = {row[0] for row in connection.execute(query, (schema,))}
    for name in sorted(_NAMES - found):
        raise StoreError(
            f"the schema {schema}: {name} is missing or disabled; a ledger without its guards is not written to, check it with:"
            " incident-ledger verify"
        )


def grant(connection: Connection[Any], schema: str, role: str) -> None:
    """Let a role run the program: read everything, append, and nothing that changes or removes an event. The views are its own."""
    views = Identifier(f"{schema}_views")
    connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(views, Identifier(role)))
    for right in _RIGHTS:
        connection.execute(
            SQL("GRANT " + right + " TO {role}").format(schema=Identifier(schema), role=Identifier(role))
        )
