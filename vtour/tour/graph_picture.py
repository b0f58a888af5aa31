"""Draws the graph of a tour from above as SVG. Pure: text from arrays, no files."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from vtour.frames import FloatArray
from vtour.tour.graph import GraphLink, GraphNode, TourGraph
from vtour.tour.links import BETWEEN

WIDTH, MARGIN, TOP, FOOT = 960.0, 90.0, 60.0, 96.0
MIN_HEIGHT, MAX_HEIGHT = 200.0, 900.0  # of the drawing between top and foot
NODE_R, FONT = 7.0, 14.0
LETTER = 0.56 * FONT  # mean width of a letter
BEAD = 5.0  # px
ROW = 90.0  # of nodes without a place
PER_ROW = 6
MANY_LEFT_OUT = 80  # drawn as dotted lines
MAX_WALLS = 20_000
STYLE = """\
text { font: 14px system-ui, "Noto Sans", sans-serif; fill: #1c2430; }
.small { font-size: 12px; fill: #4a5565; }
.halo { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round; }
.wall { stroke: #b9b2a6; stroke-width: 1.5; fill: none; }
.sfm { stroke: #1f5f8b; } .gps { stroke: #1f5f8b; stroke-dasharray: 9 5; }
.manual { stroke: #a2531c; } .order { stroke: #8a7a5c; } .link { stroke-width: 2.5; fill: none; }
.barred { stroke: #c02b2b; stroke-width: 1.2; stroke-dasharray: 2 4; }
.sigma { fill: #1f5f8b; opacity: .1; }
.node { fill: #fff; stroke: #1c2430; stroke-width: 2; } .first { fill: #f2b632; }
.nowhere { stroke-dasharray: 3 3; } .look { stroke: #1c2430; stroke-width: 2; }"""


@dataclass(frozen=True)
class Sheet:
    """Where things are on the drawing: pixels of every node, and of a world place."""

    scale: float
    low: FloatArray
    shift: FloatArray
    height: float
    places: dict[str, FloatArray]

    def pixel(self, x_z: FloatArray) -> FloatArray:
        """Pixels (..., 2) of world x, z (..., 2): east is right, north is up."""
        found: FloatArray = (np.asarray(x_z) - self.low) * self.scale + self.shift
        return found


def svg_of_graph(graph: TourGraph) -> str:
    """The drawing: walls, links with their lengths, nodes, labels, north, a scale bar, a legend."""
    sheet = sheet_of(graph)
    total = sheet.height + TOP + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:.0f}" height="{total:.0f}" '
        f'viewBox="0 0 {WIDTH:.0f} {total:.0f}" role="img">',
        f"<title>{len(graph.nodes)} nodes and the links between them, from above</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH:.0f}" height="{total:.0f}" fill="#fff"/>',
        *_walls(graph, sheet),
        *_sigmas(graph, sheet),
        *_left_out(graph, sheet),
        *_links(graph, sheet),
        *_nodes(graph, sheet),
        *_labels(graph, sheet),
        *_furniture(graph, sheet, total),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def sheet_of(graph: TourGraph) -> Sheet:
    """Fit the placed nodes into the width; nodes without a place stand in rows below them."""
    placed = [node for node in graph.nodes if node.is_placed]
    nowhere = [node for node in graph.nodes if not node.is_placed]
    points = np.array([node.position[[0, 2]] for node in placed]).reshape(-1, 2)
    low = points.min(axis=0) if len(points) else np.zeros(2)
    span = points.max(axis=0) - low if len(points) else np.zeros(2)
    room = np.array([WIDTH - 2 * MARGIN, MAX_HEIGHT - 2 * MARGIN])
    limits = [r / s for r, s in zip(room, span, strict=True) if s > 0]
    scale = min(limits, default=1.0)
    drawn = max(span[1] * scale + 2 * MARGIN, MIN_HEIGHT) if placed else 0.0
    middle = np.array([WIDTH / 2, TOP + drawn / 2])
    sheet = Sheet(scale, low, middle - span * scale / 2, drawn, {})
    places = {node.id: sheet.pixel(node.position[[0, 2]]) for node in placed}
    for index, node in enumerate(nowhere):
        row, col = divmod(index, PER_ROW)
        if row % 2:  # like a plough, so that neighbours in the order are neighbours here
            col = PER_ROW - 1 - col
        x = MARGIN + col * (WIDTH - 2 * MARGIN) / (PER_ROW - 1)
        places[node.id] = np.array([x, TOP + drawn + ROW * (row + 0.5)])
    height = drawn + ROW * -(-len(nowhere) // PER_ROW)
    return Sheet(scale, low, sheet.shift, height, places)


def _walls(graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    """The section of the mesh, pieces of the same pixels once, none outside of the sheet."""
    if not len(graph.walls):
        return
    pixels = np.round(sheet.pixel(graph.walls) * 2) / 2
    lowest, highest = pixels.min(axis=1), pixels.max(axis=1)
    frame = np.array([[0.0, 0.0], [WIDTH, TOP + sheet.height]])
    is_inside = ((highest > frame[0]) & (lowest < frame[1])).all(axis=1)
    pieces = np.unique(pixels[is_inside].reshape(-1, 4), axis=0)
    pieces = pieces[(pieces[:, :2] != pieces[:, 2:]).any(axis=1)]
    pieces = pieces[:: -(-len(pieces) // MAX_WALLS) or 1]
    path = "".join(f"M{a:g} {b:g}L{c:g} {d:g}" for a, b, c, d in pieces)
    if path:
        size = f'width="{WIDTH:.0f}" height="{TOP + sheet.height:.0f}"'
        yield f'<clipPath id="frame"><rect {size}/></clipPath>'
        yield f'<path class="wall" clip-path="url(#frame)" d="{path}"/>'


def _sigmas(graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    for node in graph.nodes:
        radius = (node.sigma_m or 0.0) * sheet.scale
        if node.is_placed and NODE_R < radius < WIDTH:
            x, y = sheet.places[node.id]
            yield f'<circle class="sigma" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def _left_out(graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    """Near pairs with something between them."""
    pairs = [pair.split(" - ") for pair, why in graph.left_out.items() if why == BETWEEN]
    for a, b in pairs[:MANY_LEFT_OUT]:
        if a in sheet.places and b in sheet.places:
            yield f'<path class="barred" d="{_line(sheet.places[a], sheet.places[b])}"/>'


def _links(graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    drawn: dict[frozenset[str], GraphLink] = {}
    for link in graph.links:
        drawn.setdefault(frozenset((link.start, link.end)), link)
    ways = {(link.start, link.end) for link in graph.links}
    for link in drawn.values():
        start, end = sheet.places[link.start], sheet.places[link.end]
        yield f'<path class="link {link.source}" d="{_line(start, end)}"/>'
        if (link.end, link.start) not in ways:
            yield _arrow_head(start, end)
    yield from _lengths(drawn.values(), graph, sheet)


def _lengths(links: Iterable[GraphLink], graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    """Lengths beside their links, where there is room and no other length yet."""
    taken: list[FloatArray] = []
    for link in links:
        start, end = sheet.places[link.start], sheet.places[link.end]
        words = _length_words(link, graph)
        if words and float(np.linalg.norm(end - start)) > LETTER * len(words) + 4 * NODE_R:
            place = _beside(start, end)
            if any((np.abs(place - other) < [4 * FONT, FONT]).all() for other in taken):
                continue
            taken.append(place)
            x, y = place
            yield (
                f'<text class="small halo" text-anchor="middle" x="{x:.1f}" '
                f'y="{y + 4:.1f}">{words}</text>'
            )


def _beside(start: FloatArray, end: FloatArray) -> FloatArray:
    """A place beside the middle of a line: above it, or to its right where it is steep."""
    way = (end - start) / float(np.linalg.norm(end - start))
    normal = np.array([way[1], -way[0]])
    if (abs(way[0]) >= abs(way[1]) and normal[1] > 0) or (
        abs(way[0]) < abs(way[1]) and normal[0] < 0
    ):
        normal = -normal
    found: FloatArray = (start + end) / 2 + normal * [22.0, 9.0]
    return found


def _length_words(link: GraphLink, graph: TourGraph) -> str:
    if link.distance is None or not graph.is_metric:
        return ""
    words = f"{link.distance:.1f} m" if link.distance < 100 else f"{link.distance:.0f} m"
    if link.rise is not None and abs(link.rise) > max(0.5, 0.1 * link.distance):
        words += f", {abs(link.rise):.1f} {'up' if link.rise > 0 else 'down'} to {link.end}"
    return escape(words)


def _arrow_head(start: FloatArray, end: FloatArray) -> str:
    """A triangle before the end of a way that goes one way only."""
    way = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    side = np.array([-way[1], way[0]])
    tip = end - way * (NODE_R + 2)
    corners = (tip, tip - way * 12 + side * 6, tip - way * 12 - side * 6)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon fill="#1c2430" points="{points}"/>'


def _nodes(graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    for number, node in enumerate(graph.nodes):
        x, y = sheet.places[node.id]
        is_first = node.id == graph.start or (graph.start is None and number == 0)
        kinds = "node" + (" first" if is_first else "") + ("" if node.is_placed else " nowhere")
        if node.is_placed:
            look = _look(node) * (NODE_R + 8)
            yield f'<path class="look" d="{_line(np.array([x, y]), np.array([x, y]) + look)}"/>'
        yield f'<circle class="{kinds}" cx="{x:.1f}" cy="{y:.1f}" r="{NODE_R:g}"/>'


def _look(node: GraphNode) -> FloatArray:
    """Direction (2,) on the sheet of the middle of the panorama."""
    from scipy.spatial.transform import Rotation

    forward = Rotation.from_quat(node.rotation).apply([0.0, 0.0, -1.0])[[0, 2]]
    found: FloatArray = forward / max(float(np.linalg.norm(forward)), 1e-9)
    return found


def _labels(graph: TourGraph, sheet: Sheet) -> Iterator[str]:
    """Names beside their nodes, each where it covers least of nodes, links and other names."""
    texts = [_label(node) for node in graph.nodes]
    anchors = np.array([sheet.places[node.id] for node in graph.nodes])
    lines = {frozenset((link.start, link.end)): link for link in graph.links}.values()
    segments = [(sheet.places[link.start], sheet.places[link.end]) for link in lines]
    beads = np.vstack([beads_along(*segment) for segment in segments] or [np.zeros((0, 2))])
    boxes = [np.array([*(place - NODE_R), *(place + NODE_R)]) for place in anchors]
    for text, place in zip(texts, anchors, strict=True):
        options = list(label_boxes(place, LETTER * len(text)))
        near = beads[(np.abs(beads - place) < LETTER * len(text) + 4 * FONT).all(axis=1)]
        others = np.array(boxes)
        box = options[int(np.argmin([_cost(box, others, near) for box in options]))]
        boxes.append(box)
        anchor, x = _anchored(box, place)
        y = box[3] - 0.36 * FONT
        where = f'text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}"'
        yield f'<text class="halo" {where}>{escape(text)}</text>'


def _anchored(box: FloatArray, place: FloatArray) -> tuple[str, float]:
    """How a label is set, so that its real width moves it away from its node and not over it."""
    if box[0] > place[0]:
        return "start", float(box[0])
    if box[2] < place[0]:
        return "end", float(box[2])
    return "middle", float(place[0])


def _label(node: GraphNode) -> str:
    """The first name that there is, else the id: one line that prints."""
    text = next(iter(node.name.values()), node.id)
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= 28 else plain[:27] + "…"


def label_boxes(place: FloatArray, width: float) -> Iterator[FloatArray]:
    """Boxes (left, top, right, bottom) around a node where its name may stand, best first."""
    gap, tall = NODE_R + 5, FONT * 1.25
    x, y = place
    lefts = {"right": x + gap, "left": x - gap - width, "middle": x - width / 2}
    tops = {"level": y - tall / 2, "above": y - gap - tall, "below": y + gap}
    for side, height in (
        ("right", "level"), ("left", "level"), ("middle", "below"), ("middle", "above"),
        ("right", "below"), ("right", "above"), ("left", "below"), ("left", "above"),
    ):  # fmt: skip
        left, top = lefts[side], tops[height]
        yield np.array([left, top, left + width, top + tall])


def beads_along(start: FloatArray, end: FloatArray) -> FloatArray:
    """Points (n, 2) on a line, BEAD pixels apart: what a label covers of it can be counted."""
    count = int(np.linalg.norm(end - start) / BEAD) + 1
    points: FloatArray = start + np.linspace(0, 1, count)[:, None] * (end - start)
    return points


def _cost(box: FloatArray, others: FloatArray, beads: FloatArray) -> float:
    """How much a label disturbs: area over other things, length of links beneath, off the sheet."""
    over = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    area = float(np.prod(np.maximum(over, 0), axis=1).sum())
    covered = int(((beads > box[:2]) & (beads < box[2:])).all(axis=1).sum())
    outside = max(0.0, -float(box[0])) + max(0.0, float(box[2]) - WIDTH)
    return 4 * area + FONT * BEAD * covered + 100 * outside


def _furniture(graph: TourGraph, sheet: Sheet, total: float) -> Iterator[str]:
    has_places = any(node.is_placed for node in graph.nodes)
    if graph.has_north and has_places:
        x, y = WIDTH - 40, 46
        yield f'<path d="M{x} {y - 26}l8 24l-8 -6l-8 6z" fill="#1c2430"/>'
        yield f'<text text-anchor="middle" x="{x}" y="{y + 14}">N</text>'
    if graph.is_metric and has_places and len(graph.nodes) > 1:
        length = round_length(WIDTH / 5 / sheet.scale)
        x0, y0, pixels = 24.0, total - 62, length * sheet.scale
        path = f"M{x0} {y0 - 6}v6h{pixels:.1f}v-6"
        yield f'<path d="{path}" fill="none" stroke="#1c2430" stroke-width="2"/>'
        yield f'<text x="{x0 + pixels + 8:.1f}" y="{y0 + 3:.1f}">{length:g} m</text>'
    yield from _legend(graph, total - 22)


def round_length(most: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above ``most``."""
    power: float = 10.0 ** math.floor(math.log10(most))
    return power * next(digit for digit in (5.0, 2.0, 1.0) if power * digit <= most)


def _legend(graph: TourGraph, y: float) -> Iterator[str]:
    used = {link.source for link in graph.links}
    entries = [
        (f'class="link {source}"', text)
        for source, text in (
            ("sfm", "link"), ("gps", "link from GPS"),
            ("order", "link by the order alone"), ("manual", "link by hand"),
        )
        if source in used
    ]  # fmt: skip
    if BETWEEN in graph.left_out.values():
        entries.append(('class="barred"', "something between them"))
    if len(graph.walls):
        entries.append(('class="wall"', "model at eye height"))
    x = 24.0
    for style, text in entries:
        yield f'<path {style} d="M{x:.0f} {y - 4:.0f}h30"/>'
        yield f'<text class="small" x="{x + 36:.0f}" y="{y:.0f}">{text}</text>'
        x += 36 + 7 * len(text) + 24
    yield f'<circle class="node first" cx="{x + 8:.0f}" cy="{y - 4:.0f}" r="{NODE_R:g}"/>'
    yield f'<text class="small" x="{x + 22:.0f}" y="{y:.0f}">start</text>'


def _line(start: FloatArray, end: FloatArray) -> str:
    return f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
