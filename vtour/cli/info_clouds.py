"""Facts from the headers of point clouds and meshes: PLY, LAS, LAZ, E57."""

import datetime
import math
import re
import struct
from pathlib import Path
from typing import Any

from vtour.errors import InputError

Facts = dict[str, Any]

MAX_PLY_HEADER_BYTES = 64 << 10
MAX_LAS_RECORDS = 10_000
LAS_HEADER_BYTES, LAS_1_4_HEADER_BYTES = 227, 375
VLR_BYTES, EVLR_BYTES = 54, 60
PLY_BYTES = {
    **dict.fromkeys(("char", "uchar", "int8", "uint8"), 1),
    **dict.fromkeys(("short", "ushort", "int16", "uint16"), 2),
    **dict.fromkeys(("int", "uint", "float", "int32", "uint32", "float32"), 4),
    **dict.fromkeys(("double", "float64", "int64", "uint64"), 8),
}


def ply_facts(path: Path) -> Facts:
    """Counts and properties of a PLY's header. Raises InputError when it is broken or cut."""
    header, start = _ply_header(path)
    form = re.search(r"^format (\w+) 1\.0\s*$", header, re.MULTILINE)
    if form is None:
        raise InputError(f"{path.name}: no PLY format line, expected 'format ... 1.0'")
    elements: list[Facts] = []
    least = 0
    for line in header.splitlines():
        words = line.split()
        if words[:1] == ["element"] and len(words) == 3 and words[2].isdigit():
            elements.append({"name": words[1], "count": int(words[2]), "properties": []})
        elif words[:1] == ["property"] and len(words) >= 3:
            if not elements or not {words[1], *words[2:-1]} <= {"list", *PLY_BYTES}:
                raise InputError(f"{path.name}: {line.strip()!r}, expected a PLY property")
            elements[-1]["properties"].append(words[-1])
            least += elements[-1]["count"] * PLY_BYTES.get(words[1], 1)
    there = path.stat().st_size - start
    if form[1] != "ascii" and there < least:
        raise InputError(f"{path.name}: truncated, {there:,} bytes of data, expected {least:,}")
    counts = {element["name"]: element["count"] for element in elements}
    points, faces = counts.get("vertex", 0), counts.get("face", 0)
    if not points:
        raise InputError(f"{path.name}: no vertices, expected a cloud or a mesh")
    facts: Facts = {"kind": "PLY mesh" if faces else "PLY point cloud", "format": form[1]}
    facts |= {"vertices": points, "faces": faces} if faces else {"points": points}
    comments = re.findall(r"^comment (.{1,200})$", header, re.MULTILINE)
    properties = next(e["properties"] for e in elements if e["name"] == "vertex")
    return {**facts, "properties": properties, "comments": [c.strip() for c in comments]}


def _ply_header(path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        head = stream.read(MAX_PLY_HEADER_BYTES)
    end = re.search(rb"\bend_header\r?\n", head)
    if end is None:
        raise InputError(f"{path.name}: no end_header, expected a PLY file")
    return head[: end.start()].decode("latin-1"), end.end()


def las_facts(path: Path) -> Facts:
    """Points, bounds, CRS and units of a LAS or LAZ header. Raises InputError when damaged."""
    import laspy

    _check_las_records(path)
    errors = (laspy.errors.LaspyException, OSError, ValueError, RuntimeError, AttributeError)
    try:
        with laspy.open(path) as reader:
            header = reader.header
    except errors as error:
        raise InputError(f"{path.name}: damaged LAS header ({_short(error)})") from None
    packed = bool(getattr(header, "are_points_compressed", False))
    least = header.offset_to_point_data + (
        0 if packed else header.point_count * header.point_format.size
    )
    if path.stat().st_size < least:
        size = path.stat().st_size
        raise InputError(f"{path.name}: truncated, {size:,} bytes, expected {least:,}")
    is_copc = any((v.user_id, v.record_id) == ("copc", 1) for v in header.vlrs)
    created = header.creation_date
    facts: Facts = {
        "kind": "COPC point cloud" if is_copc else f"{'LAZ' if packed else 'LAS'} point cloud",
        "version": str(header.version),
        "points": int(header.point_count),
        "point_format": int(header.point_format.id),
        "has_colour": "red" in header.point_format.dimension_names,
        "bounds_min": [float(value) for value in header.mins],
        "bounds_max": [float(value) for value in header.maxs],
        "resolution": [float(value) for value in header.scales],
        **_crs_facts(path, header),
        "software": str(header.generating_software).strip("\0 "),
    }
    if isinstance(created, datetime.date):
        facts["created"] = created.isoformat()
    return facts


def _check_las_records(path: Path) -> None:
    """Raise InputError when a LAS header promises more than the file can hold.

    laspy believes the counts, and reads as many records (LAS 1.4 R15, sections 2.4 and 2.5).
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(LAS_1_4_HEADER_BYTES)
        if len(head) < LAS_HEADER_BYTES:
            raise InputError(f"{path.name}: {size:,} bytes, expected a LAS header")
        header_size, points_start, records = struct.unpack_from("<HII", head, 94)
        if points_start > size:
            raise InputError(f"{path.name}: truncated, {size:,} bytes, expected {points_start:,}")
        _check_count(path, "records", records, VLR_BYTES, points_start - header_size)
        if head[25] < 4 or len(head) < LAS_1_4_HEADER_BYTES:  # the minor version
            return
        start, records = struct.unpack_from("<QI", head, 235)
        if not records:
            return
        _check_count(path, "extended records", records, EVLR_BYTES, size - start)
        for _ in range(records):
            stream.seek(start)
            record = stream.read(EVLR_BYTES)
            length = struct.unpack_from("<Q", record, 20)[0] if len(record) == EVLR_BYTES else size
            start += EVLR_BYTES + length
            if start > size:
                raise InputError(f"{path.name}: an extended record runs over the end of the file")


def _check_count(path: Path, what: str, count: int, least_bytes: int, room: int) -> None:
    if count > MAX_LAS_RECORDS or count * least_bytes > max(0, room):
        most = min(MAX_LAS_RECORDS, max(0, room) // least_bytes)
        raise InputError(f"{path.name}: {count:,} {what} in its header, expected at most {most:,}")


def _crs_facts(path: Path, header: Any) -> Facts:
    """CRS name, code and units; 'none' is said: coordinates without a CRS must not be guessed."""
    try:
        crs = header.parse_crs()
    except Exception as error:  # pyproj and laspy raise many kinds for text from outside
        return {"crs": f"cannot be read ({_short(error)})"}
    if crs is None:
        return {"crs": "none: units and place are not told"}
    code = crs.to_epsg()
    units = {(axis.unit_name, axis.unit_conversion_factor) for axis in crs.axis_info}
    words = [
        name if math.isclose(metres, 1.0) else f"{name} ({metres:.10g} m)"
        for name, metres in sorted(units)
    ]
    return {"crs": f"EPSG:{code} {crs.name}" if code else crs.name, "units": words}


def e57_facts(path: Path) -> Facts:
    """Scans of an E57 file, each with its points and pose. Raises InputError when damaged."""
    import pye57

    try:
        file = pye57.E57(str(path))
    except Exception as error:  # E57Exception is no public name of pye57
        raise InputError(f"{path.name}: damaged E57 file ({_short(error)})") from None
    try:
        scans = [_scan_facts(file.get_header(index), index) for index in range(file.scan_count)]
        root = file.root
        images = root["images2D"].childCount() if root.isDefined("images2D") else 0
    except Exception as error:
        raise InputError(f"{path.name}: damaged E57 file ({_short(error)})") from None
    finally:
        file.close()
    return {
        "kind": "E57 scans",
        "points": sum(scan["points"] for scan in scans),
        "images": int(images),
        "scans": scans,
    }


def _scan_facts(header: Any, index: int) -> Facts:
    node = header.node
    name = node["name"].value() if node.isDefined("name") else f"scan {index}"
    facts: Facts = {"name": str(name), "points": int(header.point_count)}
    if header.has_pose():
        pose = node["pose"]
        parts: dict[str, tuple[str, ...]] = {"translation": tuple("xyz"), "rotation": tuple("wxyz")}
        for part, axes in parts.items():
            if pose.isDefined(part):
                facts[f"{part}_{''.join(axes)}"] = [float(pose[part][a].value()) for a in axes]
    else:
        facts["pose"] = "none"
    return {**facts, "fields": list(header.point_fields)}


def _short(error: BaseException) -> str:
    """The first line of what a library says, without its own call stack."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:160]
