"""Files: write-then-rename, digests, safe paths, and opening images within limits."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from vtour.errors import InputError, ResourceError

UInt8Array = NDArray[np.uint8]

MAX_IMAGE_PIXELS = 600_000_000  # above 32768 x 16384, far below a decompression bomb
Image.MAX_IMAGE_PIXELS = None  # ours is checked in open_image, before decoding

BIG_PIXELS = 50_000_000
BIG_IMAGE = threading.Lock()

PHOTO_FORMATS = ("JPEG", "TIFF", "PNG", "WEBP")  # Pillow opens MPO as JPEG
CHUNK_BYTES = 1 << 20
ON_WINDOWS = os.name == "nt"

ORIENTATION = 0x0112
SWAPS_SIDES = (5, 6, 7, 8)
TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
EXIF_ERRORS = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, ZeroDivisionError, EOFError, struct.error,
)  # fmt: skip
"""What reading damaged EXIF can raise in Pillow."""


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; renamed over it (with fsync) on success.

    The temporary name keeps the suffix, because writers choose their format by it.
    Nothing is left behind on failure. Raises ResourceError when the disk is full or the
    folder cannot be written.
    """
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        with resource_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            sync_file(temporary)
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def check_free(out: Path) -> None:
    """Raise InputError when ``out`` exists and is not an empty folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: exists and is not empty, expected a new or an empty folder")


@contextlib.contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Yield a folder beside ``out`` to fill; renamed to ``out`` on success.

    Nothing is left behind on failure. Raises InputError when ``out`` exists and is not an empty
    folder, ResourceError when the disk is full or the folder cannot be written.
    """
    check_free(out)
    out = out.resolve()
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    with resource_errors(out):
        try:
            temporary.mkdir(parents=True)
            yield temporary
            if out.exists():
                out.rmdir()
            temporary.rename(out)
        finally:
            remove(temporary)


def unfinished_files(folder: Path) -> list[Path]:
    """What ``replacing`` was writing below a folder when its process was killed."""
    return list(folder.rglob(".*.[0-9]*.part*"))


@contextlib.contextmanager
def resource_errors(target: Path) -> Iterator[None]:
    """Turn 'disk full' and 'not permitted' from the system into one-line ResourceErrors."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ResourceError(f"{target}: disk full, free some space and run again") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            name = error.filename or target
            raise ResourceError(f"{name}: not permitted ({error.strerror})") from error
        raise


def check_free_disk(folder: Path, needed_bytes: int) -> None:
    """Raise ResourceError when a folder that is there has less room than that."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise ResourceError(
            f"{folder}: disk full, {free / 1e6:.0f} MB free, "
            f"expected at least {needed_bytes / 1e6:.0f} MB"
        )


def temporary_folder() -> Path:
    """Where temporary files go. Raises ResourceError when no such folder can be written."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        reason = error.strerror
        raise ResourceError(f"{reason}: free some space there, or name one in TMPDIR") from None


def sync_file(path: Path) -> None:
    """Flush one file or folder to the disk.

    Windows flushes only files, and these only through a handle that may write.
    """
    if ON_WINDOWS and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if ON_WINDOWS else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, all or nothing."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON, all or nothing; same value, same bytes."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    write_text(path, text + "\n")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_digest(path: Path) -> str:
    """SHA-256 of a file, or of the sorted list of names and digests of a folder's files."""
    if path.is_file():
        return file_digest(path)
    total = hashlib.sha256()
    for name in sorted(str(p.relative_to(path).as_posix()) for p in path.rglob("*") if p.is_file()):
        total.update(f"{file_digest(path / name)}  {name}\n".encode())
    return total.hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a whole folder; nothing happens when it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def path_inside(root: Path, relative: str) -> Path:
    """The path that ``relative`` names below ``root``.

    Raises InputError for an absolute path, ``..``, a backslash, a NUL, a URL, or a symbolic
    link that leaves the root: all of a name from outside goes through this one check.
    """
    parts = PurePosixPath(relative).parts
    bad = "\\" in relative or "\0" in relative or ":" in relative.split("/")[0]
    if not parts or bad or relative.startswith("/") or ".." in parts:
        raise InputError(f"path {relative!r}: expected a relative path inside {root.name}/")
    path = root.joinpath(*parts)
    if not path.resolve().is_relative_to(root.resolve()):
        raise InputError(f"path {relative!r}: leads outside {root.name}/")
    return path


def open_image(path: Path, *, formats: tuple[str, ...] = PHOTO_FORMATS) -> Image.Image:
    """Open an image lazily after checking its real format and its size in the header.

    Raises InputError when the file is not one of ``formats`` (whatever its suffix says), or
    its header promises more than MAX_IMAGE_PIXELS. Decoding errors come when pixels are read:
    use read_image for those.
    """
    try:
        image = Image.open(path, formats=formats)
    except UnidentifiedImageError:
        found = kind_of_content(path)
        if found in formats:
            found = f"{found} that is damaged or of a rare kind"
        raise InputError(f"{path.name}: found {found}, expected {', '.join(formats)}") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: cannot be read as an image ({error})") from None
    if image.width * image.height > MAX_IMAGE_PIXELS:
        size = f"{image.width} x {image.height} px"
        image.close()
        raise InputError(f"{path.name}: {size}, expected at most {MAX_IMAGE_PIXELS:,} px in all")
    return image


@contextlib.contextmanager
def decoding(image: Image.Image, shrink: tuple[str, int] | None = None) -> Iterator[None]:
    """Hold this while decoding: of images that take gigabytes, only one at a time is decoded.

    shrink : mode and side in pixels that a JPEG may be reduced to, but not below, by its decoder.
    """
    whole = image.width * image.height
    if shrink:
        image.draft(shrink[0], (shrink[1], shrink[1]))
    is_kept_whole = "progressive" in image.info  # by the decoder, even when its result is small
    pixels = whole if is_kept_whole else image.width * image.height
    with BIG_IMAGE if pixels > BIG_PIXELS else contextlib.nullcontext():
        yield


def eight_bit(image: Image.Image) -> Image.Image:
    """The image with 8 bits a channel: Pillow's own conversion clips 16-bit grey to white."""
    if not image.mode.startswith("I;16"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation of an opened image, 1 to 8; anything else means upright."""
    try:
        value = image.getexif().get(ORIENTATION)
    except EXIF_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height that an image, opened but not decoded, has when it is upright.

    Pillow tells a TIFF's upright size itself, unless the orientation is in its XMP alone.
    """
    told = image.format == "TIFF" and ORIENTATION in getattr(image, "tag_v2", {})
    swap = not told and orientation_of(image) in SWAPS_SIDES
    return (image.height, image.width) if swap else image.size


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """How to turn what an image, opened but not decoded, decodes to; None when it is upright.

    Pillow turns TIFFs itself when it decodes them. ImageOps.exif_transpose is not used: it
    writes EXIF anew, and fails where a tag has a type that it does not expect.
    """
    return None if image.format == "TIFF" else TRANSPOSE.get(orientation_of(image))


def turned(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """The image, turned as turn_of said when it was opened."""
    return image if turn is None else image.transpose(turn)


def read_image(path: Path, *, max_side_px: int | None = None) -> UInt8Array:
    """Decode an image upright (EXIF orientation applied) as (h, w, 3) uint8 sRGB.

    max_side_px : shrink so that the long side is at most this (box-filtered Lanczos).

    Raises InputError for a truncated or damaged file.
    """
    try:
        with open_image(path) as image:
            turn = turn_of(image)
            can_shrink = max_side_px and image.format == "JPEG"
            with decoding(image, ("RGB", 2 * (max_side_px or 0)) if can_shrink else None):
                image.load()
                upright = turned(eight_bit(image).convert("RGB"), turn)
                return np.asarray(_within(upright, max_side_px))
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: damaged or truncated ({error})") from None


def _within(image: Image.Image, max_side_px: int | None) -> Image.Image:
    if not max_side_px or max(image.size) <= max_side_px:
        return image
    scale = max_side_px / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"LASF", "LAS"),
    (b"ASTM-E57", "E57"),
    (b"glTF", "GLB"),
    (b"ply", "PLY"),
    (b"# .PCD", "PCD"),
    (b"VERSION .7", "PCD"),
    (b"VERSION 0.7", "PCD"),
    (b"BM", "BMP"),
    (b"<!DOCTYPE", "HTML"),
    (b"<html", "HTML"),
    (b"<?xml", "XML"),
)


def kind_of_content(path: Path) -> str:
    """What the first bytes say a file is: 'JPEG', 'ZIP', 'text', 'an empty file'..."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head:
        return "an empty file"
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "HEIC"
    for signature, name in SIGNATURES:
        if head.startswith(signature):
            return name
    text = b"\0" not in head and sum(byte < 9 for byte in head) == 0
    return "text" if text else "unknown data"
