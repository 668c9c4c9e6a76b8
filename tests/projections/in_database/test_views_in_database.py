"""The stored views of a database: the rows and answers of a file, kept by one process at a time, and gone from where they were erased."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from ledger.address import DatabaseAddress
from ledger.errors import LockedError, UnavailableError
from projections.catch_up_file import NAME
from projections.catch_up_rebuild import digests_of
from projections.filters import Filters
from projections.in_database.catch_up import DatabaseCatchUp
from projections.in_database.schema import ReadSchema, only_one, schema_of
from projections.pages import facts_page
from projections.paging import Asking, StoredViews
from projections.search import Index
from projections.tokens import phrases_of, tokens_of
from tests.desk import fact
from tests.postgres_server import fresh_address
from tests.projections.keeping import kept, no_text
from tests.projections.test_catch_up_laws import StoredHistory

if TYPE_CHECKING:
    from pathlib import Path

    from projections.catch_up import CatchUp


class StoredHistoryInDatabase(StoredHistory):
    """Every history, stored in a database."""

    url = ""

    def placed(self) -> DatabaseAddress:
        return fresh_address(self.url, self.views)

    def catching_up(self, batch: int) -> CatchUp:
        assert isinstance(self.place, DatabaseAddress)
        return DatabaseCatchUp(self.desk.store, self.place, self.text, batch=batch)


@pytest.fixture(autouse=True, scope="module")
def at(database_url: str) -> None:
    StoredHistoryInDatabase.url = database_url


TestStoredHistoryInDatabase = StoredHistoryInDatabase.TestCase
TestStoredHistoryInDatabase.settings = settings(
    max_examples=max(1, settings().max_examples // 33),
    stateful_step_count=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> DatabaseAddress:
    return fresh_address(database_url, tmp_path)


def _rows_with(address: DatabaseAddress, words: str) -> int:
    with psycopg.connect(address.url, autocommit=True) as connection:
        query = SQL("SELECT count(*) FROM {}.texts WHERE statement || others LIKE {}").format(
            Identifier(schema_of(address)), f"%{words}%"
        )
        found = connection.execute(query).fetchone()
    return 0 if found is None else int(found[0])


def test_both_hold_the_same_rows_after_steps_and_after_a_rebuild(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    with kept(tmp_path / "test.ledger") as keeping:
        views = DatabaseCatchUp(keeping.desk.store, address, no_text, batch=2)
        views.run()
        keeping.desk.act(fact("third"))
        keeping.desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
        keeping.catch_up.run()

        assert keeping.desk.store.head().position == views.run()
        rebuilt = views.rebuild()
        views.close()

        assert digests_of(keeping.folder / NAME) == rebuilt.tables
        assert () == rebuilt.differing


def test_a_row_that_was_changed_is_found_and_put_right(tmp_path: Path, address: DatabaseAddress) -> None:
    with kept(tmp_path / "test.ledger") as keeping:
        views = DatabaseCatchUp(keeping.desk.store, address, no_text)
        views.run()
        with psycopg.connect(address.url, autocommit=True) as foreign:
            foreign.execute(SQL("UPDATE {}.facts SET version = 9").format(Identifier(schema_of(address))))

        assert ("facts",) == views.rebuild().differing
        assert () == views.rebuild().differing
        views.close()


def test_words_that_were_redacted_are_in_no_row_and_found_no_more(
    tmp_path: Path, address: DatabaseAddress
) -> None:
    with kept(tmp_path / "test.ledger") as keeping:
        views = DatabaseCatchUp(keeping.desk.store, address, no_text)
        views.run()
        assert 1 == _rows_with(address, "says drag")
        keeping.desk.redact(facts=[{"fact": "drag", "paths": ["statement"]}])
        views.run()
        views.close()

        assert 0 == _rows_with(address, "says drag")
        with closing(ReadSchema(address)) as file:
            stored = StoredViews(file, keeping.desk.store, no_text)
            assert stored.has_forgotten()
            assert ["arrest"] == [
                row.fact for row in facts_page(stored, Filters(words=("dragged",)), Asking()).rows
            ]


def test_without_views_it_is_said_how_they_are_made(address: DatabaseAddress) -> None:
    with (
        closing(ReadSchema(address)) as file,
        pytest.raises(UnavailableError, match="make them with: incident-ledger rebuild"),
        file.reading(),
    ):
        pass


def test_one_process_keeps_them_and_when_it_dies_another_takes_over(address: DatabaseAddress) -> None:
    with only_one(address):
        with pytest.raises(LockedError, match="another process keeps the stored views"), only_one(address):
            pass
        with psycopg.connect(address.url, autocommit=True) as server:
            # As when the process is killed: the server ends its connection.
            query = "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l WHERE locktype = 'advisory' AND objsubid = 1"
            assert server.execute(query).fetchall()
        with only_one(address):
            pass
    with only_one(address):
        pass


def test_whoever_is_done_with_them_gives_the_right_back_before_the_server_ends_the_connection(
    address: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending: list[psycopg.Connection] = []

    def close_later(connection: psycopg.Connection) -> None:
        ending.append(connection)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Connection, "close", close_later)
        for _ in range(2):
            with only_one(address):
                pass

    assert 2 == len(ending)
    for connection in ending:
        connection.close()


def test_two_that_keep_them_at_the_same_time_do_no_harm(tmp_path: Path, address: DatabaseAddress) -> None:
    with kept(tmp_path / "test.ledger") as keeping:
        one = DatabaseCatchUp(keeping.desk.store, address, no_text, batch=1)
        other = DatabaseCatchUp(keeping.desk.store, address, no_text, batch=1)
        one.run()
        for number in range(4):
            keeping.desk.act(fact(f"more-{number}"))
        assert [True, True, True, True, False] == [views.step() for views in (one, other, one, other, one)]
        assert () == other.rebuild().differing
        one.close()
        other.close()


_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("aåÅ é-'\".3"), max_size=30
)


@settings(max_examples=60)
@given(
    texts=st.tuples(_TEXTS, _TEXTS),
    words=st.lists(_TEXTS.filter(lambda one: any(c.isalnum() for c in one)), min_size=1, max_size=3),
    copied=st.integers(0, 20),
)
def test_the_same_words_are_found_as_by_the_index_of_a_file(
    texts: tuple[str, str], words: list[str], copied: int
) -> None:
    # Half of the questions are pieces of the text, so that some are answered.
    words = (
        [*words, texts[0][copied : copied + 8]]
        if any(c.isalnum() for c in texts[0][copied : copied + 8])
        else words
    )
    query, phrases = phrases_of(words)
    (tokens, whole), *_ = tokens_of([texts])
    asked = {one.strip("'") for one in query.split(" & ")}

    with closing(Index()) as index:
        expected = index.has(texts, words)
    assert expected == (bool(query) and asked <= set(tokens) and all(phrase in whole for phrase in phrases))
