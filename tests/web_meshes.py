"""Textured meshes as web versions, with a picture that the test has encoded."""

from dataclasses import replace

from vtour.glb.pictures import Picture
from vtour.glb.scene import scene_of_mesh
from vtour.optimise.writing.geometry import Compression, pack_geometry
from vtour.optimise.writing.quantise import GeometryBits
from vtour.optimise.writing.write_web import write_joined


def write_web_mesh(path, mesh, picture, copyright=None):
    """Write ``mesh`` with a WebP ``picture`` or none; returns how many faces were written."""
    bare = mesh if picture is not None else replace(mesh, texture=None)
    scene = replace(scene_of_mesh(bare), copyright=copyright)
    geometry = pack_geometry(scene, Compression.meshopt, GeometryBits())
    pictures = {} if picture is None else {id(mesh.texture): Picture(picture, "image/webp")}
    write_joined(path, scene, geometry, pictures)
    return geometry.faces
