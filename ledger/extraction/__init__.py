"""From the bytes of a snapshot to its text, the same for ever: each extractor has a name and a version (ADR 11).

Positions of quotations count the code points of that text. HTML and PDF are read by large native libraries, so they are read in a
process of their own that has nothing to lose: child.py runs there, confined.py starts it, text.py is what the ledger asks.
"""
