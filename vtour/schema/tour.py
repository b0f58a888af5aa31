"""tour.json: the manifest of a scene package, the only contract with viewers."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from vtour.schema.base import (
    Identifier,
    LanguageTag,
    LocalText,
    Matrix4,
    Model,
    Quaternion,
    Vector3,
)
from vtour.schema.report import Measure
from vtour.schema.site import GuidedTour
from vtour.schema.world import Anchor, WorldFrame

_PART = r"[^./\\:?#%\x00-\x1f][^/\\:?#%\x00-\x1f]*"
RelativeUri = Annotated[
    str, StringConstraints(pattern=rf"^{_PART}(/{_PART})*$", min_length=1, max_length=512)
]
"""A file of the package: relative, inside it, forward slashes, no hidden names, no escapes."""

TileTemplate = RelativeUri
"""A RelativeUri with {level}, {col}, {row} and {ext} in it."""

Preview = Annotated[
    str, StringConstraints(pattern=r"^data:image/webp;base64,[A-Za-z0-9+/]+=*$", max_length=4096)
]
"""A picture of a few pixels as a data URI."""

MAX_LEVELS, MAX_COLS, MAX_ROWS = 16, 128, 64  # 65536 px of 512 px tiles, twice the archive's

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

_TILE_PARTS = {"level": "[0-9]{1,3}", "col": "[0-9]{1,3}", "row": "[0-9]{1,3}", "ext": "[a-z]{3,4}"}

IDENTITY4 = [1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0]


def _is_beside(uri: str, tileset: str) -> bool:
    """Whether a file is a tile or a further tileset in the folder of a tileset, but not it."""
    folder, slash, _ = tileset.rpartition("/")
    if not slash or uri == tileset:
        return False
    is_plain = re.fullmatch(rf"{_PART}(/{_PART})*", uri) is not None
    return is_plain and uri.startswith(folder + slash) and uri.endswith((".glb", ".json"))


def _refuse_other_names(schema: dict[str, Any]) -> None:
    """Change a map's JSON Schema: pydantic's lets names through that the pattern refuses."""
    ((pattern, value),) = schema.pop("patternProperties").items()
    schema["additionalProperties"] = value
    schema["propertyNames"]["pattern"] = pattern


class Asset(Model):
    """Who wrote the manifest, in which version of the format."""

    version: Literal["1.0"] = "1.0"
    generator: str


class PlacedBy(StrEnum):
    """How a node got its place: solved with the photos, from GPS, or drawn up in order."""

    sfm = "sfm"
    gps = "gps"
    order = "order"


class Pose(Model):
    """``rotation`` is world_from_pano as a quaternion xyzw; ``position`` is in the world."""

    position: Vector3
    rotation: Quaternion
    sigma_m: float | None = None
    """Standard deviation of the position; absent when it is not known."""
    sigma_deg: float | None = None
    """Standard deviation of the rotation; absent when it is not known."""
    placed_by: PlacedBy | None = None


class PyramidLevel(Model):
    """One level of a tile pyramid; level 0 is the coarsest."""

    width: int = Field(gt=0)
    cols: int = Field(gt=0, le=MAX_COLS)
    rows: int = Field(gt=0, le=MAX_ROWS)


class Panorama(Model):
    """An equirectangular tile pyramid of a full sphere, levelled where up is known."""

    projection: Literal["equirectangular"] = "equirectangular"
    tile_size: int = Field(gt=0)
    formats: list[Literal["webp", "avif", "jpg"]] = Field(min_length=1, max_length=3)
    base: RelativeUri
    template: TileTemplate
    """The tiles' URI with {level}, {col}, {row} and {ext} in it, relative and inside."""
    levels: list[PyramidLevel] = Field(max_length=MAX_LEVELS)
    thumb: RelativeUri | None = None
    """A small picture of what lies around the middle, for lists."""
    preview: Preview | None = None
    """The whole sphere as a tiny picture inside the manifest, to show at once."""
    native_width: int | None = Field(default=None, gt=0)
    """Width of the sphere that was captured, before it was scaled to the finest level."""
    tiles_sha256: Sha256 | None = None
    """One digest for all tiles, which then are not in ``files``: SHA-256 over a line for each
    tile, in the order of their URIs as bytes, of its own SHA-256, two spaces, its URI and a
    line feed, as ``sha256sum`` writes them."""

    def tile_uri(self, level: int, col: int, row: int, kind: str) -> str:
        """The URI of one tile; ``kind`` is one of ``formats``."""
        uri = self.template
        for name, value in (("level", level), ("col", col), ("row", row), ("ext", kind)):
            uri = uri.replace(f"{{{name}}}", str(value))
        return uri

    def has_tile(self, uri: str) -> bool:
        """Whether the template names this very URI, for a level, column and row there are."""
        if not uri.startswith(self.template.partition("{")[0]):
            return False
        pattern = re.escape(self.template)
        for name, part in _TILE_PARTS.items():
            field = re.escape(f"{{{name}}}")
            pattern = pattern.replace(field, f"(?P<{name}>{part})", 1)
        found = re.fullmatch(pattern, uri)
        if found is None:
            return False
        level, col, row = (
            int(found.groupdict().get(name) or 0) for name in ("level", "col", "row")
        )
        kind = found.groupdict().get("ext") or self.formats[0]
        if level >= len(self.levels) or kind not in self.formats:
            return False
        grid = self.levels[level]
        is_there = col < grid.cols and row < grid.rows
        return is_there and self.tile_uri(level, col, row, kind) == uri


class Link(Model):
    """A way from one node to another."""

    to: Identifier
    source: Literal["sfm", "gps", "order", "manual"]


class Node(Model):
    """A standpoint with a panorama."""

    id: Identifier
    name: LocalText = Field(default_factory=dict)
    pose: Pose
    panorama: Panorama
    links: list[Link] = Field(default_factory=list)


class Quality(StrEnum):
    """Names of derivatives, as in Smithsonian's SVX."""

    thumb = "Thumb"
    low = "Low"
    medium = "Medium"
    high = "High"
    highest = "Highest"
    ar = "AR"


class Usage(StrEnum):
    """What a derivative is for, as in Smithsonian's SVX."""

    web3d = "Web3D"
    app3d = "App3D"
    ios_app3d = "iOSApp3D"
    print3d = "Print3D"


class Derivative(Model):
    """A web version made from a master model."""

    usage: Usage = Usage.web3d
    quality: Quality
    uri: RelativeUri
    bytes: int = Field(ge=0)
    faces: int = Field(ge=0)
    texture_px: int | None = Field(default=None, ge=0)
    """Edge of its largest texture."""
    textures: int | None = Field(default=None, ge=0)
    """How many textures of about that size: base colour, normals, occlusion. Absent: one."""
    sha256: Sha256
    error_m: float | None = None
    """Within this distance, metres, lie 99 % of its surface and of the master's from each other;
    absent when the scale is not known."""
    texel_m: float | None = Field(default=None, gt=0)
    """Edge of a texel on the surface, the median, metres; absent when the scale is not known."""
    error_share: float | None = Field(default=None, ge=0)
    """As ``error_m``, as a share of the diagonal of the model's box: known without a scale too."""
    texel_share: float | None = Field(default=None, gt=0)
    """As ``texel_m``, as a share of the diagonal of the model's box."""


class ModelTiles(Model):
    """A model at full detail as a mesh tileset (3D Tiles 1.1): glTF content, refined by replacing.

    ``world_from_tileset`` takes the frame below the root tile's transform, z up, to the world, as
    that of points does. A viewer shows a derivative first, then the tiles in its place.
    """

    uri: RelativeUri
    world_from_tileset: Matrix4
    faces: int | None = Field(default=None, ge=0)
    """Of the tiles that have none below them: the model at full detail."""
    bytes: int | None = Field(default=None, ge=0)
    """Of the tileset and all its tiles."""
    first_bytes: int | None = Field(default=None, ge=0)
    """Of ``uri`` and the root tile: what has to come before a viewer shows tiles."""
    error_m: float | None = Field(default=None, ge=0)
    """Geometric error of the root tile, in the tileset's unit."""
    tiles_sha256: Sha256 | None = None
    """One digest for all other files in the folder of ``uri``, as for the tiles of a panorama."""

    def has_tile(self, uri: str) -> bool:
        """Whether ``tiles_sha256`` covers this file: one in the folder of ``uri``, but not it."""
        return self.tiles_sha256 is not None and _is_beside(uri, self.uri)


class TourModel(Model):
    """A model of the site, in several derivatives, coarse to fine.

    The one that photos and scans give is called ``site``; those made elsewhere have their own ids.
    """

    id: Identifier
    title: LocalText = Field(default_factory=dict)
    """What a model made elsewhere is called; empty: as its id."""
    license: str | None = None
    """Of a model that is not under the site's own."""
    credit: str | None = None
    """Whom a model made elsewhere is owed to; absent: as the site."""
    poster: "Poster | None" = None
    """A still picture of a model made elsewhere."""
    world_from_model: Matrix4 = Field(default_factory=lambda: list(IDENTITY4))
    bounds_min: Vector3 | None = None
    """Least corner of the box around the finest derivative, in the world."""
    bounds_max: Vector3 | None = None
    """Greatest corner of that box, in the world."""
    derivatives: list[Derivative] = Field(min_length=1)
    tiles: ModelTiles | None = None
    """The same model at full detail, for one too large for a derivative."""


class Points(Model):
    """A point tileset (3D Tiles 1.1): octree of glTF content, additive.

    ``world_from_tileset`` takes the frame below the root tile's transform, metres and z up, to the
    world: what the root's transform says of ECEF is not part of it.
    """

    uri: RelativeUri
    world_from_tileset: Matrix4
    count: int | None = Field(default=None, ge=0)
    """Points in all tiles."""
    bytes: int | None = Field(default=None, ge=0)
    """Of the tileset and all its tiles."""
    spacing_m: float | None = Field(default=None, gt=0)
    """About how far apart neighbouring points of the finest tiles are, in the tileset's unit."""
    bounds_min: Vector3 | None = None
    """Least corner of the box around all points, in the world."""
    bounds_max: Vector3 | None = None
    """Greatest corner of that box, in the world."""
    has_colour: bool | None = None
    """False: the points show how strongly the surface reflects the laser, as grey."""
    tiles_sha256: Sha256 | None = None
    """One digest for all other files in the folder of ``uri``, as for the tiles of a panorama."""

    def has_tile(self, uri: str) -> bool:
        """Whether ``tiles_sha256`` covers this file: one in the folder of ``uri``, but not it."""
        return self.tiles_sha256 is not None and _is_beside(uri, self.uri)


class Media(Model):
    """An image, film or sound shown with a hotspot."""

    uri: RelativeUri
    type: str
    """Media type, such as image/webp or audio/mpeg."""
    lang: LanguageTag | None = None
    """The language that is spoken or written in it; absent when it has none."""
    captions: RelativeUri | None = None
    """WebVTT captions of a film or a sound, in the same language."""
    alt: LocalText = Field(default_factory=dict)
    """What a picture shows, for those who do not see it."""


class Hotspot(Model):
    """A place of interest, in the world."""

    id: Identifier
    kind: Literal["info", "link", "media", "warning"] = "info"
    position: Vector3
    title: LocalText
    text: LocalText = Field(default_factory=dict)
    media: list[Media] = Field(default_factory=list)


class ViewPoint(Model):
    """Where the camera stands at first, in the world."""

    position: Vector3
    target: Vector3
    fov_deg: float = Field(default=50.0, gt=0, lt=180)
    node: Identifier | None = None
    """The node to begin in, looking towards ``target``; absent: the first, or the model where there
    are no nodes. With a node this is no view of the model: that is shown whole at first."""


class Poster(Model):
    """A still picture of the model, for lists and while loading."""

    uri: RelativeUri
    width: int
    height: int


class Privacy(Model):
    """What was done about faces and number plates, and whether a person checked it."""

    proposed: int = Field(ge=0)
    """Places that the detector found."""
    blurred: int = Field(ge=0)
    """Places that are blurred in what is published."""
    reviewed: bool
    """A person signed the contact sheet of just these places."""
    plates: Literal["detected", "by hand"] = "by hand"


class Tour(Model):
    """The file tour.json."""

    asset: Asset
    id: Identifier
    name: LocalText = Field(default_factory=dict)
    description: LocalText = Field(default_factory=dict)
    license: str | None = None
    credit: str | None = None
    world: WorldFrame
    anchor: Anchor | None = None
    start: ViewPoint | None = None
    poster: Poster | None = None
    nodes: list[Node] = Field(default_factory=list)
    models: list[TourModel] = Field(default_factory=list)
    points: list[Points] = Field(default_factory=list)
    hotspots: list[Hotspot] = Field(default_factory=list)
    tours: list[GuidedTour] = Field(default_factory=list)
    privacy: Privacy | None = None
    """Absent: nothing was done about privacy."""
    plans: list[dict[str, str]] = Field(default_factory=list)
    accuracy: dict[str, Measure] = Field(default_factory=dict)
    files: dict[RelativeUri, Sha256] = Field(
        default_factory=dict, json_schema_extra=_refuse_other_names
    )
    """SHA-256 of every other file of the package, by its relative URI; tiles of a node that has
    ``tiles_sha256`` are left out."""

    @property
    def tilesets(self) -> "list[Points | ModelTiles]":
        """All 3D Tiles of the tour: those of points, then those of models."""
        return [*self.points, *(model.tiles for model in self.models if model.tiles)]
