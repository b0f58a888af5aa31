"""Poses of all stations from all pairs, loops closed: Gauss-Newton on SE(3).

Lu and Milios, Autonomous Robots 4, 1997; residuals and normal matrices as in the pairs' own fit: a
turn and a shift about the middle of what the pair matched, in the frame of its first station.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vtour.frames import FloatArray
from vtour.scan.registration.fine import inverse, moved_about

STEPS = 50
SETTLED = 1e-9
RANK = 1e-15  # a pose held to a metre counts beside matches that tell a turn to 1e-7


@dataclass(frozen=True, eq=False)
class Link:
    """Two stations by number and how they lie to each other.

    information : (6, 6) inverse covariance of turn (rad) and shift (m) about ``centre``, in a
    centre      : (3,) in a; radius_m : how far the matched points reach around it
    score       : how much the pair is believed
    """

    a: int
    b: int
    a_from_b: FloatArray
    information: FloatArray
    centre: FloatArray
    radius_m: float
    score: float


@dataclass(frozen=True)
class Solved:
    """Poses of stations that hang together, by number; the first of them is the identity.

    scan_from_station : 4x4 by station
    covariance        : (6, 6) by station: its turn and shift about its own origin, scan
    """

    scan_from_station: dict[int, FloatArray]
    covariance: dict[int, FloatArray]


def components(stations: int, links: Sequence[Link]) -> list[list[int]]:
    """Stations that hang together, each list sorted, the largest first."""
    joined = Joined(stations, ((link.a, link.b) for link in links))
    groups: dict[int, list[int]] = {}
    for station in range(stations):
        groups.setdefault(joined.first(station), []).append(station)
    return sorted(groups.values(), key=lambda group: -len(group))


class Joined:
    """Which stations pairs join, one pair after the other (Tarjan, JACM 1975)."""

    def __init__(self, stations: int, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._towards = list(range(stations))
        for pair in pairs:
            self.join(*pair)

    def first(self, station: int) -> int:
        """The least station that this one is joined with."""
        towards = self._towards
        while towards[station] != station:
            towards[station] = towards[towards[station]]
            station = towards[station]
        return station

    def are(self, a: int, b: int) -> bool:
        """Whether two stations are joined."""
        return self.first(a) == self.first(b)

    def join(self, a: int, b: int) -> None:
        """Join two stations and all that hang on them."""
        low, high = sorted((self.first(a), self.first(b)))
        self._towards[high] = low


def agreeing(
    stations: int, links: Sequence[Link], tolerance_m: float
) -> tuple[list[Link], list[Link]]:
    """The links that agree with each other, and those that contradict them.

    A tree of the most believed links predicts all others. While some contradict it, each link
    is put last in turn, so that the tree does without it, and what more of the evidence agrees
    with is kept.

    tolerance_m : by how much a link may be off what a tree of two others predicts; errors grow with
                  the root of a path's length.
    """
    order = sorted(links, key=lambda link: -link.score)
    best = _agreement(stations, order, tolerance_m)
    tried: set[int] = set()
    while best[2]:
        doubted = next((link for link in reversed(best[1]) if id(link) not in tried), None)
        if doubted is None:
            break
        tried.add(id(doubted))
        others = [link for link in order if link is not doubted]
        other = _agreement(stations, [*others, doubted], tolerance_m)
        if other[0] > best[0] + 1e-9:
            best, order = other, [*others, doubted]
    return best[1], best[2]


def _agreement(
    stations: int, order: Sequence[Link], tolerance_m: float
) -> tuple[float, list[Link], list[Link]]:
    """Score of the links that agree with the tree of the first ones; these; the others."""
    tree: list[Link] = []
    joined = Joined(stations)
    for link in order:
        if not joined.are(link.a, link.b):
            joined.join(link.a, link.b)
            tree.append(link)
    poses, depth = chained(stations, tree)
    held = {id(link) for link in tree}
    kept: list[Link] = []
    against: list[Link] = []
    for link in order:
        allowed = tolerance_m * np.sqrt(max(2, depth[link.a] + depth[link.b]) / 2)
        agrees = id(link) in held or residual_m(link, poses) <= allowed
        (kept if agrees else against).append(link)
    return sum(link.score for link in kept), kept, against


def chained(stations: int, links: Sequence[Link]) -> tuple[dict[int, FloatArray], dict[int, int]]:
    """Poses by walking along the links from the first of each component, and the steps taken."""
    beside: dict[int, list[tuple[int, FloatArray]]] = {s: [] for s in range(stations)}
    for link in sorted(links, key=lambda one: -one.score):
        beside[link.a].append((link.b, link.a_from_b))
        beside[link.b].append((link.a, inverse(link.a_from_b)))
    poses: dict[int, FloatArray] = {}
    depth: dict[int, int] = {}
    for start in range(stations):
        if start in poses:
            continue
        poses[start], depth[start] = np.eye(4), 0
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for there, here_from_there in beside[here]:
                if there not in poses:
                    poses[there] = poses[here] @ here_from_there
                    depth[there] = depth[here] + 1
                    waiting.append(there)
    return poses, depth


def difference(link: Link, poses: dict[int, FloatArray]) -> FloatArray:
    """Turn (rad) and shift (m) about the link's centre, in a, from the link to the poses: (6,)."""
    from scipy.spatial.transform import Rotation

    off = inverse(poses[link.a]) @ poses[link.b] @ inverse(link.a_from_b)
    turn = Rotation.from_matrix(off[:3, :3]).as_rotvec()
    shift = off[:3, :3] @ link.centre + off[:3, 3] - link.centre
    return np.concatenate([turn, shift])


def residual_m(link: Link, poses: dict[int, FloatArray]) -> float:
    """RMS move of the matched points between the link and the poses, at most."""
    off = difference(link, poses)
    return float(np.hypot(np.linalg.norm(off[3:]), link.radius_m * np.linalg.norm(off[:3])))


def solve(group: Sequence[int], links: Sequence[Link]) -> Solved:
    """Poses of a component by all its links, the first station held as the identity.

    The covariance is scaled up when the links contradict each other by more than their own.
    """
    poses, _ = chained(max(group) + 1, links)
    start = inverse(poses[group[0]])
    poses = {station: start @ poses[station] for station in group}
    column = {station: 6 * (number - 1) for number, station in enumerate(group)}
    size = 6 * (len(group) - 1)
    normal = np.eye(0)
    for _ in range(STEPS):
        normal, right = np.zeros((size, size)), np.zeros(size)
        for link in links:
            _add(link, poses, column, normal, right)
        step = np.zeros(size)
        if size:
            step[:] = np.linalg.lstsq(normal, -right, rcond=RANK)[0]
        for station in group[1:]:
            moved = moved_about(np.zeros(3), step[column[station] : column[station] + 6])
            poses[station] = moved @ poses[station]
        if not size or np.abs(step).max() < SETTLED:
            break
    return Solved(poses, _covariances(group, links, poses, column, normal))


def _add(
    link: Link,
    poses: dict[int, FloatArray],
    column: dict[int, int],
    normal: FloatArray,
    right: FloatArray,
) -> None:
    """Add one link to the normal equations of small turns and shifts about the scan's origin."""
    off = difference(link, poses)
    a_from_scan = poses[link.a][:3, :3].T
    at = poses[link.a][:3, :3] @ link.centre + poses[link.a][:3, 3]
    change = np.zeros((6, 6))
    change[:3, :3] = a_from_scan
    change[3:, :3] = -a_from_scan @ cross_matrix(at)
    change[3:, 3:] = a_from_scan
    parts = [(link.a, -change), (link.b, change)]
    for station, jacobian in parts:
        if column[station] < 0:
            continue
        rows = slice(column[station], column[station] + 6)
        right[rows] += jacobian.T @ link.information @ off
        for other, beside in parts:
            if column[other] >= 0:
                columns = slice(column[other], column[other] + 6)
                normal[rows, columns] += jacobian.T @ link.information @ beside


def _covariances(
    group: Sequence[int],
    links: Sequence[Link],
    poses: dict[int, FloatArray],
    column: dict[int, int],
    normal: FloatArray,
) -> dict[int, FloatArray]:
    found = {group[0]: np.zeros((6, 6))}
    if len(group) == 1:
        return found
    spare = 6 * (len(links) - len(group) + 1)
    misfit = sum(
        float(off @ link.information @ off)
        for link, off in ((link, difference(link, poses)) for link in links)
    )
    factor = max(1.0, misfit / spare) if spare else 1.0
    whole = factor * np.linalg.pinv(normal, rcond=RANK, hermitian=True)
    for station in group[1:]:
        rows = slice(column[station], column[station] + 6)
        about = np.eye(6)
        about[3:, :3] = -cross_matrix(poses[station][:3, 3])
        found[station] = about @ whole[rows, rows] @ about.T
    return found


def cross_matrix(vector: FloatArray) -> FloatArray:
    """(3, 3) matrix of v -> vector x v."""
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
