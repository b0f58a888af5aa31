"""Stage ``stitch``: folders of overlapping photos of one standpoint to spheres.

Features, rotations and lens by our own adjustment (sphere_solve, sphere_adjust), up from level
cameras and upright edges (upright), tones, seams and multi-band blending (drawing).
"""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.errors import CaptureError
from vtour.files import file_digest, read_image, replacing, write_json
from vtour.options import StageOptions, option
from vtour.panorama.drawing import Drawn, draw_sphere
from vtour.panorama.lens import PhotoLens
from vtour.panorama.matching import Features, find_features
from vtour.panorama.nodesets import NodeSet, node_sets
from vtour.panorama.projecting import View
from vtour.panorama.setphotos import SetPhoto, without_repeats
from vtour.panorama.sphere_solve import Sphere, solve_sphere
from vtour.panorama.spherexmp import GPano, gpano_of_sphere, packet_of
from vtour.panorama.upright import find_edges, find_up, pano_from_world, upright_normals
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

FloatArray = NDArray[np.float64]
UInt8Array = NDArray[np.uint8]

WIDTH_GRID = 128
GUESSED_FOCAL = 0.9
"""Of the long side, when EXIF tells none: only a start, the matches decide."""
SAME_FOCAL = 0.01
STEEP_FORWARD = math.sin(math.radians(60))


@dataclass(frozen=True, kw_only=True)
class StitchOptions(StageOptions):
    """How photos of one standpoint become a sphere."""

    max_width_px: int = option(
        16384, "Widest sphere, all around; never wider than the photos are fine.",
        unit="px", minimum=512, maximum=32768,
    )  # fmt: skip
    feature_px: int = option(
        1600, "Long side of photos when features are searched.", unit="px", minimum=400,
        maximum=4000,
    )  # fmt: skip
    features: int = option(4000, "Most features of a photo.", minimum=200, maximum=20000)
    min_matches: int = option(12, "Fewest agreeing matches of an overlap.", minimum=6, maximum=200)
    level: bool = option(True, "Level the sphere by level cameras and upright edges.")
    quality: int = option(95, "JPEG quality.", minimum=50, maximum=100)


STITCH_DEFAULTS = StitchOptions()


@dataclass(frozen=True, kw_only=True)
class Stitched:
    """One sphere that was made, and from what.

    width_px, height_px : of the picture; full_width_px : all around.
    horizon_edges : upright edges that the horizon rests on, 0 when on level cameras alone.
    covered : share of the picture that photos show; the rest is filled with smooth colour.
    """

    width_px: int
    height_px: int
    full_width_px: int
    gpano: GPano
    photos_used: list[str]
    photos_left_out: dict[str, str] = field(default_factory=dict)
    residual_px: float
    residual_deg: float
    focal_px: float
    horizon_edges: int
    horizon_moved_deg: float
    covered: float


@dataclass(frozen=True, eq=False)
class _Searched:
    """What is kept of the photos' pictures at the size that features are searched at."""

    features: list[Features]
    edges: list[FloatArray]
    sizes: list[tuple[int, int]]


def stitch_photos(
    photos: list[SetPhoto],
    out_file: Path,
    options: StitchOptions = STITCH_DEFAULTS,
    progress: Progress = no_progress,
) -> Stitched:
    """Stitch photos of one standpoint into one JPEG with GPano.

    The middle of the sphere is the first photo's direction, made level. Memory stays below 3 GB
    for photos of 24 megapixels (see drawing.py).

    Raises CaptureError when fewer than two photos overlap.
    """
    photos, left_out = without_repeats(photos)
    if len(photos) < 2:
        raise CaptureError(f"{_folder(photos)}: {_only_one(photos, left_out)}")
    searched = _search(photos, options, part_of(progress, 0.0, 0.3))
    lenses, lens_of, known = _lens_groups(photos, searched.sizes)
    sphere = solve_sphere(searched.features, lenses, lens_of, known, options.min_matches)
    if len(sphere.photos) < 2:
        raise CaptureError(
            f"{_folder(photos)}: {len(photos)} photos, no two of them overlap, expected "
            "photos of one standpoint that share a third with their neighbours"
        )
    progress(0.4, f"{len(sphere.photos)} of {len(photos)} photos fit")
    world_up = _up(sphere, searched, options)
    views = _views(sphere, photos, world_up[0])
    width = _width_of(views, options.max_width_px)
    used = [photos[number] for number in sphere.photos]
    drawn = draw_sphere(
        views, lambda n: read_image(used[n].path), width, part_of(progress, 0.4, 0.95)
    )
    gpano = write_sphere(out_file, drawn, len(used), options.quality)
    left_out |= {photos[number].name: reason for number, reason in sphere.left_out.items()}
    scale = max(used[0].size_px) / max(searched.sizes[sphere.photos[0]])
    return Stitched(
        width_px=drawn.colours.shape[1],
        height_px=drawn.colours.shape[0],
        full_width_px=width,
        gpano=gpano,
        photos_used=sorted(photo.name for photo in used),
        photos_left_out=dict(sorted(left_out.items())),
        residual_px=round(sphere.residual_px * scale, 4),
        residual_deg=round(math.degrees(sphere.residual_rad), 5),
        focal_px=round(views[0].lens.focal_px, 3),
        horizon_edges=world_up[1],
        horizon_moved_deg=round(world_up[2], 4),
        covered=round(drawn.covered, 4),
    )


def stitch_sets(
    work: Workspace,
    out: Workspace,
    options: StitchOptions = STITCH_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Stitch every set of the captures.

    Reads inventory.json and the files of its panorama sets. Writes stitched/<id>.jpg
    (equirectangular with GPano) and stitched/stitched.json.

    A set that cannot be stitched is named in a warning with the reason; raises CaptureError when
    none of several can, or the only one, or when two sets would have one id.
    """
    report = StageReport(stage="stitch")
    sets = node_sets(work)
    made, failures = [], []
    for number, one in enumerate(sets):
        inner = part_of(progress, number / len(sets), (number + 1) / len(sets))
        try:
            made.append(_stitch_node(one, out.stitched / f"{one.id}.jpg", options, inner))
        except CaptureError as error:
            failures.append(str(error))
    if sets and not made:
        more = f" (and {len(failures) - 1} more sets)" if len(failures) > 1 else ""
        raise CaptureError(failures[0] + more)
    report.warnings += [f"not stitched: {text}" for text in failures]
    write_json(out.stitched / "stitched.json", {"panoramas": made})
    _measure(report, made)
    progress(1.0, f"{len(made)} panoramas stitched")
    return report


def _stitch_node(
    node: NodeSet, path: Path, options: StitchOptions, progress: Progress
) -> dict[str, Any]:
    """Stitch one set and describe it for stitched.json."""
    done = stitch_node(node, path, options, progress)
    gps = next((photo.gps for photo in node.photos if photo.gps), None)
    return {
        "id": node.id,
        "source": node.folder,
        "width_px": done.width_px,
        "height_px": done.height_px,
        "sha256": file_digest(path),
        "gpano": done.gpano,
        "gps": gps.model_dump() if gps else None,
        "taken": next((photo.taken for photo in node.photos if photo.taken), None),
        "photos_used": done.photos_used,
        "photos_left_out": done.photos_left_out,
        "residual_px": done.residual_px,
        "residual_deg": done.residual_deg,
        "focal_px": done.focal_px,
        "horizon_edges": done.horizon_edges,
        "covered": done.covered,
    }


def stitch_node(
    node: NodeSet,
    path: Path,
    options: StitchOptions = STITCH_DEFAULTS,
    progress: Progress = no_progress,
) -> Stitched:
    """Stitch one set, whatever it is. Raises CaptureError when it cannot be done."""
    return stitch_photos(node.photos, path, options, progress)


def _measure(report: StageReport, made: list[dict[str, Any]]) -> None:
    report.measure("panoramas_stitched", len(made))
    report.measure("stitch_photos_used", sum(len(one["photos_used"]) for one in made))
    left_out = {
        f"{one['source']}/{n}": r for one in made for n, r in one["photos_left_out"].items()
    }
    report.measure("stitch_photos_left_out", len(left_out))
    report.warnings += [f"{name}: left out, {reason}" for name, reason in left_out.items()]
    if made:
        worst = max(one["residual_deg"] for one in made)
        report.measure("stitch_residual", worst, n=len(made), note="RMS, of the worst panorama")
    report.details["panoramas"] = {one["id"]: one for one in made}


def _folder(photos: list[SetPhoto]) -> str:
    return photos[0].path.parent.name if photos else "no photos"


def _only_one(photos: list[SetPhoto], left_out: dict[str, str]) -> str:
    if left_out:
        return (
            f"{len(left_out) + 1} photos that all show one picture "
            f"({photos[0].name}), expected photos in different directions"
        )
    return f"{len(photos)} photo, expected at least 2 that overlap"


def _search(photos: list[SetPhoto], options: StitchOptions, progress: Progress) -> _Searched:
    import cv2

    features, edges, sizes = [], [], []
    for number, photo in enumerate(photos):
        picture = read_image(photo.path, max_side_px=options.feature_px)
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        features.append(find_features(grey, options.features))
        edges.append(find_edges(grey) if options.level else np.zeros((0, 2, 2)))
        sizes.append((picture.shape[1], picture.shape[0]))
        progress((number + 1) / len(photos), photo.name)
    return _Searched(features, edges, sizes)


def _lens_groups(
    photos: list[SetPhoto], sizes: list[tuple[int, int]]
) -> tuple[list[PhotoLens], list[int], list[bool]]:
    """A first lens for all photos of one size and focal length; which group every photo is in."""
    lenses: list[PhotoLens] = []
    lens_of: list[int] = []
    known: list[bool] = []
    for photo, size in zip(photos, sizes, strict=True):
        told = photo.focal_px and photo.focal_px * size[0] / photo.size_px[0]
        lens = PhotoLens.centred(size, told or GUESSED_FOCAL * max(size))
        for group, other in enumerate(lenses):
            alike = abs(math.log(other.focal_px / lens.focal_px)) < SAME_FOCAL
            if other.size_px == size and known[group] == bool(told) and alike:
                break
        else:
            group = len(lenses)
            lenses.append(lens)
            known.append(bool(told))
        lens_of.append(group)
    return lenses, lens_of, known


def _up(sphere: Sphere, searched: _Searched, options: StitchOptions) -> tuple[Any, int, float]:
    """Rotation pano_from_world, edges that agreed, and degrees that they moved the horizon."""
    solution = sphere.solution
    turns = solution.world_from_cam
    normals, lengths = [np.zeros((0, 3))], [np.zeros(0)]
    first = find_up(turns, normals[0], lengths[0]).direction
    for place, number in enumerate(sphere.photos):
        ends = searched.edges[number]
        rays = solution.lens(place).rays_from_pixels(ends.reshape(-1, 2)).reshape(-1, 2, 3)
        normal, length = upright_normals(rays, turns[place], first)
        normals.append(normal)
        lengths.append(length)
    if options.level:
        found = find_up(turns, np.concatenate(normals), np.concatenate(lengths))
        up, edges, moved = found.direction, found.edges, math.degrees(found.moved)
    else:
        up, edges, moved = -turns[0][:, 1], 0, 0.0
    ahead = [turn[:, 2] for turn in turns]
    forward = next((axis for axis in ahead if abs(axis @ up) < STEEP_FORWARD), ahead[0])
    return pano_from_world(up, forward), edges if moved else 0, moved


def _views(sphere: Sphere, photos: list[SetPhoto], pano_from_world: FloatArray) -> list[View]:
    solution = sphere.solution
    return [
        View(
            (pano_from_world @ solution.world_from_cam[place]).T,
            solution.lens(place).scaled(photos[number].size_px),
        )
        for place, number in enumerate(sphere.photos)
    ]


def _width_of(views: list[View], most: int) -> int:
    """As fine as the finest photo at its centre, a multiple of the blending grid."""
    finest = max(view.lens.focal_px for view in views) * math.tau
    return max(WIDTH_GRID * 4, int(min(finest, most) / WIDTH_GRID) * WIDTH_GRID)


def write_sphere(path: Path, drawn: Drawn, photos: int, quality: int) -> GPano:
    """Write the picture as JPEG with its GPano packet; returns what the packet says."""
    height, width = drawn.colours.shape[:2]
    gpano = gpano_of_sphere(
        width=drawn.width, left=drawn.left, top=drawn.top, size_px=(width, height), photos=photos
    )
    picture = Image.frombuffer("RGB", (width, height), drawn.colours.tobytes(), "raw", "RGB", 0, 1)
    with replacing(path) as temporary:
        picture.save(temporary, "JPEG", quality=quality, subsampling=0, xmp=packet_of(gpano))
    return gpano
