"""Any model: told by its content, read into one scene."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from vtour.errors import InputError
from vtour.files import kind_of_content
from vtour.glb.accessors import BROKEN
from vtour.glb.scene import Scene
from vtour.models.document import moving_parts, read_document
from vtour.models.gltf import read_gltf
from vtour.models.obj import read_obj
from vtour.models.ply import read_ply


class ModelFormat(StrEnum):
    """What a model may be stored as."""

    glb = "GLB"
    gltf = "glTF"
    obj = "OBJ"
    ply = "PLY"


READERS: dict[ModelFormat, Callable[[Path], Scene]] = {
    ModelFormat.glb: read_gltf,
    ModelFormat.gltf: read_gltf,
    ModelFormat.obj: read_obj,
    ModelFormat.ply: read_ply,
}
MOVES = (ModelFormat.glb, ModelFormat.gltf)


def model_format(path: Path) -> ModelFormat:
    """What a file is: content decides, the suffix only tells texts apart.

    Raises InputError for anything else.
    """
    try:
        content = kind_of_content(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path.name}: cannot be read ({reason})") from None
    if content in ("GLB", "PLY"):
        return ModelFormat(content)
    suffix = path.suffix.lower()
    if content == "text" and suffix in (".gltf", ".obj"):
        return ModelFormat.gltf if suffix == ".gltf" else ModelFormat.obj
    raise InputError(f"{path.name}: found {content}, expected GLB, glTF, OBJ or PLY")


def read_scene(path: Path) -> Scene:
    """All triangles of a model with their materials, textures and vertex colours.

    GLB, glTF with its files beside it, also compressed with meshopt or Draco; OBJ with its
    materials and pictures; PLY, also with its pictures. Axes and units stay those of the file.
    What cannot be kept is told in ``notes``: points and lines, further sets of texture
    coordinates, extensions that only change the look.

    Raises InputError, in one line, for files that are damaged, lie about their size, name files
    outside their folder, need extensions that are not known, have no faces, or move (animations,
    skins, morph targets: ``what_moves`` tells before).
    """
    kind = model_format(path)
    try:
        return READERS[kind](path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path.name}: cannot be read ({reason})") from None
    except MemoryError:
        raise InputError(f"{path.name}: takes more memory than there is") from None


def read_at_rest(path: Path) -> Scene:
    """A glTF whose nodes move, or whose shapes morph, as the file shows it when nothing plays.

    Raises InputError as read_scene does; for skins, too: their bones would have to be followed.
    """
    if model_format(path) not in MOVES:
        return read_scene(path)
    try:
        return read_gltf(path, at_rest=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path.name}: cannot be read ({reason})") from None
    except MemoryError:
        raise InputError(f"{path.name}: takes more memory than there is") from None


def what_moves(path: Path) -> list[str]:
    """'2 animations', '1 skin', '1 mesh with morph targets'; empty for a model that stands still.

    Reads the document alone. Raises InputError when it is broken.
    """
    if model_format(path) not in MOVES:
        return []
    try:
        return moving_parts(read_document(path))
    except BROKEN as error:
        raise InputError(f"{path.name}: its glTF is broken ({type(error).__name__})") from None


def is_animated(path: Path) -> bool:
    """Whether a model moves, so that it must be kept as it is."""
    return bool(what_moves(path))
