"""Law 4 upon whole histories: what was caught up is what is built from nothing, and says what the fold says.

Real writer, real file, every act of the model, redactions among them; the views catch up whenever they like.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.errors import InvalidError, UnknownError
from ledger.history import History
from projections.axes import Axes
from projections.catch_up import CatchUp
from projections.filters import Filters, matches
from projections.incident_view import incident_view
from projections.pages import facts_page
from projections.paging import Asking, StoredViews
from projections.stored_rows import incident_rows
from projections.tight_bounds import dated, tight_bounds
from projections.views_at import read_at
from projections.words import words_of
from tests import strategies_commands as commands
from tests.history_machine import HistoryMachine
from tests.ledger.test_state_machine import INSTANTS
from tests.projections.rows_at import folded_at, stored_at

if TYPE_CHECKING:
    from ledger.events import Act, Recorded
    from ledger.values import Json
    from projections.views_at import Place

_KINDS = (None, "drag", "flight", "contact")
_STATUSES = (None, "disputed", "unsupported", "corroborated", "retracted")


class StoredHistory(HistoryMachine):
    """Every history, stored."""

    def __init__(self) -> None:
        super().__init__()
        self.views = Path(self._folder.name) / "views"
        self.views.mkdir()
        self.place = self.placed()
        self.catch_up = self.catching_up(3)

    def placed(self) -> Place:
        """Where the views are kept."""
        return self.views

    def catching_up(self, batch: int) -> CatchUp:
        """What keeps them."""
        return CatchUp(self.desk.store, self.views, self.text, batch=batch)

    def text(self, digest: str) -> str | None:
        """The text of an extraction, as the worklist reads it."""
        try:
            return self.desk.blobs.text(digest)
        except (UnknownError, InvalidError):
            return None

    @rule()
    def views_catch_up(self) -> None:
        """The views read what is new, however much it is."""
        assert self.desk.store.head().position == self.catch_up.run()

    @rule(
        command=commands.descriptions()
        | commands.notices()
        | commands.declarations()
        | commands.revocations()
    )
    def a_source_speaks_between_two_readings(self, command: dict[str, Json]) -> None:
        """What a source says by itself reaches every row that it is about, though no act upon a fact comes with it."""
        self.catch_up.run()
        self.ask(command)
        self.catch_up.run()
        assert self.catch_up.rebuild().differing in {(), None}

    @rule(
        kind=st.sampled_from(_KINDS),
        status=st.sampled_from(_STATUSES),
        word=st.sampled_from(((), ("officer",), ("fled",), ("feet",))),
        public=st.sampled_from((None, *INSTANTS)),
        back=st.integers(0, 12),
    )
    def a_page_is_asked_for(
        self,
        kind: str | None,
        status: Any,  # noqa: ANN401  one of the statuses
        word: tuple[str, ...],
        public: str | None,
        back: int,
    ) -> None:
        """A page has the facts that the fold of every incident finds."""
        known = max(0, self.catch_up.run() - back)
        at = None if public is None else dt.datetime.fromisoformat(public)
        filters = Filters(kind=kind, status=status, words=word)
        file = read_at(self.place)
        views = StoredViews(file, self.desk.store, self.text)
        page = facts_page(views, filters, Asking(known=known, public=at))
        file.close()

        expected = set()
        for incident in self.log.named("incident"):
            view = incident_view(self.events(incident), incident, Axes(known=known, public=at))
            facts = () if view is None else view.facts
            times = tight_bounds(dated(fact) for fact in facts)
            for fact in facts:
                statement = fact.content.statement
                told = statement.lower() if isinstance(statement, str) else ""
                others = words_of(fact.content)[1].lower()
                if matches(fact, filters, times[fact.fact].interval) and all(
                    one in told or one in others for one in word
                ):
                    expected.add((incident, fact.fact, fact.version, fact.status, fact.origins))
        assert expected == {
            (row.incident, row.fact, row.version, row.status, row.origins) for row in page.rows
        }

    def events(self, incident: str) -> list[Recorded[Act]]:
        """What the views of an incident fold."""
        return History(self.desk.store).of_incident(incident)

    @invariant()
    def rows_say_what_the_fold_says(self) -> None:
        """At the head and one position before; at every position when the history ends."""
        self._compare(range(max(0, len(self.log.acts) - 1), len(self.log.acts) + 1))

    def _compare(self, positions: range) -> None:
        for incident in self.log.named("incident"):
            events = self.events(incident)
            rows = incident_rows(events, incident)
            for known in positions:
                assert folded_at(events, incident, known) == stored_at(rows, known), (incident, known)

    def teardown(self) -> None:
        """Law 4 (model §5): A stored view caught up step by step equals one built from nothing."""
        try:
            self._compare(range(len(self.log.acts) + 1))
            self.catch_up.run()
            assert self.catch_up.rebuild().differing in {(), None}
        finally:
            self.catch_up.close()
            super().teardown()


TestStoredHistory = StoredHistory.TestCase
TestStoredHistory.settings = settings(
    max_examples=max(1, settings().max_examples // 5),
    stateful_step_count=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
