"""Which stations lie how to each other: pairs with a start first, then what is left, then loops.

A hall that looks nearly the same from both ends has two poses that both prove themselves. Such a
pair is doubtful: it does not end the search between its stations, counts half, and is used only
between stations that sure pairs join. A loop of doubtful pairs confirms none of them: along a
colonnade each lays one scanner upon the other, and that closes every loop.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from vtour.frames import FloatArray
from vtour.progress import Progress, no_progress
from vtour.scan.registration.fine import inverse
from vtour.scan.registration.pairwise import (
    Limits,
    PairFit,
    Scan,
    predicted_overlap,
    refine_told,
    search,
)
from vtour.scan.registration.posegraph import Joined, Link, agreeing, chained
from vtour.scan.registration.surface import NEIGHBOURS

LEAST_RMSE_M = 0.0005
TWIN = 0.6  # of the best pose's quality that a second one has, and its doubt less than 1 / TWIN
LEAST_DOUBT = 0.05  # of any pose: what moved between two scans
DOUBTFUL = 0.5  # what a doubtful pair's score is worth
LOOP_REACH_M = 0.3
SURE_CROSSED, SURE_AGREED = 0.05, 0.9
SURE_OVERLAP = 0.5  # without mirrors
CLEARLY = 1.1
UNTOLD = "nothing that both see tells how far they are shifted along one direction"
DOUBT = "other poses fit about as well, as where columns or bays repeat, and no sure pair decides"


@dataclass(frozen=True)
class Tried:
    """What became of one pair, by the numbers of its stations.

    how     : "targets", "pose", "search" or "loop": where it started
    reach_m : how far that may be off, where the points do not tell; a loop's start tells nothing
    """

    a: int
    b: int
    fit: PairFit
    how: str
    reach_m: float = np.inf
    is_doubtful: bool = False

    @property
    def is_believed(self) -> bool:
        """Whether the pair proved itself."""
        return not self.fit.why_not

    def link(self) -> Link:
        """The pair for the pose graph.

        Neighbouring points share their normals and what is wrong with them, so as many matches as
        a normal is made of count as one.
        """
        planes = self.fit.planes
        if planes is None:
            raise ValueError("a pair without matches is no link")
        sigma = max(planes.rmse_m, LEAST_RMSE_M)
        return Link(
            self.a,
            self.b,
            self.fit.a_from_b,
            planes.information(np.sqrt(NEIGHBOURS) * sigma, self.reach_m),
            planes.centre,
            planes.radius_m,
            self.fit.score * (DOUBTFUL if self.is_doubtful else 1.0),
        )


@dataclass(frozen=True)
class Start:
    """A pose that something told: by which word, and how far it may be off."""

    how: str
    a_from_b: FloatArray
    reach_m: float


def link_stations(
    scans: list[Scan],
    starts: dict[tuple[int, int], list[Start]],
    limits: Limits,
    loop_tolerance_m: float,
    progress: Progress = no_progress,
) -> list[Tried]:
    """Every pair that was tried, at most once each, ordered by its stations."""
    tried: dict[tuple[int, int], Tried] = {}
    pairs = list(combinations(range(len(scans)), 2))
    for number, pair in enumerate(pairs):
        progress(0.4 * number / max(len(pairs), 1), f"{scans[pair[0]].id} and {scans[pair[1]].id}")
        begun = from_starts(scans, pair, starts.get(pair, []), limits)
        if begun is not None:
            tried[pair] = begun
    joined = joined_by(len(scans), sure(tried.values()))
    for number, pair in enumerate(pairs):
        if pair in tried and tried[pair].is_believed:
            continue
        if joined.are(*pair):
            continue
        progress(0.4 + 0.4 * number / len(pairs), f"{scans[pair[0]].id} and {scans[pair[1]].id}")
        found = searched(scans, pair, limits)
        if found.is_believed or pair not in tried:
            tried[pair] = found
        for one in sure([found]):
            joined.join(one.a, one.b)
    known = Known.of(len(scans), tried, loop_tolerance_m)
    for number, pair in enumerate(pairs):
        progress(0.8 + 0.2 * number / len(pairs), "loops")
        closed = closing(scans, pair, tried.get(pair), known, limits)
        if closed is not None:
            tried[pair] = closed
            if closed.is_believed:
                known = Known.of(len(scans), tried, loop_tolerance_m)
    return [tried[pair] for pair in pairs if pair in tried]


def from_starts(
    scans: list[Scan], pair: tuple[int, int], starts: list[Start], limits: Limits
) -> Tried | None:
    """The first start that proves itself, else the first that should have; None without one."""
    a, b = scans[pair[0]], scans[pair[1]]
    failed = None
    for start in starts:
        overlap = predicted_overlap(a, b, start.a_from_b)
        if overlap < limits.min_overlap:
            continue
        fit = refine_told(a, b, start.a_from_b, start.reach_m, limits)
        begun = Tried(*pair, fit, start.how, start.reach_m)
        if begun.is_believed:
            return begun if is_strong(begun.fit) else surer(begun, searched(scans, pair, limits))
        failed = failed or begun
    return failed


def is_strong(fit: PairFit) -> bool:
    """Whether the evidence leaves no doubt; else a search may know better than a told pose."""
    crossed = fit.evidence.crossed
    if crossed is None:
        return fit.evidence.overlap > SURE_OVERLAP
    return crossed < SURE_CROSSED and fit.evidence.agreed > SURE_AGREED


def surer(begun: Tried, found: Tried) -> Tried:
    """The searched pair where it is sure and its pose clearly fits better than the told one."""
    is_sure = found.is_believed and not found.is_doubtful
    better = is_sure and found.fit.quality > CLEARLY * begun.fit.quality
    return found if better else begun


def sure(tried: Iterable[Tried]) -> list[Tried]:
    """The believed pairs that no second pose makes doubtful."""
    return [one for one in tried if one.is_believed and not one.is_doubtful]


def joined_by(stations: int, tried: Iterable[Tried]) -> Joined:
    """What believed pairs join."""
    return Joined(stations, ((one.a, one.b) for one in tried if one.is_believed))


def searched(scans: list[Scan], pair: tuple[int, int], limits: Limits) -> Tried:
    """The best pose that is found without a start; doubtful when another one is as good."""
    a, b = scans[pair[0]], scans[pair[1]]
    fits = search(a, b, limits)
    if not fits:
        return Tried(*pair, PairFit.none("nothing in common was found"), "search")
    is_doubtful = has_twin(fits)
    best = fits[0]
    if not best.why_not and best.planes is not None and best.planes.is_free:
        best = replace(best, why_not=UNTOLD)
    return Tried(*pair, best, "search", is_doubtful=is_doubtful)


def has_twin(fits: list[PairFit]) -> bool:
    """Whether another pose is about as good as the first: by its quality, or as more overlaps.

    Both the quality and the doubt, what it lacks to 1, are compared: 0.95 and 0.8 differ as 0.5
    and 0.25 do.
    """
    believed = [fit for fit in fits if not fit.why_not]
    for other in believed[1:]:
        best = believed[0]
        doubt = max(1 - best.quality, LEAST_DOUBT)
        is_near = other.quality > TWIN * best.quality and TWIN * (1 - other.quality) < doubt
        if is_near or other.score > best.score:
            return True
    return False


@dataclass(frozen=True)
class Known:
    """What all believed pairs say together: made anew only when one more is believed.

    poses   : of every station, in the frame of the first that it hangs together with
    against : pairs that contradict the others
    joined  : by all pairs; surely: by those that are not doubtful
    """

    poses: dict[int, FloatArray]
    against: set[tuple[int, int]]
    joined: Joined
    surely: Joined

    @classmethod
    def of(cls, stations: int, tried: dict[tuple[int, int], Tried], tolerance_m: float) -> "Known":
        """Let the pairs decide between them."""
        links = [one.link() for one in tried.values() if one.is_believed]
        kept, against = agreeing(stations, links, tolerance_m)
        return cls(
            chained(stations, kept)[0],
            {(link.a, link.b) for link in against},
            joined_by(stations, tried.values()),
            joined_by(stations, sure(tried.values())),
        )


def closing(
    scans: list[Scan], pair: tuple[int, int], before: Tried | None, known: Known, limits: Limits
) -> Tried | None:
    """A pair started from where all others put it; None when it is believed already, or far."""
    if not known.joined.are(*pair):
        return None
    if before is not None and before.is_believed and pair not in known.against:
        return None
    a_from_b = inverse(known.poses[pair[0]]) @ known.poses[pair[1]]
    a, b = scans[pair[0]], scans[pair[1]]
    if predicted_overlap(a, b, a_from_b) < limits.min_overlap:
        return None
    fit = refine_told(a, b, a_from_b, LOOP_REACH_M, limits)
    closed = Tried(*pair, fit, "loop", is_doubtful=not known.surely.are(*pair))
    return closed if closed.is_believed or before is None else None


def best_reason(tried: list[Tried], station: int, scans: list[Scan]) -> str:
    """Why a station hangs together with no other: its best pair, in words."""
    pairs = [one for one in tried if station in (one.a, one.b)]
    if not pairs:
        return "overlaps no other station"
    best = max(pairs, key=lambda one: one.fit.score)
    other = scans[best.a + best.b - station].id
    if best.is_believed and best.is_doubtful:
        return f"how it lies to {other} is doubtful: {DOUBT}"
    if best.fit.why_not == UNTOLD:
        return f"how it lies to {other} is not known: {UNTOLD}"
    if best.is_believed:
        return f"overlaps only {other}, which is not registered with the others either"
    return f"overlaps no other station: best with {other}: {best.fit.why_not}"


def angle_deg(turn: FloatArray) -> float:
    """How far a rotation (3, 3) turns."""
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))
