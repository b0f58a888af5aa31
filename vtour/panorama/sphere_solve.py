"""From features to directions: which photos belong together, their rotations and their lens.

Pairs of photos are accepted when one rotation explains enough of their matches (Brown and Lowe,
"Automatic panoramic image stitching using invariant features", IJCV 2007, section 3.2). Their
strongest tree gives the first rotations, bundle adjustment the rest. Without a focal length from
EXIF, the one that most matches of the best pairs agree with is the first.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vtour.panorama.lens import PhotoLens
from vtour.panorama.matching import Features, likely_pairs, match_features
from vtour.panorama.rotations import chain_rotations, find_rotation
from vtour.panorama.sphere_adjust import Matches, Solution, adjust, residuals_px

FloatArray = NDArray[np.float64]

FIRST_LIMIT = 0.012
"""Agreement with a pair's rotation, as a share of the picture's long side over the focal length:
wide, since the lens is not known yet."""
FOCAL_LIMIT = 0.004
SURE_BASE, SURE_SHARE = 5.9, 0.22
"""Brown and Lowe's bound for a true overlap: so many matches and this share of them agree."""
FOCAL_PAIRS = 8
FOCALS_FAR = np.geomspace(0.3, 6.0, 25)
FOCALS_NEAR = np.geomspace(0.72, 1.4, 9)
MISFIT_PX, MISFIT_TIMES = 6.0, 4.0
THIN_MATCHES = 120
"""Of a pair, for the first adjustments."""
LATE_LIMIT, LATE_SHARE = 0.005, 0.1
KEPT_SCALES, KEPT_LEAST_PX = 4.0, 2.0
FREE_CENTRE_PHOTOS = 6
FOCAL_ONLY = (True, False, False, False, False, False)
FOCAL_AND_BEND = (True, False, False, True, False, False)
ALL = (True, True, True, True, True, True)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two photos with their matches and how many of them one rotation explains."""

    matches: Matches
    b_from_a: FloatArray
    agreeing: int


@dataclass(eq=False)
class Sphere:
    """What was solved: the photos by their number in the set, and how well they fit.

    solution  : world_from_cam and lenses at the size that features were found at, by position in
                ``photos``.
    left_out  : reasons by photo.
    residual_px, residual_rad : RMS over the matches kept, in pixels of the searched size.
    """

    photos: list[int]
    solution: Solution
    pairs: list[Matches] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    residual_px: float = 0.0
    residual_rad: float = 0.0
    matches: int = 0


def solve_sphere(
    features: list[Features],
    lenses: list[PhotoLens],
    lens_of: list[int],
    focal_known: list[bool],
    least_matches: int,
) -> Sphere:
    """Solve the photos that overlap.

    features : of every photo. lenses : a guess for every group of photos, at the size searched.
    lens_of  : group by photo. focal_known : by group, whether EXIF told the focal length.

    Returns a Sphere with fewer than two photos when nothing overlaps.
    """
    found = _matched(features, least_matches)
    lenses = _with_focals(found, lenses, lens_of, focal_known)
    pairs = _verified(found, lenses, lens_of, least_matches)
    edges = [(p.matches.a, p.matches.b, float(p.agreeing), p.b_from_a) for p in pairs]
    world_from_cam, order = chain_rotations(len(features), edges)
    sphere = _adjusted(pairs, lenses, lens_of, world_from_cam, order)
    sphere = _with_late_ones(sphere, features, lenses, lens_of, least_matches)
    for photo in range(len(features)):
        if photo not in sphere.photos:
            sphere.left_out.setdefault(photo, _why_alone(photo, found, pairs, least_matches))
    return sphere


def _matched(features: list[Features], least: int) -> list[Matches]:
    found = []
    for a, b in likely_pairs(features):
        rows = match_features(features[a], features[b])
        if len(rows) >= least:
            at_a, at_b = features[a].pixels[rows[:, 0]], features[b].pixels[rows[:, 1]]
            found.append(Matches(a, b, at_a, at_b))
    return found


def _rotation_of(
    pair: Matches, lens_a: PhotoLens, lens_b: PhotoLens, share: float
) -> tuple[FloatArray, NDArray[np.bool_]]:
    limit = share * max(lens_b.size_px) / lens_b.focal_px
    rays_a, rays_b = (
        lens_a.rays_from_pixels(pair.pixels_a),
        lens_b.rays_from_pixels(pair.pixels_b),
    )
    return find_rotation(rays_a, rays_b, limit, seed=1000 * pair.a + pair.b)


def _with_focals(
    found: list[Matches], lenses: list[PhotoLens], lens_of: list[int], known: list[bool]
) -> list[PhotoLens]:
    """Lenses with the focal lengths that explain most matches of the best pairs."""
    result = list(lenses)
    for group, lens in enumerate(lenses):
        inside = [p for p in found if lens_of[p.a] == group and lens_of[p.b] == group]
        inside = sorted(inside, key=lambda p: (-len(p.pixels_a), p.a, p.b))[:FOCAL_PAIRS]
        long_px = max(lens.size_px)
        focals = lens.focal_px * FOCALS_NEAR if known[group] else long_px * FOCALS_FAR
        if not inside:
            continue
        scores = []
        for focal in focals:
            trial = replace(lens, focal_px=float(focal))
            scores.append(sum(_rotation_of(p, trial, trial, FOCAL_LIMIT)[1].sum() for p in inside))
        best = np.array(scores, float)
        if known[group]:  # a flat maximum says nothing against EXIF
            best *= np.exp(-0.5 * (np.log(focals / lens.focal_px) / 0.5) ** 2)
        result[group] = replace(lens, focal_px=float(focals[int(np.argmax(best))]))
    return result


def _verified(
    found: list[Matches], lenses: list[PhotoLens], lens_of: list[int], least: int
) -> list[Pair]:
    pairs = []
    for pair in found:
        lens_a, lens_b = lenses[lens_of[pair.a]], lenses[lens_of[pair.b]]
        b_from_a, agrees = _rotation_of(pair, lens_a, lens_b, FIRST_LIMIT)
        count = int(agrees.sum())
        if count >= max(least, SURE_BASE + SURE_SHARE * len(agrees)):
            pairs.append(Pair(pair, b_from_a, count))
    return pairs


def _adjusted(
    pairs: list[Pair],
    lenses: list[PhotoLens],
    lens_of: list[int],
    world_from_cam: dict[int, FloatArray],
    order: list[int],
) -> Sphere:
    photos = sorted(order)
    place = {photo: position for position, photo in enumerate(photos)}
    solution = Solution(
        np.array([world_from_cam[photo] for photo in photos]),
        lenses,
        [lens_of[photo] for photo in photos],
    )
    inside = [
        replace(pair.matches, a=place[pair.matches.a], b=place[pair.matches.b])
        for pair in pairs
        if pair.matches.a in place and pair.matches.b in place
    ]
    sphere = Sphere(photos, solution)
    if len(photos) < 2:
        return sphere
    few = [_thinned(pair) for pair in inside]
    solution = adjust(solution, few, free=FOCAL_ONLY)
    sphere.solution = adjust(
        solution, few, free=FOCAL_AND_BEND, first_scale_px=8, start_lenses=lenses
    )
    sphere.pairs = inside
    _drop_misfits(sphere)
    return _refined(sphere, lenses)


def _refined(sphere: Sphere, lenses: list[PhotoLens]) -> Sphere:
    """The last adjustment: all matches that fit, the whole lens when there are enough photos."""
    if len(sphere.photos) < 2:
        return sphere
    free = ALL if len(sphere.photos) >= FREE_CENTRE_PHOTOS else FOCAL_AND_BEND
    for _ in range(2):
        kept, sigma = _kept(sphere.solution, sphere.pairs)
        sphere.solution = adjust(
            sphere.solution, kept, free=free, first_scale_px=2 * sigma, start_lenses=lenses
        )
    _measure(sphere, _kept(sphere.solution, sphere.pairs)[0])
    return sphere


def _thinned(pair: Matches) -> Matches:
    step = -(-len(pair.pixels_a) // THIN_MATCHES)
    return replace(pair, pixels_a=pair.pixels_a[::step], pixels_b=pair.pixels_b[::step])


def _with_late_ones(
    sphere: Sphere,
    features: list[Features],
    lenses: list[PhotoLens],
    lens_of: list[int],
    least: int,
) -> Sphere:
    """Photos that no single pair could place, by their matches with all placed photos at once."""
    missing = [photo for photo in range(len(features)) if photo not in sphere.photos]
    if len(sphere.photos) < 2:
        return sphere
    came = False
    for photo in missing:
        came |= _place_late(sphere, photo, features, lens_of, least)
    return _refined(sphere, lenses) if came else sphere


def _place_late(
    sphere: Sphere, photo: int, features: list[Features], lens_of: list[int], least: int
) -> bool:
    lens = sphere.solution.lenses[lens_of[photo]]
    pairs, own_rays, world_rays = [], [], []
    for place, other in enumerate(sphere.photos):
        rows = match_features(features[photo], features[other])
        if not len(rows):
            continue
        own, at = features[photo].pixels[rows[:, 0]], features[other].pixels[rows[:, 1]]
        pairs.append(Matches(len(sphere.photos), place, own, at))
        own_rays.append(lens.rays_from_pixels(own))
        rays = sphere.solution.lens(place).rays_from_pixels(at)
        world_rays.append(rays @ sphere.solution.world_from_cam[place].T)
    if not pairs:
        return False
    ours, theirs = np.concatenate(own_rays), np.concatenate(world_rays)
    limit = LATE_LIMIT * max(lens.size_px) / lens.focal_px
    world_from_cam, agrees = find_rotation(ours, theirs, limit, seed=photo)
    agreeing = int(agrees.sum())
    if agreeing < max(least, SURE_BASE + LATE_SHARE * len(ours)):
        return False
    parts = np.split(agrees, np.cumsum([len(pair.pixels_a) for pair in pairs])[:-1])
    sphere.pairs += [
        replace(pair, pixels_a=pair.pixels_a[good], pixels_b=pair.pixels_b[good])
        for pair, good in zip(pairs, parts, strict=True)
        if good.any()
    ]
    solution = sphere.solution
    sphere.photos.append(photo)
    sphere.left_out.pop(photo, None)
    sphere.solution = Solution(
        np.concatenate([solution.world_from_cam, world_from_cam[None]]),
        solution.lenses,
        [*solution.lens_of, lens_of[photo]],
    )
    return True


def _kept(solution: Solution, pairs: list[Matches]) -> tuple[list[Matches], float]:
    """The matches within a few times the common size of residuals, and that size in pixels."""
    errors = [residuals_px(solution, pair).max(axis=0) for pair in pairs]
    sigma = 1.48 * float(np.median(np.concatenate(errors)))
    limit = max(KEPT_LEAST_PX, KEPT_SCALES * sigma)
    kept = []
    for pair, error in zip(pairs, errors, strict=True):
        good = error < limit
        if good.any():
            at_a, at_b = pair.pixels_a[good], pair.pixels_b[good]
            kept.append(replace(pair, pixels_a=at_a, pixels_b=at_b))
    return kept, max(sigma, 0.5)


def _measure(sphere: Sphere, pairs: list[Matches]) -> None:
    solution = sphere.solution
    errors = [residuals_px(solution, pair) for pair in pairs]
    angles = [
        error / solution.lens(pair.b).focal_px for error, pair in zip(errors, pairs, strict=True)
    ]
    sphere.residual_px = float(np.sqrt(np.mean(np.concatenate(errors, axis=1) ** 2)))
    sphere.residual_rad = float(np.sqrt(np.mean(np.concatenate(angles, axis=1) ** 2)))
    sphere.matches = sum(len(pair.pixels_a) for pair in pairs)


def _drop_misfits(sphere: Sphere) -> None:
    """Drop pairs that contradict the rest, and photos left without any."""
    middles = [float(np.median(residuals_px(sphere.solution, pair))) for pair in sphere.pairs]
    limit = max(MISFIT_PX, MISFIT_TIMES * float(np.median(middles)))
    good = [pair for pair, off in zip(sphere.pairs, middles, strict=True) if off <= limit]
    held = {place for pair in good for place in (pair.a, pair.b)}
    for place, photo in enumerate(sphere.photos):
        if place not in held:
            off = min(m for p, m in zip(sphere.pairs, middles, strict=True) if place in (p.a, p.b))
            sphere.left_out[photo] = (
                f"does not fit the others: its matches miss by {off:.0f} px, expected at most "
                f"{limit:.0f} px (taken from another place?)"
            )
    places = sorted(held)
    new = {place: position for position, place in enumerate(places)}
    solution = sphere.solution
    sphere.photos = [sphere.photos[place] for place in places]
    sphere.pairs = [replace(pair, a=new[pair.a], b=new[pair.b]) for pair in good]
    sphere.solution = Solution(
        solution.world_from_cam[places], solution.lenses, [solution.lens_of[p] for p in places]
    )


def _why_alone(photo: int, found: list[Matches], pairs: list[Pair], least: int) -> str:
    if any(photo in (pair.matches.a, pair.matches.b) for pair in pairs):
        return "overlaps only photos that do not overlap the rest"
    best = max((len(p.pixels_a) for p in found if photo in (p.a, p.b)), default=0)
    if best:
        return f"no overlap found: of {best} matches with another photo too few agree on one turn"
    return f"no overlap found: fewer than {least} matches with every other photo"
