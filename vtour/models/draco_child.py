"""In the child process: Draco streams through the decoder of the package DracoPy."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vtour.clouds.sandbox import allow_one_file


def answer(request: dict[str, Any]) -> Iterator[Any]:
    """For each stream a line of JSON, the faces (uint32), then the attributes it names.

    request : path of a file that holds the streams one after the other, and their lengths.
    """
    import DracoPy

    allow_one_file()
    with Path(request["path"]).open("rb") as stream:
        for length in request["lengths"]:
            mesh = DracoPy.decode(stream.read(length))
            faces = np.ascontiguousarray(getattr(mesh, "faces", np.zeros((0, 3))), "<u4")
            arrays = [np.ascontiguousarray(one["data"]) for one in mesh.attributes]
            heads = [
                {"id": one["unique_id"], "width": one["num_components"], "type": array.dtype.str}
                for one, array in zip(mesh.attributes, arrays, strict=True)
            ]
            yield json.dumps({"attributes": heads}).encode()
            yield faces
            yield from arrays
