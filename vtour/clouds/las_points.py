"""Points of a LAS or LAZ through laspy, chunk by chunk: in this process, or in a child.

LAZ is unpacked in a child: damaged data make lazrs 0.8 panic with a page of Rust on the terminal,
or ask for more memory than there is, which ends the process that it runs in.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.sandbox import allow_one_file

COLUMNS = (("xyz", "<f8", 3), ("rgb", "<u2", 3), ("intensity", "<u2", 1), ("withheld", "u1", 1))
"""Name, numpy type and width of what ``points_of`` yields, in this order; rgb may be missing."""


def answer(request: dict[str, Any]) -> Iterator[Any]:
    """In the child: for each chunk its number of points (uint64), then its columns.

    request : path, chunk: points at a time.
    """
    import laspy

    laspy.LazBackend.detect_available()  # loads its libraries
    allow_one_file()
    for columns in points_of(request["path"], int(request["chunk"])):
        yield np.array([len(columns["xyz"])], np.uint64)
        for name, kind, _ in COLUMNS:
            if name in columns:
                yield np.ascontiguousarray(columns[name], kind)


def points_of(path: str, chunk: int) -> Iterator[dict[str, NDArray[Any]]]:
    """Columns of ``chunk`` points at a time: xyz (n, 3) in file units, rgb as it is."""
    import laspy

    with laspy.open(path, decompression_selection=_wanted()) as reader:
        has_rgb = "red" in reader.header.point_format.dimension_names
        for points in reader.chunk_iterator(chunk):
            with np.errstate(over="ignore", invalid="ignore"):  # scales may be anything
                xyz = np.stack([points.x, points.y, points.z], 1)
            columns = {
                "xyz": xyz,
                "intensity": np.array(points.intensity, np.uint16),
                "withheld": np.asarray(points.withheld, np.uint8),
            }
            if has_rgb:
                columns["rgb"] = np.stack([points.red, points.green, points.blue], 1)
            yield columns


def _wanted() -> Any:
    """What of the layers of a LAZ is unpacked: no times, angles or user data."""
    from laspy import DecompressionSelection as Layer

    places = Layer.base() | Layer.XY_RETURNS_CHANNEL | Layer.Z
    return places | Layer.FLAGS | Layer.INTENSITY | Layer.RGB
