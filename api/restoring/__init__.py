"""Bringing a ledger back from a backup, at the edge."""
