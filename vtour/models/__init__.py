"""Models of any origin: GLB, glTF, OBJ and PLY are read into one ``Scene``.

Above ``vtour.glb``, whose parts it reads glTF with, and below the stage folders. All that is
hostile in a file from outside ends here.
"""

from vtour.models.read import (
    ModelFormat,
    is_animated,
    model_format,
    read_at_rest,
    read_scene,
    what_moves,
)

__all__ = [
    "ModelFormat",
    "is_animated",
    "model_format",
    "read_at_rest",
    "read_scene",
    "what_moves",
]
