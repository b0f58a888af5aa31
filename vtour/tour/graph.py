"""The graph of a tour, from a package or a work folder: nodes, ways with direction, parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from vtour.errors import InputError
from vtour.frames import FloatArray
from vtour.node_names import names_of, names_of_nodes
from vtour.schema.base import LocalText
from vtour.schema.report import StageReport
from vtour.schema.site import Site
from vtour.schema.standpoints import Standpoint
from vtour.schema.tour import Node, PlacedBy, Tour
from vtour.schema.world import North, Scale, WorldFrame
from vtour.sphere import yaw_pitch_from_rays
from vtour.standpoint_files import read_standpoints, read_ways
from vtour.tour.links import Forest, pair_of
from vtour.tour.site_files import site_of
from vtour.tour.surface import read_surface
from vtour.workspace import Workspace

MANIFEST = "tour.json"
DIGITS, ANGLE_DIGITS = 3, 1


@dataclass(frozen=True, kw_only=True)
class GraphNode:
    """One node. ``rotation`` is world_from_pano xyzw; of a work folder, before levelling."""

    id: str
    name: LocalText
    position: FloatArray
    rotation: FloatArray
    placed_by: PlacedBy | None
    sigma_m: float | None
    sigma_deg: float | None

    @property
    def is_placed(self) -> bool:
        """Whether its position means something."""
        return self.placed_by is not PlacedBy.order


@dataclass(frozen=True, kw_only=True)
class GraphLink:
    """One way, from a node to another.

    distance : world units; bearing : radians clockwise from -Z of the world; yaw : radians to the
    right of the middle of the panorama; rise : world units upwards. None without places.
    """

    start: str
    end: str
    source: str
    distance: float | None = None
    bearing: float | None = None
    yaw: float | None = None
    rise: float | None = None


@dataclass(frozen=True, kw_only=True)
class TourGraph:
    """All that there is to print and draw.

    walls : (n, 2, 2) pieces x, z of the mesh at eye height; none of a package.
    notes : what the stage that made the links warned of.
    """

    frame: WorldFrame
    nodes: list[GraphNode]
    links: list[GraphLink]
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    start: str | None = None
    walls: FloatArray = field(default_factory=lambda: np.zeros((0, 2, 2)))

    @property
    def is_metric(self) -> bool:
        """Whether distances are metres."""
        return self.frame.scale is Scale.metric

    @property
    def has_north(self) -> bool:
        """Whether bearings are compass bearings."""
        return self.frame.north is North.true

    def parts(self) -> list[list[str]]:
        """Ids of the nodes that are linked to each other, part by part."""
        numbers = {node.id: number for number, node in enumerate(self.nodes)}
        forest = Forest(len(numbers))
        for link in self.links:
            forest.join(pair_of(numbers[link.start], numbers[link.end]))
        return [[self.nodes[n].id for n in sorted(part)] for part in forest.sets()]


def read_graph(path: Path, captures: Path | None = None) -> TourGraph:
    """The graph of a work folder, or of a scene package.

    captures : of a work folder, whose site.yaml names the nodes; without, their files do.

    Raises InputError for another thing, and for a tour without nodes.
    """
    if (path / "standpoints.json").is_file():
        graph = _graph_of_work(Workspace(path, captures))
    elif (root := _package_root(path)) is not None:
        graph = _graph_of_package(root / MANIFEST)
    else:
        found = "no tour.json and no standpoints.json in it" if path.is_dir() else "not a folder"
        raise InputError(f"{path}: {found}, expected a scene package or a work folder with nodes")
    if not graph.nodes:
        raise InputError(f"{path}: no node, expected a tour with panoramas")
    return graph


def _package_root(path: Path) -> Path | None:
    candidates: tuple[Path, ...] = (path, path / "package")
    return next((root for root in candidates if (root / MANIFEST).is_file()), None)


def _graph_of_package(manifest: Path) -> TourGraph:
    try:
        tour = Tour.model_validate_json(manifest.read_bytes())
    except ValidationError as failure:
        first = failure.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{manifest}: {where}: {first['msg']}") from None
    nodes = [_node_of_package(node) for node in tour.nodes]
    pairs = [(node.id, link.to, link.source) for node in tour.nodes for link in node.links]
    start = tour.start.node if tour.start else None
    return TourGraph(frame=tour.world, nodes=nodes, links=_links(nodes, pairs), start=start)


def _node_of_package(node: Node) -> GraphNode:
    return GraphNode(
        id=node.id,
        name=node.name,
        position=np.array(node.pose.position),
        rotation=np.array(node.pose.rotation),
        placed_by=node.pose.placed_by,
        sigma_m=node.pose.sigma_m,
        sigma_deg=node.pose.sigma_deg,
    )


def _graph_of_work(work: Workspace) -> TourGraph:
    points = read_standpoints(work.standpoints)
    names = names_of_nodes(points, _site_of(work), names_of(points)) if points else {}
    nodes = [_node_of_work(point, names[point.id]) for point in points]
    ways = read_ways(work.ways)
    pairs = [(way.from_node, way.to, way.source) for way in ways.links]
    return TourGraph(
        frame=work.read_world(),
        nodes=nodes,
        links=_links(nodes, pairs),
        left_out=ways.left_out,
        notes=_notes(work),
        walls=_walls(work, nodes),
    )


def _site_of(work: Workspace) -> Site:
    """site.yaml when the captures are known; a work folder alone does not say where they are."""
    return site_of(work) if work.captures is not None else Site(id="site")


def _node_of_work(point: Standpoint, name: LocalText) -> GraphNode:
    return GraphNode(
        id=point.id,
        name=name,
        position=np.array(point.position),
        rotation=np.array(point.rotation),
        placed_by=point.placed_by,
        sigma_m=point.sigma_m,
        sigma_deg=point.sigma_deg,
    )


def _notes(work: Workspace) -> list[str]:
    path = work.report("links")
    if not path.is_file():
        return []
    try:
        return StageReport.model_validate_json(path.read_bytes()).warnings
    except ValidationError as failure:
        raise InputError(f"{path}: {failure.errors()[0]['msg']}, expected a report") from None


def _links(nodes: Sequence[GraphNode], pairs: Sequence[tuple[str, str, str]]) -> list[GraphLink]:
    """Ways with their directions. Raises InputError for one that leads nowhere."""
    by_id = {node.id: node for node in nodes}
    for start, end, _ in pairs:
        if not {start, end} <= set(by_id):
            raise InputError(f"link {start} - {end}: leads to nowhere, expected two nodes")
    return [_link(by_id[start], by_id[end], source) for start, end, source in pairs]


def _link(start: GraphNode, end: GraphNode, source: str) -> GraphLink:
    way = end.position - start.position
    if not (start.is_placed and end.is_placed and np.linalg.norm(way) > 0):
        return GraphLink(start=start.id, end=end.id, source=source)
    from scipy.spatial.transform import Rotation

    yaw, _ = yaw_pitch_from_rays(Rotation.from_quat(start.rotation).inv().apply(way))
    return GraphLink(
        start=start.id,
        end=end.id,
        source=source,
        distance=float(np.linalg.norm(way)),
        bearing=math.atan2(way[0], -way[2]) % math.tau,
        yaw=float(yaw),
        rise=float(way[1]),
    )


def _walls(work: Workspace, nodes: Sequence[GraphNode]) -> FloatArray:
    surface = read_surface(work.mesh)
    heights = [node.position[1] for node in nodes if node.is_placed]
    if surface is None or not heights:
        return np.zeros((0, 2, 2))
    return section_of(surface.vertices, surface.faces, float(np.median(heights)))


def section_of(vertices: FloatArray, faces: FloatArray, height: float) -> FloatArray:
    """Where triangles cut the plane y = ``height``: (n, 2, 2) pieces x, z.

    vertices : (n, 3); faces : (m, 3). A corner in the plane counts as below it.
    """
    corners = np.asarray(vertices)[np.asarray(faces, dtype=np.int64)]
    above = corners[..., 1] > height
    cut = above.any(axis=1) & ~above.all(axis=1)
    corners, above = corners[cut], above[cut]
    # Turn each triangle so that the corner alone on its side of the plane comes first.
    alone = np.argmax(above == (above.sum(axis=1) == 1)[:, None], axis=1)
    rows = np.arange(len(corners))
    tip = corners[rows, alone]
    ends = []
    for step in (1, 2):
        other = corners[rows, (alone + step) % 3]
        share = (height - tip[:, 1]) / (other[:, 1] - tip[:, 1])
        ends.append((tip + share[:, None] * (other - tip))[:, [0, 2]])
    return np.stack(ends, axis=1) if len(corners) else np.zeros((0, 2, 2))


def graph_facts(graph: TourGraph) -> dict[str, object]:
    """The same as JSON: degrees in names that end so, distances in metres or world units."""
    nodes = [
        {
            "id": node.id,
            "name": node.name,
            "position": [round(float(v), DIGITS) + 0.0 for v in node.position]
            if node.is_placed
            else None,
            "placed_by": node.placed_by.value if node.placed_by else None,
            "sigma_m": node.sigma_m,
            "sigma_deg": node.sigma_deg,
        }
        for node in graph.nodes
    ]
    links = [
        {
            "from": link.start,
            "to": link.end,
            "source": link.source,
            "distance": _rounded(link.distance),
            "bearing_deg": _degrees(link.bearing),
            "yaw_deg": _degrees(link.yaw),
            "rise": _rounded(link.rise),
        }
        for link in graph.links
    ]
    return {
        "world": graph.frame.model_dump(mode="json", include=set(WorldFrame.model_fields)),
        "start": graph.start,
        "nodes": nodes,
        "links": links,
        "parts": graph.parts(),
        "left_out": graph.left_out,
        "warnings": graph.notes,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS) + 0.0


def _degrees(angle: float | None) -> float | None:
    return None if angle is None else round(math.degrees(angle), ANGLE_DIGITS) + 0.0
