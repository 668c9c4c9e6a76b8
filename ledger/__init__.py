"""The log of the incident ledger: what can be said, how it is decided, the exact bytes it becomes, and where they are kept.

An *act* (`FactReported`, `FactCorrected`, …) is decided from a command and the present state by a pure function, stamped by the
one writer, encoded once as canonical JSON with every value committed by a salted digest, and appended to one dense sequence.
The bytes are never rewritten; everything a reader sees is a fold over them. This package knows nothing of views, HTTP or pages.
"""
