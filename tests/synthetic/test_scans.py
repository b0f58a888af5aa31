import json
from pathlib import Path

import laspy
import numpy as np
import pye57
import pyproj
import pytest

from vtour.frames import enu_from_geodetic, matrix_from_columns, transform_points, world_from_enu
from vtour.synthetic.compare import SITE_HIGH_M, SITE_LOW_M
from vtour.synthetic.options import ANCHOR
from vtour.synthetic.render import RayMesh
from vtour.synthetic.scans import Station
from vtour.synthetic.truth import Truth, load_mesh


def distances_inside(truth: Truth, points: np.ndarray) -> np.ndarray:
    """Distances to the true mesh of the points that lie well inside the courtyard."""
    margin = np.array([1.5, 0.0, 1.5])
    inside = ((points > SITE_LOW_M + margin) & (points < SITE_HIGH_M - margin)).all(1)
    return RayMesh(*load_mesh(truth.mesh_path)).distances(points[inside])


def test_pose_by_hand() -> None:
    # Heading 90: the station's x looks east, its y north; 1.5 m above the anchor.
    station = Station("s", np.array([2.0, 1.5, -3.0]), 90.0, (0.0, 0.0))
    points = transform_points(station.enu_from_station, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert points == pytest.approx(np.array([[3, 3, 1.5], [2, 4, 1.5], [2, 3, 2.5]]))
    world = transform_points(station.world_from_station, [[1, 0, 0]])
    assert world == pytest.approx(np.array([[3, 1.5, -3]]))


def test_e57_points_lie_on_the_true_surface(tiny: Path, truth: Truth) -> None:
    stations = json.loads((truth.folder / "stations.json").read_text())["stations"]
    file = pye57.E57(str(tiny / stations[0]["file"]))
    assert file.scan_count == 3
    for station in stations:
        header = file.get_header(station["scan"])
        assert header["name"].value() == station["id"]
        pose = matrix_from_columns(station["enu_from_station"])
        assert header.rotation_matrix == pytest.approx(pose[:3, :3], abs=1e-9)
        assert header.translation == pytest.approx(pose[:3, 3])
        data = file.read_scan(
            station["scan"], transform=True, colors=True, ignore_missing_fields=True
        )
        enu = np.stack([data[f"cartesian{axis}"] for axis in "XYZ"], -1)
        off = distances_inside(truth, world_from_enu(enu))
        assert len(off) > 3000
        # Half-normal noise of 2 mm along the ray has its median at 1.35 mm.
        assert 0.0003 < np.median(off) < 0.0016
        assert np.percentile(off, 99) < 0.008
        assert data["colorRed"].std() > 10


def test_las_is_projected_and_lies_on_the_true_surface(tiny: Path, truth: Truth) -> None:
    with laspy.open(tiny / "scans" / "merged.las") as reader:
        crs, las = reader.header.parse_crs(), reader.read()
    assert crs.to_epsg() == 32648
    assert str(las.header.creation_date) == "2026-03-14"
    back = pyproj.Transformer.from_crs(32648, 4326, always_xy=True)
    every = slice(None, None, 40)
    lon, lat = back.transform(las.x[every], las.y[every])
    enu = [
        enu_from_geodetic(a, b, c, ANCHOR)
        for a, b, c in zip(lat, lon, np.asarray(las.z)[every], strict=True)
    ]
    off = distances_inside(truth, world_from_enu(np.array(enu)))
    assert len(off) > 500
    assert np.median(off) < 0.0025
    assert np.asarray(las.red).max() > 255
