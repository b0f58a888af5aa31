"""Open equirectangular panoramas of any size within limits: small ones whole, large ones streamed.

Pixels are 8-bit sRGB RGB of the upright image. A panorama that shows a part of its sphere is
placed on the full one; what was not captured gets soft colours that continue its edges, never
black, and counts as not valid. Frame and pixel origin: vtour/sphere.py.
"""

import contextlib
import errno
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError, ResourceError
from vtour.files import UInt8Array, decoding, open_image, orientation_of, upright_size
from vtour.gpano import SphereArea, sphere_area
from vtour.panorama_sources import PanoramaSource

BoolArray = NDArray[np.bool_]
VipsImage = Any
"""A pyvips.Image: libvips has no types."""

FILL_WIDTH = 1024
SHRINKS = (8, 4, 2)
"""What a JPEG decoder can shrink by."""
LOADERS = {
    "JPEG": "jpegload", "MPO": "jpegload", "TIFF": "tiffload", "PNG": "pngload",
    "WEBP": "webpload",
}  # fmt: skip
OPAQUE = 0.5


@dataclass(frozen=True, kw_only=True)
class OpenedPanorama:
    """A panorama that is decoded as it is read, from top to bottom and once.

    image : pyvips image of ``area.width`` x ``area.height``, or of that divided by what the
        decoder was told to shrink by; three bands of uchar, sRGB.
    valid : pyvips image of one band, 0 or 255, from the alpha channel; None without one.
    """

    image: VipsImage
    valid: VipsImage | None
    area: SphereArea


@contextlib.contextmanager
def vips_errors(name: str) -> Iterator[None]:
    """Turn an error of libvips into one line that names the file.

    Raises InputError, or ResourceError when the disk is full.
    """
    import pyvips

    try:
        yield
    except pyvips.Error as error:
        detail = " ".join(str(error.detail or error.message).split())[:200]
        if os.strerror(errno.ENOSPC) in detail:
            raise ResourceError(f"{name}: disk full, free some space and run again") from None
        raise InputError(f"{name}: damaged or truncated ({detail})") from None


def area_of(source: PanoramaSource) -> SphereArea:
    """Where a source's picture lies on its sphere. Raises CaptureError: see sphere_area."""
    return sphere_area(source.width_px, source.height_px, source.gpano)


def open_panorama(source: PanoramaSource, *, shrink: int = 1) -> OpenedPanorama:
    """Open the file of a source for reading once from top to bottom.

    shrink : 1, 2, 4 or 8: what the decoder may divide the size by, only of a JPEG.

    A file of another size than the source's, such as a blurred copy, must be 2:1 and then shows
    the full sphere. Raises InputError when the file is not one of the four formats, is damaged in
    its header, is too large, or is not 2:1 without GPano saying where it lies.
    """
    path, name = source.path, source.path.name
    with open_image(path) as opened:
        form, turn, (width, height) = opened.format, orientation_of(opened), upright_size(opened)
    same = (width, height) == (source.width_px, source.height_px)
    area = sphere_area(width, height, source.gpano if same else {})
    with vips_errors(name):
        image = _decoder(path, form or "", is_turned=turn != 1, shrink=shrink)
        image, valid = _rgb_and_valid(image, name)
    if shrink == 1 or form not in ("JPEG", "MPO"):
        image = image.extract_area(0, 0, area.width, area.height)
        valid = valid and valid.extract_area(0, 0, area.width, area.height)
    return OpenedPanorama(image=image, valid=valid, area=area)


def _decoder(path: Path, form: str, *, is_turned: bool, shrink: int) -> VipsImage:
    """A lazy pyvips image of a file of known format, upright.

    An image that must be turned is decoded to memory, or to a temporary file when it is large.
    """
    import pyvips

    options: dict[str, Any] = {
        "access": "random" if is_turned else "sequential",
        "fail_on": "truncated",
        "revalidate": True,  # libvips remembers what it opened by name, even when that changed
    }
    if form in ("JPEG", "MPO") and shrink > 1:
        options["shrink"] = shrink
    image = getattr(pyvips.Image, LOADERS[form])(str(path), **options)
    return image.autorot() if is_turned else image


def _rgb_and_valid(image: VipsImage, name: str) -> tuple[VipsImage, VipsImage | None]:
    """Three bands of 8-bit sRGB, and where the alpha channel is opaque if there is one."""
    if image.format in ("float", "double", "int", "uint", "complex", "dpcomplex"):
        raise InputError(f"{name}: {image.format} pixels, expected 8 or 16 bits a channel")
    valid = None
    if image.hasalpha():
        most = 65535 if image.format == "ushort" else 255
        valid = image[-1] >= most * OPAQUE
        image = image[: image.bands - 1]
    if _needs_profile(image):
        image = image.icc_transform("srgb", embedded=True, intent="relative")
    image = image.colourspace("srgb")
    return (image[:3] if image.bands > 3 else image).cast("uchar"), valid


def _needs_profile(image: VipsImage) -> bool:
    """Whether colours are far from sRGB, by the profile's own name for itself."""
    if image.get_typeof("icc-profile-data") == 0:
        return False
    profile = bytes(image.get("icc-profile-data"))
    spaces = {"srgb": b"RGB ", "rgb": b"RGB ", "rgb16": b"RGB ", "cmyk": b"CMYK"}
    if spaces.get(image.interpretation) != profile[16:20]:
        return False
    return b"sRGB" not in profile.replace(b"\0", b"")


def notes_of(path: Path) -> list[str]:
    """What a build changes in a panorama that decodes: depth of 16 bits, transparency.

    Raises InputError as open_panorama.
    """
    with open_image(path) as opened:
        form = opened.format or ""
    with vips_errors(path.name):
        image = _decoder(path, form, is_turned=False, shrink=1)
        notes = ["16 bits a channel: used with 8 bits"] if image.format == "ushort" else []
        if image.hasalpha():
            notes.append("alpha channel: transparent parts count as not captured")
    return notes


def luma_of(path: Path, max_side_px: int) -> UInt8Array:
    """Grey (h, w) uint8 of an upright image, long side at most ``max_side_px``.

    The whole file is decoded, so that damage shows, yet never whole in memory.
    Raises InputError as open_panorama, whatever the image's shape.
    """
    with open_image(path) as opened, vips_errors(path.name):
        form, turn, size = opened.format or "", orientation_of(opened), upright_size(opened)
        can_shrink = form in ("JPEG", "MPO")
        with decoding(opened, ("L", max_side_px) if can_shrink else None):
            shrink = next((each for each in SHRINKS if max(size) >= each * max_side_px), 1)
            image = _decoder(path, form, is_turned=turn != 1, shrink=shrink)
            image, _ = _rgb_and_valid(image, path.name)
            grey = image.colourspace("b-w")
            factor = min(1.0, max_side_px / max(grey.width, grey.height))
            return np.ascontiguousarray(grey.resize(factor).cast("uchar").numpy())


def read_sphere(source: PanoramaSource, max_width_px: int) -> tuple[UInt8Array, BoolArray | None]:
    """The full sphere in memory, at most ``max_width_px`` wide.

    Returns pixels (h, 2h, 3) uint8 sRGB, contiguous, and valid (h, 2h): where it was captured,
    None when everywhere. JPEGs are shrunk while they are decoded, other formats as they stream.

    Raises InputError as open_panorama, and for a file that is damaged or truncated.
    """
    area = open_panorama(source).area
    width = 2 * (min(max_width_px, area.full_width) // 2)
    place = area.scaled(width)
    fit = (each for each in SHRINKS if area.width >= each * place.width)
    opened = open_panorama(source, shrink=next(fit, 1))
    with vips_errors(source.path.name):
        captured, seen = _pixels_and_valid(opened, place.width, place.height)
    if place.is_full and seen is None:
        return captured, None
    pixels = np.zeros((width // 2, width, 3), np.uint8)
    valid = np.zeros((width // 2, width), np.bool_)
    inside = np.s_[place.top : place.top + place.height, place.left : place.left + place.width]
    pixels[inside] = captured
    valid[inside] = True if seen is None else seen
    if valid.all():
        return pixels, None
    return with_soft_fill(pixels, valid), valid


def _pixels_and_valid(
    opened: OpenedPanorama, width: int, height: int
) -> tuple[UInt8Array, BoolArray | None]:
    """Pixels (h, w, 3) and valid (h, w), decoded together: a stream is read only once."""
    bands = opened.image if opened.valid is None else opened.image.bandjoin(opened.valid)
    if (bands.width, bands.height) != (width, height):
        bands = bands.resize(width / bands.width, vscale=height / bands.height)
    found = np.ascontiguousarray(bands.cast("uchar").numpy())
    if opened.valid is None:
        return found, None
    return np.ascontiguousarray(found[..., :3]), found[..., 3] >= 255 * OPAQUE


def stream_sphere(source: PanoramaSource) -> tuple[VipsImage, float]:
    """The full sphere as a pyvips image to be read once from top to bottom, never whole in memory.

    Returns the image, 2:1, three bands of uchar, sRGB, without metadata that is to be published,
    and the share of the sphere (0 to 1) that was captured.

    Raises InputError as open_panorama; damage shows when the pixels are read.
    """
    import pyvips

    opened = open_panorama(source)
    area, image = opened.area, opened.image
    if area.is_full and opened.valid is None:
        return image, 1.0
    small, valid = read_sphere(source, FILL_WIDTH)
    if valid is None:
        return image, 1.0
    fill = pyvips.Image.new_from_array(small)
    fill = fill.resize(area.full_width / fill.width, vscale=area.full_height / fill.height)
    if opened.valid is not None:
        under = fill.extract_area(area.left, area.top, area.width, area.height)
        image = opened.valid.ifthenelse(image, under)
    return fill.insert(image, area.left, area.top), captured_share(valid)


def captured_share(valid: BoolArray) -> float:
    """Share of the sphere's solid angle, 0 to 1, of a mask (h, 2h)."""
    height = len(valid)
    weights = np.cos((0.5 - (np.arange(height) + 0.5) / height) * np.pi)
    return float((valid.mean(axis=1) * weights).sum() / weights.sum())


def with_soft_fill(pixels: UInt8Array, valid: BoolArray) -> UInt8Array:
    """The sphere (h, 2h, 3) with soft colours where it is not ``valid`` (h, 2h).

    Colours at the edge go on and lose detail with the distance from it (pull-push: Gortler et
    al., The Lumigraph, 1996), and rows blur sideways as they shorten towards a pole.
    """
    import cv2

    height, width = valid.shape
    size = (min(FILL_WIDTH, width), min(FILL_WIDTH, width) // 2)
    weight = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    known = cv2.resize(
        pixels * valid[..., None].astype(np.float32), size, interpolation=cv2.INTER_AREA
    )
    colours = _blurred_rows(_pulled_and_pushed(known, weight), weight)
    filled = cv2.resize(colours, (width, height), interpolation=cv2.INTER_CUBIC)
    filled = np.clip(np.rint(filled), 0, 255).astype(np.uint8)
    return np.where(valid[..., None], pixels, filled)


def _pulled_and_pushed(known: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    """Colours (h, w, 3) float32 everywhere, of sums of known colours and their weights."""
    import cv2

    height, width = weight.shape
    if min(height, width) <= 1:
        total = max(float(weight.sum()), 1e-6)
        return np.broadcast_to(known.sum(axis=(0, 1)) / total, known.shape).astype(np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse_weight = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    enough = 1 / np.maximum(coarse_weight, 0.25)  # half known counts as known
    deeper = _pulled_and_pushed(coarse * enough[..., None], coarse_weight * enough)
    around = cv2.copyMakeBorder(deeper, 0, 0, 1, 1, cv2.BORDER_WRAP)
    wide = cv2.resize(around, (width + 4, height), interpolation=cv2.INTER_LINEAR)
    pushed: NDArray[Any] = known + (1 - weight[..., None]) * wide[:, 2:-2]
    return pushed


def _blurred_rows(colours: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
    """Rows blurred around the sphere, the more the further they lie from what is known."""
    import cv2

    height, width = weight.shape
    unknown = (weight < 0.5).astype(np.uint8)
    away_px = cv2.distanceTransform(unknown, cv2.DIST_L2, 3).mean(axis=1)
    level = np.cos((0.5 - (np.arange(height) + 0.5) / height) * np.pi)
    sigma = 0.3 * away_px / level
    waves = np.fft.rfft(colours, axis=1)
    damping = np.exp(-0.5 * (np.arange(waves.shape[1]) * np.outer(sigma, [math.tau / width])) ** 2)
    blurred: NDArray[Any] = np.fft.irfft(waves * damping[..., None], n=width, axis=1)
    return np.where(weight[..., None] < 0.5, blurred, colours).astype(np.float32)
