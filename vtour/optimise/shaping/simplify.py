"""Fewer triangles: vertices welded over texture seams, then quadric edge collapse by meshopt.

Measured on a wall and terrain of 298 k faces with an atlas of 24,580 charts at 4096 px (2 cores;
PSNR of an 800 x 600 view against the master's):

- weld, simplify, new atlas, bake   0.3 s for the simplifying; 33.7 dB at 20 k faces and 512 px,
  40.5 dB at 60 k faces and 2048 px;
- keep the master's atlas: charts keep their borders, so nothing is
  left below 60 k faces unless charts may be torn; torn, 27.9 dB and 34.2 dB, with the gutters'
  grey all over (150 k faces: 41.1 dB);
- fast-simplification instead of meshopt: 0.7 s for the simplifying.
"""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.vertices import renumbered
from vtour.node import run_script


def weld_vertices(positions: Float32Array, faces: UInt32Array) -> tuple[Float32Array, UInt32Array]:
    """Join vertices at exactly the same place; faces that lose a corner are dropped.

    Returns (n, 3) positions sorted by coordinates, so the same surface gives the same order.
    """
    unique, place = np.unique(positions, axis=0, return_inverse=True)
    return compact(unique, place.reshape(-1).astype(np.uint32)[faces])


def compact(positions: Float32Array, faces: UInt32Array) -> tuple[Float32Array, UInt32Array]:
    """Drop degenerate faces, and vertices that no face uses."""
    a, b, c = faces.T
    whole = faces[(a != b) & (b != c) & (c != a)]
    used, placed = renumbered(whole)
    return positions[used], placed


def simplified_faces(
    positions: Float32Array,
    attributes: Float32Array,
    faces: UInt32Array,
    target_faces: int,
    largest_error: float,
    *flags: str,
    locked: NDArray[np.bool_] | None = None,
) -> UInt32Array:
    """Faces that are left, (m, 3), over the same vertices.

    attributes    : (n, k) float32; a step of 1 counts as the mesh's whole extent.
    largest_error : in units of the positions, as meshoptimizer estimates it; 0 for no limit.
    locked        : (n,) vertices that must stay.
    """
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
        source, target = Path(folder, "in.bin"), Path(folder, "out.bin")
        locks = np.zeros(0, np.uint8) if locked is None else locked.astype(np.uint8)
        counts = np.array([len(positions), faces.size, attributes.shape[1], len(locks)], "<u4")
        numbers = (positions.astype("<f4"), attributes.astype("<f4"), faces.astype("<u4"))
        source.write_bytes(b"".join(array.tobytes() for array in (counts, *numbers, locks)))
        run_script("simplify", source, target, str(target_faces), f"{largest_error:.9g}", *flags)
        return np.frombuffer(target.read_bytes(), "<u4", offset=4).reshape(-1, 3)
