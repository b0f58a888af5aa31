"""Which nodes a visitor can go between: a graph from positions and sight. Pure: no files.

MapillaryJS picks, for every panorama by itself, up to four others 0.1 to 20 m away that lie nearest
to 5 m and spread well (its published edge rules). Three things are done otherwise here:

- no limit in metres decides: limits are multiples of the site's own spacing, so that a temple hall
  and a valley, and worlds of unknown scale, are linked alike;
- a way is for both nodes: an arrow there has its arrow back;
- the graph is connected: a tree of the shortest open ways comes first, the others after it.

A way from a to b that passes a third node c, open to both, is left to a-c and c-b: c is in the
ball over a-b as its diameter (Gabriel and Sokal 1969), with a little room so that the diagonals of
a grid fall to its sides. Walls count: a c behind a wall takes nothing from a-b.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from vtour.frames import FloatArray

Pair = tuple[int, int]
"""Two nodes by number, the smaller first."""

BETWEEN = "something between them"
BALL_ROOM = 1.05  # of the squared diameter
ALL_PAIRS = 200  # nodes; of larger sites only near pairs are looked at
NEAR_PAIRS = 64  # neighbours of each node, then


@dataclass(frozen=True, kw_only=True)
class LinkRules:
    """How many ways, how long, how far apart.

    reach      : longest way, in the unit of the positions; longer ones only join components.
    max_links  : ways of one node; the tree that connects all may need more.
    separation : least angle between two ways of one node, radians.
    """

    reach: float
    max_links: int
    separation: float


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What people say: pairs they want or do not want, and the order of nodes without a place.

    unplaced : nodes whose position means nothing.
    chain    : pairs of neighbours in the order, of which one is unplaced.
    """

    add: frozenset[Pair] = frozenset()
    remove: frozenset[Pair] = frozenset()
    unplaced: frozenset[int] = frozenset()
    chain: tuple[Pair, ...] = ()


@dataclass
class LinkGraph:
    """The ways found, why others were left out, and how the whole hangs together.

    components : sets of nodes that open ways within reach connect, before anything is joined.
    joined     : ways that were made only to connect; those in ``barred`` go through something.
    """

    links: set[Pair] = field(default_factory=set)
    left_out: dict[Pair, str] = field(default_factory=dict)
    joined: set[Pair] = field(default_factory=set)
    components: list[set[int]] = field(default_factory=list)
    islands: list[set[int]] = field(default_factory=list)
    """What is still apart in the end, because people removed the ways: one set is all."""


class Forest:
    """Sets of nodes that are connected so far (union by the smaller number)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, node: int) -> int:
        """The node that stands for the set of ``node``."""
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def are_joined(self, pair: Pair) -> bool:
        """Whether two nodes are connected."""
        return self.root(pair[0]) == self.root(pair[1])

    def join(self, pair: Pair) -> bool:
        """Connect two nodes; False when they were already."""
        a, b = sorted(map(self.root, pair))
        self._parent[b] = a
        return a != b

    def sets(self) -> list[set[int]]:
        """All sets, by their smallest node."""
        found: dict[int, set[int]] = {}
        for node in range(len(self._parent)):
            found.setdefault(self.root(node), set()).add(node)
        return list(found.values())


def pair_of(a: int, b: int) -> Pair:
    """Two nodes as a pair."""
    return (a, b) if a < b else (b, a)


def node_spacing(positions: FloatArray) -> float:
    """How far nodes are apart: the median edge of the shortest tree over (n, 3) positions.

    Zero for fewer than two nodes. The tree sees the gaps between groups of nodes, which distances
    to the nearest neighbour do not.
    """
    if len(positions) < 2:
        return 0.0
    from scipy.spatial.distance import cdist

    distances = cdist(positions, positions)
    nearest = distances[0].copy()
    inside = np.zeros(len(positions), bool)
    inside[0] = True
    edges = []
    for _ in range(len(positions) - 1):  # Prim 1957; scipy's takes a distance of zero for none
        node = int(np.argmin(np.where(inside, np.inf, nearest)))
        edges.append(nearest[node])
        inside[node] = True
        nearest = np.minimum(nearest, distances[node])
    return float(np.median(edges))


def near_pairs(positions: FloatArray, placed: Sequence[int]) -> list[Pair]:
    """Pairs of placed nodes worth a look, shortest first: all, or the near ones of many.

    Of many: each with its NEAR_PAIRS nearest, and what is needed so that these pairs connect all.
    """
    if len(placed) <= ALL_PAIRS:
        pairs = (pair_of(a, b) for a, b in itertools.combinations(placed, 2))
    else:
        near = _nearest_pairs(positions[list(placed)])
        pairs = (pair_of(placed[a], placed[b]) for a, b in near)
    return by_length(pairs, positions)


def _nearest_pairs(points: FloatArray) -> set[Pair]:
    """Rows of points (n, 3) that are near each other, and the shortest pairs between groups."""
    from scipy.spatial import cKDTree

    _, ranked = cKDTree(points).query(points, k=NEAR_PAIRS + 1)
    rows = np.repeat(np.arange(len(points)), NEAR_PAIRS + 1)
    ends = np.sort(np.column_stack([rows, ranked.ravel()]), axis=1)
    near = {(int(a), int(b)) for a, b in np.unique(ends, axis=0) if a != b}
    forest = Forest(len(points))
    for pair in near:
        forest.join(pair)
    while len(groups := forest.sets()) > 1:
        near |= {pair for group in groups if forest.join(pair := _way_out(points, group))}
    return near


def _way_out(points: FloatArray, group: set[int]) -> Pair:
    """The shortest pair from a group of points to another point (Boruvka 1926)."""
    from scipy.spatial import cKDTree

    inside = np.array(sorted(group))
    outside = np.setdiff1d(np.arange(len(points)), inside)
    lengths, nearest = cKDTree(points[inside]).query(points[outside])
    best = int(np.argmin(lengths))
    return pair_of(int(outside[best]), int(inside[nearest[best]]))


def by_length(pairs: Iterable[Pair], positions: FloatArray) -> list[Pair]:
    """Pairs, shortest first; equals (to a part in a million) in the order of the nodes."""
    return sorted(pairs, key=lambda pair: (float(f"{length_of(pair, positions):.6g}"), pair))


def length_of(pair: Pair, positions: FloatArray) -> float:
    """Distance between two nodes."""
    return float(np.linalg.norm(positions[pair[1]] - positions[pair[0]]))


def link_graph(
    positions: FloatArray,
    pairs: Sequence[Pair],
    barred: Collection[Pair],
    rules: LinkRules,
    wishes: Wishes,
) -> LinkGraph:
    """The ways between nodes.

    positions : (n, 3); those of nodes without a place are not used.
    pairs     : pairs of placed nodes worth a look, shortest first.
    barred    : those of them with something between.

    Wishes win: what is added is linked, what is removed is not. Then comes a tree of the shortest
    open ways within reach, as far as the rules allow and then without them, then a tree that joins
    what is still apart: by open ways, by barred ones, by the order. The rest of the open ways is
    taken, shortest first, as the rules allow.
    """
    decided = wishes.add | wishes.remove
    free = [pair for pair in pairs if pair not in decided]
    within = [pair for pair in free if length_of(pair, positions) <= rules.reach]
    near = [pair for pair in within if pair not in barred]
    graph = LinkGraph(links=set(wishes.add))
    graph.left_out |= dict.fromkeys(sorted(wishes.remove), "removed in site.yaml")
    graph.left_out |= {pair: BETWEEN for pair in within if pair in barred}
    forest = _grow_trees(graph, positions, near, rules)
    placed = set(range(len(positions))) - wishes.unplaced
    graph.components = [found & placed for found in forest.sets() if found & placed]
    open_pairs = [pair for pair in free if pair not in barred]
    graph.joined = {pair for pair in (*open_pairs, *free) if forest.join(pair)}
    chain = [pair for pair in wishes.chain if pair not in wishes.remove]
    graph.links |= graph.joined | {pair for pair in chain if forest.join(pair)}
    graph.islands = forest.sets()
    _fill_up(graph, positions, near, rules)
    for pair in graph.links:
        graph.left_out.pop(pair, None)
    return graph


def _grow_trees(
    graph: LinkGraph, positions: FloatArray, near: list[Pair], rules: LinkRules
) -> Forest:
    """Take the shortest ways that connect something: those that keep the rules, then others."""
    forest = Forest(len(positions))
    for pair in sorted(graph.links):
        forest.join(pair)
    ways = _neighbours(len(positions), sorted(graph.links))
    for pair in near:
        if not forest.are_joined(pair) and _refusal(pair, ways, positions, rules) is None:
            forest.join(pair)
            graph.links.add(pair)
            _add_way(ways, pair)
    graph.links |= {pair for pair in near if forest.join(pair)}
    return forest


def _fill_up(graph: LinkGraph, positions: FloatArray, near: list[Pair], rules: LinkRules) -> None:
    """Take the other ways, shortest first, as the rules allow; say why one is not taken."""
    passing = dict(_passed_nodes(near, positions))
    ways = _neighbours(len(positions), sorted(graph.links))
    for pair in near:
        if pair in graph.links:
            continue
        reason = passing.get(pair) or _refusal(pair, ways, positions, rules)
        if reason is None:
            graph.links.add(pair)
            _add_way(ways, pair)
        elif length_of(pair, positions) <= rules.reach / 2:
            graph.left_out[pair] = reason


def _neighbours(count: int, pairs: Iterable[Pair]) -> dict[int, list[int]]:
    """The other ends of all pairs, by node."""
    found: dict[int, list[int]] = {node: [] for node in range(count)}
    for pair in pairs:
        _add_way(found, pair)
    return found


def _add_way(ways: dict[int, list[int]], pair: Pair) -> None:
    ways[pair[0]].append(pair[1])
    ways[pair[1]].append(pair[0])


def _passed_nodes(near: list[Pair], positions: FloatArray) -> Iterator[tuple[Pair, str]]:
    """Ways that pass a node which is open to both their ends, with that node as {number}."""
    neighbours = [set(nodes) for nodes in _neighbours(len(positions), near).values()]
    for a, b in near:
        between = sorted(neighbours[a] & neighbours[b])
        if not between:
            continue
        to_a, to_b = positions[between] - positions[a], positions[between] - positions[b]
        squares = (to_a**2).sum(axis=1) + (to_b**2).sum(axis=1)
        best = int(np.argmin(squares))
        if squares[best] < BALL_ROOM * length_of((a, b), positions) ** 2:
            yield (a, b), f"the way leads by {{{between[best]}}}"


def _refusal(
    pair: Pair, ways: dict[int, list[int]], positions: FloatArray, rules: LinkRules
) -> str | None:
    """Why a way cannot be had beside those there are; None when it can."""
    for here, there in (pair, pair[::-1]):
        if len(ways[here]) >= rules.max_links:
            return f"{{{here}}} has {len(ways[here])} links"
        for other in ways[here]:
            towards = positions[[there, other]] - positions[here]
            angle = angle_between(towards[0], towards[1])
            if angle < rules.separation:
                beside = f"the way from {{{here}}} to {{{other}}}"
                return f"{math.degrees(angle):.0f} degrees beside {beside}"
    return None


def angle_between(first: FloatArray, second: FloatArray) -> float:
    """Angle between two vectors, radians; pi when one has no length: it is beside nothing."""
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    if lengths <= 0:
        return math.pi
    return math.acos(min(max(float(first @ second) / lengths, -1.0), 1.0))
