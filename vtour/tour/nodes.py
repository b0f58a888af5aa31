"""The nodes of a scene package: standpoints, levelled masters, tile pyramids, links, names."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image
from pydantic import ValidationError

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.frames import FloatArray
from vtour.node_names import in_order, names_of, names_of_nodes
from vtour.schema.base import Model
from vtour.schema.masters import Masters, Pyramids
from vtour.schema.site import Site
from vtour.schema.standpoints import Standpoint, Ways
from vtour.schema.tour import Link, Node, Panorama, PlacedBy, Pose, Poster
from vtour.standpoint_files import read_standpoints, read_ways
from vtour.tour.media import copy_file
from vtour.tour.tiles import tile_files
from vtour.workspace import Workspace

ModelT = TypeVar("ModelT", bound=Model)

PLACE_DIGITS, TURN_DIGITS = 6, 9  # a micrometre, a billionth: below any sigma


@dataclass
class PackedNodes:
    """Nodes in the order of the tour, with the digests of their single files by URI."""

    nodes: list[Node] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    standpoints: dict[str, Standpoint] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def pack_nodes(work: Workspace, package: Path, site: Site) -> PackedNodes:
    """Bring pyramids into a package, as ``panoramas/<id>/...``, and describe their nodes.

    Tiles are hard links where the disk allows: stages never write into a finished file, they
    replace it. The order is that of site.yaml, then that of the standpoints.

    Raises InputError when tiles are missing, or site.yaml names a node that there is not.
    """
    packed = PackedNodes()
    standpoints = read_standpoints(work.standpoints)
    if not standpoints:
        return packed
    names = names_of(standpoints)
    titles = names_of_nodes(standpoints, site, names)
    points = {point.id: point for point in standpoints}
    panoramas = read_panoramas(work)
    listed = _read(work.masters / "masters.json", Masters, "master").masters
    masters = {master.id: master for master in listed}
    with_tiles = [
        node for node in in_order(site.order, names) if node in panoramas and node in masters
    ]
    packed.warnings += [
        f"node {node!r} left out: it has no tiles" for node in names.ids if node not in with_tiles
    ]
    links = _links(read_ways(work.ways), set(with_tiles))
    for node in with_tiles:
        panorama = _pack_panorama(work, package, node, panoramas[node], packed.files)
        packed.nodes.append(
            Node(
                id=node,
                name=dict(titles[node]),
                pose=_pose(points[node], masters[node].rotation),
                panorama=panorama,
                links=links.get(node, []),
            )
        )
    packed.standpoints = points
    return packed


def read_panoramas(work: Workspace) -> dict[str, Panorama]:
    """The pyramids by node, from tiles.json. Raises InputError when it is missing or damaged."""
    return _read(work.tiles / "tiles.json", Pyramids, "pyramid").panoramas


def _read(path: Path, kind: type[ModelT], stage: str) -> ModelT:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: not found, expected the {stage} stage to have run") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise InputError(f"{path}: {where}: {first['msg']}, build again") from None


def _links(ways: Ways, there: set[str]) -> dict[str, list[Link]]:
    """Links by the node they start from, sorted; those of nodes that are left out go with them."""
    found: dict[str, list[Link]] = {}
    for way in sorted(ways.links, key=lambda way: (way.from_node, way.to)):
        if {way.from_node, way.to} <= there:
            link = Link.model_validate({"to": way.to, "source": way.source})
            found.setdefault(way.from_node, []).append(link)
    return found


def _pose(point: Standpoint, rotation: Sequence[float]) -> Pose:
    """Where the published, levelled sphere is. ``rotation`` is its world_from_pano, xyzw."""
    return Pose(
        position=[round(value, PLACE_DIGITS) + 0.0 for value in point.position],
        rotation=[round(value, TURN_DIGITS) + 0.0 for value in rotation],
        sigma_m=point.sigma_m,
        sigma_deg=point.sigma_deg,
        placed_by=point.placed_by,
    )


def _pack_panorama(
    work: Workspace, package: Path, node: str, panorama: Panorama, files: dict[str, str]
) -> Panorama:
    """Copy one pyramid; the base and the thumb go into ``files``, the tiles into one digest."""
    for uri in filter(None, (panorama.base, panorama.thumb)):
        copy_file(_tile_source(work, node, uri), package / uri)
        files[uri] = file_digest(package / uri)
    tiles = sorted(tile_files(panorama))
    for uri in tiles:
        link_file(_tile_source(work, node, uri), package / uri)
    digest = tiles_digest((uri, file_digest(package / uri)) for uri in tiles)
    return panorama.model_copy(update={"tiles_sha256": digest})


def _tile_source(work: Workspace, node: str, uri: str) -> Path:
    """Where a file of a pyramid lies in the work folder; URIs begin with panoramas/<id>/."""
    prefix = f"panoramas/{node}/"
    path = work.tiles / node / uri.removeprefix(prefix)
    if not uri.startswith(prefix) or not path.is_file():
        raise InputError(f"{path}: not found, expected the tile that tiles.json lists as {uri}")
    return path


def placed_positions(nodes: Sequence[Node]) -> FloatArray:
    """World positions (n, 3) of the nodes whose places are known."""
    places = [node.pose.position for node in nodes if node.pose.placed_by is not PlacedBy.order]
    return np.array(places, dtype=np.float64).reshape(-1, 3)


def poster_of_nodes(nodes: Sequence[Node], package: Path) -> Poster | None:
    """The base of the first node, large enough for a card of a social network."""
    if not nodes:
        return None
    uri = nodes[0].panorama.base
    with Image.open(package / uri) as image:
        return Poster(uri=uri, width=image.width, height=image.height)


def tiles_digest(digests: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over lines as ``sha256sum`` writes them, for (URI, SHA-256) sorted by URI."""
    lines = "".join(f"{digest}  {uri}\n" for uri, digest in digests)
    return hashlib.sha256(lines.encode()).hexdigest()


def link_file(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, or a copy where links are not possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)
