"""Shapes of the states, on the map and in lists: form and number say what colour says too."""

import math

from vtour.rollout.read import CHAIN
from vtour.schema.catalog import SiteState

S = SiteState

SHAPES = {
    S.planned: "ring",
    S.permitted: "ring",
    S.captured: "square",
    S.delivered: "square",
    S.processing: "square",
    S.in_review: "diamond",
    S.accepted: "disc",
    S.published: "disc",
    S.maintained: "disc",
    S.returned: "triangle",
    S.on_hold: "hollow",
    S.withdrawn: "hollow",
}
SIGNS = {
    **{state: str(place) for place, state in enumerate(CHAIN, start=1)},
    S.returned: "!",
    S.on_hold: "‖",
    S.withdrawn: "×",
}
"""What stands inside: the place of a state, or a sign of those aside."""


def shape_path(shape: str, radius: float) -> str:
    """The outline of a shape about 0, 0: the data of an SVG path."""
    r = radius
    if shape in ("square", "hollow"):
        return _closed(
            [(-0.9 * r, -0.9 * r), (0.9 * r, -0.9 * r), (0.9 * r, 0.9 * r), (-0.9 * r, 0.9 * r)]
        )
    if shape == "diamond":
        return _closed([(0, -1.25 * r), (1.25 * r, 0), (0, 1.25 * r), (-1.25 * r, 0)])
    if shape == "triangle":
        corners = [math.radians(angle) for angle in (90, 210, 330)]
        return _closed(
            [(1.45 * r * math.cos(a), 1.45 * r * math.sin(a) - 0.2 * r) for a in corners]
        )
    return f"M{-r:g} 0A{r:g} {r:g} 0 1 1 {r:g} 0A{r:g} {r:g} 0 1 1 {-r:g} 0Z"


def _closed(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "Z"
