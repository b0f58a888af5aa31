"""The tilesets of a package on disk: every tile there, named from inside, boxes in boxes."""

import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.frames import FloatArray
from vtour.glb.container import parts_from_glb
from vtour.schema.tour import ModelTiles, Points, Tour
from vtour.tour.findings import Finding, error
from vtour.tour.nodes import tiles_digest
from vtour.tour.package_points import box_corners

GlbCheck = Callable[[Path], tuple[list[str], list[str]]]
NAMED = 3
MAX_TILES = 1_000_000
MAX_JSON_BYTES = 64 << 20
CHECKED_WHOLE = 12  # tiles, evenly chosen, that the glTF validator reads: it takes 0.2 s each
BOX_TOLERANCE = 1e-4  # of the whole tileset's diagonal


def check_tilesets(
    root: Path, tour: Tour, there: Collection[str], check_glb: GlbCheck | None
) -> Iterator[Finding]:
    """All tilesets of a package, of points and of models.

    there : URIs of all plain files of the package; links are not among them.
    """
    for tileset in tour.tilesets:
        if tileset.uri in there:
            yield from _check_tileset(root, tileset, there, check_glb)


def is_tileset_tile(tour: Tour, uri: str) -> bool:
    """Whether the digest of a tileset covers this file."""
    return any(tileset.has_tile(uri) for tileset in tour.tilesets)


def _folder(tileset: Points | ModelTiles) -> str:
    """URI of the folder of a tileset with its slash; empty at the package's own root."""
    return tileset.uri.rpartition("/")[0] + "/"


def _check_tileset(
    root: Path, tileset: Points | ModelTiles, there: Collection[str], check_glb: GlbCheck | None
) -> Iterator[Finding]:
    walk = _Walk(root, set(there), _folder(tileset))
    try:
        walk.read(tileset.uri, None)
    except InputError as failure:
        yield error(str(failure))
        return
    except RecursionError:
        yield error(f"{tileset.uri}: its tiles lie too deep in each other")
        return
    yield from walk.findings[:NAMED]
    if len(walk.findings) > NAMED:
        yield error(f"{tileset.uri}: {len(walk.findings):,} findings, {NAMED} were named")
    yield from _check_amount(tileset, walk)
    if tileset.tiles_sha256 is not None:
        others = sorted(uri for uri in there if tileset.has_tile(uri))
        found = tiles_digest((uri, file_digest(root / uri)) for uri in others)
        if found != tileset.tiles_sha256:
            yield error(
                f"{tileset.uri}: SHA-256 over its tiles is {found[:12]}…, expected "
                f"{tileset.tiles_sha256[:12]}…"
            )
    tiles = sorted(walk.content)
    yield from _check_content(root, tiles, check_glb)


def _check_amount(tileset: Points | ModelTiles, walk: "_Walk") -> Iterator[Finding]:
    """Points or faces are as many as tour.json says, and tiles refine as it means them."""
    if isinstance(tileset, Points):
        what, found, told, refine = "points", walk.points, tileset.count, "ADD"
    else:
        what, found, told, refine = "faces", walk.leaf_faces, tileset.faces, "REPLACE"
    if told is not None and found != told:
        yield error(
            f"{tileset.uri}: {found:,} {what} in its tiles, expected {told:,} as tour.json says"
        )
    if walk.refine != refine:
        yield error(f"{tileset.uri}: refines by {walk.refine!r}, expected {refine!r} for {what}")


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
    """Reads a tileset and those it refers to; findings, tiles and amounts are collected.

    points, leaf_faces : of all tiles, and of those with none below.
    refine             : how the root refines.
    """

    def __init__(self, root: Path, there: set[str], folder: str) -> None:
        self.root, self.there, self.folder = root, there, folder
        self.findings: list[Finding] = []
        self.content: set[str] = set()
        self.seen: set[str] = set()
        self.points = self.leaf_faces = 0
        self.refine = ""
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
            amounts = tile.get("extras", {})
            points, faces = (int(amounts.get(name, 0)) for name in ("points", "faces"))
            children = list(tile.get("children", []))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as failure:
            raise InputError(f"{uri}: a tile with {failure!r}, expected box and content") from None
        unknown = sorted(set(tile) & {"contents", "implicitTiling", "metadata"})
        if unknown or min(points, faces) < 0:
            found = ", ".join(unknown) or f"{points:,} points, {faces:,} faces"
            raise InputError(f"{uri}: {content}: {found}, expected one content and its amount")
        self.points += points
        self.leaf_faces += 0 if children else faces
        self.refine = self.refine or str(tile.get("refine", "none"))
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
