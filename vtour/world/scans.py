"""The laser scans' part of the stage ``world``: registered stations read, photos tied to them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from vtour.clouds.store import PointStore
from vtour.equirect import luma_of, read_sphere
from vtour.errors import InputError
from vtour.frames import FloatArray, matrix_from_columns
from vtour.panorama_sources import PanoramaSource
from vtour.progress import Progress, no_progress
from vtour.schema.report import StageReport
from vtour.schema.scans import Registration, Station, StationList
from vtour.workspace import Workspace
from vtour.world.model import SparseModel
from vtour.world.photo_words import ReadImage, UInt8Array
from vtour.world.scan_tie import Guess, Scans, ScanTie, scan_from_sfm
from vtour.world.similarity import Similarity, distances, robust_similarity
from vtour.world.solution import Place, about_other_anchor
from vtour.world.triangulate import MarkedPoint

ModelT = TypeVar("ModelT", bound=BaseModel)
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
MIN_TARGETS = 3
TARGET_TOLERANCE_M = 0.05
OFF_BY_POSITIONS = (2.0, 0.05, 0.1)
"""Metres, share of the scale and radians that a world from positions or compass may be off."""


def tie_to_scans(
    work: Workspace,
    model: SparseModel,
    panoramas: Mapping[str, PanoramaSource],
    guesses: list[Guess],
    report: StageReport,
    progress: Progress = no_progress,
) -> ScanTie | None:
    """scan_from_sfm of a site with photos or panoramas, and scans; None, with a warning, without.

    guesses : where to look when pictures of the scans match nothing: see guess_from_world and
        guess_from_targets. Reads scan/registration.json, scan/raw.json and the raw points.
    """
    tie, reason = scan_from_sfm(
        model, read_scans(work), image_reader(work, panoramas), guesses, progress
    )
    if tie is None:
        report.warnings.append(f"scans and photos are not tied to each other: {reason}")
        return None
    report.measure("scan_to_photos", tie.median_m, n=tie.points)
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
    return tie


def read_scans(work: Workspace) -> Scans:
    """The registered stations and their raw points. Raises InputError when a file is damaged."""
    registration = read_registration(work)
    mirrors = {one.id: one.has_mirror for one in read_stations(work)}
    stores = {one.id: PointStore.open(work.raw_scan(one.id)) for one in registration.stations}
    return Scans.of(registration, stores, mirrors)


def read_registration(work: Workspace) -> Registration:
    """How the stations lie to each other. Raises InputError when it is missing or not valid."""
    return _read(Registration, work.registration)


def read_stations(work: Workspace) -> list[Station]:
    """Every scan that was read. Raises InputError when the list is missing or not valid."""
    return _read(StationList, work.scan_list).stations


def _read(kind: type[ModelT], path: Path) -> ModelT:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: not found, expected the stages before the world") from None
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise InputError(f"{path}: damaged ({reason}), build again") from None


def image_reader(work: Workspace, panoramas: Mapping[str, PanoramaSource]) -> ReadImage:
    """Decodes photos and panoramas of the captures, by name, as grey pixels."""
    files = {file.path: file for file in work.files.files}

    def read(name: str, side_px: int) -> UInt8Array:
        if name in panoramas:
            sphere, _ = read_sphere(panoramas[name], side_px)
            grey: UInt8Array = np.rint(sphere @ LUMA).astype(np.uint8)
            return grey
        return luma_of(work.capture_path(files[name]), side_px)

    return read


def guess_from_world(
    enu_from_sfm: Similarity, anchor: Place, station: Station, scan_from_station: FloatArray
) -> Guess | None:
    """Where the model lies in ``scan`` by positions of the photos and the CRS of a scan.

    anchor : of ``enu``. None when the scan is not georeferenced.
    """
    if station.enu_anchor is None or station.file_from_station is None:
        return None
    there = (station.enu_anchor.lat, station.enu_anchor.lon, station.enu_anchor.height_m)
    file_from_sfm = about_other_anchor(enu_from_sfm, anchor, there)
    file_from_station = matrix_from_columns(station.file_from_station)
    scan_from_file = scan_from_station @ np.linalg.inv(file_from_station)
    rotation = scan_from_file[:3, :3]
    fit = Similarity(
        file_from_sfm.scale,
        rotation @ file_from_sfm.rotation,
        rotation @ file_from_sfm.translation + scan_from_file[:3, 3],
    )
    return Guess(fit, *OFF_BY_POSITIONS)


def guess_from_targets(
    in_scan: Mapping[str, FloatArray], marked: Mapping[str, MarkedPoint]
) -> Guess | None:
    """Where the model lies in ``scan`` by targets that were marked in photos and in scans.

    in_scan : places (3,) by label, scan. None when fewer than three agree within 5 cm.
    """
    labels = sorted(set(in_scan) & set(marked))
    if len(labels) < MIN_TARGETS:
        return None
    targets = np.array([in_scan[label] for label in labels])
    points = np.array([marked[label].in_sfm for label in labels])
    fit, inside = robust_similarity(targets, points, TARGET_TOLERANCE_M)
    if inside.sum() < MIN_TARGETS:
        return None
    off = float(np.sqrt((distances(fit, targets, points)[inside] ** 2).mean()))
    return Guess(fit, max(4 * off, 0.04), 0.01, 0.02)
