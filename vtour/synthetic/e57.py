"""Write scans as E57 through libE57Format, node by node.

pye57's own writer puts random ids into the file; here they come from the seed, and the dates
are fixed, so that the same scans give the same bytes. Tree: ASTM E2807, section 8.
"""

import uuid
from pathlib import Path
from typing import Any

import numpy as np

from vtour.synthetic.scans import Cloud, Station

GPS_TIME_S = 1_457_485_218.0
"""Date of all scans in seconds of GPS time: 2026-03-14, 01:00 UTC."""

FIELDS = {
    "cartesianX": np.float32,
    "cartesianY": np.float32,
    "cartesianZ": np.float32,
    "intensity": np.float32,
    "colorRed": np.uint8,
    "colorGreen": np.uint8,
    "colorBlue": np.uint8,
    "rowIndex": np.int64,
    "columnIndex": np.int64,
}


def write_e57(path: Path, stations: list[Station], clouds: list[Cloud], seed: int) -> None:
    """Write one file with a scan a station, each with its pose (enu_from_station)."""
    from pye57 import libe57

    path.parent.mkdir(parents=True, exist_ok=True)
    image = libe57.ImageFile(str(path), mode="w")
    tree = Tree(libe57, image)
    image.extensionsAdd("", libe57.E57_V1_0_URI)
    root = image.root()
    tree.fill(
        root,
        {
            "formatName": "ASTM E57 3D Imaging Data File",
            "guid": guid_of(f"file {seed}"),
            "versionMajor": libe57.E57_FORMAT_MAJOR,
            "versionMinor": libe57.E57_FORMAT_MINOR,
            "e57LibraryVersion": "vtour synthetic",
            "coordinateMetadata": "",
            "creationDateTime": {"dateTimeValue": GPS_TIME_S, "isAtomicClockReferenced": 0},
        },
    )
    scans = libe57.VectorNode(image, True)
    root.set("data3D", scans)
    root.set("images2D", libe57.VectorNode(image, True))
    for station, cloud in zip(stations, clouds, strict=True):
        _write_scan(tree, scans, station, cloud, seed)
    image.close()


def guid_of(name: str) -> str:
    """A fixed id from a name, in the braces that E57 wants."""
    return "{%s}" % uuid.uuid5(uuid.NAMESPACE_URL, f"vtour synthetic {name}")  # noqa: UP031


class Tree:
    """Builds E57 nodes from plain dictionaries, texts and numbers."""

    def __init__(self, libe57: Any, image: Any) -> None:
        self.libe57 = libe57
        self.image = image

    def fill(self, node: Any, values: dict[str, Any]) -> Any:
        """Set each value below a structure node."""
        for name, value in values.items():
            node.set(name, self._node_of(value))
        return node

    def structure(self, values: dict[str, Any]) -> Any:
        """A new structure node with these values."""
        return self.fill(self.libe57.StructureNode(self.image), values)

    def _node_of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.structure(value)
        if isinstance(value, str):
            return self.libe57.StringNode(self.image, value)
        if isinstance(value, int):
            return self.libe57.IntegerNode(self.image, value)
        if isinstance(value, float):
            return self.libe57.FloatNode(self.image, value)
        return value


def _write_scan(tree: Tree, scans: Any, station: Station, cloud: Cloud, seed: int) -> None:
    time = {"dateTimeValue": GPS_TIME_S, "isAtomicClockReferenced": 0}
    rows, columns = cloud.row_column.max(0)
    low, high = cloud.points.min(0).astype(float), cloud.points.max(0).astype(float)
    scan = tree.structure(
        {
            "guid": guid_of(f"{station.name} {seed}"),
            "name": station.name,
            "description": "vtour synthetic",
            "sensorVendor": "Vtour",
            "sensorModel": "Synthetic scanner",
            "temperature": 24.0,
            "relativeHumidity": 60.0,
            "atmosphericPressure": 98500.0,
            "acquisitionStart": time,
            "acquisitionEnd": time,
            "indexBounds": {
                "rowMinimum": 0,
                "rowMaximum": int(rows),
                "columnMinimum": 0,
                "columnMaximum": int(columns),
                "returnMinimum": 0,
                "returnMaximum": 0,
            },
            "intensityLimits": {"intensityMinimum": 0.0, "intensityMaximum": 1.0},
            "colorLimits": {
                f"color{name}{end}": value
                for name in ("Red", "Green", "Blue")
                for end, value in (("Minimum", 0), ("Maximum", 255))
            },
            "cartesianBounds": {
                f"{axis}{end}": float(bound[number])
                for number, axis in enumerate("xyz")
                for end, bound in (("Minimum", low), ("Maximum", high))
            },
            "pose": _pose_of(station),
        }
    )
    points = _points_node(tree, int(rows), int(columns))
    scan.set("points", points)
    scans.append(scan)
    _write_points(tree, points, cloud)


def _pose_of(station: Station) -> dict[str, Any]:
    from scipy.spatial.transform import Rotation

    pose = station.enu_from_station
    x, y, z, w = (float(value) for value in Rotation.from_matrix(pose[:3, :3]).as_quat())
    east, north, up = (float(value) for value in pose[:3, 3])
    return {
        "rotation": {"w": w, "x": x, "y": y, "z": z},
        "translation": {"x": east, "y": north, "z": up},
    }


def _points_node(tree: Tree, rows: int, columns: int) -> Any:
    """The compressed vector with the fields of a point."""
    lib, image = tree.libe57, tree.image
    far = 1000.0
    prototype = lib.StructureNode(image)
    for axis in "XYZ":
        prototype.set(f"cartesian{axis}", lib.FloatNode(image, 0.0, lib.E57_SINGLE, -far, far))
    prototype.set("intensity", lib.FloatNode(image, 0.0, lib.E57_SINGLE, 0.0, 1.0))
    for name in ("Red", "Green", "Blue"):
        prototype.set(f"color{name}", lib.IntegerNode(image, 0, 0, 255))
    prototype.set("rowIndex", lib.IntegerNode(image, 0, 0, rows))
    prototype.set("columnIndex", lib.IntegerNode(image, 0, 0, columns))
    return lib.CompressedVectorNode(image, prototype, lib.VectorNode(image, True))


def _write_points(tree: Tree, points: Any, cloud: Cloud) -> None:
    columns = [*cloud.points.T, cloud.intensity, *cloud.colours.T, *cloud.row_column.T]
    arrays = {
        name: np.ascontiguousarray(column, kind)
        for (name, kind), column in zip(FIELDS.items(), columns, strict=True)
    }
    buffers = tree.libe57.VectorSourceDestBuffer()
    for name, array in arrays.items():
        buffers.append(
            tree.libe57.SourceDestBuffer(tree.image, name, array, len(array), True, True)
        )
    writer = points.writer(buffers)
    writer.write(len(cloud.points))
    writer.close()
