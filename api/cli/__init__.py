"""The command line. Every command takes `--ledger`, and where it prints, `--json`.

Exit codes: 0 fine, 1 the check found something, 2 usage, 3 refused by a rule, 4 unavailable. Errors go to
standard error and say what to do.
"""

from __future__ import annotations

import io
import sys

import typer

from api.changes_command import changes
from api.checkpoint_command import checkpoint
from api.citing_commands import cite, snapshot_name
from api.cli.append import append
from api.cli.backup import backup
from api.cli.demo import demo
from api.cli.events import events
from api.cli.incident import audit, show
from api.cli.kinds import kinds
from api.cli.snapshot import app as snapshot
from api.cli.source import app as source
from api.cli.verify import verify
from api.clock_command import clock_app
from api.conflicts_command import conflicts
from api.csl_commands import export_csl, import_csl
from api.exporting.ledger import export_ledger, import_ledger
from api.exporting.views import (
    export_facts,
    export_geojson,
    export_jsonld,
    export_prov,
    export_sources,
    export_sqlite,
)
from api.first_known_command import first_known
from api.importing.changes_command import import_changes
from api.importing.table_command import import_git, import_table
from api.keys_command import keys_app
from api.migrate_command import migrate
from api.prepare_command import prepare
from api.proof_command import proof
from api.rebuild_command import rebuild
from api.records.command import export_records
from api.redacting.command import redact
from api.replay_command import replay
from api.restoring.command import restore
from api.serve_command import serve
from api.telling import ending_plainly
from api.timeline_command import timeline
from api.worklist_command import worklist

__all__ = ["app", "main"]

app = typer.Typer(
    name="incident-ledger",
    help="A ledger of what was reported about incidents: sourced, replayable, auditable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
for command in (demo, append, show, audit, events, kinds, verify, checkpoint, backup):
    app.command()(command)
for viewing in (
    timeline,
    changes,
    first_known,
    replay,
    conflicts,
    worklist,
    cite,
    rebuild,
    redact,
    migrate,
    prepare,
    proof,
    restore,
):
    app.command()(viewing)
source.command("import-csl")(import_csl)
source.command("export-csl")(export_csl)
snapshot.command("name")(snapshot_name)
app.add_typer(source, name="source")
app.add_typer(snapshot, name="snapshot")
app.add_typer(clock_app, name="clock")
app.add_typer(keys_app, name="keys")
app.command()(serve)
exports = typer.Typer(
    help="The ledger and its views for other ledgers and other programs.", no_args_is_help=True
)
imports = typer.Typer(help="Histories into the ledger.", no_args_is_help=True)
exports.command("ledger")(export_ledger)
exports.command("records")(export_records)
exports.command("facts")(export_facts)
exports.command("geojson")(export_geojson)
exports.command("prov")(export_prov)
exports.command("jsonld")(export_jsonld)
exports.command("csl")(export_sources)
exports.command("sqlite")(export_sqlite)
imports.command("ledger")(import_ledger)
imports.command("changes")(import_changes)
imports.command("table")(import_table)
imports.command("git")(import_git)
app.add_typer(exports, name="export")
app.add_typer(imports, name="import")


def main() -> None:
    """Run the command line. Output is UTF-8 whatever the terminal is set to, and a reader that goes away is no fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with ending_plainly():
        try:
            app(prog_name="incident-ledger")
        finally:
            sys.stdout.flush()
