"""Write a scene for augmented reality on Android: a GLB that Google's Scene Viewer reads.

Scene Viewer reads neither meshopt nor WebP, so this is plain glTF with JPEG, or PNG where a
picture has holes. Its limits are in developers.google.com/ar/develop/scene-viewer: at most
100 thousand triangles, and textures of 2048 pixels.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vtour.errors import InputError
from vtour.files import replacing
from vtour.glb.pictures import MapKind, PictureFormat, encode_maps, maps_of
from vtour.glb.scene import Scene
from vtour.glb.write import check_scene, plain_glb
from vtour.glb.xmp import Credits
from vtour.optimise.writing.geometry import seen
from vtour.options import StageOptions, option

MOST_FACES = 100_000
MOST_PX = 2048


@dataclass(frozen=True, kw_only=True)
class ArOptions(StageOptions):
    """How pictures are stored in files for augmented reality."""

    colour_quality: int = option(85, "JPEG quality of colours.", minimum=1, maximum=95)
    numbers_quality: int = option(
        92, "JPEG quality of normals, roughness and occlusion.", minimum=1, maximum=95
    )

    @property
    def quality(self) -> dict[MapKind, int]:
        """Of pictures, by what they say."""
        numbers = dict.fromkeys(MapKind, self.numbers_quality)
        return {**numbers, MapKind.colour: self.colour_quality}


AR_DEFAULTS = ArOptions()


def write_ar_glb(
    path: Path,
    scene: Scene,
    options: ArOptions = AR_DEFAULTS,
    *,
    credits: Credits | None = None,
    name: str = "site",
) -> None:
    """Write a scene that stands on the floor, all or nothing; same scene, same bytes.

    Raises InputError for more faces or larger textures than augmented reality takes.
    """
    standing = on_floor(ready_for_ar(scene))
    pictures = encode_maps(standing, PictureFormat.jpg, options.quality)
    with replacing(path) as temporary:
        temporary.write_bytes(plain_glb(standing, pictures, credits=credits, name=name))


def ready_for_ar(scene: Scene) -> Scene:
    """The scene without what its materials do not look at.

    Raises InputError for more faces than MOST_FACES, a texture larger than MOST_PX, or more
    pixels of one kind of map than one such texture has.
    """
    check_scene(scene)
    if scene.faces > MOST_FACES:
        raise InputError(f"model for AR: {scene.faces:,} faces, expected at most {MOST_FACES:,}")
    for each in maps_of(scene).values():
        height, width = each.texture.pixels.shape[:2]
        if max(height, width) > MOST_PX:
            found = f"a texture of {width} x {height} px"
            raise InputError(f"model for AR: {found}, expected at most {MOST_PX} x {MOST_PX}")
    for kind, count in pixels_by_kind(scene).items():
        if count > MOST_PX**2:
            found = f"{count:,} px of {kind} maps"
            raise InputError(f"model for AR: {found}, expected one set of {MOST_PX} x {MOST_PX}")
    return replace(scene, parts=[seen(part, scene) for part in scene.parts])


def pixels_by_kind(scene: Scene) -> dict[MapKind, int]:
    """How many pixels the pictures of a scene have, by what they say."""
    pixels: dict[MapKind, int] = {}
    for each in maps_of(scene).values():
        height, width = each.texture.pixels.shape[:2]
        pixels[each.kind] = pixels.get(each.kind, 0) + height * width
    return pixels


def on_floor(scene: Scene) -> Scene:
    """The scene moved so that the middle of its base is the origin; +Y stays up."""
    low, high = scene.bounds
    middle = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2], np.float64)
    parts = [
        replace(part, positions=(part.positions - middle).astype(np.float32))
        for part in scene.parts
    ]
    return replace(scene, parts=parts)
