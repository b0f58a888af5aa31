"""Points that photos show: triangulated in the sparse model, and tied to the survey."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vtour.control_files import Control, ControlPoint, Mark
from vtour.frames import FloatArray
from vtour.schema.report import StageReport
from vtour.world.model import SparseModel
from vtour.world.survey_files import Survey
from vtour.world.triangulate import MarkedPoint, triangulate, view_of

FEW_VIEWS = 3
NAMED = 3


@dataclass(frozen=True)
class Tie:
    """A surveyed point and its place in the sparse model."""

    point: ControlPoint
    enu_m: FloatArray
    marked: MarkedPoint


def marked_points(
    survey: Survey, model: SparseModel, report: StageReport
) -> dict[str, MarkedPoint]:
    """Triangulate every point from the photos that are solved; warn of what cannot be used."""
    solved = {name: model.reconstruction.find_image_with_name(name) for name in model.names}
    marks_of: dict[str, list[Mark]] = {label: [] for label in survey.labels}
    _warn_of_unused(survey, set(solved), report)
    for mark in survey.marks:
        if mark.label in marks_of and mark.photo in solved:
            marks_of[mark.label].append(mark)
    found = {}
    for label, marks in marks_of.items():
        marked = _marked_point(label, marks, solved, report)
        if marked:
            found[label] = marked
    return found


def ties_of(control: Control, enu: FloatArray, marked: dict[str, MarkedPoint]) -> list[Tie]:
    """The points that photos show, with their place east, north, up (n, 3) of the survey."""
    return [
        Tie(point, np.asarray(place), marked[point.label])
        for point, place in zip(control.points, enu, strict=True)
        if point.label in marked
    ]


def _warn_of_unused(survey: Survey, solved: set[str], report: StageReport) -> None:
    asked = set(survey.labels)
    unknown = sorted({mark.label for mark in survey.marks} - asked)
    if unknown:
        tables = "control.csv" if not survey.bars else "control.csv or scalebars.csv"
        report.warnings.append(f"marks.csv: {', '.join(unknown)} not in {tables}, left out")
    lost = sorted({m.photo for m in survey.marks if m.label in asked} - solved)
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        report.warnings.append(
            f"marks in {', '.join(lost[:NAMED])}{more} left out: their cameras were not solved"
        )


def _marked_point(
    label: str, marks: list[Mark], solved: dict[str, Any], report: StageReport
) -> MarkedPoint | None:
    seen = [view_of(mark, solved[mark.photo]) for mark in marks]
    views = [view for view in seen if view is not None]
    if len(views) < 2:
        report.warnings.append(
            f"{label}: marked in {len(views)} solved photos, expected 3 or more: left out"
        )
        return None
    marked = triangulate(views)
    if marked is None:
        report.warnings.append(
            f"{label}: its {len(views)} marks do not meet in one point: left out"
        )
        return None
    for mark in marked.wrong:
        report.warnings.append(f"{label}: wrong mark in {mark.photo}, left out")
    if len(marked.used) < FEW_VIEWS:
        report.warnings.append(
            f"{label}: {len(marked.used)} marks only, expected 3 or more: less certain"
        )
    return marked
