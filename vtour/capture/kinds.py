"""The tables behind the layout: suffixes, folders and fixed names, and what each means."""

from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from vtour.files import PHOTO_FORMATS, kind_of_content
from vtour.gpano import is_full_sphere_size, read_gpano
from vtour.schema.inventory import FileKind, FileStatus

CAPTURE_FOLDERS = ("photos", "panoramas", "scans", "models")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


IMAGE_SUFFIXES = _words(".jpg .jpeg .jpe .mpo .tif .tiff .png .webp")
HEIC_SUFFIXES = _words(".heic .heif .hif")
RAW_SUFFIXES = _words(
    ".3fr .arw .cr2 .cr3 .crw .dng .erf .gpr .iiq .nef .nrw .orf .pef .raf .raw .rw2 .srw"
)
VIDEO_SUFFIXES = _words(".360 .avi .insv .lrv .m2ts .m4v .mkv .mov .mp4 .mts .webm .wmv")
CLOUD_SUFFIXES = _words(".e57 .las .laz .pcd .ptx .pts .xyz")
CLOUD_TEXT_SUFFIXES = _words(".txt .csv .asc")
"""Clouds when they are rows of numbers, and only in scans/."""
MODEL_SUFFIXES = _words(".glb .gltf .obj")
"""Models wherever they lie; PLY is one in models/, and elsewhere when it has faces."""
FOREIGN_SUFFIXES = _words(
    ".3dm .3ds .3mf .abc .blend .c4d .dae .dwg .dxf .fbx .ifc .max .mb .obp .psx .psz .skp .stl "
    ".usd .usda .usdc .usdz .wrl .x3d"
)
PART_SUFFIXES = _words(".mtl .bin .bmp .tga")
"""Besides images: what models name."""
ARCHIVE_SUFFIXES = _words(".zip .7z .rar .tar .gz .tgz .bz2 .xz")
LENS_SUFFIXES = _words(".txt")
SIDE_SUFFIXES = _words(".xmp .thm .aae .srt .pp3 .mrk .obs .nav .bin .rtk")
SYSTEM_NAMES = frozenset(("thumbs.db", "desktop.ini", ".ds_store", "ehthumbs.db", ".directory"))

LATER = {
    FileKind.mask: "masks of panoramas are not processed yet: the panorama is used whole",
}

PROCESSED = (
    FileKind.photo,
    FileKind.panorama,
    FileKind.panorama_set,
    FileKind.scan,
    FileKind.model,
    FileKind.model_part,
)
INSP = "raw file of a dual fisheye: hand in front.jpg, back.jpg and its lens file"

NOT_NAMED = "no hotspot names it"
NO_MODEL_NAMES = "no model names it"
BESIDE_MODEL = "lies beside a model that does not name it; photos go to photos/, or panoramas/"
MODELS_NAME = "models.yaml"

Verdict = tuple[FileKind, FileStatus, str | None]

ROOT_FILES: dict[str, Verdict] = {
    "site.yaml": (FileKind.site, FileStatus.used, None),
    "control.csv": (FileKind.control, FileStatus.used, None),
    "marks.csv": (FileKind.marks, FileStatus.used, None),
    "gcp_list.txt": (FileKind.gcp_list, FileStatus.used, None),
    "scalebars.csv": (FileKind.scale_bars, FileStatus.used, None),
    "privacy.yaml": (FileKind.privacy, FileStatus.used, None),
    "targets.csv": (FileKind.targets, FileStatus.used, None),
    "manifest-sha256.txt": (FileKind.other, FileStatus.ignored, "checksums of the delivery"),
    "bagit.txt": (FileKind.other, FileStatus.ignored, "part of the delivery's bag"),
    "bag-info.txt": (FileKind.other, FileStatus.ignored, "part of the delivery's bag"),
    "site.yml": (FileKind.other, FileStatus.ignored, "expected the name site.yaml"),
}

BARE_REASONS: dict[str, Verdict] = {
    "media": (FileKind.media, FileStatus.ignored, NOT_NAMED),
    "reference": (FileKind.other, FileStatus.ignored, "reference data, not a capture"),
    "truth": (FileKind.other, FileStatus.ignored, "ground truth, not a capture"),
}


def is_made_by_system(name: str) -> bool:
    """Whether a file is one that an operating system leaves behind by itself."""
    return name.lower() in SYSTEM_NAMES or name.startswith("._")


def by_suffix(name: str) -> str | None:
    """Why a file with this suffix is not taken, or None when the suffix says nothing."""
    suffix = PurePosixPath(name).suffix.lower()
    for suffixes, reason in (
        (RAW_SUFFIXES, "raw photo: hand in the JPEG or TIFF developed from it"),
        (VIDEO_SUFFIXES, "video: hand in photos, or stills taken from it"),
        (ARCHIVE_SUFFIXES, "archive: unpack it into the folder"),
        (SIDE_SUFFIXES, "side file of a camera or a program"),
    ):
        if suffix in suffixes:
            return reason
    return None


def is_image_name(path: Path) -> bool:
    """Whether a file is meant to be an image: by its suffix, or without one by its content."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES or suffix in HEIC_SUFFIXES:
        return True
    try:
        return suffix == "" and kind_of_content(path) in ("JPEG", "PNG", "HEIC")
    except OSError:
        return False


def folder_kind(parts: tuple[str, ...]) -> FileKind | None:
    """The kind that a standard folder means, None for an unknown folder."""
    top = parts[0].lower()
    if top == "photos":
        return FileKind.photo
    if top == "panoramas":
        return FileKind.panorama if len(parts) == 2 else FileKind.panorama_set
    return {"scans": FileKind.scan, "models": FileKind.model}.get(top)


def bare_kind(path: Path) -> FileKind | None:
    """The kind of a file by its content and suffix alone, None when it is no capture."""
    suffix = path.suffix.lower()
    if suffix in CLOUD_SUFFIXES:
        return FileKind.scan
    if suffix in MODEL_SUFFIXES or suffix in FOREIGN_SUFFIXES:
        return FileKind.model
    if suffix == ".mtl":
        return FileKind.model_part
    if suffix == ".ply":
        return FileKind.model if ply_has_faces(path) else FileKind.scan
    if suffix == ".insp":
        return FileKind.panorama_set
    if is_image_name(path):
        return FileKind.panorama if looks_like_panorama(path) else FileKind.photo
    return None


def looks_like_panorama(path: Path) -> bool:
    """Whether an image is a sphere: GPano says so, or a 2:1 image of at least 2000 px."""
    try:
        with Image.open(path, formats=PHOTO_FORMATS) as image:
            gpano = read_gpano(image)
            return bool(gpano) or is_full_sphere_size(image.width, image.height)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError):
        return False


def says_sphere(path: Path) -> bool:
    """Whether an image tells by its GPano that it is a sphere: a texture of 2:1 does not."""
    try:
        with Image.open(path, formats=PHOTO_FORMATS) as image:
            return bool(read_gpano(image))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError):
        return False


def ply_has_faces(path: Path) -> bool:
    """Whether the header of a PLY file announces faces: then it is a mesh, not a cloud."""
    try:
        with path.open("rb") as stream:
            header = stream.read(8192).split(b"end_header")[0]
    except OSError:
        return False
    for line in header.splitlines():
        words = line.split()
        if words[:2] == [b"element", b"face"] and len(words) == 3:
            return words[2] != b"0"
    return False
