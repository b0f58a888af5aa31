"""The images that faces are looked for in: everything that pixels are published from."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vtour.errors import InputError
from vtour.files import open_image, upright_size
from vtour.panorama.hide import Placement
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.schema.privacy import LookedAt
from vtour.spheres import GPano, PanoramaSource, panorama_sources
from vtour.workspace import Workspace

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}
FILMS = {".mp4", ".webm"}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One image: a photo, a panorama, or a picture that a hotspot shows.

    name      : its path in the inventory, or ``stitched/<id>.jpg``.
    placement : where a panorama lies in its full sphere; None for flat pictures.
    width_px, height_px : of the upright file.
    """

    name: str
    path: Path
    sha256: str
    width_px: int
    height_px: int
    placement: Placement | None = None
    gpano: GPano | None = None

    @property
    def goes_round(self) -> bool:
        """Whether its right edge meets its left one."""
        return self.placement is not None and self.placement.full_width_px == self.width_px


def pictures_of_site(work: Workspace) -> list[Picture]:
    """Usable photos, all panoramas, the pictures in media/ that hotspots name; sorted by name.

    Raises InputError for a file that is gone or cannot be opened.
    """
    files = work.files
    flat = [*files.usable_photos(), *(file for file in files.files if _is_shown(file, PICTURES))]
    found = [_flat_picture(work, file) for file in flat]
    found += [_panorama(source) for source in panorama_sources(work)]
    return sorted(found, key=lambda picture: picture.name)


def films_of_site(work: Workspace) -> list[LookedAt]:
    """The films in media/ that hotspots show, sorted by name: no search looks into them."""
    films = [file for file in work.files.files if _is_shown(file, FILMS)]
    return [
        LookedAt(file=film.path, sha256=film.sha256, width_px=0, height_px=0, is_film=True)
        for film in sorted(films, key=lambda film: film.path)
    ]


def _is_shown(file: CaptureFile, suffixes: set[str]) -> bool:
    is_used = (file.kind, file.status) == (FileKind.media, FileStatus.used)
    return is_used and PurePosixPath(file.path).suffix.lower() in suffixes


def _flat_picture(work: Workspace, file: CaptureFile) -> Picture:
    path = work.capture_path(file)
    width, height = file.width_px, file.height_px
    if not width or not height:
        with open_image(path) as image:
            width, height = upright_size(image)
    return Picture(name=file.path, path=path, sha256=file.sha256, width_px=width, height_px=height)


def _panorama(source: PanoramaSource) -> Picture:
    width, height = source.width_px, source.height_px
    if not width or not height:
        with open_image(source.path) as image:
            width, height = upright_size(image)
    return Picture(
        name=source.name,
        path=source.path,
        sha256=source.sha256,
        width_px=width,
        height_px=height,
        placement=placement_from_gpano(source.gpano, width, height, source.name),
        gpano=source.gpano,
    )


def placement_from_gpano(gpano: GPano, width_px: int, height_px: int, name: str) -> Placement:
    """Where a panorama's file lies in its sphere; the whole of it unless GPano says otherwise.

    Raises InputError when neither GPano nor its shape says what part of a sphere it is.
    """
    full = _number(gpano, "FullPanoWidthPixels")
    if full is None or full == width_px == 2 * height_px:
        if width_px != 2 * height_px:
            raise InputError(
                f"{name}: {width_px} x {height_px} px and no FullPanoWidthPixels, "
                "expected 2:1 or a GPano crop"
            )
        return Placement(width_px)
    left, top = (_number(gpano, f"CroppedArea{side}Pixels") or 0 for side in ("Left", "Top"))
    shown = _number(gpano, "CroppedAreaImageWidthPixels") or width_px
    scale = width_px / shown  # a file that was shrunk keeps the numbers of the larger one
    placed = Placement(round(full * scale), round(left * scale), round(top * scale))
    if placed.full_width_px < width_px or placed.top_px + height_px > placed.full_height_px + 1:
        raise InputError(f"{name}: GPano's cropped area is larger than the full sphere")
    return placed


def _number(gpano: GPano, name: str) -> float | None:
    value = gpano.get(name)
    return float(value) if isinstance(value, int | float) and value >= 0 else None
