"""The live feed: each event to those who follow, as soon as it is durable (docs/feed.md).

One task reads the log for all who follow; each of these keeps its own place and takes what comes after it. So nobody has a buffer that
could overflow or lose something, whoever is slow is merely behind, and one who takes nothing for too long is cut and comes back.
"""
