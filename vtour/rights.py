"""Author and rights in an image's EXIF, all of it that is published."""

from PIL import Image

from vtour.files import EXIF_ERRORS

COPYRIGHT_TAG, ARTIST_TAG = 0x8298, 0x013B


def rights_exif(image: Image.Image) -> bytes:
    """EXIF that holds author and rights of an opened image and no more; b"" when it has none."""
    rights = rights_of(image)
    kept = Image.Exif()
    kept.update(rights)
    return kept.tobytes() if rights else b""


def rights_of(image: Image.Image) -> dict[int, bytes]:
    """Author and rights by EXIF tag, UTF-8; none when EXIF is damaged."""
    try:
        exif = image.getexif()
        tags = [tag for tag in (ARTIST_TAG, COPYRIGHT_TAG) if tag in exif]
        return {tag: rights_text(exif[tag]).encode() for tag in tags}
    except EXIF_ERRORS:
        return {}


def rights_text(value: object) -> str:
    """An EXIF text as it was meant: UTF-8, which the Metadata Working Group asks for.

    Pillow gives the bytes of an ASCII field as Latin-1 (and writes anything beyond ASCII as '?',
    so it gets bytes); what is no UTF-8 was Latin-1 indeed.
    """
    data = value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.strip("\0 ")
