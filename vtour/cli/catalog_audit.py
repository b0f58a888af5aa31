"""``vtour catalog audit``: check the log of who changed what."""

import re
from pathlib import Path

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.options import VtourGroup
from vtour.cli.text import say, say_json
from vtour.rollout.agreement import disagreements
from vtour.rollout.audit import Fault, Log, check_head, log_path, read_log
from vtour.rollout.catalog_file import read_catalog
from vtour.rollout.ledger import fault_line
from vtour.rollout.refusals import refused
from vtour.rollout.signing import signature_faults
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import AuditHead, Catalog

FOUND_ERRORS = 1
HEAD = re.compile(r"[1-9][0-9]{0,8}:[0-9a-fA-F]{64}")


@click.group(cls=VtourGroup)
def audit() -> None:
    """Check the audit log."""


@audit.command()
@catalog_argument
@lang_option
@click.option("--head", "said", help="COUNT:DIGEST of an acceptance record to check against, too.")
@click.option("--signed", is_flag=True, help="Take an entry without a signature as an error.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def verify(
    context: click.Context,
    catalog: Path,
    language: str,
    said: str | None,
    signed: bool,
    as_json: bool,
) -> None:
    """Check that nobody changed, cut, moved or took out a line of the log. Exit status 1 if so.

    Every line holds the digest of the one before; catalog.yaml and every acceptance record hold the
    count and the digest of the last one.

    \b
    Examples:
      vtour catalog audit verify
      vtour catalog audit verify --head 41:9f2c...
    """  # noqa: D301
    found, log = read_catalog(catalog), read_log(log_path(catalog))
    faults = faults_of(catalog.name, found, log, said, signed)
    lines = [fault_line(log_path(catalog).name, fault, language) for fault in faults]
    head = log.head
    if as_json:
        say_json({"entries": head.entries, "head": head.head, "faults": lines})
    else:
        for line in lines:
            say(line)
        signatures = sum(entry.signature is not None for entry in log.entries)
        say(
            words(
                "audit_summary",
                language,
                entries=head.entries,
                signed=signatures,
                head=head.head or "-",
                faults=len(faults),
            )
        )
    if faults:
        context.exit(FOUND_ERRORS)


def faults_of(name: str, catalog: Catalog, log: Log, said: str | None, signed: bool) -> list[Fault]:
    """Everything that is wrong with a log, and between it and its catalogue."""
    faults = [*log.faults, *check_head(log, catalog.programme.audit, name)]
    if catalog.programme.audit.entries < len(log.digests):
        lag = len(log.digests) - catalog.programme.audit.entries
        faults.append(Fault("audit_lag", None, {"found": lag, "where": name}))
    for acceptance in (each for site in catalog.sites for each in site.acceptances):
        if acceptance.entry > len(log.digests):
            values = {
                "found": len(log.digests),
                "expected": acceptance.entry,
                "where": acceptance.record,
            }
            faults.append(Fault("audit_cut", None, values))
    if said is not None:
        faults += check_head(log, _head(said), "--head")
    if not log.faults:
        faults += disagreements(catalog, log)
    return [*faults, *signature_faults(log, catalog.programme.people, every=signed)]


def _head(said: str) -> AuditHead:
    count, _, digest = said.partition(":")
    if not HEAD.fullmatch(said):
        raise refused("head_form", found=said)
    return AuditHead(entries=int(count), head=digest.lower())
