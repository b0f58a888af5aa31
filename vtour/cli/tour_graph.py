"""``vtour tour graph``: print and draw which nodes a visitor can go between."""

import math
from collections.abc import Iterator
from pathlib import Path

import click

from vtour.cli.options import ANY_PATH
from vtour.cli.text import say, say_json
from vtour.errors import InputError
from vtour.files import write_text
from vtour.tour.graph import GraphLink, GraphNode, TourGraph, graph_facts, read_graph
from vtour.tour.graph_picture import svg_of_graph
from vtour.workfolder import remembered_captures

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
LEVEL_SHARE = 0.03  # of the distance: what rises less is level
MANY_LEFT_OUT = 30


@click.command()
@click.argument("path", type=ANY_PATH)
@click.option("--out", type=ANY_PATH, help="Draw it, from above, to this .svg file.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def graph(path: Path, out: Path | None, as_json: bool) -> None:
    """Print the nodes of PATH, a scene package or a work folder, and the links between them.

    Of a link: its length, its compass bearing where north is known, and its direction in the
    panorama, to the right or left of the middle of the picture. A work folder tells more than a
    package: which near pairs are not linked and why, what to check, and walls in the drawing.

    \b
    Examples:
      vtour tour graph work/tam-thanh
      vtour tour graph work/tam-thanh --out graph.svg
    """  # noqa: D301
    if out is not None and out.suffix.lower() != ".svg":
        raise InputError(f"{out}: suffix {out.suffix or 'missing'}, expected .svg")
    found = read_graph(path, _captures_of(path))
    if out is not None:
        write_text(out, svg_of_graph(found))
    if as_json:
        say_json(graph_facts(found))
        return
    for line in graph_lines(found):
        say(line)
    if out is not None:
        say(f"drawn to {out}")


def graph_lines(graph: TourGraph) -> Iterator[str]:
    """What people read: a summary, every node with its links, what was left out, warnings."""
    parts = graph.parts()
    pairs = {frozenset((link.start, link.end)) for link in graph.links}
    unit = "metres" if graph.is_metric else "scale unknown"
    north = "north known" if graph.has_north else "north unknown"
    yield (
        f"{len(graph.nodes)} nodes, {len(pairs)} links, {_parts_words(len(parts))}; {unit}, {north}"
    )
    ways = {(link.start, link.end) for link in graph.links}
    for node in graph.nodes:
        yield ""
        yield node_line(node, graph)
        for link in graph.links:
            if link.start == node.id:
                one_way = "" if (link.end, link.start) in ways else ", one way"
                yield f"  to {link_words(link, graph)}{one_way}"
    if len(parts) > 1:
        yield ""
        yield from (f"part {number}: {', '.join(part)}" for number, part in enumerate(parts, 1))
    if graph.left_out:
        yield ""
        yield f"near and not linked: {len(graph.left_out)}"
        shown = list(graph.left_out.items())[:MANY_LEFT_OUT]
        yield from (f"  {pair}: {reason}" for pair, reason in shown)
        if len(shown) < len(graph.left_out):
            yield f"  and {len(graph.left_out) - len(shown)} more (--json lists all)"
    for text in graph.notes:
        yield f"warning: {text}"


def _captures_of(path: Path) -> Path | None:
    """The captures of a work folder, if they are still where they were."""
    captures = remembered_captures(path)
    return captures if captures is not None and captures.is_dir() else None


def _parts_words(count: int) -> str:
    return "all connected" if count == 1 else f"{count} parts that are not connected"


def node_line(node: GraphNode, graph: TourGraph) -> str:
    """One node: id, names, where it is and how well that is known."""
    names = " / ".join(node.name.values())
    words = [f"{node.id}" + (f" ({names})" if names else "")]
    if not node.is_placed:
        return f"{words[0]}: no place known, in the order"
    place = ", ".join(f"{value:.2f}" for value in node.position)
    words.append(f"at {place}")
    if node.placed_by is not None:
        words.append(f"by {node.placed_by.value}")
    if node.sigma_m is not None:
        words.append(f"± {node.sigma_m:.2g}{' m' if graph.is_metric else ''}")
    if node.sigma_deg is not None:
        words.append(f"± {node.sigma_deg:.2g}°")
    return f"{words[0]}: " + ", ".join(words[1:])


def link_words(link: GraphLink, graph: TourGraph) -> str:
    """One way: where to, how far, in which direction."""
    words = [link.end]
    if link.distance is not None:
        words.append(f"{link.distance:.2f}{' m' if graph.is_metric else ''}")
    if link.bearing is not None and graph.has_north:
        degrees = math.degrees(link.bearing)
        words.append(f"{degrees:.0f}° {COMPASS[round(degrees / 45) % 8]}")
    if link.yaw is not None:
        words.append(_yaw_words(math.degrees(link.yaw)))
    if link.rise is not None and link.distance and abs(link.rise) > LEVEL_SHARE * link.distance:
        words.append(f"{'up' if link.rise > 0 else 'down'} {abs(link.rise):.2f}")
    return ", ".join([*words, link.source])


def _yaw_words(degrees: float) -> str:
    turn = round(degrees)
    if turn == 0:
        return "ahead in the picture"
    if abs(turn) == 180:
        return "behind in the picture"
    return f"{abs(turn)}° {'right' if turn > 0 else 'left'} in the picture"
