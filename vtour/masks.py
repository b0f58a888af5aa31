"""Masks of photos: which pixels may be used. White counts, black does not.

A mask lies beside its photo as ``<name>.mask.png`` or ``<name>.<ext>.mask.png``; the second wins
where both are there, so that ``a.jpg`` and ``a.tif`` can have masks of their own. It has the size
of the photo as people see it; one with the sides of the photo as its camera stored it is turned
with it, since programs that ignore EXIF write those.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.errors import InputError
from vtour.files import SWAPS_SIDES, TRANSPOSE, decoding, open_image, turn_of, turned
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.workspace import Workspace

BoolArray = NDArray[np.bool_]

SUFFIX = ".mask.png"


def is_mask_name(name: str) -> bool:
    """Whether a file is meant to be a mask."""
    return name.lower().endswith(SUFFIX)


def photos_of(mask_path: str, photos: Iterable[CaptureFile]) -> list[CaptureFile]:
    """The photos that a mask belongs to by its name: one, or all of that stem; none, when lost."""
    name = mask_path[: -len(SUFFIX)]
    photos = list(photos)
    same = [photo for photo in photos if photo.path == name]
    return same or [photo for photo in photos if _stem(photo.path) == name]


def mask_of(photo: CaptureFile, files: Iterable[CaptureFile]) -> CaptureFile | None:
    """The usable mask of a photo among the files of an inventory, None when it has none."""
    wanted = (FileKind.mask, FileStatus.used)
    named = {
        file.path[: -len(SUFFIX)]: file
        for file in files
        if (file.kind, file.status) == wanted and is_mask_name(file.path)
    }
    return named.get(photo.path) or named.get(_stem(photo.path))


def _stem(path: str) -> str:
    """A path without its last suffix."""
    return path.removesuffix(PurePosixPath(path).suffix)


def read_mask(work: Workspace, photo: CaptureFile) -> BoolArray | None:
    """Which pixels of a photo may be used: (h, w) bool, the full-size upright photo.

    None when the photo has no usable mask in the inventory: all of it may be used. Raises
    InputError when the mask is gone, damaged, or no longer of the photo's size.
    """
    file = mask_of(photo, work.files.files)
    if file is None:
        return None
    mask = read_mask_file(work.capture_path(file))
    problem = size_problem((mask.shape[1], mask.shape[0]), photo)
    if problem:
        raise InputError(f"{file.path}: {problem}")
    return upright_mask(mask, photo)


def read_mask_file(path: Path) -> BoolArray:
    """A mask as its file holds it, (h, w) bool: True where a colour is not black, nor transparent.

    Raises InputError for a damaged file, and for one that is not an image.
    """
    try:
        with open_image(path) as image:
            turn = turn_of(image)
            with decoding(image):
                image.load()
                levels = np.asarray(turned(_with_colours(image), turn))
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: damaged or truncated ({error})") from None
    used: BoolArray = np.not_equal(np.atleast_3d(levels), 0)
    seen: BoolArray = np.any(used[..., :3], axis=2)
    return seen & used[..., 3] if used.shape[2] == 4 else seen


def _with_colours(image: Image.Image) -> Image.Image:
    """The image with plain channels: palettes are looked up, grey with alpha gets colours."""
    has_alpha = "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa")
    if has_alpha:
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode == "P" else image


def upright_mask(mask: BoolArray, photo: CaptureFile) -> BoolArray:
    """A mask that has the size of its photo, or the sides of the stored one: turned upright."""
    if mask.shape == (photo.height_px, photo.width_px):
        return mask
    return np.asarray(Image.fromarray(mask).transpose(TRANSPOSE[photo.orientation or 1]))


def size_problem(size: tuple[int, int], photo: CaptureFile) -> str:
    """Why a mask of a size (width, height) does not fit a photo; empty when it does."""
    width, height = photo.width_px or 0, photo.height_px or 0
    if size == (width, height):
        return ""
    if size == (height, width) and photo.orientation in SWAPS_SIDES:
        return ""
    found = f"{size[0]} x {size[1]} px"
    return f"a mask of {found}, expected {width} x {height} px as {photo.path}"
