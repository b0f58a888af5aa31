"""Accept a site: its gates hold, a record is written, and both are frozen by their digests.

The record is written first, while nobody else can change the catalogue, and taken away again when
the entry does not get into the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vtour.files import file_digest
from vtour.progress import Progress, no_progress
from vtour.rollout.audit import Entry, log_path, read_log
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.check import gates_for
from vtour.rollout.ledger import Actor, Book, Proposal, open_book, record
from vtour.rollout.record.facts import RecordFacts
from vtour.rollout.refusals import refused
from vtour.rollout.timeline import day_of
from vtour.rollout.transitions import Wish, proposal_of, rule_of
from vtour.schema.catalog import CatalogSite, SiteState
from vtour.schema.gates import GateReport

FOLDER = "acceptance"
SUFFIX = ".docx"


@dataclass(frozen=True)
class Accepted:
    """What an acceptance left behind."""

    entry: Entry
    record: Path
    sha256: str


def look_before_accepting(
    path: Path, actor: Actor, site_id: str, progress: Progress = no_progress
) -> GateReport:
    """The gates before an acceptance.

    Raises InputError when the site is not in review, or this actor may not accept it: only a
    manager may, and never the one who delivered.
    """
    book = open_book(path)
    site = _not_held(book, site_id)
    rule = rule_of(book, actor, Wish(site_id, SiteState.accepted))
    return gates_for(path, book.catalog, site, rule.gates, progress=progress)


def accept_site(
    path: Path, actor: Actor, site_id: str, checked: GateReport, *, bilingual: bool = False
) -> Accepted:
    """Write the record and the entry.

    checked : the gates, looked at before.

    Raises GatesError when one fails and is not waived, InputError when there is no package, or when
    the site or its evidence changed since the gates were looked at. Then nothing is left behind.
    """
    from vtour.rollout.record.write import write_record  # python-docx takes a while to import

    wish = Wish(site_id, SiteState.accepted)
    written: list[Path] = []

    def propose(book: Book) -> Proposal:
        site = _not_held(book, site_id)
        proposal = proposal_of(book, actor, wish, checked)
        if "package" not in checked.evidence:
            raise refused("accept_no_package", site=site_id)
        at = proposal.at
        assert at is not None
        case = Case(path, book.catalog, site, day_of(at))
        if case.evidence() != checked.evidence:
            raise refused("evidence_changed", site=site_id)
        facts = RecordFacts(
            catalog=book.catalog,
            site=site,
            report=checked,
            number=len(site.acceptances) + 1,
            acceptor=actor.name,
            signed=actor.sign is not None,
            at=at,
            head=book.log.head,
        )
        while (path.parent / FOLDER / f"{facts.name}{SUFFIX}").exists():
            facts = replace(facts, number=facts.number + 1)  # somebody's file, or half a record
        name = f"{FOLDER}/{facts.name}{SUFFIX}"
        target = path.parent / name
        written.append(target)
        write_record(target, facts, bilingual=bilingual)
        digest = file_digest(target)
        acceptance = {
            "at": at.isoformat(),
            "by": actor.name,
            "package": checked.evidence["package"],
            "captures": checked.evidence.get("captures"),
            "record": name,
            "sha256": digest,
        }
        kept = {key: value for key, value in acceptance.items() if value is not None}
        return replace(
            proposal,
            action="accept",
            added={**proposal.added, "acceptances": kept},
            evidence={**proposal.evidence, "record": digest},
        )

    with _taken_away_unless_recorded(path, written):
        _, entry = record(path, actor, propose)
    return Accepted(entry, written[0], entry.evidence["record"])


def _not_held(book: Book, site_id: str) -> CatalogSite:
    """The site. Raises InputError for one on hold: it goes back to where it was, by 'set'."""
    site = book.site(site_id)
    if site.state is SiteState.on_hold:
        raise refused("accept_on_hold", site=site_id)
    return site


@contextmanager
def _taken_away_unless_recorded(path: Path, written: list[Path]) -> Iterator[None]:
    """A record whose entry did not get into the log is none."""
    try:
        yield
    except BaseException:
        for target in written:
            if target.exists() and not _is_recorded(path, file_digest(target)):
                target.unlink()
                if not any(target.parent.iterdir()):
                    target.parent.rmdir()
        raise


def _is_recorded(path: Path, digest: str) -> bool:
    entries = read_log(log_path(path)).entries
    return any(entry.evidence.get("record") == digest for entry in entries)
