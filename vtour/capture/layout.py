"""What lies in a capture folder: walk it, and say of each file what kind it is and why.

Nothing is decoded here but headers; nothing is dropped: a file that no stage takes is listed as
``ignored`` or ``not_processed_yet`` with the reason. Folders are those of the architecture page,
section 3.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vtour.capture.kinds import (
    ARCHIVE_SUFFIXES,
    BARE_REASONS,
    BESIDE_MODEL,
    CAPTURE_FOLDERS,
    CLOUD_SUFFIXES,
    CLOUD_TEXT_SUFFIXES,
    FOREIGN_SUFFIXES,
    INSP,
    LATER,
    LENS_SUFFIXES,
    MODEL_SUFFIXES,
    MODELS_NAME,
    NO_MODEL_NAMES,
    PART_SUFFIXES,
    PROCESSED,
    ROOT_FILES,
    bare_kind,
    by_suffix,
    folder_kind,
    is_image_name,
    is_made_by_system,
    says_sphere,
)
from vtour.capture.model_parts import pictures_of_models
from vtour.clouds.read import EXPECTED
from vtour.clouds.xyz import decimal_commas, looks_like_cloud
from vtour.errors import InputError
from vtour.masks import is_mask_name
from vtour.schema.inventory import FileKind, FileStatus

MANIFEST_NAME = "manifest-sha256.txt"
MODELS = "GLB, glTF, OBJ or PLY"
FEWEST_PHOTOS = 3
"""Fewer can be no site of their own."""


@dataclass(frozen=True)
class Entry:
    """A file as the walk found it. ``problem`` says why it must not be opened."""

    path: Path
    name: str
    problem: str | None = None


@dataclass(frozen=True)
class Found:
    """A file with its kind; status ``used`` means it is worth a closer look."""

    entry: Entry
    kind: FileKind
    status: FileStatus
    reason: str | None = None


def check_folder(captures: Path) -> None:
    """Raise InputError when ``captures`` is not a folder that can be read."""
    if not captures.exists():
        raise InputError(f"{captures}: not found, expected a folder of captures")
    if not captures.is_dir():
        unpack = ": unpack it" if captures.suffix.lower() in ARCHIVE_SUFFIXES else ""
        raise InputError(f"{captures}: found a file, expected a folder of captures{unpack}")
    if not os.access(captures, os.R_OK | os.X_OK):
        raise InputError(f"{captures}: cannot be read (permission), expected a readable folder")


def walk_captures(captures: Path, *, skip: Path | None = None) -> list[Entry]:
    """All files below ``captures``, sorted by name; links to folders are named, not followed.

    skip : a folder left out, such as a work folder that lies inside the captures.
    """
    entries: list[Entry] = []
    left_out = skip.resolve() if skip else None
    unreadable: list[str] = []

    def on_error(error: OSError) -> None:
        unreadable.append(str(error.filename))

    for folder, folders, files in os.walk(captures, onerror=on_error):
        here = Path(folder)
        kept = []
        for name in sorted(folders):
            problem = _folder_problem(here / name, left_out)
            if problem is None:
                kept.append(name)
            elif problem:
                entries.append(_entry(captures, here / name, problem))
        folders[:] = kept
        entries += [
            _entry(captures, here / name, _file_problem(captures, here / name)) for name in files
        ]
    entries += [
        _entry(captures, Path(name), "folder that cannot be read (permission)")
        for name in unreadable
    ]
    return sorted(entries, key=lambda entry: entry.name)


def _entry(captures: Path, path: Path, problem: str | None) -> Entry:
    raw = os.fsencode(path.relative_to(captures).as_posix())
    name = raw.decode("utf-8", "backslashreplace")
    if name.encode() != raw and problem is None:
        problem = "file name that is not UTF-8: rename it"
    return Entry(path, name, problem)


def _folder_problem(path: Path, skip: Path | None) -> str | None:
    """None: walk it; empty: leave it out without a word; else why it is not walked."""
    if path.is_symlink():
        return "symbolic link to a folder: not followed"
    if skip is not None and path.resolve() == skip:
        return ""
    if (path / ".vtour").is_dir() and (path / "inventory.json").is_file():
        return "work folder of vtour"
    return None


def _file_problem(captures: Path, path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be reached ({error.strerror})"
    if not stat.S_ISREG(mode):
        return "not a regular file"
    if path.is_symlink() and not path.resolve().is_relative_to(captures.resolve()):
        return "symbolic link that leads outside the captures: copy the file itself"
    return None


def classify(entries: list[Entry]) -> tuple[str, list[Found]]:
    """The layout ('standard', or what a bare folder was taken as) and each file's kind."""
    tops = {entry.name.split("/")[0].lower() for entry in entries if "/" in entry.name}
    if tops & set(CAPTURE_FOLDERS):
        return "standard", [_in_standard(entry) for entry in entries]
    kinds = {entry.name: _bare_kind_of(entry) for entry in entries}
    named = pictures_of_models({entry.name: entry.path for entry in entries}, kinds)
    kinds |= dict.fromkeys(named, FileKind.model_part)
    spheres = [e for e in entries if kinds[e.name] is FileKind.panorama and says_sphere(e.path)]
    layout = _bare_layout(kinds, bool(spheres))
    return layout, [_in_bare(entry, kinds[entry.name], layout) for entry in entries]


def _common(entry: Entry) -> Found | None:
    """What holds in either layout: problems, the system's files, the files with fixed names."""
    path = PurePosixPath(entry.name)
    if entry.problem:
        return Found(entry, FileKind.other, FileStatus.ignored, entry.problem)
    if is_made_by_system(path.name):
        return Found(entry, FileKind.other, FileStatus.ignored, "made by the operating system")
    if any(part.startswith(".") for part in path.parts):
        return Found(entry, FileKind.other, FileStatus.ignored, "hidden file")
    if len(path.parts) == 1 and path.name.lower() in ROOT_FILES:
        kind, status, reason = ROOT_FILES[path.name.lower()]
        return Found(entry, kind, status, reason)
    top = path.parts[0].lower()
    if path.name.lower() == MODELS_NAME and len(path.parts) <= 2:
        return _models_file(entry, top)
    if len(path.parts) > 1 and top in BARE_REASONS:
        kind, status, reason = BARE_REASONS[top]
        return Found(entry, kind, status, reason)
    return None


def _models_file(entry: Entry, top: str) -> Found:
    """models.yaml: in models/, or in the root."""
    if top in (MODELS_NAME, "models"):
        return Found(entry, FileKind.models, FileStatus.used)
    return Found(entry, FileKind.other, FileStatus.ignored, "expected it in models/")


def _in_standard(entry: Entry) -> Found:
    common = _common(entry)
    if common:
        return common
    parts = PurePosixPath(entry.name).parts
    if len(parts) == 1:
        return _outside(entry)
    kind = folder_kind(parts)
    return _outside(entry) if kind is None else _of_kind(entry, kind)


def _outside(entry: Entry) -> Found:
    reason = by_suffix(entry.name) or f"lies outside {', '.join(f'{f}/' for f in CAPTURE_FOLDERS)}"
    return Found(entry, FileKind.other, FileStatus.ignored, reason)


def _of_kind(entry: Entry, kind: FileKind) -> Found:
    """A file in the folder of ``kind``: taken, left for a later stage, or ignored."""
    if kind not in PROCESSED:
        return Found(entry, kind, FileStatus.not_processed_yet, LATER[kind])
    suffix = entry.path.suffix.lower()
    if kind is FileKind.scan:
        return _of_scans(entry, suffix)
    if kind in (FileKind.model, FileKind.model_part):
        return _of_models(entry, suffix)
    if is_mask_name(entry.name):
        if kind is FileKind.photo:
            return Found(entry, FileKind.mask, FileStatus.used)
        return Found(entry, FileKind.mask, FileStatus.not_processed_yet, LATER[FileKind.mask])
    if suffix == ".insp":
        return Found(entry, FileKind.panorama_set, FileStatus.not_processed_yet, INSP)
    is_lens = kind is FileKind.panorama_set and suffix in LENS_SUFFIXES
    if not is_lens and not is_image_name(entry.path):
        reason = by_suffix(entry.name) or "not a photo: expected JPEG, TIFF, PNG or WebP"
        return Found(entry, FileKind.other, FileStatus.ignored, reason)
    return Found(entry, kind, FileStatus.used)


def _of_scans(entry: Entry, suffix: str) -> Found:
    """A file in scans/: a cloud by its suffix, or a text by its rows."""
    if suffix in CLOUD_SUFFIXES or suffix == ".ply":
        return Found(entry, FileKind.scan, FileStatus.used)
    if suffix in CLOUD_TEXT_SUFFIXES and looks_like_cloud(entry.path):
        return Found(entry, FileKind.scan, FileStatus.used)
    if suffix in CLOUD_TEXT_SUFFIXES and (commas := decimal_commas(entry.path)):
        return Found(entry, FileKind.scan, FileStatus.unusable, commas)
    reason = by_suffix(entry.name) or f"not a scan: expected {EXPECTED}"
    return Found(entry, FileKind.other, FileStatus.ignored, reason)


def _of_models(entry: Entry, suffix: str) -> Found:
    """A file in models/: a model by its suffix, or what a model may name."""
    if suffix in MODEL_SUFFIXES or suffix == ".ply":
        return Found(entry, FileKind.model, FileStatus.used)
    if suffix in FOREIGN_SUFFIXES:
        reason = f"found {suffix[1:].upper()}, expected {MODELS}: export it as GLB"
        return Found(entry, FileKind.model, FileStatus.unusable, reason)
    if suffix in PART_SUFFIXES or is_image_name(entry.path):
        return Found(entry, FileKind.model_part, FileStatus.ignored, NO_MODEL_NAMES)
    is_cloud = suffix in CLOUD_SUFFIXES
    other = "a point cloud: put it into scans/" if is_cloud else f"not a model: expected {MODELS}"
    reason = by_suffix(entry.name) or other
    return Found(entry, FileKind.other, FileStatus.ignored, reason)


def _bare_kind_of(entry: Entry) -> FileKind | None:
    return None if _common(entry) else bare_kind(entry.path)


def _bare_layout(kinds: dict[str, FileKind | None], has_sphere: bool) -> str:
    """What a bare folder is taken as: panoramas when at least half of its images are.

    has_sphere : an image tells that it is one.

    One or two pictures beside a model are no site of photos, but textures that it does not name.
    """
    count = {kind: sum(found is kind for found in kinds.values()) for kind in FileKind}
    photos, panoramas = count[FileKind.photo], count[FileKind.panorama]
    if count[FileKind.model] and photos + panoramas < FEWEST_PHOTOS and not has_sphere:
        return "models"
    if photos + panoramas:
        return "panoramas" if panoramas >= photos else "photos"
    if count[FileKind.scan]:
        return "scans"
    return "models" if count[FileKind.model] else "empty"


def _in_bare(entry: Entry, kind: FileKind | None, layout: str) -> Found:
    common = _common(entry)
    if common:
        return common
    if kind is None:
        reason = by_suffix(entry.name) or "not a photo, panorama, scan or model"
        return Found(entry, FileKind.other, FileStatus.ignored, reason)
    if kind is FileKind.photo and layout == "panoramas":
        kind = FileKind.panorama
    if kind in (FileKind.photo, FileKind.panorama) and layout == "models":
        return Found(entry, FileKind.model_part, FileStatus.ignored, BESIDE_MODEL)
    return _of_kind(entry, kind)
