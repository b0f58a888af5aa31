"""An inventory as text for people: the summary first, lines that fit a phone."""

from collections import Counter, defaultdict

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vtour.capture.inventory import INVENTORY_DEFAULTS
from vtour.cli.text import printable
from vtour.gpano import heading_of
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory

MANY_FILES = 40
MANY_LINES = 12
STATUS_WORDS = {
    FileStatus.used: "used",
    FileStatus.unusable: "unusable",
    FileStatus.not_processed_yet: "not processed yet",
    FileStatus.ignored: "ignored",
}


def print_inventory(console: Console, inventory: Inventory, *, all_files: bool) -> None:
    """Print the summary, the problems, and the table of files when they are not too many."""
    _summary(console, inventory)
    panoramas, sets = inventory.usable_panoramas(), inventory.panorama_sets()
    models = inventory.usable_models()
    if inventory.usable_photos() or not (panoramas or sets or inventory.usable_scans() or models):
        _photo_summary(console, inventory.usable_photos(), inventory)
    _panorama_summary(console, panoramas, sets)
    _scan_summary(console, inventory.usable_scans())
    _model_summary(console, models)
    _list(console, f"Warnings ({len(inventory.warnings)})", inventory.warnings, all_files, "yellow")
    for status, style in (
        (FileStatus.unusable, "red"),
        (FileStatus.not_processed_yet, "cyan"),
        (FileStatus.ignored, "dim"),
    ):
        number = sum(file.status is status for file in inventory.files)
        title = f"{STATUS_WORDS[status].capitalize()} ({number})"
        _list(console, title, _reasons(inventory, status), all_files, style)
    notes = [f"{file.path}: {note}" for file in inventory.files for note in file.notes]
    _list(console, f"Notes ({len(notes)})", notes, all_files, "yellow")
    images = [file for file in inventory.files if file.width_px]
    if not images:
        return
    if all_files or len(images) <= MANY_FILES:
        _table(console, images)
    else:
        _print(console, f"\n{len(images)} images: --files lists them all")


def _print(console: Console, line: str, style: str = "") -> None:
    console.print(Text(line, style=style), soft_wrap=True)


def _summary(console: Console, inventory: Inventory) -> None:
    size = sum(file.bytes for file in inventory.files)
    layout = (
        "standard layout"
        if inventory.layout == "standard"
        else f"no photos/, panoramas/, scans/ or models/: taken as {inventory.layout}"
    )
    count = len(inventory.files)
    _print(console, f"{printable(inventory.site_id)}: {count} files, {size_text(size)}", "bold")
    _print(console, layout)
    counts: dict[FileKind, Counter[FileStatus]] = defaultdict(Counter)
    for file in inventory.files:
        counts[file.kind][file.status] += 1
    for kind in FileKind:
        if kind in counts:
            told = ", ".join(
                f"{counts[kind][status]} {word}"
                for status, word in STATUS_WORDS.items()
                if counts[kind][status]
            )
            _print(console, f"  {kind.value.replace('_', ' '):13} {told}")


def _photo_summary(console: Console, photos: list[CaptureFile], inventory: Inventory) -> None:
    if not photos:
        _print(console, "\nNo photo, panorama, scan or model that a build can use", "yellow")
        return
    _print(console, "")
    groups = Counter(photo.camera_group or "" for photo in photos)
    focals = {photo.camera_group or "": photo.focal_px for photo in photos}
    for index, (group, number) in enumerate(sorted(groups.items())):
        if index == MANY_LINES:
            _print(console, f"          and {len(groups) - MANY_LINES} more")
            break
        focal = focals[group]
        told = f"focal {focal:.0f} px" if focal else "focal length unknown"
        label = "Cameras " if index == 0 else ""
        _print(console, f"{label:9} {number} x {printable(group.removeprefix('. | '))}, {told}")
    located = [photo for photo in photos if photo.gps]
    _print(console, f"{'GPS':9} {len(located)} of {len(photos)} photos")
    times = sorted(photo.taken for photo in photos if photo.taken)
    if times:
        _print(console, f"{'Taken':9} {times[0][:19]} to {times[-1][:19]}")
    sharp = [photo.sharpness for photo in photos if photo.sharpness is not None]
    if sharp:
        bound = f"below {INVENTORY_DEFAULTS.sharpness_bound:g} is blurred"
        _print(console, f"{'Sharpness':9} {min(sharp):.2f} to {max(sharp):.2f} ({bound})")
    if inventory.expected_overlap is not None:
        share = f"{inventory.expected_overlap:.0%}"
        _print(console, f"{'Overlap':9} {share} of a photo is in its best neighbour (median)")


def _panorama_summary(
    console: Console, panoramas: list[CaptureFile], sets: dict[str, list[CaptureFile]]
) -> None:
    """How many panoramas, how large, and what they say of their place and heading."""
    if panoramas or sets:
        _print(console, "")
    if panoramas:
        sizes = Counter(f"{file.width_px} x {file.height_px} px" for file in panoramas)
        for index, (size, number) in enumerate(sizes.most_common(MANY_LINES)):
            _print(console, f"{'Panoramas' if index == 0 else '':9} {number} x {size}")
        if len(sizes) > MANY_LINES:
            _print(console, f"{'':9} and {len(sizes) - MANY_LINES} more sizes")
        located = sum(file.gps is not None for file in panoramas)
        turned = sum(heading_of(file.gpano or {}) is not None for file in panoramas)
        _print(console, f"{'GPS':9} {located} of {len(panoramas)} panoramas")
        _print(console, f"{'Heading':9} {turned} of {len(panoramas)} panoramas")
    for index, (folder, files) in enumerate(list(sets.items())[:MANY_LINES]):
        images = sum(file.width_px is not None for file in files)
        label = "To stitch" if index == 0 else ""
        _print(console, f"{label:9} {printable(folder)}: {images} photos")
    if len(sets) > MANY_LINES:
        _print(console, f"{'':9} and {len(sets) - MANY_LINES} more")


def _scan_summary(console: Console, scans: list[CaptureFile]) -> None:
    """Points, stations and CRS of each scan file."""
    if scans:
        _print(console, "")
    for index, file in enumerate(scans[:MANY_LINES]):
        label = "Scans" if index == 0 else ""
        stations = f"{file.stations} station{'' if file.stations == 1 else 's'}"
        told = f"{file.points or 0:,} points, {stations}, {file.crs or 'no CRS'}"
        _print(console, f"{label:9} {printable(file.path)}: {printable(told)}")
    if len(scans) > MANY_LINES:
        _print(console, f"{'':9} and {len(scans) - MANY_LINES} more")


def _model_summary(console: Console, models: list[CaptureFile]) -> None:
    """Format, faces and size of each model."""
    if models:
        _print(console, "")
    for index, file in enumerate(models[:MANY_LINES]):
        label = "Models" if index == 0 else ""
        faces = "moves" if file.faces is None else f"{file.faces:,} faces"
        told = f"{file.model_format}, {faces}, {size_text(file.bytes)}, id {file.model}"
        _print(console, f"{label:9} {printable(file.path)}: {printable(told)}")
    if len(models) > MANY_LINES:
        _print(console, f"{'':9} and {len(models) - MANY_LINES} more")


def _reasons(inventory: Inventory, status: FileStatus) -> list[str]:
    """``path: reason``; files of one folder with one reason are told together."""
    files = [file for file in inventory.files if file.status is status]
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in files:
        together[file.path.rpartition("/")[0], file.reason or ""].append(file.path)
    lines = []
    for (folder, reason), paths in together.items():
        where = paths[0] if len(paths) == 1 else f"{len(paths)} files in {folder or '.'}/"
        lines.append(f"{where}: {reason}")
    return lines


def _list(console: Console, title: str, lines: list[str], all_lines: bool, style: str) -> None:
    if not lines:
        return
    shown = lines if all_lines else lines[:MANY_LINES]
    _print(console, f"\n{title}", style)
    for line in shown:
        _print(console, f"  {printable(line)}")
    if len(shown) < len(lines):
        _print(console, f"  and {len(lines) - len(shown)} more: --files lists them all")


def _table(console: Console, files: list[CaptureFile]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("file", overflow="fold", ratio=None)
    for name in ("pixels", "turned °", "focal px", "GPS", "sharpness", "clipped"):
        table.add_column(name, justify="right", no_wrap=True)
    for file in files:
        clipped = (file.clipped_dark or 0) + (file.clipped_light or 0)
        table.add_row(
            Text(printable(file.path), style="" if file.status is FileStatus.used else "dim"),
            f"{file.width_px}x{file.height_px}",
            {1: "", 3: "180", 6: "90", 8: "270"}.get(file.orientation or 1, "flip"),
            f"{file.focal_px:.0f}" if file.focal_px else "",
            "yes" if file.gps else "",
            f"{file.sharpness:.2f}" if file.sharpness is not None else "",
            f"{clipped:.0%}" if clipped >= 0.005 else "",
        )
    console.print(table)


def size_text(size: int) -> str:
    """Bytes for people: '3.1 MB'."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"
