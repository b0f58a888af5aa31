"""All that an acceptance record speaks of."""

from dataclasses import dataclass
from datetime import datetime

from vtour.rollout.catalog_file import due
from vtour.rollout.timeline import day_of, waivers_in_force
from vtour.rollout.waivers import waiver_for
from vtour.schema.catalog import (
    AuditHead,
    Catalog,
    CatalogSite,
    Deliverable,
    Gate,
    Phase,
    SiteState,
    Waiver,
)
from vtour.schema.gates import Finding, GateReport, GateResult


@dataclass(frozen=True)
class RecordFacts:
    """What was accepted, by whom, on what evidence.

    number   : how often the site was accepted, this one counted.
    acceptor : a name as it was claimed.
    signed   : whether the entry in the log is signed with a key.
    head     : of the log before the entry of this acceptance.
    """

    catalog: Catalog
    site: CatalogSite
    report: GateReport
    number: int
    acceptor: str
    signed: bool
    at: datetime
    head: AuditHead

    @property
    def name(self) -> str:
        """Number of the record, and name of its file."""
        return f"{self.site.id}-{self.number}"

    @property
    def phase(self) -> Phase | None:
        """The phase of the site."""
        return next((each for each in self.catalog.phases if each.id == self.site.phase), None)

    @property
    def day(self) -> str:
        """The day of the acceptance in words."""
        day = day_of(self.at)
        return f"ngày {day:%d} tháng {day:%m} năm {day:%Y}"

    @property
    def deliverer(self) -> str | None:
        """Who handed over, as the catalogue has it."""
        steps = [step for step in self.site.history if step.state is SiteState.delivered]
        return steps[-1].by if steps else None

    @property
    def deliverables(self) -> list[Deliverable]:
        """What is due."""
        return due(self.catalog, self.site)

    @property
    def left_out(self) -> list[Deliverable]:
        """What the site need not have, each with a reason."""
        return [each for each in self.site.deliverables if each.left_out is not None]

    @property
    def waivers(self) -> list[Waiver]:
        """Those that count, in the order of the gates."""
        waived = waivers_in_force(self.site)
        return [waived[gate] for gate in Gate if gate in waived]

    def stands(self, result: GateResult) -> str:
        """How a gate stands: a key of the record's words."""
        if result.passed:
            return "rec_passed"
        return "rec_waived" if waiver_for(self.site, result) else "rec_failed"

    def result(self, gate: Gate) -> GateResult | None:
        """What was found at a gate."""
        return next((each for each in self.report.gates if each.gate is gate), None)

    def found(self, deliverable: str, measure: str | None) -> Finding | None:
        """What was found of a deliverable: a measure, or how many there are."""
        result = self.result(Gate.deliverables)
        return next(
            (
                each
                for each in (result.findings if result else [])
                if (each.deliverable, each.measure) == (deliverable, measure)
            ),
            None,
        )
