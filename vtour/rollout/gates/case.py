"""What gates look at: one site of the catalogue, and the evidence that it names.

All that is read from disk is read when a gate first asks for it, and once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vtour.capture.layout import MANIFEST_NAME
from vtour.errors import InputError
from vtour.files import file_digest
from vtour.progress import Progress, no_progress
from vtour.publish.read import PackageRef, read_package
from vtour.rollout.catalog_file import due
from vtour.schema.catalog import Catalog, CatalogSite, Deliverable, Profile
from vtour.schema.gates import PackageFacts
from vtour.schema.inventory import Inventory
from vtour.schema.report import Measure, StageReport
from vtour.tour.validate import package_root
from vtour.workspace import Workspace

NO_STAGE = ("run", "plan")
"""Reports that differ from run to run: no evidence."""
MOST_REPORT_BYTES = 50_000_000
TIMES: TypeAdapter[dict[str, dict[str, Measure]]] = TypeAdapter(dict[str, dict[str, Measure]])


@dataclass(frozen=True)
class Measured:
    """A measure of a stage."""

    stage: str
    value: float
    unit: str


@dataclass(frozen=True)
class Reports:
    """The reports of a work folder: by stage, and what is wrong with those that cannot be read."""

    stages: dict[str, StageReport]
    times: dict[str, dict[str, Measure]]
    damaged: dict[str, str]

    def measured(self, name: str) -> list[Measured]:
        """A measure in all stages that have it."""
        found = {stage: report.measures for stage, report in self.stages.items()}
        for stage, measures in self.times.items():
            found[stage] = {**measures, **found.get(stage, {})}
        return [
            Measured(stage, measures[name].value, measures[name].unit)
            for stage, measures in sorted(found.items())
            if name in measures
        ]


@dataclass
class Case:
    """A site and its evidence.

    path     : of the catalogue; evidence is named relative to its folder, or anywhere else.
    today    : the day in Vietnam on which permits must be valid, when nothing was captured yet.
    progress : of the gate that is looked at.
    """

    path: Path
    catalog: Catalog
    site: CatalogSite
    today: date
    progress: Progress = no_progress

    @cached_property
    def profile(self) -> Profile:
        """What is due for sites of its kind."""
        name = self.site.profile or self.catalog.programme.profile
        return self.catalog.profiles.get(name) or Profile()

    @cached_property
    def deliverables(self) -> list[Deliverable]:
        """What is due."""
        return due(self.catalog, self.site)

    @property
    def tour_id(self) -> str:
        """What the site is called in site.yaml and tour.json."""
        return self.site.evidence.tour or self.site.id

    def file(self, name: str) -> Path | None:
        """A file or folder that the catalogue names; None when it is not there."""
        try:
            path = self.path.parent / name
            return path if path.exists() else None
        except (OSError, ValueError):  # a name that no file can have
            return None

    @cached_property
    def captures(self) -> Path | None:
        """The folder of captures, if it is there."""
        return self._folder(self.site.evidence.captures)

    @cached_property
    def work(self) -> Path | None:
        """The work folder, or the folder of a package, if it is there."""
        return self._folder(self.site.evidence.work)

    def _folder(self, name: str | None) -> Path | None:
        path = self.file(name) if name else None
        return path if path is not None and path.is_dir() else None

    @cached_property
    def inventory(self) -> Inventory | None:
        """The inventory of the work folder; None for a package that has none.

        Raises InputError when it is damaged.
        """
        if self.work is None or not (self.work / "inventory.json").is_file():
            return None
        return Workspace(self.work).files

    @cached_property
    def package(self) -> PackageRef | None:
        """The scene package; None when there is none that can be read: ``package_trouble``."""
        return self._package[0]

    @cached_property
    def package_trouble(self) -> str:
        """Why there is no package; empty when there is one."""
        return self._package[1]

    @cached_property
    def _package(self) -> tuple[PackageRef | None, str]:
        if self.work is None:
            return None, ""
        try:
            return read_package(package_root(self.work)), ""
        except InputError as error:
            return None, str(error)

    @cached_property
    def reports(self) -> Reports:
        """All reports of the work folder."""
        stages: dict[str, StageReport] = {}
        times: dict[str, dict[str, Measure]] = {}
        damaged: dict[str, str] = {}
        for path in self._report_files:
            try:
                if path.stat().st_size > MOST_REPORT_BYTES:
                    raise ValueError(f"more than {MOST_REPORT_BYTES:,} bytes")
                if path.stem == "run":
                    times = TIMES.validate_json(path.read_bytes())
                elif path.stem not in NO_STAGE:
                    stages[path.stem] = StageReport.model_validate_json(path.read_bytes())
            except (OSError, ValueError) as error:
                damaged[path.name] = _reason(error)
        return Reports(stages, times, damaged)

    @cached_property
    def _report_files(self) -> list[Path]:
        return sorted((self.work / "reports").glob("*.json")) if self.work else []

    @cached_property
    def seal(self) -> Path | None:
        """The captures' manifest of checksums, if it is there."""
        path = self.captures / MANIFEST_NAME if self.captures else None
        return path if path is not None and path.is_file() else None

    def evidence(self) -> dict[str, str]:
        """SHA-256 by what it is of: captures, package, permits, reports; of what can be read.

        Reports and permits: of the sorted lines '<SHA-256>  <name>' of their files.
        """
        permits = {each.file: self.file(each.file) for each in self.site.permits if each.file}
        reports = {path.name: path for path in self._report_files if path.stem not in NO_STAGE}
        found = {
            "captures": _digest_of_file(self.seal),
            "package": self.package.digest if self.package else None,
            "permits": _digest_of_files(permits),
            "reports": _digest_of_files(reports),
        }
        return {name: digest for name, digest in found.items() if digest is not None}

    def facts(self) -> PackageFacts | None:
        """What the package holds; None without one."""
        if self.package is None:
            return None
        tour, root = self.package.tour, self.package.root
        return PackageFacts(
            tour=tour.id,
            digest=self.package.digest,
            bytes=bytes_below(root),
            models=len(tour.models),
            panoramas=len(tour.nodes),
            point_clouds=len(tour.points),
            hotspots=len(tour.hotspots),
            languages=sorted(set(tour.name) - {"und"}),
            poster=tour.poster.uri if tour.poster else None,
        )


def bytes_below(root: Path) -> int:
    """Bytes of all files of a folder; links are not followed."""
    return sum(
        path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()
    )


def _digest_of_file(path: Path | None) -> str | None:
    """None for a file that is not there or cannot be read: the gates say so."""
    if path is None or not path.is_file():
        return None
    try:
        return file_digest(path)
    except OSError:
        return None


def _digest_of_files(files: Mapping[str, Path | None]) -> str | None:
    digests = {name: _digest_of_file(path) for name, path in sorted(files.items())}
    lines = [f"{digest}  {name}\n" for name, digest in digests.items() if digest is not None]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else None


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}"
    return getattr(error, "strerror", None) or str(error)
