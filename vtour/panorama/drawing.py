"""Photos with known directions and lenses to one level equirectangular sphere.

Seams and tones are found on a small sphere; the picture is made strip by strip, and of every photo
only the window that it gives to a strip is drawn. Memory: the result (3 B a pixel), about 90 B a
pixel of a strip (STRIP_PX), and decoded photos up to CACHE_BYTES. By arithmetic
2.2 GB at 16384 x 8192 px; measured 1.1 GB at 4992 x 2496 px from 20 photos of 1600 x 1200 px.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.gpano import SphereArea
from vtour.panorama.blending import Piece, Strip, blend_strip, fill_gaps, strips_of
from vtour.panorama.projecting import View, border_share, inside_photo, photo_pixels
from vtour.panorama.seams import seam_labels
from vtour.panorama.tones import Shared, Tones, fall_of, solve_tones
from vtour.progress import Progress, no_progress
from vtour.sphere import rotation_from_angles

UInt8Array = NDArray[np.uint8]
Float32Array = NDArray[np.float32]

SEAM_PX = 768
"""Width of the small sphere."""
STRIP_PX = 10_000_000
CACHE_BYTES = 400_000_000
FAINT = 1e-4
"""Weight of a photo where another one is preferred: it fills what the seams leave open."""
SHRINK_FROM = 1.4
"""A photo this much finer than the sphere is shrunk before it is sampled."""
MOST_SAMPLES = 4000

Reader = Callable[[int], UInt8Array]
Source = Callable[[int], tuple[View, UInt8Array]]


@dataclass(frozen=True, eq=False)
class Drawn:
    """The part of the sphere that photos cover.

    colours : (rows, columns, 3) uint8. left, top : of it in the full sphere, ``width`` px around;
    it lies inside, as GPano has it: see _turned.
    covered : share of its pixels that some photo shows.
    """

    colours: UInt8Array
    width: int
    left: int
    top: int
    covered: float


@dataclass(frozen=True, eq=False)
class _Small:
    """What was found on the small sphere."""

    labels: NDArray[np.int16]
    tones: Tones
    covered: NDArray[np.bool_]


def draw_sphere(
    views: list[View], read: Reader, width: int, progress: Progress = no_progress
) -> Drawn:
    """Draw photos into a sphere ``width`` px around (a multiple of 128), cropped to what they show.

    views : at the photos' full size. read : gives a photo's picture (h, w, 3) by its number.
    Where a part would cross the sphere's edge behind the visitor, its middle comes to lie ahead.
    """
    views, small = _turned(views, _small_sphere(views, read, progress))
    rows, columns = _window(small.covered, width)
    cached = _cached(read, views, width)
    result = np.empty((rows[1] - rows[0], width, 3), np.uint8)
    covered = np.empty(result.shape[:2], bool)
    strips = strips_of(width, rows, width // 2, STRIP_PX)
    for number, strip in enumerate(strips):
        colours, known = blend_strip(strip, _pieces(strip, views, cached, small))
        keep = slice(max(0, rows[0] - strip.first), None)
        at = max(strip.first, rows[0]) - rows[0]
        result[at : strip.end - rows[0]] = colours[keep]
        covered[at : strip.end - rows[0]] = known[keep]
        progress(0.3 + 0.7 * (number + 1) / len(strips), f"{strip.end} rows blended")
    if columns != (0, width):
        result, covered = result[:, slice(*columns)], covered[:, slice(*columns)]
    share = float(covered.mean())
    area = SphereArea(
        full_width=width, left=columns[0], top=rows[0],
        width=result.shape[1], height=result.shape[0],
    )  # fmt: skip
    return Drawn(fill_gaps(result, covered, area), width, columns[0], rows[0], share)


def _small_sphere(views: list[View], read: Reader, progress: Progress) -> _Small:
    import cv2

    pictures, shares, radii = [], [], []
    rows, columns = (0, SEAM_PX // 2), (0, SEAM_PX)
    for number, view in enumerate(views):
        scale = min(1.0, SEAM_PX / (2 * np.pi) / view.lens.focal_px)
        full = view.lens.size_px
        size = max(8, round(full[0] * scale)), max(8, round(full[1] * scale))
        picture = cv2.resize(read(number), size, interpolation=cv2.INTER_AREA)
        little = view.scaled(size)
        x, y = photo_pixels(little, SEAM_PX, rows, columns)
        share = np.where(inside_photo(x, y, little.lens), border_share(x, y, little.lens), -1)
        colours = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        pictures.append(colours.astype(np.float32))
        shares.append(share.astype(np.float32))
        radii.append(_square_radius(x, y, little))
        progress(0.15 * (number + 1) / len(views), "photos compared")
    # Two fisheyes meet only at their rims, which says nothing of how the lens darkens.
    with_fall = not any(view.lens.is_fisheye for view in views)
    tones = solve_tones(len(views), _shared(pictures, shares, radii), with_fall=with_fall)
    for number, picture in enumerate(pictures):
        picture *= _factor(tones, number, radii[number])
        np.clip(picture, 0, 255, out=picture)
    labels = seam_labels(pictures, shares)
    progress(0.3, "seams found")
    return _Small(labels, tones, labels >= 0)


def _turned(views: list[View], small: _Small) -> tuple[list[View], _Small]:
    """The same with the middle of the covered part ahead, where it crosses the edge; else as is.

    By whole columns of the small sphere, so that nothing of it is found anew.
    """
    start, length = _run_around(np.asarray(small.covered.any(axis=0)))
    if start + length <= SEAM_PX:
        return views, small
    columns = SEAM_PX // 2 - (start + length // 2)
    turn = rotation_from_angles(columns / SEAM_PX * 2 * np.pi, 0.0, 0.0)
    labels = np.roll(small.labels, columns, axis=1)
    turned = [View(view.cam_from_pano @ turn.T, view.lens) for view in views]
    return turned, _Small(labels, small.tones, labels >= 0)


def _shared(
    pictures: list[Float32Array], shares: list[Float32Array], radii: list[Float32Array]
) -> list[Shared]:
    found = []
    for a in range(len(pictures)):
        for b in range(a + 1, len(pictures)):
            rows, columns = np.nonzero((shares[a] > 0.02) & (shares[b] > 0.02))
            step = -(-len(rows) // MOST_SAMPLES) or 1
            at = rows[::step], columns[::step]
            if len(at[0]) > 20:
                found.append(
                    Shared(
                        a, b, pictures[a][at].astype(float), pictures[b][at].astype(float),
                        radii[a][at].astype(float), radii[b][at].astype(float),
                    )
                )  # fmt: skip
    return found


def _square_radius(x: Float32Array, y: Float32Array, view: View) -> Float32Array:
    """Squared distance from the lens's centre over that of the farthest point it shows."""
    lens = view.lens
    far = lens.focal_px * lens.max_angle if lens.is_fisheye else np.hypot(*lens.size_px) / 2
    square = (x + 0.5 - lens.centre_px[0]) ** 2 + (y + 0.5 - lens.centre_px[1]) ** 2
    share: Float32Array = np.minimum(square / np.float32(far) ** 2, 1.2).astype(np.float32)
    return share


def _factor(tones: Tones, number: int, square_radius: Float32Array) -> Float32Array:
    gain = tones.gains[number].astype(np.float32)
    factor: Float32Array = fall_of(square_radius, tones.fall)[..., None] * gain
    return factor


def _window(covered: NDArray[np.bool_], width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of the sphere that hold all that is covered, which crosses no edge.

    The full sphere as soon as photos go all around and leave open at most the two poles.
    """
    scale = width // SEAM_PX + 1
    height = width // 2
    rows = np.flatnonzero(covered.any(axis=1))
    first = max(0, int(rows[0] * height / covered.shape[0]) - scale)
    end = min(height, int((rows[-1] + 1) * height / covered.shape[0]) + scale)
    start, length = _run_around(np.asarray(covered.any(axis=0)))
    if length == covered.shape[1]:
        if first < height * POLE_SHARE and end > height * (1 - POLE_SHARE):
            first, end = 0, height
        return (first, end), (0, width)
    left = int(start * width / covered.shape[1]) - scale
    right = int((start + length) * width / covered.shape[1]) + scale
    inside = max(0, left), min(width, right)
    return (first, end), (inside if right - left < width else (0, width))


POLE_SHARE = 0.2
"""Of the height: a hole of up to 36 degrees at a pole is filled, a larger one is cropped."""


def _run_around(used: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and length of the shortest run around a ring that holds all used places."""
    places = np.flatnonzero(used)
    gaps = np.diff(np.append(places, places[0] + len(used)))
    widest = int(np.argmax(gaps))
    if gaps[widest] == 1:
        return 0, len(used)
    start = int(places[(widest + 1) % len(places)])
    return start, len(used) - int(gaps[widest]) + 1


def _cached(read: Reader, views: list[View], width: int) -> Source:
    """A reader that shrinks what is much finer than the sphere, and keeps the latest photos."""
    import cv2

    kept: OrderedDict[int, tuple[View, UInt8Array]] = OrderedDict()

    def get(number: int) -> tuple[View, UInt8Array]:
        if number in kept:
            kept.move_to_end(number)
            return kept[number]
        view, picture = views[number], read(number)
        finer = view.lens.focal_px / (width / (2 * np.pi))
        if finer > SHRINK_FROM:
            size = round(picture.shape[1] / finer), round(picture.shape[0] / finer)
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            view = view.scaled(size)
        kept[number] = view, picture
        while sum(one.nbytes for _, one in kept.values()) > CACHE_BYTES and len(kept) > 1:
            kept.popitem(last=False)
        return kept[number]

    return get


def _pieces(
    strip: Strip,
    views: list[View],
    cached: Source,
    small: _Small,
) -> Iterator[Piece]:
    """What every photo gives to a strip."""
    import cv2

    for number in range(len(views)):
        mask = (small.labels == number).astype(np.float32)
        window = _piece_window(strip, mask > 0)
        if window is None:
            continue
        rows, columns = window
        view, picture = cached(number)
        x, y = photo_pixels(view, strip.width, rows, columns)
        colours = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(
            np.float32
        )
        colours *= _factor(small.tones, number, _square_radius(x, y, view))
        inside = inside_photo(x, y, view.lens)
        weights = _full_size(mask, strip.width, rows, columns)
        share = np.clip(border_share(x, y, view.lens), 0.05, 1)
        weights = (weights + FAINT * share) * inside
        yield Piece(rows[0], columns[0], colours, weights.astype(np.float32))


def _piece_window(
    strip: Strip, used: NDArray[np.bool_]
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Rows and columns, on the grid of the coarsest level, that a photo has some part in."""
    scale = strip.width / used.shape[1]
    grid = 1 << strip.levels
    reach = strip.margin + 2 * scale
    near = slice(max(0, int((strip.top - reach) / scale)), int((strip.bottom + reach) / scale) + 2)
    here = np.flatnonzero(np.asarray(used.any(axis=1))[near]) + near.start
    if not len(here):
        return None
    first = int(here[0] * scale - reach) // grid * grid
    rows = max(strip.top, first), min(strip.bottom, int((here[-1] + 1) * scale + reach))
    if rows[0] >= rows[1]:
        return None
    start, length = _run_around(np.asarray(used[near].any(axis=0)))
    left = int(start * scale - reach) // grid * grid
    right = -(-int((start + length) * scale + reach) // grid) * grid
    if right - left > strip.width:  # all around: its margins are its own copy
        return rows, (-strip.margin, strip.width + strip.margin)
    return rows, (left, right)


def _full_size(
    mask: Float32Array, width: int, rows: tuple[int, int], columns: tuple[int, int]
) -> Float32Array:
    """A mask of the small sphere in a window of the large one, its border two pixels wide."""
    import cv2

    scale = width / mask.shape[1]
    around = np.concatenate([mask[:, -2:], mask, mask[:, :2]], axis=1)
    x = (np.arange(*columns) + 0.5) / scale
    x = np.mod(x, mask.shape[1]) - 0.5 + 2
    y = (np.arange(*rows) + 0.5) / scale - 0.5
    shape = (len(y), len(x))
    smooth = cv2.remap(
        around,
        np.broadcast_to(x.astype(np.float32), shape).copy(),
        np.broadcast_to(y.astype(np.float32)[:, None], shape).copy(),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    sharp: Float32Array = np.clip((smooth - 0.5) * max(1.0, scale / 2) + 0.5, 0, 1)
    return sharp
