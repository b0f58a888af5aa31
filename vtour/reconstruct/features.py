"""Stage ``features``: SIFT of every photo, matches of pairs, all in one COLMAP database."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from vtour.errors import CaptureError, ResourceError
from vtour.files import check_free_disk, read_image, remove, replacing, text_digest
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.reconstruct.cameras import LensModel, camera_from_group, group_photos
from vtour.reconstruct.pairs import (
    Pair,
    all_pairs,
    coarse_features,
    gps_pairs,
    sequence_pairs,
    similar_pairs,
)
from vtour.reconstruct.sift import (
    Float32Array,
    UInt8Array,
    UInt32Array,
    extract_sift,
    make_extractor,
    match_descriptors,
)
from vtour.schema.inventory import CaptureFile
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

SEED = 0


@dataclass(frozen=True, kw_only=True)
class FeatureOptions(StageOptions):
    """Options of the stage ``features``."""

    sift_px: int = option(
        2400, "long side of the photo for SIFT", unit="px", minimum=320, maximum=16384
    )
    max_features: int = option(
        8192, "keypoints kept in a photo, the largest first", minimum=256, maximum=65536
    )
    first_octave: int = option(
        0, "-1 doubles the photo first: more keypoints, four times the time", minimum=-1, maximum=2
    )
    double_up_to_px: int = option(
        1200,
        "photos with a long side up to this are doubled first, as with first-octave -1",
        unit="px",
        minimum=0,
    )
    lens_model: LensModel = option(LensModel.auto, "lens model of the cameras")
    exhaustive_up_to: int = option(
        60, "match every pair of photos up to this many photos", minimum=2, maximum=2000
    )
    neighbours: int = option(
        20, "pairs tried for a photo of a larger set, by likeness and by GPS", minimum=2
    )
    min_inliers: int = option(
        15, "matches that agree with one geometry before a pair counts", minimum=8
    )


FEATURES_DEFAULTS = FeatureOptions()


@dataclass(frozen=True)
class PhotoFeatures:
    """SIFT of one photo: (n, 4) float32 x, y, scale, orientation; (n, 128) uint8.

    Pixels are those of the full-size upright photo, whose ``size`` is (width, height).
    """

    size: tuple[int, int]
    keypoints: Float32Array
    descriptors: UInt8Array


def match_photos(
    work: Workspace,
    out: Workspace,
    options: FeatureOptions = FEATURES_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Find and match features. Reads the photos, writes ``features/database.db``.

    Features of finished photos are kept in ``features/parts/`` until the database is whole,
    so that a killed run goes on. Raises CaptureError when there are fewer than two photos.
    """
    photos = work.files.usable_photos()
    if len(photos) < 2:
        raise CaptureError(
            f"{len(photos)} usable photos: expected at least 3 that overlap by 60 % or more"
        )
    report = StageReport(stage="features")
    parts = out.features / "parts"
    with one_blas_thread():
        features = _extract_all(work, photos, parts, options, part_of(progress, 0.0, 0.5))
        pairs = choose_pairs(photos, features, options)
        cameras = _cameras(photos, features, options)
        verified = _match_all(pairs, features, cameras, options, part_of(progress, 0.5, 0.98))
    check_free_disk(out.features, database_bytes(features, verified))
    with replacing(out.database) as target:
        write_database(target, photos, features, cameras, verified)
    remove(parts)
    _measure(report, photos, features, verified)
    progress(1.0, f"{len(photos)} photos, {len(pairs)} pairs")
    return report


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Pairs are what runs in parallel: threads inside a product only get in their way."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def worker_count() -> int:
    """Threads to use: the cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def in_order(
    task: Callable[[T], R], items: Sequence[T], progress: Progress, note: Callable[[T], str]
) -> list[R]:
    """Run ``task`` over ``items`` on all cores, results in order; stops at once on an error."""
    results: list[R] = []
    with ThreadPoolExecutor(worker_count()) as pool:
        try:
            for item, result in zip(items, pool.map(task, items), strict=True):
                results.append(result)
                progress(len(results) / len(items), note(item))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _extract_all(
    work: Workspace,
    photos: list[CaptureFile],
    parts: Path,
    options: FeatureOptions,
    progress: Progress,
) -> list[PhotoFeatures]:
    def extract(photo: CaptureFile) -> PhotoFeatures:
        chosen = (options.sift_px, options.max_features, options.first_octave)
        key = f"{photo.sha256} {chosen} {options.double_up_to_px}"
        part = parts / f"{text_digest(key)[:32]}.npz"
        if part.is_file():
            return read_part(part)
        features = features_from_photo(work, photo, options)
        write_part(part, features)
        return features

    return in_order(extract, photos, progress, lambda photo: photo.path)


def features_from_photo(
    work: Workspace, photo: CaptureFile, options: FeatureOptions
) -> PhotoFeatures:
    """SIFT of one photo of the inventory."""
    pixels = read_image(work.capture_path(photo), max_side_px=options.sift_px)
    size = (photo.width_px or pixels.shape[1], photo.height_px or pixels.shape[0])
    is_small = max(pixels.shape[:2]) <= options.double_up_to_px
    first_octave = -1 if is_small else options.first_octave
    extractor = make_extractor(options.max_features, first_octave)
    keypoints, descriptors = extract_sift(pixels, size, extractor)
    return PhotoFeatures(size, keypoints, descriptors)


def write_part(path: Path, features: PhotoFeatures) -> None:
    """Keep one photo's features, all or nothing."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            size=np.array(features.size),
            keypoints=features.keypoints,
            descriptors=features.descriptors,
        )


def read_part(path: Path) -> PhotoFeatures:
    """The features that write_part kept."""
    with np.load(path, allow_pickle=False) as part:
        width, height = (int(value) for value in part["size"])
        return PhotoFeatures((width, height), part["keypoints"], part["descriptors"])


def choose_pairs(
    photos: list[CaptureFile], features: list[PhotoFeatures], options: FeatureOptions
) -> list[Pair]:
    """Pairs of photos to match, sorted. All of them, unless there are very many photos."""
    if len(photos) <= options.exhaustive_up_to:
        return all_pairs(len(photos))
    coarse = [coarse_features(one.keypoints, one.descriptors, COARSE_FEATURES) for one in features]
    pairs = sequence_pairs(photos, SEQUENCE_REACH)
    pairs |= gps_pairs(photos, options.neighbours)
    pairs |= similar_pairs(coarse, options.neighbours)
    return sorted(pairs)


COARSE_FEATURES = 512
SEQUENCE_REACH = 4


def _cameras(
    photos: list[CaptureFile], features: list[PhotoFeatures], options: FeatureOptions
) -> list[Any]:
    """One pycolmap camera for each photo; photos of a group share the same object."""
    size_of = {photo.path: one.size for photo, one in zip(photos, features, strict=True)}
    camera_of: dict[str, Any] = {}
    for number, group in enumerate(group_photos(photos), start=1):
        size = size_of[group[0].path]
        camera = camera_from_group(group, number, size, options.lens_model)
        camera_of |= {photo.path: camera for photo in group}
    return [camera_of[photo.path] for photo in photos]


@dataclass(frozen=True)
class VerifiedPair:
    """Matches of two photos (indices into the sorted photos) and their geometry."""

    pair: Pair
    matches: UInt32Array
    geometry: Any

    @property
    def inliers(self) -> int:
        """How many matches agree with the geometry."""
        return len(self.geometry.inlier_matches)


def _match_all(
    pairs: list[Pair],
    features: list[PhotoFeatures],
    cameras: list[Any],
    options: FeatureOptions,
    progress: Progress,
) -> list[VerifiedPair]:
    def match(pair: Pair) -> VerifiedPair:
        first, second = (features[i] for i in pair)
        matches = match_descriptors(first.descriptors, second.descriptors)
        geometry = verify_matches(
            (cameras[pair[0]], cameras[pair[1]]), (first, second), matches, options.min_inliers
        )
        return VerifiedPair(pair, matches, geometry)

    found = in_order(match, pairs, progress, lambda pair: f"pair {pair[0] + 1}-{pair[1] + 1}")
    return [one for one in found if one.inliers >= options.min_inliers]


def verify_matches(
    cameras: tuple[Any, Any],
    features: tuple[PhotoFeatures, PhotoFeatures],
    matches: UInt32Array,
    min_inliers: int,
) -> Any:
    """The two-view geometry (pycolmap) that most matches agree with; seeded RANSAC."""
    import pycolmap

    options = pycolmap.TwoViewGeometryOptions()
    options.min_num_inliers = min_inliers
    options.ransac.random_seed = SEED
    if len(matches) < min_inliers:
        return pycolmap.TwoViewGeometry()
    points = [one.keypoints[:, :2].astype(np.float64) for one in features]
    return pycolmap.estimate_two_view_geometry(
        cameras[0], points[0], cameras[1], points[1], matches, options
    )


def database_bytes(features: list[PhotoFeatures], verified: list[VerifiedPair]) -> int:
    """Room that a database needs while it is written: its pages twice, for SQLite's journal.

    A full disk ends the process in SQLite, or COLMAP says that it has no database at all.
    """
    keypoints = sum(one.keypoints.nbytes for one in features)
    matches = sum(one.matches.nbytes + 8 * one.inliers for one in verified)
    pages = 4 * len(features) + 4 * len(verified) + 50  # begun, or of an index
    return 2 * (keypoints + matches + pages * PAGE_BYTES)


PAGE_BYTES = 4096


def write_database(
    path: Path,
    photos: list[CaptureFile],
    features: list[PhotoFeatures],
    cameras: list[Any],
    verified: list[VerifiedPair],
) -> None:
    """Write a COLMAP database; image ids are 1 + index, names are the inventory's paths.

    Raises ResourceError when COLMAP cannot: a full disk shows only so.
    """
    try:
        _write_tables(path, photos, features, cameras, verified)
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise ResourceError(
            f"{path.parent}: the database cannot be written ({reason}), is the disk full?"
        ) from error


def _write_tables(
    path: Path,
    photos: list[CaptureFile],
    features: list[PhotoFeatures],
    cameras: list[Any],
    verified: list[VerifiedPair],
) -> None:
    import pycolmap

    with pycolmap.Database.open(path) as database, pycolmap.DatabaseTransaction(database):
        for camera in {camera.camera_id: camera for camera in cameras}.values():
            database.write_camera(camera, use_camera_id=True)
            rig = pycolmap.Rig(rig_id=camera.camera_id)
            rig.add_ref_sensor(camera.sensor_id)
            database.write_rig(rig, use_rig_id=True)
        for number, (photo, one, camera) in enumerate(
            zip(photos, features, cameras, strict=True), start=1
        ):
            _write_photo(database, number, photo.path, camera, one)
        for one_pair in verified:
            first, second = (index + 1 for index in one_pair.pair)
            database.write_matches(first, second, one_pair.matches)
            database.write_two_view_geometry(first, second, one_pair.geometry)


def _write_photo(
    database: Any, number: int, name: str, camera: Any, features: PhotoFeatures
) -> None:
    import pycolmap

    image = pycolmap.Image(name=name, camera_id=camera.camera_id, image_id=number)
    database.write_image(image, use_image_id=True)
    frame = pycolmap.Frame(frame_id=number, rig_id=camera.camera_id)
    frame.add_data_id(image.data_id)
    database.write_frame(frame, use_frame_id=True)
    database.write_keypoints(number, features.keypoints)


def _measure(
    report: StageReport,
    photos: list[CaptureFile],
    features: list[PhotoFeatures],
    verified: list[VerifiedPair],
) -> None:
    counts = [len(one.keypoints) for one in features]
    report.measure("keypoints_per_photo", float(np.median(counts)), n=len(photos))
    report.measure("pairs_matched", len(verified))
    for photo, count in zip(photos, counts, strict=True):
        if count < MIN_KEYPOINTS:
            report.warnings.append(
                f"{photo.path}: {count} keypoints, expected {MIN_KEYPOINTS} or more: "
                "little texture, blurred, or too dark"
            )


MIN_KEYPOINTS = 300
