"""From the points of a file to a station: metres, an origin near the points, the unusable left out.

What has the scanner's mirror at its origin: a scan with a grid of directions or in spherical
coordinates, and an E57 scan whose pose turns it, unless its points show that they were seen from
several places (vtour.scan.one_view). A pose that only shifts is no sign of one:
programs write the shift of a merged cloud so. A wrong mirror takes out good points when moving
people are looked for, a missed one only finds fewer.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.crs import EnuFromCrs, area_of_use
from vtour.clouds.headers import CloudHeaders, CrsFacts, RawChunk, ScanHeader, unit_warnings
from vtour.clouds.read import raw_chunks
from vtour.clouds.store import Columns
from vtour.errors import CaptureError, InputError
from vtour.frames import FloatArray, ecef_from_geodetic, similarity_matrix
from vtour.schema.world import Anchor

FAR_M = 1e6
ABSURD = 1e8
MIRROR_M = 0.001
NEAR_ORIGIN_M = 500.0
"""float32 holds 0.03 mm up to here: the origin of the file is kept."""
MAX_RANGE_M = 1500.0
TEXT_KINDS = ("text point cloud", "PTX scans")
SAME_SITE_M = 2000.0
OUTSIDE_DEG = 1.0
SITE_DEG, LEAST_DEG, LEAST_UP_M = 0.1, 1.0, 0.5
"""Width of a site in degrees at most (11 km), its distance from 0, 0, its height in metres."""
FOOT_M = 0.3048
MARKED, ZEROS = "marked as invalid or without a return", "at 0 0 0"
MUCH_LOST, MUCH_EMPTY = 0.03, 0.5
"""Shares of the points of a scan: of those that should be good, and of rays into the sky."""
PROJECT = (
    "expected projected metres: convert it first, e.g. pdal translate in.laz out.laz reprojection "
    "--filters.reprojection.out_srs=EPSG:32648 (the UTM zone or VN-2000 zone of the site)"
)


@dataclass(frozen=True, kw_only=True)
class Placing:
    """How coordinates of a scan become those of its station, and what is known of that.

    factors : (3,) metres in a unit; enu : takes file coordinates of a CRS to ENU, or None.
    origin  : (3,) metres, taken off after that.
    middle  : (3,) metres, station: amid the points.
    """

    factors: FloatArray
    origin: FloatArray
    middle: FloatArray
    enu: EnuFromCrs | None = None
    turn: FloatArray | None = None
    has_mirror: bool = False
    file_from_station: FloatArray | None = None
    enu_anchor: Anchor | None = None
    warnings: tuple[str, ...] = ()

    def station_from_raw(self, xyz: NDArray[Any]) -> FloatArray:
        """Coordinates (n, 3) of the station, metres."""
        places = xyz.astype(np.float64)
        metres = places * self.factors if self.enu is None else self.enu.apply(places)
        return metres - self.origin


def check_usable_crs(headers: CloudHeaders) -> None:
    """Raise CaptureError, without a file name, when coordinates are no map's."""
    if headers.crs is not None and headers.crs.problem:
        raise CaptureError(f"{headers.crs.problem} ({headers.crs.text}), {PROJECT}")


def check_points(path: Path, headers: CloudHeaders) -> list[str]:
    """What is doubtful about the place of a file by its first points; text is read through.

    Raises InputError when it is damaged as far as it is read, or has no point that can be used.
    """
    is_text = headers.kind in TEXT_KINDS or headers.facts.get("format") == "ascii"
    found = 0
    told: tuple[str, ...] = ()
    for scan, header in enumerate(headers.scans):
        reader = StationReader(path, headers, scan)
        for columns in reader.chunks() if header.points and (is_text or not found) else ():
            if not found and len(columns["xyz"]) and reader.placing is not None:
                told = reader.placing.warnings
            found += len(columns["xyz"])
            if found and not is_text:
                break
    if not found:
        raise CaptureError(f"0 of {headers.points:,} points can be used, expected a scan")
    return list(told)


def cloud_warnings(path: Path, headers: CloudHeaders) -> list[str]:
    """What a user should know of a file before its points are read."""
    told = [*headers.warnings, *unit_warnings(path, headers)]
    if headers.crs is not None and headers.crs.crs is not None:
        heights = headers.crs.heights
        if heights == "unknown":
            told.append("heights: above the sea or the ellipsoid is not told, taken as they are")
        elif heights != "ellipsoidal":
            told.append(f"heights are {heights}: no geoid is applied, taken as they are")
    return told


class StationReader:
    """Points of one scan as columns of a store, in the frame of its station.

    Use: ``reader = StationReader(path, headers, scan, anchor)``, then ``reader.chunks()`` once;
    ``placing``, ``invalid`` and the bounds are known afterwards.
    """

    def __init__(
        self, path: Path, headers: CloudHeaders, scan: int = 0, anchor: Anchor | None = None
    ) -> None:
        self.path, self.headers, self.scan = path, headers, scan
        self.lost: Counter[str] = Counter()
        self.placing: Placing | None = None
        self._anchor = anchor
        self.low, self.high = np.full(3, np.inf), np.full(3, -np.inf)

    @property
    def invalid(self) -> int:
        """How many points were left out so far."""
        return self.lost.total()

    def loss_warnings(self) -> list[str]:
        """Why many points were left out. That a ray of a grid came back from nothing is usual."""
        points = max(1, self.headers.scans[self.scan].points)
        no_return = self.lost[MARKED]
        if self.headers.scans[self.scan].is_structured:
            no_return += self.lost[ZEROS]
        if self.invalid - no_return <= MUCH_LOST * points and no_return <= MUCH_EMPTY * points:
            return []
        why = ", ".join(f"{number:,} {reason}" for reason, number in self.lost.items() if number)
        return [f"{self.invalid:,} of {points:,} points left out: {why}"]

    def chunks(self) -> Iterator[Columns]:
        """Columns of the points that can be used, chunk by chunk, empty ones too.

        Raises InputError for damaged files, CaptureError for coordinates that cannot be used.
        """
        for chunk in raw_chunks(self.path, self.headers, self.scan):
            finite = np.isfinite(chunk.xyz).all(1)
            known = finite & (chunk.xyz != 0).any(1)
            self.lost[MARKED] += chunk.invalid
            self.lost["not finite"] += len(finite) - int(finite.sum())
            self.lost[ZEROS] += int(finite.sum()) - int(known.sum())
            if self.placing is None and known.any():
                self.placing = self._place(chunk.xyz[known])
            if self.placing is None:
                continue
            yield self._columns(chunk, known, self.placing)

    def _place(self, places: NDArray[Any]) -> Placing:
        header = self.headers.scans[self.scan]
        try:
            check_usable_crs(self.headers)
            return place_scan(header, self.headers.crs, places, self._anchor)
        except InputError as error:
            raise CaptureError(f"{self.path.name}: {error}") from None

    def _columns(self, chunk: RawChunk, kept: NDArray[np.bool_], placing: Placing) -> Columns:
        places = placing.station_from_raw(chunk.xyz if kept.all() else chunk.xyz[kept])
        east, north, up = (places - placing.middle).T
        near = (np.abs(east) <= FAR_M) & (np.abs(north) <= FAR_M) & (np.abs(up) <= FAR_M)
        self.lost["more than 1000 km off"] += len(near) - int(near.sum())
        if placing.has_mirror:
            seen = (np.abs(places) > MIRROR_M).any(1)
            self.lost["in the scanner's mirror"] += int((near & ~seen).sum())
            near &= seen
        if not near.all():
            kept[np.flatnonzero(kept)[~near]] = False
            places = places[near]
        for axis, values in enumerate(places.T if len(places) else ()):
            self.low[axis] = min(self.low[axis], values.min())
            self.high[axis] = max(self.high[axis], values.max())
        chosen = slice(None) if kept.all() else kept
        columns: Columns = {"xyz": places.astype(np.float32)}
        if chunk.rgb is not None:
            columns["rgb"] = np.ascontiguousarray(chunk.rgb[chosen])
        if chunk.intensity is not None:
            columns["intensity"] = chunk.intensity[chosen]
        if chunk.normal is not None:
            columns["normal"] = _packed(chunk.normal[chosen], placing.turn)
        return columns


def place_scan(
    scan: ScanHeader,
    crs: CrsFacts | None,
    sample: NDArray[Any],
    anchor: Anchor | None = None,
) -> Placing:
    """Decide the frame of a station by its header and some of its points (n, 3), raw and finite.

    anchor : of another file of the site: used again when it is near.

    Raises CaptureError, without a file name, for coordinates that lie nowhere.
    """
    factors = np.array([crs.metres, crs.metres, crs.up_metres] if crs else [1.0, 1.0, 1.0])
    finite = sample.astype(np.float64)
    finite = finite[(np.abs(finite) < ABSURD).all(1)]
    if not len(finite):
        raise CaptureError(f"coordinates such as {sample[0, 0]:.3g}, expected metres near a site")
    if crs is None and _is_in_degrees(finite):
        raise CaptureError(f"latitude and longitude by its numbers, {PROJECT}")
    median = np.array([np.median(values) for values in finite.T])
    pose = scan.file_from_scan
    has_mirror, warnings = _mirror(scan, finite * factors)
    if crs is not None and crs.crs is not None:
        if pose is not None:
            return _posed(crs, anchor, pose, median, has_mirror, warnings)
        enu = _enu_at(crs, median, _half(scan, finite, median), anchor)
        if outside := _area_warnings(crs, median, enu):
            local = f"{outside[0]}; until then it has no place on Earth"
            return Placing(
                factors=factors,
                **_shifted(median * factors, None, has_mirror=False),
                warnings=(*warnings, local),
            )
        place = enu.exact(median[None])[0]
        return Placing(
            factors=factors,
            enu=enu,
            turn=enu.rotation_at(median),
            **_shifted(place, np.eye(4), has_mirror=False),
            enu_anchor=enu.anchor,
            warnings=tuple(warnings),
        )
    return Placing(
        factors=factors, **_shifted(median * factors, pose, has_mirror), warnings=tuple(warnings)
    )


def _is_in_degrees(places: FloatArray) -> bool:
    """Whether x and y (n, 3) are degrees: of a site they hardly differ, and heights do in metres.

    In metres this would be a mast 20 times as high as wide, and far from its origin.
    """
    low, high = np.percentile(places, [1, 99], axis=0)
    across, up = float((high - low)[:2].max()), float((high - low)[2])
    x, y = np.abs(np.median(places[:, :2], axis=0))
    on_earth = LEAST_DEG < max(x, y) <= 180 and min(x, y) <= 90  # in either order
    return bool(on_earth and across < SITE_DEG and up > max(LEAST_UP_M, 20 * across))


def _posed(
    crs: CrsFacts,
    anchor: Anchor | None,
    pose: FloatArray,
    middle: FloatArray,
    has_mirror: bool,
    warnings: list[str],
) -> Placing:
    """A scan in true metres whose pose is in projected coordinates: the pose goes to ENU.

    Poses that lie outside of the CRS's area are local ones: the CRS is not used.
    """
    enu = _enu_at(crs, pose[:3, 3], np.zeros(3), anchor)
    if _area_warnings(crs, pose[:3, 3], enu):
        local = f"its pose is none in {crs.text}: the CRS is not used"
        return Placing(
            factors=np.ones(3),
            **_shifted(middle, pose, has_mirror),
            warnings=(*warnings, local),
        )
    turned = np.eye(4)
    turned[:3, :3] = enu.rotation_at(pose[:3, 3]) @ pose[:3, :3]
    turned[:3, 3] = enu.exact(pose[:3, 3][None])[0]
    return Placing(
        factors=np.ones(3),
        **_shifted(middle, turned, has_mirror),
        enu_anchor=enu.anchor,
        warnings=tuple(warnings),
    )


def _shifted(place: FloatArray, pose: FloatArray | None, has_mirror: bool) -> dict[str, Any]:
    """Origin, middle, pose: the origin goes amid points that are far from it."""
    far = bool(np.abs(place).max() > NEAR_ORIGIN_M) and not has_mirror
    origin = np.rint(place) if far else np.zeros(3)
    if far:
        base = np.eye(4) if pose is None else pose
        pose = base @ similarity_matrix(1.0, np.eye(3), origin)
    return {
        "origin": origin,
        "middle": place - origin,
        "file_from_station": pose,
        "has_mirror": has_mirror,
    }


def _mirror(scan: ScanHeader, places: FloatArray) -> tuple[bool, list[str]]:
    """Whether the origin is the scanner's mirror; places (n, 3) metres."""
    pose = scan.file_from_scan
    is_turned = pose is not None and bool(np.abs(pose[:3, :3] - np.eye(3)).max() > 1e-9)
    if not (scan.is_structured or is_turned):
        return False, []
    if not len(places) or float(np.linalg.norm(places, axis=1).min()) < MAX_RANGE_M:
        return True, []
    told = f"its points begin {MAX_RANGE_M:,.0f} m from its origin: that is no scanner's place"
    return False, [told]


def _half(scan: ScanHeader, finite: FloatArray, median: FloatArray) -> FloatArray:
    """Half the size of the cloud about its median, by its header or else its sample, raw units."""
    if scan.bounds is not None:
        low, high = (np.array(corner) for corner in scan.bounds)
        if (low <= median).all() and (median <= high).all():
            half: FloatArray = np.maximum(high - median, median - low)
            return half
    widest: FloatArray = np.percentile(np.abs(finite - median), 95, axis=0) * 4
    return widest


def _enu_at(
    crs: CrsFacts, middle: FloatArray, half: FloatArray, anchor: Anchor | None
) -> EnuFromCrs:
    enu = EnuFromCrs(crs, middle, half)
    if anchor is None:
        return enu
    here, there = (ecef_from_geodetic(a.lat, a.lon, a.height_m) for a in (enu.anchor, anchor))
    is_near = float(np.linalg.norm(here - there)) < SAME_SITE_M
    return EnuFromCrs(crs, middle, half, anchor) if is_near else enu


def _area_warnings(crs: CrsFacts, middle: FloatArray, enu: EnuFromCrs) -> list[str]:
    """What puts a cloud far outside of the area that its CRS is made for.

    Feet in a CRS of metres; north before east.
    """
    area = area_of_use(crs.crs)
    if area is None or _is_in(area, *enu.place):
        return []
    lat, lon = enu.place
    told = f"lies at {lat:.3f}, {lon:.3f}, outside of the area of {crs.text}"
    swapped = _place_of(crs, middle[[1, 0, 2]])
    if swapped is not None and _is_in(area, *swapped):
        return [f"{told}; with x and y exchanged it would lie inside: check their order"]
    if crs.metres == 1.0:
        feet = _place_of(replace(crs, metres=FOOT_M), middle)
        if feet is not None and _is_in(area, *feet):
            return [f"{told}; were its numbers feet, it would lie inside: check its units"]
    return [f"{told}: check its CRS"]


def _place_of(crs: CrsFacts, middle: FloatArray) -> tuple[float, float] | None:
    """Latitude and longitude, None when they lie nowhere in the CRS."""
    try:
        return EnuFromCrs(crs, middle, np.zeros(3)).place
    except InputError:
        return None


def _is_in(area: Any, lat: float, lon: float) -> bool:
    west, south, east, north = area.bounds
    inside = west - OUTSIDE_DEG <= lon <= east + OUTSIDE_DEG if west <= east else True
    return bool(inside and south - OUTSIDE_DEG <= lat <= north + OUTSIDE_DEG)


def _packed(normal: NDArray[np.float32], turn: FloatArray | None) -> NDArray[np.int8]:
    """Unit normals times 127; 0 where there is none."""
    turned = normal.astype(np.float64) if turn is None else normal @ turn.T
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    whole: FloatArray = np.rint(np.nan_to_num(unit, posinf=0, neginf=0) * 127)
    return whole.astype(np.int8)
