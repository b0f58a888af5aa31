"""The files in ``privacy/blurred``: copies of images with hidden places, as they are published."""

from typing import Any

from PIL import Image, PngImagePlugin

from vtour.files import UInt8Array, open_image, resource_errors, sync_file, text_digest
from vtour.gpano import gpano_packet
from vtour.panorama.searched import Picture
from vtour.rights import rights_exif
from vtour.workspace import Workspace

JPEG_QUALITY = 95
PNG_LEVEL = 3


def write_blurred(
    out: Workspace, picture: Picture, image: UInt8Array, alpha: UInt8Array | None = None
) -> None:
    """Write an image upright under its own name; of its EXIF only author and rights.

    A JPEG, or with alpha (h, w) a PNG: whoever reads a copy goes by its content, not its suffix.
    Written under a short name first: one that fills what the disk takes leaves no room for more.
    """
    target = out.blurred / picture.name
    target.parent.mkdir(parents=True, exist_ok=True)
    written = out.blurred / f".{text_digest(picture.name)[:32]}.part"
    kept = _kept_metadata(picture)
    with resource_errors(target):
        if alpha is None:
            Image.fromarray(image).save(
                written, format="JPEG", quality=JPEG_QUALITY, subsampling=0, **kept
            )
        else:
            bands = Image.fromarray(image)
            bands.putalpha(Image.fromarray(alpha))
            bands.save(written, format="PNG", compress_level=PNG_LEVEL, **_as_png(kept))
        sync_file(written)
        written.replace(target)


def _as_png(kept: dict[str, Any]) -> dict[str, Any]:
    """The same metadata as Pillow's PNG writer takes it."""
    told = PngImagePlugin.PngInfo()
    if "xmp" in kept:
        told.add_itxt("XML:com.adobe.xmp", kept["xmp"].decode())
    return {**{name: kept[name] for name in kept if name != "xmp"}, "pnginfo": told}


def _kept_metadata(picture: Picture) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    with open_image(picture.path) as image:
        if image.mode in ("RGB", "RGBA") and image.info.get("icc_profile"):
            kept["icc_profile"] = image.info["icc_profile"]
        kept["exif"] = rights_exif(image)
    if picture.gpano:
        kept["xmp"] = gpano_packet(picture.gpano)
    return kept
