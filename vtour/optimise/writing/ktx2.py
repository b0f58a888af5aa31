"""Pictures as KTX2, which stay compressed in the memory of a graphics card.

Colours become ETC1S, normals and other numbers UASTC: ETC1S shows its blocks in what is smooth.
It is Basis Universal in Node, on one core: minutes for a large map. What was encoded once is
therefore kept in the user's cache folder, by the content of the picture.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.errors import InputError, ResourceError
from vtour.files import replacing
from vtour.glb.mesh import UInt8Array
from vtour.glb.pictures import Map, MapKind, Picture, maps_of, pixels_of
from vtour.glb.scene import Scene
from vtour.node import SCRIPTS, run_script
from vtour.threads import in_order

PACKAGE = "ktx2-encoder"
MOST_PIXELS = 12 << 20  # of Basis Universal 2.5 in 32 bits
BLOCK_PX = 4
LIMIT_S = 3600
MIME_TYPE = "image/ktx2"
UASTC = ("uastc", "0", "linear")


def encode_ktx2(scene: Scene, quality: dict[MapKind, int]) -> dict[int, Picture]:
    """The pictures of a scene by ``id`` of their pixels; quality is that of colours alone.

    Raises InputError for pictures of more than MOST_PIXELS, ResourceError when Node or the encoder
    is missing.
    """
    maps = maps_of(scene)

    def encoded(each: Map) -> Picture:
        return Picture(encode_map(each, quality[each.kind]), MIME_TYPE)

    found = in_order(encoded, list(maps.values()))
    return {id(each.texture.pixels): picture for each, picture in found}


def encode_map(each: Map, quality: int) -> bytes:
    """One picture, from the cache when it was encoded before."""
    pixels = in_blocks(pixels_of(each))
    is_colour = each.kind is MapKind.colour
    etc1s = ("etc1s", str(max(1, round(quality * 2.55))), "srgb")
    settings = etc1s if is_colour else UASTC
    key = hashlib.sha256(repr((encoder_version(), settings, pixels.shape)).encode())
    key.update(pixels.tobytes())
    kept = cache_folder() / f"{key.hexdigest()}.ktx2"
    if not kept.is_file():
        _encode(pixels, settings, kept)
    return kept.read_bytes()


def in_blocks(pixels: UInt8Array) -> UInt8Array:
    """(h, w, 4): resized to the nearest multiples of 4 pixels, which the formats ask for."""
    height, width = pixels.shape[:2]
    if height * width > MOST_PIXELS:
        found = f"texture: {width} x {height} px"
        raise InputError(f"{found}, expected at most {MOST_PIXELS:,} px in all in KTX2")
    image = Image.fromarray(pixels).convert("RGBA")
    size = tuple(max(BLOCK_PX, round(side / BLOCK_PX) * BLOCK_PX) for side in (width, height))
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image)


def _encode(pixels: UInt8Array, settings: tuple[str, str, str], target: Path) -> None:
    height, width = pixels.shape[:2]
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder, replacing(target) as temporary:
        source = Path(folder, "pixels")
        source.write_bytes(pixels.tobytes())
        size = (str(width), str(height))
        run_script("ktx2", source, temporary, *size, *settings, limit_s=LIMIT_S)


def encoder_version() -> str:
    """Of the package that is installed. Raises ResourceError when it is not."""
    path = SCRIPTS / "node_modules" / PACKAGE / "package.json"
    try:
        return str(json.loads(path.read_text())["version"])
    except FileNotFoundError:
        found = f"{PACKAGE}: not installed"
        raise ResourceError(f"{found}, expected `npm ci` to have been run in {SCRIPTS}") from None


def cache_folder() -> Path:
    """Where encoded pictures are kept: XDG_CACHE_HOME, or what the system has for it."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "vtour" / "ktx2"
