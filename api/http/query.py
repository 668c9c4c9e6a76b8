"""The query of a write: a few named parameters, each once; one that is not known is refused, so that none is overlooked."""

from __future__ import annotations

from starlette.requests import Request

from api.http.problems import ProblemError, RefusedField, sentence_of

__all__ = ["PLUS_RULE", "check_known", "parameter", "refused_given", "refused_parameter", "yes_no"]

PLUS_RULE = "in a query + stands for a blank, so write Z, or %2B before an offset"

_YES_NO = {"true": True, "1": True, "false": False, "0": False}
_MAX_SHOWN = 64


def refused_parameter(name: str, rule: str) -> ProblemError:
    """The problem of a parameter that breaks a rule (400)."""
    return ProblemError.of(
        400, "invalid-parameter", sentence_of(name, rule), RefusedField(parameter=name, rule=rule)
    )


def refused_given(name: str, rule: str, given: str | None) -> ProblemError:
    """The same (400) with what is likely the cause, where a date-time was given with a blank for the sign of its offset."""
    is_instant = name.startswith("occurred_") or name == "captured_at"
    return refused_parameter(name, f"{rule}; {PLUS_RULE}" if is_instant and " " in (given or "") else rule)


def check_known(request: Request, *known: str) -> None:
    """Refuse parameters that are not known here. Raises ProblemError (400)."""
    for name in request.query_params if request.scope.get("query_string") else ():
        if name not in known:
            rule = f"is not known here; known are {', '.join(known)}"
            if len(name) > _MAX_SHOWN or not (name.isascii() and name.isprintable()):
                raise ProblemError.of(400, "invalid-parameter", f"a parameter {rule}")
            raise refused_parameter(name, rule)


def parameter(request: Request, name: str) -> str | None:
    """A parameter; None where it is not there. Raises ProblemError (400) where it stands twice."""
    if not request.scope.get("query_string"):
        # Nearly no write has one, and to read it anew takes a while.
        return None
    found = request.query_params.getlist(name)
    if len(found) > 1:
        raise refused_parameter(name, "must stand once")
    return found[0] if found else None


def yes_no(request: Request, name: str) -> bool:
    """A parameter that is true or false; false where it is not there. Raises ProblemError (400) where it is neither."""
    text = parameter(request, name)
    if text is None:
        return False
    if text not in _YES_NO:
        raise refused_parameter(name, "must be true or false")
    return _YES_NO[text]
