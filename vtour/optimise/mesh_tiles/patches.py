"""What a tile is made of: patches, one for each kind of material, over one grid of the whole site.

All positions are whole places of one grid, from the first to the last: so the borders of tiles
are the same numbers wherever they are written, and fit to the last bit. Its step is a power of
two, so that places times step are exact in float32 as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array, UInt32Array
from vtour.glb.scene import Wrap

Places = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Picture:
    """The textures of a material, by the name of their field in Material; sizes may differ."""

    slots: dict[str, UInt8Array]
    wrap: tuple[Wrap, Wrap] = (Wrap.clamp, Wrap.clamp)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the widest."""
        return max((pixels.shape[1], pixels.shape[0]) for pixels in self.slots.values())


@dataclass(frozen=True, eq=False)
class Patch:
    """Triangles of one kind of material.

    kind     : which, in the site's list.
    places   : (n, 3) int32, in the site's grid.
    ids      : (n,) uint32, the number of the place: the same for vertices at the same place.
    faces    : (m, 3) uint32.
    uvs      : (n, 2) float32, as in glTF; None without pictures.
    picture  : (n,) int32, which of ``pictures`` the uvs mean.
    normals  : (n, 3) float32, or None; tangents : (n, 4) float32 as in glTF, or None.
    colours  : (n, 4) float32 linear, or None.
    """

    kind: int
    places: Places
    ids: UInt32Array
    faces: UInt32Array
    uvs: Float32Array | None = None
    picture: NDArray[np.int32] | None = None
    pictures: tuple[Picture, ...] = ()
    normals: Float32Array | None = None
    tangents: Float32Array | None = None
    colours: Float32Array | None = None

    def metres(self, step: float) -> Float32Array:
        """Positions about the patch's own least corner, which float32 holds exactly."""
        away = (self.places - self.places.min(axis=0)).astype(np.float32)
        result: Float32Array = away * np.float32(step)
        return result

    def vertices(self, rows: NDArray[Any], faces: UInt32Array) -> "Patch":
        """The patch with the vertices ``rows`` alone; ``faces`` count these."""
        return replace(
            self,
            places=self.places[rows],
            ids=self.ids[rows],
            faces=faces,
            uvs=_rows(self.uvs, rows),
            picture=_rows(self.picture, rows),
            normals=_rows(self.normals, rows),
            tangents=_rows(self.tangents, rows),
            colours=_rows(self.colours, rows),
        )

    def with_faces(self, faces: UInt32Array) -> "Patch":
        """The patch with other faces, and without vertices that they do not use."""
        rows, places = np.unique(faces, return_inverse=True)
        return self.vertices(rows, places.reshape(-1, 3).astype(np.uint32))

    def welded(self, *, with_uvs: bool) -> "Patch":
        """Vertices that agree in all they have joined; faces that lose a corner dropped.

        with_uvs : False drops the texture and its coordinates, and so joins its seams.
        """
        bare = (
            self if with_uvs else replace(self, uvs=None, picture=None, pictures=(), tangents=None)
        )
        columns = [bare.ids[:, None].view(np.uint32)]
        for values in (bare.uvs, bare.normals, bare.colours):
            if values is not None:
                columns.append(np.ascontiguousarray(values + np.float32(0)).view(np.uint32))
        if bare.picture is not None:
            columns.append(bare.picture[:, None].astype(np.uint32))
        keys = np.ascontiguousarray(np.concatenate(columns, axis=1))
        whole = keys.view([("", np.uint32)] * keys.shape[1]).reshape(-1)
        _, first, group = np.unique(whole, return_index=True, return_inverse=True)
        faces = first[group.reshape(-1)][bare.faces]
        return bare.with_faces(faces[_is_whole(bare.ids[faces])].astype(np.uint32))


def _rows(values: NDArray[Any] | None, rows: NDArray[Any]) -> Any:
    return None if values is None else values[rows]


def _is_whole(ids: NDArray[Any]) -> NDArray[np.bool_]:
    a, b, c = ids.T
    result: NDArray[np.bool_] = (a != b) & (b != c) & (c != a)
    return result


def joined(patches: Sequence[Patch]) -> list[Patch]:
    """One patch of each kind, in the order of kinds."""
    kinds = sorted({patch.kind for patch in patches})
    return [_joined([patch for patch in patches if patch.kind == kind]) for kind in kinds]


def _joined(patches: list[Patch]) -> Patch:
    """One patch of several of a kind; their pictures one after the other."""
    if len(patches) == 1:
        return patches[0]
    starts = np.cumsum([0] + [len(patch.places) for patch in patches])
    firsts = np.cumsum([0] + [len(patch.pictures) for patch in patches])
    picture = None
    if patches[0].picture is not None:
        moved = zip(patches, firsts, strict=False)
        picture = np.concatenate([p.picture + f for p, f in moved if p.picture is not None])
    return Patch(
        kind=patches[0].kind,
        places=np.concatenate([patch.places for patch in patches]),
        ids=np.concatenate([patch.ids for patch in patches]),
        faces=np.concatenate(
            [p.faces + np.uint32(s) for p, s in zip(patches, starts, strict=False)]
        ).astype(np.uint32),
        uvs=_all(patches, lambda patch: patch.uvs),
        picture=None if picture is None else picture.astype(np.int32),
        pictures=tuple(picture for patch in patches for picture in patch.pictures),
        normals=_all(patches, lambda patch: patch.normals),
        tangents=_all(patches, lambda patch: patch.tangents),
        colours=_all(patches, lambda patch: patch.colours),
    )


def _all(patches: list[Patch], of: Callable[[Patch], Any]) -> Any:
    values = [of(patch) for patch in patches]
    return None if values[0] is None else np.concatenate(values)


def uv_texels(patch: Patch) -> Float32Array:
    """(m,) texels of the largest picture under each face."""
    if patch.uvs is None or patch.picture is None:
        return np.zeros(len(patch.faces), np.float32)
    sizes = np.array([picture.size for picture in patch.pictures], np.float32)
    flat = patch.uvs * sizes[patch.picture]
    return triangle_areas(flat, patch.faces)


def triangle_areas(points: Float32Array, faces: UInt32Array) -> Float32Array:
    """(m,) areas of triangles in the plane or in space."""
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    if points.shape[1] == 2:
        (ux, uy), (vx, vy) = (b - a).T, (c - a).T
        flat: Float32Array = np.abs(ux * vy - uy * vx) / 2
        return flat
    result: Float32Array = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return result
