"""What report.html says of models made elsewhere: where they stand, their versions, their looks."""

from dataclasses import dataclass

import numpy as np

from vtour.errors import InputError
from vtour.model_files import read_made_models
from vtour.report.pictures import data_uri
from vtour.schema.models import MadeModel, PlacedBy
from vtour.schema.tour import Usage
from vtour.workspace import Workspace

PLACES = {
    PlacedBy.crs: "by its crs",
    PlacedBy.matrix: "by its world_from_model",
    PlacedBy.position: "by its position",
    PlacedBy.own: "its own coordinates are the site's",
    PlacedBy.unknown: "not known: put at the site's origin",
}


@dataclass(frozen=True)
class Version:
    """A web version; ``ssim`` is that of the worst view, None of a model that was only packed."""

    name: str
    bytes: int
    faces: int
    ssim: float | None


@dataclass(frozen=True)
class ModelRow:
    """A model: its size in the world's units, how it was placed, its versions, pictures."""

    id: str
    file: str
    faces: int | None
    size: tuple[float, float, float]
    place: str
    is_placed: bool
    versions: list[Version]
    poster: str | None
    strip: str | None


def model_rows(work: Workspace) -> list[ModelRow]:
    """Every model that was made, in the order of the tour; none when the list is damaged."""
    try:
        return [_row(work, made) for made in read_made_models(work.made_models)]
    except InputError:  # said where it is used
        return []


def _row(work: Workspace, made: MadeModel) -> ModelRow:
    x, y, z = (float(value) for value in np.subtract(made.bounds_max, made.bounds_min))
    poster = f"models/{made.id}/poster.webp"
    versions = _versions(made)
    return ModelRow(
        id=made.id,
        file=made.file,
        faces=made.faces,
        size=(x, y, z),
        place=PLACES[made.placed_by],
        is_placed=made.placed_by is not PlacedBy.unknown,
        versions=versions,
        poster=_picture(work, poster),
        strip=_picture(work, f"models/{made.id}/looks/{versions[-1].name}.webp"),
    )


def _versions(made: MadeModel) -> list[Version]:
    shown = [one for one in made.derivatives if one.usage is Usage.web3d]
    return [
        Version(
            name := one.quality.value.lower(),
            one.bytes,
            one.faces,
            made.looks.get(name, {}).get("ssim"),
        )
        for one in shown
    ]


def _picture(work: Workspace, name: str) -> str | None:
    path = work.root / name
    return data_uri("image/webp", path.read_bytes()) if path.is_file() else None
