"""Files that belong to models: pictures and buffers that lie beside them, told by their names.

In models/ nothing else lies. In a folder without the usual names, a texture looks like a photo:
there a picture belongs to a model when a material file, a glTF or a PLY's header names it.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from vtour.capture.kinds import IMAGE_SUFFIXES
from vtour.schema.inventory import FileKind

MAX_TEXT_BYTES = 16 << 20
MAX_HEADER_BYTES = 8192
NAMING = {".mtl": MAX_TEXT_BYTES, ".gltf": MAX_TEXT_BYTES, ".ply": MAX_HEADER_BYTES}
"""Files that name pictures, and how much of them is looked at."""


def pictures_of_models(
    paths: Mapping[str, Path], kinds: Mapping[str, FileKind | None]
) -> list[str]:
    """Names of the pictures and buffers, among all files of a folder, that a model names.

    paths, kinds : by the file's name in the captures.
    """
    if FileKind.model not in kinds.values():
        return []
    texts = {
        name: _text_of(path)
        for name, path in paths.items()
        if path.suffix.lower() in NAMING and kinds[name] is not None
    }
    return [
        name
        for name in paths
        if _may_belong(name) and any(_is_named(name, by, text) for by, text in texts.items())
    ]


def _may_belong(name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in IMAGE_SUFFIXES or suffix in (".bin", ".bmp", ".tga")


def _is_named(name: str, by: str, text: str) -> bool:
    """Whether a text names a file that lies in its folder or below."""
    path, folder = PurePosixPath(name), PurePosixPath(by).parent
    return path.is_relative_to(folder) and path.name in text


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(NAMING[path.suffix.lower()])
    except OSError:
        return ""
    return unquote(data.decode("utf-8", "replace"))
