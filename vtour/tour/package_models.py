"""The models of a scene package: what the stages listed, copied and checked."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.frames import (
    FloatArray,
    box_corners,
    columns_from_matrix,
    matrix_from_columns,
    transform_points,
    world_from_tileset,
)
from vtour.glb.container import parts_from_glb
from vtour.glb.gltf_summary import summary_of_gltf
from vtour.model_files import read_made_models
from vtour.schema.models import MadeModel
from vtour.schema.tour import Derivative, ModelTiles, Poster, TourModel, Usage
from vtour.tour.media import copy_file
from vtour.tour.nodes import tiles_digest
from vtour.tour.package_points import copy_tiles
from vtour.workspace import Workspace

TILESET = "tileset.json"


@dataclass
class PackedModels:
    """Models and their poster, and the digests of their files by URI."""

    models: list[TourModel] = field(default_factory=list)
    poster: Poster | None = None
    files: dict[str, str] = field(default_factory=dict)


def pack_models(work: Workspace, package: Path) -> PackedModels:
    """Copy derivatives and posters into a package; none when no model was made.

    The model of the site comes first, then those made elsewhere.

    Raises InputError when a derivative is missing or not the file that was listed.
    """
    packed = PackedModels()
    _pack_own(work, package, packed)
    for made in read_made_models(work.made_models):
        packed.models.append(_pack_made(work, made, package, packed.files))
    if packed.poster is None:
        packed.poster = next((one.poster for one in packed.models if one.poster), None)
    return packed


def _pack_own(work: Workspace, package: Path, packed: PackedModels) -> None:
    """The model that photos and scans gave, when there is one."""
    if not work.derivatives_list.is_file():
        return
    derivatives = _read_derivatives(work.derivatives_list)
    for derivative in derivatives:
        listed = work.derivatives_list
        packed.files[derivative.uri] = _copy_derivative(work, derivative, package, listed)
    finest = [each for each in derivatives if each.usage is Usage.web3d][-1]
    document, _ = parts_from_glb(package / finest.uri)
    bounds = summary_of_gltf(document).bounds
    low, high = (None, None) if bounds is None else bounds.tolist()
    tiles = _pack_tiles(work.model_tiles, "model/tiles", np.eye(4), package, packed.files)
    packed.models = [
        TourModel(id="site", bounds_min=low, bounds_max=high, derivatives=derivatives, tiles=tiles)
    ]
    packed.poster = _copy_poster(work, package, packed.files)


def _pack_made(work: Workspace, made: MadeModel, package: Path, files: dict[str, str]) -> TourModel:
    """A model made elsewhere: its files, its place, its box in the world."""
    for derivative in made.derivatives:
        files[derivative.uri] = _copy_derivative(work, derivative, package, work.made_models)
    if made.poster is not None:
        copy_file(work.root / made.poster.uri, package / made.poster.uri)
        files[made.poster.uri] = file_digest(package / made.poster.uri)
    world_from_model = matrix_from_columns(made.world_from_model)
    corners = transform_points(world_from_model, box_corners(made.bounds_min, made.bounds_max))
    source = work.made_model(made.id) / "tiles"
    tiles = None
    if made.has_tiles:
        tiles = _pack_tiles(source, f"models/{made.id}/tiles", world_from_model, package, files)
    return TourModel(
        id=made.id,
        title=made.title,
        license=made.license,
        credit=made.credit,
        poster=made.poster,
        world_from_model=made.world_from_model,
        bounds_min=corners.min(axis=0).tolist(),
        bounds_max=corners.max(axis=0).tolist(),
        derivatives=made.derivatives,
        tiles=tiles,
    )


def _pack_tiles(
    folder: Path, uri: str, world_from_model: FloatArray, package: Path, files: dict[str, str]
) -> ModelTiles | None:
    """Copy a model's tileset, when it has one; its first file goes to ``files``.

    uri : of its folder in the package.
    """
    source, first_uri = folder / TILESET, f"{uri}/{TILESET}"
    if not source.is_file():
        return None
    copy_file(source, package / first_uri)
    uris = copy_tiles(folder, package, uri)
    try:
        tileset = json.loads(source.read_bytes())
        root = tileset["root"]
        first = folder / str(root["content"]["uri"])
        tiles = ModelTiles(
            uri=first_uri,
            world_from_tileset=columns_from_matrix(
                world_from_model @ matrix_from_columns(world_from_tileset())
            ),
            faces=int(tileset["extras"]["faces"]),
            bytes=sum((package / one).stat().st_size for one in (*uris, first_uri)),
            first_bytes=source.stat().st_size + first.stat().st_size,
            error_m=float(root["geometricError"]),
            tiles_sha256=tiles_digest((one, file_digest(package / one)) for one in uris),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"{source}: {error!r}, expected a tileset, build again") from None
    files[first_uri] = file_digest(package / first_uri)
    return tiles


def _copy_derivative(work: Workspace, derivative: Derivative, package: Path, listed: Path) -> str:
    source = work.root / derivative.uri
    if not source.is_file():
        raise InputError(f"{source}: not found, expected the file {listed.name} lists")
    copy_file(source, package / derivative.uri)
    digest = file_digest(package / derivative.uri)
    if digest != derivative.sha256:
        raise InputError(
            f"{source}: SHA-256 {digest[:12]}…, expected {derivative.sha256[:12]}… as listed"
        )
    return digest


def _read_derivatives(path: Path) -> list[Derivative]:
    try:
        found = TypeAdapter(list[Derivative]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected derivatives") from None
    if not any(each.usage is Usage.web3d for each in found):
        raise InputError(f"{path}: lists no derivative for the web, expected at least one")
    return found


def _copy_poster(work: Workspace, package: Path, files: dict[str, str]) -> Poster | None:
    if not work.poster.is_file():
        return None
    uri = f"model/{work.poster.name}"
    copy_file(work.poster, package / uri)
    files[uri] = file_digest(package / uri)
    with Image.open(package / uri, formats=("WEBP",)) as image:
        return Poster(uri=uri, width=image.width, height=image.height)
