"""Stage ``inventory``: every file of the captures, what it is, and whether it can be used."""

import logging
import os
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vtour.capture.duplicates import mark_same_bytes, mark_same_picture
from vtour.capture.exif import SWAPPED
from vtour.capture.forecast import forecast, overlap_warnings, pairs_to_try_again
from vtour.capture.layout import FEWEST_PHOTOS, Found, check_folder, classify, walk_captures
from vtour.capture.look import Look, look_at
from vtour.capture.mask_check import judge_masks
from vtour.capture.models import measure_parts, name_models, twin_models
from vtour.capture.overlap import Features, Link, likely_pairs, link
from vtour.capture.written import WRITTEN, models_named, read_written
from vtour.errors import CaptureError, InputError
from vtour.files import write_json
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.report import StageReport
from vtour.slugs import id_from_name, slug_from_name
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

NAMED = 3
SCALE_SOURCES = (FileKind.control, FileKind.gcp_list, FileKind.scale_bars, FileKind.scan)
WANTED = "expected photos, panoramas, scans or models in it, or each in a folder of that name"
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, kw_only=True)
class InventoryOptions(StageOptions):
    """How captures are looked at."""

    sharpness_bound: float = option(
        0.65, "Photos less sharp than this are called blurred.", minimum=0, maximum=1
    )
    check_overlap: bool = option(True, "Forecast whether the photos overlap enough.")


INVENTORY_DEFAULTS = InventoryOptions()


def take_inventory(
    work: Workspace,
    out: Workspace,
    options: InventoryOptions = INVENTORY_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """List all captures and judge them.

    Reads ``work.captures``; a work folder inside it is left out. Writes ``inventory.json``.
    Raises InputError when the captures are no readable folder, or one of the files that people
    wrote, such as site.yaml, is not valid,
    CaptureError when there is no photo, panorama, scan or model that can be used, or two panoramas
    get the same node id, two models the same id.
    """
    if work.captures is None:
        raise InputError(f"{work.root}: its captures folder is not known, name it")
    inventory = list_captures(work.captures, options, progress, skip=work.root)
    for file in inventory.files:
        if file.kind in WRITTEN and file.status is FileStatus.unusable:
            raise InputError(f"{work.captures}: {file.reason}")
    check_usable(work.captures, inventory)
    for twins in (*twin_nodes(inventory), *twin_models(inventory.files)):
        raise CaptureError(twins)
    write_json(out.inventory, inventory.to_json())
    return report_of(inventory, options)


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

    def look(item: Found) -> Look:
        return look_at(item, options.sharpness_bound, with_features=options.check_overlap)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\..*")  # damaged EXIF is noted by us
        layout, found = classify(walk_captures(captures, skip=skip))
        looks = _in_parallel(look, found, part_of(progress, 0.0, 0.8))
    files = [item.file for item in looks]
    opened = _opened_by_models(captures, looks)
    mark_same_bytes(files, opened, models_named(captures, files))
    name_models(files, opened)
    measure_parts(captures, files)
    judge_masks(files)
    folder = unicodedata.normalize("NFC", captures.resolve().name)
    folder = folder.encode("utf-8", "replace").decode()  # a name on disk need not be text
    inventory = Inventory(
        site_id=slug_from_name(folder), folder=folder or None, layout=layout, files=files
    )
    _refuse_twins(files)
    read_written(captures, inventory)
    _compare_photos(looks, inventory, options, part_of(progress, 0.8, 1.0))
    inventory.warnings += [*twin_nodes(inventory), *twin_models(files)]
    inventory.warnings += _capture_warnings(inventory)
    return inventory


def _opened_by_models(captures: Path, looks: list[Look]) -> dict[str, list[str]]:
    """The files that each model names, as paths in the captures, sorted."""
    root = captures.resolve()
    return {
        look.file.path: sorted(
            path.resolve().relative_to(root).as_posix()
            for path in look.opened
            if path.resolve().is_relative_to(root)
        )
        for look in looks
        if look.opened
    }


def twin_nodes(inventory: Inventory) -> list[str]:
    """One line for every panorama or set whose node id another one has."""
    names = {file.path: Path(file.path).stem for file in inventory.usable_panoramas()}
    names |= {folder: Path(folder).name for folder in inventory.panorama_sets()}
    first: dict[str, str] = {}
    told = []
    for path, name in names.items():
        node = id_from_name(name)
        other = first.setdefault(node, path)
        if other != path:
            told.append(f"{path}: node id {node!r} is used by {other} too, rename one of them")
    return told


def _refuse_twins(files: list[CaptureFile]) -> None:
    """Files that may be there once, such as site.yaml, are unusable beside one like Site.yaml."""
    for kind in WRITTEN:
        twins = [file for file in files if file.kind is kind and file.status is FileStatus.used]
        if len(twins) > 1:
            for file in twins:
                names = ", ".join(twin.path for twin in twins)
                file.status, file.reason = FileStatus.unusable, f"found {names}, expected only one"


def _compare_photos(
    looks: list[Look], inventory: Inventory, options: InventoryOptions, progress: Progress
) -> None:
    """Near duplicates and expected overlap of the usable photos."""
    usable = [
        item
        for item in looks
        if item.file.kind is FileKind.photo and item.file.status is FileStatus.used
    ]
    photos = [item.file for item in usable]
    mark_same_picture(photos, [item.hash for item in usable if item.hash is not None])
    features = [item.features for item in usable if item.features is not None]
    if not options.check_overlap or len(usable) < 2:
        return
    pairs = likely_pairs(features, [photo.gps for photo in photos])
    links = _find_links(features, pairs, part_of(progress, 0.0, 0.7))
    more = pairs_to_try_again(len(photos), links, pairs)
    links |= _find_links(features, more, part_of(progress, 0.7, 1.0))
    expected = forecast(len(photos), links)
    inventory.expected_overlap = expected.overlap
    inventory.warnings += overlap_warnings(expected, [photo.path for photo in photos])


def _find_links(
    features: list[Features], pairs: list[tuple[int, int]], progress: Progress
) -> dict[tuple[int, int], Link]:
    found = _in_parallel(lambda pair: link(features[pair[0]], features[pair[1]]), pairs, progress)
    return {pair: meet for pair, meet in zip(pairs, found, strict=True) if meet is not None}


def _capture_warnings(inventory: Inventory) -> list[str]:
    """What holds for the captures as a whole, besides the overlap."""
    photos = inventory.usable_photos()
    kinds = {file.kind for file in inventory.files if file.status is FileStatus.used}
    told = []
    if 0 < len(photos) < FEWEST_PHOTOS:
        told.append(f"{len(photos)} usable photos: expected at least {FEWEST_PHOTOS}")
    without = [photo.path for photo in photos if photo.focal_px is None]
    if without:
        told.append(f"{_named(without)}: no focal length in EXIF, it will be guessed")
    if photos and not any(photo.gps for photo in photos) and not kinds & set(SCALE_SOURCES):
        told.append(
            "no photo has a GPS position and there is no control.csv: scale unknown, so the tour "
            "has no metres; photograph with GPS on, or add control.csv or scalebars.csv, and "
            "marks.csv"
        )
    swapped = [photo.path for photo in photos if any(SWAPPED in note for note in photo.notes)]
    if swapped:
        told.append(f"{_named(swapped)}: {SWAPPED} in GPS: not used")
    names: dict[str, str] = {}
    for file in inventory.files:
        key = unicodedata.normalize("NFC", file.path).casefold()
        other = names.setdefault(key, file.path)
        if other != file.path:
            told.append(f"{file.path}: same name as {other} on Windows or macOS, rename one")
    return told


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return ", ".join(paths[:NAMED]) + more


def check_any_captures(captures: Path, inventory: Inventory) -> None:
    """Raise CaptureError when there is nothing that was meant as a capture."""
    kinds = (FileStatus.unusable, FileStatus.not_processed_yet)
    meant = [file for file in inventory.files if file.status in kinds]
    if not meant and not _has_usable(inventory):
        number = len(inventory.files)
        raise CaptureError(f"{captures}: no captures among {number} files, {WANTED}")


def _has_usable(inventory: Inventory) -> bool:
    sets = inventory.panorama_sets()
    scans, models = inventory.usable_scans(), inventory.usable_models()
    images = inventory.usable_photos() or inventory.usable_panoramas() or sets
    return bool(images or scans or models)


def check_usable(captures: Path, inventory: Inventory) -> None:
    """Raise CaptureError when no photo, panorama, scan, model or set to stitch can be used.

    The line gives counts and the first reasons.
    """
    if _has_usable(inventory):
        return
    check_any_captures(captures, inventory)
    later = Counter(file.kind for file in inventory.files if _is_later(file))
    bad = [file for file in inventory.files if file.status is FileStatus.unusable]
    first = "; ".join(f"{file.path}: {file.reason}" for file in bad[:NAMED])
    told = [f"{len(bad)} unusable ({first})"] if bad else []
    told += [f"{number} x {kind}, not processed yet" for kind, number in sorted(later.items())]
    found = " and ".join(told)
    raise CaptureError(
        f"{captures}: no usable photo, panorama, scan or model, found {found}; {WANTED}"
    )


def report_of(inventory: Inventory, options: InventoryOptions = INVENTORY_DEFAULTS) -> StageReport:
    """The measures of an inventory."""
    report = StageReport(stage="inventory")
    photos = [file for file in inventory.files if file.kind is FileKind.photo]
    usable = inventory.usable_photos()
    unusable = [file for file in photos if file.status is FileStatus.unusable]
    blurred = [photo for photo in usable if is_blurred(photo, options)]
    report.measure("files", len(inventory.files))
    report.measure("photos_usable", len(usable))
    report.measure("photos_unusable", len(unusable))
    panoramas = [file for file in inventory.files if file.kind is FileKind.panorama]
    bad = [file for file in panoramas if file.status is FileStatus.unusable]
    report.measure("panoramas_usable", len(inventory.usable_panoramas()))
    report.measure("panoramas_unusable", len(bad))
    report.measure("panorama_sets", len(inventory.panorama_sets()))
    scans = [file for file in inventory.files if file.kind is FileKind.scan]
    no_scans = [file for file in scans if file.status is FileStatus.unusable]
    report.measure("scans_usable", len(inventory.usable_scans()))
    report.measure("scans_unusable", len(no_scans))
    models = [file for file in inventory.files if file.kind is FileKind.model]
    no_models = [file for file in models if file.status is FileStatus.unusable]
    report.measure("models_usable", len(inventory.usable_models()))
    report.measure("models_unusable", len(no_models))
    report.measure("photos_blurred", len(blurred), n=len(usable))
    report.measure("photos_duplicate", sum(file.duplicate_of is not None for file in photos))
    report.measure("photos_with_gps", sum(file.gps is not None for file in usable), n=len(usable))
    report.measure("not_processed_yet", sum(_is_later(file) for file in inventory.files))
    if inventory.expected_overlap is not None:
        report.measure("expected_overlap", inventory.expected_overlap, n=len(usable))
    report.warnings += inventory.warnings
    in_sets = [
        file
        for file in inventory.files
        if (file.kind, file.status) == (FileKind.panorama_set, FileStatus.unusable)
    ]
    masks = [file for file in inventory.files if file.kind is FileKind.mask]
    useless = [file for file in masks if file.status is FileStatus.unusable]
    report.measure("masks_usable", sum(file.status is FileStatus.used for file in masks))
    report.warnings += [
        f"{file.path}: {file.reason}"
        for file in (*unusable, *bad, *no_scans, *no_models, *in_sets, *useless)
    ]
    if blurred:
        report.warnings.append(f"blurred: {_named([photo.path for photo in blurred])}")
    return report


def is_blurred(photo: CaptureFile, options: InventoryOptions = INVENTORY_DEFAULTS) -> bool:
    """Whether a photo's sharpness was measured and lies below the bound."""
    return photo.sharpness is not None and photo.sharpness < options.sharpness_bound


def _is_later(file: CaptureFile) -> bool:
    return file.status is FileStatus.not_processed_yet


def _in_parallel(
    function: Callable[[ItemT], ResultT], items: Iterable[ItemT], progress: Progress
) -> list[ResultT]:
    """Results in the order of the items. Threads: hashing, decoding and OpenCV release the GIL."""
    items = list(items)
    results: list[ResultT] = []
    pool = ThreadPoolExecutor(max_workers=max(1, min(8, os.cpu_count() or 1)))
    try:
        for result in pool.map(function, items):
            results.append(result)
            progress(len(results) / len(items), f"{len(results)} of {len(items)}")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return results
