"""The map of sites as plain geometry: pins, names of communes, outlines, graticule, tiles.

Coordinates are pixels of the drawing, +x right and +y down; places come in WGS 84 degrees. Without
a base map the projection is equirectangular, true to scale along the middle parallel; with one it
is that of its tiles, Web Mercator. A placeholder is never drawn.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vtour.rollout.read import Commune, RolloutView, SiteView, communes_of
from vtour.schema.catalog import Basemap, SiteState

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; or left, top, right, bottom in pixels."""

MARGIN_PX = 16.0
DEGREES_PX = 48.0
"""Room for what is written at a line of the graticule."""
STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
MOST_SPREAD = 120
MOST_TILES = 40
LEAST_SPAN = 0.05
MERCATOR_LAT = 85.0
ORIGIN = re.compile(r"https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")
KIND_OF_COMMUNE = re.compile(r"^(Phường|Xã|Thị trấn) ")


@dataclass(frozen=True)
class Pin:
    """One site, or several that lie too close to be drawn apart.

    x, y       : where it is drawn; at_x, at_y: where it lies.
    is_moved   : whether these differ, so that a line must join them.
    name_left  : whether there is more room for its name on the left.
    """

    x: float
    y: float
    at_x: float
    at_y: float
    sites: tuple[SiteView, ...]
    is_moved: bool = False
    name_left: bool = False

    @property
    def state(self) -> SiteState:
        """Of the only site."""
        return self.sites[0].site.state

    @property
    def is_late(self) -> bool:
        """Whether any of its sites is."""
        return any(each.late for each in self.sites)

    @property
    def in_border_zone(self) -> bool:
        """Whether any of its sites is."""
        return any(each.site.location.border_zone for each in self.sites)


@dataclass(frozen=True)
class Label:
    """The name of a commune at its centre; ``anchor`` is None where there is no room for it."""

    name: str
    x: float
    y: float
    text_x: float = 0.0
    text_y: float = 0.0
    anchor: str | None = None


@dataclass(frozen=True)
class Line:
    """A meridian (``axis`` x) or a parallel (y) of so many degrees."""

    axis: str
    degrees: float
    at: float


@dataclass(frozen=True)
class Tile:
    """A picture of the base map."""

    href: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class SiteMap:
    """All that is drawn, in the order of drawing."""

    width: float
    height: float
    radius: float
    font: float
    tiles: Sequence[Tile] = field(default_factory=tuple)
    outlines: Sequence[str] = field(default_factory=tuple)
    lines: Sequence[Line] = field(default_factory=tuple)
    labels: Sequence[Label] = field(default_factory=tuple)
    pins: Sequence[Pin] = field(default_factory=tuple)


class Projection:
    """Degrees to pixels of a drawing of this width."""

    def __init__(self, box: Box, width: float, *, mercator: bool) -> None:
        west, south, east, north = box
        self.mercator = mercator
        self._west, self._top = west, self._rise(north)
        self._middle = math.cos(math.radians((south + north) / 2))
        self._scale = (width - 2 * MARGIN_PX) / (east - west)
        self.width = width
        self.height = self.y(south) + MARGIN_PX

    def x(self, lon: float) -> float:
        """Pixels from the left."""
        return MARGIN_PX + (lon - self._west) * self._scale

    def y(self, lat: float) -> float:
        """Pixels from the top."""
        stretch = 1.0 if self.mercator else 1 / self._middle
        return MARGIN_PX + (self._top - self._rise(lat)) * self._scale * stretch

    def _rise(self, lat: float) -> float:
        """How far north a parallel lies, in degrees of longitude for Web Mercator."""
        if not self.mercator:
            return lat
        kept = math.radians(max(-MERCATOR_LAT, min(MERCATOR_LAT, lat)))
        return math.degrees(math.asinh(math.tan(kept)))


def basemap_origin(basemap: Basemap | None) -> str | None:
    """The origin that tiles come from: 'self', https://host, or None when they cannot be used.

    The policy of the page allows just this one, so nothing else may slip into it.
    """
    if basemap is None or not all(mark in basemap.url for mark in ("{x}", "{y}", "{z}")):
        return None
    if basemap.url.startswith("/"):
        return None if basemap.url.startswith(("//", "/\\")) else "self"
    parts = urlsplit(basemap.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if ORIGIN.fullmatch(origin) else None


def draw_map(view: RolloutView, width: float, *, radius: float, font: float) -> SiteMap | None:
    """The map of this width; None when there is nothing to draw."""
    placed = [each for each in view.sites if each.is_placed]
    known = communes_of(view.catalog)
    box = _box(placed, known, view.outlines)
    if box is None:
        return None
    basemap = view.catalog.programme.basemap
    has_tiles = basemap_origin(basemap) is not None
    projection = Projection(box, width, mercator=has_tiles)
    pins = _pins(placed, projection, radius)
    lines = _graticule(projection, box)
    return SiteMap(
        width=width,
        height=round(projection.height, 1),
        radius=radius,
        font=font,
        tiles=_tiles(basemap, projection, box) if basemap and has_tiles else (),
        outlines=[
            path for rings in view.outlines.values() if (path := _outline(rings, projection))
        ],
        lines=lines,
        labels=_labels(known, projection, pins, lines, (radius, font)),
        pins=pins,
    )


def _box(
    placed: Sequence[SiteView], known: Mapping[str, Commune], outlines: Mapping[str, object]
) -> Box | None:
    """What the map covers: the communes and the sites."""
    lats = [each.site.location.lat for each in placed]
    lons = [each.site.location.lon for each in placed]
    for commune in known.values():
        lats += [commune.south, commune.north]
        lons += [commune.west, commune.east]
    if not lats:
        return None
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    tall = max(max(lats) - min(lats), LEAST_SPAN) / 2
    wide = max(max(lons) - min(lons), LEAST_SPAN) / 2
    return lon - wide, max(lat - tall, -90.0), lon + wide, min(lat + tall, 90.0)


def _outline(rings: Sequence[Sequence[tuple[float, float]]], projection: Projection) -> str:
    """The rings as one path; points closer than most of a pixel to the last are left out."""
    parts = []
    for ring in rings:
        points: list[tuple[float, float]] = []
        for lon, lat in ring:
            x, y = projection.x(lon), projection.y(lat)
            if not points or math.hypot(x - points[-1][0], y - points[-1][1]) >= 0.7:
                points.append((x, y))
        if len(points) > 2:
            parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(parts)


def _graticule(projection: Projection, box: Box) -> list[Line]:
    west, south, east, north = box
    span = max(east - west, north - south)
    step = next((each for each in STEPS if span / each <= 6), STEPS[-1])
    lines = []
    for axis, low, high, place in (
        ("x", west, east, projection.x),
        ("y", south, north, projection.y),
    ):
        first = math.ceil(low / step)
        lines += [
            Line(axis, number * step, round(place(number * step), 1))
            for number in range(first, math.floor(high / step) + 1)
        ]
    return lines


def _tiles(basemap: Basemap, projection: Projection, box: Box) -> list[Tile]:
    """The tiles that cover the box, at the zoom that suits the drawing."""
    west, south, east, north = box
    wanted = (projection.width - 2 * MARGIN_PX) / 256 * 360 / (east - west)
    zoom = min(max(0, math.ceil(math.log2(wanted))), basemap.max_zoom)
    while True:
        left, top = _tile_at(west, north, zoom)
        right, bottom = _tile_at(east, south, zoom)
        if zoom == 0 or (right - left + 1) * (bottom - top + 1) <= MOST_TILES:
            break
        zoom -= 1
    degrees = 360 / 2**zoom
    size = projection.x(degrees) - projection.x(0)
    return [
        Tile(
            basemap.url.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y)),
            round(projection.x(x * degrees - 180), 2),
            round(projection.y(_north_of_tile(y, zoom)), 2),
            round(size + 0.3, 2),
        )
        for y in range(top, bottom + 1)
        for x in range(left, right + 1)
    ]


def _tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    count = 2**zoom
    kept = math.radians(max(-MERCATOR_LAT, min(MERCATOR_LAT, lat)))
    x = (lon + 180) / 360 * count
    y = (1 - math.asinh(math.tan(kept)) / math.pi) / 2 * count
    return min(max(int(x), 0), count - 1), min(max(int(y), 0), count - 1)


def _north_of_tile(y: int, zoom: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**zoom))))


def _pins(placed: Sequence[SiteView], projection: Projection, radius: float) -> list[Pin]:
    places = [
        (projection.x(each.site.location.lon), projection.y(each.site.location.lat))
        for each in placed
    ]
    if len(placed) > MOST_SPREAD:
        groups = _gathered(placed, places, 2.4 * radius)
    else:
        groups = [((each,), at, at) for each, at in zip(placed, places, strict=True)]
        drawn = _spread(places, radius, projection)
        groups = [(sites, at, to) for (sites, at, _), to in zip(groups, drawn, strict=True)]
    return [
        Pin(
            round(to[0], 1), round(to[1], 1), round(at[0], 1), round(at[1], 1), sites,
            is_moved=math.hypot(to[0] - at[0], to[1] - at[1]) > 3,
            name_left=to[0] > projection.width * 0.55,
        )
        for sites, at, to in groups
    ]  # fmt: skip


Point = tuple[float, float]


def _gathered(
    placed: Sequence[SiteView], places: Sequence[Point], cell: float
) -> list[tuple[tuple[SiteView, ...], Point, Point]]:
    """Sites of one square of a grid as one pin, in their middle."""
    groups: dict[tuple[int, int], list[int]] = {}
    for number, (x, y) in enumerate(places):
        groups.setdefault((int(x // cell), int(y // cell)), []).append(number)
    found = []
    for numbers in groups.values():
        x = sum(places[number][0] for number in numbers) / len(numbers)
        y = sum(places[number][1] for number in numbers) / len(numbers)
        found.append((tuple(placed[number] for number in numbers), (x, y), (x, y)))
    return found


def _spread(places: Sequence[Point], radius: float, projection: Projection) -> list[Point]:
    """Where pins are drawn so that none covers another: close ones are pushed apart."""
    apart = 2.3 * radius
    points = [
        [x + 0.01 * math.cos(2.4 * number), y + 0.01 * math.sin(2.4 * number)]
        for number, (x, y) in enumerate(places)
    ]
    for _ in range(80):
        moved = False
        for one in range(len(points)):
            for other in range(one):
                dx, dy = points[one][0] - points[other][0], points[one][1] - points[other][1]
                gap = math.hypot(dx, dy)
                if gap >= apart:
                    continue
                moved = True
                push = (apart - gap) / 2 / max(gap, 1e-9)
                points[one][0] += dx * push
                points[one][1] += dy * push
                points[other][0] -= dx * push
                points[other][1] -= dy * push
        edge = 1.4 * radius
        for point in points:
            point[0] = min(max(point[0], edge), projection.width - edge)
            point[1] = min(max(point[1], edge), projection.height - edge)
        if not moved:
            break
    return [(x, y) for x, y in points]


def _labels(
    known: Mapping[str, Commune],
    projection: Projection,
    pins: Sequence[Pin],
    lines: Sequence[Line],
    sizes: tuple[float, float],
) -> list[Label]:
    """Communes at their centres, the largest first; a name only where it covers nothing.

    sizes : the radius of pins and the size of letters.
    """
    radius, font = sizes
    taken: list[Box] = [
        (pin.x - radius, pin.y - radius, pin.x + radius, pin.y + radius) for pin in pins
    ]
    taken += [
        (line.at, projection.height - 16, line.at + DEGREES_PX, projection.height)
        if line.axis == "x"
        else (0, line.at - 14, DEGREES_PX, line.at)
        for line in lines
    ]
    labels = []
    by_size = sorted(
        known.values(), key=lambda each: -(each.east - each.west) * (each.north - each.south)
    )
    for commune in by_size:
        name = KIND_OF_COMMUNE.sub("", commune.name)
        x, y = projection.x(commune.lon), projection.y(commune.lat)
        labels.append(_label(name, x, y, taken, font, projection))
    return labels


def _label(
    name: str, x: float, y: float, taken: list[Box], font: float, projection: Projection
) -> Label:
    wide = 0.56 * font * len(name)
    for anchor, text_x, text_y, left in (
        ("middle", x, y + 1.15 * font, x - wide / 2),
        ("middle", x, y - 0.5 * font, x - wide / 2),
        ("start", x + 5, y + 0.35 * font, x + 5),
        ("end", x - 5, y + 0.35 * font, x - 5 - wide),
    ):
        box = (left - 2, text_y - 0.85 * font, left + wide + 2, text_y + 0.25 * font)
        fits = box[0] > 2 and box[2] < projection.width - 2 and box[3] < projection.height - 2
        if fits and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            return Label(name, round(x, 1), round(y, 1), round(text_x, 1), round(text_y, 1), anchor)
    return Label(name, round(x, 1), round(y, 1))


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
