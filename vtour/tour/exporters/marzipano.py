"""A tour for Marzipano 0.10: ``data.js`` in the form of the Marzipano Tool, tiles, a page.

Written after google/marzipano: geometries/Cube.js, sources/ImageUrl.js, demos/sample-tour. Angles
are radians; in its code a positive pitch looks DOWN (``y = -sin(pitch)`` in views/Rectilinear.js),
whatever its comments say. Level 0 is the preview, six faces of one picture in the order bdflru.
A level's edge must be a multiple of its tiles and of the level before: tiles are as large as the
coarsest level above the preview, 652 px for the widths of our pyramids.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from vtour.files import write_text
from vtour.progress import Progress, no_progress, part_of
from vtour.tour.cube import face_levels
from vtour.tour.exporters.cube_tiles import write_cube_tiles, write_jpeg
from vtour.tour.exporters.library import copy_library, copy_pages, write_page
from vtour.tour.exporters.scenes import Direction, Scene, SceneTour
from vtour.tour.exporters.words import page_words
from vtour.tour.package_sphere import package_sphere

PREVIEW_FACES = "bdflru"
FOV = 1.3962634015954636  # 80 degrees, the smaller side of the window's
OFF_AXIS = {"yaw": 1e-3, "pitch": 3.1e-4}
"""Radians that a first view is off where it would be 0: exactly there, corners of tiles lie in the
plane of the eye, where some renderers (SwiftShader) drop the tile; equal angles do so again."""
LIBRARY = {"marzipano.js": "marzipano/dist/marzipano.js"}
LICENCES = [
    "marzipano/dist/LICENSE.txt",
    "bowser/LICENSE",
    "gl-matrix/LICENSE.md",
    "hammerjs/LICENSE.md",
    "minimal-event-emitter/LICENSE",
]
DATA_PREFIX = "var APP_DATA = "


def export_marzipano(
    package: Path, tour: SceneTour, out: Path, quality: int, progress: Progress = no_progress
) -> None:
    """Write the whole folder. Raises InputError for tiles of the package that are not usable."""
    scenes = []
    for number, scene in enumerate(tour.scenes):
        part = part_of(progress, number / len(tour.scenes), (number + 1) / len(tour.scenes))
        levels = _write_tiles(package, scene, out, quality, part)
        scenes.append(scene_data(scene, levels, tour.has_north))
    write_text(out / "data.js", data_js(tour, scenes))
    copy_library(LIBRARY, LICENCES, out / "lib")
    values = {"lang": tour.language, "title": tour.title, **page_words(tour.language)}
    write_page("marzipano", "index.html", out, values)
    copy_pages("marzipano", ["index.js", "style.css"], out)


def data_js(tour: SceneTour, scenes: list[dict[str, Any]]) -> str:
    """The text of ``data.js``: one assignment of strict JSON."""
    data = {
        "name": tour.title,
        "credit": tour.credit,
        "textFormat": "plain",
        "scenes": scenes,
        "settings": {
            "mouseViewMode": "drag",
            "autorotateEnabled": False,
            "fullscreenButton": True,
            "viewControlButtons": True,
        },
    }
    return DATA_PREFIX + json.dumps(data, ensure_ascii=False, indent=2) + ";\n"


def scene_data(scene: Scene, levels: list[int], has_north: bool) -> dict[str, Any]:
    """One scene as the Marzipano Tool writes it, and ``heading``, which keeps our heading, with
    ``north``, whether that counts from north.

    levels : edges of its faces in pixels, coarse to fine; the first is the preview's.
    """
    return {
        "id": scene.id,
        "name": scene.name,
        "heading": _rounded(scene.heading),
        "north": has_north,
        "levels": [
            {"tileSize": levels[0], "size": levels[0], "fallbackOnly": True},
            *({"tileSize": levels[1], "size": size} for size in levels[1:]),
        ],
        "faceSize": levels[-1],
        "initialViewParameters": {
            **{name: angle or OFF_AXIS[name] for name, angle in _angles(scene.start).items()},
            "fov": FOV,
        },
        "linkHotspots": [
            {**_angles(link.at), "rotation": 0, "target": link.target} for link in scene.links
        ],
        "infoHotspots": [
            {**_angles(spot.at), "title": spot.title, "text": spot.text} for spot in scene.spots
        ],
    }


def preview_strip(faces: dict[str, Any]) -> Any:
    """Six faces (n, n, 3) above each other, in the order in which Marzipano looks for them."""
    return np.concatenate([faces[face] for face in PREVIEW_FACES])


def _angles(at: Direction) -> dict[str, float]:
    return {"yaw": _rounded(at.yaw), "pitch": _rounded(-at.pitch)}


def _rounded(angle: float) -> float:
    return round(angle, 9) + 0.0


def _write_tiles(
    package: Path, scene: Scene, out: Path, quality: int, progress: Progress
) -> list[int]:
    folder = out / "tiles" / scene.id
    with package_sphere(package, scene.panorama) as sphere:
        levels = face_levels(sphere.shape[1])
        if len(levels) == 1:  # a level to see besides the preview
            levels = face_levels(sphere.shape[1], levels[0] - 1)
        whole = write_cube_tiles(
            sphere,
            folder,
            levels,
            levels[1],
            lambda level, face, row, column: f"{level}/{face}/{row}/{column}.jpg",
            quality=quality,
            whole_level=0,
            progress=progress,
        )
    write_jpeg(folder / "preview.jpg", preview_strip(whole), quality)
    return levels
