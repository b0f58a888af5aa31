"""One photo: can it be used, and what does it say of itself.

Everything that can go wrong with a file from outside ends here, as a reason in plain words.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.capture.exif import Exif, read_exif
from vtour.equirect import luma_of, notes_of
from vtour.errors import CaptureError, InputError
from vtour.files import (
    UInt8Array,
    decoding,
    eight_bit,
    kind_of_content,
    open_image,
    turn_of,
    turned,
    upright_size,
)
from vtour.gpano import (
    GPano,
    gpano_from_xmp,
    is_full_sphere_size,
    is_sphere,
    sphere_area,
    xmp_of,
    xmp_packet,
    xmp_problem,
)

log = logging.getLogger(__name__)

MIN_SIDE_PX = 200
SMALL_SIDE_PX = 640
SWEEP_ASPECT = 2.2
LUMA_SIDE_PX = 1600
HEIC_HELP = "HEIC: convert it to JPEG (heif-convert, or set the phone to 'Most Compatible')"
MODE_NOTES = {
    "L": "grey image: used as grey RGB",
    "1": "black-and-white image: used as grey RGB",
    "P": "palette image: converted to RGB",
    "CMYK": "CMYK image: converted to RGB without its colour profile",
    "LAB": "Lab image: converted to RGB",
    "RGBA": "alpha channel: left out",
    "LA": "grey image with alpha: used as grey RGB",
    "PA": "palette image with alpha: converted to RGB",
}
TRANSPARENT = "alpha channel: transparent parts count as not captured"
SPHERE_NOTES = {
    "CMYK image: converted to RGB without its colour profile": "CMYK image: converted to RGB",
    "alpha channel: left out": TRANSPARENT,
    "grey image with alpha: used as grey RGB": TRANSPARENT,
    "palette image with alpha: converted to RGB": TRANSPARENT,
}
SUFFIX_FORMATS = {
    ".jpg": ("JPEG", "MPO"), ".jpeg": ("JPEG", "MPO"), ".jpe": ("JPEG", "MPO"),
    ".mpo": ("JPEG", "MPO"), ".tif": ("TIFF",), ".tiff": ("TIFF",), ".png": ("PNG",),
    ".webp": ("WEBP",),
}  # fmt: skip
DECODE_ERRORS = (OSError, ValueError, SyntaxError, IndexError, OverflowError, MemoryError)


@dataclass
class PhotoFacts:
    """What was found out about an image. ``problem`` says why it cannot be used.

    luma : (h, w) uint8, upright, long side at most LUMA_SIDE_PX; None when not decoded.
    """

    problem: str | None = None
    notes: list[str] = field(default_factory=list)
    width_px: int | None = None
    height_px: int | None = None
    exif: Exif = field(default_factory=Exif)
    gpano: GPano = field(default_factory=dict)
    luma: UInt8Array | None = None

    @property
    def is_panorama(self) -> bool:
        """Whether it is a sphere rather than a photo, by GPano; a bare 2:1 is no proof."""
        return is_sphere(self.gpano)


def examine_photo(path: Path, *, decode: bool = True, as_sphere: bool = False) -> PhotoFacts:
    """Read an image's header, EXIF and XMP, and decode it whole to see that it is whole.

    as_sphere : it was handed in as a panorama; one that says so by its GPano is one anyway.

    Never raises for a bad file: its ``problem`` tells.
    """
    facts = PhotoFacts()
    try:
        _check_content(path)
        with open_image(path) as image:
            _read_header(image, path, facts)
            if as_sphere or facts.is_panorama:
                _judge_sphere(image, facts)
                if facts.problem is None:
                    facts.notes = _with_notes(facts.notes, notes_of(path))
                if decode and facts.problem is None:
                    facts.luma = luma_of(path, LUMA_SIDE_PX)
            elif decode and facts.problem is None:
                facts.luma = _luma(image)
    except InputError as error:
        facts.problem = str(error).removeprefix(f"{path.name}: ")
    except PermissionError:
        facts.problem = "cannot be read (permission)"
    except DECODE_ERRORS as error:
        facts.problem = f"damaged or truncated ({str(error) or type(error).__name__})"
    return facts


def _with_notes(notes: list[str], more: list[str]) -> list[str]:
    """Notes without those of ``more`` that say the same: of 16-bit grey, of transparency."""
    is_grey = any(note.startswith("16-bit") for note in notes)
    return notes + [
        note for note in more if note not in notes and not (is_grey and note.startswith("16"))
    ]


def _check_content(path: Path) -> None:
    content = kind_of_content(path)
    if content == "HEIC":
        raise InputError(HEIC_HELP)
    if content == "an empty file":
        raise InputError("an empty file: expected a photo")


def _read_header(image: Image.Image, path: Path, facts: PhotoFacts) -> None:
    xmp = xmp_of(image)
    refused = xmp_problem(xmp_packet(image))
    if refused:
        facts.notes.append(f"{refused}: not read")
    facts.exif = read_exif(image, xmp)
    facts.gpano = gpano_from_xmp(xmp)
    facts.width_px, facts.height_px = upright_size(image)
    facts.notes += facts.exif.notes
    real = image.format or ""
    if real not in SUFFIX_FORMATS.get(path.suffix.lower(), (real,)):
        facts.notes.append(f"is a {real}, whatever its name says")
    if image.mode in MODE_NOTES:
        facts.notes.append(MODE_NOTES[image.mode])
    elif image.mode.startswith("I;16"):
        facts.notes.append("16-bit grey image: used with 8 bits")
    elif image.mode in ("I", "F"):
        facts.problem = "32-bit image: expected 8 or 16 bits a channel, convert it first"
    _judge_size(facts)


def _judge_size(facts: PhotoFacts) -> None:
    width, height = facts.width_px or 0, facts.height_px or 0
    size = f"{width} x {height} px"
    if min(width, height) < MIN_SIDE_PX:
        facts.problem = f"{size}: expected at least {MIN_SIDE_PX} px a side"
    elif max(width, height) < SMALL_SIDE_PX:
        facts.notes.append(f"small: {size}")


def _judge_sphere(image: Image.Image, facts: PhotoFacts) -> None:
    """Whether an image can be a panorama. Where it lies on its sphere is not guessed."""
    refused = xmp_problem(xmp_packet(image))
    facts.notes = [SPHERE_NOTES.get(note, note) for note in facts.notes]
    facts.notes = [note for note in facts.notes if note != f"{refused}: not read"]
    try:
        if refused:
            raise CaptureError(refused)
        sphere_area(facts.width_px or 0, facts.height_px or 0, facts.gpano)
    except CaptureError as error:
        facts.problem = facts.problem or str(error)


def _luma(image: Image.Image) -> UInt8Array:
    """Decode to upright grey, long side at most LUMA_SIDE_PX. JPEGs decode to about that size.

    The whole stream is read even then, so a truncated file shows.
    """
    can_shrink = image.format in ("JPEG", "MPO") and image.mode != "CMYK"
    turn = turn_of(image)
    with decoding(image, ("L", LUMA_SIDE_PX) if can_shrink else None):
        return _upright_grey(image, turn)


def _upright_grey(image: Image.Image, turn: Image.Transpose | None) -> UInt8Array:
    grey = eight_bit(image).convert("L")
    factor = LUMA_SIDE_PX / max(grey.size)
    if factor < 1:
        size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
        grey = grey.resize(size, Image.Resampling.BOX)
    return np.asarray(turned(grey, turn))


def shape_notes(width_px: int, height_px: int) -> list[str]:
    """What the shape of a photo without GPano suggests."""
    if is_full_sphere_size(width_px, height_px):
        return ["2:1: if this is a full sphere, put it into panoramas/"]
    if max(width_px, height_px) > SWEEP_ASPECT * min(width_px, height_px):
        return ["very wide: a sweep panorama or a crop reconstructs badly"]
    return []
