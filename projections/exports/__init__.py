"""The views in the forms that other programs read: tables, maps, provenance, linked data. Pure: a told incident in, records out.

Every form is made of the same views that people read (told.py), so that none can say more than they do: what was redacted stands in all of
them as its tombstone, and what was not public by `public_at` in none.
"""
