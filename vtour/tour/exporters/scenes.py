"""A tour as other viewers see it: scenes with directions instead of a world with positions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vtour.schema.tour import Node, Panorama, PlacedBy, Pose, Tour
from vtour.sphere import FloatArray, heading_and_tilt, yaw_pitch_from_rays

FALLBACK_LANGUAGES = ("vi", "en")
TOO_NEAR = 1e-6  # of a world's unit: no direction leads to a place this near
DOWNWARDS = math.radians(-30)  # where a link stands that has no direction


@dataclass(frozen=True, kw_only=True)
class Direction:
    """Where something appears in a panorama: yaw to the right and pitch upwards, in radians."""

    yaw: float
    pitch: float

    @property
    def yaw_deg(self) -> float:
        """Yaw, -180 to 180."""
        return _degrees(self.yaw)

    @property
    def pitch_deg(self) -> float:
        """Pitch, -90 to 90."""
        return _degrees(self.pitch)


@dataclass(frozen=True, kw_only=True)
class SceneLink:
    """A way to another scene."""

    target: str
    name: str
    at: Direction


@dataclass(frozen=True, kw_only=True)
class SceneSpot:
    """A hotspot as one scene shows it."""

    id: str
    title: str
    text: str
    at: Direction


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One node. heading : radians clockwise from the world's -Z to the middle of the sphere."""

    id: str
    name: str
    panorama: Panorama
    heading: float
    start: Direction
    links: list[SceneLink]
    spots: list[SceneSpot]

    @property
    def heading_deg(self) -> float:
        """Heading, -180 to 180."""
        return _degrees(self.heading)


@dataclass(frozen=True, kw_only=True)
class SceneTour:
    """All scenes of a tour in one language; the first one is where a visit begins.

    warnings : what was left out, a line for each.
    """

    id: str
    title: str
    language: str
    credit: str
    has_north: bool
    scenes: list[Scene]
    warnings: list[str] = field(default_factory=list)


def scenes_of_tour(tour: Tour, language: str, nearest: int = 0) -> SceneTour:
    """The tour in directions.

    language : texts in this language where there are any, else vi, en or what there is.
    nearest  : a hotspot is shown in as many nodes as that, nearest first; 0: in all.

    Nodes that are only drawn up in their order have no place from which a hotspot could be seen:
    they show none, and a warning says so.
    """
    shown = _shown_in(tour, nearest)
    names = {node.id: text_in(node.name, language) or node.id for node in tour.nodes}
    scenes = [
        Scene(
            id=node.id,
            name=names[node.id],
            panorama=node.panorama,
            heading=heading_and_tilt(world_from_pano(node.pose))[0],
            start=_start_in(node, tour),
            links=_links_of(node, tour, names),
            spots=[
                SceneSpot(
                    id=spot.id,
                    title=text_in(spot.title, language) or spot.id,
                    text=text_in(spot.text, language),
                    at=direction_from(node.pose, spot.position) or Direction(yaw=0, pitch=0),
                )
                for spot in tour.hotspots
                if node.id in shown[spot.id]
            ],
        )
        for node in tour.nodes
    ]
    first = tour.start.node if tour.start else None
    scenes.sort(key=lambda scene: scene.id != first)  # stable: the others keep their order
    return SceneTour(
        id=tour.id,
        title=text_in(tour.name, language) or tour.id,
        language=language,
        credit=", ".join(part for part in (tour.credit, tour.license) if part),
        has_north=tour.world.north.value == "true",
        scenes=scenes,
        warnings=_without_place(tour),
    )


def text_in(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, else in Vietnamese, English, or the first there is; '' for none."""
    for tag in (language, *FALLBACK_LANGUAGES):
        if tag in texts:
            return texts[tag]
    return next(iter(texts.values()), "")


def world_from_pano(pose: Pose) -> FloatArray:
    """Rotation (3, 3) of a node's sphere."""
    from scipy.spatial.transform import Rotation

    matrix: FloatArray = Rotation.from_quat(pose.rotation).as_matrix()
    return matrix


def direction_from(pose: Pose, position: Sequence[float]) -> Direction | None:
    """Where a position of the world appears in a node's sphere; None for the node's own place."""
    ray = np.asarray(position, dtype=np.float64) - pose.position
    if np.linalg.norm(ray) < TOO_NEAR:
        return None
    yaw, pitch = yaw_pitch_from_rays(world_from_pano(pose).T @ ray)
    return Direction(yaw=float(yaw), pitch=float(pitch))


def _links_of(node: Node, tour: Tour, names: Mapping[str, str]) -> list[SceneLink]:
    poses = {other.id: other.pose for other in tour.nodes}
    links = []
    for number, link in enumerate(link for link in node.links if link.to in poses):
        at = direction_from(node.pose, poses[link.to].position)
        if at is None:  # of the same place: spread, so that each can be clicked
            at = Direction(yaw=math.remainder(number * math.pi / 4, math.tau), pitch=DOWNWARDS)
        links.append(SceneLink(target=link.to, name=names[link.to], at=at))
    return links


def _start_in(node: Node, tour: Tour) -> Direction:
    """Where to look first: the tour's start in its node, elsewhere straight ahead."""
    ahead = Direction(yaw=0.0, pitch=0.0)
    if tour.start is None or tour.start.node != node.id:
        return ahead
    return direction_from(node.pose, tour.start.target) or ahead


def _shown_in(tour: Tour, nearest: int) -> dict[str, set[str]]:
    """The nodes that show each hotspot: of those with a place."""
    placed = [node for node in tour.nodes if _is_placed(node)]
    if nearest == 0 or nearest >= len(placed):
        return {spot.id: {node.id for node in placed} for spot in tour.hotspots}
    shown = {}
    for spot in tour.hotspots:
        far = {node.id: math.dist(node.pose.position, spot.position) for node in placed}
        shown[spot.id] = set(sorted(far, key=lambda name: (far[name], name))[:nearest])
    return shown


def _is_placed(node: Node) -> bool:
    return node.pose.placed_by is not PlacedBy.order


def _without_place(tour: Tour) -> list[str]:
    count = sum(not _is_placed(node) for node in tour.nodes)
    if not count or not tour.hotspots:
        return []
    return [
        f"{count} of {len(tour.nodes)} panoramas have no known place, only an order: "
        f"they show none of the {len(tour.hotspots)} hotspots"
    ]


def _degrees(angle: float) -> float:
    return round(math.degrees(angle), 6) + 0.0
