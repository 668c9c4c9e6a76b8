"""What a ledger is written out as, for other ledgers and other programs: the commands `export …` (docs/exporting.md)."""
