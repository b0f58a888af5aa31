"""Tie the photos to the laser scans of the same site: scan_from_sfm, its scale from the scan.

Pictures are made of the stations and matched with photos and panoramas; a similarity that many
matches agree with is refined on the scan's surfaces; and only one that the surfaces confirm is
used: points of the photos lie on the scan, many more than by chance, and not where the scanner
looked through.

Measured (benchmarks/accuracy/scan_to_photos.py; camera centres to the truth, median; the best that
any similarity does in brackets). Synthetic site, 126 photos and three stations: 1.6 mm (2.0), scale
90 ppm off where 58 are stated, 31 s of CPU and 0.6 GiB; intensity alone 1.5 mm, one station 2.0 mm,
without colours and intensity from a place 0.5 m, 3 % and 3 degrees off 3.8 mm. Small size, one
degree a point: 2.5 mm (2.9), panoramas alone 12.5 mm, a merged cloud without mirrors 3.4 mm. A
statue and a room in place of the site: 22 features agree where 35 do by chance, and 8.

Rejected: the features that structure from motion matched. Photos are five times finer than a
scan, so these are too small to show in it, and their words are not kept; found anew in photos
shrunk to 1.5 times the scan's pixels, 64 % of 7,400 matches are right, and 53 % of 6,200 at three
times. Planes through twelve points in place of eight: one station of a degree a point went 23 mm
off, on 78 planes; 4 mm on 291. Sigmas of a bootstrap alone: 11 ppm where 80 was true, as the model
of photos bends.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from vtour.clouds.store import PointStore
from vtour.frames import WORLD_FROM_ENU, FloatArray, matrix_from_columns
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.scans import Registration
from vtour.threads import in_order
from vtour.world.model import SparseModel
from vtour.world.photo_words import ReadImage, placed_in_sfm
from vtour.world.scan_features import Placed, matched, placed_in_scan
from vtour.world.scan_fit import ScanFit, fit_to_scan
from vtour.world.scan_pictures import picture_of_station, ranges_of_station, spread_out
from vtour.world.scan_places import picture_from_place, places_to_look_from, sample_of_cloud
from vtour.world.scan_search import Guess, only_fit_near
from vtour.world.scan_start import Matches, relative_distances, start_from_matches
from vtour.world.scan_surface import SightLines, Surface
from vtour.world.similarity import Similarity

log = logging.getLogger(__name__)

MOST_IMAGES = 60
MOST_STATIONS = 12
MOST_CLOUDS = 12  # also the places that one cloud is looked at from
MOST_POINTS = 8000
MIN_MATCHES = 12
OVER_CHANCE = 2.0  # matches that agree, against those when the pairs are mixed up
MIN_SHARE = 0.1  # of the sparse points amid the scan that lie on its surfaces
MIN_SHARE_ALONE = 0.3  # when no features agree
SHARE_OVER_CHANCE = 3.0
MIN_GRIP = 0.002
"""Without features. A room seen without floor and ceiling had 0.0009 and slid up by 0.17 m; three
coarse stations of the sample site, 3 mm off, have 0.004."""
MAX_IN_AIR = 0.3
SURFACE_SIGMAS = 3.0
CHANCES = 16
CHANCE_POINTS = 1000
START_SHARE = 0.02  # of the points' distances from their middle: how far off a start may be


@dataclass(frozen=True, eq=False)
class ScanTie:
    """How the sparse model lies in the frame ``scan``.

    scan_from_sfm   : metres of one unit of the model are its scale.
    scale_sigma     : as a share of it; rotation_sigma: radians; position_sigma_m: of the middle
        of the sparse points.
    median_m        : median distance of the sparse points amid the scan to its surfaces.
    points          : how many these are.
    matches, agreeing : features in common, and those that agree; 0 when a start was given.
    on_surface, by_chance : share of the sparse points on the scan, and when turned or shifted.
    in_air          : share of the points that hang where a scanner looked through.
    """

    scan_from_sfm: Similarity
    scale_sigma: float
    rotation_sigma: float
    position_sigma_m: float
    median_m: float
    points: int
    matches: int
    agreeing: int
    on_surface: float
    by_chance: float
    in_air: float


@dataclass(frozen=True, eq=False)
class Scans:
    """Registered stations with their raw points.

    poses : scan_from_station (4, 4) of each; stores: frame ``station``; mirrors: which have one.
    """

    poses: list[FloatArray]
    stores: list[PointStore]
    mirrors: list[bool]

    @staticmethod
    def of(
        registration: Registration, stores: Mapping[str, PointStore], mirrors: Mapping[str, bool]
    ) -> "Scans":
        """The stations of a registration; stores and mirrors by station id."""
        ids = [one.id for one in registration.stations]
        return Scans(
            [matrix_from_columns(one.scan_from_station) for one in registration.stations],
            [stores[one] for one in ids],
            [mirrors.get(one, False) for one in ids],
        )


def scan_from_sfm(
    model: SparseModel,
    scans: Scans,
    read: ReadImage,
    starts: Sequence[Guess] = (),
    progress: Progress = no_progress,
) -> tuple[ScanTie | None, str]:
    """The tie of a sparse model to scans, or None and why there is none.

    read   : decodes an image of the model.
    starts : guesses of scan_from_sfm, from positions or targets, tried when pictures fail.
    """
    with threadpool_limits(limits=1, user_api="blas"):  # so that sums are the same on any machine
        return _scan_from_sfm(model, scans, read, starts, progress)


def _scan_from_sfm(
    model: SparseModel,
    scans: Scans,
    read: ReadImage,
    starts: Sequence[Guess],
    progress: Progress,
) -> tuple[ScanTie | None, str]:
    pictures = pictures_of(scans, part_of(progress, 0.0, 0.3))
    matches = matches_of(model, pictures, read, part_of(progress, 0.3, 0.8))
    sights = pictures.sights
    surface = Surface.of_stations(scans.stores, scans.poses)
    found = start_from_matches(matches)
    reason = "scan and photos share no features"
    if found is not None:
        start, inside = found
        reason = doubts_of_matches(matches, inside)
        if not reason:
            tie, reason = confirmed(model, surface, sights, start, matches, inside)
            if tie is not None:
                return tie, ""
    for guess in starts:
        tie, doubt = confirmed_near(model, surface, sights, guess)
        if tie is not None:
            return tie, ""
        reason = f"{reason}; near a guess, {doubt}"
    return None, reason


@dataclass(frozen=True, eq=False)
class Pictures:
    """Features of pictures of scans, their pixels for each radian, and what mirrors looked past."""

    placed: list[Placed]
    detail: float
    sights: list[SightLines]


def pictures_of(scans: Scans, progress: Progress) -> Pictures:
    """Pictures from the mirrors; from places among the clouds where no mirror is known."""
    found = [row for row in range(len(scans.poses)) if scans.mirrors[row]]
    centres = np.array([scans.poses[row][:3, 3] for row in found]).reshape(-1, 3)
    placed, sights, detail = [], [], 1.0
    for number, row in enumerate(found[place] for place in spread_out(centres, MOST_STATIONS)):
        pose = scans.poses[row]
        picture = picture_of_station(scans.stores[row])
        if picture is not None:
            placed.append(placed_in_scan(picture, pose[:3, :3] @ WORLD_FROM_ENU.T, pose[:3, 3]))
            sights.append(SightLines.of(picture.ranges, pose))
            detail = max(detail, picture.pixels_per_radian)
        elif scans.stores[row].count:
            sights.append(SightLines.of(ranges_of_station(scans.stores[row]), pose))
        progress((number + 1) / len(found), f"station {number + 1}")
    if placed:
        return Pictures(placed, detail, sights)
    clouds = [row for row in range(len(scans.poses)) if not scans.mirrors[row]]
    for number, row in enumerate(clouds[:MOST_CLOUDS]):
        cloud = sample_of_cloud(scans.stores[row], scans.poses[row])
        if cloud is None:
            continue
        for centre in places_to_look_from(cloud.points, MOST_CLOUDS // min(len(clouds), 4)):
            picture = picture_from_place(cloud, centre)
            placed.append(placed_in_scan(picture, WORLD_FROM_ENU.T, centre))
            detail = max(detail, picture.pixels_per_radian)
        progress((number + 1) / len(clouds), f"cloud {number + 1}")
    return Pictures(placed, detail, sights)


def matches_of(
    model: SparseModel,
    pictures: Pictures,
    read: ReadImage,
    progress: Progress,
) -> Matches:
    """Features that images of the model have in common with pictures of the scan."""
    stations = pictures.placed
    views = np.column_stack([_unit_size(model.centres_in_sfm), model.cam_from_sfm[:, 2]])
    rows = spread_out(views, MOST_IMAGES)

    def match(row: int) -> list[tuple[int, Placed, NDArray[np.int64]]]:
        image = placed_in_sfm(model, row, read, pictures.detail)
        pairs = [matched(image.words, station.words) for station in stations]
        return [(number, image, pair) for number, pair in enumerate(pairs)]

    parts: list[Matches] = []
    for done, (row, found) in enumerate(in_order(match, rows if stations else []), 1):
        for number, image, pairs in found:
            own, other = pairs.T
            station = stations[number]
            parts.append(
                Matches(
                    np.full(len(pairs), row),
                    np.full(len(pairs), number),
                    np.repeat(image.centre[None], len(pairs), axis=0),
                    image.rays[own],
                    image.distances[own],
                    station.points[other],
                    station.distances[other],
                )
            )
        progress(done / len(rows), model.names[row])
    return Matches.joined(parts)


def doubts_of_matches(matches: Matches, inside: NDArray[np.bool_]) -> str:
    """Why matches do not carry a tie; empty when they do."""
    agreeing = int(inside.sum())
    if agreeing < MIN_MATCHES:
        return f"{agreeing} of {len(matches)} features agree, expected {MIN_MATCHES} or more"
    if len(np.unique(matches.image[inside])) < 2:
        return "only one image agrees with the scan, expected two or more"
    by_chance = start_from_matches(matches.mixed_up())
    chance = 0 if by_chance is None else int(by_chance[1].sum())
    if agreeing < OVER_CHANCE * chance:
        return f"{agreeing} of {len(matches)} features agree, {chance} do by chance"
    return ""


def confirmed(
    model: SparseModel,
    surface: Surface,
    sights: list[SightLines],
    start: Similarity,
    matches: Matches,
    inside: NDArray[np.bool_],
) -> tuple[ScanTie | None, str]:
    """Refine a start on the scan's surfaces; None and why when these do not confirm it."""
    points = model.points_in_sfm
    points = points[:: max(1, len(points) // MOST_POINTS)]
    placed = start.apply(points)
    spread = np.linalg.norm(placed - np.median(placed, axis=0), axis=1)
    fit = fit_to_scan(
        start, points, surface, matches[inside], START_SHARE * float(np.median(spread))
    )
    if fit is None:
        return None, "hardly any sparse point has a surface of the scan near it"
    return judged(fit, points, surface, sights, matches, inside)


def confirmed_near(
    model: SparseModel, surface: Surface, sights: list[SightLines], guess: Guess
) -> tuple[ScanTie | None, str]:
    """Look for a place around a guess where the sparse points lie on the scan, and confirm it."""
    points = model.points_in_sfm[:: max(1, len(model.points_in_sfm) // MOST_POINTS)]
    fit, doubt = only_fit_near(points, surface, guess)
    if fit is None:
        return None, doubt
    return judged(fit, points, surface, sights, Matches.joined([]), np.zeros(0, bool))


def judged(
    fit: ScanFit,
    points: FloatArray,
    surface: Surface,
    sights: list[SightLines],
    matches: Matches,
    inside: NDArray[np.bool_],
) -> tuple[ScanTie | None, str]:
    """The tie of a fit; None and why when the scan's surfaces do not confirm it."""
    final = fit.scan_from_sfm
    placed = final.apply(points)
    amid = surface.amid(placed)
    tolerance = SURFACE_SIGMAS * fit.plane_sigma_m
    if amid.sum() < MIN_MATCHES:
        return None, f"{amid.sum()} sparse points lie amid the scan"
    on_surface = float(surface.holds(placed[amid], tolerance).mean())
    few = placed[:: max(1, len(placed) // CHANCE_POINTS)]
    by_chance = share_by_chance(few, surface, tolerance)
    in_air = share_in_air(placed, sights, tolerance)
    residuals = np.abs(fit.residuals_m[amid])
    known = residuals[np.isfinite(residuals)]
    if not len(known):
        return None, "no sparse point amid the scan has a surface of it near"
    least = MIN_SHARE if inside.any() else MIN_SHARE_ALONE
    if on_surface < max(least, share_asked(by_chance)):
        return None, (
            f"{on_surface:.0%} of the sparse points lie on the scan, {by_chance:.0%} do by chance"
        )
    if not inside.any() and fit.grip < MIN_GRIP:
        return None, "the scan's surfaces leave the photos free to slide along them"
    if in_air > MAX_IN_AIR:
        return None, f"{in_air:.0%} of the sparse points hang where the scanner looked through"
    return (
        ScanTie(
            scan_from_sfm=final,
            scale_sigma=fit.scale_sigma,
            rotation_sigma=fit.rotation_sigma,
            position_sigma_m=fit.position_sigma_m,
            median_m=float(np.median(known)),
            points=len(known),
            matches=len(matches),
            agreeing=int((relative_distances(final, matches) <= 1).sum()) if inside.any() else 0,
            on_surface=on_surface,
            by_chance=by_chance,
            in_air=in_air,
        ),
        "",
    )


def share_by_chance(placed: FloatArray, surface: Surface, tolerance: float) -> float:
    """Median share of the points on the scan when these are turned and shifted at random.

    Turned about the vertical of ``scan`` by 20 degrees or more, and shifted along by a tenth of
    their extent: ground stays on the ground, so what chance gives is not made too little.
    """
    rng = np.random.default_rng(0)
    middle = np.median(placed, axis=0)
    extent = float(np.median(np.linalg.norm(placed - middle, axis=1)))
    shares = []
    for _ in range(CHANCES):
        angle = rng.uniform(np.radians(20), np.radians(340))
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        way = rng.uniform(0, 2 * np.pi)
        shift = 0.2 * extent * np.array([np.cos(way), np.sin(way), 0.0])
        moved = (placed - middle) @ turn.T + middle + shift
        amid = surface.amid(moved)
        if amid.any():
            shares.append(float(surface.holds(moved[amid], tolerance).mean()))
    return float(np.median(shares)) if shares else 0.0


def share_asked(by_chance: float) -> float:
    """Share on the scan that chance does not give: three times as much, or half of what it misses.

    In a room, floor and ceiling give chance a half.
    """
    return min(SHARE_OVER_CHANCE * by_chance, (1 + by_chance) / 2)


def share_in_air(placed: FloatArray, sights: list[SightLines], tolerance: float) -> float:
    """Share of the points that a station should have seen, of which it saw what lies behind."""
    in_air = seen = 0
    for one in sights:
        gaps = one.gaps_at(placed)
        slack = np.maximum(3 * tolerance, 0.05 * one.ranges_to(placed))
        in_air += int((gaps > slack).sum())
        seen += int((np.abs(gaps) <= slack).sum())
    return in_air / max(in_air + seen, 1)


def _unit_size(points: FloatArray) -> FloatArray:
    offsets = points - points.mean(axis=0)
    size = float(np.sqrt((offsets**2).sum(axis=1).mean()))
    result: FloatArray = offsets / max(size, 1e-12)
    return result
