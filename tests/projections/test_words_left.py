"""The index of words is read as it lies there: a word of a redacted text is found in any piece of it, unless another text says it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger.errors import StoreError
from projections.tokens import TOKENIZE, tokens_of
from projections.words_left import _LEAF, _terms_of, words_left

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEXTS = ["Zebedee Quirk was dragged.", "The officer was dragged, says Müller.", "Zebra crossing, 34 m"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "views.db"


@pytest.fixture
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """Texts and their index, as the stored views have them, in several segments."""
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("CREATE TABLE texts (id INTEGER PRIMARY KEY, statement TEXT, others TEXT)")
        made.execute(
            "CREATE VIRTUAL TABLE words USING"
            f" fts5(statement, others, content='texts', content_rowid='id', {TOKENIZE})"
        )
        for number, text in enumerate(_TEXTS):
            made.execute("INSERT INTO texts VALUES (?, ?, '')", (number, text))
            made.execute("INSERT INTO words (rowid, statement, others) VALUES (?, ?, '')", (number, text))
        yield made


def _delete(database: sqlite3.Connection, number: int) -> None:
    database.execute(
        "INSERT INTO words (words, rowid, statement, others) SELECT 'delete', id, statement, others FROM texts"
        " WHERE id = ?",
        (number,),
    )
    database.execute("DELETE FROM texts WHERE id = ?", (number,))


def test_a_word_in_a_segment_that_is_not_yet_merged_is_left_over(
    path: Path, database: sqlite3.Connection
) -> None:
    assert 0 == words_left(path, [_TEXTS[0]])
    _delete(database, 0)
    # The index gives it out no more, and a search of the bytes would have to know how it writes words.
    assert [] == database.execute("SELECT rowid FROM words WHERE words MATCH 'zebedee'").fetchall()
    assert 2 == words_left(path, [_TEXTS[0]])

    database.execute("INSERT INTO words (words) VALUES ('optimize')")
    assert 0 == words_left(path, [_TEXTS[0]])


def test_a_word_that_the_index_gives_out_and_no_text_says_is_left_over(
    path: Path, database: sqlite3.Connection
) -> None:
    database.execute("UPDATE texts SET statement = 'gone' WHERE id = 0")
    database.execute("INSERT INTO words (words) VALUES ('optimize')")

    assert 2 == words_left(path, [_TEXTS[0]])


def test_what_another_text_says_is_no_leftover(path: Path, database: sqlite3.Connection) -> None:
    _delete(database, 0)

    assert 0 == words_left(path, ["DRAGGED was", "muller"])


def test_a_file_without_an_index_or_none_at_all(path: Path, tmp_path: Path) -> None:
    assert 0 == words_left(path, ["Zebedee"])
    sqlite3.connect(tmp_path / "other.db").close()
    (tmp_path / "other.db").write_bytes(b"no database, and long enough to be looked at as one" * 20)
    with pytest.raises(StoreError, match="could not be searched"):
        words_left(tmp_path / "other.db", ["Zebedee"])


def test_every_term_of_a_large_index_is_read_as_its_vocabulary_tells(database: sqlite3.Connection) -> None:
    texts = [f"word{number} {'x' * (number % 300)}{number} été{number % 7}" for number in range(4_000)]
    database.executemany(
        "INSERT INTO words (rowid, statement, others) VALUES (?, ?, '')", list(enumerate(texts, 100))
    )
    database.execute("INSERT INTO words (words) VALUES ('optimize')")
    database.execute("CREATE VIRTUAL TABLE temp.told USING fts5vocab(main, words, row)")

    told = {term for (term,) in database.execute("SELECT term FROM told")}
    read = [term for (block,) in database.execute(_LEAF) for term in _terms_of(block)]
    assert told == set(read)
    assert told >= {token for tokens, _ in tokens_of([(text, "") for text in texts]) for token in tokens}
