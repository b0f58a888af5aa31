"""What surveyors wrote beside the captures: which of their tables are used, and what they hold."""

from dataclasses import dataclass, field

from vtour.control_files import (
    Control,
    Mark,
    ScaleBar,
    read_control,
    read_marks,
    read_scale_bars,
)
from vtour.gcp_list import read_gcp_list
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus
from vtour.schema.report import StageReport
from vtour.workspace import Workspace


@dataclass(frozen=True)
class Survey:
    """Points with coordinates, distances between points, and where photos show both."""

    control: Control | None = None
    bars: list[ScaleBar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        """All points that are asked for, each once."""
        points = self.control.points if self.control else []
        ends = [label for bar in self.bars for label in (bar.start, bar.end)]
        return list(dict.fromkeys([*(point.label for point in points), *ends]))


def read_survey(work: Workspace, report: StageReport) -> Survey:
    """Read control.csv, gcp_list.txt, marks.csv and scalebars.csv of the captures.

    control.csv with marks.csv goes before gcp_list.txt, and this before control.csv alone. What has
    no marks is left out with a warning.

    Raises InputError for a line that cannot be read.
    """
    tables = {kind: _used_table(work, kind, report) for kind in TABLES}
    alone, listed_file = tables[FileKind.control], tables[FileKind.gcp_list]
    if alone and tables[FileKind.marks]:
        tables[FileKind.gcp_list] = None
    elif alone and listed_file:
        report.warnings.append(
            f"{alone.path}: no marks.csv says where photos show it: {listed_file.path} is used"
        )
        tables[FileKind.control] = None
    photos = [file for file in work.files.files if file.kind is FileKind.photo]
    control, marks, bars = None, [], []
    if file := tables[FileKind.control]:
        control = read_control(work.capture_path(file))
    if file := tables[FileKind.marks]:
        marks = read_marks(work.capture_path(file), photos)
    if file := tables[FileKind.scale_bars]:
        bars = read_scale_bars(work.capture_path(file))
    if file := tables[FileKind.gcp_list]:
        listed = read_gcp_list(work.capture_path(file), photos)
        report.warnings += listed.notes
        control, marks = listed.control, _joined(listed.marks, marks)
    if not marks:
        has_targets = any(_is_used(file, FileKind.targets) for file in work.files.files)
        unseen = (FileKind.scale_bars,) if has_targets else (FileKind.control, FileKind.scale_bars)
        for kind in unseen:
            if file := tables[kind]:
                report.warnings.append(
                    f"{file.path}: no marks.csv says where photos show it: not used"
                )
        return Survey()
    return Survey(control, bars, marks)


TABLES = (FileKind.control, FileKind.gcp_list, FileKind.marks, FileKind.scale_bars)


def _used_table(work: Workspace, kind: FileKind, report: StageReport) -> CaptureFile | None:
    """The captures' table of a kind; None, with a warning for each, when none can be used."""
    tables = [file for file in work.files.files if file.kind is kind]
    used = [file for file in tables if _is_used(file, kind)]
    if not used:
        report.warnings += [f"{file.path}: {file.reason}: not used" for file in tables]
    return used[0] if used else None


def _is_used(file: CaptureFile, kind: FileKind) -> bool:
    return file.kind is kind and file.status is FileStatus.used


def _joined(first: list[Mark], more: list[Mark]) -> list[Mark]:
    """Marks of two tables, each point once a photo."""
    known = {(mark.label, mark.photo) for mark in first}
    return first + [mark for mark in more if (mark.label, mark.photo) not in known]
