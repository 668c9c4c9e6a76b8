"""The command line. Every command takes `--ledger`, and where it prints, `--json`.

Exit codes: 0 fine, 1 the check found something, 2 usage, 3 refused by a rule, 4 unavailable. Errors go to
standard error and say what to do.
"""

from __future__ import annotations

import io
import sys

from api.cli.loading import group_of
from api.telling import ending_plainly

__all__ = ["app", "clock", "exports", "imports", "keys", "main", "snapshots", "sources"]

app = group_of(
    {
        "demo": ("api.cli.demo:demo", "Record the Little Rock incident in a fresh ledger; show it."),
        "append": ("api.cli.append:append", "Record commands, one JSON object a line."),
        "show": ("api.cli.incident:show", "Show an incident or a fact, now or as it stood at any point."),
        "timeline": (
            "api.timeline_command:timeline",
            "Show the facts in order of occurrence, with bars for times.",
        ),
        "first-known": (
            "api.first_known_command:first_known",
            "Show when each fact occurred, was public, was recorded.",
        ),
        "conflicts": ("api.conflicts_command:conflicts", "Show where passages say different things."),
        "changes": ("api.changes_command:changes", "Show what changed between two points of an axis."),
        "replay": ("api.replay_command:replay", "Replay an incident act by act, with what each changed."),
        "audit": ("api.cli.incident:audit", "Show every act: who, when, why, and from what to what."),
        "worklist": ("api.worklist_command:worklist", "List what the desk is asked to look at."),
        "source": ("api.cli:sources", "The sources: what is known of them, what was taken from them."),
        "snapshot": ("api.cli:snapshots", "The snapshots: captured bytes of sources, by their SHA-256."),
        "kinds": ("api.cli.kinds:kinds", "List the kinds of facts in force."),
        "cite": ("api.citing_commands:cite", "Write the citations of a fact in the forms that others read."),
        "proof": ("api.proof_command:proof", "Prove the acts upon a fact to those without the ledger."),
        "events": ("api.cli.events:events", "Print stored events, oldest first."),
        "checkpoint": (
            "api.checkpoint_command:checkpoint",
            "Sign the head of the log and print the checkpoint.",
        ),
        "verify": ("api.cli.verify:verify", "Check a ledger, an export or a served log."),
        "redact": (
            "api.redacting.command:redact",
            "Remove content lawfully and for ever, and search for it.",
        ),
        "import": ("api.cli:imports", "Histories into the ledger."),
        "export": ("api.cli:exports", "The ledger and its views for other programs."),
        "serve": ("api.serve_command:serve", "Serve a ledger over HTTP until told to end."),
        "keys": ("api.cli:keys", "Say who may ask a server of this ledger."),
        "clock": ("api.cli:clock", "Look at the machine's clock; accept it where it leapt."),
        "rebuild": ("api.rebuild_command:rebuild", "Make the stored views anew, and compare them."),
        "backup": ("api.cli.backup:backup", "Copy the ledger and its snapshots, also beside a writer."),
        "restore": ("api.restoring.command:restore", "Bring a ledger back from a backup, verified."),
        "migrate": ("api.migrate_command:migrate", "Move a ledger from a file into a database, or back."),
        "prepare": ("api.prepare_command:prepare", "Make a ledger in a database as its owner."),
    },
    name="incident-ledger",
    told="A ledger of what was reported about incidents: sourced, replayable, auditable.",
)
sources = group_of(
    {
        "list": ("api.cli.source:list_sources", "List the sources, and how often each was captured."),
        "show": ("api.cli.source:show", "Show a source: captures, notices, and what cites it."),
        "import-csl": (
            "api.csl_commands:import_csl",
            "Register the sources of a CSL-JSON file, as of Zotero.",
        ),
        "export-csl": ("api.csl_commands:export_csl", "Write sources as CSL-JSON, for Zotero and others."),
    },
    told="The sources: what is known of them, and what was taken from them.",
)
snapshots = group_of(
    {
        "list": ("api.cli.snapshot:list_snapshots", "List the captures, oldest first."),
        "show": ("api.cli.snapshot:show", "Show a snapshot: each capture of those bytes."),
        "save": ("api.cli.snapshot:save", "Write the bytes of a snapshot, or of its text, to a file."),
        "capture": ("api.cli.snapshot:capture", "Capture the bytes of a file as a snapshot of a source."),
        "name": (
            "api.citing_commands:snapshot_name",
            "Name a snapshot by an ni: URI (RFC 6920), or read one.",
        ),
    },
    told="The snapshots: captured bytes of sources, by their SHA-256.",
)
clock = group_of(
    {
        "show": ("api.clock_command:show", "Show the clock, and whether a leap was accepted."),
        "accept": ("api.clock_command:accept_clock", "Say that the clock is right as it stands."),
    },
    told="Look at the machine's clock, and accept it where it leapt and is right.",
)
keys = group_of(
    {
        "add": ("api.keys_command:add", "Make an access key and show it, this once."),
        "list": ("api.keys_command:list_keys", "List the access keys, the revoked ones too."),
        "revoke": ("api.keys_command:revoke", "Revoke a key: the next request with it is refused."),
    },
    told="Say who may ask a server of this ledger.",
)
exports = group_of(
    {
        "ledger": ("api.exporting.ledger:export_ledger", "Write the whole ledger as lines of the log."),
        "records": (
            "api.records.command:export_records",
            "Give a data set back as it stood, its records by id.",
        ),
        "facts": ("api.exporting.views:export_facts", "Write facts as CSV, a line for each passage."),
        "geojson": ("api.exporting.views:export_geojson", "Write the places of facts as GeoJSON."),
        "prov": ("api.exporting.views:export_prov", "Write how each fact came to stand as PROV-JSON."),
        "jsonld": (
            "api.exporting.views:export_jsonld",
            "Write incidents, facts, sources, corrections as JSON-LD.",
        ),
        "csl": ("api.exporting.views:export_sources", "Write the sources of incidents as CSL-JSON."),
        "sqlite": ("api.exporting.views:export_sqlite", "Write the views as an SQLite database."),
    },
    told="The ledger and its views for other ledgers and other programs.",
)
imports = group_of(
    {
        "ledger": ("api.exporting.ledger:import_ledger", "Make a ledger of what `export ledger` wrote."),
        "changes": (
            "api.importing.changes_command:import_changes",
            "Record a data set's editing history, a commit a line.",
        ),
        "table": (
            "api.importing.table_command:import_table",
            "Record a table: what is new, and what differs now.",
        ),
        "git": ("api.importing.table_command:import_git", "Record every version that a table had in git."),
    },
    told="Histories into the ledger.",
)


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
