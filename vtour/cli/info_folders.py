"""Facts about folders: packages, work folders, COLMAP models and workspaces, captures."""

from collections import Counter
from pathlib import Path
from typing import Any

from vtour.capture.layout import classify, walk_captures
from vtour.cli.info_colmap import is_model_folder, model_facts
from vtour.cli.info_texts import tour_facts
from vtour.errors import InputError
from vtour.pipeline import current_reports
from vtour.publish.read import MANIFEST, package_folders, read_package
from vtour.report_page import figure, headline
from vtour.schema.inventory import FileKind, FileStatus
from vtour.slugs import slug_from_name
from vtour.stages import STAGES
from vtour.workspace import Workspace

Facts = dict[str, Any]

NOT_CAPTURED = (FileKind.other,)


def folder_facts(path: Path) -> Facts:
    """Facts about a folder, told by what lies in it. Raises InputError when nothing does."""
    if (path / MANIFEST).is_file():
        return package_facts(path)
    if (path / "inventory.json").is_file():
        return work_facts(path)
    if is_model_folder(path):
        return model_facts(path)
    if (path / "stereo" / "depth_maps").is_dir():
        return dense_facts(path)
    if packages := package_folders(path):
        return {"kind": "folder of scene packages", "packages": [_listed(p) for p in packages]}
    return captures_facts(path)


def package_facts(path: Path) -> Facts:
    """A scene package by its manifest, and how much of it is on disk."""
    package = read_package(path)
    missing = [name for name in sorted(package.tour.files) if package.file(name) is None]
    facts = {**tour_facts(package.tour), "kind": "scene package", "bytes": _folder_bytes(path)}
    return facts | ({"missing": missing} if missing else {})


def _listed(path: Path) -> Facts:
    name = path.parent.name if path.name == "package" else path.name
    try:
        package = read_package(path)
    except InputError as error:
        return {"folder": name, "problem": str(error).removeprefix(f"{path}/")}
    return {"id": package.id, "folder": name, "files": len(package.tour.files)}


def work_facts(path: Path) -> Facts:
    """Which stages of a work folder are done, and the measures to see first."""
    work = Workspace(path)
    try:
        inventory, reports = work.files, current_reports(work)
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: damaged inventory or report ({reason})") from None
    done = [stage.name for stage in STAGES if stage.name in reports]
    left = [stage.name for stage in STAGES if stage.name not in reports]
    return {
        "kind": "work folder",
        "id": inventory.site_id,
        "photos_usable": len(inventory.usable_photos()),
        "stages_done": done,
        "stages_left": left,
        **{
            label.replace(" ", "_"): figure(value, name) for name, label, value in headline(reports)
        },
        "warnings": sum(len(report.warnings) for report in reports.values()),
        "has_package": (work.package / MANIFEST).is_file(),
        "bytes": _folder_bytes(path),
    }


def dense_facts(path: Path) -> Facts:
    """A COLMAP dense workspace: its images and maps."""
    maps = path / "stereo"
    return {
        "kind": "COLMAP dense workspace",
        "images": _count(path / "images"),
        "depth_maps": _count(maps / "depth_maps"),
        "normal_maps": _count(maps / "normal_maps"),
        "bytes": _folder_bytes(path),
    }


def captures_facts(path: Path) -> Facts:
    """What a contractor handed in, by kind, from names and headers alone."""
    layout, found = classify(walk_captures(path))
    taken = [f for f in found if f.kind not in NOT_CAPTURED]
    if not taken:
        raise InputError(
            f"{path}: {len(found)} files and no captures among them, expected photos, panoramas, "
            "scans or models, a work folder, a package or a COLMAP model"
        )
    ignored = sum(f.status is FileStatus.ignored for f in found)
    return {
        "kind": "folder of captures",
        "id": slug_from_name(path.resolve().name),
        "layout": layout,
        "files": len(found),
        "kinds": dict(sorted(Counter(f.kind.value for f in taken).items())),
        "ignored": ignored,
        "bytes": sum(f.entry.path.stat().st_size for f in found if f.entry.path.is_file()),
        "next": "vtour inspect says what can be used",
    }


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
