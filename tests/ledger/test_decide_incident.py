"""Opening and amending an incident: its frame is the ledger's own, and said so."""

from __future__ import annotations

import pytest

from ledger.citation import Citation
from ledger.decisions import Draft
from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, UnknownError
from ledger.events import IncidentAmended, IncidentOpened
from ledger.values import Absent, Json
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import OPEN, READY, UNKNOWN_ID
from tests.ledger.specification import REMOVED, changed, given

AMEND: dict[str, Json] = {
    "op": "amend-incident",
    "incident": "lr",
    "title": "Officer dragged on Chester Street",
    "reason": "Two officers were dragged in Little Rock that year.",
}
OPENED = IncidentOpened(title="Officer dragged in Little Rock", zone="America/Chicago")
AMENDED = IncidentAmended(
    title="Officer dragged on Chester Street", reason="Two officers were dragged in Little Rock that year."
)


def test_an_incident_is_opened_in_its_own_stream() -> None:
    decision = given().when(OPEN).then(OPENED)
    assert ("lr", "incident/lr", 0) == (decision.id, decision.stream, decision.version)
    assert [None] == [draft.answers for draft in decision.drafts]


def test_an_incident_without_an_id_gets_one() -> None:
    decision = given().when(changed(OPEN, ("/id", REMOVED))).then(OPENED)
    assert ("made-1", "incident/made-1") == (decision.id, decision.stream)


def test_an_id_in_use_is_refused() -> None:
    given(OPEN).when(OPEN).refuses(ConflictError, field="/id", saying="opened already")


@pytest.mark.parametrize(
    ("member", "value", "saying"),
    [
        pytest.param("/id", "", "an id has 1 to 128 characters", id="empty id"),
        pytest.param("/id", "Jordan Marsh", "an id has 1 to 128 characters", id="a name for an id"),
        pytest.param("/id", "lr/drag", "an id has 1 to 128 characters", id="slash in an id"),
        pytest.param("/id", "a" * 129, "an id has 1 to 128 characters", id="long id"),
        pytest.param("/title", "", "must not be empty", id="empty title"),
        pytest.param("/title", " \n", "must not be empty", id="blank title"),
        pytest.param("/title", "a" * 1_025, "at most 1024", id="long title"),
        pytest.param("/title", "a\x00", "U+0000", id="NUL in a title"),
        pytest.param("/zone", "America/Little_Rock", "no such time zone", id="unknown zone"),
        pytest.param("/zone", "america/chicago", "did you mean America/Chicago?", id="zone in lower case"),
    ],
)
def test_a_malformed_frame_is_refused(member: str, value: str, saying: str) -> None:
    given().when(changed(OPEN, (member, value))).refuses(InvalidError, field=member, saying=saying)


def test_the_longest_title_is_taken() -> None:
    given().when(changed(OPEN, ("/title", "a" * 1_024))).then(
        IncidentOpened(title="a" * 1_024, zone="America/Chicago")
    )


def test_a_title_is_amended_for_a_reason() -> None:
    decision = READY.when(AMEND).then(AMENDED)
    assert ("lr", "incident/lr", 1) == (decision.id, decision.stream, decision.version)


def test_a_zone_is_amended_upon_a_ground() -> None:
    command = changed(
        AMEND, ("/title", REMOVED), ("/zone", "America/Denver"), ("/citations", [{"source": "wire"}])
    )
    READY.when(command).then(
        IncidentAmended(
            zone="America/Denver",
            reason="Two officers were dragged in Little Rock that year.",
            citations=(Citation(id="made-1", source="wire"),),
        )
    )


def test_only_what_changes_is_recorded_of_an_amendment() -> None:
    READY.when(changed(AMEND, ("/zone", "America/Chicago"))).then(AMENDED)


def test_a_redacted_title_is_given_anew() -> None:
    hidden = Draft(stream="incident/lr", act=IncidentOpened(title=Absent(absent="undisclosed"), zone="UTC"))
    given(hidden).when(AMEND).then(AMENDED)


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", UNKNOWN_ID)], UnknownError, "/incident", "open it first", id="unknown"),
        pytest.param([("/incident", "No Id")], InvalidError, "/incident", "an id has", id="malformed id"),
        pytest.param([("/title", OPEN["title"])], RuleError, "", "already stand so", id="same title"),
        pytest.param([("/title", REMOVED)], RuleError, "", "already stand so", id="nothing given"),
        pytest.param([("/title", " ")], InvalidError, "/title", "must not be empty", id="blank title"),
        pytest.param([("/zone", "Mars/Base")], InvalidError, "/zone", "no such time zone", id="unknown zone"),
        pytest.param([("/reason", "")], InvalidError, "/reason", "must not be empty", id="empty reason"),
        pytest.param([("/reason", "a" * 8_193)], InvalidError, "/reason", "at most 8192", id="long reason"),
        pytest.param([("/reason", REMOVED)], InvalidError, "/reason", "is missing", id="no reason"),
        pytest.param(
            [("/citations", [PINNED, PINNED])],
            InvalidError,
            "/citations/1/id",
            "stands twice",
            id="one id for two citations",
        ),
    ],
)
def test_an_amendment_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    READY.when(changed(AMEND, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_an_amendment_upon_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    command = changed(AMEND, ("/citations", [{"source": "wire"}, citation]))
    READY.when(command).refuses(error, field=f"/citations/1{below}", saying=saying)


def test_an_amendment_upon_a_redacted_snapshot_is_refused() -> None:
    READY.and_given(REDACTED_SNAPSHOT).when(changed(AMEND, ("/citations", [PINNED]))).refuses(
        RuleError, field="/citations/0/snapshot", saying="was redacted"
    )
