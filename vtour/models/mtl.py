"""Materials of OBJ: what a .mtl tells, as metallic-roughness.

Roughness is that of the highlight (Karis 2013, Physically Based Shading on the Web: a Blinn-Phong
exponent n is an alpha of sqrt(2 / (n + 2)), and alpha is roughness squared). ``illum 0`` is unlit.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.errors import InputError
from vtour.glb.mesh import UInt8Array
from vtour.glb.read_pictures import GLTF_PICTURES, picture_pixels
from vtour.glb.scene import AlphaMode, Material, Texture, Wrap
from vtour.models.named_files import NamedFiles
from vtour.models.parts import Notes
from vtour.models.uris import shown
from vtour.srgb import linear_from_srgb

MAX_MTL_BYTES = 16 << 20
MAX_MATERIALS = 4096
MAX_PIXELS_IN_ALL = 2_000_000_000
PICTURES = (*GLTF_PICTURES, "TIFF", "BMP", "TGA")
NUMBER = r"[-+]?[0-9.]+(?:e[-+]?\d+)?"
OPTION = re.compile(
    rf"-(?:(?:o|s|t)(?:\s+{NUMBER}){{1,3}}|mm\s+{NUMBER}\s+{NUMBER}|"
    r"(?P<clamp>clamp\s+on)|\w+\s+\S+)\s+",
    re.IGNORECASE,
)
MAPS = {
    "map_kd": "base", "map_ke": "emission", "norm": "normal", "map_kn": "normal",
    "bump": "bump", "map_bump": "bump", "map_d": "alpha",
}  # fmt: skip
IGNORED_MAPS = ("map_ks", "map_ns", "map_pr", "map_pm", "map_ps", "disp", "decal", "refl")


@dataclass
class _Told:
    """The statements of one material."""

    numbers: dict[str, list[float]] = field(default_factory=dict)
    maps: dict[str, str] = field(default_factory=dict)

    def first(self, key: str, otherwise: float) -> float:
        return self.numbers.get(key, [otherwise])[0]

    def colour(self, key: str, otherwise: float) -> tuple[float, float, float]:
        values = self.numbers.get(key, [otherwise])
        red, green, blue = values if len(values) == 3 else values[:1] * 3
        light = linear_from_srgb(np.clip([red, green, blue], 0, 1))
        return float(light[0]), float(light[1]), float(light[2])


def read_mtl(model: Path, path: Path, wanted: Set[str], notes: Notes) -> dict[str, Material]:
    """Those materials of a file that are wanted, by their names.

    model : the OBJ, in whose folder, or the file's own, the pictures lie.

    Raises InputError for pictures that are damaged, too large, or lie elsewhere; those that are
    missing are noted.
    """
    told = _statements(path)
    pictures = _Pictures(model, path, notes)
    return {name: _material(name, told[name], pictures, notes) for name in told if name in wanted}


def picture_names(model: Path, path: Path, wanted: Set[str]) -> dict[str, Path | None]:
    """The pictures that the materials that are wanted name, and their files where there are any.

    Raises InputError for pictures that lie elsewhere.
    """
    pictures = _Pictures(model, path, Notes())
    found: dict[str, Path | None] = {}
    for name, told in _statements(path).items():
        if name in wanted:
            texts = [text for text in told.maps.values() if text]
            found |= {_file_name(text)[0]: pictures.path(_file_name(text)[0]) for text in texts}
    return found


def _statements(path: Path) -> dict[str, _Told]:
    if path.stat().st_size > MAX_MTL_BYTES:
        raise InputError(f"{path.name}: larger than {MAX_MTL_BYTES:,} bytes, expected materials")
    told: dict[str, _Told] = {}
    current = _Told()
    for line in path.read_text("utf-8-sig", "replace").splitlines():
        word, _, rest = line.strip().partition(" ")
        word, rest = word.lower(), rest.strip()
        if word == "newmtl":
            current = told.setdefault(rest, _Told())
            if len(told) > MAX_MATERIALS:
                raise InputError(f"{path.name}: more than {MAX_MATERIALS:,} materials")
        elif word in MAPS or word in IGNORED_MAPS:
            current.maps[MAPS.get(word, word)] = rest
        else:
            numbers = _numbers(rest)
            if numbers:
                current.numbers[word] = numbers
    return told


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(word) for word in text.split()[:3]]
    except ValueError:
        return []
    return numbers if np.isfinite(numbers).all() else []


def _material(name: str, told: _Told, pictures: "_Pictures", notes: Notes) -> Material:
    base, alpha = pictures.texture(told, "base"), pictures.texture(told, "alpha")
    ignored = sum(key in IGNORED_MAPS for key in told.maps)
    if ignored:
        notes.add("{} maps of shine, metal or height, left out", ignored)
    red, green, blue = told.colour("kd", 1.0)
    if base is not None and max(red, green, blue) == 0:
        red = green = blue = 1.0  # black in the file, and still meant to show its picture
    opaque = min(1.0, max(0.0, told.first("d", 1 - told.first("tr", 0.0))))
    mode = AlphaMode.blend if opaque < 1 else AlphaMode.opaque
    if base is not None and alpha is not None:
        base, mode = _with_alpha(base, alpha), AlphaMode.mask
    elif base is not None:
        base = _without_alpha(base)
    emission = pictures.texture(told, "emission")
    material = Material(
        name=name[:200],
        base_colour=(red, green, blue, opaque),
        base=base,
        metallic=min(1.0, max(0.0, told.first("pm", 0.0))),
        roughness=_roughness(told),
        normal=_normal_map(told, pictures, notes),
        emissive=told.colour("ke", 0.0),
        emission=None if emission is None else _without_alpha(emission),
        alpha_mode=mode,
        double_sided=True,
        unlit=told.first("illum", 2) == 0,
    )
    if material.emission is not None and max(material.emissive) == 0:
        material = replace(material, emissive=(1.0, 1.0, 1.0))
    return material


def _roughness(told: _Told) -> float:
    if "pr" in told.numbers:
        return min(1.0, max(0.0, told.first("pr", 1.0)))
    shines = max(told.colour("ks", 0.0)) > 0 and told.first("illum", 2) >= 2
    exponent = max(0.0, told.first("ns", 0.0))
    return float((2 / (exponent + 2)) ** 0.25) if shines else 1.0


def _normal_map(told: _Told, pictures: "_Pictures", notes: Notes) -> Texture | None:
    """A normal map, also where it goes by the name of a bump map; heights are left out."""
    if "normal" in told.maps:
        texture = pictures.texture(told, "normal")
        return None if texture is None else _without_alpha(texture)
    texture = pictures.texture(told, "bump")
    if texture is None:
        return None
    red, green, blue = texture.pixels[..., :3].reshape(-1, 3)[::17].mean(axis=0)
    if 96 < red < 160 and 96 < green < 160 and blue > 180:
        return _without_alpha(texture)
    notes.add("{} bump maps of heights, left out")
    return None


def _without_alpha(texture: Texture) -> Texture:
    if texture.pixels.shape[2] == 3:
        return texture
    return replace(texture, pixels=np.ascontiguousarray(texture.pixels[..., :3]))


def _with_alpha(base: Texture, alpha: Texture) -> Texture:
    """The alpha of one picture, or its brightness when it has none, on another."""
    source: UInt8Array = alpha.pixels[..., -1] if alpha.pixels.shape[2] == 4 else (
        np.rint(alpha.pixels.mean(axis=2)).astype(np.uint8)
    )  # fmt: skip
    height, width = base.pixels.shape[:2]
    if source.shape != (height, width):
        image = Image.fromarray(np.ascontiguousarray(source))
        source = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    return replace(base, pixels=np.dstack([base.pixels[..., :3], source]))


class _Pictures:
    """Gives each picture once."""

    def __init__(self, model: Path, library: Path, notes: Notes) -> None:
        self._model, self._notes = model, notes
        self._files = NamedFiles(model, notes)
        below = library.parent.relative_to(model.parent).as_posix()
        self._folders = [""] if below == "." else ["", below]
        self._textures: dict[tuple[Path, bool], Texture] = {}
        self._left = MAX_PIXELS_IN_ALL

    def texture(self, told: _Told, key: str) -> Texture | None:
        text = told.maps.get(key)
        if not text:
            return None
        name, is_clamped = _file_name(text)
        path = self.path(name)
        if path is None:
            self._notes.add(f"texture {shown(name)} not found, left out")
            return None
        if (path, is_clamped) not in self._textures:
            pixels = picture_pixels(path.read_bytes(), path.name, formats=PICTURES)
            self._left -= pixels.shape[0] * pixels.shape[1]
            if self._left < 0:
                most = f"at most {MAX_PIXELS_IN_ALL:,}"
                raise InputError(
                    f"{self._model.name}: textures of too many pixels, expected {most}"
                )
            wrap = Wrap.clamp if is_clamped else Wrap.repeat
            self._textures[path, is_clamped] = Texture(pixels, (wrap, wrap))
        return self._textures[path, is_clamped]

    def path(self, name: str) -> Path | None:
        """The file of a picture, beside the model or its materials; None when not there."""
        return self._files.find(name, "texture", self._folders)


def _file_name(text: str) -> tuple[str, bool]:
    """The file of a map statement behind its options, and whether it is clamped."""
    is_clamped = False
    while text.startswith("-") and (match := OPTION.match(text)):
        is_clamped |= match["clamp"] is not None
        text = text[match.end() :]
    return text.strip(), is_clamped
