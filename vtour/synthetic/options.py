"""What may be chosen of the sample site, and what follows from the size."""

from dataclasses import dataclass
from enum import StrEnum

from vtour.options import StageOptions, option

ANCHOR = (21.8556, 106.7468, 265.0)
"""Latitude, longitude (degrees) and ellipsoidal height (m) of the world's origin."""


class Size(StrEnum):
    """How much is captured: small is for tests, full is a site as a contractor delivers it."""

    small = "small"
    full = "full"


@dataclass(frozen=True, kw_only=True)
class SyntheticOptions(StageOptions):
    """What the sample site's captures hold."""

    size: Size = option(Size.small, "How much is captured.")
    seed: int = option(0, "Seed of all noise: same seed, same bytes.", minimum=0)
    photo_px: int = option(
        0, "Long side of a photo; 0 is by size.", unit="px", minimum=0, maximum=8000
    )
    panorama_px: int = option(
        0, "Width of a panorama; 0 is by size.", unit="px", minimum=0, maximum=16384
    )
    photo_step: int = option(1, "Take only every n-th photo of the path.", minimum=1)


SYNTHETIC_DEFAULTS = SyntheticOptions()


@dataclass(frozen=True)
class Plan:
    """Figures that follow from the options."""

    photo_px: int
    panorama_px: int
    set_px: int
    scan_columns: int
    """Directions around of a laser scan; half as many upwards."""
    las_voxel_m: float


def plan_of(options: SyntheticOptions) -> Plan:
    """The figures of a size, with what the options override."""
    plans = {
        Size.small: Plan(800, 1024, 400, 360, 0.05),
        Size.full: Plan(2000, 4096, 1600, 2000, 0.01),
    }
    plan = plans[options.size]
    return Plan(
        options.photo_px or plan.photo_px,
        options.panorama_px or plan.panorama_px,
        options.photo_px // 2 or plan.set_px,
        plan.scan_columns,
        plan.las_voxel_m,
    )
