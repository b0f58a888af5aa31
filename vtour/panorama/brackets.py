"""Brackets: photos of one direction with different exposures, merged into one before stitching.

Neighbours in the order of their names are a bracket when they look alike but for their brightness
and EXIF says that they were exposed differently, or, without EXIF, their brightness does. They are
aligned on the middle one and fused (Mertens, Kautz, Van Reeth, "Exposure fusion", 2007; OpenCV's).
Memory: three photos of 24 megapixels take 2 GB while they are fused, and nothing afterwards.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.files import read_image
from vtour.panorama.matching import find_features, match_features
from vtour.panorama.setphotos import SetPhoto

FloatArray = NDArray[np.float64]
UInt8Array = NDArray[np.uint8]

LOOK_PX = 96
ALIKE = 0.8
"""Correlation of the ranks of brightness of two small pictures of one direction."""
LEAST_EV = 0.4
LEAST_RATIO = 1.3
MOST = 9
ALIGN_PX = 1600
ALIGN_MATCHES = 15
MERGED_QUALITY = 98


def merge_brackets(photos: list[SetPhoto], folder: Path) -> list[SetPhoto]:
    """The photos with every bracket replaced by its fusion, written into ``folder``.

    A fused photo has the name of its first, and all their names in ``merged_from``.
    """
    result = []
    for number, group in enumerate(find_brackets(photos)):
        if len(group) == 1:
            result.append(group[0])
            continue
        path = folder / f"{number:04d}.jpg"
        Image.fromarray(fuse([photo.path for photo in _by_exposure(group)])).save(
            path, quality=MERGED_QUALITY, subsampling=0
        )
        names = tuple(photo.name for photo in group)
        result.append(replace(group[0], path=path, merged_from=names, sha256=""))
    return result


def find_brackets(photos: list[SetPhoto]) -> list[list[SetPhoto]]:
    """The photos in groups of one direction, in their order."""
    groups: list[list[SetPhoto]] = []
    looks: list[FloatArray] = []
    for photo in photos:
        look = read_image(photo.path, max_side_px=LOOK_PX).mean(axis=2)
        if groups and len(groups[-1]) < MOST and _belongs(photo, look, groups[-1], looks):
            groups[-1].append(photo)
            looks.append(look)
        else:
            groups.append([photo])
            looks = [look]
    return groups


def _belongs(
    photo: SetPhoto, look: FloatArray, group: list[SetPhoto], looks: list[FloatArray]
) -> bool:
    if look.shape != looks[0].shape:
        return False
    if any(not _differs(photo, other, look, seen)
           for other, seen in zip(group, looks, strict=True)):  # fmt: skip
        return False
    return max(_alike(look, seen) for seen in looks) > ALIKE


def _differs(a: SetPhoto, b: SetPhoto, look_a: FloatArray, look_b: FloatArray) -> bool:
    """Whether two photos were exposed differently."""
    if a.exposure_ev is not None and b.exposure_ev is not None:
        return abs(a.exposure_ev - b.exposure_ev) >= LEAST_EV
    means = sorted([float(look_a.mean()), float(look_b.mean())])
    return means[1] > LEAST_RATIO * max(means[0], 1.0)


def _alike(a: FloatArray, b: FloatArray) -> float:
    """Correlation of ranks, which exposure does not change."""
    ranks = [np.argsort(np.argsort(one.ravel(), kind="stable")).astype(float) for one in (a, b)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _by_exposure(group: list[SetPhoto]) -> list[SetPhoto]:
    """Dark to light, so that the middle one is that with the middle exposure."""
    if any(photo.exposure_ev is None for photo in group):
        light = {p.name: float(read_image(p.path, max_side_px=LOOK_PX).mean()) for p in group}
        return sorted(group, key=lambda photo: (light[photo.name], photo.name))
    return sorted(group, key=lambda photo: (photo.exposure_ev or 0.0, photo.name))


def fuse(paths: list[Path]) -> UInt8Array:
    """Fuse pictures (h, w, 3) of one direction, dark to light, aligned on the middle one."""
    import cv2

    middle = len(paths) // 2
    pictures = [read_image(path) for path in paths]
    pictures = [
        picture if number == middle else aligned(picture, pictures[middle])
        for number, picture in enumerate(pictures)
    ]
    mixed = cv2.createMergeMertens().process([picture[..., ::-1] for picture in pictures])
    fused: UInt8Array = np.clip(np.rint(mixed[..., ::-1] * 255), 0, 255).astype(np.uint8)
    return fused


def aligned(picture: UInt8Array, to: UInt8Array) -> UInt8Array:
    """The picture moved onto ``to`` by the homography of matched features; as it is when few."""
    import cv2

    scale = min(1.0, ALIGN_PX / max(to.shape[:2]))
    found = []
    for one in (picture, to):
        size = round(one.shape[1] * scale), round(one.shape[0] * scale)
        small = cv2.resize(one, size, interpolation=cv2.INTER_AREA)
        found.append(find_features(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), 2000))
    rows = match_features(found[0], found[1])
    if len(rows) < ALIGN_MATCHES:
        return picture
    at, wanted = found[0].pixels[rows[:, 0]] / scale, found[1].pixels[rows[:, 1]] / scale
    turn, agrees = cv2.findHomography(at - 0.5, wanted - 0.5, cv2.RANSAC, 2.5 / scale)
    if turn is None or agrees.sum() < ALIGN_MATCHES:
        return picture
    size = to.shape[1], to.shape[0]
    moved: UInt8Array = cv2.warpPerspective(
        picture, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return moved
