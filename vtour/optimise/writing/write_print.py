"""Write a scene for a 3D printer: binary STL, or 3MF, in millimetres and with Z up.

A printer needs the skin of a body: every edge between two faces, which see it in opposite
directions. What was captured is open at its back; the report says so, and nothing is closed here.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from vtour.files import replacing
from vtour.glb.mesh import UInt32Array
from vtour.glb.scene import Scene
from vtour.glb.write import check_scene
from vtour.glb.xmp import Credits
from vtour.optimise.writing.write_ar import on_floor
from vtour.options import StageOptions, option

MM = 1000.0
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
STL_HEAD = b"vtour: millimetres, Z up"  # may not begin with "solid": that is the text form
FACE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>
</Types>
"""
RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Target="/3D/3dmodel.model" Id="rel0"
 Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>
</Relationships>
"""


@dataclass(frozen=True, kw_only=True)
class PrintOptions(StageOptions):
    """How large a model is printed."""

    longest_mm: float = option(
        150.0, "Longest side of the print; 0 is the real size.", unit="mm", minimum=0, maximum=1e6
    )


PRINT_DEFAULTS = PrintOptions()


@dataclass(frozen=True)
class PrintReport:
    """What a printer's software would say.

    open_edges : edges that are not shared by exactly two faces in opposite directions.
    size_mm    : along x, y and z.
    volume_mm3 : of the body; None unless watertight.
    """

    faces: int
    open_edges: int
    size_mm: tuple[float, float, float]
    volume_mm3: float | None

    @property
    def watertight(self) -> bool:
        """Whether the faces are the skin of a body."""
        return self.open_edges == 0


@dataclass(frozen=True, eq=False)
class Body:
    """One mesh: (n, 3) float32 corners in millimetres, Z up, each place once; (m, 3) faces."""

    corners: NDArray[np.float32]
    faces: UInt32Array


def write_stl(path: Path, scene: Scene, options: PrintOptions = PRINT_DEFAULTS) -> PrintReport:
    """Write all faces as binary STL, all or nothing; same scene, same bytes.

    Raises InputError for a scene without faces.
    """
    body = body_of(scene, options)
    triangles = body.corners[body.faces]
    records = np.zeros(len(triangles), FACE)
    records["corners"] = triangles
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    records["normal"] = normals / np.where(lengths > 0, lengths, 1)
    head = STL_HEAD.ljust(80, b"\0") + np.uint32(len(records)).tobytes()
    with replacing(path) as temporary:
        temporary.write_bytes(head + records.tobytes())
    return report_of(body)


def write_3mf(
    path: Path,
    scene: Scene,
    options: PrintOptions = PRINT_DEFAULTS,
    *,
    credits: Credits | None = None,
) -> PrintReport:
    """Write all faces as one object of a 3MF file, all or nothing; same scene, same bytes.

    Source: 3MF Core Specification 1.3, chapters 2 to 4.

    Raises InputError for a scene without faces.
    """
    body = body_of(scene, options)
    files = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "3D/3dmodel.model": _model_text(body, scene, credits),
    }
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as package:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, FIXED_DATE)
            package.writestr(info, text, compress_type=zipfile.ZIP_DEFLATED, compresslevel=6)
    return report_of(body)


def body_of(scene: Scene, options: PrintOptions) -> Body:
    """All parts as one mesh on the plate: places that are equal are one, flat faces are gone."""
    check_scene(scene)
    standing = on_floor(scene)
    starts = np.cumsum([0] + [len(part.positions) for part in standing.parts])
    metres = np.concatenate([part.positions for part in standing.parts])
    faces = np.concatenate(
        [part.faces + start for part, start in zip(standing.parts, starts[:-1], strict=True)]
    )
    extent = float((metres.max(axis=0) - metres.min(axis=0)).max())
    scale = options.longest_mm / extent if options.longest_mm and extent else MM
    millimetres = metres[:, [0, 2, 1]].astype(np.float64) * scale * [1, -1, 1]
    corners, index = np.unique(millimetres.astype(np.float32), axis=0, return_inverse=True)
    joined = index.reshape(-1)[faces]
    flat = (joined == np.roll(joined, 1, axis=1)).any(axis=1)
    return Body(corners, np.ascontiguousarray(joined[~flat], np.uint32))


def report_of(body: Body) -> PrintReport:
    """Whether a mesh is the skin of a body, and how large that is."""
    open_edges = open_edges_of(body.faces)
    size = body.corners.max(axis=0) - body.corners.min(axis=0)
    x, y, z = (float(value) for value in size)
    volume = None if open_edges else volume_of(body)
    return PrintReport(len(body.faces), open_edges, (x, y, z), volume)


def open_edges_of(faces: UInt32Array) -> int:
    """Edges that are not shared by exactly two faces which see them in opposite directions."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    forward = np.where(ends[:, 0] < ends[:, 1], 1, -1)
    edges = np.sort(ends, axis=1)
    keys, index = np.unique(edges[:, 0] << 32 | edges[:, 1], return_inverse=True)
    uses = np.bincount(index.reshape(-1), minlength=len(keys))
    turns = np.bincount(index.reshape(-1), weights=forward, minlength=len(keys))
    return int(((uses != 2) | (turns != 0)).sum())


def volume_of(body: Body) -> float:
    """Of a closed mesh: the sum of the tetrahedra to the origin (divergence theorem)."""
    a, b, c = (body.corners[body.faces[:, i]].astype(np.float64) for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def _model_text(body: Body, scene: Scene, credits: Credits | None) -> str:
    said = {"Application": "vtour", "Copyright": scene.copyright or ""}
    if credits:
        said["Title"] = next(iter(credits.title.values()), "")
        said["Designer"] = ", ".join(credits.creators)
        said["LicenseTerms"] = next(iter(credits.rights.values()), "")
    metadata = "".join(
        f'<metadata name="{name}">{escape(value)}</metadata>\n'
        for name, value in said.items()
        if value
    )
    vertices = "\n".join(
        f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>' for x, y, z in body.corners.tolist()
    )
    triangles = "\n".join(
        f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in body.faces.tolist()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<model unit="millimeter" xml:lang="en" xmlns="{CORE}">\n{metadata}'
        f'<resources>\n<object id="1" type="model">\n<mesh>\n<vertices>\n{vertices}\n</vertices>\n'
        f"<triangles>\n{triangles}\n</triangles>\n</mesh>\n</object>\n</resources>\n"
        '<build>\n<item objectid="1"/>\n</build>\n</model>\n'
    )
