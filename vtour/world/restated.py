"""Residuals of the photos' surveys told anew, after scans have rescaled or moved the world."""

from vtour.schema.report import StageReport
from vtour.schema.world import North, ScaleSource
from vtour.workspace import Workspace
from vtour.world.control import restate_control
from vtour.world.model import SparseModel
from vtour.world.options import WorldOptions
from vtour.world.positions import compare_with_gps, restate_positions
from vtour.world.scale_bars import measured_bars, report_bars
from vtour.world.scan_frame import ScanFrame
from vtour.world.solution import Solution
from vtour.world.survey_files import Survey, read_survey
from vtour.world.ties import marked_points

TARGET_MEASURES = ("scan_control_residual", "scan_check_residual")


def restate(
    work: Workspace,
    model: SparseModel,
    before: Solution,
    after: Solution,
    frame: ScanFrame,
    options: WorldOptions,
) -> None:
    """Measure control points, scale bars and GPS in the final world; what it does not hold, goes.

    before : the photos' own solution; after: the one that the scans changed, its report written.
    """
    report, unheard = after.report, StageReport(stage="world")
    survey = read_survey(work, unheard) if options.use_control else Survey()
    marked = marked_points(survey, model, unheard)
    by_control = before.source is ScaleSource.control
    if by_control and survey.control:
        restate_control(survey.control, marked, after, report)
        note_targets(report)
    report_bars(measured_bars(survey, marked, unheard), after, report)
    keeps_gps = not by_control and not frame.is_placed and after.north is North.true
    if keeps_gps and "gps_residual" in report.measures:
        restate_positions(work, model, after, report)
        return
    report.measures.pop("gps_residual", None)
    if report.details.pop("gps_positions", None) and after.north is North.true:
        again = StageReport(stage="world")
        compare_with_gps(work, model, after, "scans", again)
        report.details |= again.details
        report.warnings += [] if by_control else again.warnings


def note_targets(report: StageReport) -> None:
    """Say that targets were measured before the photos' control points placed the scans."""
    for name in TARGET_MEASURES:
        if found := report.measures.get(name):
            report.measure(name, found.value, n=found.n, note="in the scans' own frame")
