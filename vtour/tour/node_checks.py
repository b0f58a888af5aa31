"""Rules of tour.json about its nodes: links, pyramids, the start. Pure functions over a Tour."""

import base64
import io
from collections.abc import Iterator

from PIL import Image

from vtour.schema.tour import Node, Tour
from vtour.tour.findings import Finding, error, warning
from vtour.tour.links import Forest, pair_of

MAX_PREVIEW_PX = 128


def check_nodes(tour: Tour) -> Iterator[Finding]:
    """All rules about nodes; every id is used once is checked elsewhere."""
    yield from check_links(tour)
    for node in tour.nodes:
        yield from check_levels(node)
        yield from check_preview(node)
    if tour.start and tour.start.node and tour.start.node not in {n.id for n in tour.nodes}:
        yield error(f"start: node {tour.start.node!r}, expected one of the nodes")


def check_links(tour: Tour) -> Iterator[Finding]:
    """Links lead to other nodes, each once, and every node can be reached."""
    numbers = {node.id: number for number, node in enumerate(tour.nodes)}
    forest = Forest(len(numbers))
    for node in tour.nodes:
        seen: set[str] = set()
        for link in node.links:
            if link.to not in numbers or link.to == node.id:
                yield error(f"node {node.id!r}: links to {link.to!r}, expected another node")
                continue
            if link.to in seen:
                yield error(f"node {node.id!r}: links to {link.to!r} twice, expected once")
            seen.add(link.to)
            forest.join(pair_of(numbers[node.id], numbers[link.to]))
    parts = forest.sets()
    if len(parts) > 1:
        ids = list(numbers)
        smallest = min(parts, key=lambda part: len(part))
        alone = ids[min(smallest)]
        yield warning(
            f"nodes: {len(parts)} parts without a link between them, such as that of {alone!r}"
        )


def check_levels(node: Node) -> Iterator[Finding]:
    """The levels of a pyramid double in width and have the grid that their width asks for."""
    panorama = node.panorama
    before = 0
    for number, level in enumerate(panorama.levels):
        where = f"node {node.id!r}: level {number}"
        if level.width % 2:
            yield error(f"{where}: width {level.width}, expected an even number")
        cols = -(-level.width // panorama.tile_size)
        rows = -(-(level.width // 2) // panorama.tile_size)
        if (level.cols, level.rows) != (cols, rows):
            yield error(
                f"{where}: {level.cols} x {level.rows} tiles, expected {cols} x {rows} of "
                f"{panorama.tile_size} px for a width of {level.width}"
            )
        if before and level.width != 2 * before:
            yield error(f"{where}: width {level.width}, expected {2 * before}, coarse to fine")
        before = level.width


def check_preview(node: Node) -> Iterator[Finding]:
    """The inline preview is a tiny picture of a whole sphere."""
    if node.panorama.preview is None:
        return
    try:
        data = base64.b64decode(node.panorama.preview.partition(",")[2], validate=True)
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            size = image.size
            if max(size) <= MAX_PREVIEW_PX:
                image.load()
    except (OSError, ValueError, SyntaxError):
        yield error(f"node {node.id!r}: its preview cannot be read, expected a WebP picture")
        return
    if size[0] != 2 * size[1] or size[0] > MAX_PREVIEW_PX:
        yield error(
            f"node {node.id!r}: preview of {size[0]} x {size[1]} px, expected 2:1 and at most "
            f"{MAX_PREVIEW_PX} px wide"
        )
