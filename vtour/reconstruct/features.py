"""Stage ``features``: SIFT of photos and panoramas, matches of pairs, in one COLMAP database.

Sizes and octaves, measured up to the solved cameras (benchmarks/accuracy/poses.py; CPU-s of this
stage; AUC@1 degree before lenses.py chooses a lens):

                                              registered   AUC@1   points   CPU-s
  synthetic site, 24 photos of 800 px
    doubled first, 3,600 keypoints              24          90.7    4,634      30
    as they are, 1,500 keypoints                22          71.5    1,950       8   rejected
  lund-door, 12 photos of 1936 px, octave 0
    8,150 keypoints                             12          95.8   11,622      22
    5,560 keypoints (max-features 4096)         12          95.3    7,869      22   no cheaper

COLMAP's defaults (octave -1 always) have 18,704 points on lund-door, at 98 CPU-s in all, and the
same AUC@1 as ours with the same lens (98.4).

Rejected: to match only those pairs of a small set whose 512 largest keypoints share some. On the
synthetic site 276 pairs of which 162 hold together: with two shared ones asked for, 219 were left
and 9 of the 162 lost (up to 57 matches), for a fifth of the time of matching.
"""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from vtour.equirect import read_sphere
from vtour.errors import CaptureError
from vtour.files import check_free_disk, read_image, remove, replacing, text_digest
from vtour.masks import BoolArray, mask_of, read_mask
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.reconstruct.cameras import (
    LensModel,
    camera_from_group,
    group_photos,
    sphere_camera,
)
from vtour.reconstruct.database import Features, VerifiedPair, database_bytes, write_database
from vtour.reconstruct.pairs import (
    Pair,
    all_pairs,
    coarse_features,
    gps_pairs,
    sequence_pairs,
    similar_pairs,
)
from vtour.reconstruct.sfm_images import SfmImage, sfm_images
from vtour.reconstruct.sift import (
    Float32Array,
    UInt8Array,
    UInt32Array,
    extract_sift,
    largest_keypoints,
    match_descriptors,
)
from vtour.reconstruct.sift_process import Extract, SiftProcesses
from vtour.reconstruct.sphere_features import sphere_features
from vtour.reconstruct.sphere_sky import is_in, sky_of_sphere
from vtour.schema.inventory import CaptureFile
from vtour.schema.report import StageReport
from vtour.threads import in_order
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

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
    lens_model: LensModel = option(
        LensModel.auto, "lens model to start with; kept in the end with sparse --no-choose-lens"
    )
    exhaustive_up_to: int = option(
        60, "match every pair of photos up to this many photos", minimum=2, maximum=2000
    )
    neighbours: int = option(
        20, "pairs tried for a photo of a larger set, by likeness and by GPS", minimum=2
    )
    sphere_px: int = option(
        4096, "width of a panorama for SIFT", unit="px", minimum=1024, maximum=16384
    )
    sphere_features: int = option(
        20000, "keypoints kept in a panorama, the largest first", minimum=256, maximum=65536
    )
    double_spheres_up_to_px: int = option(
        2400, "panoramas up to this width are doubled first", unit="px", minimum=0
    )
    min_inliers: int = option(
        15, "matches that agree with one geometry before a pair counts", minimum=8
    )


FEATURES_DEFAULTS = FeatureOptions()


def match_images(
    work: Workspace,
    out: Workspace,
    options: FeatureOptions = FEATURES_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Find and match features of photos and panoramas; writes ``features/database.db``.

    Features of finished images are kept in ``features/parts/`` until the database is whole,
    so that a killed run goes on. Raises CaptureError when there are fewer than two images.
    """
    images = sfm_images(work)
    if len(images) < 2:
        raise CaptureError(
            f"{len(images)} usable photos: expected at least 3 that overlap by 60 % or more"
        )
    report = StageReport(stage="features")
    parts = out.features / "parts"
    with one_blas_thread():
        features = _extract_all(work, images, parts, options, part_of(progress, 0.0, 0.45))
        pairs = choose_pairs(images, features, options, part_of(progress, 0.45, 0.5))
        cameras = _cameras(images, features, options)
        verified = _match_all(pairs, features, cameras, options, part_of(progress, 0.5, 0.98))
    check_free_disk(out.features, database_bytes(features, verified))
    with replacing(out.database) as target:
        write_database(target, [one.name for one in images], features, cameras, verified)
    remove(parts)
    _measure(report, images, features, verified)
    progress(1.0, f"{len(images)} images, {len(pairs)} pairs")
    return report


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Pairs are what runs in parallel: threads inside a product only get in their way."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def _extract_all(
    work: Workspace,
    images: list[SfmImage],
    parts: Path,
    options: FeatureOptions,
    progress: Progress,
) -> list[Features]:
    def features_kept(image: SfmImage) -> Features:
        chosen = (options.sift_px, options.max_features, options.first_octave)
        if image.panorama:
            chosen = (options.sphere_px, options.sphere_features, options.first_octave)
        key = f"{image.sha256} {chosen} {_doubled(image, options)} {_mask_digest(work, image)}"
        part = parts / f"{text_digest(key)[:32]}.npz"
        if part.is_file():
            return read_part(part)
        features = features_of(work, image, options, processes)
        write_part(part, features)
        return features

    found = []
    with SiftProcesses() as processes:
        for image, features in in_order(features_kept, images, processes.kill):
            found.append(features)
            progress(len(found) / len(images), image.name)
    return found


STITCHED = 2.0
"""A sphere's pixels are made so much coarser before they are solved.

Cameras stitch spheres of two lenses that stand apart, so directions are off by several pixels where
something is near. COLMAP allows every image 4 px. With the pixels of ruin-360 as they are (4096 px
around), it dropped what was near and trusted the horizon: the way from the sixth panorama to the
seventh came out at yaw -50 and back at 125 degrees, into a wall, where the matches of this pair
alone say -70 and 107; with pixels twice as coarse it is -66 and 108. Looser ratios of matches made
other ways worse (0.87 and 0.9: panoramas ended elsewhere).
"""


def _mask_digest(work: Workspace, image: SfmImage) -> str:
    mask = mask_of(image.photo, work.files.files) if image.photo else None
    return mask.sha256 if mask else ""


def _doubled(image: SfmImage, options: FeatureOptions) -> int:
    return options.double_spheres_up_to_px if image.panorama else options.double_up_to_px


def features_of(
    work: Workspace, image: SfmImage, options: FeatureOptions, extract: Extract
) -> Features:
    """SIFT of a photo or of a panorama."""
    if image.photo:
        return features_from_photo(work, image.photo, options, extract)
    if image.panorama is None:
        raise ValueError(f"{image.name}: neither photo nor panorama")
    sphere, valid = read_sphere(image.panorama, options.sphere_px)
    is_small = sphere.shape[1] <= options.double_spheres_up_to_px
    first_octave = -1 if is_small else options.first_octave
    keypoints, descriptors = sphere_features(
        sphere, valid, options.sphere_features, first_octave, extract
    )
    sky = is_in(sky_of_sphere(sphere), keypoints, sphere.shape[1])
    keypoints[:, :3] /= STITCHED
    size = (round(sphere.shape[1] / STITCHED), round(sphere.shape[0] / STITCHED))
    return Features(size, keypoints, descriptors, sky)


def features_from_photo(
    work: Workspace, photo: CaptureFile, options: FeatureOptions, extract: Extract
) -> Features:
    """SIFT of one photo of the inventory."""
    pixels = read_image(work.capture_path(photo), max_side_px=options.sift_px)
    size = (photo.width_px or pixels.shape[1], photo.height_px or pixels.shape[0])
    mask = read_mask(work, photo)
    is_small = max(pixels.shape[:2]) <= options.double_up_to_px
    first_octave = -1 if is_small else options.first_octave
    wanted = wanted_features(options.max_features, mask)
    keypoints, descriptors = extract_sift(pixels, size, wanted, first_octave, extract)
    if mask is not None:
        keypoints, descriptors = inside_mask(keypoints, descriptors, mask)
    kept = largest_keypoints(keypoints, options.max_features)
    return Features(size, keypoints[kept], np.ascontiguousarray(descriptors[kept]))


LEAST_SHARE = 0.1


def wanted_features(max_features: int, mask: BoolArray | None) -> int:
    """Keypoints to look for in a photo, so that enough of them lie inside its mask."""
    share = 1.0 if mask is None else float(mask.mean())
    return math.ceil(max_features / max(LEAST_SHARE, share))


def inside_mask(
    keypoints: Float32Array, descriptors: UInt8Array, mask: BoolArray
) -> tuple[Float32Array, UInt8Array]:
    """The keypoints, and their descriptors, whose middle lies inside a mask.

    keypoints : (n, 4) x, y, scale, orientation in full-size upright pixels, centres at +0.5.
    mask      : (h, w) bool of the full-size upright photo.
    """
    height, width = mask.shape
    column = np.clip(np.floor(keypoints[:, 0]).astype(int), 0, width - 1)
    row = np.clip(np.floor(keypoints[:, 1]).astype(int), 0, height - 1)
    inside = mask[row, column]
    return keypoints[inside], descriptors[inside]


def write_part(path: Path, features: Features) -> None:
    """Keep one photo's features, all or nothing."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            size=np.array(features.size),
            keypoints=features.keypoints,
            descriptors=features.descriptors,
            sky=np.zeros(0, bool) if features.sky is None else features.sky,
        )


def read_part(path: Path) -> Features:
    """The features that write_part kept."""
    with np.load(path, allow_pickle=False) as part:
        width, height = (int(value) for value in part["size"])
        sky = part["sky"] if len(part["sky"]) else None
        return Features((width, height), part["keypoints"], part["descriptors"], sky)


def choose_pairs(
    images: list[SfmImage],
    features: list[Features],
    options: FeatureOptions,
    progress: Progress = no_progress,
) -> list[Pair]:
    """Pairs of images to match, sorted. All of them, unless there are very many images."""
    if len(images) <= options.exhaustive_up_to:
        return all_pairs(len(images))
    coarse = [
        coarse_features(
            one.keypoints, one.descriptors, SPHERE_COARSE if image.panorama else COARSE_FEATURES
        )
        for image, one in zip(images, features, strict=True)
    ]
    pairs = sequence_pairs(len(images), SEQUENCE_REACH)
    pairs |= gps_pairs([image.gps for image in images], options.neighbours)
    pairs |= similar_pairs(coarse, options.neighbours, progress)
    return sorted(pairs)


COARSE_FEATURES = 512
SPHERE_COARSE = 2048  # a panorama looks every way
SEQUENCE_REACH = 4


def _cameras(
    images: list[SfmImage], features: list[Features], options: FeatureOptions
) -> list[Any]:
    """One pycolmap camera for each image; photos of a group share the same object."""
    size_of = {image.name: one.size for image, one in zip(images, features, strict=True)}
    camera_of: dict[str, Any] = {}
    number = 0
    for group in group_photos([image.photo for image in images if image.photo]):
        number += 1
        size = size_of[group[0].path]
        camera = camera_from_group(group, number, size, options.lens_model)
        camera_of |= {photo.path: camera for photo in group}
    spheres = [image.name for image in images if image.panorama]
    for size in sorted({size_of[name] for name in spheres}):
        number += 1
        camera = sphere_camera(number, size)
        camera_of |= {name: camera for name in spheres if size_of[name] == size}
    return [camera_of[image.name] for image in images]


def _match_all(
    pairs: list[Pair],
    features: list[Features],
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

    kept = []
    for done, (pair, one) in enumerate(in_order(match, pairs), 1):
        progress(done / len(pairs), f"pair {pair[0] + 1}-{pair[1] + 1}")
        if one.inliers >= options.min_inliers:
            kept.append(one)
    return kept


def verify_matches(
    cameras: tuple[Any, Any],
    features: tuple[Features, Features],
    matches: UInt32Array,
    min_inliers: int,
) -> Any:
    """The two-view geometry (pycolmap) that most matches agree with; seeded RANSAC.

    Matches in a sky, whose clouds move, count only where those on the ground find no geometry.
    """
    on_ground = without_sky(features, matches)
    if len(on_ground) < len(matches):
        found = verify_matches(cameras, _without_masks(features), on_ground, min_inliers)
        if len(found.inlier_matches) >= min_inliers:
            return found
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


def without_sky(features: tuple[Features, Features], matches: UInt32Array) -> UInt32Array:
    """The matches that lie on a cloud in neither image."""
    kept = np.ones(len(matches), bool)
    for side, one in enumerate(features):
        if one.sky is not None:
            kept &= ~one.sky[matches[:, side]]
    return matches[kept]


def _without_masks(features: tuple[Features, Features]) -> tuple[Features, Features]:
    first, second = features
    return replace(first, sky=None), replace(second, sky=None)


def _measure(
    report: StageReport,
    images: list[SfmImage],
    features: list[Features],
    verified: list[VerifiedPair],
) -> None:
    counts = [len(one.keypoints) for one in features]
    of_photos = [n for image, n in zip(images, counts, strict=True) if image.photo]
    of_spheres = [n for image, n in zip(images, counts, strict=True) if image.panorama]
    for name, values in (("photo", of_photos), ("panorama", of_spheres)):
        if values:
            report.measure(f"keypoints_per_{name}", float(np.median(values)), n=len(values))
    report.measure("pairs_matched", len(verified))
    for image, count in zip(images, counts, strict=True):
        if count < MIN_KEYPOINTS:
            report.warnings.append(
                f"{image.name}: {count} keypoints, expected {MIN_KEYPOINTS} or more: "
                "little texture, blurred, or too dark"
            )


MIN_KEYPOINTS = 300
