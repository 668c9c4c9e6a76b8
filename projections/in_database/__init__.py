"""The stored views of a ledger in a database: in a schema beside it, with the same tables as in a file (ADR 12, ADR 15)."""
