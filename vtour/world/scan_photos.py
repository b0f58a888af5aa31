"""Tie the photos of a site to its scans: pictures are read, guesses made, the result reported."""

from collections.abc import Mapping, Sequence

import numpy as np

from vtour.equirect import luma_of, read_sphere
from vtour.panorama_sources import PanoramaSource
from vtour.progress import Progress, no_progress
from vtour.schema.report import StageReport
from vtour.workspace import Workspace
from vtour.world.model import SparseModel
from vtour.world.photo_words import ReadImage, UInt8Array
from vtour.world.scan_frame import SeenTarget
from vtour.world.scan_search import Guess
from vtour.world.scan_tie import Scans, ScanTie, scan_from_sfm
from vtour.world.similarity import distances, robust_similarity
from vtour.world.triangulate import MarkedPoint

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
MIN_TARGETS = 3
TARGET_TOLERANCE_M = 0.05


def tie_to_scans(
    work: Workspace,
    model: SparseModel,
    panoramas: Mapping[str, PanoramaSource],
    scans: Scans,
    guesses: list[Guess],
    report: StageReport,
    progress: Progress = no_progress,
) -> ScanTie | None:
    """scan_from_sfm of a site with photos or panoramas, and scans; None, with a warning, without.

    guesses : where to look when pictures of the scans match nothing.
    """
    tie, reason = scan_from_sfm(model, scans, image_reader(work, panoramas), guesses, progress)
    if tie is None:
        report.warnings.append(f"scans and photos are not tied to each other: {reason}")
    return tie


def report_tie(tie: ScanTie, report: StageReport) -> None:
    """The measures of a tie that is used."""
    report.measure("scan_to_photos", tie.median_m, n=tie.points)
    report.measure("scale_sigma", tie.scale_sigma, note="from the scan")
    report.details["scan_tie"] = {
        "by": "pictures" if tie.agreeing else "position",
        "matches": tie.matches,
        "matches_agreeing": tie.agreeing,
        "on_surface": round(tie.on_surface, 4),
        "on_surface_by_chance": round(tie.by_chance, 4),
        "in_air": round(tie.in_air, 4),
        "scale_sigma": round(tie.scale_sigma, 7),
        "rotation_sigma_deg": round(float(np.degrees(tie.rotation_sigma)), 5),
        "position_sigma_m": round(tie.position_sigma_m, 5),
    }


def image_reader(work: Workspace, panoramas: Mapping[str, PanoramaSource]) -> ReadImage:
    """Decodes photos and panoramas of the captures, by name, as grey pixels."""
    files = {file.path: file for file in work.files.files}

    def read(name: str, side_px: int) -> UInt8Array:
        if name not in panoramas:
            return luma_of(work.capture_path(files[name]), side_px)
        sphere, _ = read_sphere(panoramas[name], side_px)
        grey: UInt8Array = np.rint(sphere @ LUMA).astype(np.uint8)
        return grey

    return read


def guess_from_targets(
    seen: Sequence[SeenTarget], marked: Mapping[str, MarkedPoint]
) -> Guess | None:
    """Where the model lies in ``scan`` by targets that were marked in photos and in scans.

    None when fewer than three agree within 5 cm.
    """
    both = [one for one in seen if one.label in marked]
    labels = np.array([one.label for one in both])
    if len(set(labels)) < MIN_TARGETS:
        return None
    targets = np.array([one.in_scan for one in both])
    points = np.array([marked[one.label].in_sfm for one in both])
    fit, inside = robust_similarity(targets, points, TARGET_TOLERANCE_M)
    if len(set(labels[inside])) < MIN_TARGETS:
        return None
    off = float(np.sqrt((distances(fit, targets, points)[inside] ** 2).mean()))
    return Guess(fit, max(4 * off, 0.04), 0.01, 0.02)
