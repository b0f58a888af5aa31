"""The points that a mesh is made of: those of the photos, of the scan, or of both.

A scan is more exact than photos wherever it has points, so photos only fill in what it did not
see: under eaves, behind columns, roofs. A scan that is not tied to the photos would double every
wall: then the photos are taken alone.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from vtour.clouds.store import PointStore
from vtour.errors import CaptureError
from vtour.workspace import Workspace

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NEIGHBOURS = 8  # of a point, for its spacing
MOST_SCAN_POINTS = 4_000_000  # evenly chosen: an octree for millions of faces needs no more


class CloudSource(StrEnum):
    """Whose points are meshed."""

    auto = "auto"
    photos = "photos"
    scan = "scan"


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Points of the scene; all (n, 3) float64, world; colours 0 to 1."""

    points: FloatArray
    normals: FloatArray
    colours: FloatArray
    spacing: FloatArray
    """(n,) mean distance to the nearest neighbours."""

    def where(self, keep: BoolArray) -> "Cloud":
        """The points that ``keep`` marks."""
        return Cloud(
            points=self.points[keep],
            normals=self.normals[keep],
            colours=self.colours[keep],
            spacing=self.spacing[keep],
        )

    def with_more(self, other: "Cloud") -> "Cloud":
        """The points of both, this one's first."""
        return Cloud(
            points=np.vstack([self.points, other.points]),
            normals=np.vstack([self.normals, other.normals]),
            colours=np.vstack([self.colours, other.colours]),
            spacing=np.concatenate([self.spacing, other.spacing]),
        )


def read_site_cloud(
    work: Workspace, source: CloudSource, gap: float, min_points: int
) -> tuple[Cloud, dict[str, int]]:
    """The cloud of a site, and how many points come from the scan and from the photos.

    gap : photos' points farther than this from every point of the scan are added to it.

    Raises CaptureError when what ``source`` names is not there or has too few points.
    """
    has_scan, has_photos = work.scan_cloud.is_dir(), work.fused.is_file()
    joins = has_scan and not (has_photos and work.has_loose_scan())
    if source is CloudSource.photos or (source is CloudSource.auto and not joins):
        cloud = read_cloud(work.fused, min_points)
        return cloud, {"photos": len(cloud.points)}
    scan = read_scan_cloud(work.scan_cloud, min_points)
    if source is CloudSource.scan or not has_photos:
        return scan, {"scan": len(scan.points)}
    try:
        photos = read_cloud(work.fused, min_points)
    except CaptureError:  # next to nothing was seen in photos: the scan is enough
        return scan, {"scan": len(scan.points)}
    distance, _ = cKDTree(scan.points).query(photos.points, distance_upper_bound=gap, workers=-1)
    photos = photos.where(~np.isfinite(distance))
    by_source = {"scan": len(scan.points), "photos": len(photos.points)}
    return scan.with_more(photos), by_source


def read_scan_cloud(folder: Path, min_points: int) -> Cloud:
    """The merged scan; grey where it has neither colour nor intensity.

    Raises CaptureError when it has fewer than ``min_points``, InputError when it is damaged.
    """
    if not folder.is_dir():
        raise CaptureError(f"{folder.name}: not found, expected the merged scan")
    store = PointStore.open(folder)
    if store.count < max(min_points, NEIGHBOURS + 1):
        raise too_few_points("the scan", store.count, min_points)
    step = -(-store.count // MOST_SCAN_POINTS)
    points = store.column("xyz")[::step].astype(np.float64)
    normals = store.column("normal")[::step].astype(np.float64)
    lengths = np.linalg.norm(normals, axis=1)
    good = lengths > 0
    normals = normals[good] / lengths[good, None]
    return Cloud(
        points=points[good],
        normals=normals,
        colours=_scan_colours(store, step)[good],
        spacing=point_spacing(points[good]),
    )


def _scan_colours(store: PointStore, step: int) -> FloatArray:
    """Colours (n, 3), 0 to 1, of every ``step``-th point."""
    if "rgb" in store.columns:
        return store.column("rgb")[::step].astype(np.float64) / 255
    if "intensity" in store.columns:
        grey = store.column("intensity")[::step].astype(np.float64) / 65535
        return np.repeat(grey[:, None], 3, axis=1)
    return np.full((-(-store.count // step), 3), 0.5)


def too_few_points(name: str, found: int, expected: int) -> CaptureError:
    """The error for a cloud that cannot be meshed."""
    return CaptureError(
        f"{name}: {found:,} points, expected at least {expected:,} to make a mesh; "
        "take more photos that overlap, or lower min_points"
    )


def read_cloud(path: Path, min_points: int) -> Cloud:
    """Read a PLY of points with normals; colours are grey when it has none.

    Points without a usable normal or coordinate are left out. Raises CaptureError when fewer
    than ``min_points`` are there.
    """
    import open3d as o3d

    if not path.is_file():
        raise CaptureError(f"{path.name}: not found, expected the fused point cloud")
    read = o3d.io.read_point_cloud(path)
    points, normals = np.asarray(read.points), np.asarray(read.normals)
    if len(points) < max(min_points, NEIGHBOURS + 1):
        raise too_few_points(path.name, len(points), min_points)
    if len(normals) != len(points):
        raise CaptureError(f"{path.name}: points without normals, expected nx, ny, nz")
    colours = np.asarray(read.colors) if read.has_colors() else np.full_like(points, 0.5)
    lengths = np.linalg.norm(normals, axis=1)
    good = np.isfinite(points).all(axis=1) & np.isfinite(lengths) & (lengths > 1e-6)
    points, normals, colours = points[good], normals[good] / lengths[good, None], colours[good]
    if len(points) < max(min_points, NEIGHBOURS + 1):
        raise too_few_points(path.name, len(points), min_points)
    return Cloud(points=points, normals=normals, colours=colours, spacing=point_spacing(points))


def point_spacing(points: FloatArray) -> FloatArray:
    """Mean distance (n,) of each point to its nearest neighbours."""
    distances, _ = cKDTree(points).query(points, k=NEIGHBOURS + 1, workers=-1)
    result: FloatArray = distances[:, 1:].mean(axis=1)
    return result
