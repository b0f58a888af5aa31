"""Export a scene package as a tour of another viewer: one complete, self-contained folder."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from vtour.errors import InputError, OptionError
from vtour.files import new_folder, write_text
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.schema.tour import Tour
from vtour.tour.exporters.marzipano import export_marzipano
from vtour.tour.exporters.pannellum import export_pannellum
from vtour.tour.exporters.psv import export_psv
from vtour.tour.exporters.scenes import scenes_of_tour
from vtour.tour.manifest_checks import review_lacking
from vtour.tour.validate import MANIFEST, MAX_MANIFEST_BYTES, package_root

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Target(StrEnum):
    """The viewers that a tour can be exported to."""

    pannellum = "pannellum"
    marzipano = "marzipano"
    psv = "psv"


@dataclass(frozen=True, kw_only=True)
class ExportOptions(StageOptions):
    """How to export a tour."""

    lang: str = option("vi", "Language of the texts; those it lacks: vi, en, or what there is.")
    quality: int = option(
        85, "JPEG quality of cube tiles (pannellum, marzipano).", minimum=1, maximum=95
    )
    nearest: int = option(
        0,
        "Show a hotspot in this many nodes, nearest first; 0: in all that have a place.",
        minimum=0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not LANGUAGE.fullmatch(self.lang):
            raise OptionError(f"lang={self.lang}: expected a language tag such as vi or zh-Hans")


EXPORT_DEFAULTS = ExportOptions()


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """What was written."""

    scenes: int
    links: int
    hotspots: int
    files: int
    bytes_written: int
    warnings: list[str] = field(default_factory=list)


def export_tour(
    package: Path,
    out: Path,
    target: Target,
    options: ExportOptions = EXPORT_DEFAULTS,
    progress: Progress = no_progress,
    *,
    unreviewed: bool = False,
) -> ExportReport:
    """Write the package's panoramas, links and hotspots as a tour of another viewer.

    Reads tour.json and the pyramids of the package (or of a work folder's package). Writes the new
    folder ``out``: tiles, configuration, a page, and the viewer's own files with their licences.

    unreviewed : export too what nobody has signed for; whoever says so must warn.

    Raises InputError for a package without panoramas, or whose blur review is not signed, tiles
    that are missing, or an ``out`` that is not empty; ResourceError when the viewers' Node
    packages are not installed.
    """
    root = package_root(package)
    manifest = read_manifest(root)
    tour = scenes_of_tour(manifest, options.lang, options.nearest)
    if not tour.scenes:
        raise InputError(f"{root}: no panoramas in this tour, expected nodes to export")
    lacking = review_lacking(manifest)
    if lacking and not unreviewed:
        raise InputError(
            f"{root}: {lacking}, expected a signed review: vtour panorama blur WORK --sign NAME, "
            "build again; or --unreviewed for a look of your own"
        )
    with new_folder(out) as folder:
        if target is Target.pannellum:
            export_pannellum(root, tour, folder, options.quality, progress)
        elif target is Target.marzipano:
            export_marzipano(root, tour, folder, options.quality, progress)
        else:
            export_psv(root, tour, folder, progress)
        write_text(folder / "README.txt", README)
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    return ExportReport(
        scenes=len(tour.scenes),
        links=sum(len(scene.links) for scene in tour.scenes),
        hotspots=len({spot.id for scene in tour.scenes for spot in scene.spots}),
        files=len(files),
        bytes_written=size,
        warnings=tour.warnings,
    )


def read_manifest(root: Path) -> Tour:
    """tour.json of a package. Raises InputError naming the first thing wrong with it."""
    path = root / MANIFEST
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise InputError(f"{path}: expected at most {MAX_MANIFEST_BYTES:,} bytes")
    try:
        return Tour.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {where}: {first['msg']}") from None


README = """\
Chép cả thư mục này lên máy chủ web, rồi mở index.html qua http(s).
Copy this whole folder to a web server, then open index.html over http(s).
To try it here:  python3 -m http.server 8000  and open  http://localhost:8000/
"""
