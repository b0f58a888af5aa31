"""The picture of an imported scene as one JPEG of a sphere, with what GPano says of it."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import check_free_disk, open_image, replacing, temporary_folder
from vtour.gpano import (
    GPano,
    gpano_packet,
    heading_of,
    is_sphere,
    read_gpano,
    sphere_area,
    sphere_values,
)
from vtour.memory import forget_pages
from vtour.progress import Progress, no_progress
from vtour.tour.cube import FACES
from vtour.tour.importers.found import CubeLevel, Equirectangular
from vtour.tour.uncube import (
    BAND_PX,
    fill_borders,
    inside_of_face,
    sphere_band,
    sphere_width,
    stack_shape,
)

UInt8Array = NDArray[np.uint8]

MAX_WIDTH_PX = 32768
TILE_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
ROUND_TRIP = 0.02  # by how much a part's height may differ from what its angles say
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"


def master_from_cube(
    level: CubeLevel,
    target: Path,
    *,
    quality: int,
    heading_deg: float | None = None,
    progress: Progress = no_progress,
) -> int:
    """Resample six faces to a sphere and write it as JPEG; returns its width.

    Faces and sphere are memory maps of temporary files: memory does not grow with them.
    Raises InputError for a tile that is damaged or has another size than the level says.
    """
    import pyvips

    width = sphere_width(level.size)
    shape = stack_shape(level.size)
    check_free_disk(temporary_folder(), int(np.prod(shape)) + width * width // 2 * 3)
    with tempfile.TemporaryDirectory(prefix="vtour-import-") as folder:
        stack = np.memmap(Path(folder) / "faces", np.uint8, "w+", shape=shape)
        for face in FACES:
            _read_face(level, face, inside_of_face(stack, face))
            forget_pages(stack)
        fill_borders(stack)
        raw = Path(folder) / "sphere"
        with raw.open("wb") as stream:
            for start in range(0, width // 2, BAND_PX):
                rows = slice(start, min(start + BAND_PX, width // 2))
                stream.write(sphere_band(stack, width, rows).tobytes())
                forget_pages(stack)
                progress(rows.stop / (width // 2))
        image = pyvips.Image.rawload(str(raw), width, width // 2, 3)
        image = image.copy(interpretation="srgb")
        _save_jpeg(
            image, target, quality, gpano_packet(sphere_values(width, heading_deg=heading_deg))
        )
    return width


def master_from_picture(
    picture: Equirectangular, target: Path, *, quality: int, heading_deg: float | None = None
) -> int:
    """One equirectangular picture as JPEG; returns its width. A JPEG keeps its very pixels.

    Where it lies and where north is, the tour says; what it leaves open, the picture's GPano.

    Raises InputError when the picture does not fit its angles, is too wide or damaged.
    """
    import pyvips

    name = picture.path.name
    with open_image(picture.path) as image:
        form, (width, height) = image.format, image.size
        own = read_gpano(image)
    if is_sphere(own) and not picture.is_told:
        xmp = _xmp_of_own(own, width, height, heading_deg, name)
    else:
        heading = _heading_deg(own) if heading_deg is None else heading_deg
        xmp = _xmp_of_part(picture, width, height, heading)
    if form == "JPEG":
        data = picture.path.read_bytes()
        with replacing(target) as temporary:
            temporary.write_bytes(with_xmp(data, xmp, name))
        return width
    try:
        source = pyvips.Image.new_from_file(
            str(picture.path), access="sequential", fail_on="truncated"
        )
        flat = source.flatten() if source.hasalpha() else source
        _save_jpeg(flat.colourspace("srgb").cast("uchar"), target, quality, xmp)
    except pyvips.Error as error:
        detail = " ".join(str(error).split())[:160]
        raise InputError(f"{name}: damaged or truncated ({detail})") from None
    return width


def _xmp_of_own(own: GPano, width: int, height: int, heading_deg: float | None, name: str) -> bytes:
    """A picture's own GPano, with the tour's heading where it has one."""
    try:
        area = sphere_area(width, height, own)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    heading = _heading_deg(own) if heading_deg is None else heading_deg
    values = sphere_values(
        area.full_width, area=(area.left, area.top, area.width, area.height), heading_deg=heading
    )
    tilt = {side: own.get(side) for side in ("PosePitchDegrees", "PoseRollDegrees")}
    return gpano_packet(values | {side: v for side, v in tilt.items() if isinstance(v, float)})


def _heading_deg(own: GPano) -> float | None:
    heading = heading_of(own)
    return None if heading is None else math.degrees(heading)


def _xmp_of_part(
    picture: Equirectangular, width: int, height: int, heading_deg: float | None
) -> bytes:
    """GPano of a picture by its angles of view."""
    full = 2 * round(width * 180 / picture.haov_deg)
    full_height = full // 2
    expected = full_height * picture.vaov_deg / 180
    if abs(height - expected) > max(2.0, ROUND_TRIP * expected):
        raise InputError(
            f"{picture.path.name}: {width} x {height} px for {picture.haov_deg:g} x "
            f"{picture.vaov_deg:g} degrees, expected a height of {expected:.0f} px"
        )
    if full > MAX_WIDTH_PX:
        raise InputError(
            f"{picture.path.name}: a sphere of {full} px, expected at most {MAX_WIDTH_PX} px"
        )
    top = round((90 - picture.offset_deg - picture.vaov_deg / 2) / 180 * full_height)
    top = max(0, min(top, full_height - height))
    area = ((full - width) // 2, top, min(width, full), min(height, full_height))
    return gpano_packet(sphere_values(full, area=area, heading_deg=heading_deg))


def with_xmp(jpeg: bytes, xmp: bytes, name: str) -> bytes:
    """A JPEG with another XMP packet and the same pixels. Raises InputError for no JPEG."""
    kept, at = [jpeg[:2]], 2
    for start, end in _header_segments(jpeg, name):
        if not jpeg[start + 4 : end].startswith(XMP_HEADER):
            kept.append(jpeg[start:end])
        at = end
    payload = XMP_HEADER + xmp
    packet = b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload
    has_jfif = len(kept) > 1 and kept[1][:2] == b"\xff\xe0"
    kept.insert(2 if has_jfif else 1, packet)
    return b"".join(kept) + jpeg[at:]


def _header_segments(jpeg: bytes, name: str) -> Iterator[tuple[int, int]]:
    """Start and end of each application and comment segment at the head of a JPEG."""
    at = 2
    while jpeg[at : at + 1] == b"\xff" and (0xE0 <= jpeg[at + 1] <= 0xEF or jpeg[at + 1] == 0xFE):
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if end <= at + 2 or end > len(jpeg) - 2:
            raise InputError(f"{name}: damaged or truncated (segment at byte {at})")
        yield at, end
        at = end


def _save_jpeg(image: "object", target: Path, quality: int, xmp: bytes) -> None:
    """Write a pyvips image as JPEG with one XMP packet and nothing else of metadata."""
    import pyvips

    copy: pyvips.Image = image.copy()  # type: ignore[attr-defined]
    for field in copy.get_fields():
        if field.endswith("-data"):
            copy.remove(field)
    copy.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    with replacing(target) as temporary:
        copy.jpegsave(str(temporary), Q=quality, optimize_coding=True, keep="xmp")


def _read_face(level: CubeLevel, face: str, target: UInt8Array) -> None:
    """Read the tiles of one face; a tile that may be missing and is, stays black."""
    for row, paths in enumerate(level.tiles[face]):
        for column, path in enumerate(paths):
            place = target[
                row * level.tile_px : (row + 1) * level.tile_px,
                column * level.tile_px : (column + 1) * level.tile_px,
            ]
            if path is not None:
                place[:] = _read_tile(path, place.shape)


def _read_tile(path: Path, shape: tuple[int, ...]) -> UInt8Array:
    name = "/".join(path.parts[-4:])
    try:
        with open_image(path, formats=TILE_FORMATS) as image:
            if image.size != (shape[1], shape[0]):
                found = f"{image.width} x {image.height} px"
                raise InputError(f"{name}: {found}, expected {shape[1]} x {shape[0]} px")
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{name}: damaged or truncated ({error})") from None


def same_direction(yaw_deg: float) -> float:
    """Yaw as site.yaml has it, -180 to 180, without float noise."""
    return round(math.remainder(yaw_deg, 360), 4) + 0.0
