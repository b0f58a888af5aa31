"""Temporary reader."""

import numpy as np

from vtour.files import read_image
from vtour.spheres import PanoramaSource


def read_sphere(source: PanoramaSource, max_width_px: int):
    """Read a full sphere."""
    return np.ascontiguousarray(read_image(source.path, max_side_px=max_width_px)), None
