"""Maps of a site from above as inline SVG: where the cameras stood, what they cover.

World x is east, or right, and z south, or down the sheet: north is up where it is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from vtour.frames import FloatArray
from vtour.report.charts import Bars
from vtour.report.solved import Camera, IntArray, Solved

BoolArray = NDArray[np.bool_]

WIDTH, MARGIN = 480.0, 24.0
LEAST_HEIGHT, MOST_HEIGHT = 160.0, 480.0
MOST_DOTS = 4000
CELL_PX = 5.0
NEAR_POINTS = 0.75  # share of the points, those nearest to a camera, that the map must show
KEPT_POINTS = 0.02  # share of them at each end that does not widen it
AROUND = 1.0  # of a site of panoramas alone, as far around as it is large: hills beyond count not
WEDGE_PX = 20.0
LOOKS_DOWN = 0.9  # of a unit vector: such a camera has no heading to draw
MOST_SEEN = 5
REACH = 1.0  # photos that were not solved are drawn this far outside, in sizes of the site
ROUND = (1, 2, 5)


@dataclass(frozen=True)
class Sheet:
    """A map's scale: pixels of a world place."""

    low: FloatArray
    scale: float
    height: float

    def pixel(self, places: FloatArray) -> FloatArray:
        """(..., 2) pixels of (..., 3) world places."""
        found: FloatArray = (np.asarray(places)[..., [0, 2]] - self.low) * self.scale + MARGIN
        return found


def sheet_around(stands: FloatArray, points: FloatArray) -> Sheet:
    """A sheet that shows all stands (k, 3) and nearly all points (n, 3)."""
    low, high = stands[:, [0, 2]].min(axis=0), stands[:, [0, 2]].max(axis=0)
    if len(points):
        ends = np.quantile(points[:, [0, 2]], [KEPT_POINTS, 1 - KEPT_POINTS], axis=0)
        low, high = np.minimum(low, ends[0]), np.maximum(high, ends[1])
    return _sheet_between(low, high)


def sheet_of(solved: Solved, lost: FloatArray) -> Sheet:
    """A sheet that shows all cameras, nearly all points, and what was lost (k, 3) nearby."""
    stands = np.array([camera.centre[[0, 2]] for camera in solved.cameras]).reshape(-1, 2)
    low, high = stands.min(axis=0), stands.max(axis=0)
    shown = _points_to_show(solved)[:, [0, 2]]
    if len(shown):
        ends = np.quantile(shown, [KEPT_POINTS, 1 - KEPT_POINTS], axis=0)
        around = np.inf
        if all(camera.is_sphere for camera in solved.cameras) and len(stands) > 1:
            around = AROUND * float((high - low).max())
        low, high = (
            np.maximum(np.minimum(low, ends[0]), low - around),
            np.minimum(np.maximum(high, ends[1]), high + around),
        )
    near = lost[is_near(lost, low, high)][:, [0, 2]]
    if len(near):
        low, high = np.minimum(low, near.min(axis=0)), np.maximum(high, near.max(axis=0))
    return _sheet_between(low, high)


def _sheet_between(low: FloatArray, high: FloatArray) -> Sheet:
    span = np.maximum(high - low, 1e-9)
    room = np.array([WIDTH, MOST_HEIGHT]) - 2 * MARGIN
    scale = float((room / span).min())
    height = max(LEAST_HEIGHT, span[1] * scale + 2 * MARGIN)
    spare = (np.array([WIDTH, height]) - 2 * MARGIN - span * scale) / 2
    return Sheet(low - spare / scale, scale, float(height))


def _points_to_show(solved: Solved) -> FloatArray:
    """The points (k, 3) nearest to where the cameras stood: what was captured, not the horizon."""
    if not len(solved.points):
        return solved.points
    stands = np.array([camera.centre for camera in solved.cameras])
    distance, _ = cKDTree(stands).query(solved.points)
    near: FloatArray = solved.points[distance <= np.quantile(distance, NEAR_POINTS)]
    return near


def is_near(places: FloatArray, low: FloatArray, high: FloatArray) -> BoolArray:
    """Which places (k, 3) lie at most REACH times the site's size outside of it."""
    reach = REACH * float((high - low).max())
    flat = places[:, [0, 2]]
    inside = (flat >= low - reach) & (flat <= high + reach)
    return inside[:, 0] & inside[:, 1]


def caption(solved: Solved, lost: dict[str, FloatArray]) -> str:
    """What the camera map shows, in words; only what is on it.

    lost : as of camera_map.
    """
    photos = [camera for camera in solved.cameras if not camera.is_sphere]
    said = []
    if photos:
        said.append("Blue: where each photo was taken, and where it looks")
        if any(abs(camera.forward[1]) >= LOOKS_DOWN for camera in photos):
            said[-1] += " (a dot alone looks straight down)"
    if len(photos) < len(solved.cameras):
        said.append("Orange: panoramas")
    said.append("Grey: points that were solved")
    drawn = len(_on_map(solved, lost))
    if drawn:
        said.append("Red crosses: photos that were not registered, at their GPS position")
    if drawn < len(lost):
        said.append(f"{len(lost) - drawn} more lie far off the map by their GPS position")
    return ". ".join(said) + "."


def camera_map(solved: Solved, lost: dict[str, FloatArray], *, metric: bool, north: bool) -> str:
    """Cameras over grey points; crosses where photos that were not solved say they were taken.

    lost : their places by name, (3,), world.
    """
    places = np.array(list(lost.values())).reshape(-1, 3)
    sheet = sheet_of(solved, places)
    crosses = [_cross(name, sheet.pixel(lost[name])) for name in _on_map(solved, lost)]
    count = len(solved.cameras)
    label = f"{count} cameras over the sparse points, from above"
    return svg_of(
        sheet,
        label,
        [
            dots(sheet, solved.points),
            *(_camera(sheet, camera) for camera in solved.cameras),
            *crosses,
            *furniture(sheet, metric=metric, north=north),
        ],
    )


def _on_map(solved: Solved, lost: dict[str, FloatArray]) -> list[str]:
    """The names of those that lie on the map."""
    sheet = sheet_of(solved, np.array(list(lost.values())).reshape(-1, 3))
    return [name for name, place in lost.items() if _is_on(sheet, sheet.pixel(place))]


def overlap_map(solved: Solved, *, metric: bool, north: bool) -> str:
    """Squares in the colour of how many images see the points there: their median."""
    sheet = sheet_of(solved, np.zeros((0, 3)))
    cells = _cells(sheet, solved.points, solved.seen_by)
    paths = []
    for count in range(1, MOST_SEEN + 1):
        mine = cells[cells[:, 2] == count]
        side = f"{CELL_PX:g}"
        path = "".join(
            f"M{x * CELL_PX:g} {y * CELL_PX:g}h{side}v{side}h-{side}z" for x, y, _ in mine
        )
        if path:
            paths.append(f'<path class="seen{count}" d="{path}"/>')
    label = "How many images see each place, from above"
    return svg_of(sheet, label, [*paths, *furniture(sheet, metric=metric, north=north)])


def overlap_bars(seen_by: IntArray) -> Bars:
    """How many points are seen by 1, 2, ... images."""
    capped = np.minimum(seen_by, MOST_SEEN)
    numbers = range(2 if not (capped == 1).any() else 1, MOST_SEEN + 1)
    return Bars(
        "How many images see a sparse point",
        [int((capped == number).sum()) for number in numbers],
        [f"{number}" if number < MOST_SEEN else f"{number} or more" for number in numbers],
        "images that see a point",
        [f"seen{number}" for number in numbers],
    )


def _cells(sheet: Sheet, points: FloatArray, seen_by: IntArray) -> IntArray:
    """Column, row and median count of every square that holds points: (k, 3)."""
    pixels = sheet.pixel(points)
    on = (pixels >= 0).all(axis=1) & (pixels < [WIDTH, sheet.height]).all(axis=1)
    places = np.floor(pixels[on] / CELL_PX).astype(np.int64)
    counts = np.minimum(seen_by[on], MOST_SEEN)
    order = np.lexsort((counts, places[:, 1], places[:, 0]))
    places, counts = places[order], counts[order]
    if not len(places):
        return np.zeros((0, 3), np.int64)
    starts = np.flatnonzero(np.r_[True, (np.diff(places, axis=0) != 0).any(axis=1)])
    ends = np.r_[starts[1:], len(places)]
    middle = counts[(starts + ends - 1) // 2]
    return np.column_stack([places[starts], middle])


def svg_of(sheet: Sheet, label: str, parts: Sequence[str]) -> str:
    """A map of these parts."""
    head = (
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {sheet.height:.0f}" role="img" '
        f'aria-label="{escape(label)}">'
    )
    return "".join([head, *parts, "</svg>"])


def _is_on(sheet: Sheet, pixel: FloatArray) -> bool:
    return bool((pixel >= 0).all() and pixel[0] <= WIDTH and pixel[1] <= sheet.height)


def dots(sheet: Sheet, points: FloatArray) -> str:
    """Some of the points, those in the same pixel once."""
    pixels = np.round(sheet.pixel(points[:: -(-len(points) // MOST_DOTS) or 1]))
    on = (pixels >= 0).all(axis=1) & (pixels <= [WIDTH, sheet.height]).all(axis=1)
    pixels = np.unique(pixels[on], axis=0)
    path = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in pixels)
    return f'<path class="dots" d="{path}"/>'


def _camera(sheet: Sheet, camera: Camera) -> str:
    """A disc, and a wedge as wide as the photo's view towards where it looks."""
    x, y = sheet.pixel(camera.centre)
    kind = "sphere" if camera.is_sphere else "photo"
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{4.5 if camera.is_sphere else 2.5}"/>'
    heading = camera.forward[[0, 2]]
    length = float(np.linalg.norm(heading))
    if not camera.is_sphere and abs(camera.forward[1]) < LOOKS_DOWN and length > 0:
        middle = np.arctan2(heading[1], heading[0])
        half = min(camera.half_width, np.pi / 3)
        ends = [
            f"{x + WEDGE_PX * np.cos(angle):.1f} {y + WEDGE_PX * np.sin(angle):.1f}"
            for angle in (middle - half, middle + half)
        ]
        shape += f'<path d="M{x:.1f} {y:.1f}L{ends[0]}L{ends[1]}z"/>'
    return f'<g class="{kind}"><title>{escape(camera.name)}</title>{shape}</g>'


def _cross(name: str, pixel: FloatArray) -> str:
    x, y = pixel
    path = f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"
    title = f"<title>{escape(name)}: not registered</title>"
    return f'<g class="lost">{title}<path d="{path}"/></g>'


def furniture(sheet: Sheet, *, metric: bool, north: bool) -> Iterator[str]:
    """North where it is known, a scale bar where the size is."""
    if north:
        yield f'<rect class="plate" x="{WIDTH - 32:g}" y="6" width="26" height="43" rx="4"/>'
        yield f'<path class="north" d="M{WIDTH - 20:g} 12l6 18l-6 -5l-6 5z"/>'
        yield f'<text x="{WIDTH - 20:g}" y="44" text-anchor="middle">N</text>'
    if metric:
        length = round_length((WIDTH / 4) / sheet.scale)
        wide = length * sheet.scale
        y = sheet.height - 10
        yield f'<path class="scale" d="M12 {y - 5:.1f}v5h{wide:.1f}v-5"/>'
        text = f"{length:g} m" if length >= 1 else f"{100 * length:g} cm"
        yield f'<text x="{18 + wide:.1f}" y="{y:.1f}">{text}</text>'


def round_length(most: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most ``most``."""
    power = 10.0 ** np.floor(np.log10(most))
    return float(max(k * power for k in ROUND if k * power <= most * (1 + 1e-9)))
