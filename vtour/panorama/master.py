"""Stage ``master``: level every panorama, cover its tripod, write it as it is to be published."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.equirect import area_of, stream_sphere, vips_errors
from vtour.errors import InputError
from vtour.files import (
    UInt8Array,
    check_free_disk,
    decoding,
    eight_bit,
    open_image,
    replacing,
    turn_of,
    turned,
    write_json,
)
from vtour.gpano import gpano_packet, sphere_values
from vtour.memory import forget_pages
from vtour.options import StageOptions, option
from vtour.panorama.nadir import filled_disk, nadir_view, put_view, with_picture
from vtour.panorama.resample import turn_sphere
from vtour.panorama_sources import PanoramaSource, panorama_sources
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.inventory import FileKind, FileStatus
from vtour.schema.masters import Master, Masters
from vtour.schema.report import StageReport
from vtour.schema.site import Site
from vtour.schema.standpoints import Standpoint
from vtour.schema.world import North
from vtour.siteyaml import read_site
from vtour.sphere import heading_and_tilt, turn_about_up
from vtour.standpoint_files import read_standpoints
from vtour.workspace import Workspace

FloatArray = NDArray[np.float64]

LEVEL_ENOUGH_DEG = 0.05
"""A tilt below this is left: half a pixel of the finest pictures, less than resampling costs."""
MAX_PICTURE_PX = 2048
FILL = "fill"


@dataclass(frozen=True, kw_only=True)
class MasterOptions(StageOptions):
    """How panoramas are levelled and written."""

    nadir_radius_deg: float = option(
        15.0, "Radius of the disk that covers the tripod.", unit="deg", minimum=1, maximum=45
    )
    jpeg_quality: int = option(95, "JPEG quality of the masters.", minimum=50, maximum=100)


MASTER_DEFAULTS = MasterOptions()


@dataclass(frozen=True, kw_only=True)
class _Patch:
    """What covers the tripods: a word or the path of a picture, and the picture."""

    name: str
    picture: UInt8Array | None = None


def level_panoramas(
    work: Workspace,
    out: Workspace,
    options: MasterOptions = MASTER_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Write every panorama of the tour level, whole, and without its tripod.

    Reads ``work.standpoints``, world.json for the north, the panoramas or their blurred copies,
    and of site.yaml ``nadir``, ``license`` and ``credit``. Writes ``out.masters``:
    ``<id>.jpg``, a full sphere at the capture's own resolution, and ``masters.json``.
    A panorama that is level, whole and has nothing to cover is not resampled.

    Raises InputError for a panorama that cannot be read, or a nadir picture that is not there.
    """
    standpoints = read_standpoints(work.standpoints)
    sources = {source.id: source for source in panorama_sources(work)}
    path = work.site_path()
    site = read_site(path) if path else None
    patch = _patch_of(site, work) if site else None
    rights = " / ".join(text for text in (site.license, site.credit) if text) if site else None
    has_north = _has_north(work)
    done = []
    for index, standpoint in enumerate(standpoints):
        if standpoint.id not in sources:
            raise InputError(f"standpoint {standpoint.id!r}: no panorama has this id, build again")
        source = sources[standpoint.id]
        job = _Job(
            source=source,
            path=work.publishable(source.name, source.path),
            standpoint=standpoint,
            patch=patch,
            rights=rights,
            has_north=has_north,
            options=options,
        )
        share = part_of(progress, index / len(standpoints), (index + 1) / len(standpoints))
        done.append(_write_master(job, out.masters, share))
        share(1.0, standpoint.id)
    write_json(out.masters / "masters.json", Masters(masters=done).to_json())
    return _report(done)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What one master is made of. path : of the panorama, or of its blurred copy."""

    source: PanoramaSource
    path: Path
    standpoint: Standpoint
    patch: _Patch | None
    rights: str | None
    has_north: bool
    options: MasterOptions


def _write_master(job: _Job, folder: Path, progress: Progress) -> Master:
    """Write ``<id>.jpg`` and say what it is."""
    heading, tilt, world_from_master = _attitude(job.standpoint)
    tilt_deg = math.degrees(math.acos(min(1.0, max(-1.0, (np.trace(tilt) - 1) / 2))))
    is_turned = tilt_deg >= LEVEL_ENOUGH_DEG
    target = folder / f"{job.source.id}.jpg"
    with vips_errors(job.path.name), replacing(target) as temporary:
        sphere, captured = stream_sphere(replace(job.source, path=job.path))
        width = sphere.width
        known = heading if job.has_north and job.standpoint.heading_known else None
        values = sphere_values(
            width,
            heading_deg=None if known is None else math.degrees(known),
            is_level=job.standpoint.levelled,
        )
        packet = gpano_packet(values, job.rights)
        if is_turned or job.patch is not None:
            with _raw_files(target) as (first, second):
                pixels = _decoded(sphere, first)
                if is_turned:
                    pixels = _turned(pixels, second, tilt.T, progress)
                if job.patch is not None:
                    cover_nadir(pixels, job.patch.picture, job.options.nadir_radius_deg)
                _save_jpeg(_stream(pixels, second if is_turned else first), temporary, packet, job)
        else:
            _save_jpeg(sphere, temporary, packet, job)
    return Master(
        id=job.source.id,
        source=job.source.name,
        width=width,
        height=width // 2,
        native_width=area_of(job.source).full_width,
        rotation=[round(float(value), 12) for value in world_from_master],
        levelled=job.standpoint.levelled,
        tilt_deg=round(tilt_deg, 4) if is_turned else 0.0,
        captured=round(captured, 4),
        nadir=job.patch.name if job.patch else None,
        blurred=job.path != job.source.path,
    )


def _attitude(standpoint: Standpoint) -> tuple[float | None, FloatArray, list[float]]:
    """Heading (radians; None when up is not known), level_from_pano, world_from_master (xyzw)."""
    if not standpoint.levelled:
        return None, np.eye(3), list(standpoint.rotation)
    from scipy.spatial.transform import Rotation

    world_from_pano = Rotation.from_quat(standpoint.rotation).as_matrix()
    heading, tilt = heading_and_tilt(world_from_pano)
    turn = Rotation.from_matrix(turn_about_up(heading)).as_quat(canonical=True)
    return heading, tilt, [float(value) for value in turn]


@contextmanager
def _raw_files(target: Path) -> Iterator[tuple[Path, Path]]:
    """Two temporary files beside a target, removed whatever happens."""
    first, second = (
        target.with_name(f".{target.stem}.{os.getpid()}.part{number}.raw") for number in (1, 2)
    )
    try:
        yield first, second
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)


def _decoded(sphere: Any, path: Path) -> UInt8Array:
    """Pixels (h, 2h, 3) of a streamed sphere in a file, mapped: any size, little memory."""
    check_free_disk(path.parent, 6 * sphere.width * sphere.height)
    sphere.rawsave(str(path))
    return np.memmap(path, np.uint8, "r+", shape=(sphere.height, sphere.width, 3))


def _turned(
    pixels: UInt8Array, path: Path, pano_from_level: FloatArray, progress: Progress
) -> UInt8Array:
    level = np.memmap(path, np.uint8, "w+", shape=pixels.shape)
    turn_sphere(pixels, level, pano_from_level, progress)
    return level


def cover_nadir(sphere: UInt8Array, picture: UInt8Array | None, radius_deg: float) -> None:
    """Fill the disk around the nadir of a sphere (h, 2h, 3) from around it, in place.

    picture : (h, w, 4) uint8 RGBA laid over it, None for none.
    """
    radius = math.radians(radius_deg)
    view = filled_disk(nadir_view(sphere, radius))
    put_view(sphere, view if picture is None else with_picture(view, picture), radius)


def _stream(pixels: UInt8Array, path: Path) -> Any:
    """The mapped pixels as a pyvips image that is read once."""
    import pyvips

    if isinstance(pixels, np.memmap):
        pixels.flush()
    forget_pages(pixels)
    height, width = pixels.shape[:2]
    image = pyvips.Image.rawload(str(path), width, height, 3, access="sequential")
    return image.copy(interpretation="srgb")


def _save_jpeg(sphere: Any, path: Path, packet: bytes, job: _Job) -> None:
    """Write a JPEG without any metadata of its source but our own XMP."""
    import pyvips

    image = sphere.copy(xres=1, yres=1)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)
    quality = job.options.jpeg_quality
    image.jpegsave(str(path), Q=quality, subsample_mode="off", optimize_coding=False, keep="xmp")


def _patch_of(site: Site, work: Workspace) -> _Patch | None:
    """What ``nadir`` of site.yaml asks for; raises InputError when it is not there."""
    if site.nadir is None or site.nadir == "none":
        return None
    if site.nadir == FILL:
        return _Patch(name=FILL)
    wanted = f"media/{site.nadir.removeprefix('media/')}"
    for file in work.files.files:
        if (file.path, file.kind, file.status) == (wanted, FileKind.media, FileStatus.used):
            path = work.publishable(file.path, work.capture_path(file))
            return _Patch(name=wanted, picture=read_picture(path))
    raise InputError(f"site.yaml: nadir {site.nadir!r}: expected fill or a picture in media/")


def read_picture(path: Path) -> UInt8Array:
    """A picture of at most 2048 px a side as (h, w, 4) uint8 RGBA, upright.

    Raises InputError when it cannot be read.
    """
    try:
        with open_image(path) as image:
            turn = turn_of(image)
            with decoding(image):
                picture = turned(eight_bit(image).convert("RGBA"), turn)
                picture.thumbnail((MAX_PICTURE_PX, MAX_PICTURE_PX))
                return np.array(picture)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: damaged or truncated ({error})") from None


def _has_north(work: Workspace) -> bool:
    if not work.world.is_file():
        return False
    return work.read_world().north is North.true


def _report(masters: list[Master]) -> StageReport:
    report = StageReport(stage="master")
    report.measure("panorama_masters", len(masters))
    level = [master for master in masters if master.levelled]
    report.measure("panoramas_levelled", len(level), n=len(masters))
    if masters:
        report.measure("panorama_tilt", max(master.tilt_deg for master in masters), n=len(level))
        report.measure("panorama_captured", min(m.captured for m in masters), n=len(masters))
    tilted = [master.id for master in masters if not master.levelled]
    if tilted:
        report.warnings.append(f"{', '.join(tilted)}: up is not known, so not levelled")
    return report
