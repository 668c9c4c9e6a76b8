"""What a browser sends of a form: fields by name, read with a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from api.http.body import check_content_type, read_body
from api.http.problems import ProblemError
from api.http.serving import served_by
from api.pages.sessions import TOKEN, check_sent_from_here

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["FORM", "Sent", "read_form"]

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 400


class Sent(dict[str, str]):
    """The fields of a form, the last of each name; blanks at the ends belong to what was typed."""

    def text(self, name: str) -> str:
        """A field; "" where it is not there. Line ends are those of the text, not of the form (HTML §4.10.21)."""
        return self.get(name, "").replace("\r\n", "\n")


async def read_form(request: Request) -> Sent:
    """The fields that a page of this server sent. Raises ProblemError: 403 for a form of anybody else, 413, 415 or 422."""
    check_content_type(request, FORM)
    settings = served_by(request).settings
    body = await read_body(request, settings.body_limit_bytes, settings.body_idle_s)
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise ProblemError.of(422, "invalid", "the form is not written as browsers write them") from None
    sent = Sent(fields)
    check_sent_from_here(request, sent.pop(TOKEN, ""))
    return sent
