"""Two stations laid onto each other: from a start, or from none, and whether to believe it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vtour.frames import FloatArray, transform_points
from vtour.scan.registration.evidence import Evidence, View, evidence_of
from vtour.scan.registration.features import consistent_poses, fpfh, mutual_matches
from vtour.scan.registration.fine import PlaneFit, fit_planes, gicp_cloud, run_gicp
from vtour.scan.registration.free_space import RangeBounds
from vtour.scan.registration.level_search import level_poses
from vtour.scan.registration.surface import Surface

SEARCH_POINTS = 5_000  # of a level that is searched without a start
WORK_POINTS = 16_000  # of the level that the evidence is asked at
SEARCH_MATCHES = 2_000
LEVEL_POSES = 8
FEATURE_POSES = 4
TRIED = 3  # candidates that are refined to the end
PLANE_REACH = 4.0  # voxels
GICP_REACH_M = 0.5
THICK_M = 0.02  # RMS distance from which surfaces are no planes
KEPT_OVERLAP = 0.99  # of GICP's pose that planes have to keep
GICP_POINTS = 40_000  # of the finest level of GICP
COARSE_MATCHES, FINE_MATCHES = 10_000, 40_000  # points asked at the first level, and later
SAME_TURN = np.radians(3.0)


@dataclass(frozen=True)
class Scan:
    """One station, thinned: its surfaces fine to coarse and what its mirror saw.

    spacing_m : a voxel that usually holds more than one of the station's own points
    """

    id: str
    levels: list[Surface]
    sight: RangeBounds | None
    spacing_m: float = 0.0
    _kept: dict[tuple[str, float], Any] = field(default_factory=dict, compare=False, repr=False)

    def at(self, voxel_m: float) -> Surface:
        """The surface of the largest voxel up to so many metres, else the finest."""
        return max(
            (level for level in self.levels if level.voxel_m <= voxel_m * 1.001),
            key=lambda level: level.voxel_m,
            default=self.levels[0],
        )

    def view(self, voxel_m: float) -> View:
        """The same with what the station saw."""
        return View(self.at(voxel_m), self.sight)

    def gicp(self, voxel_m: float) -> tuple[Any, Any]:
        """small_gicp's cloud and tree of a coarse level, kept."""
        level = self.at(voxel_m)
        kept: tuple[Any, Any] = self._keep("gicp", level, gicp_cloud)
        return kept

    def features(self, voxel_m: float) -> Any:
        """FPFH of a coarse level, kept."""
        return self._keep("fpfh", self.at(voxel_m), fpfh)

    def _keep(self, what: str, level: Surface, make: Any) -> Any:
        key = (what, level.voxel_m)
        if key not in self._kept:
            made = make(level)
            if len(level.points) > WORK_POINTS:
                return made
            self._kept[key] = made
        return self._kept[key]


@dataclass(frozen=True)
class Limits:
    """What a pair must show to be believed; ``unseen``: without mirrors, so without sight lines."""

    min_overlap: float = 0.1
    min_overlap_unseen: float = 0.3
    min_agreed: float = 0.8
    min_agreed_unseen: float = 0.3
    max_crossed: float = 0.12


NOTHING = Evidence(overlap=0.0, agreed=0.0, crossed=None, rmse_m=np.inf)


@dataclass(frozen=True)
class PairFit:
    """A pose of b in a with its evidence; ``why_not`` is empty when it is believed."""

    a_from_b: FloatArray
    evidence: Evidence
    planes: PlaneFit | None
    why_not: str

    @classmethod
    def none(cls, why_not: str) -> "PairFit":
        """No pose was found."""
        return cls(np.eye(4), NOTHING, None, why_not)

    @property
    def score(self) -> float:
        """Orders pairs, and rough poses of one: what overlaps and agrees."""
        crossed = self.evidence.crossed or 0.0
        return self.evidence.overlap * self.evidence.agreed**2 * max(1 - crossed, 0.0)

    @property
    def quality(self) -> float:
        """How well the pose fits where both look, however much that is: 0 to 1.

        Overlap says nothing more once there is enough of it: among repeated columns it is the
        greatest where one scanner is laid upon the other.
        """
        return self.evidence.agreed**2 * max(1 - (self.evidence.crossed or 0.0), 0.0)


def voxel_for(a: Scan, b: Scan, most_points: int) -> float:
    """The least common voxel at which neither station has more than so many points."""
    least = max(a.levels[0].voxel_m, b.levels[0].voxel_m)
    voxels = sorted({level.voxel_m for scan in (a, b) for level in scan.levels})
    fitting = [
        voxel
        for voxel in voxels
        if voxel >= least and max(len(a.at(voxel).points), len(b.at(voxel).points)) <= most_points
    ]
    return fitting[0] if fitting else max(voxels)


def judge(
    a: Scan, b: Scan, a_from_b: FloatArray, limits: Limits, rmse_m: float = np.inf
) -> tuple[Evidence, str]:
    """The evidence for a pose, and why it is not believed; empty when it is.

    rmse_m : of the fit that found the pose: how thick the surfaces are.
    """
    voxel = max(voxel_for(a, b, WORK_POINTS), a.spacing_m, b.spacing_m)
    tolerance = float(np.clip(4 * rmse_m, voxel / 8, voxel / 4))
    evidence = evidence_of(a.view(voxel), b.view(voxel), a_from_b, tolerance)
    return evidence, reason_against(evidence, limits)


def reason_against(evidence: Evidence, limits: Limits) -> str:
    """Why evidence does not convince; empty when it does."""
    unseen = evidence.crossed is None
    least = max(limits.min_overlap, limits.min_overlap_unseen) if unseen else limits.min_overlap
    if evidence.overlap < least:
        return f"{evidence.overlap:.0%} of the points overlap, expected {least:.0%}"
    if evidence.crossed is not None and evidence.crossed > limits.max_crossed:
        return (
            f"{evidence.crossed:.0%} of the points would lie in air that the other station "
            f"measured through, expected at most {limits.max_crossed:.0%}"
        )
    least = limits.min_agreed_unseen if unseen else limits.min_agreed
    if evidence.agreed < least:
        return (
            f"{evidence.agreed:.0%} of the surfaces that both should see agree, "
            f"expected {least:.0%}"
        )
    return ""


def refine(a: Scan, b: Scan, a_from_b: FloatArray, reach_m: float, limits: Limits) -> PairFit:
    """Converge from a start that is right to about ``reach_m``, coarse to fine, and judge.

    Planes are far more exact where there are walls and floors. Among trees and cars they lose
    their hold: when surfaces are thick, or less overlaps than where GICP ended, that is taken.
    """
    near, by_gicp = gicp_path(a, b, a_from_b, reach_m)
    planes = planes_path(a, b, near)
    if planes is None:
        return PairFit.none("too few flat surfaces in common to measure by")
    evidence, why_not = judge(a, b, planes.a_from_b, limits, planes.rmse_m)
    voxel = voxel_for(a, b, WORK_POINTS)
    loose = fit_planes(a.at(voxel), b.at(voxel), by_gicp, PLANE_REACH * voxel, steps=0)
    if loose is not None:
        other, why_not_other = judge(a, b, by_gicp, limits, planes.rmse_m)
        lost = evidence.overlap < KEPT_OVERLAP * other.overlap or planes.rmse_m > THICK_M
        if lost and (why_not or not why_not_other):
            return PairFit(by_gicp, other, loose, why_not_other)
    return PairFit(planes.a_from_b, evidence, planes, why_not)


def refine_told(a: Scan, b: Scan, told: FloatArray, reach_m: float, limits: Limits) -> PairFit:
    """The same from a pose that something tells: kept along directions that the points leave free.

    Where nothing tells how far two stations are shifted, along a corridor, steps only drift.
    """
    fit = refine(a, b, told, reach_m, limits)
    if fit.planes is None or not fit.planes.is_free:
        return fit
    planes = planes_path(a, b, fit.planes.held_at(told), is_held=True)
    if planes is None:
        return PairFit.none("too few flat surfaces in common to measure by")
    evidence, why_not = judge(a, b, planes.a_from_b, limits, planes.rmse_m)
    return PairFit(planes.a_from_b, evidence, planes, why_not)


def gicp_path(
    a: Scan, b: Scan, a_from_b: FloatArray, reach_m: float
) -> tuple[FloatArray, FloatArray]:
    """a_from_b by GICP at the coarsest level, and on from there down to that of the evidence."""
    voxel, work = voxel_for(a, b, SEARCH_POINTS), voxel_for(a, b, GICP_POINTS)
    near = fine = run_gicp(a.gicp(voxel), b.gicp(voxel), a_from_b, max(reach_m, 2 * voxel))
    while voxel / 2 >= work * 0.999:
        voxel /= 2
        fine = run_gicp(a.gicp(voxel), b.gicp(voxel), fine, max(GICP_REACH_M, 2 * voxel))
    return near, fine


def planes_path(
    a: Scan, b: Scan, a_from_b: FloatArray, *, is_held: bool = False
) -> PlaneFit | None:
    """The most certain fit of planes, coarse to fine.

    A finer level counts when its fit is the more certain one, by residuals and matches: where
    points are sparse, its voxels are emptier than its neighbourhoods are flat.
    """
    best: PlaneFit | None = None
    for voxel in plane_voxels(a, b):
        most = COARSE_MATCHES if best is None else FINE_MATCHES
        reach_m = PLANE_REACH * voxel
        fit = fit_planes(a.at(voxel), b.at(voxel), a_from_b, reach_m, most, is_held=is_held)
        if fit is not None and (best is None or fit.spread_m < best.spread_m):
            a_from_b, best = fit.a_from_b, fit
    return best


def plane_voxels(a: Scan, b: Scan) -> list[float]:
    """Voxels from that of the search down to the finest common one."""
    voxel = voxel_for(a, b, SEARCH_POINTS)
    least = max(a.levels[0].voxel_m, b.levels[0].voxel_m)
    voxels = []
    while voxel >= least * 0.999:
        voxels.append(voxel)
        voxel /= 2
    return voxels


def search(a: Scan, b: Scan, limits: Limits) -> list[PairFit]:
    """Poses found without a start, the best first; the believed ones before all others."""
    voxel = voxel_for(a, b, SEARCH_POINTS)
    ranked = []
    for pose in candidates(a, b, voxel):
        near = run_gicp(a.gicp(voxel), b.gicp(voxel), pose, 3 * voxel)
        evidence = evidence_of(a.view(voxel), b.view(voxel), near, voxel / 2)
        ranked.append(PairFit(near, evidence, None, ""))
    ranked.sort(key=lambda fit: -fit.score)
    chosen: list[PairFit] = []
    for fit in ranked:
        if all(is_apart(fit.a_from_b, other.a_from_b, voxel) for other in chosen):
            chosen.append(fit)
    fits = [refine(a, b, fit.a_from_b, voxel, limits) for fit in chosen[:TRIED]]
    fits.sort(key=lambda fit: (bool(fit.why_not), -fit.quality))
    return [
        fit
        for rank, fit in enumerate(fits)
        if all(is_apart(fit.a_from_b, other.a_from_b, voxel) for other in fits[:rank])
    ]


def candidates(a: Scan, b: Scan, voxel: float) -> Iterable[FloatArray]:
    """Poses worth trying: by ground plans, and by features at two scales."""
    yield from level_poses(a.at(voxel), b.at(voxel), LEVEL_POSES)
    for scale in (voxel, 2 * voxel):
        in_a, in_b = a.at(scale), b.at(scale)
        matches = mutual_matches(a.features(scale), b.features(scale), SEARCH_MATCHES)
        yield from consistent_poses(
            in_a.points[matches[:, 0]], in_b.points[matches[:, 1]], scale, FEATURE_POSES
        )


def is_apart(pose: FloatArray, other: FloatArray, distance_m: float) -> bool:
    """Whether two poses are different answers, not two roads to one."""
    turn = pose[:3, :3] @ other[:3, :3].T
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    off = np.linalg.norm(pose[:3, 3] - other[:3, 3])
    return bool(angle > SAME_TURN or off > distance_m)


def predicted_overlap(a: Scan, b: Scan, a_from_b: FloatArray) -> float:
    """Share of b's coarse points near a's, or a's near b's, whichever is more."""
    voxel = voxel_for(a, b, SEARCH_POINTS)
    in_a, in_b = a.at(voxel), b.at(voxel)
    reach = 3 * max(in_a.voxel_m, in_b.voxel_m)
    moved = transform_points(a_from_b, in_b.points)
    share_b = np.isfinite(in_a.tree.query(moved, distance_upper_bound=reach)[0]).mean()
    back = (in_a.points - a_from_b[:3, 3]) @ a_from_b[:3, :3]
    share_a = np.isfinite(in_b.tree.query(back, distance_upper_bound=reach)[0]).mean()
    return float(max(share_a, share_b))
