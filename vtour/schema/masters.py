"""masters.json and tiles.json: the levelled panoramas of a site, and their pyramids."""

from pydantic import Field

from vtour.schema.base import Identifier, Model, Quaternion
from vtour.schema.tour import Panorama


class Master(Model):
    """One levelled panorama, ready to be published: ``<id>.jpg``, a full sphere of 2:1."""

    id: Identifier
    source: str
    """The panorama it was made of: its path in the inventory, or ``stitched/<id>.jpg``."""
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    native_width: int = Field(gt=0)
    """Width of the full sphere at the resolution of the capture."""
    rotation: Quaternion
    """world_from_pano (xyzw) of the master: a turn about +Y alone when it is levelled."""
    levelled: bool
    """Whether up is +Y: the tilt was taken out, or there was none."""
    tilt_deg: float = Field(ge=0)
    """What levelling took out."""
    captured: float = Field(ge=0, le=1)
    """Share of the sphere that the panorama shows; the rest has soft colours."""
    nadir: str | None = None
    """What covers the tripod: 'fill' or the path of a picture; absent when nothing does."""
    blurred: bool
    """Whether it was made of a copy with blurred faces or plates."""


class Masters(Model):
    """The file masters.json, in the order of the tour."""

    version: str = "1.0"
    masters: list[Master] = Field(default_factory=list)


class Pyramids(Model):
    """The file tiles.json; URIs are those of the package, ``panoramas/<id>/...``."""

    version: str = "1.0"
    panoramas: dict[Identifier, Panorama] = Field(default_factory=dict)
