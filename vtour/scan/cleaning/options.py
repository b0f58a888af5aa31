"""Options of stage ``cloud``."""

from dataclasses import dataclass
from enum import StrEnum

from vtour.options import StageOptions, option


class Region(StrEnum):
    """What is kept: where nearly all points lie, everything, or what is around control points."""

    auto = "auto"
    none = "none"
    control = "control"


class Thinning(StrEnum):
    """How the cloud is thinned: a point a voxel, points evenly apart, or not at all."""

    voxel = "voxel"
    poisson = "poisson"
    none = "none"


@dataclass(frozen=True, kw_only=True)
class CleanOptions(StageOptions):
    """Options of cleaning and merging scans."""

    min_range_m: float = option(
        0.3, "Points nearer to the scanner are left out.", unit="m", minimum=0
    )
    max_range_m: float = option(
        0.0, "Points farther from the scanner are left out; 0 keeps all.", unit="m", minimum=0
    )
    max_incidence_deg: float = option(
        90.0,
        "Points that were hit at a flatter angle to the surface's normal are left out.",
        unit="deg", minimum=10, maximum=90,
    )  # fmt: skip
    region: Region = option(Region.auto, "Which part of the scans is kept.")
    min_neighbours: int = option(
        3,
        "A point needs so many neighbours in its own scan; 0 keeps all. "
        "Takes out dust, birds, and points between a near and a far surface.",
        minimum=0, maximum=20,
    )  # fmt: skip
    range_noise_m: float = option(
        0.003, "Standard deviation of the scanner's ranges.", unit="m", minimum=0, maximum=0.5
    )
    outlier_factor: float = option(
        4.0,
        "Drop points this many times farther from others than those are; 0 keeps all.",
        minimum=0,
    )
    moving_margin_m: float = option(
        0.1,
        "A point goes when another station looked at least so far past it; 0 keeps all.",
        unit="m", minimum=0,
    )  # fmt: skip
    thinning: Thinning = option(Thinning.voxel, "How the cloud is thinned.")
    spacing_m: float = option(
        0.0,
        "Distance of points after thinning; 0 takes the median of the scans, or more when "
        "max_points asks for it.",
        unit="m", minimum=0,
    )  # fmt: skip
    max_points: int = option(
        20_000_000, "Without a spacing, thinned until there are no more points.", minimum=1000
    )
    normal_neighbours: int = option(
        16, "Neighbours that a normal is fitted to.", minimum=5, maximum=100
    )
    epsg: int = option(
        0,
        "CRS of merged.laz, projected, in metres; 0 takes that of the scan files, "
        "else the UTM zone of the site.",
        minimum=0,
    )


CLEAN_DEFAULTS = CleanOptions()
