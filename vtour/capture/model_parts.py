"""Files that belong to models: pictures and buffers that lie beside them, told by their names.

In models/ nothing else lies. In a folder without the usual names, a texture looks like a photo:
there a picture belongs to a model when a material file, a glTF or a PLY's header names it.

A name counts where it ends its line or its ``uri``, and begins it or stands behind white space, a
slash or a quote. Looking for each name in each text took ``church_u1_1.jpg`` for ``1.jpg``, and
2.6 s of CPU for 500 names and 13 MB; one walk through the lines takes 0.3 s.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from vtour.capture.kinds import IMAGE_SUFFIXES
from vtour.schema.inventory import FileKind

MAX_TEXT_BYTES = 16 << 20
MAX_HEADER_BYTES = 8192
NAMING = {".mtl": MAX_TEXT_BYTES, ".gltf": MAX_TEXT_BYTES, ".ply": MAX_HEADER_BYTES}
"""Files that name pictures, and how much of them is looked at."""
URI = re.compile(r'"uri"\s*:\s*"((?!data:)[^"]{1,4096})"')
BEFORE = frozenset(" \t/\\\"'")
"""What may stand before a name."""


def pictures_of_models(
    paths: Mapping[str, Path], kinds: Mapping[str, FileKind | None]
) -> list[str]:
    """Names of the pictures and buffers, among all files of a folder, that a model names.

    paths, kinds : by the file's name in the captures.
    """
    if FileKind.model not in kinds.values():
        return []
    places: dict[str, list[str]] = {}
    for name in paths:
        if _may_belong(name):
            places.setdefault(_composed(PurePosixPath(name).name), []).append(name)
    found: set[str] = set()
    for by, path in paths.items():
        if path.suffix.lower() in NAMING and kinds[by] is not None:
            folder = PurePosixPath(by).parent
            for named in names_in(_lines_of(path), places):
                found |= {one for one in places[named] if PurePosixPath(one).is_relative_to(folder)}
    return [name for name in paths if name in found]


def names_in(lines: Iterable[str], names: Iterable[str]) -> set[str]:
    """Those file names with which a line ends, each behind a boundary."""
    wanted = frozenset(names)
    lengths = sorted({len(name) for name in wanted})
    found: set[str] = set()
    for line in lines:
        text = line.rstrip(" \t\r\"'")
        for length in lengths:
            if length > len(text):
                break
            is_behind = length == len(text) or text[-length - 1] in BEFORE
            if is_behind and text[-length:] in wanted:
                found.add(text[-length:])
    return found


def _may_belong(name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix in IMAGE_SUFFIXES or suffix in (".bin", ".bmp", ".tga")


def _lines_of(path: Path) -> Iterator[str]:
    """The lines of a text, or the ``uri`` of a glTF."""
    suffix = path.suffix.lower()
    try:
        with path.open("rb") as stream:
            text = stream.read(NAMING[suffix]).decode("utf-8", "replace")
    except OSError:
        return
    if suffix == ".gltf":
        yield from (_composed(unquote(_unescaped(uri))) for uri in URI.findall(text))
    else:
        yield from _composed(text).splitlines()


def _unescaped(text: str) -> str:
    """A string of JSON, whose letters may be written as numbers."""
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _composed(text: str) -> str:
    """As macOS does not write names: letters and their marks as one."""
    return unicodedata.normalize("NFC", text)
