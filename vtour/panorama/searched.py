"""The images that faces are looked for in: everything that pixels are published from."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vtour.errors import CaptureError, InputError
from vtour.files import open_image, upright_size
from vtour.gpano import SLACK_PX, sphere_area
from vtour.panorama.hide import Placement
from vtour.panorama_sources import GPano, PanoramaSource, panorama_sources
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.schema.privacy import LookedAt
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
        """Whether its right edge meets its left one, but for a pixel or two of rounding."""
        full = self.placement.full_width_px if self.placement else None
        return full is not None and self.width_px >= full - SLACK_PX


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
    """Where a panorama's file lies in its sphere, as all that read panoramas see it.

    Raises InputError when neither GPano nor its shape says what part of a sphere it is.
    """
    try:
        area = sphere_area(width_px, height_px, gpano)
    except CaptureError as error:
        raise InputError(f"{name}: {error}") from None
    return Placement(area.full_width, area.left, area.top)
