"""What a tour of another viewer says, in our own words, and how it is read safely.

Everything comes from outside: sizes are limited, names of files are confined to the tour's folder,
nothing is fetched from the net, scripts are read as the JSON they must hold, and texts that were
HTML there become plain text here.
"""

import html.parser
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, ValidationError

from vtour.errors import InputError
from vtour.files import path_inside

MAX_CONFIG_BYTES = 16 << 20
MAX_SCENES = 5000
MAX_TILES_ACROSS = 128
MAX_TITLE, MAX_TEXT = 200, 20_000
NO_TITLE = "?"  # of a hotspot without words

ModelT = TypeVar("ModelT", bound=BaseModel)


class Loose(BaseModel):
    """Base of foreign contracts: fields that we do not use are ignored, NaN is an error."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class Equirectangular:
    """One picture of a sphere or of a part of it; angles in degrees, as Pannellum has them.

    is_told : whether the tour tells any of the angles; else the picture's own GPano counts.
    """

    path: Path
    haov_deg: float = 360.0
    vaov_deg: float = 180.0
    offset_deg: float = 0.0
    is_told: bool = True


@dataclass(frozen=True, kw_only=True)
class CubeLevel:
    """Six faces in tiles. tiles[face][row][column] is a path, None for one that may be missing."""

    size: int
    tile_px: int
    tiles: dict[str, list[list[Path | None]]]


@dataclass(frozen=True, kw_only=True)
class FoundSpot:
    """A hotspot: plain text at yaw (right) and pitch (up) in degrees."""

    yaw_deg: float
    pitch_deg: float
    title: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class FoundLink:
    """A way to another scene, by its id in the tour it comes from."""

    target: str
    yaw_deg: float
    pitch_deg: float


@dataclass(frozen=True, kw_only=True)
class FoundScene:
    """A scene. heading_deg : clockwise from north to the picture's middle, None when not told."""

    name: str
    title: str
    picture: Equirectangular | CubeLevel
    heading_deg: float | None = None
    links: list[FoundLink] = field(default_factory=list)
    spots: list[FoundSpot] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class FoundTour:
    """A whole tour; the first scene is where a visit begins."""

    title: str
    credit: str
    scenes: list[FoundScene]
    warnings: list[str] = field(default_factory=list)


def read_text(path: Path) -> str:
    """A configuration's text. Raises InputError when it is too large or no UTF-8."""
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise InputError(f"{path.name}: expected at most {MAX_CONFIG_BYTES:,} bytes")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8, expected UTF-8") from None
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read ({error.strerror})") from None


def json_at(text: str, start: int, name: str) -> tuple[Any, int]:
    """The JSON value that begins at ``start``, and where it ends.

    Raises InputError for what is no strict JSON, and for a key that is written twice.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
    try:
        value, end = decoder.raw_decode(text, start)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: no strict JSON ({error}), expected the tour as JSON") from None
    return value, end


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"key {key!r:.80} is written twice, expected once")
        found[key] = value
    return found


def _refuse_constant(text: str) -> Any:
    raise InputError(f"{text}: expected a finite number")


def checked(model: type[ModelT], value: Any, where: str) -> ModelT:
    """A value of a foreign contract. Raises InputError naming the first field that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{where}: {place}: {first['msg']}, found {first['input']!r:.60}"
        ) from None


def local_file(folder: Path, name: str, where: str) -> Path | None:
    """A file of the tour by its relative address; None when there is none.

    Raises InputError for an address on the net or outside the tour's folder.
    """
    if "://" in name or name.startswith("//") or name.startswith(("data:", "blob:")):
        raise InputError(
            f"{where}: {name!r:.80} is an address, expected a file of the tour: save it first"
        )
    for candidate in dict.fromkeys((name, unquote(name))):
        path = path_inside(folder, candidate)
        if path.is_file():
            return path
    return None


def needed_file(folder: Path, name: str, where: str) -> Path:
    """The same for a file that must be there."""
    path = local_file(folder, name, where)
    if path is None:
        raise InputError(f"{where}: {name!r:.120} not found, expected a file of the tour")
    return path


def tiles_across(size: int, tile_px: int, where: str) -> int:
    """How many tiles a face is wide. Raises InputError for more than any tour has."""
    count = -(-size // tile_px)
    if count > MAX_TILES_ACROSS:
        raise InputError(
            f"{where}: {count} tiles of {tile_px} px across a face, expected at most "
            f"{MAX_TILES_ACROSS}"
        )
    return count


def check_scenes(scenes: Iterable[FoundScene]) -> list[FoundScene]:
    """The scenes, when there are some and their links lead to others. Raises InputError."""
    known = list(scenes)
    names = {scene.name for scene in known}
    if not known:
        raise InputError("tour: no scenes, expected at least one")
    if len(known) > MAX_SCENES:
        raise InputError(f"tour: {len(known):,} scenes, expected at most {MAX_SCENES:,}")
    for scene in known:
        for link in scene.links:
            if link.target not in names:
                raise InputError(
                    f"scene {scene.name!r:.60}: links to {link.target!r:.60}, expected a scene"
                )
    return known


def title_and_text(source: str, more: str = "", *, is_html: bool = True) -> tuple[str, str]:
    """Title and text of a hotspot: of one text alone, its first line is the title."""
    plain, rest = plain_text(source, is_html=is_html), plain_text(more, is_html=is_html)
    title, _, further = plain.partition("\n")
    text = "\n".join(part for part in (further.strip(), rest) if part)
    return title.strip()[:MAX_TITLE], text[:MAX_TEXT]


def one_line(source: str, *, is_html: bool) -> str:
    """A name or a title."""
    return plain_text(source, is_html=is_html).replace("\n", " ")[:MAX_TITLE].strip()


def plain_text(source: str, *, is_html: bool = True) -> str:
    """What a reader sees of a text, in lines: of HTML without tags and scripts."""
    source = source[: 4 * MAX_TEXT]
    if is_html:
        reader = _TextReader()
        reader.feed(source)
        reader.close()
        source = "".join(reader.parts)
    lines = (" ".join(line.split()) for line in source.splitlines())
    text = "\n".join(line for line in lines if line)
    return "".join(c for c in text if c.isprintable() or c == "\n")


class _TextReader(html.parser.HTMLParser):
    """Collects what a reader would see."""

    SILENT = frozenset({"script", "style"})
    BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line or a silent part."""
        self._silent += tag in self.SILENT
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End what began."""
        if tag in self.SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._silent:
            self.parts.append(data)
