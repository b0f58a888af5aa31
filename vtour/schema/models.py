"""models.yaml: what the contractor says of models made elsewhere, and what is made of them."""

import math
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from vtour.schema.base import Identifier, LocalText, Matrix4, Model, Vector3
from vtour.schema.site import EnuPlace, GeodeticPlace
from vtour.schema.tour import Derivative, Poster, Sha256

Row4 = Annotated[list[float], Field(min_length=4, max_length=4)]
SHEAR = 1e-4  # that a matrix may hold besides turn and scale: digits lost in writing it down


class ModelUnit(StrEnum):
    """Unit of a model's coordinates."""

    m = "m"
    cm = "cm"
    mm = "mm"
    ft = "ft"
    us_ft = "us-ft"

    @property
    def metres(self) -> float:
        """Length of one."""
        lengths = {"m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048, "us-ft": 1200 / 3937}
        return lengths[self.value]


class UpAxis(StrEnum):
    """The axis of a file that points up."""

    x = "x"
    y = "y"
    z = "z"
    minus_x = "-x"
    minus_y = "-y"
    minus_z = "-z"


def _position_tag(value: object) -> str | None:
    fields = set(type(value).model_fields) if isinstance(value, Model) else value
    fields = set(fields) if isinstance(fields, dict | set) else set()
    return next((f"at:{key}" for key in ("enu_m", "lat") if key in fields), None)


ModelPosition = Annotated[
    Annotated[GeodeticPlace, Tag("at:lat")] | Annotated[EnuPlace, Tag("at:enu_m")],
    Discriminator(
        _position_tag,
        custom_error_type="place",
        custom_error_message="expected {lat, lon, height} or {enu_m: [e, n, u]}",
    ),
]


class ModelEntry(Model):
    """What is said of one model. Where it stands: by ``crs``, ``world_from_model`` or ``position``,
    one of them at most.
    """

    file: str = Field(min_length=1)
    """The model's file, below the folder of models."""
    title: LocalText = Field(default_factory=dict)
    license: str | None = None
    """Of this model, when it is not the site's."""
    credit: str | None = None
    """Who made it, when it is not the site's."""
    units: ModelUnit | None = None
    """Of its coordinates; metres when nothing is said."""
    up: UpAxis | None = None
    """Which of its axes points up: y of glTF and z of OBJ and PLY when nothing is said; z of all of
    them with a ``crs``."""
    crs: str | None = Field(default=None, pattern=r"^EPSG:\d{4,6}(\+\d{4,6})?$")
    """Of its coordinates, east and north; a second code tells what heights count from."""
    world_from_model: list[Row4] | None = Field(default=None, min_length=4, max_length=4)
    """Four rows of four numbers: takes the file's coordinates to the site's, which are metres
    east, up and south of its origin. Turn, scale and shift alone."""
    position: ModelPosition | None = None
    """Where the origin of its coordinates stands."""
    heading_deg: float | None = Field(default=None, ge=-360, le=360)
    """Clockwise turn seen from above. At 0 a model faces as its file says: -z of glTF, y of a file
    with z up, to the north."""

    @field_validator("world_from_model")
    @classmethod
    def _is_similarity(cls, rows: list[list[float]] | None) -> list[list[float]] | None:
        if rows is None:
            return None
        matrix = np.array(rows)
        if not np.allclose(matrix[3], [0, 0, 0, 1]):
            turned = np.allclose(matrix[:, 3], [0, 0, 0, 1])
            hint = " (rows and columns swapped?)" if turned else ""
            raise ValueError(f"expected 0, 0, 0, 1 as the fourth row{hint}")
        volume = float(np.linalg.det(matrix[:3, :3]))
        if not volume > 0:
            raise ValueError("mirrors or flattens the model, expected turn, scale and shift alone")
        square = matrix[:3, :3] @ matrix[:3, :3].T / volume ** (2 / 3)
        if np.abs(square - np.eye(3)).max() > SHEAR:
            raise ValueError("stretches the model, expected turn, scale and shift alone")
        return rows

    @model_validator(mode="after")
    def _one_way(self) -> "ModelEntry":
        ways = {
            "crs": self.crs,
            "world_from_model": self.world_from_model,
            "position": self.position,
        }
        given = [name for name, value in ways.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"found {' and '.join(given)}, expected one of them")
        if self.world_from_model is not None and (self.units or self.up):
            raise ValueError("found world_from_model and units or up, expected it to hold both")
        if self.crs is not None and self.units is not None:
            raise ValueError("found crs and units, expected crs alone: it tells the units")
        if self.heading_deg is not None and self.position is None:
            raise ValueError("found heading_deg without position, expected both")
        return self

    @property
    def heading(self) -> float:
        """Clockwise turn seen from above, radians."""
        return math.radians(self.heading_deg or 0.0)

    @property
    def is_placed(self) -> bool:
        """Whether it says where the model stands."""
        ways = (self.crs, self.world_from_model, self.position)
        return any(way is not None for way in ways)


class ModelsFile(Model):
    """The file models.yaml."""

    models: list[ModelEntry]

    @model_validator(mode="after")
    def _files_are_unique(self) -> "ModelsFile":
        seen: set[str] = set()
        for entry in self.models:
            if entry.file in seen:
                raise ValueError(f"file {entry.file!r} is written twice, expected once")
            seen.add(entry.file)
        return self


class PlacedBy(StrEnum):
    """What a model's place was taken from."""

    crs = "crs"
    matrix = "world_from_model"
    position = "position"
    own = "own"
    """Its own coordinates are the world's: it is all there is of the site."""
    unknown = "unknown"


class MadeModel(Model):
    """One model made elsewhere, ready for the package.

    Frame of its files: the world's axes, the origin amid the foot of its box; of one that moves,
    its own.
    """

    id: Identifier
    file: str
    """In the captures."""
    title: LocalText = Field(default_factory=dict)
    license: str | None = None
    credit: str | None = None
    placed_by: PlacedBy
    world_from_model: Matrix4
    bounds_min: Vector3
    """Least corner of the box around its finest derivative, in the frame of that."""
    bounds_max: Vector3
    derivatives: list[Derivative] = Field(min_length=1)
    """Their uris begin with ``models/<id>/``."""
    poster: Poster | None = None
    has_tiles: bool = False
    """Whether ``models/<id>/tiles`` holds it at full detail."""
    faces: int | None = None
    """Of the model itself; absent for one that moves."""
    looks: dict[str, Any] = Field(default_factory=dict)
    """How alike its versions look, by their names."""
    warnings: list[str] = Field(default_factory=list)


class KeptModel(Model):
    """The file models/<id>/made.json: the model, and how to tell that it need not be made again."""

    key: Sha256
    """Digest of all that it was made of."""
    files_sha256: Sha256
    """Digest of the other files beside this one."""
    model: MadeModel


class MadeModels(Model):
    """The file models/models.json."""

    models: list[MadeModel]


def told_nothing(file: str) -> ModelEntry:
    """The entry of a model that models.yaml does not name."""
    return ModelEntry.model_validate({"file": file})
