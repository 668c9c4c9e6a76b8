"""A ledger with a signed head, and proofs of its fact made and checked as a stranger would."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger.transparency import Transparency, acts_to_prove, fact_proof
from tests.desk import Desk, cited, fact
from tests.project_files import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["NAME", "TEXT", "VERIFIER", "Checked", "checked", "key_of", "proof_of", "told"]

VERIFIER = ROOT / "docs" / "verify_proof.py"
NAME = "Zoë Quirk"
TEXT = f"Police said that {NAME} was dragged about 15 feet along the kerb.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How the stand-alone verifier ended and what it said."""

    code: int
    out: str
    err: str


def told(path: Path) -> Desk:
    """2: incident, 3: source, 4: snapshot, 5: fact `drag` with a quotation, 6: another fact, 7: a dispute of the first."""
    desk = Desk(path)
    desk.begin()
    quote = [{"type": "TextQuoteSelector", "exact": "about 15 feet"}]
    citing = cited(snapshot=desk.capture(TEXT), selector=quote)
    named = {"id": "p1", "role": "injured", "name": NAME}
    desk.act(fact(participants=[named], citations=[citing]))
    desk.clock.advance()
    desk.act(fact("other"))
    disputed = {"op": "dispute-fact", "incident": "stop", "fact": "drag"}
    desk.act({**disputed, "by": "the driver", "grounds": "nobody was dragged"})
    return desk


def proof_of(
    desk: Desk, *, paths: Sequence[str] | None = None, known: int | None = None, version: int | None = None
) -> bytes:
    """The proof of fact `drag`, the head of the log signed before."""
    folder = desk.path.with_name(desk.path.name + ".d")
    with closing(Transparency(desk.store, folder, writing=True)) as transparency:
        transparency.make_key(desk.random)
        head = transparency.sign()
        assert head is not None
        rows = acts_to_prove(desk.store, "stop", "drag", known=known, version=version)
        return fact_proof(rows, transparency.tree, head, incident="stop", fact="drag", paths=paths).file


def key_of(desk: Desk) -> str:
    """The public key of the ledger."""
    with closing(Transparency(desk.store, desk.path.with_name(desk.path.name + ".d"))) as transparency:
        return str(transparency.keys.known()[-1])


def checked(proof: bytes, key: str, folder: Path, *snapshots: Path) -> Checked:
    """What the verifier says, run as a program of its own that knows nothing of this project."""
    path = folder / "fact.proof"
    path.write_bytes(proof)
    files = [part for one in snapshots for part in ("--snapshot", str(one))]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(path), "--key", key, *files],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"LC_ALL": "C.UTF-8"},
        check=False,
    )
    return Checked(code=done.returncode, out=done.stdout, err=done.stderr)
