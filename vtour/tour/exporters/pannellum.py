"""A tour for Pannellum 2.5: ``tour.json``, cube tiles, the library, and a page that opens it.

Written after doc/json-config-parameters.md and utils/multires/generate.py of mpetroff/pannellum.
Yaw and pitch have our signs, in degrees; level 1 is the coarsest; the tile ``f0_1`` is row 0,
column 1 of the front face. ``escapeHTML`` is on, without it texts would be read as HTML: at the
top of the file, where the code looks (``initialConfig.escapeHTML``), not among the defaults.
"""

from pathlib import Path
from typing import Any

from vtour.files import write_json
from vtour.progress import Progress, no_progress, part_of
from vtour.tour.cube import face_levels
from vtour.tour.exporters.cube_tiles import write_cube_tiles, write_jpeg
from vtour.tour.exporters.library import copy_library, copy_pages, write_page
from vtour.tour.exporters.scenes import Direction, Scene, SceneSpot, SceneTour
from vtour.tour.exporters.words import pannellum_words
from vtour.tour.package_sphere import package_sphere

TILE_PX = 512
FADE_MS = 500
FALLBACK_LEVEL = 1  # whole faces of at most 1024 px, for browsers without WebGL
LIBRARY = {
    "pannellum.js": "pannellum/build/pannellum.js",
    "pannellum.css": "pannellum/build/pannellum.css",
}
LICENCES = ["pannellum/COPYING"]


def export_pannellum(
    package: Path, tour: SceneTour, out: Path, quality: int, progress: Progress = no_progress
) -> None:
    """Write the whole folder. Raises InputError for tiles of the package that are not usable."""
    scenes: dict[str, Any] = {}
    for number, scene in enumerate(tour.scenes):
        part = part_of(progress, number / len(tour.scenes), (number + 1) / len(tour.scenes))
        levels = _write_tiles(package, scene, out, quality, part)
        scenes[scene.id] = scene_config(scene, levels, tour.has_north)
    config = {"escapeHTML": True, "default": default_config(tour), "scenes": scenes}
    write_json(out / "tour.json", config)
    copy_library(LIBRARY, LICENCES, out / "lib")
    write_page("pannellum", "index.html", out, {"lang": tour.language, "title": tour.title})
    copy_pages("pannellum", ["tour.js", "tour.css"], out)


def default_config(tour: SceneTour) -> dict[str, Any]:
    """What holds in every scene."""
    words = pannellum_words(tour.language)
    return {
        "firstScene": tour.scenes[0].id,
        "title": tour.title,
        "sceneFadeDuration": FADE_MS,
        "autoLoad": True,
        **({"author": tour.credit} if tour.credit else {}),
        **({"strings": words} if words else {}),
    }


def scene_config(scene: Scene, levels: list[int], has_north: bool) -> dict[str, Any]:
    """One scene. ``levels`` are the edges of its faces in pixels, coarse to fine."""
    links = [
        {
            "type": "scene",
            "sceneId": link.target,
            "text": link.name,
            **_angles(link.at),
            "targetYaw": "sameAzimuth",
            "targetPitch": "same",
            "targetHfov": "same",
        }
        for link in scene.links
    ]
    spots = [
        {"type": "info", "id": spot.id, "text": _text(spot), **_angles(spot.at)}
        for spot in scene.spots
    ]
    return {
        "title": scene.name,
        "type": "multires",
        **_angles(scene.start),
        "northOffset": scene.heading_deg,
        "compass": has_north,
        "hotSpots": links + spots,
        "multiRes": {
            "basePath": f"tiles/{scene.id}",
            "path": "/%l/%s%y_%x",
            "fallbackPath": "/fallback/%s",
            "extension": "jpg",
            "tileResolution": TILE_PX,
            "maxLevel": len(levels),
            "cubeResolution": levels[-1],
        },
    }


def _angles(at: Direction) -> dict[str, float]:
    return {"yaw": at.yaw_deg, "pitch": at.pitch_deg}


def _text(spot: SceneSpot) -> str:
    return f"{spot.title}\n{spot.text}" if spot.text else spot.title


def _write_tiles(
    package: Path, scene: Scene, out: Path, quality: int, progress: Progress
) -> list[int]:
    folder = out / "tiles" / scene.id
    with package_sphere(package, scene.panorama) as sphere:
        levels = face_levels(sphere.shape[1], TILE_PX)
        whole = write_cube_tiles(
            sphere,
            folder,
            levels,
            TILE_PX,
            lambda level, face, row, column: f"{level + 1}/{face}{row}_{column}.jpg",
            quality=quality,
            whole_level=min(FALLBACK_LEVEL, len(levels) - 1),
            progress=progress,
        )
    for face, image in whole.items():
        write_jpeg(folder / "fallback" / f"{face}.jpg", image, quality)
    return levels
