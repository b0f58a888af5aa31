"""Points on their way from stations to the merged cloud: one file of records a block."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.files import resource_errors

RECORD = np.dtype(
    [
        ("xyz", "<f4", (3,)),
        ("rgb", "u1", (3,)),
        ("intensity", "<u2"),
        ("station", "<u2"),
        ("cost", "<f4"),
    ]
)
"""xyz: world. cost: what thinning prefers the least of (clean.py)."""

Records = NDArray[Any]


def records_of(count: int) -> Records:
    """So many records of zeros."""
    return np.zeros(count, RECORD)


class RecordFiles:
    """A folder with a file of records for each block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with resource_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def path(self, block: int) -> Path:
        """Where the records of a block are."""
        return self.folder / f"{block}.bin"

    def spread(self, records: Records, blocks: NDArray[np.int32]) -> None:
        """Append records to the files of their blocks, in order."""
        order = np.argsort(blocks, kind="stable")
        which, starts = np.unique(blocks[order], return_index=True)
        ends = np.append(starts, len(order))[1:]
        with resource_errors(self.folder):
            for block, start, end in zip(which, starts, ends, strict=True):
                with self.path(int(block)).open("ab") as stream:
                    stream.write(records[order[start:end]].tobytes())

    def write(self, block: int, records: Records) -> None:
        """Write a block anew."""
        with resource_errors(self.folder):
            self.path(block).write_bytes(records.tobytes())

    def read(self, block: int) -> Records:
        """The records of a block; none when nothing was written."""
        path = self.path(block)
        return np.fromfile(path, RECORD) if path.exists() else records_of(0)
