"""Redaction at the edge: the command that finds, shows, asks and erases, and the thread that searches the files behind a server."""
