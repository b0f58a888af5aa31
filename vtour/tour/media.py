"""Images, films and sounds that hotspots show: checked, stripped of what is private, copied.

Images become WebP without EXIF but for the rights; films and sounds are copied as they are,
after a look at their first bytes; captions are a .vtt of the same name beside them.
"""

import functools
import re
import shutil
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from PIL import Image

from vtour.errors import InputError
from vtour.files import open_image, replacing, turn_of, turned
from vtour.rights import rights_exif
from vtour.schema.base import LocalText
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.schema.tour import Media
from vtour.workspace import Workspace

IMAGE_TYPES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}
PLAYED_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}
SIGNATURES = {
    ".mp3": re.compile(rb"ID3|\xff[\xe0-\xff]"),
    ".m4a": re.compile(rb"....ftyp", re.DOTALL),
    ".mp4": re.compile(rb"....ftyp", re.DOTALL),
    ".ogg": re.compile(rb"OggS"),
    ".webm": re.compile(rb"\x1a\x45\xdf\xa3"),
    ".vtt": re.compile(rb"(\xef\xbb\xbf)?WEBVTT"),
}
MAX_IMAGE_SIDE_PX = 2048
WEBP_QUALITY = 82
LANGUAGE_SUFFIX = re.compile(r"^\.(vi|en|zh-Hans|[a-z]{2}|[a-z]{2}-[A-Z]{2})$")


@dataclass
class MediaShelf:
    """The media/ folder of one package, filled file by file.

    work   : its captures' media, as far as the inventory says that they are used.
    target : media/ of the package.
    copied : names of films and sounds that are in the package byte for byte, with their metadata.
    """

    work: Workspace
    target: Path
    copied: set[str] = field(default_factory=set)
    _names: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, alt: LocalText) -> Media:
        """Bring one file of the captures' media/ into the package and describe it.

        name : as site.yaml says it, with or without ``media/`` before it.
        alt  : text for those who do not see it.
        Raises InputError for a file that the inventory does not list as used, lies about its
        type, or has a type that is not published.
        """
        inner = name.removeprefix("media/")
        path = self._path(inner)
        if path is None:
            raise InputError(f"{name!r}: not found, expected a file in media/ of the captures")
        suffix = path.suffix.lower()
        lang = _language_of(path)
        if suffix in IMAGE_TYPES:
            uri = self._named(inner, ".webp")
            write_web_image(path, self.target / PurePosixPath(uri).name)
            return Media(uri=uri, type="image/webp", alt=alt)
        if suffix not in PLAYED_TYPES:
            known = ", ".join(sorted(IMAGE_TYPES | set(PLAYED_TYPES)))
            raise InputError(f"{name}: type {suffix or 'without suffix'}, expected one of {known}")
        captions_inner = str(PurePosixPath(inner).with_suffix(".vtt"))
        captions = self._path(captions_inner)
        for part in (path, captions) if captions else (path,):
            check_signature(part)
        uri = self._copy(path, inner)
        self.copied.add(f"media/{inner}")
        captions_uri = self._copy(captions, captions_inner) if captions else None
        kind = PLAYED_TYPES[suffix]
        return Media(uri=uri, type=kind, lang=lang, captions=captions_uri, alt=alt)

    def _path(self, inner: str) -> Path | None:
        """Where a file of media/ lies; None when the inventory does not list it.

        Only what the inventory lists is looked for: it has refused links that lead outside.
        Raises InputError, with its reason, for a file (or a folder above it) that is not used.
        """
        wanted = PurePosixPath("media", inner)
        for path in (wanted, *wanted.parents):
            file = self._listed.get(str(path))
            if file is not None and file.status is not FileStatus.used:
                raise InputError(f"{file.path}: {file.reason}")
            if file is not None and file.kind is FileKind.media:
                return self.work.publishable(file.path, self.work.capture_path(file))
        return None

    @functools.cached_property
    def _listed(self) -> dict[str, CaptureFile]:
        return {file.path: file for file in self.work.files.files}

    def _copy(self, path: Path, inner: str) -> str:
        uri = self._named(inner, path.suffix.lower())
        copy_file(path, self.target / PurePosixPath(uri).name)
        return uri

    def _named(self, inner: str, suffix: str) -> str:
        """An ASCII name in the package, the same for the same file, never two files' name."""
        if (key := inner + suffix) not in self._names:
            stem = ascii_slug(str(PurePosixPath(inner).with_suffix(""))) or "media"
            taken = set(self._names.values())
            names = (
                f"media/{stem}{end}{suffix}" for end in ("", *(f"-{n}" for n in range(2, 999)))
            )
            self._names[key] = next(name for name in names if name not in taken)
        return self._names[key]


def check_signature(path: Path) -> None:
    """Raise InputError when the first bytes of a film, a sound or captions are another type's."""
    suffix = path.suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(64)
    if not SIGNATURES[suffix].match(head):
        raise InputError(f"{path.name}: its content is not what {suffix} promises")


def write_web_image(source: Path, target: Path) -> None:
    """Write an image upright, at most 2048 px, as WebP whose only EXIF are author and rights.

    Raises InputError when the source is damaged or not an image.
    """
    try:
        with open_image(source) as image:
            rights, turn = rights_exif(image), turn_of(image)
            shown = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{source.name}: damaged or truncated ({error})") from None
    shown = turned(shown, turn)
    shown.thumbnail((MAX_IMAGE_SIDE_PX, MAX_IMAGE_SIDE_PX), Image.Resampling.LANCZOS)
    shown.info.clear()
    with replacing(target) as temporary:
        shown.save(temporary, quality=WEBP_QUALITY, method=6, exif=rights)


def copy_file(source: Path, target: Path) -> None:
    """Copy bytes, all or nothing. No link: captures that are edited later change no package."""
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def ascii_slug(text: str) -> str:
    """Lower-case ASCII letters and digits joined by hyphens, at most 48 characters."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    ascii_text = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:48].strip("-")


def _language_of(path: Path) -> str | None:
    """'vi' of ``guide.vi.mp3``; None when the name tells no language."""
    match = LANGUAGE_SUFFIX.match(Path(path.stem).suffix)
    return match[1] if match else None
