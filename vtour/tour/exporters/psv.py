"""A tour for Photo Sphere Viewer 5: the package's own tiles, ``tour.json``, modules, a page.

Written after the types of its packages core, equirectangular-tiles-adapter, virtual-tour-plugin
and markers-plugin. Angles are radians with our signs. Every sphere is turned by its heading
(``sphereCorrection.pan``), so that yaw 0 is the world's -Z in all of them: the view keeps its
heading from node to node, and all directions below count from there.
"""

import json
import math
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.files import path_inside, write_json
from vtour.progress import Progress, no_progress
from vtour.schema.tour import Panorama
from vtour.tour.exporters.library import (
    copy_library,
    copy_pages,
    csp_hash,
    write_page,
)
from vtour.tour.exporters.scenes import Direction, Scene, SceneTour
from vtour.tour.media import copy_file
from vtour.tour.package_sphere import tile_uri

MAX_COLS, MAX_ROWS = 64, 32
MODULES = {
    "three": "three.module.min.js",
    "@photo-sphere-viewer/core": "core.js",
    "@photo-sphere-viewer/equirectangular-tiles-adapter": "equirectangular-tiles-adapter.js",
    "@photo-sphere-viewer/markers-plugin": "markers-plugin.js",
    "@photo-sphere-viewer/virtual-tour-plugin": "virtual-tour-plugin.js",
}
STYLES = ("core", "markers-plugin", "virtual-tour-plugin")
LIBRARY = {
    "three.module.min.js": "three/build/three.module.min.js",
    "three.core.min.js": "three/build/three.core.min.js",
    **{
        name: f"{package}/index.module.js"
        for package, name in MODULES.items()
        if package != "three"
    },
    **{f"{name}.css": f"@photo-sphere-viewer/{name}/index.css" for name in STYLES},
}
LICENCES = ["@photo-sphere-viewer/core/LICENSE", "three/LICENSE"]


def export_psv(package: Path, tour: SceneTour, out: Path, progress: Progress = no_progress) -> None:
    """Write the whole folder.

    Raises InputError for a pyramid whose grid its adapter cannot show, or a missing tile.
    """
    nodes = []
    for number, scene in enumerate(tour.scenes):
        check_grid(scene)
        nodes.append(node_config(scene, _copy_tiles(package, scene.panorama, out)))
        progress((number + 1) / len(tour.scenes), scene.id)
    start = tour.scenes[0]
    write_json(
        out / "tour.json",
        {
            "startNodeId": start.id,
            "start": _position(start, start.start),
            "caption": tour.credit,
            "nodes": nodes,
        },
    )
    copy_library(LIBRARY, LICENCES, out / "lib")
    imports = json.dumps({"imports": {name: f"./lib/{file}" for name, file in MODULES.items()}})
    values = {"lang": tour.language, "title": tour.title, "importmap_hash": csp_hash(imports)}
    write_page("psv", "index.html", out, values, {"importmap": imports})
    copy_pages("psv", ["tour.js", "tour.css"], out)


def check_grid(scene: Scene) -> None:
    """Raise InputError when the adapter cannot show the grid of tiles.

    It wants powers of two, at most 64 x 32 (equirectangular-tiles-adapter/src/utils.ts).
    """
    for level in scene.panorama.levels:
        powers = all(count & (count - 1) == 0 for count in (level.cols, level.rows))
        if not powers or level.cols > MAX_COLS or level.rows > MAX_ROWS:
            raise InputError(
                f"node {scene.id!r}: level of {level.cols} x {level.rows} tiles, expected powers "
                f"of two and at most {MAX_COLS} x {MAX_ROWS} for Photo Sphere Viewer"
            )


def node_config(scene: Scene, template: str) -> dict[str, Any]:
    """One node. ``template`` is the address of its tiles with {level}, {col} and {row}."""
    return {
        "id": scene.id,
        "name": scene.name,
        "panorama": {
            "baseUrl": scene.panorama.base,
            "levels": [level.model_dump() for level in scene.panorama.levels],
            "template": template,
        },
        "sphereCorrection": {"pan": _rounded(-scene.heading)},
        "links": [
            {"nodeId": link.target, "position": _position(scene, link.at)} for link in scene.links
        ],
        "markers": [
            {
                "id": spot.id,
                "position": _position(scene, spot.at),
                "title": spot.title,
                "text": spot.text,
            }
            for spot in scene.spots
        ],
    }


def _position(scene: Scene, at: Direction) -> dict[str, float]:
    """A direction counted from -Z: yaw 0 to 2 pi, as Photo Sphere Viewer writes it."""
    return {"yaw": _rounded((at.yaw + scene.heading) % math.tau), "pitch": _rounded(at.pitch)}


def _rounded(angle: float) -> float:
    return round(angle, 9) + 0.0


def _copy_tiles(package: Path, panorama: Panorama, out: Path) -> str:
    """Copy base image and tiles under their own names; returns the template of the tiles."""
    uris = [panorama.base]
    for number, level in enumerate(panorama.levels):
        uris += [
            tile_uri(panorama, number, col, row)
            for row in range(level.rows)
            for col in range(level.cols)
        ]
    for uri in uris:
        source = path_inside(package, uri)
        if not source.is_file():
            raise InputError(f"{uri}: not found, expected a tile of the package")
        copy_file(source, out / uri)
    return panorama.template.replace("{ext}", panorama.formats[0])
