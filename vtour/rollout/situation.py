"""A programme as it stands on a day: its catalogue, its log, and what was found at the gates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from vtour.errors import InputError
from vtour.rollout.audit import Entry
from vtour.rollout.burnup import Forecast, forecast_of
from vtour.rollout.figures import Figures, figures_of
from vtour.rollout.gates.files import gates_folder, read_gates
from vtour.rollout.ledger import open_book
from vtour.rollout.refusals import find_site
from vtour.rollout.timeline import Adopted, adopted_entries, day_of
from vtour.rollout.waivers import standing_waivers
from vtour.schema.catalog import AuditHead, Catalog, CatalogSite, Gate, SiteState, Waiver
from vtour.schema.gates import GateReport


@dataclass(frozen=True)
class Situation:
    """All that reports speak of.

    name      : of the catalogue's file.
    entries   : of the audit log, the oldest first; ``head`` is its count and last digest.
    completed : the entries that the catalogue lacked until now.
    unread    : what is wrong with gate reports that cannot be read, one line each.
    """

    name: str
    catalog: Catalog
    today: date
    entries: Sequence[Entry] = ()
    head: AuditHead = field(default_factory=AuditHead)
    completed: tuple[Entry, ...] = ()
    reports: dict[str, GateReport] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @property
    def adopted(self) -> Adopted:
        """The entries that took over what was reached on unknown days."""
        return adopted_entries(self.entries)

    def site(self, site_id: str) -> CatalogSite:
        """One site. Raises InputError when there is none of that id."""
        return find_site(self.catalog, site_id, self.name)

    def waivers(self, site: CatalogSite) -> dict[Gate, Waiver]:
        """The waivers of a site that stand: in force, and covering what was found since."""
        return standing_waivers(site, self.reports.get(site.id))

    def figures(self) -> Figures:
        """All figures."""
        return figures_of(self.catalog, self.reports, self.today, self.adopted)

    def forecast(self) -> Forecast:
        """When the phases are likely to be done."""
        return forecast_of(self.catalog, self.today, self.adopted)


def read_situation(path: Path, today: date | None = None) -> Situation:
    """Read all of it.

    today : a day in Vietnam; the one of the clock, if none is given. What happened after it is left
            out; plans and thresholds are those of now.

    Raises InputError when catalogue or log cannot be used or do not agree. A gate report that
    cannot be read is left out, and told of.
    """
    book = open_book(path)
    today = today or day_of(datetime.now(UTC))
    reports, unread = _reports(path, book.catalog)
    entries = [entry for entry in book.log.entries if day_of(entry.at) <= today]
    return Situation(
        name=path.name,
        catalog=catalog_on(book.catalog, today),
        today=today,
        entries=entries,
        head=book.log.head,
        completed=book.completed,
        reports={site: each for site, each in reports.items() if day_of(each.at) <= today},
        unread=unread,
    )


def catalog_on(catalog: Catalog, today: date) -> Catalog:
    """The catalogue with what had happened by the end of a day."""
    return catalog.model_copy(update={"sites": [_site_on(site, today) for site in catalog.sites]})


def _site_on(site: CatalogSite, today: date) -> CatalogSite:
    times = [step.at for step in site.history] + [waiver.at for waiver in site.waivers]
    if all(day_of(time) <= today for time in times):
        return site
    history = [step for step in site.history if day_of(step.at) <= today]
    return site.model_copy(
        update={
            "history": history,
            "state": history[-1].state if history else SiteState.planned,
            "waivers": [each for each in site.waivers if day_of(each.at) <= today],
            "acceptances": [each for each in site.acceptances if day_of(each.at) <= today],
        }
    )


def _reports(path: Path, catalog: Catalog) -> tuple[dict[str, GateReport], tuple[str, ...]]:
    reports: dict[str, GateReport] = {}
    unread: list[str] = []
    there = {each.stem for each in gates_folder(path).glob("*.json")}
    for site in catalog.sites:
        if site.id not in there:
            continue
        try:
            report = read_gates(path, site.id)
        except InputError as error:
            unread.append(str(error))
            continue
        if report is not None:
            reports[site.id] = report
    return reports, tuple(unread)
