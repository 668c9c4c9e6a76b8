"""Which of two forms a caller would rather have (RFC 9110 §12.5.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["prefers"]

_QUALITY = re.compile(r"[ \t]*q=(?P<q>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*", re.ASCII | re.IGNORECASE)


def prefers(request: Request, form: str, usual: str) -> bool:
    """Whether Accept asks for a form by its name, and for it at least as much as for the usual one."""
    said: dict[str, float] = {}
    for part in ", ".join(request.headers.getlist("accept")).split(","):
        name, *parameters = part.split(";")
        found = [match for one in parameters if (match := _QUALITY.fullmatch(one))]
        said[name.strip(" \t").lower()] = float(found[-1]["q"]) if found else 1.0
    wildcard = said.get(f"{usual.partition('/')[0]}/*", said.get("*/*", 0.0))
    wanted = said.get(form, 0.0)
    if wanted <= 0:
        return False
    return wanted > said[usual] if usual in said else wanted >= wildcard
