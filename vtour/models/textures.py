"""Textures of a glTF document: found, decoded once, within a limit for all together."""

from pathlib import Path
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.glb.accessors import GltfData
from vtour.glb.mesh import UInt8Array
from vtour.glb.read_pictures import data_uri_bytes, picture_pixels
from vtour.glb.scene import Texture, Wrap
from vtour.models.parts import Notes
from vtour.models.uris import file_of_uri

WRAPS = {33071: Wrap.clamp, 33648: Wrap.mirror, 10497: Wrap.repeat}
MAX_PIXELS_IN_ALL = 2_000_000_000
SOURCES = ("EXT_texture_webp", "EXT_texture_avif")


class Textures:
    """Gives each picture and each texture once, however many materials name it."""

    def __init__(self, path: Path, data: GltfData, notes: Notes) -> None:
        self._path, self._data, self._notes = path, data, notes
        self._pictures: dict[int, UInt8Array] = {}
        self._textures: dict[tuple[int, tuple[Wrap, Wrap], bool], Texture] = {}
        self._left = MAX_PIXELS_IN_ALL

    def texture(self, info: dict[str, Any], *, with_alpha: bool = False) -> Texture | None:
        """The texture that a ``textureInfo`` names; None when it has no picture to be read.

        Raises InputError for pictures that are missing, damaged or too large.
        """
        texture = self._data.item("textures", info["index"])
        source = texture.get("source")
        for extension in SOURCES:
            source = texture.get("extensions", {}).get(extension, {}).get("source", source)
        if source is None:
            self._notes.add("{} textures without a picture that is read here (KTX2), left out")
            return None
        sampler = {}
        if "sampler" in texture:
            sampler = self._data.item("samplers", texture["sampler"])
        wrap = (
            WRAPS.get(sampler.get("wrapS", 10497), Wrap.repeat),
            WRAPS.get(sampler.get("wrapT", 10497), Wrap.repeat),
        )
        key = (source, wrap, with_alpha)
        if key not in self._textures:
            pixels = self._picture(source)
            if not with_alpha and pixels.shape[2] == 4:
                pixels = np.ascontiguousarray(pixels[..., :3])
            self._textures[key] = Texture(pixels, wrap)
        return self._textures[key]

    def _picture(self, index: Any) -> UInt8Array:
        image = self._data.item("images", index)
        if index not in self._pictures:
            pixels = picture_pixels(self._bytes(image), self._path.name)
            self._left -= pixels.shape[0] * pixels.shape[1]
            if self._left < 0:
                most = f"at most {MAX_PIXELS_IN_ALL:,}"
                raise InputError(f"{self._path.name}: textures of too many pixels, expected {most}")
            self._pictures[index] = pixels
        return self._pictures[index]

    def _bytes(self, image: dict[str, Any]) -> bytes | memoryview:
        if "bufferView" in image:
            return self._data.view(image["bufferView"])
        uri = str(image["uri"])
        if uri.startswith("data:"):
            return data_uri_bytes(uri, "image/", self._path.name, "picture")
        return file_of_uri(self._path, uri, "picture").read_bytes()
