"""A texture from the scan's own colours: for a site without photos, and for what no photo sees."""

import numpy as np

from vtour.atlas.charts import Charts
from vtour.atlas.packing import Packing, pack
from vtour.atlas.surface_charts import charts_of_surface
from vtour.atlas.texels import owners, texels_of
from vtour.atlas.topology import FloatArray, IntArray, vertex_normals
from vtour.files import UInt8Array
from vtour.glb import TexturedMesh
from vtour.progress import Progress
from vtour.reconstruct.atlas import filled
from vtour.reconstruct.scan_colours import ScanColours
from vtour.reconstruct.visibility import Float32Array, Int32Array

TEXELS_A_POINT = 1.5  # along the points' spacing: a scan holds no finer detail
FACES_AT_ONCE = 50_000


def textured_by_scan(
    positions: FloatArray,
    faces: IntArray,
    colours: ScanColours,
    texture_px: int,
    gutter_px: int,
    progress: Progress,
) -> tuple[TexturedMesh, Charts, Packing]:
    """The mesh with an atlas of the scan's colours, of at most ``texture_px`` along an edge."""
    charts = charts_of_surface(positions, faces, TEXELS_A_POINT / colours.spacing)
    packing = pack(charts, most_px=texture_px, gutter_px=gutter_px)
    progress(0.3, f"painting {charts.count:,} charts")
    place = packing.texels(charts)
    size = packing.size_px
    owner = owners(place, charts.faces, size)
    canvas = np.zeros((size * size, 3), np.float32)
    paint_by_scan(
        canvas, owner, place, charts.faces, positions[faces], np.arange(len(faces)), colours
    )
    texture: UInt8Array = filled(canvas, owner, gutter_px)
    normals = vertex_normals(positions, faces)
    mesh = TexturedMesh(
        positions=positions[charts.source].astype(np.float32),
        normals=normals[charts.source].astype(np.float32),
        uvs=(place / size).astype(np.float32),
        faces=charts.faces.astype(np.uint32),
        texture=texture,
    )
    return mesh, charts, packing


def paint_by_scan(
    canvas: Float32Array,
    owner: Int32Array,
    place: FloatArray,
    corners: IntArray,
    triangles: FloatArray,
    these: IntArray,
    colours: ScanColours,
) -> None:
    """Set the texels of the faces ``these`` (k,) to what the scan has at their places.

    canvas : (size * size, 3); owner and place as ``owners`` has them.
    corners : (m, 3) of all faces in ``place``; triangles : (m, 3, 3) where they lie, world.
    """
    for start in range(0, len(these), FACES_AT_ONCE):
        part = these[start : start + FACES_AT_ONCE]
        texels = texels_of(owner, place, corners, part)
        weights = texels.corners.astype(np.float64)
        places = np.einsum("kc,kcx->kx", weights, triangles[part][texels.entry])
        canvas[texels.index] = colours.at(places)
