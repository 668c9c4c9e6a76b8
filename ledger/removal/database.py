"""The tables of a ledger in a database read for what redactions erased, as files are (search.py).

Every column that is no number is read, of every table in the schema of the ledger and in that of its stored views, in one transaction. What
a query does not see is not seen here: rows that are gone and not yet cleared, free space in pages, the server's log and copies of it.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier

from ledger.errors import StoreError
from ledger.removal.sift import sift_bytes
from ledger.watchful_connection import connected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from psycopg import Connection
    from psycopg.sql import Composed

    from ledger.address import DatabaseAddress

__all__ = ["search_tables", "sift_tables", "views_schema_of"]

_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, t.typname = 'bytea', pg_total_relation_size(c.oid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
AND t.typcategory NOT IN ('N', 'B')
ORDER BY n.nspname, c.relname, a.attnum
"""
_FOUND = (
    "SELECT DISTINCT n.number FROM {table}"
    " JOIN unnest(%s::bytea[]) WITH ORDINALITY AS n(form, number) ON position(n.form IN {column}) > 0"
)
_VALUES = "SELECT {column} FROM {table} t WHERE {column} IS NOT NULL"
_VALUES_AT_ONCE = 64
"""How many values are fetched together: one has at most some megabytes."""


def views_schema_of(address: DatabaseAddress) -> str:
    """The schema in which the stored views of a ledger lie (ADR 15)."""
    return f"{address.schema}_views"


def search_tables(
    address: DatabaseAddress, needles: Sequence[Sequence[bytes]]
) -> list[tuple[str, str, int, set[int]]]:
    """Of each table its schema, its name, its size in bytes and which needles stand in it: one is found where any of its forms is.

    Raises StoreError where the database refuses.
    """
    forms = [(number, form) for number, some in enumerate(needles) for form in some]
    answer = []
    with _searching(address) as connection:
        for table, size, columns in _tables(connection, address):
            found: set[int] = set()
            for column in columns:
                found |= _found(connection, Identifier(*table), column, forms)
            answer.append((*table, size, found))
    return answer


def sift_tables(
    address: DatabaseAddress, digests: Collection[str], snapshots: Collection[str]
) -> list[tuple[str, str, int, set[str]]]:
    """As search_tables, of disclosures and snapshots that are known by their digests alone (sift.py): each value is read and hashed.

    Raises StoreError where the database refuses.
    """
    answer = []
    with _searching(address) as connection:
        for table, size, columns in _tables(connection, address):
            found: set[str] = set()
            for column in columns:
                query = SQL(_VALUES).format(table=Identifier(*table), column=column)
                with connection.cursor("sift", binary=True) as values:
                    values.itersize = _VALUES_AT_ONCE
                    values.execute(query)
                    for (value,) in values:
                        found |= sift_bytes(bytes(value), digests, snapshots)
            answer.append((*table, size, found))
    return answer


@contextmanager
def _searching(address: DatabaseAddress) -> Iterator[Connection[Any]]:
    """A connection that reads everything as it stands at one moment. Raises StoreError where the database refuses."""
    try:
        with connected(address, asks=True) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection
    except psycopg.Error as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"the tables of {address} could not be searched for what was redacted: {why}; the search has to be made again"
        ) from error


def _tables(
    connection: Connection[Any], address: DatabaseAddress
) -> Iterator[tuple[tuple[str, str], int, list[Composed]]]:
    """Each table by schema and name, its size in bytes, and its columns as bytes."""
    schemas = [address.schema, views_schema_of(address)]
    columns = connection.execute(_COLUMNS, (schemas,)).fetchall()
    for (schema, table, size), some in groupby(columns, itemgetter(0, 1, 4)):
        yield (schema, table), size, [_read(column, is_bytes) for _, _, column, is_bytes, _ in some]


def _read(column: str, is_bytes: bool) -> Composed:  # noqa: FBT001  as the catalogue says it
    expression = "t.{}" if is_bytes else "convert_to(t.{}::text, 'UTF8')"
    return SQL(expression).format(Identifier(column))


def _found(
    connection: Connection[Any], table: Identifier, column: Composed, forms: Sequence[tuple[int, bytes]]
) -> set[int]:
    query = SQL(_FOUND).format(table=SQL("{} t").format(table), column=column)
    rows = connection.execute(query, ([form for _, form in forms],)).fetchall()
    return {forms[number - 1][0] for (number,) in rows}
