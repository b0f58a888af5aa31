"""The JSON API's answers about the rollout. Nothing personal is in them: no names of people, no
files of permits. Days are those of Vietnam, as 2026-11-30; times carry their zone.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from viewer.api_models import Text
from vtour.schema.base import Identifier, Model
from vtour.schema.catalog import (
    DeliverableKind,
    Digest,
    Gate,
    LocationClass,
    PermitKind,
    PhaseKind,
    Role,
    SiteState,
)


class LocationOut(Model):
    """WGS 84 degrees. A placeholder has none: then only how far off it would be is told."""

    lat: float | None = None
    lon: float | None = None
    certainty: LocationClass
    source: str | None = None
    radius_m: float | None = None
    border_zone: bool


class AdminOut(Model):
    """Where the site is administered since 1 July 2025, and where it was before."""

    province_code: str
    commune_code: str
    commune: str
    former_district: str | None = None
    former_commune: str | None = None
    inferred: bool


class LateOut(Model):
    """The first state that the site should have reached by now, and has not."""

    state: SiteState
    planned: date
    days: int


class SiteSummary(Model):
    """One site in the list of sites."""

    id: Identifier
    phase: str
    name: Text
    state: SiteState
    state_since: datetime | None = None
    """When it came into its state; absent before its first step."""
    accepted: bool
    """Whether it stands as accepted now."""
    admin: AdminOut
    location: LocationOut
    contractor: str | None = None
    planned: dict[str, date]
    """By when it is to reach a state, by state."""
    reached: dict[str, date]
    """When it reached a state, as far as the day is known; acceptance only while it stands."""
    late: LateOut | None = None
    deliverables_done: int
    """Deliverables that are accepted, or whose thresholds were met when last measured."""
    deliverables_due: int
    gates_failed: list[Gate]
    gates_waived: list[Gate]
    """Gates that a manager let pass."""
    page: str
    """The page for people."""
    tour: str | None = None
    """The page of its tour, when this server has it."""


class PhaseOut(Model):
    """One phase of the programme."""

    id: str
    name: Text
    kind: PhaseKind
    start: date
    end: date
    expected: int
    """New sites that the plan asks for."""
    listed: int
    accepted: int
    published: int
    late: int
    by_state: dict[str, int]


class SiteList(Model):
    """All sites of the programme, in the order of its catalogue."""

    programme: Text
    notice: Text
    """What must be said wherever the sites are shown."""
    today: date
    """The day in Vietnam for which lateness is told."""
    phases: list[PhaseOut]
    sites: list[SiteSummary]


class MeasureOut(Model):
    """A threshold, and what was measured against it."""

    measure: str
    unit: str
    min: float | None = None
    max: float | None = None
    found: float | None = None
    passed: bool | None = None


class DeliverableOut(Model):
    """Something that is due."""

    id: Identifier
    kind: DeliverableKind | None = None
    name: Text
    count: int | None = None
    due: date | None = None
    state: Literal["accepted", "passed", "failed", "unmeasured"]
    late: bool
    measures: list[MeasureOut]


class FindingOut(Model):
    """One thing that was looked at."""

    text: str
    passed: bool


class GateOut(Model):
    """A gate as it was last looked at."""

    gate: Gate
    passed: bool | None = None
    waived: bool
    findings: list[FindingOut]


class WaiverOut(Model):
    """A gate that a manager let pass, and why."""

    gate: Gate
    at: datetime
    reason: str
    entry: int
    """Which line of the audit log tells it."""
    in_force: bool
    """False when it ended, or does not cover what was found since."""


class AcceptanceOut(Model):
    """What was accepted, by its digests."""

    at: datetime
    package: Digest
    captures: Digest | None = None
    record: Digest
    """SHA-256 of the acceptance record."""
    entry: int


class StepOut(Model):
    """One step of the site, without names."""

    at: datetime
    action: str
    state: SiteState
    role: Role
    signed: bool
    entry: int


class PermitOut(Model):
    """A leave that was given: its number, never its file."""

    kind: PermitKind
    number: str
    issuer: str
    issued: date
    valid_until: date | None = None


class PackageOut(Model):
    """What the scene package holds, as last measured."""

    digest: Digest
    bytes: int
    models: int
    panoramas: int
    point_clouds: int
    hotspots: int
    languages: list[str]


class SiteDetailOut(SiteSummary):
    """All that is told of one site."""

    description: Text
    kind: str | None = None
    ranking: str
    ranking_year: int | None = None
    checked_at: datetime | None = None
    """When its gates were last looked at."""
    deliverables: list[DeliverableOut]
    gates: list[GateOut]
    waivers: list[WaiverOut]
    acceptances: list[AcceptanceOut]
    permits: list[PermitOut]
    history: list[StepOut]
    package: PackageOut | None = None


class KpiValue(Model):
    """One figure; ``name`` is explained in the dictionary. Without a value nothing is known yet."""

    name: str
    value: float | None = None
    unit: str
    phase: str | None = None
    state: str | None = None


class KpiList(Model):
    """The figures of the programme on one day."""

    today: date
    programme: Text
    values: list[KpiValue]
    dictionary: str
    """Where the figures are explained."""


class KpiMeaning(Model):
    """What a figure is."""

    name: str
    unit: str
    by: list[Literal["phase", "state"]]
    """What it is told by: a value for the whole programme has none of these."""
    title: Text
    definition: Text


class KpiDictionary(Model):
    """What each figure means, how it is counted, and in what unit."""

    figures: list[KpiMeaning]


class OgcLink(Model):
    """A link of OGC API Features."""

    href: str
    rel: str
    type: str
    title: str | None = None


class OgcLanding(Model):
    """The landing page: where everything is."""

    title: str
    description: str
    links: list[OgcLink]


class OgcConformance(Model):
    """The conformance classes that are kept to."""

    conformsTo: list[str]  # noqa: N815 - the standard's name


class OgcSpatialExtent(Model):
    """West, south, east, north."""

    bbox: list[list[float]]
    crs: str


class OgcTemporalExtent(Model):
    """From the first to the last change; null for none."""

    interval: list[list[str | None]]


class OgcExtent(Model):
    """Where and when the features are."""

    spatial: OgcSpatialExtent | None = None
    temporal: OgcTemporalExtent | None = None


class OgcCollection(Model):
    """One collection of features."""

    id: str
    title: str
    description: str
    extent: OgcExtent
    itemType: str  # noqa: N815 - the standard's name
    crs: list[str]
    links: list[OgcLink]


class OgcCollections(Model):
    """All collections: there is one, of sites."""

    links: list[OgcLink]
    collections: list[OgcCollection]


class SiteProperties(Model):
    """What a feature tells of its site: flat, for programs that show tables."""

    name: str
    name_vi: str | None = None
    name_en: str | None = None
    phase: str
    state: SiteState
    state_name: str
    updated: datetime | None = None
    """When it came into its state: the time that ``datetime`` selects by."""
    accepted: bool
    late: bool
    late_days: int | None = None
    next_state: SiteState | None = None
    next_planned: date | None = None
    commune_code: str
    commune: str
    former_district: str | None = None
    location_class: LocationClass
    location_radius_m: float | None = None
    border_zone: bool
    contractor: str | None = None
    gates_failed: int
    gates_waived: int
    deliverables_done: int
    deliverables_due: int
    page: str
    tour: str | None = None


class PointOut(Model):
    """Longitude and latitude in WGS 84 degrees (CRS84)."""

    type: Literal["Point"]
    coordinates: list[float] = Field(min_length=2, max_length=2)


POINT_OR_NONE = {
    "description": "A point in WGS 84 (CRS84), longitude first; null for a placeholder.",
    "type": ["object", "null"],
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"const": "Point"},
        "coordinates": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
        },
    },
}


class SiteFeature(Model):
    """One site as a GeoJSON feature; a placeholder has no geometry."""

    type: Literal["Feature"]
    id: Identifier
    geometry: Annotated[PointOut | None, WithJsonSchema(POINT_OR_NONE)]
    properties: SiteProperties
    links: list[OgcLink] | None = None


class SiteFeatures(Model):
    """Sites as a GeoJSON feature collection."""

    type: Literal["FeatureCollection"]
    features: list[SiteFeature]
    links: list[OgcLink] | None = None
    numberMatched: int | None = None  # noqa: N815 - the standard's name
    numberReturned: int | None = None  # noqa: N815 - the standard's name
    notice: str | None = None
