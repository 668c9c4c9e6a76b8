"""The OpenAPI document as a page that people read: HTML made from the document alone, without scripts and without other hosts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from html import escape

from ledger.values import Json

__all__ = ["REFERENCE_POLICY", "reference_page"]

_CODE = re.compile(r"`([^`]+)`")
_STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100%;
  background: light-dark(#fcfbf8, #16171a); color: light-dark(#1d1b18, #ece8e0); }
a { color: light-dark(#1f4e8c, #9dc1f5); }
body { max-width: 60rem; margin: 1rem auto 3rem; padding-inline: 1rem; }
h1, h2, h3, p, code, a, td, th, li { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: start; vertical-align: top; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid; }
"""
"""So that the longest path, member and example stays within a telephone's width, and a dark screen stays dark."""

REFERENCE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""What the page may load: nothing. The one style that stands in it holds, by its digest."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""


def _words(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return f"<pre>{escape(text)}</pre>"


def _type(schema: Json) -> str:
    """What may stand somewhere, in a few words; components are linked."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    for word, joined in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if word in schema:
            return joined.join(dict.fromkeys(_type(one) for one in schema[word]))
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"a list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and "properties" in schema:
        return "an object: " + ", ".join(f"<code>{escape(name)}</code>" for name in schema["properties"])
    return escape(str(schema.get("format") or schema.get("type") or "any value"))


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    yield f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</table>"


def _members(schema: Json) -> Iterator[str]:
    required = schema.get("required", ())
    rows = [
        (f"<code>{escape(name)}</code>", _type(said), "yes" if name in required else "")
        for name, said in schema.get("properties", {}).items()
    ]
    yield from _table(("Member", "Value", "Required"), rows)
    if not rows:
        yield f"<p>{_type(schema)}</p>"


def _body(content: Json) -> Iterator[str]:
    for media_type, said in content.items():
        yield f"<p><code>{escape(media_type)}</code></p>"
        schema = said["schema"]
        if "x-line" in schema:
            yield f"<p>{_words(schema['description'])}: {_type(schema['x-line'])}</p>"
        else:
            yield from _members(schema)
        if "example" in said:
            yield _shown(said["example"])


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    op = escape(operation["operationId"])
    yield f'<h2 id="{op}">{escape(operation["summary"])}</h2>'
    role = escape(operation["x-role"])
    yield f"<p><code>{method.upper()} {escape(path)}</code>, operation <code>{op}</code>, role <code>{role}</code></p>"
    rows = [
        (
            f"<code>{escape(one['name'])}</code>",
            escape(one["in"]),
            _type(one["schema"]),
            _words(one["description"]),
        )
        for one in operation["parameters"]
    ]
    yield from _table(("Name", "In", "Value", "What it says"), rows)
    if "requestBody" in operation:
        yield "<h3>Body</h3>"
        yield from _body(operation["requestBody"]["content"])
    yield "<h3>Answers</h3><ul>"
    for status, said in operation["responses"].items():
        if "$ref" in said:
            continue
        types = [
            f"<code>{escape(name)}</code> {_type(one['schema'])}"
            for name, one in said.get("content", {}).items()
        ]
        yield f"<li>{status}: {_words(said['description'])} {', '.join(types)}</li>"
    problems = ", ".join(status for status, said in operation["responses"].items() if "$ref" in said)
    yield f'<li>{problems}: <a href="#schema-Problem">Problem</a></li></ul>'


def reference_page(document: Json) -> str:
    """The page."""
    parts = [f"<p>{_words(one)}</p>" for one in document["info"]["description"].split("\n\n")]
    parts += [
        '<p>For programs: <a href="/openapi.json">/openapi.json</a></p>',
        '<p>To try it out: <a href="/docs/swagger">Swagger UI</a>, which needs scripts</p>',
        "<ul>",
    ]
    operations = [
        (method, path, one) for path, methods in document["paths"].items() for method, one in methods.items()
    ]
    for method, path, one in operations:
        parts.append(
            f'<li><a href="#{escape(one["operationId"])}"><code>{method.upper()} {escape(path)}</code></a> '
            f"{escape(one['summary'])}</li>"
        )
    parts.append("</ul>")
    for method, path, one in operations:
        parts += _operation(method, path, one)
    parts.append("<h2>Schemas</h2>")
    for name, schema in document["components"]["schemas"].items():
        parts.append(f'<h3 id="schema-{escape(name)}">{escape(name)}</h3>')
        if "description" in schema:
            parts.append(f"<p>{_words(schema['description'])}</p>")
        parts += _members(schema)
    return _PAGE.format(
        title=f"incident-ledger {escape(document['info']['version'])}: the HTTP API",
        style=_STYLE,
        body="\n".join(parts),
    )
