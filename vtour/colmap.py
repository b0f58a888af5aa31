"""COLMAP binary models written whole: COLMAP says nothing when the disk is full.

Sizes after COLMAP's documents (colmap.github.io/format.html) and src/colmap/scene, measured on
models of pycolmap 4.2.1.
"""

from pathlib import Path
from typing import Any

from vtour.errors import ResourceError
from vtour.files import check_free_disk, resource_errors


def write_model(model: Any, folder: Path) -> None:
    """Write a reconstruction (pycolmap) as a COLMAP binary model.

    Raises ResourceError when the disk has no room for it, or holds less than was written.
    """
    expected = model_sizes(model)
    with resource_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        check_free_disk(folder, sum(expected.values()))
        model.write_binary(str(folder))
        for name, size in expected.items():
            found = (folder / name).stat().st_size
            if found < size:
                raise ResourceError(
                    f"{folder / name}: {found:,} bytes written, expected {size:,}: disk full?"
                )


def model_sizes(model: Any) -> dict[str, int]:
    """The bytes that each file of a binary model has at least, from what it holds.

    Exact, but for rigs of several sensors, which vtour does not write.
    """
    cameras, points = model.cameras.values(), model.points3D.values()
    images = [image for image in model.images.values() if image.has_pose]
    frames = sum(frame.has_pose() for frame in model.frames.values())
    names = [image.name.encode("utf-8", "surrogateescape") for image in images]
    return {
        "rigs.bin": 8 + 16 * len(model.rigs),
        "cameras.bin": 8 + sum(24 + 8 * len(camera.params) for camera in cameras),
        "frames.bin": 8 + 84 * frames,
        "images.bin": 8
        + sum(73 + len(name) for name in names)
        + sum(24 * image.num_points2D() for image in images),
        "points3D.bin": 8 + sum(51 + 8 * point.track.length() for point in points),
    }
