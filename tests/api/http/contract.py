"""What the document promises, put to the server: requests that Schemathesis makes from it, most about what the examples told before."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.errors import InvalidSchema
from schemathesis.python.asgi import get_client, shutdown_lifespans

from api.app import create_app
from api.openapi.examples import EXAMPLES
from ledger.media import TAKEN
from ledger.settings import Settings
from tests.api.http.story import operations, story
from tests.fakes import CountingBytes, FrozenClock, SequentialIds

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from hypothesis.strategies import DrawFn
    from schemathesis import Case
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ledger.values import Json

__all__ = ["BASE", "Contract"]

BASE = "http://localhost"
_CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

load_all_checks()


@schemathesis.serializer("application/jsonl", *TAKEN)
def _as_text(_: object, value: object) -> bytes:
    """A body that is text in the document, as its bytes."""
    return str(value).encode("utf-8", "replace")


def _without_keys(document: dict[str, Json]) -> dict[str, Json]:
    """The document of a server for which no access key was made."""
    said = copy.deepcopy(document)
    for methods in said["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    return said


def _from_here(app: ASGIApp) -> Any:  # noqa: ANN401  Schemathesis has types of its own for it
    """The application, asked from this machine: Schemathesis names a sender that is no address."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "client": ("127.0.0.1", 50_000)}, receive, send)

    return asked


class Contract:
    """A running application to which the story of the examples was told, and its document as Schemathesis reads it."""

    def __init__(self, folder: Path) -> None:
        app = create_app(
            Settings(path=folder / "ledger", views_process=False),
            clock=FrozenClock(),
            ids=SequentialIds(),
            random=CountingBytes("contract"),
        )
        self._app = _from_here(app)
        self.document: dict[str, Json] = app.openapi()
        self._schema = schemathesis.openapi.from_dict(_without_keys(self.document))

    def __enter__(self) -> Self:
        """Start it, and tell it the story."""
        self._client = get_client(self._app).__enter__()
        for sent in story(self.document, iter(EXAMPLES)):
            answer = self._client.request(
                sent.method, BASE + sent.url, data=sent.content, headers=sent.headers
            )
            assert answer.status_code < 300, (sent.op, answer.text)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self._client.close()
        shutdown_lifespans()

    def hold(self, op: str, mode: GenerationMode, examples: int) -> None:
        """Put requests to one operation, as its schema has them, or as it has them not."""
        method, path, operation = operations(self.document)[op]
        checks: list[Any] = [CHECKS.get_one(name) for name in _CHECKED]
        if mode is GenerationMode.NEGATIVE:
            checks.append(CHECKS.get_one("negative_data_rejection"))
        made = _makeable(self._schema[path][method].as_strategy(mode))
        if mode is GenerationMode.POSITIVE:
            made = _about_what_is_there(made, operation, op)

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=made)
        def put(case: Case[Any]) -> None:
            case.call_and_validate(base_url=BASE, session=self._client, checks=checks)

        put()


@st.composite
def _makeable(draw: DrawFn, cases: st.SearchStrategy[Case[Any]]) -> Case[Any]:
    """A case, leaving out the few contradictions of a list that Schemathesis finds no example of."""
    try:
        return draw(cases)
    except InvalidSchema:
        reject()


@st.composite
def _about_what_is_there(
    draw: DrawFn, cases: st.SearchStrategy[Case[Any]], operation: dict[str, Json], op: str
) -> Case[Any]:
    """A case that mostly names what the story told of, and mostly mends the body of its example."""
    case = draw(cases)
    if operation["parameters"] and draw(st.integers(0, 3)):
        case.path_parameters.update(EXAMPLES[op].path)
    body: Any = EXAMPLES[op].body
    if isinstance(body, dict) and isinstance(case.body, dict) and draw(st.integers(0, 3)):
        taken = draw(st.sets(st.sampled_from(sorted(case.body)))) if case.body else set()
        case.body = {**body, **{name: case.body[name] for name in taken}}
    return case
