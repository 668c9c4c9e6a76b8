"""Where the log lies: what every store promises (contract.py), and the SQLite file that keeps it."""
