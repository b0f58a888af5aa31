"""world.json: where the world is, and how the solved frames lie in it."""

from enum import StrEnum

from pydantic import Field

from vtour.schema.base import Matrix4, Model, Place3


class Scale(StrEnum):
    """Whether world units are metres."""

    metric = "metric"
    unknown = "unknown"


class ScaleSource(StrEnum):
    """What the scale was taken from."""

    control = "control"
    scan = "scan"
    scale_bars = "scale_bars"
    gps = "gps"
    manual = "manual"
    none = "none"


class North(StrEnum):
    """Whether -Z points north."""

    true = "true"
    unknown = "unknown"


class Up(StrEnum):
    """Whether +Y was measured or only looks plausible."""

    measured = "measured"
    assumed = "assumed"


class Anchor(Model):
    """The geodetic position of the world's origin.

    With scale or north unknown it is the site's place on a map only: nothing else of the world
    can be turned into latitude and longitude.
    """

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    height_m: float
    datum: str = "WGS 84 ellipsoid"
    sigma_m: float | None = None


class WorldFrame(Model):
    """The four facts that every reader of the manifest needs."""

    scale: Scale
    scale_source: ScaleSource
    north: North
    up: Up


class World(WorldFrame):
    """The file world.json. ``world_from_sfm`` is a similarity, column-major as in glTF.

    Where photos were bent to control points, ``sparse/`` differs from it by the bending.
    """

    version: str = "1.0"
    anchor: Anchor | None = None
    world_from_sfm: Matrix4
    world_from_scan: Matrix4 | None = None
    """Rigid; absent when there are no scans, or they could not be tied to the photos."""
    scan_tied: bool | None = None
    """Whether photos were laid onto the scans by what both show; False: both stand only where their
    coordinates put them, which may be metres apart. Absent where there are not both.
    """
    scale_sigma: float | None = None
    position_sigma_m: float | None = None
    control_points: list[Place3] = Field(default_factory=list)
    """Where the photos put the control points that the world was solved from."""
