"""Node processes that simplify and encode many tiles: starting one takes longer than most tiles.

A pool lends each thread a process of its own; jobs do not know which one they get, and give the
same bytes in each.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array, UInt32Array
from vtour.node import SCRIPTS, ScriptError, find_node, run_script

UNUSED = 0xFFFFFFFF
"""In ``Encoded.place``: no face uses the vertex."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """Triangles in the order that compresses best.

    place  : (n,) uint32, the new place of each vertex, or UNUSED.
    count  : vertices that are used.
    data   : the indices, compressed.
    """

    place: UInt32Array
    count: int
    data: bytes

    @property
    def index_bytes(self) -> int:
        """Of one index."""
        return 2 if self.count < 65535 else 4


class TileWorkers:
    """Node processes, as many as are asked for at once: ``with TileWorkers() as workers``."""

    def __init__(self) -> None:
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._all: list[_Worker] = []

    def __enter__(self) -> "TileWorkers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._all:
            worker.stop()

    def simplify(
        self,
        positions: Float32Array,
        attributes: Float32Array,
        locked: NDArray[np.bool_],
        faces: UInt32Array,
        target_faces: int,
        flags: Sequence[str],
    ) -> UInt32Array:
        """Faces (k, 3) that are left of a mesh, over the same vertices.

        attributes : (n, w), differences count as much as positions that are as far apart, in parts
                     of the mesh's extent.
        locked     : (n,) vertices that stay where they are.

        Method: Garland and Heckbert 1997, as built into meshoptimizer.
        """
        flat = np.zeros((len(locked) + 3) & ~3, np.uint8)
        flat[: len(locked)] = locked
        job = {
            "job": "simplify", "vertices": len(positions), "indices": faces.size,
            "width": attributes.shape[1], "faces": target_faces, "flags": list(flags),
        }  # fmt: skip
        arrays = [positions.astype("<f4"), attributes.astype("<f4"), flat, faces.astype("<u4")]
        with self._worker() as worker:
            return np.frombuffer(worker.run(job, arrays), "<u4").reshape(-1, 3)

    def encode(self, faces: UInt32Array, vertices: int) -> Encoded:
        """Order the triangles of a mesh of ``vertices`` vertices, and compress them."""
        job = {"job": "encode", "vertices": vertices, "indices": faces.size}
        with self._worker() as worker:
            found = worker.run(job, [faces.astype("<u4")])
        count, size = (int(value) for value in np.frombuffer(found, "<u4", 2))
        place = np.frombuffer(found, "<u4", vertices, 8)
        return Encoded(place, count, found[8 + 4 * vertices :][:size])

    @contextmanager
    def _worker(self) -> "Iterator[_Worker]":
        try:
            worker = self._idle.get_nowait()
        except Empty:
            worker = _Worker()
            self._all.append(worker)
        yield worker
        self._idle.put(worker)  # not after an error: its answers may be out of step


class _Worker:
    """One process; lines to it and from it."""

    def __init__(self) -> None:
        node = find_node()
        if not (SCRIPTS / "node_modules" / "meshoptimizer").is_dir():
            run_script("tile_worker")  # says what is missing
        self._folder = tempfile.TemporaryDirectory(prefix="vtour-")
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [str(node), str(SCRIPTS / "tile_worker.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self, job: dict[str, Any], arrays: Sequence[NDArray[Any] | UInt8Array]) -> bytes:
        """The bytes of the result. Raises ScriptError when the job fails: a bug."""
        source, target = (Path(self._folder.name, name) for name in ("in.bin", "out.bin"))
        with source.open("wb") as stream:
            for array in arrays:
                stream.write(np.ascontiguousarray(array).data)
        line = json.dumps(job | {"in": str(source), "out": str(target)}) + "\n"
        try:
            _pipe(self._process.stdin).write(line.encode())
            _pipe(self._process.stdin).flush()
            answer = _pipe(self._process.stdout).readline()
        except OSError as error:
            raise ScriptError(f"Node script tile_worker ended: {error}") from None
        if not answer:
            raise ScriptError(f"Node script tile_worker ended with {self._process.wait()}")
        if "error" in (found := json.loads(answer)):
            raise ScriptError(f"Node script tile_worker, {job['job']}: {found['error']}")
        return target.read_bytes()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            _pipe(stream).close()
        self._folder.cleanup()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("a process without pipes")
    return stream
