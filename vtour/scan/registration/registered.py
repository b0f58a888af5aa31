"""From the pairs to the contract: poses, sigmas, what is left out, and what is said of it."""

from dataclasses import dataclass

import numpy as np

from vtour.frames import columns_from_matrix
from vtour.scan.registration.fine import inverse
from vtour.scan.registration.linking import DOUBT, UNTOLD, Tried, angle_deg, best_reason
from vtour.scan.registration.pairwise import Scan
from vtour.scan.registration.posegraph import Link, Solved, agreeing, components, residual_m, solve
from vtour.scan.registration.start_poses import told_pose
from vtour.schema.report import StageReport
from vtour.schema.scans import (
    LeftOut,
    Pair,
    PairStatus,
    RegisteredStation,
    Registration,
    Station,
)

SAME_TURN_DEG = 2.0
TELLS = {"targets": "targets put", "pose": "files' poses put"}
TOLD = 0.2  # overlap of a pair that failed from which it is worth a word


@dataclass(frozen=True)
class Result:
    """Stations, the pairs that were tried, the solved component and its links."""

    stations: list[Station]
    scans: list[Scan]
    tried: list[Tried]
    links: dict[tuple[int, int], Link]
    against: dict[tuple[int, int], Link]
    group: list[int]
    solved: Solved

    @classmethod
    def of(
        cls,
        stations: list[Station],
        scans: list[Scan],
        tried: list[Tried],
        loop_tolerance_m: float,
    ) -> "Result":
        """Solve the largest component of the pairs that agree with each other."""
        believed = [one.link() for one in tried if one.is_believed]
        agreed, against = agreeing(len(stations), believed, loop_tolerance_m)
        kept = confirmed(len(stations), agreed, tried)
        group = components(len(stations), kept)[0]
        links = {(link.a, link.b): link for link in kept if link.a in group}
        return cls(
            stations,
            scans,
            tried,
            links,
            {(link.a, link.b): link for link in against},
            group,
            solve(group, list(links.values())),
        )


def confirmed(stations: int, links: list[Link], tried: list[Tried]) -> list[Link]:
    """The links that are sure, and the doubtful ones between stations that sure ones join."""
    doubtful = {(one.a, one.b) for one in tried if one.is_doubtful}
    sure = [link for link in links if (link.a, link.b) not in doubtful]
    groups = components(stations, sure)
    return [
        link
        for link in links
        if link in sure or any(link.a in group and link.b in group for group in groups)
    ]


def registration_of(result: Result, left_out: dict[str, str]) -> Registration:
    """The contract; ``left_out`` holds stations that were left out before, by id."""
    alone = {
        result.scans[number].id: best_reason(result.tried, number, result.scans)
        for number in range(len(result.stations))
        if number not in result.group and result.scans[number].id not in left_out
    }
    return Registration(
        stations=[registered(result, number) for number in result.group],
        pairs=[pair for one in result.tried if (pair := pair_of(result, one)) is not None],
        left_out=[LeftOut(id=name, reason=why) for name, why in (left_out | alone).items()],
    )


def registered(result: Result, number: int) -> RegisteredStation:
    """One station with its sigmas: of the least certain direction."""
    station = result.stations[number]
    covariance = result.solved.covariance[number]
    pairs = [one for one in result.tried if (one.a, one.b) in result.links]
    mine = [one.fit.evidence for one in pairs if number in (one.a, one.b)]
    is_first = number == result.group[0]
    return RegisteredStation(
        id=station.id,
        file=station.file,
        scan=station.scan,
        scan_from_station=columns_from_matrix(result.solved.scan_from_station[number]),
        sigma_m=None if is_first else largest_sigma(covariance[3:, 3:]),
        sigma_deg=None if is_first else float(np.degrees(largest_sigma(covariance[:3, :3]))),
        rmse_m=float(np.sqrt(np.mean([one.rmse_m**2 for one in mine]))) if mine else None,
        overlap=max(one.overlap for one in mine) if mine else None,
    )


def largest_sigma(covariance: np.ndarray) -> float:
    """Standard deviation along the least certain direction."""
    return float(np.sqrt(max(np.linalg.eigvalsh(covariance)[-1], 0.0)))


def pair_of(result: Result, one: Tried) -> Pair | None:
    """The contract of a pair; None for one that was only looked at and does not overlap."""
    key = (one.a, one.b)
    told = one.how in ("targets", "pose")
    if not one.is_believed and not told and one.fit.evidence.overlap < TOLD:
        return None
    reason = one.fit.why_not or None
    residual = None
    if one.a in result.group and one.b in result.group and one.fit.planes is not None:
        link = result.links.get(key) or result.against.get(key) or one.link()
        residual = residual_m(link, result.solved.scan_from_station)
    if key in result.against and residual is not None:
        reason = f"off by {residual:.2f} m from what the other pairs say"
    if one.fit.planes is None:
        return None
    if reason is None and key not in result.links:
        reason = DOUBT if one.is_doubtful else "apart from the largest group of stations"
    return Pair(
        a=result.stations[one.a].id,
        b=result.stations[one.b].id,
        a_from_b=columns_from_matrix(one.fit.a_from_b),
        rmse_m=one.fit.planes.rmse_m,
        overlap=one.fit.evidence.overlap,
        residual_m=residual,
        status=PairStatus.used if key in result.links else PairStatus.rejected,
        reason=reason,
    )


def tell(
    report: StageReport, result: Result, registration: Registration, start_reach_m: float
) -> None:
    """Measures and warnings."""
    used = [pair for pair in registration.pairs if pair.status is PairStatus.used]
    report.measure(
        "stations_registered",
        len(registration.stations),
        n=len(registration.stations) + len(registration.left_out),
    )
    if used:
        rmse = float(np.sqrt(np.mean([pair.rmse_m**2 for pair in used])))
        report.measure("registration_rmse", rmse, n=len(used))
        report.measure("registration_overlap", float(np.median([one.overlap for one in used])))
        off = [pair.residual_m for pair in used if pair.residual_m is not None]
        report.measure("registration_residual", max(off), n=len(off))
    report.warnings += [f"{one.id}: left out: {one.reason}" for one in registration.left_out]
    for pair in registration.pairs:
        if pair.status is PairStatus.rejected:
            report.warnings.append(f"{pair.a} and {pair.b}: not used: {pair.reason}")
    report.warnings += held_poses(result)
    report.warnings += wrong_poses(result, start_reach_m)


def held_poses(result: Result) -> list[str]:
    """Pairs that are where a told pose has them along a direction that no others tell either."""
    used = [one for one in result.tried if (one.a, one.b) in result.links]
    free = [one for one in used if one.fit.planes is not None and one.fit.planes.is_free]
    told = [result.links[one.a, one.b] for one in used if one not in free]
    groups = components(len(result.stations), told)
    return [
        f"{result.scans[one.a].id} and {result.scans[one.b].id}: {UNTOLD}, as in a corridor: "
        f"held where their {TELLS[one.how]} them, to about {one.reach_m:.2g} m"
        for one in free
        if one.how in TELLS and not any(one.a in group and one.b in group for group in groups)
    ]


def wrong_poses(result: Result, tolerance_m: float) -> list[str]:
    """Stations whose file tells another pose than was found, relative to the first of the file."""
    said = []
    poses = result.solved.scan_from_station
    first: dict[str, int] = {}
    for number in result.group:
        station = result.stations[number]
        start = first.setdefault(station.file, number)
        told = told_pose(result.stations[start], station)
        if start == number or told is None:
            continue
        off = inverse(told) @ inverse(poses[start]) @ poses[number]
        far, turn = float(np.linalg.norm(off[:3, 3])), angle_deg(off[:3, :3])
        if far > tolerance_m or turn > SAME_TURN_DEG:
            said.append(
                f"{station.id}: {station.file} puts it {far:.2f} m and {turn:.1f} degrees from "
                "where its points fit: its pose is not used"
            )
    return said
