"""What no report may say: every member of a fact and of its citations is told by its pointer where it breaks a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.errors import ConflictError, InvalidError, RefusedError, RuleError, UnknownError
from tests.ledger.bad_citations import BAD_CITATIONS, PINNED, REDACTED_SNAPSHOT
from tests.ledger.dragging import DRAG, QUOTED, READY, UNKNOWN_ID
from tests.ledger.specification import REMOVED, changed

if TYPE_CHECKING:
    from ledger.values import Json


@pytest.mark.parametrize(
    ("changes", "error", "field", "saying"),
    [
        pytest.param([("/incident", "No Id")], InvalidError, "/incident", "an id has", id="bad incident id"),
        pytest.param([("/id", "No Id")], InvalidError, "/id", "an id has", id="bad id"),
        pytest.param(
            [("/kind", "dispach")], UnknownError, "/kind", "did you mean dispatch or", id="kind amiss"
        ),
        pytest.param(
            [("/kind", "drag@2")], UnknownError, "/kind", "newest that can be read is drag@1", id="v2"
        ),
        pytest.param(
            [("/statement", REMOVED)], InvalidError, "/statement", "sentence of your own", id="none"
        ),
        pytest.param([("/statement", " ")], InvalidError, "/statement", "must not be empty", id="blank"),
        pytest.param(
            [("/participants/1/role", "dispatcher")],
            InvalidError,
            "/participants/1/role",
            "drag@1 does not know this role; its roles are bystander",
            id="role of another kind",
        ),
        pytest.param(
            [("/participants/1/role", REMOVED)],
            InvalidError,
            "/participants/1/role",
            "a participant has a role",
            id="no role",
        ),
        pytest.param(
            [("/participants/1/id", "p1")], InvalidError, "/participants/1/id", "stands twice", id="id twice"
        ),
        pytest.param(
            [("/details/colour", "red")],
            InvalidError,
            "/details/colour",
            "drag@1 has no such detail; it has dragged_by",
            id="detail the kind does not know",
        ),
        pytest.param(
            [("/details/dragged_by", 7)],
            InvalidError,
            "/details/dragged_by",
            "string",
            id="detail of a wrong type",
        ),
        pytest.param(
            [("/kind", "record"), ("/participants", []), ("/details", {"dataset": "d"})],
            InvalidError,
            "/details/id",
            "record@1 requires this detail",
            id="detail missing",
        ),
        pytest.param(
            [("/quantities/0/unit", "ft")],
            InvalidError,
            "/quantities/0/unit",
            "[ft_i]",
            id="unit not of UCUM",
        ),
        pytest.param(
            [("/occurred", {"relations": [{"rel": "after", "fact": UNKNOWN_ID}]})],
            UnknownError,
            "/occurred/relations/0/fact",
            "report it first",
            id="relation to an unknown fact",
        ),
        pytest.param(
            [("/occurred", {"relations": [{"rel": "after", "fact": "drag"}]})],
            InvalidError,
            "/occurred/relations/0/fact",
            "not related to itself",
            id="relation to itself",
        ),
        pytest.param(
            [("/occurred", {"earliest": "2021-03-14T02:30:00", "latest": "2021-03-14T04:00:00"})],
            InvalidError,
            "/occurred/earliest",
            "skip",
            id="time that was skipped in the zone",
        ),
        pytest.param(
            [("/occurred", "2021-02-30")], InvalidError, "/occurred", "no such date", id="impossible date"
        ),
        pytest.param(
            [("/citations", [QUOTED, {"id": "a1", "source": "wire"}])],
            InvalidError,
            "/citations/1/id",
            "stands twice",
            id="one id for two citations",
        ),
        pytest.param(
            [("/citations", [QUOTED, {**QUOTED, "id": "a9", "stance": "mentions"}])],
            ConflictError,
            "/citations/1",
            "attestation 'a1' of this fact has the same source",
            id="one passage twice",
        ),
        pytest.param(
            [("/citations/0/as_stated", {})],
            InvalidError,
            "/citations/0/as_stated",
            "leave it out",
            id="says nothing",
        ),
        pytest.param(
            [("/citations/0/as_stated", {"statement": " "})],
            InvalidError,
            "/citations/0/as_stated/statement",
            "must not be empty",
            id="blank words of a passage",
        ),
        pytest.param(
            [("/citations/0/as_stated", {"participants": [{"id": "p1"}, {"id": "p2", "role": "caller"}]})],
            InvalidError,
            "/citations/0/as_stated/participants/1/role",
            "does not know this role",
            id="role in a passage",
        ),
        pytest.param(
            [
                (
                    "/citations/0/as_stated",
                    {"quantities": [{"id": "q", "as_stated": "a"}, {"id": "q", "as_stated": "b"}]},
                )
            ],
            InvalidError,
            "/citations/0/as_stated/quantities/1/id",
            "stands twice",
            id="id twice in a passage",
        ),
        pytest.param(
            [("/citations/0/as_stated", {"details": {"colour": "red"}})],
            InvalidError,
            "/citations/0/as_stated/details/colour",
            "no such detail",
            id="detail of a passage",
        ),
        pytest.param(
            [
                (
                    "/citations/0/as_stated",
                    {"occurred": {"relations": [{"rel": "before", "fact": UNKNOWN_ID}]}},
                )
            ],
            UnknownError,
            "/citations/0/as_stated/occurred/relations/0/fact",
            "report it first",
            id="relation in a passage",
        ),
    ],
)
def test_a_report_is_refused(
    changes: list[tuple[str, object]], error: type[RefusedError], field: str, saying: str
) -> None:
    READY.when(changed(DRAG, *changes)).refuses(error, field=field, saying=saying)


@pytest.mark.parametrize(("citation", "error", "below", "saying"), BAD_CITATIONS)
def test_a_report_upon_a_bad_citation_is_refused(
    citation: dict[str, Json], error: type[RefusedError], below: str, saying: str
) -> None:
    command = changed(DRAG, ("/citations", [QUOTED, citation]))
    READY.when(command).refuses(error, field=f"/citations/1{below}", saying=saying)


def test_a_report_upon_a_redacted_snapshot_is_refused() -> None:
    READY.and_given(REDACTED_SNAPSHOT).when(changed(DRAG, ("/citations", [PINNED]))).refuses(
        RuleError, field="/citations/0/snapshot", saying="was redacted"
    )


def test_at_most_a_hundred_citations_stand_in_one_act() -> None:
    many = [{"source": "wire", "speaker": {"id": f"s{number}"}} for number in range(101)]
    READY.when(changed(DRAG, ("/citations", many))).refuses(
        InvalidError, field="/citations", saying="at most 100"
    )
    assert READY.decide(changed(DRAG, ("/citations", many[:100]))).drafts
