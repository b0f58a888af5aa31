"""What colour the scan has at places on the surface."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from vtour.clouds.store import PointStore
from vtour.reconstruct.cloud import FloatArray

MOST_POINTS = 8_000_000
SPACING_SAMPLE = 100_000
NEAREST = 4
CHUNK = 1 << 19
MIDDLE = 150.0
LIGHT = (-35.0, 55.0, 25.0)  # grey levels more for a normal that looks west, up, south

Float32Array = NDArray[np.float32]


@dataclass(frozen=True)
class ScanColours:
    """Points of the merged scan with their colours, to be asked for places near them.

    spacing : median distance of neighbouring points, metres.
    """

    tree: cKDTree
    levels: Float32Array
    """(n, 3) grey levels, 0 to 255."""
    spacing: float

    @classmethod
    def read(cls, folder: Path, *, shaded: bool = False) -> "ScanColours | None":
        """None when there is no scan, or it has neither colour nor intensity.

        shaded : then it is grey, as light from above and from the left would show its normals.
        """
        if not folder.is_dir():
            return None
        store = PointStore.open(folder)
        step = max(1, -(-store.count // MOST_POINTS))
        levels = _levels(store, step)
        if levels is None and shaded:
            levels = shades_of(store.column("normal")[::step])
        if levels is None or len(levels) <= NEAREST:
            return None
        points = store.column("xyz")[::step].astype(np.float64)
        sample = points[:: max(1, len(points) // SPACING_SAMPLE)]
        tree = cKDTree(points, balanced_tree=False)
        distance, _ = tree.query(sample, k=NEAREST + 1, workers=-1)
        return cls(tree, levels, float(np.median(distance[:, 1:].mean(axis=1))))

    def at(self, places: FloatArray) -> Float32Array:
        """Grey levels (k, 3) at places (k, 3), world: the nearest points, nearer ones for more.

        Inverse squared distance (Shepard 1968), softened by a quarter of the spacing.
        """
        result = np.empty((len(places), 3), np.float32)
        soft = (0.25 * self.spacing) ** 2
        for start in range(0, len(places), CHUNK):
            these = slice(start, start + CHUNK)
            distance, nearest = self.tree.query(places[these], k=NEAREST, workers=-1)
            weight = 1 / (distance**2 + soft)
            weight /= weight.sum(axis=1, keepdims=True)
            result[these] = np.einsum("kn,knc->kc", weight, self.levels[nearest])
        return result


def shades_of(normals: NDArray[np.int8]) -> Float32Array:
    """Grey levels (n, 3) of surfaces with normals (n, 3), world: a sky, and a sun beside it."""
    unit = normals.astype(np.float32) / 127
    level = MIDDLE + unit @ np.asarray(LIGHT, np.float32)
    return np.repeat(level[:, None], 3, axis=1).astype(np.float32)


def _levels(store: PointStore, step: int) -> Float32Array | None:
    if "rgb" in store.columns:
        return store.column("rgb")[::step].astype(np.float32)
    if "intensity" in store.columns:
        grey = store.column("intensity")[::step].astype(np.float32) / 257
        return np.repeat(grey[:, None], 3, axis=1)
    return None
