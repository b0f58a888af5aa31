"""The scale from known distances between marked points, and distances as a check of it.

A bar of a metre that two people hold up and mark is good to a millimetre or two: 0.2 %, where GPS
within a courtyard gives 2 to 4 %.
"""

from dataclasses import dataclass, replace

import numpy as np

from vtour.control_files import ScaleBar
from vtour.frames import FloatArray
from vtour.schema.report import StageReport
from vtour.schema.world import ScaleSource
from vtour.world.model import SparseModel
from vtour.world.similarity import BoolArray, Similarity
from vtour.world.solution import Solution
from vtour.world.survey_files import Survey
from vtour.world.triangulate import MarkedPoint

OUTLIER_SIGMAS = 4.0
MODEL_SIGMA = 0.001  # share of a length by which photos bend
GPS_SIGMAS = 4.0


@dataclass(frozen=True)
class MeasuredBar:
    """A bar and its length in the sparse model, with its standard deviation there."""

    bar: ScaleBar
    in_sfm: float
    sigma_in_sfm: float

    @property
    def scale(self) -> float:
        """Metres of one unit of the model."""
        return self.bar.length_m / self.in_sfm

    @property
    def sigma(self) -> float:
        """Standard deviation of the scale as a share of it."""
        surveyed = self.bar.sigma_m / self.bar.length_m
        return float(np.sqrt(surveyed**2 + (self.sigma_in_sfm / self.in_sfm) ** 2 + MODEL_SIGMA**2))


@dataclass(frozen=True)
class BarFit:
    """The scale that most bars agree on, its standard deviation as a share, and which agree."""

    scale: float
    sigma: float
    inside: BoolArray


def measured_bars(
    survey: Survey, marked: dict[str, MarkedPoint], report: StageReport
) -> list[MeasuredBar]:
    """The bars whose ends were triangulated; warns of the others."""
    found = []
    for bar in survey.bars:
        missing = [label for label in (bar.start, bar.end) if label not in marked]
        if missing:
            report.warnings.append(
                f"scalebars.csv: {bar.name} left out, {' and '.join(missing)} not found in photos"
            )
            continue
        a, b = marked[bar.start], marked[bar.end]
        length = float(np.linalg.norm(a.in_sfm - b.in_sfm))
        sigma = float(np.hypot(a.sigma_in_sfm, b.sigma_in_sfm) / np.sqrt(3))  # along the bar
        if length > sigma:
            found.append(MeasuredBar(bar, length, sigma))
        else:
            report.warnings.append(f"scalebars.csv: {bar.name} left out, its ends are one point")
    return found


def fit_bars(bars: list[MeasuredBar]) -> BarFit | None:
    """The scale that most bars agree on; None when no majority does, such as two that differ."""
    if not bars:
        return None
    logs = np.log([bar.scale for bar in bars])
    sigmas = np.array([bar.sigma for bar in bars])
    votes = [np.minimum(((logs - one) / np.hypot(sigmas, s)) ** 2, OUTLIER_SIGMAS**2).sum()
             for one, s in zip(logs, sigmas, strict=True)]  # fmt: skip
    best = int(np.argmin(votes))
    inside = np.abs(logs - logs[best]) <= OUTLIER_SIGMAS * np.hypot(sigmas, sigmas[best])
    if inside.sum() * 2 <= len(bars):
        return None
    weights = 1 / sigmas[inside] ** 2
    mean = float(weights @ logs[inside] / weights.sum())
    chi = float((weights * (logs[inside] - mean) ** 2).sum()) / max(int(inside.sum()) - 1, 1)
    return BarFit(float(np.exp(mean)), float(np.sqrt(max(1.0, chi) / weights.sum())), inside)


def scaled_by_bars(
    solution: Solution, bars: list[MeasuredBar], model: SparseModel, report: StageReport
) -> Solution:
    """The solution with the scale of the bars, where these are better than what it has.

    Control points stay, as do positions that are more certain. The middle of the cameras stays
    where it is.
    """
    if not bars or solution.source is ScaleSource.control:
        return solution
    fit = fit_bars(bars)
    if fit is None:
        names = ", ".join(f"{bar.bar.name} ({bar.scale / bars[0].scale:.4g})" for bar in bars)
        report.warnings.append(
            f"scalebars.csv: {names} contradict each other (their scales, the first as 1): not used"
        )
        return solution
    old, by_gps = solution.enu_from_sfm, solution.scale_sigma
    if by_gps is not None:
        off = abs(np.log(fit.scale / old.scale))
        if off > GPS_SIGMAS * float(np.hypot(by_gps, fit.sigma)):
            report.warnings.append(
                f"scalebars.csv: its scale differs by {off:.1%} from that of GPS: a length wrong?"
            )
        if by_gps <= fit.sigma:
            return solution
    middle = model.centres_in_sfm.mean(axis=0)
    if solution.source is ScaleSource.none:
        middle = np.linalg.solve(old.scale * old.rotation, -old.translation)  # keeps the origin
    shift = old.apply(middle) - fit.scale * old.rotation @ middle
    report.measure("scale_sigma", fit.sigma, note="from scale bars")
    return replace(
        solution,
        enu_from_sfm=Similarity(fit.scale, old.rotation, shift),
        source=ScaleSource.scale_bars,
        scale_sigma=fit.sigma,
    )


def report_bars(bars: list[MeasuredBar], solution: Solution, report: StageReport) -> None:
    """Lengths in the world against those measured; what is far off is named."""
    if not bars or solution.source is ScaleSource.none:
        return
    scale, own = solution.enu_from_sfm.scale, solution.source is ScaleSource.scale_bars
    offsets = scale * np.array([bar.in_sfm for bar in bars]) - [bar.bar.length_m for bar in bars]
    fit = fit_bars(bars) if own else None
    inside = fit.inside if fit else np.zeros(len(bars), bool)
    for bar, off, used in zip(bars, offsets.tolist(), inside.tolist(), strict=True):
        sigma = np.hypot(bar.sigma, solution.scale_sigma or 0.0) * bar.bar.length_m
        if abs(off) > OUTLIER_SIGMAS * sigma:
            report.warnings.append(
                f"scalebars.csv: {bar.bar.name} is {bar.bar.length_m + off:.4g} m in the model, "
                f"{bar.bar.length_m:.4g} m were measured"
                + (", left out" if own and not used else "")
            )
        report.details.setdefault("scale_bars", {})[bar.bar.name] = {
            "role": "scale" if own else "check",
            "used": used,
            "length_m": bar.bar.length_m,
            "sigma_m": bar.bar.sigma_m,
            "off_m": round(off, 5),
        }
    counted = offsets[inside] if own else offsets
    if own and len(counted) < 2:
        return  # one bar fits the scale that it gave
    report.measure("scale_bar_residual", _rms(counted), n=len(counted))


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))
