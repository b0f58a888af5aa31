"""What structure from motion works on: the photos and the panoramas of a site, in one list."""

from dataclasses import dataclass

from vtour.panorama_sources import PanoramaSource, panorama_sources
from vtour.schema.inventory import CaptureFile, GpsFix
from vtour.workspace import Workspace


@dataclass(frozen=True)
class SfmImage:
    """A photo or a panorama; just one of the two is there.

    name : its path in the inventory, or ``stitched/<id>.jpg``; that of the image in COLMAP.
    """

    name: str
    photo: CaptureFile | None = None
    panorama: PanoramaSource | None = None

    @property
    def sha256(self) -> str:
        """Digest of the file."""
        source = self.photo or self.panorama
        return source.sha256 if source else ""

    @property
    def gps(self) -> GpsFix | None:
        """Where the camera says that it was."""
        source = self.photo or self.panorama
        return source.gps if source else None


def sfm_images(work: Workspace) -> list[SfmImage]:
    """All usable photos, then all usable panoramas."""
    photos = [SfmImage(photo.path, photo=photo) for photo in work.files.usable_photos()]
    return photos + [SfmImage(one.name, panorama=one) for one in panorama_sources(work)]
