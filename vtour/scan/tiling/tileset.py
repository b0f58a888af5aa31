"""tileset.json (3D Tiles 1.1): an explicit octree of point tiles, refined by adding.

``vtour.tileset`` says in which frame.

``geometricError`` of a tile is the spacing that it leaves: the edge of a cell of its sampling
grid, 0 for a leaf. Of a tile that only points to another tileset it is that of the tile above,
which is what is seen until it is loaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.scan.tiling.buckets import Grid
from vtour.tileset import Refine, box_of_bounds, short, write_tileset_json

MANY_TILES = 1500
"""A tileset of more tiles than this is cut into several files..."""
FILE_TILES = 700
"""... whose subtrees have at most as many tiles as this."""

Place = NDArray[np.int64]
Key = tuple[int, int]


@dataclass
class Tile:
    """A node of the octree with content.

    level, prefix : its level, and its key there.
    count         : points of its own.
    low, high     : (3,) least and greatest place of its points in the finest grid; of those of
                    its subtree as well once the tree is put together.
    """

    level: int
    prefix: int
    count: int
    low: Place
    high: Place
    children: list["Tile"] = field(default_factory=list)
    size: int = 1
    """Tiles of the subtree."""

    def name(self) -> str:
        """``{level}/{x}_{y}_{z}``, counted along the world's axes."""
        bits = range(self.level)
        x, y, z = (sum((self.prefix >> 3 * b + a & 1) << b for b in bits) for a in range(3))
        return f"{self.level}/{x}_{y}_{z}"


def tree_of(tiles: Iterable[Tile], depth: int) -> Tile:
    """Put tiles below each other, a tile below the nearest node above that is one; the root.

    Boxes grow to hold those of the tiles below. The tiles need one of level 0.
    """
    by_key: dict[Key, Tile] = {(tile.level, tile.prefix): tile for tile in tiles}
    ordered = sorted(by_key.values(), key=lambda t: (t.level, t.prefix))
    for tile in reversed(ordered[1:]):
        level, prefix = tile.level - 1, tile.prefix >> 3
        while (level, prefix) not in by_key:
            level, prefix = level - 1, prefix >> 3
        parent = by_key[level, prefix]
        parent.children.insert(0, tile)
        parent.size += tile.size
        parent.low = np.minimum(parent.low, tile.low)
        parent.high = np.maximum(parent.high, tile.high)
    return ordered[0]


def write_tileset(
    folder: Path,
    root: Tile,
    grid: Grid,
    grid_bits: int,
    transform: list[float] | None,
    extras: dict[str, float],
) -> list[Path]:
    """Write tileset.json and, when there are many tiles, more of its kind; all paths written."""
    extras = {name: short(value) for name, value in extras.items()}
    writer = _Writer(folder, grid, grid_bits, split=root.size > MANY_TILES)
    value = writer.tile(root, at="", spacing=0.0)
    if transform is not None:
        value = {"transform": transform, **value}
    writer.write("tileset.json", value, extras)
    return writer.written


class _Writer:
    def __init__(self, folder: Path, grid: Grid, grid_bits: int, split: bool) -> None:
        self.folder, self.grid, self.grid_bits, self.split = folder, grid, grid_bits, split
        self.written: list[Path] = []

    def tile(self, tile: Tile, at: str, spacing: float) -> dict[str, Any]:
        """JSON of a tile and those below.

        at : the folder of the file it is for, ``""`` or ``"3/"``; spacing : that of the tile above.
        """
        own = self.spacing(tile) if tile.children else 0.0
        value: dict[str, Any] = {
            "boundingVolume": {"box": self.box(tile)},
            "geometricError": own,
            "content": {"uri": _relative(f"{tile.name()}.glb", at)},
            "extras": {"points": tile.count},
        }
        children = [self.child(child, tile, at, own) for child in tile.children]
        return value | ({"children": children} if children else {})

    def child(self, child: Tile, parent: Tile, at: str, spacing: float) -> dict[str, Any]:
        is_cut = self.split and child.size <= FILE_TILES < parent.size and child.children
        if not is_cut:
            return self.tile(child, at, spacing)
        inside = f"{child.level}/"
        self.write(f"{child.name()}.json", self.tile(child, inside, spacing), {})
        return {
            "boundingVolume": {"box": self.box(child)},
            "geometricError": spacing,
            "content": {"uri": _relative(f"{child.name()}.json", at)},
        }

    def write(self, name: str, root: dict[str, Any], extras: dict[str, float]) -> None:
        write_tileset_json(self.folder / name, root, Refine.beside, extras)
        self.written.append(self.folder / name)

    def spacing(self, tile: Tile) -> float:
        """Edge of a cell of a tile's sampling grid, metres."""
        return short(self.grid.edge / 2.0 ** (tile.level + self.grid_bits))

    def box(self, tile: Tile) -> list[float]:
        """Centre and half axes of the cells that hold a subtree's points, tileset."""
        low = np.array(self.grid.low) + tile.low * self.grid.step
        high = np.array(self.grid.low) + (tile.high + 1) * self.grid.step
        return box_of_bounds(low, high)


def _relative(name: str, at: str) -> str:
    """A name below the tileset's folder, as it is called from a file in a folder of it."""
    if not at:
        return name
    return name.removeprefix(at) if name.startswith(at) else f"../{name}"
