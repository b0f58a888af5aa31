"""The point tilesets of a package on disk: every tile there, named from inside, boxes in boxes."""

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.frames import FloatArray
from vtour.glb.container import parts_from_glb
from vtour.schema.tour import Points, Tour
from vtour.tour.findings import Finding, error
from vtour.tour.nodes import tiles_digest
from vtour.tour.package_points import box_corners

GlbCheck = Callable[[Path], tuple[list[str], list[str]]]
NAMED = 3
MAX_TILES = 1_000_000
MAX_JSON_BYTES = 64 << 20
CHECKED_WHOLE = 12  # tiles, evenly chosen, that the glTF validator reads: it takes 0.2 s each
BOX_TOLERANCE = 1e-4  # of the whole tileset's diagonal


def check_point_tiles(
    root: Path, tour: Tour, there: Collection[str], check_glb: GlbCheck | None
) -> Iterator[Finding]:
    """All tilesets of a package.

    there : URIs of all plain files of the package; links are not among them.
    """
    for points in tour.points:
        if points.uri in there:
            yield from _check_tileset(root, points, there, check_glb)


def is_point_tile(tour: Tour, uri: str) -> bool:
    """Whether the digest of a tileset covers this file."""
    return any(points.has_tile(uri) for points in tour.points)


def _folder(points: Points) -> str:
    """URI of the folder of a tileset with its slash; empty at the package's own root."""
    return points.uri.rpartition("/")[0] + "/"


def _check_tileset(
    root: Path, points: Points, there: Collection[str], check_glb: GlbCheck | None
) -> Iterator[Finding]:
    walk = _Walk(root, set(there), _folder(points))
    try:
        walk.read(points.uri, None)
    except InputError as failure:
        yield error(str(failure))
        return
    except RecursionError:
        yield error(f"{points.uri}: its tiles lie too deep in each other")
        return
    yield from walk.findings[:NAMED]
    if len(walk.findings) > NAMED:
        yield error(f"{points.uri}: {len(walk.findings):,} findings, {NAMED} were named")
    if points.count is not None and walk.points != points.count:
        yield error(
            f"{points.uri}: {walk.points:,} points in its tiles, expected {points.count:,} "
            "as tour.json says"
        )
    if points.tiles_sha256 is not None:
        others = sorted(uri for uri in there if points.has_tile(uri))
        found = tiles_digest((uri, file_digest(root / uri)) for uri in others)
        if found != points.tiles_sha256:
            yield error(
                f"{points.uri}: SHA-256 over its tiles is {found[:12]}…, expected "
                f"{points.tiles_sha256[:12]}…"
            )
    tiles = sorted(walk.content)
    yield from _check_content(root, tiles, check_glb)


def _check_content(root: Path, tiles: list[str], check_glb: GlbCheck | None) -> Iterator[Finding]:
    for uri in tiles:
        try:
            parts_from_glb(root / uri)
        except InputError as failure:
            yield error(f"{uri}: {failure}")
            return
    step = max(1, len(tiles) // CHECKED_WHOLE)
    for uri in tiles[::step] if check_glb else []:
        errors, _ = check_glb(root / uri) if check_glb else ([], [])
        yield from (error(f"{uri}: {text}") for text in errors[:NAMED])


class _Walk:
    """Reads a tileset and those it refers to; findings, tiles and points are collected."""

    def __init__(self, root: Path, there: set[str], folder: str) -> None:
        self.root, self.there, self.folder = root, there, folder
        self.findings: list[Finding] = []
        self.content: set[str] = set()
        self.seen: set[str] = set()
        self.points = 0
        self.room = 0.0

    def read(self, uri: str, parent: FloatArray | None) -> None:
        """One JSON file. Raises InputError when it is no tileset, or is read twice."""
        if uri in self.seen:
            raise InputError(f"{uri}: refers to itself, expected a tree")
        self.seen.add(uri)
        path = self.root / uri
        if path.stat().st_size > MAX_JSON_BYTES:
            raise InputError(f"{uri}: larger than {MAX_JSON_BYTES:,} bytes")
        try:
            value = json.loads(path.read_bytes())
            version, tile = value["asset"]["version"], value["root"]
        except (ValueError, KeyError, TypeError) as failure:
            raise InputError(f"{uri}: {failure!r}, expected a 3D Tiles tileset") from None
        if version != "1.1":
            self.findings.append(error(f"{uri}: 3D Tiles {version!r}, expected 1.1"))
        self.tile(uri, tile, parent, float("inf"))

    def tile(self, uri: str, tile: Any, parent: FloatArray | None, above: float) -> None:
        try:
            corners = box_corners(tile["boundingVolume"]["box"])
            spacing = float(tile["geometricError"])
            content = str(tile["content"]["uri"])
            points = int(tile.get("extras", {}).get("points", 0))
            children = list(tile.get("children", []))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as failure:
            raise InputError(f"{uri}: a tile with {failure!r}, expected box and content") from None
        unknown = sorted(set(tile) & {"contents", "implicitTiling", "metadata"})
        if unknown or points < 0:
            found = ", ".join(unknown) or f"{points:,} points"
            raise InputError(f"{uri}: {content}: {found}, expected one content and its points")
        self.points += points
        box = np.stack([corners.min(axis=0), corners.max(axis=0)])
        if not np.isfinite(box).all():
            raise InputError(f"{uri}: {content}: box {box.tolist()}, expected finite numbers")
        if parent is None and not self.room:
            self.room = BOX_TOLERANCE * float(np.linalg.norm(box[1] - box[0]))
        if parent is not None and _sticks_out(box, parent, self.room):
            self.findings.append(error(f"{uri}: {content} reaches outside the box above it"))
        if not 0 <= spacing <= above:
            self.findings.append(
                error(f"{uri}: {content}: geometric error {spacing:g} above that of its parent")
            )
        self.refer(uri, content, box)
        for child in children:
            self.tile(uri, child, box, spacing)

    def refer(self, uri: str, content: str, box: FloatArray) -> None:
        """Content of a tile: a GLB, or a further tileset."""
        if len(self.content) > MAX_TILES:
            raise InputError(f"{uri}: more than {MAX_TILES:,} tiles")
        target = _resolved(uri, content)
        if target is None or not target.startswith(self.folder):
            self.findings.append(error(f"{uri}: {content!r} leads outside of {self.folder}"))
        elif target not in self.there:
            self.findings.append(error(f"{uri}: {content}: not found"))
        elif target.endswith(".json"):
            self.read(target, box)
        else:
            self.content.add(target)


def _sticks_out(box: FloatArray, parent: FloatArray, room: float) -> bool:
    return bool((box[0] < parent[0] - room).any() or (box[1] > parent[1] + room).any())


def _resolved(uri: str, content: str) -> str | None:
    """URI in the package of what a file refers to; None for what is no plain relative path."""
    if any(sign in content for sign in ("\\", ":", "?", "#", "%")) or content.startswith("/"):
        return None
    parts = list(PurePosixPath(uri).parent.parts)
    for part in content.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
