"""Figures, forecast and one site as JSON values: words of the contract, days as 2026-11-30."""

from dataclasses import asdict
from datetime import date
from typing import Any

from vtour.rollout.burnup import Forecast
from vtour.rollout.catalog_file import due
from vtour.rollout.differences import as_written
from vtour.rollout.figures import Figures, Share, deliverable_figures
from vtour.rollout.lines import forecast_basis
from vtour.rollout.numbers import finding_line
from vtour.rollout.situation import Situation
from vtour.rollout.states import rule_for, ways_from
from vtour.rollout.timeline import (
    known_days,
    lateness,
    phases_by_id,
    planned_days,
)
from vtour.rollout.transitions import held_state
from vtour.schema.catalog import Catalog, CatalogSite


def plain(value: Any) -> Any:
    """A value of dataclasses, days and enumerations as JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value


def share_json(share: Share) -> dict[str, Any]:
    """Part, of, and the rate."""
    return {"part": share.part, "of": share.of, "rate": plain(share.rate)}


def figures_json(figures: Figures, situation: Situation, language: str) -> dict[str, Any]:
    """All figures."""
    whole = plain(asdict(figures))
    whole["on_time"] = {
        "all": share_json(figures.on_time.all),
        "by_state": {str(k): share_json(share) for k, share in figures.on_time.by_state.items()},
    }
    whole["first_pass"] = share_json(figures.first_pass)
    whole["burn_up"] = burn_up_json(figures)
    whole["waivers"] = [
        {"site": site.id, **waiver.to_json()}
        for site in situation.catalog.sites
        for waiver in situation.waivers(site).values()
    ]
    whole["notice"] = situation.catalog.programme.notice
    whole["unread"] = list(situation.unread)
    return dict(whole)


def burn_up_json(figures: Figures) -> list[dict[str, Any]]:
    """Accepted sites over time, by phase."""
    return [
        {
            **plain({key: getattr(line, key) for key in ("phase", "expected", "start", "end")}),
            "points": [{"date": day.isoformat(), "accepted": n} for day, n in line.points],
        }
        for line in figures.burn_up
    ]


def forecast_json(forecast: Forecast, language: str) -> dict[str, Any]:
    """The forecast and what it rests on."""
    return {**plain(asdict(forecast)), "basis": forecast_basis(forecast, language)}


def site_json(situation: Situation, site: CatalogSite, language: str) -> dict[str, Any]:
    """One site as the catalogue has it, and what follows for it."""
    catalog = situation.catalog
    phase = phases_by_id(catalog).get(site.phase)
    report = situation.reports.get(site.id)
    late = lateness(site, phase, situation.today)
    only = Catalog.model_construct(**{**dict(catalog), "sites": [site]})
    return {
        "site": as_written(site),
        "planned": plain(planned_days(site, phase)),
        "reached": plain(known_days(site, situation.adopted)),
        "late": plain(asdict(late)) if late else None,
        "deliverables": [
            {**as_written(each), **plain({"state": row.state, "late": row.late})}
            for each, row in zip(
                due(catalog, site),
                deliverable_figures(only, situation.reports, situation.today),
                strict=False,
            )
        ],
        "gates": report.to_json() if report else None,
        "findings": [
            {
                "gate": str(gate.gate),
                "passed": finding.passed,
                "line": finding_line(finding, language),
            }
            for gate in (report.gates if report else [])
            for finding in gate.findings
        ],
        "waivers_in_force": [str(gate) for gate in situation.waivers(site)],
        "next": next_json(site),
    }


def next_json(site: CatalogSite) -> list[dict[str, Any]]:
    """The states that a site may go to: by whom, and through which gates."""
    held = held_state(site)
    steps = []
    for state in ways_from(site.state, held):
        rule = rule_for(site.state, state, held)
        if rule is not None:
            gates = [str(gate) for gate in rule.gates]
            steps.append({"state": str(state), "roles": sorted(rule.roles), "gates": gates})
    return steps
