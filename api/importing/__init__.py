"""Data sets in: files read line by line, planned by ledger.datasets, and recorded in transactions that end where a line does."""
