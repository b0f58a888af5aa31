"""A solved world before it is written: enu_from_sfm, its origin, and what is known of it."""

from dataclasses import dataclass, field, replace

import numpy as np

from vtour.frames import (
    FloatArray,
    enu_axes_in_ecef,
    enu_from_geodetic,
)
from vtour.schema.report import StageReport
from vtour.schema.site import SiteAnchor
from vtour.schema.world import Anchor, North, Scale, ScaleSource, Up
from vtour.world.similarity import Similarity

Place = tuple[float, float, float]
"""WGS 84 latitude and longitude in degrees, height in metres."""


@dataclass(frozen=True)
class Solution:
    """enu_from_sfm with its origin in place, and what is known of it.

    control_in_sfm : (n, 3) where the photos put the control points that it was solved from.
    """

    enu_from_sfm: Similarity
    source: ScaleSource
    north: North
    up: Up
    anchor: Anchor | None = None
    scale_sigma: float | None = None
    position_sigma_m: float | None = None
    control_in_sfm: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    report: StageReport = field(default_factory=lambda: StageReport(stage="world"))

    @property
    def scale(self) -> Scale:
        """Metric when any measurement gave the scale."""
        return Scale.unknown if self.source is ScaleSource.none else Scale.metric


def about_other_anchor(
    enu_from_sfm: Similarity,
    old: Place,
    new: Place,
) -> Similarity:
    """The same similarity in the east-north-up frame of another anchor (exact: via ECEF)."""
    turn = enu_axes_in_ecef(new[0], new[1]) @ enu_axes_in_ecef(old[0], old[1]).T
    shift = enu_from_geodetic(*old, new)
    return Similarity(
        enu_from_sfm.scale,
        turn @ enu_from_sfm.rotation,
        turn @ enu_from_sfm.translation + shift,
    )


def anchor_of(site_anchor: SiteAnchor) -> Anchor:
    """The anchor of site.yaml as world.json holds it."""
    return Anchor(
        lat=site_anchor.lat,
        lon=site_anchor.lon,
        height_m=site_anchor.height_m,
        datum=site_anchor.datum,
    )


def moved(a_from_b: Similarity, offset: FloatArray) -> Similarity:
    """The same similarity with a shifted by ``offset``."""
    return replace(a_from_b, translation=a_from_b.translation + offset)
