"""How sharp a photo shows each face, beside the other photos of that face.

The gradients of single faces are noisy, and larger on a passer-by in stripes than on a wall. So
only a gradient below the median of the face's photos counts, as blur, and it is averaged over the
faces around. A photo of half the gradients holds detail of twice the size: its area counts a
quarter.

Tried on the synthetic site with a person in each photo: PSNR of held-out views 0.3 dB lower than
by area alone with plain gradients, 0.2 dB lower with gradients cut off at the median.
"""

from dataclasses import replace

import numpy as np

from vtour.atlas.topology import IntArray
from vtour.reconstruct.outliers import mean_over_neighbours
from vtour.reconstruct.view_choice import face_neighbours
from vtour.reconstruct.visibility import GRADIENT_FLOOR, FaceViews, Float32Array

MEAN_ROUNDS = 8
POWER = 2


def with_sharpness(table: FaceViews, faces: IntArray) -> FaceViews:
    """Qualities by area, less where a photo is blurred, in place of each face's own gradient."""
    neighbour, _ = face_neighbours(faces)
    sharp = sharpness(table)
    for _ in range(MEAN_ROUNDS):
        sharp = mean_over_neighbours(table.view, sharp, neighbour)
    area = table.quality / (table.gradient + np.float32(GRADIENT_FLOOR))
    return replace(table, quality=(area * sharp**POWER).astype(np.float32))


def sharpness(table: FaceViews) -> Float32Array:
    """Each photo's gradient over the median of the face's photos (m, k), at most 1."""
    there = table.view >= 0
    ordered = np.sort(np.where(there, table.gradient, np.float32(np.inf)), axis=1)
    middle = np.maximum(there.sum(axis=1) - 1, 0) // 2
    median = np.take_along_axis(ordered, middle[:, None], axis=1)
    floor = np.float32(GRADIENT_FLOOR)
    clamped = np.minimum(table.gradient, median) + floor
    # A face without photos has an infinite median, and no entry that counts.
    bound = np.where(np.isfinite(median), median, 0) + floor
    result: Float32Array = np.where(there, clamped / bound, 0).astype(np.float32)
    return result
