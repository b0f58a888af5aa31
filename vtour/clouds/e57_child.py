"""In the child process: one scan of an E57 file through libE57, in chunks of fixed buffers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vtour.clouds.sandbox import allow_one_file


def answer(request: dict[str, Any]) -> Iterator[Any]:
    """For each chunk: the number of points (uint64), then its columns one after the other.

    request : path, scan, columns: [[path name, numpy type], ...], chunk: points at a time.
    """
    from pye57 import libe57

    allow_one_file()
    size = int(request["chunk"])
    image = libe57.ImageFile(request["path"], mode="r")
    scans = libe57.VectorNode(image.root().get("data3D"))
    scan = libe57.StructureNode(scans.get(int(request["scan"])))
    points = libe57.CompressedVectorNode(scan.get("points"))
    arrays = [np.zeros(size, kind) for _, kind in request["columns"]]
    buffers = libe57.VectorSourceDestBuffer()
    for (name, _), array in zip(request["columns"], arrays, strict=True):
        buffers.append(libe57.SourceDestBuffer(image, name, array, size, True, True))
    reader = points.reader(buffers)
    while True:
        count = reader.read()
        if count == 0:
            break
        yield np.array([count], np.uint64)
        for array in arrays:
            yield array[:count]
    reader.close()
    image.close()
