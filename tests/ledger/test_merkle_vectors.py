"""Published proofs, good and bad, each judged as its publishers say: those of transparency-dev/merkle, kept outside the project."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ledger.errors import IntegrityError
from ledger.merkle import (
    check_consistency,
    check_inclusion,
    check_subtree_consistency,
    check_subtree_inclusion,
)

if TYPE_CHECKING:
    from pathlib import Path

_CASES = {"consistency": 98, "inclusion": 98, "subtreeconsistency": 118, "subtreeinclusion": 204}


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _check(kind: str, case: dict[str, Any]) -> None:
    path = [_bytes(one) for one in case["proof"] or ()]
    match kind:
        case "inclusion":
            check_inclusion(
                index=case["leafIdx"],
                size=case["treeSize"],
                leaf=_bytes(case["leafHash"]),
                path=path,
                root=_bytes(case["root"]),
            )
        case "consistency":
            check_consistency(
                first=case["size1"],
                second=case["size2"],
                path=path,
                first_root=_bytes(case["root1"]),
                second_root=_bytes(case["root2"]),
            )
        case "subtreeinclusion":
            check_subtree_inclusion(
                index=case["leafIdx"],
                start=case["start"],
                end=case["end"],
                leaf=_bytes(case["leafHash"]),
                path=path,
                root=_bytes(case["root"]),
            )
        case "subtreeconsistency":
            check_subtree_consistency(
                start=case["start"],
                end=case["end"],
                size=case["size"],
                path=path,
                subtree_root=_bytes(case["root1"]),
                root=_bytes(case["root2"]),
            )
        case _:
            raise AssertionError(f"vectors of another kind: {kind}")


def test_every_published_proof_is_judged_right(shared: Path) -> None:
    folder = shared / "vectors" / "rfc6962"
    judged: Counter[str] = Counter()
    wrong = []
    for file in sorted(folder.rglob("*.json")):
        kind = file.relative_to(folder).parts[0]
        case = json.loads(file.read_text())
        try:
            _check(kind, case)
        except IntegrityError:
            refused = True
        else:
            refused = False
        judged[kind] += 1
        if refused != case["wantErr"]:
            wrong.append(f"{file.relative_to(folder)}: {'refused' if refused else 'taken'}")

    assert [] == wrong
    assert _CASES == judged
    assert 518 == judged.total()


def test_a_proof_with_a_bit_too_many_is_told_from_one_without() -> None:
    # The publishers' cases are not always at hand; this one of them is.
    leaf = _bytes("bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=")
    check_inclusion(index=0, size=1, leaf=leaf, path=[], root=leaf)
    with pytest.raises(IntegrityError):
        check_inclusion(index=0, size=1, leaf=leaf, path=[leaf], root=leaf)
