"""catalog.yaml: the sites of a programme, what is due for each, and how far each is.

People write it, and ``vtour catalog`` edits it. What only the commands write is said: ``state``,
``history``, ``waivers``, ``acceptances`` of a site, and ``audit`` of the programme.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from vtour.schema.base import Identifier, LanguageTag, LocalText, Model
from vtour.schema.report import MEASURES

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
CommuneCode = Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
PhaseId = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{4})?$")]


class SiteState(StrEnum):
    """How far a site is. The first nine follow one another."""

    planned = "planned"
    permitted = "permitted"
    captured = "captured"
    delivered = "delivered"
    processing = "processing"
    in_review = "in_review"
    accepted = "accepted"
    published = "published"
    maintained = "maintained"
    returned = "returned"
    on_hold = "on_hold"
    withdrawn = "withdrawn"


class Role(StrEnum):
    """As what somebody acts."""

    contractor = "contractor"
    reviewer = "reviewer"
    manager = "manager"


class LocationClass(StrEnum):
    """How sure a location is: measured on site, from a named source, from no source, made up."""

    surveyed = "surveyed"
    sourced = "sourced"
    unverified = "unverified"
    placeholder = "placeholder"


class DeliverableKind(StrEnum):
    """What is handed over."""

    model = "model"
    panoramas = "panoramas"
    points = "points"
    tour = "tour"


class PhaseKind(StrEnum):
    """Whether a phase makes new sites or looks after those there are."""

    new = "new"
    upkeep = "upkeep"


class PermitKind(StrEnum):
    """Whose leave is needed: the relic authority's, the air defence's for drones, the owner's."""

    relic = "relic"
    flight = "flight"
    access = "access"


class Gate(StrEnum):
    """What is checked before a site goes on."""

    permit = "permit"
    captures = "captures"
    deliverables = "deliverables"
    package = "package"
    budgets = "budgets"
    privacy = "privacy"
    texts = "texts"
    rights = "rights"
    thumbnails = "thumbnails"
    links = "links"
    location = "location"
    acceptance = "acceptance"


class Threshold(Model):
    """The least or the most that a measure may be, in the unit in which it is registered."""

    min: float | None = None
    """At least so much."""
    max: float | None = None
    """At most so much."""

    @model_validator(mode="after")
    def _has_a_bound(self) -> "Threshold":
        if self.min is None and self.max is None:
            raise PydanticCustomError("no_bound", "no bound, expected min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise PydanticCustomError(
                "bounds_crossed",
                "min {min} is above max {max}",
                {"min": self.min, "max": self.max},
            )
        return self


class Deliverable(Model):
    """Something that is handed over, and from which figures on it is accepted.

    One of a site takes what it does not say from the one of its profile with the same id.
    """

    id: Identifier
    """A name of its own, such as model."""
    kind: DeliverableKind | None = None
    """Needed where the profile has none of that id."""
    name: LocalText = Field(default_factory=dict)
    """What people call it."""
    count: int | None = Field(default=None, ge=1, le=100_000)
    """So many models, panoramas or point clouds at least."""
    thresholds: dict[str, Threshold] = Field(default_factory=dict)
    """By the name of a measure: they are listed at the end of docs/catalog.md."""
    due: date | None = None
    """By when it is to be handed over."""
    left_out: ShortText | None = None
    """Why this site need not have what its profile asks for."""

    @model_validator(mode="after")
    def _measures_are_known(self) -> "Deliverable":
        unknown = next((name for name in self.thresholds if name not in MEASURES), None)
        if unknown is not None:
            raise PydanticCustomError(
                "unknown_measure", "threshold of {measure}: no such measure", {"measure": unknown}
            )
        return self


class Profile(Model):
    """What is due for every site of a kind."""

    languages: list[LanguageTag] = Field(default_factory=lambda: ["vi", "en"])
    """Every text and caption must be there in these."""
    permits: list[PermitKind] = Field(default_factory=lambda: [PermitKind.relic])
    """Which leaves are needed before anything is captured; a drone needs flight, too."""
    package_bytes: int | None = Field(default=None, ge=1)
    """The most that a scene package may take."""
    first_load_bytes: int | None = Field(default=None, ge=1)
    """The most that a visitor downloads before the first picture moves."""
    deliverables: list[Deliverable] = Field(default_factory=list)
    """What is due for every site of the profile."""


class FormerKey(Model):
    """A key with which somebody signed before."""

    key: str = Field(max_length=2000)
    """The public SSH key, one line of an authorized_keys file."""
    until: date
    """The last day on which it counted: later entries that it signed do not hold."""


class Person(Model):
    """Somebody who may act, and as what."""

    name: ShortText
    """As it is given with --as, or in git."""
    roles: list[Role] = Field(min_length=1)
    """As what the person may act."""
    contractor: ShortText | None = None
    """The firm that a contractor acts for, written as in its sites."""
    key: str | None = Field(default=None, max_length=2000)
    """The public SSH key, one line of an authorized_keys file, with which entries are signed."""
    former_keys: list[FormerKey] = Field(default_factory=list)
    """Keys that were replaced: what they signed before still holds."""


class Basemap(Model):
    """Map tiles behind the sites: none unless the programme names its own."""

    url: Annotated[str, StringConstraints(pattern=r"^(https://[^\s]+|/[^\s]+)$")]
    """With {z}, {x} and {y}, Web Mercator."""
    attribution: ShortText
    """Whose map it is, shown in its corner."""
    max_zoom: int = Field(default=18, ge=1, le=22)
    """The finest level that the server has."""


class AuditHead(Model):
    """How many lines the audit log has, and the SHA-256 of the last one. Commands write this."""

    entries: int = Field(default=0, ge=0)
    """How many lines the log has."""
    head: Digest | None = None
    """SHA-256 of the last one."""


class Programme(Model):
    """Whose sites these are."""

    name: LocalText
    """What the programme is called, vi and en at least."""
    description: LocalText = Field(default_factory=dict)
    """A few sentences for visitors of the dashboard."""
    owner: LocalText = Field(default_factory=dict)
    """Who runs the programme."""
    plan: ShortText | None = None
    """The decision that the programme rests on."""
    notice: LocalText = Field(default_factory=dict)
    """Shown wherever the sites are: that a list is not official, say."""
    province_code: str = Field(default="20", pattern=r"^\d{2}$")
    """The official code of the province: 20 is Lạng Sơn."""
    profile: Identifier = "standard"
    """The profile of sites that name none."""
    people: list[Person] = Field(default_factory=list)
    """Who may act. Without it every name is taken as it is claimed."""
    boundaries: str | None = None
    """A GeoJSON file of the communes' outlines, beside this file or below."""
    basemap: Basemap | None = None
    """Tiles of a map; none are loaded without it."""
    audit: AuditHead = Field(default_factory=AuditHead)
    """The head of the audit log. Commands write this."""


class Phase(Model):
    """A part of the programme: so many sites between two days."""

    id: PhaseId
    """A year or two, in quotes: '2021', '2024-2025'."""
    name: LocalText = Field(default_factory=dict)
    """What people call it."""
    kind: PhaseKind = PhaseKind.new
    """new, or upkeep of the sites there are."""
    sites: int = Field(default=0, ge=0, le=100_000)
    """How many new sites are to be done."""
    start: date
    """Its first day."""
    end: date
    """Its last day: sites without planned dates are late after it."""

    @model_validator(mode="after")
    def _runs_forward(self) -> "Phase":
        if self.end < self.start:
            raise PydanticCustomError(
                "runs_backwards",
                "{later} {end} is before {earlier} {start}",
                {"later": "end", "end": self.end, "earlier": "start", "start": self.start},
            )
        return self


class Admin(Model):
    """Where a site is administered, before and since 1 July 2025."""

    province_code: str = Field(default="20", pattern=r"^\d{2}$")
    """The official code of the province."""
    former_district: ShortText | None = None
    """The district or city until 2025-06-30."""
    former_commune: ShortText | None = None
    """The commune or ward until 2025-06-30."""
    commune_code: CommuneCode
    """The official code of the commune or ward since 2025-07-01."""
    commune: ShortText
    """Its name, with or without accents and kind: lint compares it with the code."""
    inferred: bool = False
    """Nobody has stated the commune: it was concluded from names or a map."""


class Location(Model):
    """WGS 84 degrees, and how sure they are."""

    lat: float = Field(ge=-90, le=90)
    """Latitude, with a decimal point."""
    lon: float = Field(ge=-180, le=180)
    """Longitude, with a decimal point."""
    certainty: LocationClass = Field(alias="class")
    """How sure it is; a placeholder is never drawn as a pin."""
    source: ShortText | None = None
    """Who says so; needed for surveyed and sourced."""
    radius_m: float | None = Field(default=None, gt=0, le=100_000)
    """How far off it can be, in metres; needed for a placeholder."""
    border_zone: bool = False
    """Whether it lies in a commune at the border."""

    @model_validator(mode="after")
    def _says_what_its_class_needs(self) -> "Location":
        if self.certainty is LocationClass.placeholder and self.radius_m is None:
            raise PydanticCustomError(
                "placeholder_radius",
                "a placeholder without radius_m, expected how far off it can be",
            )
        if self.certainty in (LocationClass.surveyed, LocationClass.sourced) and not self.source:
            raise PydanticCustomError(
                "location_source",
                "class {certainty} without source, expected one",
                {"certainty": str(self.certainty)},
            )
        return self


class Ranking(Model):
    """The rank of a relic."""

    level: Annotated[
        str, StringConstraints(pattern=r"^(special_national|national|provincial|none|unknown)$")
    ] = "unknown"
    """special_national, national, provincial, none or unknown."""
    year: int | None = Field(default=None, ge=1900, le=2100)
    """When it was ranked."""
    note: ShortText | None = None
    """What else is to be known."""
    source: ShortText | None = None
    """Who says so."""


class Permit(Model):
    """A leave that was given."""

    kind: PermitKind
    """Whose leave it is."""
    number: ShortText
    """The number of the document."""
    issuer: ShortText
    """Who gave it."""
    issued: date
    """From which day on."""
    valid_until: date | None = None
    """Until which day; without end when it is left out."""
    file: ShortText | None = None
    """The scanned document, a path beside the catalogue."""
    sha256: Digest | None = None
    """Of that file: a changed one is found."""

    @model_validator(mode="after")
    def _runs_forward(self) -> "Permit":
        if self.valid_until is not None and self.valid_until < self.issued:
            raise PydanticCustomError(
                "runs_backwards",
                "{later} {end} is before {earlier} {start}",
                {
                    "later": "valid_until",
                    "end": self.valid_until,
                    "earlier": "issued",
                    "start": self.issued,
                },
            )
        return self


class Evidence(Model):
    """Where the captures and the work folder of a site are: paths beside the catalogue."""

    captures: ShortText | None = None
    """The folder that the contractor handed over, sealed."""
    work: ShortText | None = None
    """The work folder of vtour build, or a scene package."""
    tour: Identifier | None = None
    """The id of its tour, where that is not the site's own."""


class Transition(Model):
    """One step of a site, as the audit log has it. Commands write this."""

    at: datetime
    """When, with the offset of the clock."""
    state: SiteState
    """What it became."""
    by: ShortText
    """Who, as the name was claimed."""
    role: Role
    """As what."""
    to: ShortText | None = None
    """To whom it was returned."""
    reason: ShortText | None = None
    """Why."""
    entry: int = Field(ge=1)
    """Which line of the audit log tells all of it."""


class WaivedFinding(Model):
    """Something that failed when a gate was waived. Commands write this."""

    of: ShortText
    """What failed, and of what."""
    found: float | None = None
    """The figure, where it is one: a worse one is not waived."""


class Waiver(Model):
    """A gate that a manager let pass. Commands write this."""

    gate: Gate
    """Which one."""
    at: datetime
    """When, with the offset of the clock."""
    by: ShortText
    """Who, as the name was claimed."""
    reason: ShortText
    """Why."""
    entry: int = Field(ge=1)
    """Which line of the audit log tells all of it."""
    found: list[WaivedFinding] = Field(default_factory=list)
    """What the gate lacked then. It fails again when it lacks something else, or more."""


class Acceptance(Model):
    """What was accepted: a record and the digests of what it speaks of. Commands write this."""

    at: datetime
    """When, with the offset of the clock."""
    by: ShortText
    """Who, as the name was claimed."""
    package: Digest
    """SHA-256 of the package's tour.json, which holds the digests of all its files."""
    captures: Digest | None = None
    """SHA-256 of the captures' manifest-sha256.txt."""
    record: str
    """The file of the acceptance record."""
    sha256: Digest
    """Of the record."""
    entry: int = Field(ge=1)
    """Which line of the audit log tells all of it."""


class CatalogSite(Model):
    """One site."""

    id: Identifier
    """Its own for ever: lower-case letters, digits, hyphens."""
    phase: PhaseId
    """The id of its phase, in quotes: '2021'."""
    name: LocalText
    """In every language of its profile."""
    description: LocalText = Field(default_factory=dict)
    """A few sentences."""
    kind: ShortText | None = None
    """What it is, in a word: temple, cave."""
    ranking: Ranking = Field(default_factory=Ranking)
    """As a relic."""
    admin: Admin
    """Its commune now, and its district before."""
    location: Location
    """Where it is."""
    contractor: ShortText | None = None
    """The firm that does it."""
    aerial: bool = False
    """Captured with a drone: then a flight permit is needed."""
    planned: dict[SiteState, date] = Field(default_factory=dict)
    """By when the site is to have reached a state."""
    profile: Identifier | None = None
    """What is due: the programme's profile when it is left out."""
    deliverables: list[Deliverable] = Field(default_factory=list)
    """What differs from the profile, or comes on top."""
    permits: list[Permit] = Field(default_factory=list)
    """The leaves that were given."""
    evidence: Evidence = Field(default_factory=Evidence)
    """Where the data lies."""
    revisit: date | None = None
    """When a published site is to be looked at again."""
    state: SiteState = SiteState.planned
    """How far it is. Commands write this."""
    history: list[Transition] = Field(default_factory=list)
    """How it came there. Commands write this."""
    waivers: list[Waiver] = Field(default_factory=list)
    """Gates that a manager let pass. Commands write this."""
    acceptances: list[Acceptance] = Field(default_factory=list)
    """What was accepted when. Commands write this."""


class Catalog(Model):
    """The file catalog.yaml."""

    version: int = Field(ge=1, le=1)
    """Always 1."""
    programme: Programme
    """Whose sites these are, who may act."""
    phases: list[Phase] = Field(min_length=1)
    """The parts of the programme."""
    profiles: dict[Identifier, Profile] = Field(default_factory=dict)
    """What is due for the kinds of sites, by name."""
    sites: list[CatalogSite] = Field(default_factory=list)
    """The sites."""
