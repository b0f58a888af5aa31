"""The photos of one set to stitch: which are there, which are the same, what each one is."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.files import file_digest, open_image, read_image, upright_size
from vtour.panorama.exposure import exposure_ev
from vtour.schema.inventory import GpsFix

UInt8Array = NDArray[np.uint8]

THUMB_PX = 32
SAME_LEVELS = 1.5
"""Mean difference of two thumbnails of one picture that was saved twice, in levels."""


@dataclass(frozen=True, kw_only=True)
class SetPhoto:
    """One photo of a set. size_px is upright; exposure_ev None when EXIF does not tell."""

    name: str
    path: Path
    size_px: tuple[int, int]
    focal_px: float | None = None
    exposure_ev: float | None = None
    gps: GpsFix | None = None
    sha256: str = ""
    merged_from: tuple[str, ...] = field(default=())


def photo_from_file(
    path: Path,
    *,
    focal_px: float | None = None,
    gps: GpsFix | None = None,
) -> SetPhoto:
    """Look at one file. Raises InputError when it is not an image that can be read."""
    with open_image(path) as image:
        size, exposure = upright_size(image), exposure_ev(image)
    return SetPhoto(
        name=path.name,
        path=path,
        size_px=size,
        focal_px=focal_px,
        exposure_ev=exposure,
        gps=gps,
        sha256=file_digest(path),
    )


def without_repeats(photos: list[SetPhoto]) -> tuple[list[SetPhoto], dict[str, str]]:
    """Every picture once, and the reasons of those left out: the same bytes or the same picture."""
    kept: list[SetPhoto] = []
    thumbs: list[UInt8Array] = []
    left_out: dict[str, str] = {}
    for photo in photos:
        thumb = _thumb(photo)
        first = next(
            (k for k, t in zip(kept, thumbs, strict=True) if _is_same(photo, k, thumb, t)), None
        )
        if first is None:
            kept.append(photo)
            thumbs.append(thumb)
        else:
            left_out[photo.name] = f"shows the same picture as {first.name}, which is used"
    return kept, left_out


def _is_same(a: SetPhoto, b: SetPhoto, thumb_a: UInt8Array, thumb_b: UInt8Array) -> bool:
    if a.sha256 and a.sha256 == b.sha256:
        return True
    if thumb_a.shape != thumb_b.shape:
        return False
    difference = np.abs(thumb_a.astype(float) - thumb_b)
    return bool(difference.mean() < SAME_LEVELS and difference.max() < 8 * SAME_LEVELS
                and _contrast(thumb_a) > 4 * SAME_LEVELS)  # fmt: skip


def _contrast(thumb: UInt8Array) -> float:
    return float(thumb.astype(float).std())


def _thumb(photo: SetPhoto) -> UInt8Array:
    return read_image(photo.path, max_side_px=THUMB_PX)
