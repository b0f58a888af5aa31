"""A closer look at one file: its digest, and for images what ``photos`` and ``quality`` find."""

from dataclasses import dataclass, field
from pathlib import Path

from vtour.capture.duplicates import picture_hash
from vtour.capture.kinds import LENS_SUFFIXES
from vtour.capture.layout import Found
from vtour.capture.mask_check import look_at_mask
from vtour.capture.models import look_at_model
from vtour.capture.overlap import Features, find_features
from vtour.capture.photos import PhotoFacts, examine_photo, shape_notes
from vtour.capture.quality import clipped_shares, is_fisheye_circle, sharpness
from vtour.capture.scans import look_at_scan
from vtour.files import UInt8Array, file_digest
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus

IMAGES = (FileKind.photo, FileKind.panorama, FileKind.panorama_set)
MUCH_CLIPPED = 0.25


@dataclass(frozen=True)
class Look:
    """A line of the inventory; of usable photos what they are compared by, of models their files.

    opened : the files beside a model that it names.
    """

    file: CaptureFile
    hash: UInt8Array | None = None
    features: Features | None = None
    opened: set[Path] = field(default_factory=set)


def look_at(found: Found, sharpness_bound: float, *, with_features: bool) -> Look:
    """Read one file. Never raises for a bad one: status and reason tell."""
    file = CaptureFile(
        path=found.entry.name,
        kind=found.kind,
        status=found.status,
        reason=found.reason,
        bytes=0,
        sha256="",
    )
    if found.entry.problem is not None:
        return Look(file)
    try:
        file.bytes = found.entry.path.stat().st_size
        file.sha256 = file_digest(found.entry.path)
    except OSError as error:
        file.status, file.reason = FileStatus.unusable, f"cannot be read ({error.strerror})"
        return Look(file)
    if file.bytes == 0 and file.status is not FileStatus.ignored:
        file.status, file.reason = FileStatus.unusable, "an empty file"
    elif (file.kind, file.status) == (FileKind.mask, FileStatus.used):
        look_at_mask(found, file)
    elif (file.kind, file.status) == (FileKind.scan, FileStatus.used):
        look_at_scan(found.entry.path, file)
    elif (file.kind, file.status) == (FileKind.model, FileStatus.used):
        return Look(file, opened=look_at_model(found.entry.path, file))
    elif _is_image(found):
        return _look_at_image(found, file, sharpness_bound, with_features)
    return Look(file)


def _is_image(found: Found) -> bool:
    """Whether a file is to be looked at as an image: of a set, not its lens file."""
    is_wanted = found.kind in IMAGES and found.status is not FileStatus.ignored
    return is_wanted and found.entry.path.suffix.lower() not in LENS_SUFFIXES


def _look_at_image(found: Found, file: CaptureFile, bound: float, with_features: bool) -> Look:
    facts = examine_photo(found.entry.path, as_sphere=found.kind is FileKind.panorama)
    _add_facts(file, facts)
    if facts.luma is None:
        return Look(file)
    _add_quality(file, facts.luma, bound)
    if file.kind is not FileKind.photo or file.status is not FileStatus.used:
        return Look(file)
    features = find_features(facts.luma) if with_features else None
    return Look(file, picture_hash(facts.luma), features)


def _add_facts(file: CaptureFile, facts: PhotoFacts) -> None:
    file.width_px, file.height_px = facts.width_px, facts.height_px
    file.orientation = facts.exif.orientation if facts.width_px else None
    file.camera, file.taken, file.gps = facts.exif.camera, facts.exif.taken, facts.exif.gps
    file.notes += facts.notes
    file.gpano = facts.gpano or None
    if facts.problem:
        file.status, file.reason = FileStatus.unusable, facts.problem
    elif file.kind is FileKind.photo and facts.is_panorama:
        file.kind = FileKind.panorama
        file.notes.append("a sphere by its GPano: taken as a panorama")
    elif file.kind is not FileKind.panorama:
        file.focal_px = facts.exif.focal_px
        file.up_in_camera = facts.exif.up_in_camera
        file.camera_group = camera_group(file, facts.exif.focal_mm)
        if file.kind is FileKind.photo:
            file.notes += shape_notes(facts.width_px or 0, facts.height_px or 0)


def camera_group(file: CaptureFile, focal_mm: float | None) -> str:
    """Photos with the same name share one camera model: folder, camera, size, focal length."""
    folder = file.path.rpartition("/")[0] or "."
    focal = f"{focal_mm:g} mm" if focal_mm else "focal length unknown"
    size = f"{file.width_px} x {file.height_px} px"
    return " | ".join((folder, file.camera or "camera unknown", size, focal))


def _add_quality(file: CaptureFile, luma: UInt8Array, sharpness_bound: float) -> None:
    measured = sharpness(luma)
    dark, light = clipped_shares(luma)
    file.clipped_dark, file.clipped_light = round(dark, 4), round(light, 4)
    if measured is None:
        file.notes.append("hardly any texture: nothing to match")
    else:
        file.sharpness = round(measured, 3)
        if measured < sharpness_bound:
            file.notes.append(f"blurred: sharpness {measured:.2f}, expected {sharpness_bound:g}")
    for share, what in ((dark, "black"), (light, "white")):
        if share > MUCH_CLIPPED:
            file.notes.append(f"{share:.0%} of it is clipped to {what}")
    if file.kind is FileKind.photo and is_fisheye_circle(luma):
        file.kind, file.status = FileKind.panorama_set, FileStatus.not_processed_yet
        file.focal_px = file.camera_group = None
        file.reason = "a circular fisheye: front.*, back.* and lens file go to panoramas/<name>/"
