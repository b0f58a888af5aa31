"""Write a mesh for the web: quantised, meshopt-compressed, with a WebP texture.

Positions become integers of at most 16 bits, placed by the node's scale and translation;
texture coordinates become normalised 16-bit integers. Normals are left out: the material is
unlit. Bits are chosen by measurement, see ``POSITION_BITS``.
"""

import tempfile
from pathlib import Path

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from vtour.files import replacing
from vtour.glb.container import glb_from_parts
from vtour.glb.mesh import Float32Array, ImageFormat, TexturedMesh
from vtour.glb.write import document_from_material, plain_json
from vtour.node import run_script

UNORM16 = 65535


def write_web_glb(
    path: Path,
    mesh: TexturedMesh,
    picture: bytes | None,
    *,
    position_bits: int = 14,
    uv_bits: int = 14,
    copyright: str | None = None,
    name: str = "site",
) -> None:
    """Write ``mesh`` with an encoded WebP ``picture`` as its texture, all or nothing.

    Raises ResourceError when Node or its packages are missing.
    """
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder, replacing(path) as temporary:
        plain = Path(folder, "plain.glb")
        plain.write_bytes(quantised_glb(mesh, picture, position_bits, uv_bits, copyright, name))
        run_script("compress", plain, temporary)


def expand_web_glb(source: Path, target: Path) -> None:
    """Write the plain twin of a compressed GLB: the same content, decoded by meshopt."""
    with replacing(target) as temporary:
        run_script("expand", source, temporary)


def quantised_glb(
    mesh: TexturedMesh,
    picture: bytes | None,
    position_bits: int,
    uv_bits: int,
    copyright: str | None,
    name: str,
) -> bytes:
    """The GLB before compression: one buffer view for each attribute, 32-bit indices."""
    document = document_from_material(picture is not None, ImageFormat.webp, copyright, name)
    document.extensionsUsed = [*document.extensionsUsed, "KHR_mesh_quantization"]
    document.extensionsRequired = [*document.extensionsRequired, "KHR_mesh_quantization"]
    places, offset, scale = quantise_positions(mesh.positions, position_bits)
    document.nodes[0].translation = offset
    document.nodes[0].scale = [scale] * 3
    attributes = gltf.Attributes(POSITION=0)
    blob = bytearray(_padded_rows(places, 4).tobytes())
    document.bufferViews = [
        gltf.BufferView(
            buffer=0, byteOffset=0, byteLength=len(blob), byteStride=8, target=gltf.ARRAY_BUFFER
        )
    ]
    document.accessors = [
        gltf.Accessor(
            bufferView=0,
            componentType=gltf.UNSIGNED_SHORT,
            count=len(places),
            type="VEC3",
            min=[int(value) for value in places.min(axis=0)],
            max=[int(value) for value in places.max(axis=0)],
        )
    ]
    if picture is not None:
        attributes.TEXCOORD_0 = 1
        uvs = quantise_uvs(mesh.uvs, uv_bits)
        _add_view(document, blob, uvs.tobytes(), gltf.ARRAY_BUFFER, stride=4)
        document.accessors.append(
            gltf.Accessor(
                bufferView=1,
                componentType=gltf.UNSIGNED_SHORT,
                normalized=True,
                count=len(uvs),
                type="VEC2",
            )
        )
    indices = mesh.faces.astype("<u4")
    view = _add_view(document, blob, indices.tobytes(), gltf.ELEMENT_ARRAY_BUFFER)
    document.accessors.append(
        gltf.Accessor(
            bufferView=view, componentType=gltf.UNSIGNED_INT, count=indices.size, type="SCALAR"
        )
    )
    primitive = gltf.Primitive(attributes=attributes, indices=view, material=0)
    document.meshes = [gltf.Mesh(name=name, primitives=[primitive])]
    if picture is not None:
        document.images[0].bufferView = _add_view(document, blob, picture, None)
    document.buffers = [gltf.Buffer(byteLength=len(blob))]
    return glb_from_parts(plain_json(document), bytes(blob))


def quantise_positions(
    positions: Float32Array, bits: int
) -> tuple[NDArray[np.uint16], list[float], float]:
    """Integers, offset and scale such that ``position = offset + scale * integer``.

    One scale for all axes, so that no rotation or normal is skewed.
    """
    low = positions.min(axis=0).astype(np.float64)
    extent = float((positions.max(axis=0) - low).max())
    scale = extent / (2**bits - 1) if extent > 0 else 1.0
    places = np.rint((positions - low) / scale).astype("<u2")
    return places, [float(value) for value in low], scale


def quantise_uvs(uvs: Float32Array, bits: int) -> NDArray[np.uint16]:
    """Normalised 16-bit coordinates on a grid of ``bits`` bits: fewer bits compress better."""
    step = 1 << (16 - bits)
    grid = np.rint(np.clip(uvs, 0, 1).astype(np.float64) * (UNORM16 / step)) * step
    result: NDArray[np.uint16] = np.minimum(grid, UNORM16).astype(np.uint16)
    return result


def _padded_rows(values: NDArray[np.uint16], width: int) -> NDArray[np.uint16]:
    rows = np.zeros((len(values), width), "<u2")
    rows[:, : values.shape[1]] = values
    return rows


def _add_view(
    document: gltf.GLTF2,
    blob: bytearray,
    data: bytes,
    target: int | None,
    *,
    stride: int | None = None,
) -> int:
    blob += b"\0" * (-len(blob) % 4)
    document.bufferViews.append(
        gltf.BufferView(
            buffer=0,
            byteOffset=len(blob),
            byteLength=len(data),
            byteStride=stride,
            target=target,
        )
    )
    blob += data
    return len(document.bufferViews) - 1
