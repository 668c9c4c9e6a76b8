"""What the client raises: a problem that the server answered, by what can be done about it, or no answer at all."""

from __future__ import annotations

from http import HTTPStatus

from api.http.problems import Problem

__all__ = [
    "ClientError",
    "MovedError",
    "NoAnswerError",
    "NotAllowedError",
    "NotFoundError",
    "NotTakenError",
    "ProblemAnsweredError",
    "TemporaryError",
]


class ClientError(Exception):
    """The base of all of them."""


class NoAnswerError(ClientError):
    """Nothing was answered, however often it was asked. Whether an act was recorded is not known: send it again with its key."""


class ProblemAnsweredError(ClientError):
    """The server answered a problem. `problem` is what it told, if it had the form of one."""

    def __init__(self, status: int, problem: Problem | None) -> None:
        said = (
            "an answer that is no problem of ours" if problem is None else f"{problem.code}: {problem.detail}"
        )
        super().__init__(f"{status} {said}")
        self.status = status
        self.problem = problem

    @property
    def code(self) -> str | None:
        """The code of the problem, which docs/errors.md explains."""
        return None if self.problem is None else self.problem.code

    @staticmethod
    def of(status: int, problem: Problem | None) -> ProblemAnsweredError:
        """The error that stands for a status."""
        return _KINDS.get(
            status, _TEMPORARY if status >= HTTPStatus.INTERNAL_SERVER_ERROR else NotTakenError
        )(status, problem)


class NotFoundError(ProblemAnsweredError):
    """What the path names is not there, was not yet there at that point (`not-yet-known`), or was lawfully removed."""


class NotAllowedError(ProblemAnsweredError):
    """The access key is missing or unknown, or its role is too low."""


class MovedError(ProblemAnsweredError):
    """What was decided upon has moved, or another act stands in the way: `problem.acts` are those in between."""


class NotTakenError(ProblemAnsweredError):
    """A part of what was sent breaks a rule: `problem.errors` name it."""


class TemporaryError(ProblemAnsweredError):
    """The server could not answer, however often it was asked, or it failed."""


_TEMPORARY = TemporaryError
_KINDS: dict[int, type[ProblemAnsweredError]] = {
    HTTPStatus.UNAUTHORIZED: NotAllowedError,
    HTTPStatus.FORBIDDEN: NotAllowedError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.GONE: NotFoundError,
    HTTPStatus.CONFLICT: MovedError,
    HTTPStatus.PRECONDITION_FAILED: MovedError,
    HTTPStatus.REQUEST_TIMEOUT: TemporaryError,
    HTTPStatus.TOO_MANY_REQUESTS: TemporaryError,
}
