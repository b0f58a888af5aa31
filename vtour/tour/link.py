"""Stage ``links``: ways between the nodes, from their places, their sight, and site.yaml."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vtour.errors import InputError
from vtour.files import write_json
from vtour.frames import FloatArray
from vtour.node_names import NodeNames, in_order, names_of
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.schema.report import StageReport
from vtour.schema.site import Site
from vtour.schema.standpoints import Standpoint, WayBetween, Ways
from vtour.schema.tour import PlacedBy
from vtour.schema.world import Scale
from vtour.standpoint_files import read_standpoints
from vtour.tour.links import (
    BETWEEN,
    LinkGraph,
    LinkRules,
    Pair,
    Wishes,
    length_of,
    link_graph,
    near_pairs,
    node_spacing,
    pair_of,
)
from vtour.tour.sight import Sight, seen_points, sight_between
from vtour.tour.site_files import site_of
from vtour.tour.surface import read_surface
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

VAGUE = 0.1  # sigma over distance: less exactly placed nodes are not judged by what lies between
DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class LinkOptions(StageOptions):
    """Which nodes a visitor can go between."""

    max_links: int = option(
        5, "Most links of a node; a few more where only they connect it.", minimum=1, maximum=16
    )
    separation_deg: float = option(
        20.0, "Least angle between two links of a node.", unit="deg", minimum=0, maximum=90
    )
    reach: float = option(
        4.0, "Longest link, in multiples of the nodes' median spacing.", minimum=1, maximum=100
    )
    max_distance_m: float = option(
        40.0,
        "Longest link where the scale is known, if the spacing is below half of it.",
        unit="m",
        minimum=0.1,
        maximum=10_000,
    )


LINK_DEFAULTS = LinkOptions()


def link_nodes(
    work: Workspace,
    out: Workspace,
    options: LinkOptions = LINK_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Link the nodes of a site: near, seen from each other, connected, a handful each.

    Reads standpoints.json, world.json, the mesh when there is one, spheres/ when there is one, and
    ``links`` and ``order`` of site.yaml. Writes ``out.ways``: links.json. Without any standpoint it
    lists no link and measures nothing.

    Raises InputError when site.yaml names a node that there is not.
    """
    report = StageReport(stage="links")
    standpoints = read_standpoints(work.standpoints)
    if not standpoints:
        write_json(out.ways, Ways().to_json())
        progress(1.0)
        return report
    site = site_of(work)
    ids = [point.id for point in standpoints]
    positions = np.array([point.position for point in standpoints], dtype=np.float64).reshape(-1, 3)
    wishes = _wishes(site, standpoints)
    placed = [number for number in range(len(ids)) if number not in wishes.unplaced]
    spacing = node_spacing(positions[placed])
    metric = bool(placed) and work.read_world().scale is Scale.metric
    rules = LinkRules(
        reach=_reach(spacing, options, metric=metric),
        max_links=options.max_links,
        separation=float(np.radians(options.separation_deg)),
    )
    pairs = near_pairs(positions, placed) if len(placed) > 1 else []
    barred = _barred(work, standpoints, positions, pairs, progress)
    graph = link_graph(positions, pairs, barred, rules, wishes)
    write_json(out.ways, _ways(graph, standpoints, positions, wishes).to_json())
    _fill_report(report, graph, ids, barred, spacing, metric)
    progress(1.0)
    return report


def _wishes(site: Site, standpoints: Sequence[Standpoint]) -> Wishes:
    names = names_of(standpoints)
    number_of = {node: number for number, node in enumerate(names.ids)}
    unplaced = frozenset(
        number_of[point.id] for point in standpoints if point.placed_by is PlacedBy.order
    )
    order = [number_of[node] for node in in_order(site.order, names)]
    chain = [pair_of(a, b) for a, b in pairwise(order) if {a, b} & unplaced]
    add = {_pair(pair, names, number_of, "links.add") for pair in site.links.add}
    remove = {_pair(pair, names, number_of, "links.remove") for pair in site.links.remove}
    for a, b in sorted(add & remove):
        raise InputError(
            f"site.yaml: links: {names.ids[a]} - {names.ids[b]} is added and removed, expected one"
        )
    return Wishes(
        add=frozenset(add), remove=frozenset(remove), unplaced=unplaced, chain=tuple(chain)
    )


def _pair(
    given: tuple[str, str], names: NodeNames, number_of: Mapping[str, int], where: str
) -> Pair:
    a, b = (number_of[names.id_of(name, where)] for name in given)
    if a == b:
        raise InputError(f"site.yaml: {where}: {given[0]!r} to itself, expected two nodes")
    return pair_of(a, b)


def _reach(spacing: float, options: LinkOptions, *, metric: bool) -> float:
    """The longest link. Metres never cut a site whose nodes are that far apart anyway."""
    reach = options.reach * spacing
    return min(reach, max(options.max_distance_m, 2 * spacing)) if metric else reach


def _barred(
    work: Workspace,
    standpoints: Sequence[Standpoint],
    positions: FloatArray,
    pairs: Sequence[Pair],
    progress: Progress,
) -> set[Pair]:
    """Pairs with something between, as far as their places are known well enough to tell."""
    if not pairs:
        return set()
    progress(0.0, "mesh")
    surface = read_surface(work.mesh)
    names = {point.source: point.id for point in standpoints}
    names |= {f"stitched/{point.id}.jpg": point.id for point in standpoints}
    seen = seen_points(work.spheres, names)
    found = set()
    for count, (a, b) in enumerate(pairs):
        sigma = max(standpoints[a].sigma_m or 0.0, standpoints[b].sigma_m or 0.0)
        if sigma > VAGUE * length_of((a, b), positions):
            continue
        ends = (positions[a], positions[b])
        ids = (standpoints[a].id, standpoints[b].id)
        if sight_between(ids, ends, surface, seen) is Sight.barred:
            found.add((a, b))
        progress(0.1 + 0.8 * count / len(pairs), "lines of sight")
    return found


def _ways(
    graph: LinkGraph, standpoints: Sequence[Standpoint], positions: FloatArray, wishes: Wishes
) -> Ways:
    ids = [point.id for point in standpoints]
    links = []
    for a, b in sorted(graph.links | {(b, a) for a, b in graph.links}):
        by = {standpoints[a].placed_by, standpoints[b].placed_by}
        if pair_of(a, b) in wishes.add:
            source = "manual"
        else:
            kinds = (PlacedBy.order, PlacedBy.gps, PlacedBy.sfm)  # the least certain end tells
            source = next(kind.value for kind in kinds if kind in by)
        distance = None
        if PlacedBy.order not in by:
            distance = round(length_of((a, b), positions), DIGITS)
        links.append(WayBetween(from_node=ids[a], to=ids[b], source=source, distance=distance))
    left_out = {
        f"{ids[a]} - {ids[b]}": reason.format(*ids)
        for (a, b), reason in sorted(graph.left_out.items())
    }
    return Ways(links=links, left_out=left_out)


def _fill_report(
    report: StageReport,
    graph: LinkGraph,
    ids: Sequence[str],
    barred: set[Pair],
    spacing: float,
    metric: bool,
) -> None:
    report.measure("nodes", len(ids))
    report.measure("links", len(graph.links))
    report.measure("links_barred", sum(reason == BETWEEN for reason in graph.left_out.values()))
    if graph.components:
        report.measure("node_components", len(graph.components))
    if metric and spacing > 0:
        report.measure("node_spacing", spacing)
    for a, b in sorted(graph.joined & barred):
        report.warnings.append(
            f"{ids[a]} - {ids[b]}: joined through a wall, check; links in site.yaml adds or removes"
        )
    if len(graph.islands) > 1:
        lone = min(graph.islands, key=lambda found: (len(found), min(found)))
        shown = ", ".join(ids[node] for node in sorted(lone)[:5])
        report.warnings.append(
            f"{len(graph.islands)} parts of the tour are not linked to each other, such as {shown}"
            ": links.remove of site.yaml took the last way"
        )
    report.details["components"] = [[ids[n] for n in sorted(found)] for found in graph.components]
    report.details["joined"] = [[ids[a], ids[b]] for a, b in sorted(graph.joined)]
