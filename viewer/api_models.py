"""The JSON API's answers. Addresses are absolute paths on this server; texts are maps by
language tag, or plain strings when the request chose one language.
"""

from pydantic import Field

from vtour.schema.base import Identifier, LocalText, Matrix4, Model, Vector3
from vtour.schema.report import Measure
from vtour.schema.tour import Link, Pose, PyramidLevel, Quality, Sha256, Usage, ViewPoint
from vtour.schema.world import Anchor, WorldFrame

Text = LocalText | str


class FileOut(Model):
    """A picture."""

    url: str
    width: int
    height: int


class TourSummary(Model):
    """One tour in the list of tours."""

    id: Identifier
    name: Text
    description: Text
    languages: list[str]
    """Languages that its texts are in."""
    poster: FileOut | None = None
    first_load_bytes: int | None = None
    """Bytes of the coarsest model, the first that a viewer loads."""
    page: str
    """The page for people."""
    manifest: str
    """The whole manifest, tour.json."""
    version: Sha256
    """SHA-256 of the manifest: it changes whenever anything in the tour does."""


class BrokenOut(Model):
    """A package that cannot be shown."""

    folder: str
    reason: str


class TourList(Model):
    """All tours that this server shows, sorted by id."""

    tours: list[TourSummary]
    broken: list[BrokenOut]


class TourDetail(TourSummary):
    """One tour's metadata."""

    license: str | None = None
    credit: str | None = None
    world: WorldFrame
    anchor: Anchor | None = None
    start: ViewPoint | None = None
    accuracy: dict[str, Measure]
    models: str
    nodes: str
    hotspots: str


class DerivativeOut(Model):
    """A web version of a model."""

    usage: Usage
    quality: Quality
    url: str
    type: str
    """Media type of the file."""
    bytes: int
    faces: int
    texture_px: int | None = None
    textures: int | None = None
    sha256: Sha256
    error_m: float | None = None
    texel_m: float | None = None
    error_share: float | None = None
    texel_share: float | None = None


class ModelTilesOut(Model):
    """A model at full detail as 3D Tiles: ``url`` is that of tileset.json."""

    url: str
    world_from_tileset: Matrix4
    faces: int | None = None
    bytes: int | None = None
    first_bytes: int | None = None
    error_m: float | None = None


class ModelOut(Model):
    """A model with its derivatives, coarse to fine, and its tiles where it is large."""

    id: Identifier
    title: Text
    license: str | None = None
    credit: str | None = None
    poster: FileOut | None = None
    world_from_model: Matrix4
    bounds_min: Vector3 | None = None
    bounds_max: Vector3 | None = None
    derivatives: list[DerivativeOut]
    tiles: ModelTilesOut | None = None


class ModelList(Model):
    """The models of one tour."""

    models: list[ModelOut]


class PanoramaOut(Model):
    """An equirectangular tile pyramid; ``template`` holds {level}, {col}, {row} and {ext}.

    ``thumb`` is the address of a small picture, ``preview`` a tiny one of the sphere as a data URI.
    """

    projection: str
    tile_size: int
    formats: list[str]
    base: str
    template: str
    levels: list[PyramidLevel]
    thumb: str | None = None
    preview: str | None = None
    native_width: int | None = None


class NodeOut(Model):
    """A standpoint with a panorama."""

    id: Identifier
    name: Text
    pose: Pose
    panorama: PanoramaOut
    links: list[Link]


class NodeList(Model):
    """The standpoints of one tour."""

    nodes: list[NodeOut]


class MediaOut(Model):
    """An image, film or sound of a hotspot."""

    url: str
    type: str
    lang: str | None = None
    captions: str | None = None
    alt: Text


class HotspotOut(Model):
    """A place of interest, in the world."""

    id: Identifier
    kind: str
    position: Vector3
    title: Text
    text: Text
    media: list[MediaOut]


class HotspotList(Model):
    """The hotspots of one tour."""

    hotspots: list[HotspotOut]


class Problem(Model):
    """What went wrong, as RFC 9457 says."""

    type: str = Field(default="about:blank")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str
