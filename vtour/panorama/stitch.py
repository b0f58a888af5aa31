"""Stage ``stitch``: folders of overlapping photos of one standpoint to spheres.

Features, rotations and lens by our own adjustment (sphere_solve, sphere_adjust), up from level
cameras and upright edges (upright), tones, seams and multi-band blending (drawing).
"""

import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.errors import CaptureError, InputError
from vtour.files import file_digest, read_image, replacing, temporary_folder, write_json
from vtour.gpano import GPano, gpano_packet, sphere_area, sphere_values
from vtour.options import StageOptions, option
from vtour.panorama.brackets import merge_brackets
from vtour.panorama.drawing import Drawn, draw_sphere
from vtour.panorama.fisheye import fisheye_views, read_lens_file, refine_views
from vtour.panorama.lens import PhotoLens
from vtour.panorama.matching import Features, find_features
from vtour.panorama.nodesets import NodeSet, about_set, node_sets
from vtour.panorama.projecting import View
from vtour.panorama.setphotos import SetPhoto, without_repeats
from vtour.panorama.sphere_solve import Sphere, solve_sphere
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
    is_level : the horizon was found; fisheyes stay as they were held.
    horizon_edges : upright edges that the horizon rests on, 0 when on level cameras alone.
    covered : share of the picture that photos show; the rest is filled with smooth colour.
    """

    width_px: int
    height_px: int
    full_width_px: int
    gpano: GPano
    photos_used: list[str]
    photos_left_out: dict[str, str] = field(default_factory=dict)
    residual_px: float | None
    residual_deg: float | None
    focal_px: float
    is_level: bool = True
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

    The middle of the sphere is the first photo's direction, made level; that of the photos all
    together where a part of a sphere would else lie on both sides of its edge. Memory stays below
    3 GB for photos of 24 megapixels (see drawing.py).

    Raises CaptureError when fewer than two photos overlap.
    """
    with tempfile.TemporaryDirectory(dir=temporary_folder()) as folder:
        photos, left_out = without_repeats(photos)
        if len(photos) >= 2:
            photos = merge_brackets(photos, Path(folder))
        return _stitch_single(photos, left_out, out_file, options, progress)


def _stitch_single(
    photos: list[SetPhoto],
    left_out: dict[str, str],
    out_file: Path,
    options: StitchOptions,
    progress: Progress,
) -> Stitched:
    """Stitch photos of different directions."""
    if len(photos) < 2:
        raise CaptureError(f"{_folder(photos)}: {_only_one(photos, left_out)}")
    solved = solve_set(photos, options, part_of(progress, 0.0, 0.4))
    views, sphere = solved.views, solved.sphere
    width = _width_of(views, options.max_width_px)
    used = [photos[number] for number in sphere.photos]
    drawn = draw_sphere(
        views, lambda n: read_image(used[n].path), width, part_of(progress, 0.4, 0.95)
    )
    gpano = write_sphere(out_file, drawn, options.quality, is_level=options.level)
    left_out |= {photos[number].name: reason for number, reason in sphere.left_out.items()}
    return Stitched(
        width_px=drawn.colours.shape[1],
        height_px=drawn.colours.shape[0],
        full_width_px=width,
        gpano=gpano,
        photos_used=sorted(name for photo in used for name in photo.merged_from or (photo.name,)),
        photos_left_out=dict(sorted(left_out.items())),
        residual_px=round(sphere.residual_px * solved.scale, 4),
        residual_deg=round(math.degrees(sphere.residual_rad), 5),
        focal_px=round(views[0].lens.focal_px, 3),
        horizon_edges=solved.horizon_edges,
        is_level=options.level,
        horizon_moved_deg=round(solved.horizon_moved_deg, 4),
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

    A set that cannot be stitched, whatever is wrong with its photos or its lens file, is named in
    a warning with the reason; raises CaptureError when none can and the site has nothing else, or
    when two sets would have one id.
    """
    report = StageReport(stage="stitch")
    sets, failures = node_sets(work)
    made = []
    for number, one in enumerate(sets):
        inner = part_of(progress, number / len(sets), (number + 1) / len(sets))
        try:
            made.append(_stitch_node(one, out.stitched / f"{one.id}.jpg", options, inner))
        except InputError as error:
            failures.append(about_set(one.folder, error))
    others = work.files.usable_photos() or work.files.usable_panoramas()
    if failures and not made and not others:
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
    if node.is_fisheye:
        return stitch_fisheyes(node, path, options, progress)
    return stitch_photos(node.photos, path, options, progress)


def stitch_fisheyes(
    node: NodeSet,
    path: Path,
    options: StitchOptions = STITCH_DEFAULTS,
    progress: Progress = no_progress,
) -> Stitched:
    """Stitch front and back of a dual fisheye; the front looks to the middle.

    Raises CaptureError without a lens file, InputError when it cannot be used.
    """
    if node.lens_file is None:
        raise CaptureError(
            f"{node.folder}: fisheye photos front and back without a lens file, "
            "expected lens_parameters.txt with RADIUS, CENTER and FOV of both lenses"
        )
    views = fisheye_views(read_lens_file(node.lens_file), [p.size_px for p in node.photos])
    pictures = [read_image(photo.path) for photo in node.photos]
    refined = refine_views(views, pictures)
    progress(0.3, f"{refined.matches} matches in the ring of both lenses")
    width = _width_of(refined.views, options.max_width_px)
    drawn = draw_sphere(refined.views, lambda n: pictures[n], width, part_of(progress, 0.3, 0.95))
    gpano = write_sphere(path, drawn, options.quality, is_level=False)
    focal, residual = refined.views[0].lens.focal_px, refined.residual_rad
    return Stitched(
        width_px=drawn.colours.shape[1],
        height_px=drawn.colours.shape[0],
        full_width_px=width,
        gpano=gpano,
        photos_used=[photo.name for photo in node.photos],
        residual_px=None if residual is None else round(residual * focal, 4),
        residual_deg=None if residual is None else round(math.degrees(residual), 5),
        focal_px=round(focal, 3),
        is_level=False,
        horizon_edges=0,
        horizon_moved_deg=0.0,
        covered=round(drawn.covered, 4),
    )


def _measure(report: StageReport, made: list[dict[str, Any]]) -> None:
    report.measure("panoramas_stitched", len(made))
    report.measure("stitch_photos_used", sum(len(one["photos_used"]) for one in made))
    left_out = {
        f"{one['source']}/{n}": r for one in made for n, r in one["photos_left_out"].items()
    }
    report.measure("stitch_photos_left_out", len(left_out))
    report.warnings += [f"{name}: left out, {reason}" for name, reason in left_out.items()]
    residuals = [one["residual_deg"] for one in made if one["residual_deg"] is not None]
    if residuals:
        note = "RMS, of the worst panorama"
        report.measure("stitch_residual", max(residuals), n=len(residuals), note=note)
    report.details["panoramas"] = {one["id"]: one for one in made}


@dataclass(frozen=True, kw_only=True, eq=False)
class SolvedSet:
    """Directions and lenses: a view for every photo of ``sphere.photos``, at its full size.

    scale : pixels of the first photo for one of the size that features were searched at.
    """

    sphere: Sphere
    views: list[View]
    scale: float
    horizon_edges: int
    horizon_moved_deg: float


def solve_set(
    photos: list[SetPhoto],
    options: StitchOptions = STITCH_DEFAULTS,
    progress: Progress = no_progress,
) -> SolvedSet:
    """Where the photos look, level, the first one ahead. Raises CaptureError without overlap."""
    searched = _search(photos, options, part_of(progress, 0.0, 0.7))
    lenses, lens_of, known = _lens_groups(photos, searched.sizes)
    sphere = solve_sphere(searched.features, lenses, lens_of, known, options.min_matches)
    if len(sphere.photos) < 2:
        raise CaptureError(
            f"{_folder(photos)}: {len(photos)} photos, no two of them overlap, expected "
            "photos of one standpoint that share a third with their neighbours"
        )
    progress(1.0, f"{len(sphere.photos)} of {len(photos)} photos fit")
    turn, edges, moved_deg = _up(sphere, searched, options)
    first = sphere.photos[0]
    return SolvedSet(
        sphere=sphere,
        views=_views(sphere, photos, turn),
        scale=max(photos[first].size_px) / max(searched.sizes[first]),
        horizon_edges=edges,
        horizon_moved_deg=moved_deg,
    )


def _folder(photos: list[SetPhoto]) -> str:
    first = next((photo for photo in photos if not photo.merged_from), None)
    return first.path.parent.name if first else "the set"


def _only_one(photos: list[SetPhoto], left_out: dict[str, str]) -> str:
    if left_out:
        return (
            f"{len(left_out) + 1} photos that all show one picture "
            f"({photos[0].name}), expected photos in different directions"
        )
    if photos and photos[0].merged_from:
        return f"{len(photos[0].merged_from)} exposures of one direction, expected more"
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


def write_sphere(path: Path, drawn: Drawn, quality: int, *, is_level: bool) -> GPano:
    """Write the picture as JPEG with its GPano packet; returns what the packet says.

    Raises CaptureError rather than write what no stage after this one would read.
    """
    height, width = drawn.colours.shape[:2]
    gpano = sphere_values(
        drawn.width, area=(drawn.left, drawn.top, width, height), is_level=is_level
    )
    sphere_area(width, height, gpano)
    picture = Image.frombuffer("RGB", (width, height), drawn.colours.tobytes(), "raw", "RGB", 0, 1)
    with replacing(path) as temporary:
        picture.save(temporary, "JPEG", quality=quality, subsampling=0, xmp=gpano_packet(gpano))
    return gpano
