"""Binary glTF: textured meshes and scenes, in and out.

Below the stage folders, because texturing, derivatives and the synthetic site all need it.
"""

from vtour.glb.mesh import ImageFormat, TexturedMesh
from vtour.glb.read import read_glb
from vtour.glb.write import write_glb, write_scene

__all__ = ["ImageFormat", "TexturedMesh", "read_glb", "write_glb", "write_scene"]
