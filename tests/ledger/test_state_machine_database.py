"""The laws of the ledger upon whole histories in a real database: the machine of test_state_machine.py, on another store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings

from ledger.verify import verify_ledger
from tests.database_desk import DatabaseDesk
from tests.ledger.test_state_machine import LawfulHistory
from tests.postgres_server import fresh_address

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.verify import Report
    from tests.desk import Desk


class LawfulHistoryInDatabase(LawfulHistory):
    """Every history in a database obeys the laws at every step."""

    url = ""

    def begun(self, folder: Path) -> Desk:
        return DatabaseDesk(fresh_address(self.url, folder))

    def verified(self) -> Report:
        return verify_ledger(self.desk.address())


@pytest.fixture(autouse=True, scope="module")
def at(database_url: str) -> None:
    LawfulHistoryInDatabase.url = database_url


TestLawfulHistoryInDatabase = LawfulHistoryInDatabase.TestCase
TestLawfulHistoryInDatabase.settings = settings(
    max_examples=max(1, settings().max_examples // 25),
    stateful_step_count=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
