"""Stage ``mesh``: the point cloud to one clean, manifold triangle mesh.

Screened Poisson reconstruction (Kazhdan and Hoppe 2013) as Open3D ships it, with one thread:
with two its result differs from run to run, and it is no faster. Poisson closes what no point
supports, so faces far from every point are cut away afterwards.

The octree is as deep as the points are close, and no deeper than the faces that are wanted in the
end need: a mesh of brighton took 98 s with 2.7 M faces before decimation to 0.3 M, of which Poisson
39 s and decimation 38 s. Against the truth (share of the surface within 2 cm, and of the truth with
a surface that near; 0.3 M faces in the end, which these keep at depth 10 and 11):
    small site   depth 10   1.02 M before   0.799 0.684   34 s
                 depth 9    0.35 M          0.797 0.679   10 s
    full site    depth 11   1.53 M          0.915 0.692   55 s
                 depth 10   0.45 M          0.904 0.673   18 s
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from vtour.atlas.topology import (
    FloatArray,
    IntArray,
    boundary_loops,
    face_areas,
    face_components,
    fill_holes,
    has_manifold_edges,
    has_manifold_vertices,
    in_large_components,
    manifold,
    vertex_normals,
)
from vtour.errors import CaptureError
from vtour.files import replacing
from vtour.frames import matrix_from_columns
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.reconstruct.cloud import Cloud, CloudSource, read_site_cloud, too_few_points
from vtour.reconstruct.points import Cells, cell_keys
from vtour.reconstruct.region import Region, around_cameras, around_control, in_usual_box
from vtour.schema.report import StageReport
from vtour.station_files import read_placed_stations
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

FACES_OF_CELL = 3.0  # of the surface in a cell of the octree that holds points: 2.8 to 4.2
ENOUGH_FACES = 2.25  # times those wanted: from there on, more of them bring next to nothing
SPACING_CAP = 4.0  # times the median: more sparse points do not widen what they support
ISOLATED = 8.0  # times the median spacing: such points are noise


@dataclass(frozen=True, kw_only=True)
class MeshOptions(StageOptions):
    """How to turn points into a mesh."""

    max_faces: int = option(300_000, "Most triangles of the mesh.", minimum=100, maximum=20_000_000)
    source: CloudSource = option(
        CloudSource.auto,
        "Points that are meshed: the scan's, the photos', or the scan's and where it has none "
        "the photos' (auto).",
    )
    scan_gap_m: float = option(
        0.05,
        "Photos fill in what lies farther from every point of the scan.",
        unit="m",
        minimum=0.0,
    )
    min_points: int = option(1000, "Fewest points that a mesh is made of.", minimum=10)
    depth: int = option(
        0,
        "Depth of the octree; 0 chooses 8 to 11 by point spacing and max-faces.",
        minimum=0,
        maximum=13,
    )
    region: Region = option(
        Region.auto,
        "What is meshed: auto, where nearly all points lie; around cameras; around control points.",
    )
    crop_share: float = option(
        0.005,
        "Share of points that may lie outside, at each end of each axis.",
        maximum=0.2,
        minimum=0.0,
    )
    trim_quantile: float = option(
        0.01, "Share of vertices with the least support cut away.", minimum=0.0, maximum=0.5
    )
    trim_distance: float = option(
        2.5, "Furthest a face may be from a point, in point spacings.", minimum=1.0, maximum=100.0
    )
    component_share: float = option(
        0.02,
        "Smallest component kept, as a share of the largest one's area.",
        minimum=0.0,
        maximum=1.0,
    )
    hole_edges: int = option(100, "Holes of at most so many edges are closed.", minimum=0)
    hole_share: float = option(
        0.03, "Largest hole closed, as a share of the mesh's extent.", minimum=0.0, maximum=1.0
    )


MESH_DEFAULTS = MeshOptions()


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """A mesh with vertex colours: positions and colours (n, 3), faces (m, 3)."""

    positions: FloatArray
    colours: FloatArray
    faces: IntArray


def build_mesh(
    work: Workspace,
    out: Workspace,
    options: MeshOptions = MESH_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Mesh the cloud of the site.

    Reads ``work.fused`` and ``work.scan_cloud`` (points, normals, colours), one of which may be
    absent, and ``work.world``; writes ``out.mesh``, a
    binary PLY in the world with vertex normals and colours.

    Raises CaptureError when the cloud is too small, or nothing is left of the surface.
    """
    whole, by_source = read_site_cloud(work, options.source, options.scan_gap_m, options.min_points)
    cloud = region_of_interest(whole, work, options)
    if len(cloud.points) < options.min_points:
        raise too_few_points("the cloud", len(cloud.points), options.min_points)
    progress(0.1, f"{len(cloud.points):,} points")

    depth = options.depth or octree_depth(cloud, options.max_faces)
    cloud = averaged(cloud, octree_cell(cloud, depth) / 2)
    surface, support = poisson_surface(cloud, depth)
    progress(0.6, f"surface of {len(surface.faces):,} faces")
    surface = trimmed(surface, support, cloud, options)
    surface, closed = repaired(surface, options)
    progress(0.75, "decimating")
    mesh = decimated(surface, options)
    if not len(mesh.faces):
        raise CaptureError(
            f"{work.fused.name}: no surface found in {len(cloud.points):,} points, "
            "expected points that lie on surfaces; take more overlapping photos"
        )
    write_mesh(out.mesh, mesh)
    report = report_of(mesh, work)
    report.details["points_by_source"] = by_source
    if options.source is CloudSource.auto and "scan" not in by_source and work.scan_cloud.is_dir():
        report.warnings.append(
            "the scan is not tied to the photos, so it may lie beside them: the mesh is of the "
            "photos alone; mesh.source=scan with texture.colours=scan takes the scan"
        )
    report.details |= {"octree_depth": depth, "points_used": len(cloud.points)}
    report.details |= {"faces_before_decimation": len(surface.faces), "holes_closed": closed}
    return report


def report_of(mesh: Mesh, work: Workspace) -> StageReport:
    """The measures of a finished mesh."""
    report = StageReport(stage="mesh")
    report.measure("faces", len(mesh.faces))
    report.measure("vertices", len(mesh.positions))
    report.measure("holes", len(boundary_loops(mesh.faces)))
    area = float(face_areas(mesh.positions, mesh.faces).sum())
    if work.is_metric():
        report.measure("mesh_area", area)
    else:
        report.details["mesh_area_in_squared_world_units"] = area
    edges = has_manifold_edges(mesh.faces)
    report.details["edge_manifold"] = edges
    report.details["watertight"] = edges and not report.measures["holes"].value
    report.details["vertex_manifold"] = edges and has_manifold_vertices(mesh.faces)
    return report


# the cloud --------------------------------------------------------------------
def region_of_interest(cloud: Cloud, work: Workspace, options: MeshOptions) -> Cloud:
    """Drop lone points, then what lies outside the box that holds nearly all, or the region."""
    cloud = cloud.where(cloud.spacing <= ISOLATED * np.median(cloud.spacing))
    if not len(cloud.points):
        return cloud
    cloud = cloud.where(in_usual_box(cloud.points, options.crop_share))
    if options.region is Region.cameras and len(cloud.points):
        cloud = cloud.where(around_cameras(cloud.points, camera_centres(work)))
    if options.region is Region.control and len(cloud.points):
        cloud = cloud.where(around_control(cloud.points, control_points(work)))
    return cloud


def control_points(work: Workspace) -> FloatArray:
    """Where the photos put the control points (n, 3), in the world.

    Raises CaptureError when the world was solved without.
    """
    points = work.read_world().control_points
    if not points:
        raise CaptureError(
            "mesh: region control, found no control points that the world was solved from, "
            "expected control.csv and marks.csv, or gcp_list.txt; or use region auto or cameras"
        )
    return np.array(points)


def camera_centres(work: Workspace) -> FloatArray:
    """Centres (n, 3) of the solved cameras and of the scan's stations, in the world."""
    import pycolmap

    centres = []
    if work.sparse.exists():
        images = pycolmap.Reconstruction(str(work.sparse)).images
        centres = [images[i].projection_center() for i in sorted(images) if images[i].has_pose]
    centres += [
        matrix_from_columns(one.world_from_station)[:3, 3]
        for one in read_placed_stations(work.stations)
    ]
    return np.array(centres)


def octree_depth(cloud: Cloud, max_faces: int) -> int:
    """Depth at which a cell is about as wide as the points are apart, 8 to 11.

    Or the least of these that makes enough faces, where that is less.
    """
    extent = octree_cell(cloud, 0)
    spacing = max(float(np.median(cloud.spacing)), extent * 1e-6)
    finest = int(np.clip(np.ceil(np.log2(extent / spacing)), 8, 11))
    for depth in range(8, finest):
        cells = len(np.unique(cell_keys(cloud.points, octree_cell(cloud, depth))))
        if FACES_OF_CELL * cells >= ENOUGH_FACES * max_faces:
            return depth
    return finest


def octree_cell(cloud: Cloud, depth: int) -> float:
    """Edge of the octree's cells at a depth; Poisson's cube is 1.1 times as wide as the points."""
    return 1.1 * float(np.ptp(cloud.points, axis=0).max()) / float(2**depth)


def averaged(cloud: Cloud, cell: float) -> Cloud:
    """The mean of the points in each cell: more of them cost memory and change nothing."""
    cells = Cells(cell_keys(cloud.points, cell))
    return Cloud(
        points=cells.mean(cloud.points),
        normals=cells.mean_directions(cloud.normals),
        colours=cells.mean(cloud.colours),
        spacing=np.maximum(cells.mean(cloud.spacing[:, None])[:, 0], cell),
    )


# the surface ------------------------------------------------------------------
def poisson_surface(cloud: Cloud, depth: int) -> tuple[Mesh, FloatArray]:
    """Poisson surface of the cloud, and for each vertex how dense the points are there."""
    import open3d as o3d

    points = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(cloud.points))
    points.normals = o3d.utility.Vector3dVector(cloud.normals)
    points.colors = o3d.utility.Vector3dVector(cloud.colours)
    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        surface, support = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
            points, depth=depth, n_threads=1
        )
    return mesh_from_open3d(surface), np.asarray(support)


def trimmed(surface: Mesh, support: FloatArray, cloud: Cloud, options: MeshOptions) -> Mesh:
    """Cut away vertices with little support or far from every point.

    Patches that would leave a small hole stay: Poisson bridges those well.
    """
    median = float(np.median(cloud.spacing))
    reach = options.trim_distance * np.clip(cloud.spacing, median, SPACING_CAP * median)
    distance, nearest = cKDTree(cloud.points).query(surface.positions, workers=-1)
    keep = (distance <= reach[nearest]) & (support >= np.quantile(support, options.trim_quantile))
    kept = keep[surface.faces].all(axis=1)
    cut = np.flatnonzero(~kept)
    size = patch_sizes(surface.positions, surface.faces[cut])
    extent = float(np.ptp(cloud.points, axis=0).max())
    kept[cut[size <= options.hole_share * extent]] = True
    return Mesh(positions=surface.positions, colours=surface.colours, faces=surface.faces[kept])


def patch_sizes(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Square root of the area (m,) of the connected patch that each face belongs to."""
    if not len(faces):
        return np.zeros(0)
    patch = face_components(faces)
    area = np.bincount(patch, face_areas(positions, faces))
    result: FloatArray = np.sqrt(area)[patch]
    return result


def repaired(surface: Mesh, options: MeshOptions) -> tuple[Mesh, int]:
    """Manifold, without small components, small holes closed; and how many were closed."""
    large = in_large_components(surface.positions, surface.faces, options.component_share)
    faces = surface.faces[large]
    if not len(faces):
        return Mesh(positions=surface.positions, colours=surface.colours, faces=faces), 0
    faces, source = manifold(surface.positions, faces)
    positions, colours = surface.positions[source], surface.colours[source]
    largest = options.hole_share * float(np.ptp(positions, axis=0).max())
    wide = np.hstack([positions, colours])
    wide, faces, closed = fill_holes(wide, faces, most_edges=options.hole_edges, largest=largest)
    return Mesh(positions=wide[:, :3], colours=wide[:, 3:], faces=faces), closed


def decimated(surface: Mesh, options: MeshOptions) -> Mesh:
    """At most ``max_faces`` faces by quadric error, manifold again, small components dropped."""
    if len(surface.faces) > options.max_faces:
        simple = open3d_from_mesh(surface).simplify_quadric_decimation(options.max_faces)
        surface = mesh_from_open3d(simple)
    large = in_large_components(surface.positions, surface.faces, options.component_share)
    faces = surface.faces[large]
    if not len(faces):
        return Mesh(positions=surface.positions, colours=surface.colours, faces=faces)
    faces, source = manifold(surface.positions, faces)
    return Mesh(positions=surface.positions[source], colours=surface.colours[source], faces=faces)


# files ------------------------------------------------------------------------
def mesh_from_open3d(mesh: Any) -> Mesh:
    """Arrays of an Open3D mesh; grey where it has no colours."""
    positions = np.array(mesh.vertices, dtype=np.float64)
    colours = np.array(mesh.vertex_colors, dtype=np.float64)
    if len(colours) != len(positions):
        colours = np.full_like(positions, 0.5)
    return Mesh(
        positions=positions, colours=colours, faces=np.array(mesh.triangles, dtype=np.int64)
    )


def open3d_from_mesh(mesh: Mesh) -> Any:
    """An Open3D mesh of the arrays, without normals."""
    import open3d as o3d

    result = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(mesh.positions),
        o3d.utility.Vector3iVector(mesh.faces.astype(np.int32)),
    )
    result.vertex_colors = o3d.utility.Vector3dVector(np.clip(mesh.colours, 0, 1))
    return result


def write_mesh(path: Path, mesh: Mesh) -> None:
    """Write a binary PLY with normals and colours, all or nothing."""
    normals = vertex_normals(mesh.positions, mesh.faces)
    fields = [(name, "<f4") for name in ("x", "y", "z", "nx", "ny", "nz")]
    fields += [(name, "u1") for name in ("red", "green", "blue")]
    vertices = np.zeros(len(mesh.positions), dtype=fields)
    columns = np.hstack([mesh.positions, normals])
    for index, (name, _) in enumerate(fields[:6]):
        vertices[name] = columns[:, index]
    levels = np.rint(np.clip(mesh.colours, 0, 1) * 255)
    for index, name in enumerate(("red", "green", "blue")):
        vertices[name] = levels[:, index]
    faces = np.zeros(len(mesh.faces), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    kinds = {"<f4": "float", "u1": "uchar"}
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    lines += [f"property {kinds[kind]} {name}" for name, kind in fields]
    lines += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header"]
    with replacing(path) as temporary, temporary.open("wb") as stream:
        stream.write(("\n".join(lines) + "\n").encode("ascii"))
        stream.write(vertices.tobytes())
        stream.write(faces.tobytes())
