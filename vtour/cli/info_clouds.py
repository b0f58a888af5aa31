"""Facts from the headers of point clouds and meshes: E57, LAS, LAZ, COPC, PLY, PCD, PTX, XYZ."""

import math
from pathlib import Path
from typing import Any

from vtour.clouds.headers import CloudHeaders, CrsFacts, ScanHeader
from vtour.clouds.read import read_cloud_headers
from vtour.clouds.station import cloud_warnings
from vtour.frames import FloatArray

Facts = dict[str, Any]

MANY_SCANS = ("E57 scans", "PTX scans")


def cloud_facts(path: Path) -> Facts:
    """Points, scans, poses, fields, CRS and units. Raises InputError when damaged."""
    headers = read_cloud_headers(path)
    facts: Facts = {"kind": headers.kind, "points": headers.points}
    if headers.kind == "PLY mesh":
        facts = {"kind": headers.kind, "vertices": headers.points}
    facts |= headers.facts
    if headers.kind == "PLY point cloud":
        facts.pop("faces")
    if headers.kind in MANY_SCANS:
        facts["images"] = list(headers.images)
        facts["scans"] = [_scan_facts(scan, i) for i, scan in enumerate(headers.scans)]
    elif headers.kind != "PLY mesh":
        scan = headers.scans[0]
        if "properties" not in facts:
            facts["fields"] = list(scan.fields)
        facts |= _bounds(scan)
    if headers.kind == "PLY mesh":
        return facts
    facts |= _crs_facts(headers)
    return {**facts, "warnings": cloud_warnings(path, headers)}


def _crs_facts(headers: CloudHeaders) -> Facts:
    """CRS and units; 'none' is said: coordinates without a CRS must not be guessed."""
    crs = headers.crs
    if crs is None:
        metric = "none: metres, as the format says" if headers.is_metric_format else ""
        return {"crs": metric or "none: units and place are not told"}
    facts = {"crs": crs.text, "units": [_unit(crs)]}
    return facts | ({"heights": crs.heights} if crs.crs is not None else {})


def _unit(crs: CrsFacts) -> str:
    if crs.problem:
        return f"{crs.unit}: {crs.problem}, to be projected to metres first"
    if math.isclose(crs.metres, 1.0):
        return crs.unit
    return f"{crs.unit} ({crs.metres:.10g} m), become metres"


def _bounds(scan: ScanHeader) -> Facts:
    if scan.bounds is None:
        return {}
    return {"bounds_min": scan.bounds[0], "bounds_max": scan.bounds[1]}


def _scan_facts(scan: ScanHeader, index: int) -> Facts:
    facts: Facts = {"name": scan.name or f"scan {index}", "points": scan.points}
    if scan.file_from_scan is None:
        facts["pose"] = "none"
    else:
        facts |= _pose_facts(scan.file_from_scan)
    return {**facts, "fields": list(scan.fields)}


def _pose_facts(pose: FloatArray) -> Facts:
    from scipy.spatial.transform import Rotation

    wxyz = Rotation.from_matrix(pose[:3, :3]).as_quat(canonical=True, scalar_first=True)
    return {
        "translation_xyz": [float(value) for value in pose[:3, 3]],
        "rotation_wxyz": [float(value) for value in wxyz],
    }
