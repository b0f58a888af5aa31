"""Named columns of PLY, PCD and text to the columns of a chunk."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.headers import (
    RawChunk,
    colour_range,
    eight_bit_colours,
    intensity_scale,
    scaled_intensity,
)

COLOUR_NAMES = (
    ("red", "green", "blue"),
    ("r", "g", "b"),
    ("diffuse_red", "diffuse_green", "diffuse_blue"),
)
NORMAL_NAMES = (("nx", "ny", "nz"), ("normal_x", "normal_y", "normal_z"))
INTENSITY_NAMES = ("intensity", "scalar_intensity", "reflectance", "scalar_reflectance", "i")


@dataclass
class Scales:
    """Ranges of colours and intensities: seen in the first chunk, kept for the others."""

    colour: float | None = None
    intensity: tuple[float, float] | None = None


def chunk_of_fields(fields: dict[str, NDArray[Any]], scales: Scales) -> RawChunk:
    """A chunk of the fields x, y, z and those known as colour, intensity or normal."""
    lower = {name.lower(): values for name, values in fields.items()}
    xyz = np.stack([_native(lower[axis]) for axis in "xyz"], 1)
    rgb = intensity = normal = None
    colours = _found(lower, COLOUR_NAMES)
    if colours is not None:
        scales.colour = scales.colour or colour_range(colours)
        rgb = eight_bit_colours(colours, scales.colour)
    for name in INTENSITY_NAMES:
        if name in lower and intensity is None:
            values = _native(lower[name])
            scales.intensity = scales.intensity or intensity_scale(values)
            intensity = scaled_intensity(values, scales.intensity)
    normals = _found(lower, NORMAL_NAMES)
    if normals is not None:
        normal = normals.astype(np.float32)
    return RawChunk(xyz, rgb, intensity, normal)


def _native(values: NDArray[Any]) -> NDArray[Any]:
    """In this machine's byte order; whole numbers of coordinates stay exact as float64."""
    return values.astype(values.dtype.newbyteorder("="))


def _found(
    lower: dict[str, NDArray[Any]], choices: tuple[tuple[str, ...], ...]
) -> NDArray[Any] | None:
    names = next((names for names in choices if set(names) <= set(lower)), None)
    return None if names is None else np.stack([_native(lower[name]) for name in names], 1)
