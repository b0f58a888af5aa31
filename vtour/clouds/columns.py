"""Named columns of PLY, PCD and text to the columns of a chunk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.headers import (
    Extent,
    RawChunk,
    RawChunks,
    eight_bit_colours,
    scaled_intensity,
)

COLOUR_NAMES = (
    ("red", "green", "blue"),
    ("r", "g", "b"),
    ("diffuse_red", "diffuse_green", "diffuse_blue"),
)
NORMAL_NAMES = (("nx", "ny", "nz"), ("normal_x", "normal_y", "normal_z"))
INTENSITY_NAMES = ("intensity", "scalar_intensity", "reflectance", "scalar_reflectance", "i")


Fields = dict[str, NDArray[Any]]


@dataclass
class Scales:
    """Ranges of colours and intensities of a whole scan, to be told by all of its points.

    A part does not tell: the first points of a scan may be black, or its darkest.
    """

    colour: Extent = field(default_factory=Extent)
    intensity: Extent = field(default_factory=Extent)

    def add(self, fields: Fields) -> None:
        """Take some points into account."""
        lower = {name.lower(): values for name, values in fields.items()}
        colours = _found(lower, COLOUR_NAMES)
        if colours is not None:
            self.colour.add(colours)
        for name in INTENSITY_NAMES:
            if name in lower:
                self.intensity.add(lower[name])
                break


def chunks_of_fields(tables: Callable[[], Iterator[Fields]], count: int) -> RawChunks:
    """Chunks of ``count`` points in all; read twice where some do not tell the ranges of all.

    tables : begins to read from the first point, each time that it is called.
    """
    scales: Scales | None = None
    for fields in tables():
        if scales is None:
            scales = _scales_of(tables, fields, count)
        yield chunk_of_fields(fields, scales)


def _scales_of(tables: Callable[[], Iterator[Fields]], first: Fields, count: int) -> Scales:
    scales = Scales()
    scales.add(first)
    is_whole = len(next(iter(first.values()))) >= count
    if not (is_whole or (scales.colour.is_certain and scales.intensity.is_certain)):
        scales = Scales()
        for fields in tables():
            scales.add(fields)
    return scales


def chunk_of_fields(fields: Fields, scales: Scales) -> RawChunk:
    """A chunk of the fields x, y, z and those known as colour, intensity or normal."""
    lower = {name.lower(): values for name, values in fields.items()}
    xyz = np.stack([_native(lower[axis]) for axis in "xyz"], 1)
    rgb = intensity = normal = None
    colours = _found(lower, COLOUR_NAMES)
    if colours is not None:
        rgb = eight_bit_colours(colours, scales.colour.colour_range)
    for name in INTENSITY_NAMES:
        if name in lower and intensity is None:
            values = _native(lower[name])
            intensity = scaled_intensity(values, scales.intensity.intensity_scale)
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
