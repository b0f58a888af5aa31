"""The JSON API of the rollout: sites, GeoJSON, figures. Read only, and nothing personal."""

import json
from typing import Any

from flask import Blueprint, Response, abort, current_app, url_for

from viewer.api import Reader, asked_reader, json_reply
from viewer.headers import allow_other_origins
from viewer.openapi import GEOJSON
from viewer.replies import text_reply
from viewer.rollout_kpi import kpi_meanings, kpi_values
from viewer.rollout_models import (
    AcceptanceOut,
    AdminOut,
    DeliverableOut,
    FindingOut,
    GateOut,
    KpiDictionary,
    KpiList,
    LateOut,
    LocationOut,
    MeasureOut,
    PackageOut,
    PermitOut,
    PhaseOut,
    PointOut,
    SiteDetailOut,
    SiteFeature,
    SiteFeatures,
    SiteList,
    SiteProperties,
    SiteSummary,
    StepOut,
    WaiverOut,
)
from viewer.rollout_pages import current_show
from vtour.publish.read import PackageLibrary
from vtour.rollout.read import (
    DeliverableView,
    GateView,
    RolloutView,
    SiteView,
    StepView,
    finding_words,
    name_of,
    planned_days_of,
    without_mail,
)
from vtour.schema.catalog import Role
from vtour.schema.gates import GateReport

bp = Blueprint("rollout_api", __name__, url_prefix="/api/v1")

PLACES = 6
"""Decimals of degrees that are told: a tenth of a metre."""


@bp.get("/sites")
def sites() -> Response:
    """All sites of the rollout: phase, state, place, planned and reached days."""
    view, reader = current_show().view, asked_reader()
    figures = view.figures
    return json_reply(
        SiteList(
            programme=reader.text(view.catalog.programme.name),
            notice=reader.text(view.catalog.programme.notice),
            today=view.today,
            phases=[
                PhaseOut(
                    id=each.id,
                    name=reader.text(view.phases[each.id].name),
                    kind=each.kind,
                    start=each.start,
                    end=each.end,
                    expected=each.expected,
                    listed=each.listed,
                    accepted=each.accepted,
                    published=each.published,
                    late=each.late,
                    by_state={str(state): count for state, count in each.by_state.items()},
                )
                for each in figures.phases
            ],
            sites=[SiteSummary(**_summary(each, reader)) for each in view.sites],
        )
    )


@bp.get("/sites/<site_id>")
def site(site_id: str) -> Response:
    """One site: deliverables against what was measured, gates, waivers, acceptances, history."""
    view, reader = current_show().view, asked_reader()
    detail = view.detail(site_id)
    if detail is None:
        abort(404, f"site {site_id!r}: not found, expected one of {url_for('.sites')}")
    found = detail.view.site
    return json_reply(
        SiteDetailOut(
            **_summary(detail.view, reader),
            description=reader.text(found.description),
            kind=found.kind,
            ranking=found.ranking.level,
            ranking_year=found.ranking.year,
            checked_at=detail.checked_at,
            deliverables=[_deliverable(each, reader) for each in detail.deliverables],
            gates=[_gate(each, reader) for each in detail.gates],
            waivers=[
                WaiverOut(
                    gate=each.gate,
                    at=each.at,
                    reason=without_mail(each.reason),
                    entry=each.entry,
                    in_force=each in detail.waivers,
                )
                for each in found.waivers
            ],
            acceptances=[
                AcceptanceOut(
                    at=each.at,
                    package=each.package,
                    captures=each.captures,
                    record=each.sha256,
                    entry=each.entry,
                )
                for each in found.acceptances
            ],
            permits=[
                PermitOut(
                    kind=each.kind,
                    number=each.number,
                    issuer=each.issuer,
                    issued=each.issued,
                    valid_until=each.valid_until,
                )
                for each in found.permits
            ],
            history=[_step(each) for each in detail.history],
            package=_package(detail.report),
        )
    )


@bp.get("/sites.geojson")
def geojson() -> Response:
    """All sites as GeoJSON; those with a placeholder only have no geometry."""
    view, reader = current_show().view, asked_reader()
    return geojson_reply(
        SiteFeatures(
            type="FeatureCollection",
            features=[feature_of(each, reader) for each in view.sites],
            notice=_plain(reader, view) or None,
        ).to_json()
    )


@bp.get("/kpi")
def kpi() -> Response:
    """The figures of the programme: sites by phase and state, holdings, times, punctuality."""
    view, reader = current_show().view, asked_reader()
    return json_reply(
        KpiList(
            today=view.today,
            programme=reader.text(view.catalog.programme.name),
            values=kpi_values(view),
            dictionary=url_for(".dictionary"),
        )
    )


@bp.get("/kpi/dictionary")
def dictionary() -> Response:
    """What each figure means: name, unit, definition in Vietnamese and English."""
    return json_reply(KpiDictionary(figures=kpi_meanings(asked_reader().text)))


def geojson_reply(value: dict[str, Any]) -> Response:
    """A GeoJSON object, readable by every origin; features without a place say geometry null."""
    features = value.get("features", [value])
    for feature in features:
        feature.setdefault("geometry", None)
    return allow_other_origins(text_reply(json_bytes(value), GEOJSON))


def json_bytes(value: dict[str, Any]) -> bytes:
    """The JSON of an answer."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def feature_of(view: SiteView, reader: Reader) -> SiteFeature:
    """One site as a feature."""
    site, location = view.site, view.site.location
    language = reader.language or "vi"
    return SiteFeature(
        type="Feature",
        id=site.id,
        geometry=PointOut(
            type="Point", coordinates=[round(location.lon, PLACES), round(location.lat, PLACES)]
        )
        if view.is_placed
        else None,
        properties=SiteProperties(
            name=str(Reader(language).text(site.name)) or site.id,
            name_vi=site.name.get("vi"),
            name_en=site.name.get("en"),
            phase=site.phase,
            state=site.state,
            state_name=name_of(site.state, language),
            updated=view.since,
            accepted=view.accepted,
            late=view.late is not None,
            late_days=view.late.days if view.late else None,
            next_state=view.planned[0] if view.planned else None,
            next_planned=view.planned[1] if view.planned else None,
            commune_code=site.admin.commune_code,
            commune=site.admin.commune,
            former_district=site.admin.former_district,
            location_class=location.certainty,
            location_radius_m=location.radius_m,
            border_zone=location.border_zone,
            contractor=site.contractor,
            gates_failed=len(view.failed),
            gates_waived=len(view.waived),
            deliverables_done=view.parts[0],
            deliverables_due=view.parts[1],
            page=url_for("rollout.site", site_id=site.id),
            tour=_tour(view),
        ),
    )


def _plain(reader: Reader, view: RolloutView) -> str:
    return str(Reader(reader.language or "vi").text(view.catalog.programme.notice))


def _tour(view: SiteView) -> str | None:
    library: PackageLibrary = current_app.extensions["library"]
    tour_id = view.site.evidence.tour or view.site.id
    return url_for("pages.tour", tour_id=tour_id) if tour_id in library.packages() else None


def _summary(view: SiteView, reader: Reader) -> dict[str, Any]:
    site, location, admin = view.site, view.site.location, view.site.admin
    return {
        "id": site.id,
        "phase": site.phase,
        "name": reader.text(site.name),
        "state": site.state,
        "state_since": view.since,
        "accepted": view.accepted,
        "admin": AdminOut(**admin.model_dump()),
        "location": LocationOut(
            lat=location.lat if view.is_placed else None,
            lon=location.lon if view.is_placed else None,
            certainty=location.certainty,
            source=location.source,
            radius_m=location.radius_m,
            border_zone=location.border_zone,
        ),
        "contractor": site.contractor,
        "planned": {str(state): day for state, day in planned_days_of(view).items()},
        "reached": {str(state): day for state, day in view.reached.items()},
        "late": LateOut(state=view.late.state, planned=view.late.planned, days=view.late.days)
        if view.late
        else None,
        "deliverables_done": view.parts[0],
        "deliverables_due": view.parts[1],
        "gates_failed": list(view.failed),
        "gates_waived": list(view.waived),
        "page": url_for("rollout.site", site_id=site.id),
        "tour": _tour(view),
    }


def _deliverable(view: DeliverableView, reader: Reader) -> DeliverableOut:
    found = view.deliverable
    return DeliverableOut(
        id=found.id,
        kind=found.kind,
        name=reader.text(found.name),
        count=found.count,
        due=found.due,
        state=view.state.value,
        late=view.late,
        measures=[
            MeasureOut(
                measure=each.name,
                unit=each.unit,
                min=each.min,
                max=each.max,
                found=each.found,
                passed=each.passed,
            )
            for each in view.measures
        ],
    )


def _gate(view: GateView, reader: Reader) -> GateOut:
    language = reader.language or "vi"
    return GateOut(
        gate=view.gate,
        passed=view.passed,
        waived=view.waiver is not None,
        findings=[
            FindingOut(text=finding_words(each, language), passed=each.passed)
            for each in view.findings
        ],
    )


def _step(step: StepView) -> StepOut:
    return StepOut(
        at=step.at,
        action=step.action,
        state=step.state,
        role=Role(step.role),
        signed=step.signed,
        entry=step.entry,
    )


def _package(report: GateReport | None) -> PackageOut | None:
    facts = report.package if report else None
    if facts is None:
        return None
    return PackageOut(**facts.model_dump(exclude={"tour", "poster"}))
