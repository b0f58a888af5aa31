"""What OBJ and PLY meshes hold, without decoding their pictures: for ``vtour info``."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtour.clouds.headers import CloudHeaders
from vtour.clouds.ply import PlyLayout, ply_chunks, ply_headers
from vtour.frames import FloatArray
from vtour.models.mtl import picture_names
from vtour.models.named_files import NamedFiles
from vtour.models.obj import count_obj
from vtour.models.parts import Notes
from vtour.models.ply import texture_names


@dataclass(frozen=True)
class MeshSummary:
    """Figures of one mesh.

    faces    : as the file counts them, polygons as one.
    bounds   : least and greatest corner, file; None when not told.
    pictures : name, and the file when it is there.
    """

    vertices: int
    faces: int
    materials: list[str]
    bounds: tuple[FloatArray, FloatArray] | None
    pictures: list[tuple[str, Path | None]]


def summary_of_obj(path: Path) -> MeshSummary:
    """Figures of an OBJ and its materials. Raises InputError when it is damaged."""
    counts = count_obj(path)
    pictures: dict[str, Path | None] = {}
    for library in NamedFiles(path, Notes()).libraries(counts.libraries):
        pictures |= picture_names(path, library, set(counts.materials))
    return MeshSummary(
        counts.vertices, counts.faces, counts.materials, counts.bounds, sorted(pictures.items())
    )


def summary_of_ply(path: Path) -> MeshSummary:
    """Figures of a PLY mesh. Raises InputError when it is damaged."""
    headers = ply_headers(path)
    names = texture_names(headers.facts["comments"])
    files = NamedFiles(path, Notes())
    pictures = [(name, files.find(name, "texture")) for name in names]
    faces = int(headers.facts["faces"])
    return MeshSummary(headers.points, faces, names, _bounds(path, headers), pictures)


def _bounds(path: Path, headers: CloudHeaders) -> tuple[FloatArray, FloatArray] | None:
    layout: PlyLayout = headers.layout
    vertices = layout.element("vertex")
    if vertices is None or vertices.has_list or not headers.points:
        return None
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for chunk in ply_chunks(path, headers):
        if len(chunk.xyz):
            low = np.minimum(low, chunk.xyz.min(axis=0))
            high = np.maximum(high, chunk.xyz.max(axis=0))
    return (low, high) if bool(np.isfinite([low, high]).all()) else None
