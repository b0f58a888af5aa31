"""E57 (ASTM E2807-11): headers by our own eyes, points through libE57 in a child process.

A scan keeps its points in the scanner's frame and its pose beside them, metres and radians.
Spherical: x = r cos(e) cos(a), y = r cos(e) sin(a), z = r sin(e) (E2807, 8.4.4).

Headers do not go through libE57 at all: its XML parser may follow external entities (see
e57_xml), and pye57 reads whole scans (227 million points could not be read).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.crs import crs_from_wkt
from vtour.clouds.e57_pages import DATA, PAGE, read_logical, read_xml
from vtour.clouds.e57_xml import Element, float_of, parse_xml
from vtour.clouds.headers import (
    MAX_POINTS,
    CloudHeaders,
    CrsFacts,
    Extent,
    RawChunk,
    RawChunks,
    ScanHeader,
    eight_bit_colours,
    sane_bounds,
    scaled_intensity,
)
from vtour.clouds.sandbox import ChildError, frames_of
from vtour.errors import InputError
from vtour.frames import FloatArray, similarity_matrix

CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ")
SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
COLOURS = ("colorRed", "colorGreen", "colorBlue")
STATES = ("cartesianInvalidState", "sphericalInvalidState")
CV_SECTION = 1
CHUNK = 250_000
POINTS_PER_CPU_S = 20_000
LEAST_CPU_S = 60
IMAGE_KINDS = ("pinhole", "spherical", "cylindrical", "visualReference")
PAGES_AT_A_TIME = 16_384


def e57_headers(path: Path) -> CloudHeaders:
    """Headers of an E57 file. Raises InputError when damaged, hostile or larger than possible."""
    try:
        root = parse_xml(read_xml(path))
        data = root.find("data3D")
        nodes = [child for child in data.children if child.name == "vectorChild"] if data else []
        scans = tuple(_scan_header(path, node) for node in nodes)
        warnings: list[str] = []
        crs = _crs_of(root, warnings)
        images = tuple(_images(root))
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(path.name) else f"{path.name}: {text}") from None
    bad = [scan.problem for scan in scans if scan.problem]
    if bad and not any(scan.points for scan in scans):
        raise InputError(f"{path.name}: damaged E57 file, {bad[0]}")
    library = root.string("e57LibraryVersion")
    return CloudHeaders(
        kind="E57 scans",
        scans=scans,
        crs=crs,
        is_metric_format=True,
        images=images,
        warnings=(*warnings, *bad),
        facts={"software": library} if library else {},
        layout=tuple(_prototype(node) for node in nodes),
    )


def check_pages(path: Path) -> None:
    """Verify the checksums of the whole file, 120 MB/s. Raises InputError at the first wrong."""
    pages = path.stat().st_size // PAGE
    for first in range(0, pages, PAGES_AT_A_TIME):
        count = min(PAGES_AT_A_TIME, pages - first)
        read_logical(path, first * PAGE, count * DATA)


def e57_chunks(path: Path, headers: CloudHeaders, scan: int) -> RawChunks:
    """Points of one scan; those marked as invalid are left out and counted.

    Raises InputError when the file is damaged, or its reader fails, in one line.
    """
    fields: dict[str, Element] = headers.layout[scan]
    columns = _columns_of(fields)
    points = headers.scans[scan].points
    if not points:
        return
    limits = _Limits(fields)
    found = 0
    try:
        for values in _tables(path, scan, points, columns):
            if not found:
                is_whole = len(values[columns[0][0]]) >= points
                wanted = [column for column in columns if limits.wants(column[0])]
                again = [values] if is_whole else _tables(path, scan, points, wanted)
                for some in again if wanted else ():
                    limits.add(some)
            found += len(values[columns[0][0]])
            if found > points:
                break
            yield _chunk(values, limits)
    except ChildError as error:
        raise InputError(
            f"{path.name}: scan {scan}: damaged after {found:,} of {points:,} points ({error})"
        ) from None
    if found != points:
        raise InputError(f"{path.name}: scan {scan}: {found:,} points, expected {points:,}")


def _tables(
    path: Path, scan: int, points: int, columns: list[tuple[str, str]]
) -> Iterator[dict[str, NDArray[Any]]]:
    """These columns, chunk by chunk, from a child process. Raises ChildError."""
    request = {"path": str(path), "scan": scan, "columns": columns, "chunk": CHUNK}
    cpu_s = LEAST_CPU_S + points / POINTS_PER_CPU_S
    with frames_of("vtour.clouds.e57_child", request, cpu_s=cpu_s) as frames:
        while (head := next(frames, None)) is not None:
            count = int(np.frombuffer(head, np.uint64)[0])
            yield {name: np.frombuffer(next(frames), kind, count) for name, kind in columns}


class _Limits:
    """How colours and intensities of a scan are scaled; what is not told is seen beforehand."""

    def __init__(self, fields: dict[str, Element]) -> None:
        self.intensity = _told_range(fields.get("intensity"), fields.get("intensityLimits"))
        told = _told_range(fields.get("colorRed"), fields.get("colorLimits"))
        self.colour = told[1] if told else None
        self._seen_intensity, self._seen_colour = Extent(), Extent()
        self._not_told: tuple[str, ...] = (
            ("intensity",) if "intensity" in fields and not self.intensity else ()
        )
        self._not_told += COLOURS if set(COLOURS) <= set(fields) and not self.colour else ()

    def wants(self, name: str) -> bool:
        """Whether a field is read beforehand: its range, or that of another, is not told."""
        return name in self._not_told or bool(self._not_told and name in STATES)

    def add(self, columns: dict[str, NDArray[Any]]) -> None:
        """Take fields into account whose range is not told, of points that are not invalid."""
        kept = _kept(columns)
        for name in self._not_told:
            seen = self._seen_intensity if name == "intensity" else self._seen_colour
            seen.add(columns[name][kept])

    def intensity_of(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        if self.intensity is None:
            return scaled_intensity(values, self._seen_intensity.intensity_scale)
        low, high = self.intensity
        return scaled_intensity(values, (low, 65535.0 / max(high - low, 1e-30)))

    def colours_of(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        return eight_bit_colours(values, self.colour or self._seen_colour.colour_range)


def _told_range(node: Element | None, limits: Element | None) -> tuple[float, float] | None:
    """Least and greatest value by the scan's limits, else by the range of the field itself."""
    if limits is not None and len(limits.children) >= 2:
        values = {c.name: limits.number(c.name) for c in limits.children}
        low = next((v for n, v in values.items() if n.endswith("Minimum")), None)
        high = next((v for n, v in values.items() if n.endswith("Maximum")), None)
        if low is not None and high is not None and low < high:
            return low, high
    if node is None or "maximum" not in node.attributes:
        return None
    low = float_of(node.attributes.get("minimum", "0"), node.name)
    high = float_of(node.attributes["maximum"], node.name)
    if node.attributes.get("type") == "ScaledInteger":
        scale = float_of(node.attributes.get("scale", "1"), node.name)
        offset = float_of(node.attributes.get("offset", "0"), node.name)
        low, high = low * scale + offset, high * scale + offset
    return (low, high) if low < high and high < 1e15 else None


def _columns_of(fields: dict[str, Element]) -> list[tuple[str, str]]:
    """The fields to read, each with the numpy type of its buffer."""
    places = CARTESIAN if set(CARTESIAN) <= set(fields) else SPHERICAL
    wanted = [(name, _float_type(fields[name])) for name in places]
    state = f"{places[0][:-1] if places is CARTESIAN else 'spherical'}InvalidState"
    flags = (state, "isIntensityInvalid", "isColorInvalid")
    wanted += [(name, _flag_type(fields[name])) for name in flags if name in fields]
    if set(COLOURS) <= set(fields):
        wanted += [(name, _colour_type(fields[name])) for name in COLOURS]
    if "intensity" in fields:
        wanted.append(("intensity", "float64" if _is_wide(fields["intensity"]) else "float32"))
    return wanted + [(name, "float32") for name in _normals_of(fields)]


def _normals_of(fields: dict[str, Element]) -> tuple[str, ...]:
    """normalX, normalY, normalZ with the prefix of the extension, whatever it is called."""
    for name in fields:
        if name.endswith("normalX"):
            names = tuple(f"{name[:-1]}{axis}" for axis in "XYZ")
            return names if set(names) <= set(fields) else ()
    return ()


def _float_type(node: Element) -> str:
    is_single = node.attributes.get("type") == "Float" and _is_single(node)
    return "float32" if is_single else "float64"


def _is_single(node: Element) -> bool:
    return node.attributes.get("precision") == "single"


def _is_wide(node: Element) -> bool:
    return not (node.attributes.get("type") == "Float" and _is_single(node)) and _bits(node) > 24


def _flag_type(node: Element) -> str:
    return "int8" if node.attributes.get("type") == "Integer" else "float32"


def _colour_type(node: Element) -> str:
    if node.attributes.get("type") != "Integer":
        return "float32"
    most = float_of(node.attributes.get("maximum", "1e9"), node.name)
    return "uint8" if most <= 255 else "uint16" if most <= 65535 else "float32"


def _chunk(columns: dict[str, NDArray[Any]], limits: _Limits) -> RawChunk:
    kept = _kept(columns)
    invalid = len(kept) - int(kept.sum())
    if invalid:
        columns = {name: values[kept] for name, values in columns.items()}
    xyz = _places(columns)
    rgb = intensity = normal = None
    if COLOURS[0] in columns:
        rgb = limits.colours_of(np.stack([columns[name] for name in COLOURS], 1))
        if "isColorInvalid" in columns:
            rgb = np.where((columns["isColorInvalid"] != 0)[:, None], np.uint8(0), rgb)
    if "intensity" in columns:
        intensity = limits.intensity_of(columns["intensity"])
        if "isIntensityInvalid" in columns:
            intensity = np.where(columns["isIntensityInvalid"] != 0, np.uint16(0), intensity)
    normals = [name for name in columns if name.endswith(("normalX", "normalY", "normalZ"))]
    if normals:
        normal = np.stack([columns[name] for name in sorted(normals)], 1)
    return RawChunk(xyz, rgb, intensity, normal, invalid)


def _kept(columns: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Which points are not marked as invalid."""
    kept = np.ones(len(next(iter(columns.values()))), np.bool_)
    for name in STATES:
        if name in columns:  # 1: only the direction is known; 2: nothing is
            kept &= columns[name] == 0
    return kept


def _places(columns: dict[str, NDArray[Any]]) -> NDArray[Any]:
    if CARTESIAN[0] in columns:
        return np.stack([columns[name] for name in CARTESIAN], 1)
    distance, azimuth, elevation = (columns[name].astype(np.float64) for name in SPHERICAL)
    level = distance * np.cos(elevation)
    up = distance * np.sin(elevation)
    return np.stack([level * np.cos(azimuth), level * np.sin(azimuth), up], 1)


def _prototype(node: Element) -> dict[str, Element]:
    """The fields of a point by name, and the limits of the scan."""
    prototype = node.find("points", "prototype")
    fields = {child.name: child for child in prototype.children} if prototype else {}
    for name in ("intensityLimits", "colorLimits"):
        limits = node.find(name)
        if limits is not None:
            fields[name] = limits
    return fields


def _scan_header(path: Path, node: Element) -> ScanHeader:
    points = node.find("points")
    if points is None or points.attributes.get("type") != "CompressedVector":
        raise InputError("damaged E57 file, a scan without points")
    count = _whole(points.attributes.get("recordCount", "0"), "recordCount")
    prototype = points.find("prototype")
    fields = {child.name: child for child in prototype.children} if prototype else {}
    problem = _vector_problem(path, points, count, fields)
    if problem and count:
        raise InputError(f"damaged E57 file, {problem}")
    names = tuple(fields)
    has_grid = {"rowIndex", "columnIndex"} <= set(names)
    is_spherical = set(SPHERICAL) <= set(names)
    return ScanHeader(
        points=count,
        fields=names,
        name=node.string("name") or None,
        file_from_scan=_pose(node),
        bounds=_bounds(node),
        is_structured=is_spherical or has_grid,
        problem=problem,
    )


def _vector_problem(
    path: Path, points: Element, count: int, fields: dict[str, Element]
) -> str | None:
    """What is wrong with the binary section of a scan, None when nothing is."""
    if count > MAX_POINTS:
        raise InputError(f"{count:,} points in a scan, expected at most {MAX_POINTS:,}")
    size = path.stat().st_size
    bits = count * sum(_bits(field) for field in fields.values())
    if bits / 8 > size:
        raise InputError(
            f"{count:,} points in a scan of a file of {size:,} bytes, expected {bits / 8:,.0f}"
        )
    if count and not (set(CARTESIAN) <= set(fields) or set(SPHERICAL) <= set(fields)):
        raise InputError(f"a scan of {', '.join(fields)[:80]}, expected cartesian or spherical")
    if count > 1_000_000 and bits < count:
        raise InputError(f"{count:,} points that are all the same, expected a scan")
    start = _whole(points.attributes.get("fileOffset", "0"), "fileOffset")
    try:
        head = read_logical(path, start, 32) if start >= 48 else b""
    except InputError as error:
        return str(error).removeprefix(f"{path.name}: damaged E57 file, ")
    if not head or head[0] != CV_SECTION:
        return f"no points section at byte {start:,}, where its XML puts one"
    length = struct.unpack_from("<Q", head, 8)[0]
    if length > size:
        return f"a points section of {length:,} bytes, expected at most {size:,}"
    return None


def _whole(text: str, name: str) -> int:
    """A whole number of any size, not negative."""
    if not text.strip().isdecimal() or len(text) > 30:
        raise InputError(f"{name} {text[:40]!r}, expected a whole number")
    return int(text)


def _bits(node: Element) -> int:
    """Bits that a value takes on disk (E2807, 9.7)."""
    if node.attributes.get("type") == "Float":
        return 32 if _is_single(node) else 64
    if node.attributes.get("type") not in ("Integer", "ScaledInteger"):
        return 0
    low = float_of(node.attributes.get("minimum", str(-(2**63))), node.name)
    high = float_of(node.attributes.get("maximum", str(2**63 - 1)), node.name)
    return max(0, int(min(high - low, 2.0**64 - 1))).bit_length()


def _pose(node: Element) -> FloatArray | None:
    """4x4 transform of the scan's pose, None when the file tells none."""
    pose = node.find("pose")
    if pose is None:
        return None
    turn = [pose.number("rotation", axis) for axis in "wxyz"]
    shift = [pose.number("translation", axis) or 0.0 for axis in "xyz"]
    quaternion = np.array([value or 0.0 for value in turn])
    length = float(np.linalg.norm(quaternion))
    if not np.isfinite(length) or not np.isfinite(shift).all():
        raise InputError("a pose that is not finite, expected numbers")
    rotation = np.eye(3) if length < 1e-9 else _rotation(quaternion / length)
    return similarity_matrix(1.0, rotation, shift)


def _rotation(wxyz: FloatArray) -> FloatArray:
    w, x, y, z = wxyz
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _bounds(node: Element) -> tuple[list[float], list[float]] | None:
    box = node.find("cartesianBounds")
    if box is None:
        return None
    low = [box.number(f"{axis}Minimum") for axis in "xyz"]
    high = [box.number(f"{axis}Maximum") for axis in "xyz"]
    if None in low or None in high:
        return None
    return sane_bounds(low, high)


def _crs_of(root: Element, warnings: list[str]) -> CrsFacts | None:
    text = root.string("coordinateMetadata")
    if not text:
        return None
    try:
        return crs_from_wkt(text)
    except InputError:
        warnings.append(f"coordinateMetadata {text[:60]!r} is no CRS that can be read: not used")
        return None


def _images(root: Element) -> Iterator[dict[str, Any]]:
    """What is known of each picture inside."""
    images = root.find("images2D")
    for number, node in enumerate(images.children if images else []):
        facts: dict[str, Any] = {"name": node.string("name") or f"image {number}"}
        for kind in IMAGE_KINDS:
            part = node.find(f"{kind}Representation")
            if part is None:
                continue
            facts["projection"] = kind.removesuffix("Reference")
            size = [part.number("imageWidth"), part.number("imageHeight")]
            if None not in size:
                facts["size_px"] = [int(value or 0) for value in size]
            blob = part.find("jpegImage") or part.find("pngImage")
            if blob is not None:
                facts["type"] = "JPEG" if blob.name == "jpegImage" else "PNG"
                facts["bytes"] = _whole(blob.attributes.get("length", "0"), "length")
        yield facts
