"""Read a Pannellum tour: tour.json, or an index.html that calls ``pannellum.viewer`` with JSON.

Fields are those of doc/json-config-parameters.md; scenes may be equirectangular, multires or
cubemap. Yaw and pitch have our signs, in degrees.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from vtour.errors import InputError
from vtour.tour.importers.found import (
    NO_TITLE,
    CubeLevel,
    Equirectangular,
    FoundLink,
    FoundScene,
    FoundSpot,
    FoundTour,
    Loose,
    check_scenes,
    checked,
    json_at,
    local_file,
    needed_file,
    one_line,
    plain_text,
    read_text,
    tiles_across,
    title_and_text,
)

CALL = re.compile(r"pannellum\s*\.\s*viewer\s*\(\s*(?:'[^']*'|\"[^\"]*\"|[\w.]+)\s*,\s*")
CUBEMAP_FACES = "frblud"
FACES = "fbudlr"
MAX_FACE_PX = 16384
MIN_ANGLE_DEG = 1  # of a view: no panorama is less
SINGLE = "scene"  # the id of the scene of a configuration that has no tour


class HotSpot(Loose):
    """``hotSpots[]``."""

    yaw: float = 0.0
    pitch: float = Field(default=0.0, ge=-90, le=90)
    type: str = "info"
    text: str = ""
    URL: str | None = None
    sceneId: str | None = None  # noqa: N815  (Pannellum's name)


class MultiRes(Loose):
    """``multiRes``."""

    basePath: str = ""  # noqa: N815
    path: str
    extension: str = "jpg"
    tileResolution: int = Field(ge=16, le=8192)  # noqa: N815
    maxLevel: int = Field(ge=1, le=16)  # noqa: N815
    cubeResolution: int = Field(ge=16, le=MAX_FACE_PX)  # noqa: N815
    missingTiles: str | None = None  # noqa: N815


class SceneConfig(Loose):
    """One scene with the defaults of the tour."""

    type: str = "equirectangular"
    title: str = ""
    author: str = ""
    basePath: str = ""  # noqa: N815
    panorama: str | None = None
    cubeMap: list[str | None] | None = None  # noqa: N815
    multiRes: MultiRes | None = None  # noqa: N815
    haov: float = Field(default=360.0, ge=MIN_ANGLE_DEG, le=360)
    vaov: float = Field(default=180.0, ge=MIN_ANGLE_DEG, le=180)
    vOffset: float = Field(default=0.0, ge=-90, le=90)  # noqa: N815
    northOffset: float | None = None  # noqa: N815
    compass: bool = True
    """False in our exports where north is not known: northOffset only keeps headings then."""
    horizonPitch: float = 0.0  # noqa: N815
    horizonRoll: float = 0.0  # noqa: N815
    hotSpots: list[HotSpot] = Field(default_factory=list)  # noqa: N815


def is_pannellum_page(text: str) -> bool:
    """Whether a page opens Pannellum by itself."""
    return CALL.search(text) is not None


def read_pannellum(path: Path) -> FoundTour:
    """Read the tour of a .json or .html file; addresses in it count from the file's folder.

    Raises InputError with one line for what cannot be read, and for scenes whose pictures are not
    in that folder.
    """
    config = _config_of(path)
    scenes = config.get("scenes")
    default = config.get("default", {})
    if scenes is None:
        scenes, default = {SINGLE: config}, {}
    if not isinstance(scenes, dict) or not isinstance(default, dict):
        raise InputError(f"{path.name}: found no scenes by their ids, expected a Pannellum tour")
    first = default.get("firstScene")
    names = sorted(scenes, key=lambda name: name != first)
    is_html = config.get("escapeHTML") is not True  # counts at the top only, as in Pannellum
    warnings: list[str] = []
    found = [_scene(path, name, default, scenes[name], warnings, is_html) for name in names]
    own = checked(SceneConfig, default | {"hotSpots": []}, f"{path.name}: default")
    return FoundTour(
        title=one_line(own.title, is_html=is_html),
        credit=one_line(own.author, is_html=is_html),
        scenes=check_scenes(found),
        warnings=warnings,
    )


def _config_of(path: Path) -> dict[str, Any]:
    text = read_text(path)
    start = 0
    if path.suffix.lower() in (".html", ".htm"):
        call = CALL.search(text)
        if call is None:
            raise InputError(f"{path.name}: no call of pannellum.viewer, expected a Pannellum page")
        start = call.end()
    else:
        start = len(text) - len(text.lstrip())
    value, _ = json_at(text, start, path.name)
    if not isinstance(value, dict):
        raise InputError(f"{path.name}: found no JSON object, expected a Pannellum configuration")
    return value


def _scene(
    path: Path,
    name: str,
    default: dict[str, Any],
    value: Any,
    warnings: list[str],
    is_html: bool,
) -> FoundScene:
    where = f"scene {name!r:.60}"
    if not isinstance(value, dict):
        raise InputError(f"{where}: found no JSON object, expected a scene")
    config = checked(SceneConfig, default | value, where)
    if config.horizonPitch or config.horizonRoll:
        warnings.append(f"{where}: horizonPitch and horizonRoll are not carried over")
    return FoundScene(
        name=name,
        title=one_line(config.title, is_html=is_html),
        picture=_picture(path.parent, config, where),
        heading_deg=config.northOffset if config.compass else None,
        links=[
            FoundLink(target=spot.sceneId, yaw_deg=_around(spot.yaw), pitch_deg=spot.pitch)
            for spot in config.hotSpots
            if spot.sceneId is not None
        ],
        spots=[_spot(spot, is_html) for spot in config.hotSpots if spot.sceneId is None],
    )


def _spot(spot: HotSpot, is_html: bool) -> FoundSpot:
    title, text = title_and_text(spot.text, is_html=is_html)
    address = plain_text(spot.URL or "")
    if address.startswith(("https://", "http://")):
        text = f"{text}\n{address}".strip()
    return FoundSpot(
        yaw_deg=_around(spot.yaw), pitch_deg=spot.pitch, title=title or NO_TITLE, text=text
    )


def _around(angle_deg: float) -> float:
    return math.remainder(angle_deg, 360)


def _picture(folder: Path, config: SceneConfig, where: str) -> Equirectangular | CubeLevel:
    if config.type == "equirectangular" and config.panorama is not None:
        return Equirectangular(
            path=needed_file(folder, _joined(config.basePath, config.panorama), where),
            haov_deg=config.haov,
            vaov_deg=config.vaov,
            offset_deg=config.vOffset,
            is_told=bool({"haov", "vaov", "vOffset"} & config.model_fields_set),
        )
    if config.type == "multires" and config.multiRes is not None:
        return _multires(folder, config.basePath, config.multiRes, where)
    if config.type == "cubemap" and config.cubeMap is not None:
        return _cubemap(folder, config, where)
    raise InputError(
        f"{where}: type {config.type!r:.40} without its picture, expected equirectangular with "
        "panorama, multires with multiRes, or cubemap with cubeMap"
    )


def _joined(base: str, name: str) -> str:
    """Two parts of an address as Pannellum joins them; '/a' alone counts from the tour."""
    return base + name if base else name.removeprefix("/") if name[:2] != "//" else name


def _multires(folder: Path, base: str, shape: MultiRes, where: str) -> CubeLevel:
    count = tiles_across(shape.cubeResolution, shape.tileResolution, where)
    template = f"{_joined(base + shape.basePath, shape.path)}.{shape.extension}"
    find: Callable[[Path, str, str], Path | None] = (
        local_file if shape.missingTiles is not None else needed_file
    )

    def tile(face: str, row: int, column: int) -> Path | None:
        values = {"l": shape.maxLevel, "s": face, "x": column, "y": row}
        name = re.sub("%([lsxy])", lambda found: str(values[found[1]]), template)
        return find(folder, name, where)

    return CubeLevel(
        size=shape.cubeResolution,
        tile_px=shape.tileResolution,
        tiles={
            face: [[tile(face, row, column) for column in range(count)] for row in range(count)]
            for face in FACES
        },
    )


def _cubemap(folder: Path, config: SceneConfig, where: str) -> CubeLevel:
    from vtour.files import open_image

    names = config.cubeMap or []
    if len(names) != len(CUBEMAP_FACES):
        raise InputError(f"{where}: cubeMap has {len(names)} pictures, expected six")
    paths = {
        face: needed_file(folder, _joined(config.basePath, name or ""), where)
        for face, name in zip(CUBEMAP_FACES, names, strict=True)
    }
    with open_image(paths["f"]) as image:
        size = image.width
    if size > MAX_FACE_PX:
        raise InputError(f"{where}: faces of {size} px, expected at most {MAX_FACE_PX}")
    return CubeLevel(size=size, tile_px=size, tiles={face: [[paths[face]]] for face in paths})
