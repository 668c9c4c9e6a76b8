"""What the server answers, as JSON Schema: made from the structs that it answers with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from api.http.problems import Problem, RefusedField
from api.openapi.given_schemas import REFERENCE
from ledger.append import Receipt
from ledger.values import Json
from projections.axes import Overlap

__all__ = ["COMMON", "LINE_ANSWER", "PROBLEM", "RECEIPT", "TOLD_RECEIPT", "ToldSchemas"]

LINE_ANSWER = "LineAnswer"
PROBLEM = "Problem"
RECEIPT = "Receipt"
TOLD_RECEIPT = "CaptureReceipt"

COMMON: tuple[type[Any], ...] = (Problem, RefusedField, Receipt)


def _reference(name: str) -> dict[str, Json]:
    return {"$ref": REFERENCE + name}


def _only_texts(schema: dict[str, Json]) -> None:
    """Members that are left out instead of being null."""
    for name, said in schema["properties"].items():
        options = [one for one in said.get("anyOf", ()) if one != {"type": "null"}]
        if len(options) == 1:
            schema["properties"][name] = options[0]
        elif options:
            said["anyOf"] = options
        schema["properties"][name].pop("default", None)


class ToldSchemas:
    """The components of answers, and a schema for each type that is answered."""

    def __init__(self, answers: Iterable[Any]) -> None:
        """Make them of the types of all answers, at once, so that each has one name."""
        self._answers = [*COMMON, *answers]
        made, components = msgspec.json.schema_components(
            self._answers,
            schema_hook=lambda _: {"description": "any value of JSON"},
            ref_template=REFERENCE + "{name}",
        )
        self._made = made
        self.components: dict[str, Json] = components
        for name in (PROBLEM, RECEIPT, RefusedField.__name__):
            _only_texts(components[name])
        components[PROBLEM]["properties"]["request_id"] = {"type": "string"}
        components[TOLD_RECEIPT] = {
            "description": "What was recorded of a capture.",
            "allOf": [
                _reference(RECEIPT),
                {
                    "type": "object",
                    "properties": {
                        "sha256": {"type": "string"},
                        "size_bytes": {"type": "integer"},
                        "extraction": {"type": "string"},
                        "extractor": {"type": "object"},
                    },
                    "required": ["sha256", "size_bytes"],
                },
            ],
        }
        components[LINE_ANSWER] = {
            "description": "What became of a line of a batch: a receipt, or a problem.",
            "type": "object",
            "properties": {
                "line": {"type": "integer", "minimum": 1},
                "receipt": _reference(RECEIPT),
                "problem": _reference(PROBLEM),
            },
            "required": ["line"],
            "oneOf": [{"required": ["receipt"]}, {"required": ["problem"]}],
        }

    def of(self, answer: object) -> dict[str, Json]:
        """The schema of a type that is answered."""
        schema: dict[str, Json] = self._made[self._answers.index(answer)]
        return schema

    def read(self, answer: object, *, in_window: bool = False) -> dict[str, Json]:
        """The schema of what a read answers: the type, the window that was asked about, and whether its point is final."""
        said: dict[str, Json] = {
            "final": {
                "type": "boolean",
                "description": "whether nothing can be recorded any more that would belong before this point",
            }
        }
        if in_window:
            ends = ("occurred_from", "occurred_to")
            said |= {
                name: {"type": "string", "format": "date-time", "description": "as it was asked"}
                for name in ends
            }
            said["overlap"] = {"type": "string", "enum": list(get_args(Overlap))}
        return {"allOf": [self.of(answer), {"type": "object", "properties": said, "required": ["final"]}]}
