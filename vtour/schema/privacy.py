"""Privacy: what people write in privacy.yaml, what the detector proposes, what is blurred."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from vtour.schema.base import Model

RegionId = Annotated[str, StringConstraints(pattern=r"^[ap][0-9a-f]{10}$")]
"""``p`` (proposed) or ``a`` (added) and ten hex digits, made from the file's name and the place."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AddedRegion(Model):
    """``add:`` of privacy.yaml: a box in pixels of the file, upright, as it was handed in."""

    file: Annotated[str, StringConstraints(min_length=1)]
    """Its path in the captures, or ``stitched/<id>.jpg``."""
    x_px: float = Field(ge=0)
    y_px: float = Field(ge=0)
    width_px: float = Field(gt=0)
    """In a full sphere the box may go on over the right edge."""
    height_px: float = Field(gt=0)
    note: str | None = None


class Review(Model):
    """``review:`` of privacy.yaml: who looked at the contact sheet, and at which one."""

    by: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    digest: Digest


class PrivacyFile(Model):
    """The file privacy.yaml."""

    add: list[AddedRegion] = Field(default_factory=list)
    remove: list[RegionId] = Field(default_factory=list)
    """Ids of proposals that show no face."""
    review: Review | None = None


class RegionSource(StrEnum):
    """Who found a place: the detector, or a person."""

    proposed = "proposed"
    added = "added"


class Region(Model):
    """A box in pixels of the upright file; in a full sphere it may go on over the right edge."""

    id: RegionId
    file: str
    x_px: float
    y_px: float
    width_px: float
    height_px: float
    source: RegionSource
    score: float | None = None
    note: str | None = None


class LookedAt(Model):
    """An image that was searched, or a film, which people must look at themselves."""

    file: str
    sha256: str
    width_px: int
    height_px: int
    """Both 0 for a film."""
    is_film: bool = False


class Proposals(Model):
    """privacy/proposals.json: everything that the detector found."""

    version: Literal["1.0"] = "1.0"
    detector: str
    images: list[LookedAt]
    regions: list[Region]


class Regions(Model):
    """privacy/regions.json: what is blurred in all that is published, and who checked it."""

    version: Literal["1.0"] = "1.0"
    images: list[LookedAt]
    regions: list[Region]
    proposed: int
    removed: list[RegionId]
    digest: Digest
    """What a review signs: the images and films, the proposals, the final list."""
    review: Review | None = None
    """The review in privacy.yaml, whether it holds or not."""

    @property
    def films(self) -> list[str]:
        """What is published as it is, and must be looked at by a person."""
        return [image.file for image in self.images if image.is_film]

    @property
    def reviewed(self) -> bool:
        """Whether the review was signed for just these images and places."""
        return self.review is not None and self.review.digest == self.digest
