"""Why a photo was not registered: read from the matches, said in words a contractor can use."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from vtour.schema.inventory import CaptureFile

FEW_KEYPOINTS = 300
BLURRED = 0.65  # as the inventory's sharpness-bound by default
MUCH_CLIPPED = 0.25  # as the inventory notes it
FEW_MATCHES = 30
NAMES_IN_A_LIST = 8
FLAT = ("PLANAR", "PANORAMIC", "PLANAR_OR_PANORAMIC")
MOSTLY = 0.9


@dataclass(frozen=True)
class MatchGraph:
    """Photos, their keypoints, and the verified matches between them.

    keypoints : by the photo's name.
    matches   : by a pair of names in alphabetical order.
    flat      : pairs without parallax: turned on the spot, or of one flat wall.
    planes    : the homographies (3, 3) of flat pairs between their pixels, one way or the other.
    """

    keypoints: dict[str, int]
    matches: dict[tuple[str, str], int]
    flat: set[tuple[str, str]] = field(default_factory=set)
    planes: dict[tuple[str, str], Any] = field(default_factory=dict)

    @staticmethod
    def read(database: Path) -> "MatchGraph":
        """The graph that a COLMAP database holds."""
        import pycolmap

        with pycolmap.Database.open(database) as opened:
            images = opened.read_all_images()
            names = {image.image_id: image.name for image in images}
            keypoints = {
                image.name: int(opened.num_keypoints_for_image(image.image_id)) for image in images
            }
            pair_ids, geometries = opened.read_two_view_geometries()
        matches: dict[tuple[str, str], int] = {}
        flat: set[tuple[str, str]] = set()
        planes: dict[tuple[str, str], Any] = {}
        for pair_id, geometry in zip(pair_ids, geometries, strict=True):
            first, second = sorted(names[one] for one in pycolmap.pair_id_to_image_pair(pair_id))
            matches[first, second] = len(geometry.inlier_matches)
            if pycolmap.TwoViewGeometryConfiguration(geometry.config).name in FLAT:
                flat.add((first, second))
                if geometry.H is not None:
                    planes[first, second] = geometry.H
        return MatchGraph(keypoints, matches, flat, planes)

    def is_flat(self, names: Collection[str]) -> bool:
        """Whether nearly all pairs among some photos show no parallax."""
        pairs = [pair for pair in self.matches if pair[0] in names and pair[1] in names]
        return bool(pairs) and len(self.flat.intersection(pairs)) >= MOSTLY * len(pairs)

    @cached_property
    def _partners(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (first, second), count in self.matches.items():
            if count > 0:
                found.setdefault(first, {})[second] = count
                found.setdefault(second, {})[first] = count
        return found

    def partners(self, name: str) -> dict[str, int]:
        """Photos that share verified matches with one, and how many."""
        return self._partners.get(name, {})

    def groups(self) -> list[set[str]]:
        """Sets of two photos or more that hang together by matches, the largest first."""
        left, found = set(self.keypoints), []
        while left:
            group, frontier = set[str](), {min(left)}
            while frontier:
                group |= frontier
                frontier = {other for name in frontier for other in self.partners(name)} - group
            left -= group
            if len(group) > 1:
                found.append(group)
        return sorted(found, key=lambda group: (-len(group), min(group)))

    def largest_group(self) -> set[str]:
        """The largest set of photos that hang together by matches; empty when no two do."""
        return next(iter(self.groups()), set())


def reason_not_registered(
    name: str,
    registered: Collection[str],
    graph: MatchGraph,
    photo: CaptureFile | None = None,
) -> str:
    """The likely reason why the camera of a photo was not solved.

    photo : its line in the inventory, which knows how sharp it is and how it is exposed.
    """
    seen = reason_in_matches(name, registered, graph)
    poor = "; ".join(reasons_in_the_picture(photo)) if photo else ""
    return f"{poor}; {seen}" if poor else seen


def reasons_in_the_picture(photo: CaptureFile) -> list[str]:
    """What the inventory measured of a photo that keeps it from matching; empty for a good one.

    Its figures depend on the photo's bytes alone, which the keys of stages hold.
    """
    told = []
    if photo.sharpness is not None and photo.sharpness < BLURRED:
        told.append(f"blurred (sharpness {photo.sharpness:.2f}, sharp ones have {BLURRED} or more)")
    for share, what, level in (
        (photo.clipped_dark, "too dark", "black"),
        (photo.clipped_light, "too bright", "white"),
    ):
        if share is not None and share > MUCH_CLIPPED:
            told.append(f"{what} ({share:.0%} of it is {level})")
    return told


def reason_in_matches(name: str, registered: Collection[str], graph: MatchGraph) -> str:
    """The likely reason that the matches tell."""
    keypoints = graph.keypoints.get(name, 0)
    if keypoints < FEW_KEYPOINTS:
        return f"{keypoints} keypoints only: little texture, blurred, or too dark"
    partners = graph.partners(name)
    if not partners:
        return "no other photo overlaps it enough"
    inside = {other: count for other, count in partners.items() if other in registered}
    if not inside:
        others = short_list(partners)
        return f"overlaps only photos outside the main group ({others})"
    closest = min(inside, key=lambda other: (-inside[other], other))
    if inside[closest] < FEW_MATCHES:
        return f"{inside[closest]} matches only with {closest}: too little overlap"
    return (
        f"{inside[closest]} matches with {closest}, yet no position fits: "
        "turned on the spot, repeated texture, or zoomed"
    )


def short_list(names: Iterable[str]) -> str:
    """Names in order, the first few of a long list."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:NAMES_IN_A_LIST])
    more = len(ordered) - NAMES_IN_A_LIST
    return f"{shown} and {more} more" if more > 0 else shown
