"""Stage ``pyramid``: cut every master into tiles, with a base image, a thumb and a preview.

libvips's own dzsave does the cutting: one pass from top to bottom, levels made from the level
above, tiles encoded on all cores. Its Deep Zoom layout with no overlap names tiles as we do,
``{level}/{col}_{row}``; its two levels below 2048 px are dropped.
"""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vtour.equirect import vips_errors
from vtour.errors import InputError, OptionError
from vtour.files import check_free_disk, file_digest, remove, replacing, text_digest, write_json
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.schema.masters import Master, Masters, Pyramids
from vtour.schema.report import StageReport
from vtour.schema.tour import Panorama, PyramidLevel
from vtour.sphere import sample_sphere, view_rays
from vtour.workspace import Workspace

TILE_PX = 512
WIDTHS = (2048, 4096, 8192, 16384, 32768)
BASE_WIDTH = 1024
THUMB_PX = (320, 200)
THUMB_FOV_DEG = 80.0
PREVIEW_PX = (64, 32)
PREVIEW_CHARS = 4096
PREVIEW_QUALITIES = (60, 40, 20, 5)
ENOUGH = 0.9
"""A level shows a capture that is at most this much of it narrower..."""
MOST_ENLARGED = 1.25
"""... and is not enlarged by more than this."""
BYTES_PER_PX = 0.6
"""Upper bound for the tiles of one format, to see whether the disk has room."""

Format = Literal["webp", "avif", "jpg"]
FORMATS: tuple[Format, ...] = ("webp", "avif", "jpg")


@dataclass(frozen=True, kw_only=True)
class PyramidOptions(StageOptions):
    """How panoramas are cut into tiles."""

    formats: str = option("webp", "Formats of the tiles, best first: webp, avif, jpg.")
    webp_quality: int = option(80, "WebP quality.", minimum=1, maximum=100)
    avif_quality: int = option(55, "AVIF quality.", minimum=1, maximum=100)
    jpeg_quality: int = option(80, "JPEG quality.", minimum=1, maximum=95)
    max_width: int = option(
        16384, "Widest level; above 16384 phones gain nothing.", unit="px",
        minimum=WIDTHS[0], maximum=WIDTHS[-1],
    )  # fmt: skip
    keep_detail: bool = option(
        False, "Enlarge to the next width rather than lose any detail of the capture."
    )

    def __post_init__(self) -> None:
        """Check ranges, and the names of the formats. Raises OptionError."""
        super().__post_init__()
        names = self.formats.split(",")
        if not set(names) <= set(FORMATS) or len(set(names)) < len(names):
            raise OptionError(
                f"formats={self.formats}: expected one or more of {', '.join(FORMATS)}, "
                "each once, with commas between"
            )

    def format_list(self) -> list[Format]:
        """The formats, best first."""
        names = self.formats.split(",")
        return sorted((name for name in FORMATS if name in names), key=names.index)

    def suffix(self, form: Format) -> str:
        """Suffix and options of libvips for one format."""
        if form == "avif":
            return f".avif[Q={self.avif_quality},effort=4]"
        quality = self.webp_quality if form == "webp" else self.jpeg_quality
        return f".{form}[Q={quality}]"


PYRAMID_DEFAULTS = PyramidOptions()


def cut_panoramas(
    work: Workspace,
    out: Workspace,
    options: PyramidOptions = PYRAMID_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Cut every master into an equirectangular pyramid of 512 px tiles.

    Reads ``work.masters``. Writes ``out.tiles``: ``<id>/{level}/{col}_{row}.<format>``,
    ``<id>/base.<format>`` of 1024 x 512, ``<id>/thumb.jpg``, and ``tiles.json``, a Panorama of
    tour.json for each id. Pyramids that a killed run finished are kept.

    Raises InputError for a master that is missing or damaged.
    """
    path = work.masters / "masters.json"
    if not path.is_file():
        raise InputError(f"{path}: not found, expected the stage master to have run")
    masters = Masters.model_validate_json(path.read_text("utf-8")).masters
    pyramids: dict[str, Panorama] = {}
    for index, master in enumerate(masters):
        pyramids[master.id] = _pyramid_of(master, work, out, options)
        progress((index + 1) / len(masters), master.id)
    write_json(out.tiles / "tiles.json", Pyramids(panoramas=pyramids).to_json())
    for record in out.tiles.glob("*.done.json"):
        record.unlink()
    return _report(out, pyramids)


def level_widths(native_width: int, max_width: int, *, keep_detail: bool = False) -> list[int]:
    """Widths of a pyramid's levels, coarse to fine, for a sphere captured ``native_width`` wide.

    The finest is the smallest listed width of at least 0.9 x native; the one below when that
    enlarges by more than 1.25, unless detail is to be kept. There is always one level.
    """
    allowed = [width for width in WIDTHS if width <= max_width]
    large = [width for width in allowed if width >= ENOUGH * native_width]
    finest = large[0] if large else allowed[-1]
    if finest > MOST_ENLARGED * native_width and not keep_detail:
        finest = max((width for width in allowed if width < finest), default=finest)
    return [width for width in allowed if width <= finest]


def _pyramid_of(
    master: Master, work: Workspace, out: Workspace, options: PyramidOptions
) -> Panorama:
    """One pyramid, or what a killed run left when it is the same."""
    source = work.masters / f"{master.id}.jpg"
    if not source.is_file():
        raise InputError(f"{source}: not found, expected the master listed in masters.json")
    record = out.tiles / f"{master.id}.done.json"
    key = text_digest(f"{file_digest(source)} {master.native_width} {options}")
    if record.is_file():
        done = Pyramids.model_validate_json(record.read_text("utf-8"))
        if done.version == key:
            return done.panoramas[master.id]
    folder = out.tiles / master.id
    remove(folder)
    folder.mkdir(parents=True)
    panorama = cut_panorama(source, folder, master.id, master.native_width, options)
    write_json(record, Pyramids(version=key, panoramas={master.id: panorama}).to_json())
    return panorama


def cut_panorama(
    source: Path, folder: Path, node: str, native_width: int, options: PyramidOptions
) -> Panorama:
    """Write one pyramid with its base, thumb and preview into an empty folder.

    source : a full sphere, 2:1, JPEG. Returns its Panorama with URIs below ``panoramas/<node>``.

    Raises InputError when the source is damaged, ResourceError when the disk has no room.
    """
    widths = level_widths(native_width, options.max_width, keep_detail=options.keep_detail)
    formats = options.format_list()
    pixels = sum(width * width // 2 for width in widths)
    check_free_disk(folder, int(BYTES_PER_PX * pixels * len(formats)))
    with vips_errors(source.name):
        for form in formats:
            _cut_levels(source, folder, widths, form, options)
        small = _coarsest(folder, formats[0])
        base = small.resize(BASE_WIDTH / small.width)
        _save(base, folder / f"base.{formats[0]}", options.suffix(formats[0]))
        _save(_image(thumb_of(small.numpy())), folder / "thumb.jpg", ".jpg[Q=82]")
        preview = preview_of(base)
    grid = [
        PyramidLevel(width=width, cols=width // TILE_PX, rows=width // TILE_PX // 2)
        for width in widths
    ]
    root = f"panoramas/{node}"
    return Panorama(
        tile_size=TILE_PX,
        formats=list(formats),
        base=f"{root}/base.{formats[0]}",
        template=f"{root}/{{level}}/{{col}}_{{row}}.{{ext}}",
        levels=grid,
        thumb=f"{root}/thumb.jpg",
        preview=preview,
        native_width=native_width,
    )


def _open(source: Path) -> Any:
    import pyvips

    return pyvips.Image.jpegload(
        str(source), access="sequential", fail_on="truncated", revalidate=True
    )


def _cut_levels(
    source: Path, folder: Path, widths: list[int], form: Format, options: PyramidOptions
) -> None:
    """All tiles of one format: ``{level}/{col}_{row}.<form>``, level 0 the coarsest."""
    image = _open(source)
    if image.width != widths[-1]:
        image = image.resize(widths[-1] / image.width, vscale=widths[-1] / 2 / image.height)
    with _scratch(folder) as scratch:
        image.dzsave(
            str(scratch / "all"),
            layout="dz",
            suffix=options.suffix(form),
            tile_size=TILE_PX,
            overlap=0,
            depth="onetile",
            keep="none",
        )
        levels = sorted((scratch / "all_files").glob("[0-9]*"), key=lambda path: int(path.name))
        for level, cut in enumerate(levels[-len(widths) :]):
            kept = folder / str(level)
            kept.mkdir(exist_ok=True)
            for tile in cut.iterdir():
                tile.rename(kept / tile.name)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    scratch = folder / ".cut"
    remove(scratch)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _coarsest(folder: Path, form: Format) -> Any:
    """Level 0 put together as a pyvips image in memory.

    Base, thumb and preview are made of it, at half its size or less: decoding the master once
    more would take a tenth of the time of all tiles, and shows no difference.
    """
    import pyvips

    cols, rows = WIDTHS[0] // TILE_PX, WIDTHS[0] // TILE_PX // 2
    names = [f"0/{col}_{row}.{form}" for row in range(rows) for col in range(cols)]
    tiles = [pyvips.Image.new_from_file(str(folder / name), revalidate=True) for name in names]
    return pyvips.Image.arrayjoin(tiles, across=cols).copy_memory()


def thumb_of(sphere: Any) -> Any:
    """What lies around the middle of a sphere (h, 2h, 3) uint8, in perspective: (200, 320, 3)."""
    rays = view_rays(np.eye(3), THUMB_PX, np.deg2rad(THUMB_FOV_DEG))
    return sample_sphere(sphere, rays, cubic=True)


def preview_of(sphere: Any) -> str:
    """A tiny picture of a pyvips image of the sphere, as a data URI of at most 4096 characters."""
    width, height = PREVIEW_PX
    small = sphere.resize(width / sphere.width, vscale=height / sphere.height)
    for quality in PREVIEW_QUALITIES:
        data = small.write_to_buffer(f".webp[Q={quality},keep=none]")
        uri = "data:image/webp;base64," + base64.b64encode(data).decode()
        if len(uri) <= PREVIEW_CHARS:
            return uri
    raise AssertionError("64 x 32 px of WebP above 3 kB")


def _image(pixels: Any) -> Any:
    import pyvips

    return pyvips.Image.new_from_array(pixels)


def _save(image: Any, path: Path, suffix: str) -> None:
    """Write an image with the options of a format, without metadata."""
    data = image.write_to_buffer(suffix.replace("]", ",keep=none]"))
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _report(out: Workspace, pyramids: dict[str, Panorama]) -> StageReport:
    report = StageReport(stage="pyramid")
    tiles = [
        level.cols * level.rows * len(panorama.formats)
        for panorama in pyramids.values()
        for level in panorama.levels
    ]
    size = sum(path.stat().st_size for path in out.tiles.rglob("*.*") if path.parent != out.tiles)
    report.measure("panorama_tiles", sum(tiles), n=len(pyramids))
    report.measure("panorama_bytes", size, n=len(pyramids))
    if pyramids:
        widest = max(panorama.levels[-1].width for panorama in pyramids.values())
        report.measure("panorama_width", widest, n=len(pyramids))
    return report
