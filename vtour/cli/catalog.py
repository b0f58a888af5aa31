"""``vtour catalog``: a group of commands, each in a module of its own."""

import click

from vtour.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "lint": ("vtour.cli.catalog_lint", "lint", "Check catalog.yaml, with line and column."),
    "status": ("vtour.cli.catalog_status", "status", "Say how far the programme is."),
    "show": ("vtour.cli.catalog_show", "show", "Show everything about one site."),
    "diff": ("vtour.cli.catalog_diff", "diff", "Say what changed since a revision of git."),
    "forecast": ("vtour.cli.catalog_forecast", "forecast", "Say when the rest is likely done."),
    "import": ("vtour.cli.catalog_import", "import_annex", "Add the sites of a spreadsheet."),
    "export": ("vtour.cli.catalog_export", "export", "Write reports: XLSX, CSV, HTML..."),
    "set": ("vtour.cli.catalog_set", "set_state", "Take a site to another state."),
    "gates": ("vtour.cli.catalog_gates", "gates", "Look at the evidence, gate by gate."),
    "waive": ("vtour.cli.catalog_waive", "waive", "Let a gate pass that does not hold."),
    "accept": ("vtour.cli.catalog_accept", "accept", "Accept a site and write the record."),
    "audit": ("vtour.cli.catalog_audit", "audit", "Check the audit log."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def catalog() -> None:
    """Track a rollout: sites, phases, evidence, acceptance.

    The sites stand in catalog.yaml, which people write. What commands change is written to the
    audit log beside it, too.
    """
