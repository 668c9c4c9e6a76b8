"""How a page is made of a template and what it shows: everything escaped, and under a policy that lets nothing foreign run."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.in_words import words_of
from ledger.values import Absent

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["HTML", "POLICY", "STATIC", "as_page", "counted", "rendered", "static_digest", "static_files"]

HTML = "text/html; charset=utf-8"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may load and run on a page: what this server serves as files of its own, and nothing that stands in the page."""

STATIC = "/static"
_HERE = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_DIGEST_DIGITS = 16


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """The style sheet, the modules and the drawings by name: their bytes and their media type."""
    found = sorted((_HERE / "static").iterdir())
    return {one.name: (one.read_bytes(), _TYPES[one.suffix]) for one in found if one.suffix in _TYPES}


@cache
def static_digest() -> str:
    """What tells these files from those of another version; it stands in their addresses."""
    whole = hashlib.sha256()
    for name, (body, _) in static_files().items():
        whole.update(f"{name}\0{len(body)}\0".encode() + body)
    return whole.hexdigest()[:_DIGEST_DIGITS]


def _address(name: str) -> str:
    if name not in static_files():
        raise KeyError(name)
    return f"{STATIC}/{static_digest()}/{name}"


def _is_gone(value: object) -> bool:
    """Whether a value was lawfully removed, or not disclosed."""
    return isinstance(value, Absent) and value.absent == "undisclosed"


def _is_absent(value: object) -> bool:
    return isinstance(value, Absent)


def counted(number: int, one: str, several: str = "") -> str:
    """A number with its noun, in the singular or the plural."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = _address
    made.filters["said"] = words_of
    made.filters["counted"] = counted
    made.tests["gone"] = _is_gone
    made.tests["absent"] = _is_absent
    return made


def rendered(template: str, **members: object) -> bytes:
    """A page. Every member is escaped where the template puts it."""
    return _environment().get_template(template).render(**members).encode()


def as_page(response: Response) -> Response:
    """The answer with the headers of a page. What it shows depends on who is signed in."""
    response.headers["Content-Security-Policy"] = POLICY
    # Without any, a browser would send forms from nowhere: their Origin would be null.
    response.headers["Referrer-Policy"] = "same-origin"
    said = [one.strip() for one in response.headers.get("Vary", "").split(",") if one.strip()]
    response.headers["Vary"] = ", ".join(dict.fromkeys([*said, "Accept", "Cookie"]))
    return response
