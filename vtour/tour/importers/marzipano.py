"""Read a tour of the Marzipano Tool: ``data.js`` (or ``app-files/data.js``) and its tiles.

``data.js`` is one assignment of JSON, ``var APP_DATA = {...};``: it is read as that and never run.
Angles are radians; a positive pitch looks down (see vtour/tour/exporters/marzipano.py).
"""

import math
import re
from pathlib import Path

from pydantic import Field

from vtour.errors import InputError
from vtour.tour.importers.found import (
    NO_TITLE,
    CubeLevel,
    FoundLink,
    FoundScene,
    FoundSpot,
    FoundTour,
    Loose,
    check_scenes,
    checked,
    json_at,
    needed_file,
    one_line,
    read_text,
    tiles_across,
    title_and_text,
)

ASSIGNMENT = re.compile(r"(?:var|let|const)\s+\w+\s*=\s*")
END = re.compile(r"\s*;?\s*")
FACES = "bdflru"
MAX_FACE_PX = 10432  # of which a sphere of 32768 px can be made


class Place(Loose):
    """Where a hotspot stands, radians."""

    yaw: float
    pitch: float = Field(ge=-2, le=2)


class LinkHotspot(Place):
    """``linkHotspots[]``."""

    target: str


class InfoHotspot(Place):
    """``infoHotspots[]``."""

    title: str = ""
    text: str = ""


class Level(Loose):
    """``levels[]``."""

    tileSize: int = Field(ge=16, le=8192)  # noqa: N815  (Marzipano's names)
    size: int = Field(ge=16, le=1 << 20)
    fallbackOnly: bool = False  # noqa: N815


class SceneData(Loose):
    """``scenes[]``; ``heading`` is ours: radians clockwise from north to the picture's middle."""

    id: str
    name: str = ""
    heading: float | None = None
    north: bool = True
    levels: list[Level] = Field(min_length=1, max_length=24)
    linkHotspots: list[LinkHotspot] = Field(default_factory=list)  # noqa: N815
    infoHotspots: list[InfoHotspot] = Field(default_factory=list)  # noqa: N815


class TourData(Loose):
    """The value of APP_DATA."""

    name: str = ""
    credit: str = ""
    textFormat: str = "html"  # noqa: N815  (ours is "plain": its page shows texts as they are)
    scenes: list[SceneData] = Field(max_length=5000)


def read_marzipano(path: Path) -> FoundTour:
    """Read the tour of a data.js; tiles are looked for in ``tiles/<id>/`` beside it.

    Raises InputError with one line for what cannot be read, and for tiles that are missing.
    """
    text = read_text(path)
    start = ASSIGNMENT.match(text, _after_comments(text))
    if start is None:
        raise InputError(
            f"{path.name}: expected 'var APP_DATA = {{...}}' as the Marzipano Tool has"
        )
    value, end = json_at(text, start.end(), path.name)
    if not END.fullmatch(text, end):
        raise InputError(f"{path.name}: more than the data, expected one assignment of JSON")
    data = checked(TourData, value, path.name)
    is_html = data.textFormat != "plain"
    seen: set[str] = set()
    for scene in data.scenes:
        if scene.id in seen:
            raise InputError(f"{path.name}: scene id {scene.id!r:.60} is used twice")
        seen.add(scene.id)
    return FoundTour(
        title=one_line(data.name, is_html=is_html),
        credit=one_line(data.credit, is_html=is_html),
        scenes=check_scenes(_scene(path.parent, scene, is_html) for scene in data.scenes),
    )


def _after_comments(text: str) -> int:
    """Where the first statement of a script begins; the end when a comment does not end."""
    at = len(text) - len(text.lstrip())
    while text.startswith(("/*", "//"), at):
        mark = "*/" if text.startswith("/*", at) else "\n"
        end = text.find(mark, at + 2)
        if end < 0:
            return len(text)
        at = end + len(mark)
        while text[at : at + 1].isspace():
            at += 1
    return at


def _scene(folder: Path, scene: SceneData, is_html: bool) -> FoundScene:
    return FoundScene(
        name=scene.id,
        title=one_line(scene.name, is_html=is_html),
        picture=_finest_level(folder, scene),
        heading_deg=None
        if scene.heading is None or not scene.north
        else math.degrees(scene.heading),
        links=[
            FoundLink(target=link.target, yaw_deg=_yaw_deg(link), pitch_deg=_pitch_deg(link))
            for link in scene.linkHotspots
        ],
        spots=[_spot(spot, is_html) for spot in scene.infoHotspots],
    )


def _spot(spot: InfoHotspot, is_html: bool) -> FoundSpot:
    title, text = title_and_text(spot.title, spot.text, is_html=is_html)
    return FoundSpot(
        yaw_deg=_yaw_deg(spot), pitch_deg=_pitch_deg(spot), title=title or NO_TITLE, text=text
    )


def _yaw_deg(place: Place) -> float:
    return math.degrees(math.remainder(place.yaw, math.tau))


def _pitch_deg(place: Place) -> float:
    return max(-90.0, min(90.0, -math.degrees(place.pitch)))


def _finest_level(folder: Path, scene: SceneData) -> CubeLevel:
    """The largest level of which a sphere can be made. Levels are numbered by their size."""
    where = f"scene {scene.id!r:.60}"
    ordered = sorted(scene.levels, key=lambda level: level.size)
    usable = [
        (number, level)
        for number, level in enumerate(ordered)
        if not level.fallbackOnly and level.size <= MAX_FACE_PX
    ]
    if not usable:
        raise InputError(f"{where}: no level of at most {MAX_FACE_PX} px, expected one with tiles")
    number, level = usable[-1]
    count = tiles_across(level.size, level.tileSize, where)
    prefix = f"tiles/{scene.id}/{number}"
    return CubeLevel(
        size=level.size,
        tile_px=level.tileSize,
        tiles={
            face: [
                [
                    needed_file(folder, f"{prefix}/{face}/{row}/{column}.jpg", where)
                    for column in range(count)
                ]
                for row in range(count)
            ]
            for face in FACES
        },
    )
