"""site.yaml: what the contractor says of the site. All but ``id`` is optional."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from vtour.schema.base import Identifier, LocalText, Model, Vector3


class GeodeticPlace(Model):
    """``at: {lat, lon, height}``: WGS 84 degrees, ellipsoidal metres."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    height: float


class EnuPlace(Model):
    """``at: {enu_m: [e, n, u]}``: metres east, north and up of the anchor."""

    enu_m: Vector3


class PanoramaPlace(Model):
    """``at: {panorama, yaw_deg, pitch_deg}``: a direction seen from a node, cast onto the mesh."""

    panorama: str
    yaw_deg: float = Field(ge=-360, le=360)
    pitch_deg: float = Field(ge=-90, le=90)
    distance_m: float | None = Field(default=None, gt=0)


class PhotoPlace(Model):
    """``at: {photo, x_px, y_px}``: a pixel of the upright photo, cast onto the mesh."""

    photo: str
    x_px: float = Field(ge=0)
    y_px: float = Field(ge=0)
    distance_m: float | None = Field(default=None, gt=0)


class StationPlace(Model):
    """``at: {station, xyz_m}``: coordinates in a laser scanner's own frame."""

    station: str
    xyz_m: Vector3


PLACE_KEYS = ("panorama", "photo", "station", "enu_m", "lat")


def _place_tag(value: object) -> str | None:
    """Which form an ``at:`` has, by the field that only this form has.

    Tags are no field names: validation errors hold both, and a reader must tell them apart.
    """
    if isinstance(value, Model):
        fields = set(type(value).model_fields)
    else:
        fields = set(value) if isinstance(value, dict) else set()
    return next((f"at:{key}" for key in PLACE_KEYS if key in fields), None)


Place = Annotated[
    Annotated[GeodeticPlace, Tag("at:lat")]
    | Annotated[EnuPlace, Tag("at:enu_m")]
    | Annotated[PanoramaPlace, Tag("at:panorama")]
    | Annotated[PhotoPlace, Tag("at:photo")]
    | Annotated[StationPlace, Tag("at:station")],
    Discriminator(
        _place_tag,
        custom_error_type="place",
        custom_error_message="expected {lat, lon, height}, {enu_m}, {panorama, yaw_deg, "
        "pitch_deg}, {photo, x_px, y_px} or {station, xyz_m}",
    ),
]


class SiteHotspot(Model):
    """A hotspot as the contractor writes it."""

    id: Identifier
    kind: str = Field(default="info", pattern="^(info|link|media|warning)$")
    at: Place
    title: LocalText
    text: LocalText = Field(default_factory=dict)
    media: list[str] = Field(default_factory=list)


class SiteAnchor(Model):
    """Where the world's origin is to be."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    height_m: float
    datum: str = "WGS 84 ellipsoid"


class SiteLinks(Model):
    """Links between nodes that people add or remove."""

    add: list[tuple[str, str]] = Field(default_factory=list)
    remove: list[tuple[str, str]] = Field(default_factory=list)


class SiteNode(Model):
    """What is said of a node, ``nodes: {ID: {name: {vi: ..., en: ...}}}``.

    Without it a node is called what its file is called.
    """

    name: LocalText = Field(default_factory=dict)


class TourStop(Model):
    """One stop of a guided tour: a node or a hotspot, and what is told there."""

    node: str | None = None
    hotspot: str | None = None
    title: LocalText = Field(default_factory=dict)
    text: LocalText = Field(default_factory=dict)


class GuidedTour(Model):
    """An ordered walk through the site."""

    id: Identifier
    title: LocalText
    stops: list[TourStop] = Field(default_factory=list)


class Site(Model):
    """The file site.yaml."""

    id: Identifier
    name: LocalText = Field(default_factory=dict)
    description: LocalText = Field(default_factory=dict)
    anchor: SiteAnchor | None = None
    license: str | None = None
    credit: str | None = None
    start: str | None = None
    order: list[str] = Field(default_factory=list)
    links: SiteLinks = Field(default_factory=SiteLinks)
    nodes: dict[str, SiteNode] = Field(default_factory=dict)
    """Names of nodes, by id, path or file name of the panorama."""
    nadir: str | None = None
    hotspots: list[SiteHotspot] = Field(default_factory=list)
    tours: list[GuidedTour] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Site":
        for what, items in (("hotspot", self.hotspots), ("tour", self.tours)):
            seen: set[str] = set()
            for item in items:
                if item.id in seen:
                    raise ValueError(f"{what} id {item.id!r} is used twice: expected unique ids")
                seen.add(item.id)
        return self
