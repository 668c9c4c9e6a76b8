"""Data sets with a past of their own: from a line of their history to the commands that record it (model §3, ADR 17).

Pure: nothing here opens a file or knows a store. Which record is which incident, and what stands of it, is asked of who calls.
"""
