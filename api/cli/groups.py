"""The commands by name: where each is, and what it does in a line."""

from __future__ import annotations

from api.cli.loading import group_of

__all__ = ["app", "clock", "exports", "imports", "keys", "snapshots", "sources"]

app = group_of(
    {
        "demo": ("api.cli.demo:demo", "Record the Little Rock incident in a fresh ledger; show it."),
        "append": ("api.cli.append:append", "Record commands, one JSON object a line."),
        "show": ("api.cli.incident:show", "Show an incident or a fact, now or as it stood at any point."),
        "timeline": (
            "api.cli.timeline:timeline",
            "Show the facts in order of occurrence, with bars for times.",
        ),
        "first-known": (
            "api.cli.first_known:first_known",
            "Show when each fact occurred, was public, was recorded.",
        ),
        "conflicts": ("api.cli.conflicts:conflicts", "Show where passages say different things."),
        "changes": ("api.cli.changes:changes", "Show what changed between two points of an axis."),
        "replay": ("api.cli.replay:replay", "Replay an incident act by act, with what each changed."),
        "audit": ("api.cli.incident:audit", "Show every act: who, when, why, and from what to what."),
        "worklist": ("api.cli.worklist:worklist", "List what the desk is asked to look at."),
        "source": ("api.cli.groups:sources", "The sources: what is known of them, what was taken from them."),
        "snapshot": (
            "api.cli.groups:snapshots",
            "The snapshots: captured bytes of sources, by their SHA-256.",
        ),
        "kinds": ("api.cli.kinds:kinds", "List the kinds of facts in force."),
        "cite": ("api.cli.citing:cite", "Write the citations of a fact in the forms that others read."),
        "proof": ("api.cli.proof:proof", "Prove the acts upon a fact to those without the ledger."),
        "events": ("api.cli.events:events", "Print stored events, oldest first."),
        "checkpoint": (
            "api.cli.checkpoint:checkpoint",
            "Sign the head of the log and print the checkpoint.",
        ),
        "verify": ("api.cli.verify:verify", "Check a ledger, an export or a served log."),
        "redact": (
            "api.redacting.command:redact",
            "Remove content lawfully and for ever, and search for it.",
        ),
        "import": ("api.cli.groups:imports", "Histories into the ledger."),
        "export": ("api.cli.groups:exports", "The ledger and its views for other programs."),
        "serve": ("api.cli.serve:serve", "Serve a ledger over HTTP until told to end."),
        "keys": ("api.cli.groups:keys", "Say who may ask a server of this ledger."),
        "clock": ("api.cli.groups:clock", "Look at the machine's clock; accept it where it leapt."),
        "rebuild": ("api.cli.rebuild:rebuild", "Make the stored views anew, and compare them."),
        "backup": ("api.cli.backup:backup", "Copy the ledger and its snapshots, also beside a writer."),
        "restore": ("api.restoring.command:restore", "Bring a ledger back from a backup, verified."),
        "migrate": ("api.cli.migrate:migrate", "Move a ledger from a file into a database, or back."),
        "prepare": ("api.cli.prepare:prepare", "Make a ledger in a database as its owner."),
    },
    name="incident-ledger",
    told="A ledger of what was reported about incidents: sourced, replayable, auditable.",
)
sources = group_of(
    {
        "list": ("api.cli.source:list_sources", "List the sources, and how often each was captured."),
        "show": ("api.cli.source:show", "Show a source: captures, notices, and what cites it."),
        "import-csl": (
            "api.cli.csl:import_csl",
            "Register the sources of a CSL-JSON file, as of Zotero.",
        ),
        "export-csl": ("api.cli.csl:export_csl", "Write sources as CSL-JSON, for Zotero and others."),
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
            "api.cli.citing:snapshot_name",
            "Name a snapshot by an ni: URI (RFC 6920), or read one.",
        ),
    },
    told="The snapshots: captured bytes of sources, by their SHA-256.",
)
clock = group_of(
    {
        "show": ("api.cli.clock:show", "Show the clock, and whether a leap was accepted."),
        "accept": ("api.cli.clock:accept_clock", "Say that the clock is right as it stands."),
    },
    told="Look at the machine's clock, and accept it where it leapt and is right.",
)
keys = group_of(
    {
        "add": ("api.cli.keys:add", "Make an access key and show it, this once."),
        "list": ("api.cli.keys:list_keys", "List the access keys, the revoked ones too."),
        "revoke": ("api.cli.keys:revoke", "Revoke a key: the next request with it is refused."),
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
