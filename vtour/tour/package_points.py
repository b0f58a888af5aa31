"""The point tilesets of a scene package: what the stage ``points`` cut, copied and described."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.frames import (
    FloatArray,
    matrix_from_columns,
    transform_points,
    world_from_tileset,
)
from vtour.schema.report import StageReport
from vtour.schema.tour import Points
from vtour.tour.media import copy_file
from vtour.tour.nodes import link_file, tiles_digest
from vtour.workspace import Workspace

TILESET = "points/tileset.json"
DIGITS = 4


@dataclass
class PackedPoints:
    """Tilesets, and the digests of their first files by URI; the rest is in tiles_sha256."""

    points: list[Points] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def pack_points(work: Workspace, package: Path) -> PackedPoints:
    """Copy the tileset into a package; none when the site has no scan.

    Raises InputError when the tileset is damaged.
    """
    source = work.point_tiles / "tileset.json"
    if not source.is_file():
        return PackedPoints()
    try:
        tileset = json.loads(source.read_bytes())
        box = box_corners(tileset["root"]["boundingVolume"]["box"])
        count = int(tileset["extras"]["points"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{source}: {error!r}, expected a tileset, build again") from None
    target = package / TILESET
    copy_file(source, target)
    uris = copy_tiles(work.point_tiles, package, "points")
    corners = transform_points(matrix_from_columns(world_from_tileset()), box)
    points = Points(
        uri=TILESET,
        world_from_tileset=world_from_tileset(),
        count=count,
        bytes=sum((package / uri).stat().st_size for uri in (*uris, TILESET)),
        spacing_m=_spacing_of(work),
        bounds_min=corners.min(axis=0).round(DIGITS).tolist(),
        bounds_max=corners.max(axis=0).round(DIGITS).tolist(),
        has_colour=(work.scan_cloud / "rgb.npy").is_file(),
        tiles_sha256=tiles_digest((uri, file_digest(package / uri)) for uri in uris),
    )
    return PackedPoints([points], {TILESET: file_digest(target)})


def copy_tiles(folder: Path, package: Path, at: str) -> list[str]:
    """Link all files of a tileset but its first into a package's folder ``at``; URIs, sorted."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    names = [name for name in names if name != "tileset.json"]
    for name in names:
        link_file(folder / name, package / at / name)
    return [f"{at}/{name}" for name in names]


def box_corners(box: list[float]) -> FloatArray:
    """Corners (8, 3) of a 3D Tiles box: centre, then three half axes."""
    centre, *axes = np.array(box, np.float64).reshape(4, 3)
    signs = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    corners: FloatArray = centre + signs @ np.array(axes)
    return corners


def _spacing_of(work: Workspace) -> float | None:
    """What the stage ``cloud`` measured of the distance of neighbouring points."""
    path = work.report("cloud")
    if not path.is_file():
        return None
    measures = StageReport.model_validate_json(path.read_text(encoding="utf-8")).measures
    return measures["cloud_spacing"].value if "cloud_spacing" in measures else None
