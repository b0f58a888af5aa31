"""Facts about one image: size, camera, orientation, position, sphere."""

from pathlib import Path
from typing import Any

from vtour.capture.exif import read_exif
from vtour.errors import InputError
from vtour.files import open_image, upright_size
from vtour.gpano import gpano_from_xmp, is_full_sphere_size, xmp_of

Facts = dict[str, Any]


def image_facts(path: Path) -> Facts:
    """What the header, EXIF and XMP tell. Raises InputError when there is no readable header."""
    try:
        with open_image(path) as image:
            xmp = xmp_of(image)
            exif, gpano = read_exif(image, xmp), gpano_from_xmp(xmp)
            form, mode, (width, height) = image.format or "", image.mode, upright_size(image)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: damaged or truncated ({error})") from None
    facts: Facts = {"kind": f"{form} image", "size_px": [width, height], "mode": mode}
    told = {
        "orientation": exif.orientation if exif.orientation != 1 else None,
        "camera": exif.camera,
        "focal_mm": exif.focal_mm,
        "focal_px": exif.focal_px,
        "taken": exif.taken,
        "gps": exif.gps.model_dump(exclude_none=True) if exif.gps else None,
        "gpano": gpano or None,
        "notes": exif.notes or None,
    }
    facts |= {name: value for name, value in told.items() if value is not None}
    if not gpano and is_full_sphere_size(width, height):
        facts["may_be"] = "a full sphere: exactly 2:1, though no GPano says so"
    return facts
