"""What lets a stranger check the log: its Merkle tree, kept beside it by a reader of the log, and heads of it that are signed.

An event is recorded first and taken into the tree after it, so nothing here delays an act or can lose one (ADR 14). Delete the folder
`tree` and it is built anew from the log, but for the signed heads, which are the promises already made.
"""

from ledger.transparency.epochs import Epoch, Epochs
from ledger.transparency.fact_proof import (
    FACT_PROOF,
    TLOG_PROOF,
    FactProof,
    ProvedAct,
    acts_to_prove,
    fact_proof,
    tlog_proof,
)
from ledger.transparency.heads import KeptHeads, SignedHead
from ledger.transparency.keys import SigningKeys
from ledger.transparency.signer import Transparency, origin_of
from ledger.transparency.tiles import TILE_WIDTH, Tile
from ledger.transparency.tree import BATCH_LEAVES, Entries, LogTree

__all__ = [
    "BATCH_LEAVES",
    "FACT_PROOF",
    "TILE_WIDTH",
    "TLOG_PROOF",
    "Entries",
    "Epoch",
    "Epochs",
    "FactProof",
    "KeptHeads",
    "LogTree",
    "ProvedAct",
    "SignedHead",
    "SigningKeys",
    "Tile",
    "Transparency",
    "acts_to_prove",
    "fact_proof",
    "origin_of",
    "tlog_proof",
]
