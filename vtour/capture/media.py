"""Media of the captures: used when a hotspot of site.yaml names them."""

from pathlib import PurePosixPath

from vtour.schema.inventory import FileKind, FileStatus, Inventory
from vtour.schema.site import Site

CAPTIONS_SUFFIX = ".vtt"
NADIR_WORDS = ("none", "blur", "fill")


def mark_named_media(site: Site, inventory: Inventory) -> None:
    """Mark the media that hotspots name, and the captions beside them, as used."""
    named = named_media(site) | nadir_media(site)
    for file in inventory.files:
        if file.kind is not FileKind.media or file.path not in named:
            continue
        if file.bytes == 0:
            file.status, file.reason = FileStatus.unusable, "an empty file"
        elif file.status is FileStatus.ignored:
            file.status, file.reason = FileStatus.used, None


def nadir_media(site: Site) -> set[str]:
    """Path in the captures of the picture that covers the tripod, when site.yaml names one."""
    if site.nadir is None or site.nadir in NADIR_WORDS:
        return set()
    return {str(PurePosixPath("media", site.nadir.removeprefix("media/")))}


def named_media(site: Site) -> set[str]:
    """Paths in the captures that the hotspots' media may have, captions included."""
    names = {name.removeprefix("media/") for spot in site.hotspots for name in spot.media if name}
    paths = {PurePosixPath("media", name) for name in names}
    paths |= {path.with_suffix(CAPTIONS_SUFFIX) for path in paths if path.name}
    return {str(path) for path in paths}
