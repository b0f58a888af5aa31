"""A textured mesh as a web version, and back: thin over ``write_web``."""

from dataclasses import replace
from pathlib import Path

from vtour.files import replacing
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.mesh import TexturedMesh
from vtour.glb.pictures import Picture
from vtour.glb.scene import scene_of_mesh
from vtour.node import run_script
from vtour.optimise.draco import EXTENSION as DRACO
from vtour.optimise.draco import plain_twin
from vtour.optimise.geometry import Compression, pack_geometry
from vtour.optimise.quantise import GeometryBits
from vtour.optimise.write_web import write_joined


def write_web_glb(
    path: Path,
    mesh: TexturedMesh,
    picture: bytes | None,
    *,
    position_bits: int = 14,
    uv_bits: int = 14,
    copyright: str | None = None,
    name: str = "site",
) -> int:
    """Write ``mesh`` with an encoded WebP ``picture`` as its texture, all or nothing.

    Returns how many faces were written: those that quantising flattens are not.

    Raises ResourceError when Node or its packages are missing.
    """
    bare = mesh if picture is not None else replace(mesh, texture=None)
    scene = replace(scene_of_mesh(bare), copyright=copyright)
    bits = GeometryBits(position_bits, uv_bits)
    geometry = pack_geometry(scene, Compression.meshopt, bits, name=name)
    pictures = {} if picture is None else {id(mesh.texture): Picture(picture, "image/webp")}
    write_joined(path, scene, geometry, pictures)
    return geometry.faces


def expand_web_glb(source: Path, target: Path) -> None:
    """Write the plain twin of a compressed GLB: the same content, decoded by meshopt or Draco.

    Raises InputError when the file is no GLB, or its Draco geometry cannot be decoded.
    """
    document, blob = parts_from_glb(source)
    with replacing(target) as temporary:
        if DRACO in document.get("extensionsUsed", []):
            temporary.write_bytes(glb_from_parts(*plain_twin(document, blob)))
        else:
            run_script("expand", source, temporary)
