"""Stage ``inventory``: every file of the captures, what it is, and whether it can be used."""

import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vtour.capture.layout import Entry, Found, check_folder, classify, slug_from_name, walk_captures
from vtour.capture.photos import PhotoFacts, examine_photo
from vtour.errors import CaptureError, InputError
from vtour.files import file_digest, write_json
from vtour.options import StageOptions
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

IMAGES = (FileKind.photo, FileKind.panorama)
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, kw_only=True)
class InventoryOptions(StageOptions):
    """How captures are looked at."""


INVENTORY_DEFAULTS = InventoryOptions()


def take_inventory(
    work: Workspace,
    out: Workspace,
    options: InventoryOptions = INVENTORY_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """List all captures and judge them; write ``inventory.json``.

    Reads ``work.captures``. Raises InputError when it is no readable folder, CaptureError when
    it holds nothing that can be used.
    """
    if work.captures is None:
        raise InputError(f"{work.root}: its captures folder is not known, name it")
    inventory = list_captures(work.captures, options, progress, skip=work.root)
    check_usable(work.captures, inventory)
    write_json(out.inventory, inventory.to_json())
    return report_of(inventory)


def list_captures(
    captures: Path,
    options: InventoryOptions = INVENTORY_DEFAULTS,
    progress: Progress = no_progress,
    *,
    skip: Path | None = None,
) -> Inventory:
    """The inventory of a folder, even when nothing in it can be used.

    skip : a folder below ``captures`` that is left out: the work folder.

    Raises InputError when ``captures`` is not a readable folder.
    """
    check_folder(captures)
    layout, found = classify(walk_captures(captures, skip=skip))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\..*")  # damaged EXIF is noted by us
        files = _in_parallel(_examine, found, part_of(progress, 0.0, 1.0))
    return Inventory(
        site_id=slug_from_name(captures.resolve().name),
        layout=layout,
        files=files,
    )


def check_usable(captures: Path, inventory: Inventory) -> None:
    """Raise CaptureError when no capture can be used, with counts and the first reasons."""
    if inventory.usable_photos():
        return
    count = Counter(file.status for file in inventory.files)
    if not inventory.files or count[FileStatus.ignored] == len(inventory.files):
        raise CaptureError(
            f"{captures}: no captures among {len(inventory.files)} files, expected photos in it "
            "or in photos/"
        )
    later = sorted({file.kind for file in inventory.files if _is_later(file)})
    bad = [file for file in inventory.files if file.status is FileStatus.unusable]
    first = "; ".join(f"{file.path}: {file.reason}" for file in bad[:3])
    told = [f"{len(bad)} unusable ({first})"] if bad else []
    told += [f"{', '.join(later)} not processed yet"] if later else []
    raise CaptureError(f"{captures}: no usable photo, found {' and '.join(told)}; expected photos")


def report_of(inventory: Inventory) -> StageReport:
    """The measures of an inventory."""
    report = StageReport(stage="inventory")
    photos = [file for file in inventory.files if file.kind is FileKind.photo]
    usable = inventory.usable_photos()
    unusable = [file for file in photos if file.status is FileStatus.unusable]
    report.measure("files", len(inventory.files))
    report.measure("photos_usable", len(usable))
    report.measure("photos_unusable", len(unusable))
    report.measure("photos_duplicate", sum(file.duplicate_of is not None for file in photos))
    report.measure("photos_with_gps", sum(file.gps is not None for file in usable), n=len(usable))
    report.measure("not_processed_yet", sum(_is_later(file) for file in inventory.files))
    report.warnings += inventory.warnings
    report.warnings += [f"{file.path}: {file.reason}" for file in unusable]
    return report


def _is_later(file: CaptureFile) -> bool:
    return file.status is FileStatus.not_processed_yet


def _in_parallel(
    function: Callable[[ItemT], ResultT], items: Iterable[ItemT], progress: Progress
) -> list[ResultT]:
    """Results in the order of the items: decoding and hashing let other threads run."""
    items = list(items)
    results: list[ResultT] = []
    pool = ThreadPoolExecutor(max_workers=max(1, min(8, os.cpu_count() or 1)))
    try:
        for result in pool.map(function, items):
            results.append(result)
            progress(len(results) / len(items))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return results


def _examine(found: Found) -> CaptureFile:
    """One line of the inventory."""
    entry = found.entry
    file = CaptureFile(
        path=entry.name,
        kind=found.kind,
        status=found.status,
        reason=found.reason,
        bytes=0,
        sha256="",
    )
    if entry.problem is None:
        _read_bytes(entry, file)
    if found.kind in IMAGES and file.sha256:
        _add_photo_facts(file, examine_photo(entry.path))
    return file


def _read_bytes(entry: Entry, file: CaptureFile) -> None:
    try:
        file.bytes = entry.path.stat().st_size
        file.sha256 = file_digest(entry.path)
    except OSError as error:
        file.status = FileStatus.unusable
        file.reason = f"cannot be read ({error.strerror})"


def _add_photo_facts(file: CaptureFile, facts: PhotoFacts) -> None:
    file.width_px, file.height_px = facts.width_px, facts.height_px
    file.orientation = facts.exif.orientation if facts.width_px else None
    file.camera, file.taken, file.gps = facts.exif.camera, facts.exif.taken, facts.exif.gps
    file.notes += facts.notes
    file.gpano = facts.gpano or None
    if facts.problem:
        file.status, file.reason = FileStatus.unusable, facts.problem
    elif file.kind is FileKind.photo and facts.is_panorama:
        file.kind, file.status = FileKind.panorama, FileStatus.not_processed_yet
        file.reason = "its GPano says it is a sphere: panoramas are not processed yet"
    elif file.kind is FileKind.photo:
        file.focal_px = facts.exif.focal_px
        file.camera_group = camera_group(file, facts)


def camera_group(file: CaptureFile, facts: PhotoFacts) -> str:
    """Photos with the same name share one camera model: folder, camera, size, focal length."""
    folder = file.path.rpartition("/")[0] or "."
    focal = f"{facts.exif.focal_mm:g} mm" if facts.exif.focal_mm else "focal length unknown"
    size = f"{file.width_px} x {file.height_px} px"
    return " | ".join((folder, file.camera or "camera unknown", size, focal))
