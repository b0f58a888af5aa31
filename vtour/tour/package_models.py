"""The models of a scene package: what the derivatives stage listed, copied and checked."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from pydantic import TypeAdapter, ValidationError

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.frames import world_from_tileset
from vtour.glb.container import parts_from_glb
from vtour.schema.tour import Derivative, ModelTiles, Poster, TourModel, Usage
from vtour.tour.gltf_summary import summary_of_gltf
from vtour.tour.media import copy_file
from vtour.tour.nodes import tiles_digest
from vtour.tour.package_points import copy_tiles
from vtour.workspace import Workspace

TILESET = "model/tiles/tileset.json"


@dataclass
class PackedModels:
    """Models and their poster, and the digests of their files by URI."""

    models: list[TourModel] = field(default_factory=list)
    poster: Poster | None = None
    files: dict[str, str] = field(default_factory=dict)


def pack_models(work: Workspace, package: Path) -> PackedModels:
    """Copy the derivatives and the poster into a package; none when no model was made.

    Raises InputError when a derivative is missing or not the file that was listed.
    """
    packed = PackedModels()
    if not work.derivatives_list.is_file():
        return packed
    derivatives = _read_derivatives(work.derivatives_list)
    for derivative in derivatives:
        packed.files[derivative.uri] = _copy_derivative(work, derivative, package)
    finest = [each for each in derivatives if each.usage is Usage.web3d][-1]
    document, _ = parts_from_glb(package / finest.uri)
    bounds = summary_of_gltf(document).bounds
    low, high = (None, None) if bounds is None else bounds.tolist()
    tiles = _pack_tiles(work, package, packed.files)
    packed.models = [
        TourModel(id="site", bounds_min=low, bounds_max=high, derivatives=derivatives, tiles=tiles)
    ]
    packed.poster = _copy_poster(work, package, packed.files)
    return packed


def _pack_tiles(work: Workspace, package: Path, files: dict[str, str]) -> ModelTiles | None:
    """Copy the model's tileset, when it has one; its first file goes to ``files``."""
    source = work.model_tiles / "tileset.json"
    if not source.is_file():
        return None
    copy_file(source, package / TILESET)
    uris = copy_tiles(work.model_tiles, package, TILESET.rpartition("/")[0])
    try:
        tileset = json.loads(source.read_bytes())
        root = tileset["root"]
        first = work.model_tiles / str(root["content"]["uri"])
        tiles = ModelTiles(
            uri=TILESET,
            world_from_tileset=world_from_tileset(),
            faces=int(tileset["extras"]["faces"]),
            bytes=sum((package / uri).stat().st_size for uri in (*uris, TILESET)),
            first_bytes=source.stat().st_size + first.stat().st_size,
            error_m=float(root["geometricError"]),
            tiles_sha256=tiles_digest((uri, file_digest(package / uri)) for uri in uris),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(f"{source}: {error!r}, expected a tileset, build again") from None
    files[TILESET] = file_digest(package / TILESET)
    return tiles


def _copy_derivative(work: Workspace, derivative: Derivative, package: Path) -> str:
    source = work.root / derivative.uri
    if not source.is_file():
        raise InputError(
            f"{source}: not found, expected the file {work.derivatives_list.name} lists"
        )
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
