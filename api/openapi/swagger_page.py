"""Swagger UI as our own server tells it: the files of the wheel, a page, the lines that begin it, and nothing from another host (ADR 13).

The policy of content lets the page run and ask only what this server tells. The page keeps no access key: one that is typed into it is gone
with the page.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from api.http.conditional import Told

__all__ = ["SWAGGER", "SWAGGER_POLICY", "swagger_files"]

SWAGGER = "/docs/swagger"

SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""What the page may load and run: files of this server, and the pictures that stand in its style sheet."""

_PACKAGE = "fastapi_swagger.resources"
_BUNDLE, _STYLE, _ICON, _BEGIN = "swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "begin.js"
_SCRIPT = "text/javascript; charset=utf-8"
_TAKEN = {_BUNDLE: _SCRIPT, _STYLE: "text/css; charset=utf-8", _ICON: "image/png"}

_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>incident-ledger: the HTTP API in Swagger UI</title>
<link rel="icon" href="{SWAGGER}/{_ICON}">
<link rel="stylesheet" href="{SWAGGER}/{_STYLE}">
<main id="swagger"></main>
<noscript><p>Swagger UI needs scripts. <a href="/docs/api">The same without scripts</a></p></noscript>
<script src="{SWAGGER}/{_BUNDLE}"></script>
<script src="{SWAGGER}/{_BEGIN}"></script>
</html>
"""

_BEGINNING = """SwaggerUIBundle({
  dom_id: "#swagger",
  url: "/openapi.json",
  deepLinking: true,
  persistAuthorization: false,
  queryConfigEnabled: false,
  validatorUrl: null,
});
"""
"""Without a validator no picture is asked of another host; without `queryConfigEnabled` no link can have the page show another document."""


@cache
def swagger_files() -> dict[str, Told]:
    """What is told under `/docs/swagger/`, by name; the page itself by the empty name."""
    folder = resources.files(_PACKAGE)
    files = {
        name: Told.of((folder / name).read_bytes(), media_type=media_type)
        for name, media_type in _TAKEN.items()
    }
    files[_BEGIN] = Told.of(_BEGINNING.encode(), media_type=_SCRIPT)
    files[""] = Told.of(_PAGE.encode(), media_type="text/html; charset=utf-8")
    return files
