"""standpoints.json: where every panorama was taken, as the stage ``world`` found it."""

from pydantic import Field

from vtour.schema.base import Identifier, Model, Quaternion, Vector3
from vtour.schema.tour import PlacedBy


class Standpoint(Model):
    """One panorama of the captures, placed in the world.

    ``rotation`` is world_from_pano (xyzw) of the panorama as it was captured, not yet levelled.
    """

    id: Identifier
    source: str
    """Its path in the inventory, or ``panorama_sets`` folder for one that was stitched."""
    position: Vector3
    rotation: Quaternion
    placed_by: PlacedBy
    sigma_m: float | None = None
    sigma_deg: float | None = None
    levelled: bool
    """Whether +Y of ``rotation`` is known to be up, so that the panorama can be levelled."""
    heading_known: bool = False
    """Whether the turn of ``rotation`` about +Y was measured, not only set to 0."""


class Standpoints(Model):
    """All panoramas of a site in the order of the tour."""

    version: str = "1.0"
    standpoints: list[Standpoint] = Field(default_factory=list)


class WayBetween(Model):
    """A link of the tour, one way; the tour goes both ways unless people removed one."""

    from_node: Identifier
    to: Identifier
    source: str = Field(pattern="^(sfm|gps|order|manual)$")
    distance: float | None = None
    """World units between the nodes; absent when their places are not known."""


class Ways(Model):
    """links.json: which nodes a visitor can go between, and what was left out and why."""

    version: str = "1.0"
    links: list[WayBetween] = Field(default_factory=list)
    left_out: dict[str, str] = Field(default_factory=dict)
    """Reason by ``a - b`` for pairs that are near enough and yet not linked."""
