"""Memory that the long stages need, predicted from what is known before they start.

Pure functions of sizes, and over them one function a stage that reads the sizes off the work
folder. The bytes a pixel, point or face were measured on single stages (Linux, November 2026);
tests compare the predictions with those peaks: they hold within a factor of two.
"""

from vtour.clouds.store import PointStore
from vtour.memory import ENGINES_BYTES, MemoryNeed
from vtour.reconstruct.cloud import MOST_SCAN_POINTS
from vtour.reconstruct.dense_workspace import CACHE_BYTES
from vtour.reconstruct.depth import DepthOptions
from vtour.reconstruct.fuse import FuseOptions
from vtour.reconstruct.mesh import MeshOptions
from vtour.reconstruct.points import RECORD
from vtour.reconstruct.scan_colours import MOST_POINTS
from vtour.reconstruct.texture import TextureOptions
from vtour.workspace import Workspace

STEREO_PIXEL_BYTES = 150  # of the depth map that is computed
PHOTO_PIXEL_BYTES = 12  # decoded, turned upright, shrunk
FUSION_PIXEL_BYTES = 16  # depths and normals
POINTS_PER_PIXEL = 0.16  # of all depth maps, before they are thinned; the full sample site: 0.15
FUSED_POINT_BYTES = 200  # a point, twice, its cell, the order of the cells
MESH_POINT_BYTES = 1800  # a point that is meshed, with its share of the octree and of the surface
MESH_SURFACE_BYTES = 2_000_000_000  # the most of that: the octree's depth and its cells are limited
MESH_FACE_BYTES = 3600  # a face that is wanted: up to four before decimation, usually
CLOUD_POINT_BYTES = 150  # a point that is read, its distances to its neighbours, its cell
TWO_FACES_BYTES = 53  # of the mesh's file: two faces of 13 bytes and a vertex of 27
COLOURED_POINT_BYTES = 60  # a point of the scan with its colour, in a tree
TEXTURE_FACE_BYTES = 300  # a face's photos and their colours
ATLAS_PIXEL_BYTES = 32


def depth_bytes(photo_px: int, map_px: int, photos: int) -> int:
    """Peak of ``depth``: one map is computed; grey images and maps of two passes are kept."""
    kept = min(CACHE_BYTES, photos * map_px) + min(CACHE_BYTES, 2 * photos * 4 * map_px)
    work = max(STEREO_PIXEL_BYTES * map_px, PHOTO_PIXEL_BYTES * photo_px)
    return ENGINES_BYTES + work + kept


def fuse_bytes(all_map_px: int, map_px: int, options: FuseOptions) -> int:
    """Peak of ``fuse``: the maps that are kept, and the points before they are thinned.

    map_px : pixels of the largest map; a map and its neighbours are held whatever they weigh.
    """
    together = (options.neighbours + 2) * FUSION_PIXEL_BYTES * map_px
    cache = min(max(CACHE_BYTES, together), FUSION_PIXEL_BYTES * all_map_px)
    points = min(int(POINTS_PER_PIXEL * all_map_px), 2 * options.max_points)
    return ENGINES_BYTES + cache + points * FUSED_POINT_BYTES


def mesh_bytes(points: int, max_faces: int) -> int:
    """Peak of ``mesh``: the cloud, and Poisson reconstruction of a point for each of its cells."""
    surface = min(points * MESH_POINT_BYTES, max_faces * MESH_FACE_BYTES, MESH_SURFACE_BYTES)
    return ENGINES_BYTES + points * CLOUD_POINT_BYTES + surface


def texture_bytes(photo_px: int, faces: int, texture_px: int) -> int:
    """Peak of ``texture``: the table of faces and photos, the atlas, one photo."""
    atlas = ATLAS_PIXEL_BYTES * texture_px**2
    return ENGINES_BYTES + TEXTURE_FACE_BYTES * faces + atlas + PHOTO_PIXEL_BYTES * photo_px


def depth_need(work: Workspace, options: DepthOptions) -> MemoryNeed:
    """Before ``depth``: from the sizes of the photos."""
    sizes = photo_sizes(work)
    maps = [
        width * height * min(1.0, options.depth_px / max(width, height)) ** 2
        for width, height in sizes
    ]
    peak = depth_bytes(largest_px(sizes), int(max(maps, default=0)), len(sizes))
    return MemoryNeed(peak, "depth.depth_px")


def fuse_need(work: Workspace, options: FuseOptions) -> MemoryNeed:
    """Before ``fuse``: from the sizes of the depth maps' files, 4 bytes a pixel."""
    maps = (work.depth / "stereo" / "depth_maps").rglob("*.geometric.bin")
    pixels = [path.stat().st_size // 4 for path in maps]
    peak = fuse_bytes(sum(pixels), max(pixels, default=0), options)
    return MemoryNeed(peak, "depth.depth_px or fuse.max_points")


def mesh_need(work: Workspace, options: MeshOptions) -> MemoryNeed:
    """Before ``mesh``: from the sizes of the clouds' files."""
    size = work.fused.stat().st_size if work.fused.is_file() else 0
    points = size // RECORD.itemsize
    if work.scan_cloud.is_dir():
        points += min(PointStore.open(work.scan_cloud).count, MOST_SCAN_POINTS)
    peak = mesh_bytes(points, options.max_faces)
    return MemoryNeed(peak, "depth.depth_px or mesh.depth")


def texture_need(work: Workspace, options: TextureOptions) -> MemoryNeed:
    """Before ``texture``: from the size of the mesh's file, the photos and the atlas."""
    size = work.mesh.stat().st_size if work.mesh.is_file() else 0
    photo_px = largest_px(photo_sizes(work))
    peak = texture_bytes(photo_px, 2 * size // TWO_FACES_BYTES, options.texture_px)
    if work.scan_cloud.is_dir():
        coloured = min(PointStore.open(work.scan_cloud).count, MOST_POINTS)
        peak += COLOURED_POINT_BYTES * coloured
    return MemoryNeed(peak, "mesh.max_faces or texture.texture_px")


def photo_sizes(work: Workspace) -> list[tuple[int, int]]:
    """Width and height of every photo that is used, in pixels."""
    photos = work.files.usable_photos()
    return [(p.width_px, p.height_px) for p in photos if p.width_px and p.height_px]


def largest_px(sizes: list[tuple[int, int]]) -> int:
    """Pixels of the largest photo."""
    return max((width * height for width, height in sizes), default=0)
