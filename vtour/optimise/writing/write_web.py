"""Write a scene for the web: quantised, compressed, with pictures as small as they look good.

What was measured (26 November 2026, two busy cores). Geometry alone, positions and uvs of 14 bits,
normals of 8; bytes of the file, and after brotli 11, which a server does:

    model, faces              meshopt (EXT)        meshopt (KHR)        Draco                none
    arch 150,000, unlit       772,316   534,075    700,232   533,320    353,016   353,021    3.02 MB
    arch 150,000, lit       1,039,016   767,873    963,968   763,468    433,868   418,934    3.42 MB
    lund-door 150,000, unlit  850,228   578,065    768,476   575,682    345,044   345,049    3.13 MB
    venus 24,058, unlit        74,252    52,222     69,844    49,647     32,756    32,161    0.24 MB
    venus 24,058, lit         130,780   103,515    126,100   100,182     42,988    42,137    0.33 MB
    whale_mandible 100,000    304,664   207,229    270,300   189,419    131,132   131,137    1.00 MB

    arch, unlit, opened by three.js in Chromium (median of 7, the first apart):
    meshopt 29 ms (204)   KHR 31 ms   Draco 340 ms (906)   none 232 ms
    and Draco's decoder has 250 kB of its own, which meshopt's (30 kB) has not.
So meshopt is the default, and Draco is for where bytes count most: many faces, a slow line, a
decoder that is loaded anyway.
"""

from dataclasses import dataclass
from pathlib import Path

from vtour.files import replacing
from vtour.glb.pictures import MapKind, Picture, PictureFormat, encode_maps
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits, add_credits
from vtour.optimise.writing.geometry import Compression, Geometry, pack_geometry
from vtour.optimise.writing.quantise import GeometryBits
from vtour.options import StageOptions, option


@dataclass(frozen=True, kw_only=True)
class WebOptions(StageOptions):
    """How a web version is stored."""

    compression: Compression = option(Compression.meshopt, "How geometry is packed.")
    position_bits: int = option(14, "Steps along the longest side.", minimum=8, maximum=16)
    uv_bits: int = option(14, "Steps across a texture.", minimum=8, maximum=16)
    normal_bits: int = option(8, "Steps of each axis of a normal.", minimum=6, maximum=16)
    pictures: PictureFormat = option(PictureFormat.webp, "How textures are stored.")
    colour_quality: int = option(85, "Of base colour and emission.", minimum=1, maximum=100)
    normal_quality: int = option(90, "Of normal maps.", minimum=1, maximum=100)
    surface_quality: int = option(80, "Of roughness and metal.", minimum=1, maximum=100)
    occlusion_quality: int = option(70, "Of ambient occlusion.", minimum=1, maximum=100)

    @property
    def bits(self) -> GeometryBits:
        """How finely attributes are stored."""
        return GeometryBits(self.position_bits, self.uv_bits, self.normal_bits)

    @property
    def quality(self) -> dict[MapKind, int]:
        """Of pictures, by what they say."""
        return {
            MapKind.colour: self.colour_quality,
            MapKind.normal: self.normal_quality,
            MapKind.surface: self.surface_quality,
            MapKind.occlusion: self.occlusion_quality,
        }


WEB_DEFAULTS = WebOptions()


@dataclass(frozen=True)
class GlbBytes:
    """What a GLB weighs: its pictures, and everything else."""

    geometry: int
    pictures: int

    @property
    def total(self) -> int:
        """The size of the file."""
        return self.geometry + self.pictures


def write_web(
    path: Path,
    scene: Scene,
    options: WebOptions = WEB_DEFAULTS,
    *,
    credits: Credits | None = None,
    name: str = "site",
) -> GlbBytes:
    """Write a scene, all or nothing; same scene and options, same bytes. Returns what it weighs.

    Raises InputError for a scene that is not whole or a picture too large for its format,
    ResourceError when Node or its packages are missing.
    """
    geometry = pack_geometry(scene, options.compression, options.bits, name=name)
    pictures = encode_pictures(scene, options)
    return write_joined(path, scene, geometry, pictures, credits)


def write_joined(
    path: Path,
    scene: Scene,
    geometry: Geometry,
    pictures: dict[int, Picture],
    credits: Credits | None = None,
) -> GlbBytes:
    """Write geometry and pictures of a scene that were made before."""
    data = joined_glb(scene, geometry, pictures, credits)
    with replacing(path) as temporary:
        temporary.write_bytes(data)
    return _weighed(len(data), pictures)


def bytes_of(
    scene: Scene,
    options: WebOptions = WEB_DEFAULTS,
    *,
    geometry: Geometry | None = None,
    pictures: dict[int, Picture] | None = None,
    credits: Credits | None = None,
) -> GlbBytes:
    """What ``write_web`` would write weighs; what was made before is not made again."""
    if geometry is None:
        geometry = pack_geometry(scene, options.compression, options.bits)
    if pictures is None:
        pictures = encode_pictures(scene, options)
    return _weighed(len(joined_glb(scene, geometry, pictures, credits)), pictures)


def encode_pictures(scene: Scene, options: WebOptions) -> dict[int, Picture]:
    """The pictures of a scene, by ``id`` of their pixels.

    Raises InputError when one is larger than the format can hold.
    """
    if options.pictures is PictureFormat.ktx2:
        from vtour.optimise.writing.ktx2 import encode_ktx2

        return encode_ktx2(scene, options.quality)
    return encode_maps(scene, options.pictures, options.quality)


def joined_glb(
    scene: Scene,
    geometry: Geometry,
    pictures: dict[int, Picture],
    credits: Credits | None = None,
) -> bytes:
    """The bytes of a GLB."""
    document = geometry.copy()
    add_credits(document, credits)
    document.add_materials(scene, pictures, geometry.uv_transforms)
    return document.glb()


def _weighed(total: int, pictures: dict[int, Picture]) -> GlbBytes:
    seen = sum(len(picture.data) for picture in pictures.values())
    return GlbBytes(total - seen, seen)
