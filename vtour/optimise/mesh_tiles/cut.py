"""Cut a large model into 3D Tiles 1.1: a tree of mesh tiles that refine by replacing.

Leaves hold the model at full detail, with the textures' own texels. A tile above holds what is
below it with fewer faces and half the texels along an edge; charts are kept where they can be,
else made anew. Tiles are worked on level by level from the leaves up, so that a few of them are in
memory at once; what waits for the tile above lies on disk.

``geometricError`` is measured: the distance within which nearly all of a sample of the model's
own vertices lie from the tile's surface, and at least the edge of its texels, since a flat wall
needs its texture as well. It is 0 for leaves and does not grow from the root down.
"""

import pickle
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.files import remove, resource_errors
from vtour.glb.mesh import Float32Array
from vtour.glb.scene import Scene
from vtour.optimise.mesh_tiles.atlas import charts_of, cut_atlas
from vtour.optimise.mesh_tiles.patches import Patch, Places, joined, triangle_areas, uv_texels
from vtour.optimise.mesh_tiles.rechart import rebaked
from vtour.optimise.mesh_tiles.reduce import simplified
from vtour.optimise.mesh_tiles.site import Node, Site, nodes_of
from vtour.optimise.mesh_tiles.tile_glb import tile_glb
from vtour.optimise.mesh_tiles.worker import TileWorkers
from vtour.optimise.shaping.bake import scene_of
from vtour.optimise.shaping.unwrap import UnwrapError
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.threads import in_order
from vtour.tileset import Refine, box_of_bounds, short, write_tileset_json

LEAF_FILL = 0.5
"""Share of a leaf's texture that its faces may cover: the rest is for gutters and gaps."""
LEAF_SAMPLES = 2_000
"""Vertices of a leaf by which the tiles above it are measured..."""
MOST_SAMPLES = 60_000
"""... and of all leaves below a tile together."""
ERROR_PERCENTILE = 99.9
"""Of the samples' distances: a loose scrap that was pruned is not the error of the surface."""
SEAM_SHARE = 0.25
"""Charts are made anew where more of the vertices than that lie on seams..."""
LEAST_CHART_TEXELS = 400
"""... or the mean chart would be smaller than that."""
MISSED = 1.2
"""Charts are made anew where keeping them leaves so many times the faces that are wanted."""


@dataclass(frozen=True, kw_only=True)
class MeshTilesOptions(StageOptions):
    """How a large model is cut into tiles.

    Memory: the model, about 45 bytes a face, and for each core what a tile and those below it
    take, which goes by ``tile_faces`` and ``tile_texture_px`` and not by the model: 1.2 GB and
    0.35 GB in processes of its own for 10 million faces on two cores, engines (0.45 GB) included.
    """

    tile_faces: int = option(40_000, "Most faces of a tile.", minimum=500, maximum=500_000)
    tile_texture_px: int = option(
        1024, "Edge of a tile's texture; a long one has as many texels.",
        unit="px", minimum=64, maximum=2048,
    )  # fmt: skip
    quality: int = option(80, "WebP quality of the tiles' textures.", minimum=20, maximum=100)
    unwrap_limit_s: float = option(
        120.0, "Longest CPU time for the charts of one tile.", unit="s", minimum=1
    )


MESH_TILES_DEFAULTS = MeshTilesOptions()


@dataclass(kw_only=True)
class TilesReport:
    """What was written.

    tiles, levels  : how many there are.
    faces          : of all leaves: the model at full detail.
    most_faces     : of one tile.
    bytes          : of all files; first_bytes: of tileset.json and the root tile, the first view.
    error          : geometric error of the root tile, in units of the model.
    rebaked, kept  : inner tiles with charts of their own, and with those of the tiles below.
    warnings       : one line each.
    """

    tiles: int
    levels: int
    faces: int
    most_faces: int
    bytes: int
    first_bytes: int
    error: float
    rebaked: int
    kept: int
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Made:
    """A tile that was written: what its JSON and the tile above need.

    low, high : (3,) places of its box; texel: mean edge of its texels, 0 without texture.
    error     : see the module; scale : of its texture, below 1 when a leaf's had to be shrunk.
    """

    node: Node
    low: Places
    high: Places
    faces: int
    bytes: int
    error: float
    texel: float
    rebaked: bool
    scale: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Kept:
    """What lies on disk for the tile above: a tile's patches, and samples of the full surface."""

    patches: list[Patch]
    samples: Places
    texel: float


def tile_mesh(
    scene: Scene,
    folder: Path,
    options: MeshTilesOptions = MESH_TILES_DEFAULTS,
    progress: Progress = no_progress,
    *,
    transform: list[float] | None = None,
) -> TilesReport:
    """Cut a scene into tiles; the same bytes at any number of threads.

    Writes ``folder/tileset.json`` (``vtour.tileset`` says in which frame) and
    ``folder/{level}/{number}.glb``; what was in the folder is gone.

    transform : ``vtour.tileset.root_transform`` of the world, for globes.

    Raises InputError for a scene without faces, ResourceError when the disk is full or Node is
    missing.
    """
    remove(folder)
    with resource_errors(folder):
        folder.mkdir(parents=True)
    progress(0.0, "cutting the model")
    texels = LEAF_FILL * options.tile_texture_px**2
    site = Site(scene, options.tile_faces, texels)
    scratch = folder / ".scratch"
    try:
        with TileWorkers() as workers:
            made = _Tiler(site, folder, scratch, options, workers).run(progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    faces = sum(tile.faces for tile in made.values() if not tile.node.children)
    root = _tile_json(site, site.root, made)
    error = float(root["geometricError"])
    if transform is not None:
        root = {"transform": transform, **root}
    write_tileset_json(folder / "tileset.json", root, Refine.instead, {"faces": faces})
    return _report(folder, list(made.values()), error)


class _Tiler:
    """Makes the tiles of a site, the deepest first."""

    def __init__(
        self,
        site: Site,
        folder: Path,
        scratch: Path,
        options: MeshTilesOptions,
        workers: TileWorkers,
    ) -> None:
        self.site, self.folder, self.scratch = site, folder, scratch
        self.options, self.workers = options, workers

    def run(self, progress: Progress) -> dict[str, Made]:
        """All tiles by name."""
        nodes = nodes_of(self.site.root)
        made: dict[str, Made] = {}
        for level in range(max(node.level for node in nodes), -1, -1):
            with resource_errors(self.folder):
                (self.folder / str(level)).mkdir()
                (self.scratch / str(level)).mkdir(parents=True)
            for node, tile in in_order(self.make, [n for n in nodes if n.level == level]):
                made[node.name] = tile
                progress(len(made) / len(nodes), f"tile {len(made)} of {len(nodes)}")
        return {node.name: made[node.name] for node in nodes}

    def make(self, node: Node) -> Made:
        """Write one tile; what the one above needs goes to disk."""
        if node.children:
            below = [self._taken(child) for child in node.children]
            kept, rebaked, warnings = self._inner(node, below)
            error, scale = self._error(kept), 1.0
        else:
            kept, scale = self._leaf(node)
            rebaked, error, warnings = False, 0.0, ()
        locked = [self.site.locked(patch, node) for patch in kept.patches]
        path = self.folder / f"{node.name}.glb"
        data = tile_glb(
            kept.patches, locked, self.site.kinds, self.site.grid, self.options.quality,
            self.workers, self.site.scene.copyright,
        )  # fmt: skip
        with resource_errors(path):
            path.write_bytes(data)
            if node.level:
                self._scratch(node).write_bytes(pickle.dumps(kept, protocol=5))
        return Made(
            node=node,
            low=np.min([patch.places.min(axis=0) for patch in kept.patches], axis=0),
            high=np.max([patch.places.max(axis=0) for patch in kept.patches], axis=0),
            faces=sum(len(patch.faces) for patch in kept.patches),
            bytes=len(data),
            error=error,
            texel=kept.texel,
            rebaked=rebaked,
            scale=scale,
            warnings=warnings,
        )

    def _scratch(self, node: Node) -> Path:
        return self.scratch / f"{node.name}.pickle"

    def _taken(self, node: Node) -> Kept:
        """What a tile left on disk; it is not there any more."""
        path = self._scratch(node)
        kept: Kept = pickle.loads(path.read_bytes())
        path.unlink()
        return kept

    def _leaf(self, node: Node) -> tuple[Kept, float]:
        patches, least = [], 1.0
        for patch in joined(self.site.patches(node.leaves[0])):
            whole = patch.welded(with_uvs=True)
            if whole.uvs is not None:
                whole, scale = cut_atlas(whole, 1.0, self.options.tile_texture_px)
                least = min(least, scale)
            patches.append(whole)
        places = np.concatenate([patch.places for patch in patches])
        samples = places[:: max(1, len(places) // LEAF_SAMPLES)]
        return Kept(patches, samples, texel_of(patches, self.site.grid.step)), least

    def _inner(self, node: Node, below: Sequence[Kept]) -> tuple[Kept, bool, tuple[str, ...]]:
        sources = joined([patch for kept in below for patch in kept.patches])
        keeps = [can_keep_charts(patch, self._must_keep(patch)) for patch in sources]
        patches = self._simplified(node, sources, keeps)
        if sum(len(p.faces) for p in patches) > MISSED * self.options.tile_faces:
            keeps = [self._must_keep(patch) for patch in sources]
            patches = self._simplified(node, sources, keeps, tear=any(keeps))
        try:
            done = [self._textured(patch, sources) for patch in patches]
            warnings: tuple[str, ...] = ()
        except UnwrapError as failure:
            warnings = (f"{node.name}: {failure}; it keeps the charts of the tiles below",)
            patches = self._simplified(node, sources, [True] * len(sources), tear=True)
            done = [self._textured(patch, sources) for patch in patches]
        rebaked = any(p.uvs is None and p.kind in self._textured_kinds() for p in patches)
        samples = np.concatenate([kept.samples for kept in below])
        samples = samples[:: -(-len(samples) // MOST_SAMPLES)]
        return Kept(done, samples, texel_of(done, self.site.grid.step)), rebaked, warnings

    def _textured_kinds(self) -> set[int]:
        return {index for index, kind in enumerate(self.site.kinds) if kind.slots}

    def _must_keep(self, patch: Patch) -> bool:
        """A normal map is true on its own charts alone."""
        return "normal" in self.site.kinds[patch.kind].slots

    def _simplified(
        self, node: Node, sources: list[Patch], keeps: Sequence[bool], *, tear: bool = False
    ) -> list[Patch]:
        welded = [patch.welded(with_uvs=keep) for patch, keep in zip(sources, keeps, strict=True)]
        locked = [self.site.locked(patch, node) for patch in welded]
        return simplified(welded, locked, self.options.tile_faces, self.workers, tear=tear)

    def _textured(self, patch: Patch, sources: Sequence[Patch]) -> Patch:
        """A simplified patch with its texture: charts kept and shrunk, or made anew."""
        most_px = self.options.tile_texture_px
        if patch.kind not in self._textured_kinds():
            return patch
        if patch.uvs is not None:
            return cut_atlas(patch, 0.5, most_px)[0]
        source = next(each for each in sources if each.kind == patch.kind)
        step, limit_s = self.site.grid.step, self.options.unwrap_limit_s
        return rebaked(source, patch, step, most_px, limit_s)

    def _error(self, kept: Kept) -> float:
        """Distance within which nearly all samples lie from a tile's surface."""
        low = np.min([patch.places.min(axis=0) for patch in kept.patches], axis=0)
        step = np.float32(self.site.grid.step)
        starts = np.cumsum([0] + [len(patch.places) for patch in kept.patches])
        faces = [p.faces + np.uint32(s) for p, s in zip(kept.patches, starts, strict=False)]
        places = np.concatenate([patch.places for patch in kept.patches]) - low
        surface = scene_of(places.astype(np.float32) * step, np.concatenate(faces))
        points = (kept.samples - low).astype(np.float32) * step
        distances = surface.compute_distance(np.ascontiguousarray(points)).numpy()
        return float(np.percentile(distances, ERROR_PERCENTILE))


def can_keep_charts(patch: Patch, must: bool) -> bool:
    """Whether a patch is worth simplifying along the charts it has."""
    if patch.uvs is None:
        return False
    if must:
        return True
    whole = patch.welded(with_uvs=True)
    _, counts = np.unique(whole.ids, return_counts=True)
    on_seams = int((counts > 1).sum())
    spans = charts_of(whole).span
    texels = float((spans / 2).prod(axis=1).mean())
    return on_seams <= SEAM_SHARE * len(counts) and texels >= LEAST_CHART_TEXELS


def texel_of(patches: Sequence[Patch], step: float) -> float:
    """Mean edge of the texels on a tile's textured surface, in units of the model; 0: none."""
    surface = texels = 0.0
    for patch in patches:
        if patch.uvs is not None:
            positions: Float32Array = patch.metres(step)
            surface += float(triangle_areas(positions, patch.faces).sum(dtype=np.float64))
            texels += float(uv_texels(patch).sum(dtype=np.float64))
    return (surface / texels) ** 0.5 if texels else 0.0


def _tile_json(site: Site, node: Node, made: dict[str, Made]) -> dict[str, Any]:
    """JSON of a tile and those below."""
    children = [_tile_json(site, child, made) for child in node.children]
    low, high = _bounds(node, made)
    own = made[node.name]
    error = 0.0
    if children:
        error = max([own.error, own.texel, *(child["geometricError"] for child in children)])
    origin, step = site.grid.origin, site.grid.step
    value: dict[str, Any] = {
        "boundingVolume": {"box": box_of_bounds((low + origin) * step, (high + origin) * step)},
        "geometricError": short(error),
        "content": {"uri": f"{node.name}.glb"},
        "extras": {"faces": own.faces},
    }
    return value | ({"children": children} if children else {})


def _bounds(node: Node, made: dict[str, Made]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Least and greatest place of a tile and of those below it."""
    own = made[node.name]
    below = [_bounds(child, made) for child in node.children]
    low = np.min([own.low.astype(np.int64), *(each[0] for each in below)], axis=0)
    high = np.max([own.high.astype(np.int64), *(each[1] for each in below)], axis=0)
    return low, high


def _report(folder: Path, made: list[Made], error: float) -> TilesReport:
    root = made[0]
    first = (folder / "tileset.json").stat().st_size + root.bytes
    inner = [tile for tile in made if tile.node.children]
    warnings = [line for tile in made for line in tile.warnings]
    shrunk = [tile.scale for tile in made if tile.scale < 1]
    if shrunk:
        warnings.append(
            f"{len(shrunk)} leaves: textures shrunk to {min(shrunk):.0%} or more, "
            "expected them to fit: raise tile_texture_px or lower tile_faces"
        )
    return TilesReport(
        tiles=len(made),
        levels=1 + max(tile.node.level for tile in made),
        faces=sum(tile.faces for tile in made if not tile.node.children),
        most_faces=max(tile.faces for tile in made),
        bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        first_bytes=first,
        error=error,
        rebaked=sum(tile.rebaked for tile in inner),
        kept=sum(not tile.rebaked for tile in inner),
        warnings=warnings,
    )
