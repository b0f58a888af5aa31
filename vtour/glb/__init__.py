"""Binary glTF: one textured mesh in, one textured mesh out.

Below the stage folders, because texturing, derivatives and the synthetic site all need it.
"""

from vtour.glb.mesh import ImageFormat, TexturedMesh
from vtour.glb.read import read_glb
from vtour.glb.write import write_glb

__all__ = ["ImageFormat", "TexturedMesh", "read_glb", "write_glb"]
