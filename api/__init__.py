"""The edge: the only place that knows HTTP, HTML and argv.

`cli` has the commands, and `terminal` what they say; `exporting`, `importing`, `records`, `redacting` and `restoring` are the larger ones.
`routes` has a file per noun, `pages` what a person sees, `openapi` the document, and `http` what all of them work with; `app.py` puts the
server together. `client` asks a server. What stands beside them is shared.
"""
