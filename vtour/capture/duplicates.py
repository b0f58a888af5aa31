"""Repeated files: the same bytes are ignored, the same picture is only pointed out."""

from collections.abc import Collection, Mapping

import numpy as np
from PIL import Image

from vtour.files import UInt8Array
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus

HASH_SIDE = 16
NEAR_BITS = 12
REPEATABLE = (FileKind.photo, FileKind.panorama, FileKind.scan, FileKind.model)


def picture_hash(luma: UInt8Array) -> UInt8Array:
    """Difference hash of a grey image: (32,) uint8, 256 bits, robust to size and compression.

    Measured: re-encoded and halved copies differ by at most 11 bits, the nearest two different
    photos of a slow pan by 24.
    """
    size = (HASH_SIDE + 1, HASH_SIDE)
    small = np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.BOX))
    return np.packbits(small[:, 1:] > small[:, :-1])


def mark_same_bytes(
    files: list[CaptureFile], opened: Mapping[str, list[str]], named: Collection[str] = ()
) -> None:
    """Ignore every file that repeats another one of its kind byte for byte.

    opened : the files that each model names, by path: two models with other textures are two.
    named : paths of models that models.yaml names: a pair of lions has one file in two places.

    The shortest name is kept: others are 'DSC_1 - Copy.jpg' or 'DSC_1 (1).jpg'.
    """
    digests = {file.path: file.sha256 for file in files}
    first: dict[tuple[str, ...], str] = {}
    for file in sorted(files, key=lambda file: (file.path not in named, len(file.path), file.path)):
        if file.kind not in REPEATABLE or not file.sha256:
            continue
        parts = [digests.get(path, path) for path in opened.get(file.path, [])]
        original = first.setdefault((file.kind, file.sha256, *parts), file.path)
        is_copy = original != file.path and file.path not in named
        if is_copy and file.status is not FileStatus.unusable:
            file.status, file.duplicate_of = FileStatus.ignored, original
            file.reason = f"same bytes as {original}"


def mark_same_picture(photos: list[CaptureFile], hashes: list[UInt8Array]) -> None:
    """Note every photo that shows (almost) the same picture as an earlier one.

    photos, hashes : in the same order; both photos of a pair stay in use.
    """
    if len(photos) < 2:
        return
    table = np.stack(hashes)
    for index in range(1, len(photos)):
        bits = np.bitwise_count(table[:index] ^ table[index]).sum(axis=1)
        nearest = int(np.argmin(bits))
        if bits[nearest] <= NEAR_BITS:
            photos[index].notes.append(f"almost the same picture as {photos[nearest].path}")
