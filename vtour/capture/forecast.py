"""What the links between photos promise: how much they overlap, and in how many groups."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vtour.capture.overlap import Link

LOW_OVERLAP = 0.5
AHEAD_SHARE = 0.5
NAMED = 3
MORE_PAIRS = 10


@dataclass(frozen=True)
class Forecast:
    """The overlap expected of a set of photos.

    overlap     : median over the photos of the share found again in the best neighbour, 0 to 1.
    groups      : photos (indices) that are linked with each other, largest group first.
    ahead_share : share of the photos whose best link was taken walking straight ahead.
    """

    overlap: float
    groups: list[list[int]]
    ahead_share: float


def forecast(count: int, links: Mapping[tuple[int, int], Link]) -> Forecast:
    """Judge ``count`` photos by the links between pairs (i < j)."""
    best: list[tuple[float, bool]] = [(0.0, False)] * count
    for (i, j), found in sorted(links.items()):
        best[i] = max(best[i], (found.share, found.ahead))
        best[j] = max(best[j], (found.share_back, found.ahead))
    overlap = float(np.median([share for share, _ in best])) if count else 0.0
    ahead = sum(is_ahead for _, is_ahead in best) / max(1, count)
    return Forecast(round(overlap, 3), groups_of(count, links), ahead)


def pairs_to_try_again(
    count: int, links: Mapping[tuple[int, int], Link], tried: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Untried pairs (i < j) between the largest group and the rest, next in sequence first.

    A photo that its likely neighbours do not hold may still be held by another one: that is
    found out before it is called apart. At most ``MORE_PAIRS`` a photo.
    """
    main, *rest = groups_of(count, links)
    known = set(tried)
    pairs = {(min(i, j), max(i, j)) for group in rest for i in group for j in main} - known
    return sorted(pairs, key=lambda pair: (pair[1] - pair[0], pair))[: MORE_PAIRS * count]


def groups_of(count: int, links: Mapping[tuple[int, int], Link]) -> list[list[int]]:
    """Photos that are linked with each other, directly or over others; largest group first."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, j in links:
        parent[max(root(i), root(j))] = min(root(i), root(j))
    members: dict[int, list[int]] = {}
    for index in range(count):
        members.setdefault(root(index), []).append(index)
    return sorted(members.values(), key=lambda group: (-len(group), group))


def overlap_warnings(found: Forecast, names: list[str]) -> list[str]:
    """What the user should know before reconstruction is tried, and what to do."""
    warnings = []
    if len(found.groups) > 1:
        main, *rest = found.groups
        apart = sorted(index for group in rest for index in group)
        told = ", ".join(names[index] for index in apart[:NAMED])
        more = f" and {len(apart) - NAMED} more" if len(apart) > NAMED else ""
        warnings.append(
            f"photos fall into {len(found.groups)} groups that do not overlap, the largest has "
            f"{len(main)} of {len(names)}; apart: {told}{more}: add photos between the groups"
        )
    if len(names) > 1 and found.overlap < LOW_OVERLAP:
        warnings.append(
            f"expected overlap is {found.overlap:.0%}, below {LOW_OVERLAP:.0%}: part of the photos "
            "may not register; take more, each sharing 60 % or more with its neighbours"
        )
    if found.ahead_share >= AHEAD_SHARE and len(names) > 1:
        number = round(found.ahead_share * len(names))
        warnings.append(
            f"{number} of {len(names)} photos look along the way walked: what is beside the way is "
            "in too few of them to be reconstructed; step sideways, and take each wall from "
            "several places"
        )
    return warnings
