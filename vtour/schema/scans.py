"""What is known of laser scans: the stations read, how they register, where they stand.

Frames: ``station`` is the scanner's own, metres, z up as far as the scanner knew; its origin is
the scanner's mirror when ``has_mirror``, else any point near the cloud. ``scan`` is the frame of
the first station of the registration. ``file`` is the frame that the poses of one file share.
"""

from enum import StrEnum

from pydantic import Field

from vtour.schema.base import Identifier, Matrix4, Model, Vector3
from vtour.schema.world import Anchor


class Station(Model):
    """One scan of one file, as it was read into ``scan/raw/<id>/``."""

    id: Identifier
    file: str
    """Path among the captures."""
    scan: int = Field(ge=0)
    """Number of the scan in its file, from 0."""
    name: str | None = None
    """What the file calls it."""
    points: int = Field(ge=0)
    """Points kept."""
    points_invalid: int = Field(default=0, ge=0)
    """Points left out: marked invalid, not finite, absurdly far, or at the mirror itself."""
    has_mirror: bool
    """Whether the origin is the scanner's mirror: then sight lines run from it."""
    file_from_station: Matrix4 | None = None
    """The pose that the file tells, metres; absent when it tells none."""
    enu_anchor: Anchor | None = None
    """Set when ``file`` is east, north, up about this place: the file had a CRS."""
    crs: str | None = None
    """The CRS that the file tells, 'EPSG:32648' or its name."""
    metres_per_unit: float = 1.0
    bounds_min: Vector3
    """Least corner of the box around the points, station."""
    bounds_max: Vector3
    """Greatest corner."""
    warnings: list[str] = Field(default_factory=list)


class StationList(Model):
    """The file scan/raw.json: every scan that was read, in the order of file names and scans."""

    version: str = "1.0"
    stations: list[Station]


class PairStatus(StrEnum):
    """What became of a pair of stations."""

    used = "used"
    rejected = "rejected"


class Pair(Model):
    """Two stations laid onto each other."""

    a: Identifier
    b: Identifier
    a_from_b: Matrix4
    rmse_m: float
    """RMS distance of matched points to the other's surface."""
    overlap: float
    """Share of the smaller station's points with a match in the other, 0 to 1."""
    residual_m: float | None = None
    """How far the solved poses move a point of the pair from this transform."""
    status: PairStatus = PairStatus.used
    reason: str | None = None


class RegisteredStation(Model):
    """A station with its pose in the frame ``scan``."""

    id: Identifier
    file: str
    scan: int
    scan_from_station: Matrix4
    sigma_m: float | None = None
    sigma_deg: float | None = None
    rmse_m: float | None = None
    overlap: float | None = None


class LeftOut(Model):
    """A station that could not be registered, and why."""

    id: Identifier
    reason: str


class Registration(Model):
    """The file scan/registration.json."""

    version: str = "1.0"
    stations: list[RegisteredStation]
    """The first has the identity as its pose."""
    pairs: list[Pair] = Field(default_factory=list)
    left_out: list[LeftOut] = Field(default_factory=list)


class PlacedStation(Model):
    """A station with its pose in the world."""

    id: Identifier
    file: str
    scan: int
    world_from_station: Matrix4
    sigma_m: float | None = None
    sigma_deg: float | None = None
    rmse_m: float | None = None
    overlap: float | None = None


class PlacedStations(Model):
    """The file scan/stations.json."""

    version: str = "1.0"
    stations: list[PlacedStation]
