"""Write plain GLB: floats, indices, pictures that every program reads.

Nothing is compressed here: masters stay readable by every program. Web versions are made
from them by ``vtour.optimise``.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from vtour.errors import InputError
from vtour.files import replacing
from vtour.glb.document import Document, JsonObject
from vtour.glb.mesh import Float32Array, ImageFormat, TexturedMesh
from vtour.glb.pictures import (
    MIME_TYPES,
    MapKind,
    Picture,
    PictureFormat,
    encode_image,
    encode_maps,
)
from vtour.glb.scene import Part, Scene, scene_of_mesh
from vtour.glb.xmp import Credits, add_credits

SMALLEST = 1e-12
UNIT_SLACK = 1e-5  # what the validator allows is more


def write_glb(
    path: Path,
    mesh: TexturedMesh,
    *,
    image_format: ImageFormat = ImageFormat.png,
    quality: int = 90,
    copyright: str | None = None,
    name: str = "site",
) -> None:
    """Write ``mesh`` to ``path``, all or nothing; same mesh and options, same bytes.

    image_format : png is lossless; webp needs EXT_texture_webp, without a fallback picture.
    quality      : of jpg and webp, 1 to 100.
    copyright    : goes to ``asset.copyright``, with the author and licence in one line.

    Raises InputError for a mesh without faces, or whose arrays do not fit each other.
    """
    scene = replace(scene_of_mesh(mesh), copyright=copyright)
    pictures = {}
    if mesh.texture is not None:
        data = encode_image(mesh.texture, image_format, quality)
        pictures[id(mesh.texture)] = Picture(data, MIME_TYPES[image_format])
    with replacing(path) as temporary:
        temporary.write_bytes(plain_glb(scene, pictures, name=name))


def write_scene(
    path: Path,
    scene: Scene,
    *,
    picture_format: PictureFormat = PictureFormat.png,
    quality: int = 95,
    credits: Credits | None = None,
    name: str = "site",
) -> None:
    """Write a scene as plain GLB, all or nothing; same scene and options, same bytes.

    Raises InputError for a scene without faces, or whose arrays do not fit each other.
    """
    check_scene(scene)
    pictures = encode_maps(scene, picture_format, dict.fromkeys(MapKind, quality))
    with replacing(path) as temporary:
        temporary.write_bytes(plain_glb(scene, pictures, credits=credits, name=name))


def plain_glb(
    scene: Scene,
    pictures: dict[int, Picture],
    *,
    credits: Credits | None = None,
    name: str = "site",
) -> bytes:
    """The bytes of a scene as plain GLB, with encoded pictures by ``id`` of their pixels.

    Raises InputError for a scene without faces, or whose arrays do not fit each other.
    """
    check_scene(scene)
    document = Document(name, scene.copyright)
    add_credits(document, credits)
    for part in scene.parts:
        attributes = {"POSITION": document.add_vertices(_floats(part.positions), bounds=True)}
        for key, values in _optional(part).items():
            attributes[key] = document.add_vertices(_floats(values))
        indices = document.add_indices(part.faces)
        add_part(document, part, attributes, indices)
    add_nodes(document, scene.parts)
    document.add_materials(scene, pictures, [None] * len(scene.materials))
    return document.glb()


def _optional(part: Part) -> dict[str, Float32Array]:
    """Attributes of a part beside its positions, as glTF wants them."""
    found: dict[str, Float32Array] = {}
    if part.normals is not None:
        found["NORMAL"] = unit_vectors(part.normals)
    if part.tangents is not None and part.normals is not None:
        signs = np.where(part.tangents[:, 3:] < 0, -1, 1)
        found["TANGENT"] = np.concatenate([unit_vectors(part.tangents[:, :3]), signs], axis=1)
    if part.uvs is not None:
        found["TEXCOORD_0"] = np.nan_to_num(part.uvs)
    if part.colours is not None:
        found["COLOR_0"] = np.clip(np.nan_to_num(part.colours), 0, 1)
    return found


def _floats(values: Float32Array) -> Float32Array:
    return np.ascontiguousarray(values, dtype="<f4")


def unit_vectors(vectors: Float32Array) -> Float32Array:
    """The same directions (n, 3) with length 1; +Y for those that have none or are not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > SMALLEST)
    off = np.abs(lengths - 1) > UNIT_SLACK
    unit = np.where(off, vectors / np.where(usable, lengths, 1), vectors)
    return np.where(usable, unit, [0.0, 1.0, 0.0]).astype(np.float32)


def add_part(
    document: Document,
    part: Part,
    attributes: dict[str, int],
    indices: int,
    extensions: JsonObject | None = None,
) -> None:
    """A mesh of one primitive."""
    primitive = {"attributes": attributes, "indices": indices, "material": part.material}
    if extensions:
        primitive["extensions"] = extensions
    name = {"name": part.name} if part.name else {}
    document.meshes.append({**name, "primitives": [primitive]})


def add_nodes(
    document: Document,
    parts: list[Part],
    offset: list[float] | None = None,
    scale: float | None = None,
) -> None:
    """A node for each mesh; one above them when there are several, with the place of all."""
    place: dict[str, object] = {"name": document.name}
    if offset and any(offset):
        place["translation"] = offset
    if scale not in (None, 1.0):
        place["scale"] = [scale] * 3
    if len(parts) == 1:
        document.nodes.append({**place, "mesh": 0})
        return
    children = list(range(1, len(parts) + 1))
    document.nodes.append({**place, "children": children})
    for index, part in enumerate(parts):
        name = {"name": part.name} if part.name else {}
        document.nodes.append({**name, "mesh": index})


def check_scene(scene: Scene) -> None:
    """Raise InputError when a scene has no faces, or arrays that do not fit each other."""
    if not scene.parts:
        raise InputError("mesh: no parts, expected some faces")
    for part in scene.parts:
        _check_part(part, len(scene.materials))


def _check_part(part: Part, materials: int) -> None:
    count = len(part.positions)
    if not count or not len(part.faces):
        raise InputError(f"mesh: {count} vertices, {len(part.faces)} faces, expected some of both")
    if int(part.faces.max()) >= count:
        raise InputError(f"mesh: a face names vertex {int(part.faces.max())} of {count}")
    if not np.isfinite(part.positions).all():
        raise InputError("mesh: a position is not a finite number, expected coordinates")
    if not 0 <= part.material < materials:
        raise InputError(f"mesh: material {part.material} of {materials}")
    for what, values in (
        ("normals", part.normals),
        ("tangents", part.tangents),
        ("texture coordinates", part.uvs),
        ("colours", part.colours),
    ):
        if values is not None and len(values) != count:
            raise InputError(f"mesh: {len(values)} {what}, expected {count}")
