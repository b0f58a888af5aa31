"""What a build will have to do, in units of work, and what a unit costs: time and memory.

Pure functions of the sizes of what was captured and of the options. All figures that a faster
stage changes stand in RATES and the constants below it: ``python -m benchmarks.speed.plan``
prints for finished work folders what each stage was planned to take, what it took, and the factor
to multiply its rates by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from vtour.machine_speed import Speed
from vtour.memory import ENGINES_BYTES
from vtour.optimise.derivatives import DerivativesOptions
from vtour.options import StageOptions
from vtour.panorama.blur import BlurOptions
from vtour.panorama.needs import blur_bytes
from vtour.panorama.stitch import StitchOptions
from vtour.reconstruct.cloud import MOST_SCAN_POINTS
from vtour.reconstruct.depth import DepthOptions
from vtour.reconstruct.features import FeatureOptions
from vtour.reconstruct.fuse import FuseOptions
from vtour.reconstruct.mesh import MeshOptions
from vtour.reconstruct.needs import (
    depth_bytes,
    fuse_bytes,
    largest_px,
    mesh_bytes,
    texture_bytes,
)
from vtour.reconstruct.texture import TextureOptions
from vtour.scan.cleaning.options import CleanOptions
from vtour.threads import worker_count

Size = tuple[int, int]
"""Width and height in pixels."""

MEGA = 1e6


@dataclass(frozen=True)
class Rate:
    """What a unit of work costs on the reference machine (2 cores, see machine_speed).

    seconds     : wall time of a unit.
    on_all      : whether the work is shared by all cores.
    """

    seconds: float
    on_all: bool = False


RATES = {
    # stitch: megapixels of the sets' photos
    "stitch": Rate(1.0),
    # blur: megapixels that are searched, of photos, and of spheres, which are cut into views
    "blur_photo": Rate(1.4, on_all=True),
    "blur_sphere": Rate(1.3, on_all=True),
    # features: megapixels of SIFT; pairs times square thousands of keypoints; pairs of spheres
    # times thousands of keypoints: where they share little, it is searched for longest
    "sift": Rate(0.3, on_all=True),
    "sift_sphere": Rate(0.4, on_all=True),
    "match": Rate(0.002, on_all=True),
    "sphere_pair": Rate(0.05, on_all=True),
    # sparse: megapixels of SIFT of photos, spheres; world: images
    "solve": Rate(0.22),
    "solve_sphere": Rate(0.3),
    "world": Rate(0.02),
    # scans: millions of points; register: stations, pairs of them; world: images with a scan
    "scan_read": Rate(0.5),
    "register": Rate(4.0, on_all=True),
    "register_pair": Rate(1.8, on_all=True),
    "tie": Rate(0.4, on_all=True),
    # cloud, points: millions of points read, kept
    "clean": Rate(2.6, on_all=True),
    "tile": Rate(0.4, on_all=True),
    # depth: megapixels of depth map, times photos that each is matched with
    "stereo": Rate(1.75, on_all=True),
    # fuse: megapixels of depth map
    "fuse": Rate(0.55),
    # mesh: a mesh, and millions of points
    "mesh": Rate(10.0),
    "mesh_point": Rate(13.0),
    # texture: a model, that of a scan alone; megapixels of atlas, of photos, millions of faces
    # times photos
    "texture": Rate(4.0),
    "texture_scan": Rate(20.0),
    "atlas": Rate(0.8),
    "texture_photo": Rate(0.12),
    "texture_view": Rate(0.5),
    # derivatives: a model, millions of its faces, both by how much is looked at
    "derivatives": Rate(40.0),
    "derivatives_face": Rate(350.0),
    # models: a model made elsewhere, millions of its faces, both by how much is looked at
    "model": Rate(45.0),
    "model_face": Rate(800.0),
    # master, pyramid: megapixels of the panoramas
    "master": Rate(0.2),
    "pyramid": Rate(0.2),
    # package: bytes are copied, a site
    "package": Rate(0.3),
}
"""November 2026: arch, lund-door, brighton, ruin-360, the synthetic site."""

KEYPOINTS_PER_MEGAPIXEL = 2700.0  # of SIFT; real photos had 3100 to 3300, synthetic ones 1400
DOUBLED_KEYPOINTS = 1900.0  # of a megapixel that doubling made of a quarter
POINTS_PER_MAP_PIXEL = 0.15  # fused, before thinning: the full synthetic site
TIED_IMAGES = 60  # that are compared with a scan, at most
SEEN_ONCE = 0.8  # of the scans' points left when what several stations saw is thinned
MUTUAL = 0.8  # pairs for each neighbour that is looked for: some have chosen each other
PANORAMA_PHOTOS = 5.5  # widths of a set's photo around the sphere, 65 degrees each

SIFT_PIXEL_BYTES = 60  # of a photo that is searched for keypoints
SIFT_PROCESS_BYTES = 100_000_000  # of each process for it, before any photo
SIFT_SPHERE_BYTES = 35  # of a pixel of a sphere, which is searched view by view
KEYPOINT_BYTES = 144
IMAGE_SOLVED_BYTES = 3_000_000  # a camera, its keypoints and tracks
ATLAS_COPY_BYTES = 32  # a pixel of the atlas that is made smaller, baked, encoded
MODEL_BYTES = 1_500_000_000  # textures of a model made elsewhere, and its views
TEXTURE_PIXEL_BYTES = 8  # of the pictures beside it: one of 16384 px took 2.0 GB more
FACE_COPY_BYTES = 1500  # a face of the master that is simplified, unwrapped
SCAN_READ_BYTES = 500_000_000  # a chunk here, and one in the process that unpacks
REGISTERED_BYTES = 50_000_000  # a station after thinning, with its levels and trees
CLEANED_BYTES = 900_000_000  # blocks of the cloud, whatever its size
TILED_BYTES = 500_000_000  # parts of the cloud, whatever its size
SPHERE_PIXEL_BYTES = 8  # of the panorama that is levelled or cut
STITCH_PIXEL_BYTES = 12


@dataclass(frozen=True)
class Captured:
    """Sizes of what was captured: upright photos, panoramas, photos of the sets to stitch.

    stations : points of every scan.
    models : faces of every model made elsewhere, 0 for one that moves.
    textures : pixels of the pictures beside each of them, in the same order; those inside of a GLB
        are not known.
    """

    photos: tuple[Size, ...] = ()
    panoramas: tuple[Size, ...] = ()
    sets: tuple[tuple[Size, ...], ...] = ()
    stations: tuple[int, ...] = ()
    models: tuple[int, ...] = ()
    textures: tuple[int, ...] = ()

    def spheres(self, stitch: StitchOptions) -> tuple[Size, ...]:
        """Panoramas, and those that will be stitched: as wide as their photos are fine."""
        stitched = []
        for sizes in self.sets:
            widest = max((width for width, _ in sizes), default=0)
            width = min(stitch.max_width_px, int(PANORAMA_PHOTOS * widest))
            stitched.append((width, width // 2))
        return (*self.panoramas, *stitched)


@dataclass(frozen=True)
class Load:
    """What one stage will do: amounts by the names of RATES; and its peak memory."""

    amounts: Mapping[str, float]
    peak_bytes: int

    def wall_s(self, speed: Speed) -> float:
        """Expected wall time on a machine."""
        return sum(
            amount * RATES[name].seconds * (speed.all if RATES[name].on_all else speed.one)
            for name, amount in self.amounts.items()
        )


def loads(captured: Captured, options: Mapping[str, StageOptions]) -> dict[str, Load]:
    """The load of every stage that has one, by its name."""
    spheres = captured.spheres(cast(StitchOptions, options["stitch"]))
    found = {
        "stitch": _stitch(captured),
        "blur": _blur(captured, spheres, cast(BlurOptions, options["blur"])),
        "features": _features(captured, spheres, cast(FeatureOptions, options["features"])),
        "sparse": _sparse(captured, spheres, cast(FeatureOptions, options["features"])),
        "world": _world(captured, spheres),
        **_scans(captured, cast(CleanOptions, options["cloud"])),
        **_model(captured, options),
        "models": _models(captured, cast(DerivativesOptions, options["models"])),
        **_tiles(spheres),
        "package": Load({"package": 1.0}, ENGINES_BYTES),
    }
    return {name: load for name, load in found.items() if any(load.amounts.values())}


def _stitch(captured: Captured) -> Load:
    sets = [_pixels(sizes) for sizes in captured.sets]
    peak = ENGINES_BYTES + STITCH_PIXEL_BYTES * int(max(sets, default=0))
    return Load({"stitch": sum(sets) / MEGA}, peak)


def _blur(captured: Captured, spheres: tuple[Size, ...], options: BlurOptions) -> Load:
    if not options.find_faces:
        return Load({}, ENGINES_BYTES)
    photos = [_shrunk(size, options.photo_px) for size in captured.photos]
    views = [_shrunk(size, options.sphere_px) for size in spheres]
    whole = [width * height for width, height in (*captured.photos, *spheres)]
    searched = int(max((w * h for w, h in (*photos, *views)), default=0))
    amounts = {"blur_photo": _pixels(photos) / MEGA, "blur_sphere": _pixels(views) / MEGA}
    return Load(amounts, blur_bytes(whole, searched, worker_count()))


def _features(captured: Captured, spheres: tuple[Size, ...], options: FeatureOptions) -> Load:
    if len(captured.photos) + len(spheres) < 2:
        return Load({}, ENGINES_BYTES)
    photos = [
        _for_sift(size, options, options.sift_px, options.double_up_to_px)
        for size in captured.photos
    ]
    views = [
        _for_sift(size, options, options.sphere_px, options.double_spheres_up_to_px)
        for size in spheres
    ]
    pairs = _pairs(len(photos) + len(views), options)
    of_photos = [_keypoints(size, options.max_features) for size in photos]
    of_views = [_keypoints(size, options.sphere_features) for size in views]
    keypoints = of_photos + of_views
    mean = sum(keypoints) / len(keypoints)
    at_once = max(
        *(SIFT_PIXEL_BYTES * view.megapixels for view in photos),
        *(SIFT_SPHERE_BYTES * view.megapixels for view in views),
    )
    peak = ENGINES_BYTES + worker_count() * (SIFT_PROCESS_BYTES + int(at_once * MEGA))
    amounts = {
        "sift": sum(view.megapixels for view in photos),
        "sift_sphere": sum(view.megapixels for view in views),
        "match": pairs * (mean / 1000) ** 2,
        "sphere_pair": _pairs(len(views), options) * sum(of_views) / 1000 / max(1, len(views)),
    }
    return Load(amounts, peak + KEYPOINT_BYTES * int(sum(keypoints)))


def _pairs(images: int, options: FeatureOptions) -> float:
    """How many pairs of images are matched."""
    whole = images * (images - 1) / 2
    if images > options.exhaustive_up_to:
        whole = min(whole, images * options.neighbours * MUTUAL)
    return whole


def _sparse(captured: Captured, spheres: tuple[Size, ...], options: FeatureOptions) -> Load:
    images = len(captured.photos) + len(spheres)
    if images < 2:
        return Load({}, ENGINES_BYTES)
    photos = [_shrunk(size, options.sift_px) for size in captured.photos]
    amounts = {"solve": _pixels(photos) / MEGA, "solve_sphere": float(len(spheres))}
    return Load(amounts, ENGINES_BYTES + IMAGE_SOLVED_BYTES * images)


def _world(captured: Captured, spheres: tuple[Size, ...]) -> Load:
    images = len(captured.photos) + len(spheres)
    amounts = {"world": float(images), "tie": float(min(images, TIED_IMAGES))}
    if not captured.stations:
        del amounts["tie"]
    return Load(amounts, ENGINES_BYTES + IMAGE_SOLVED_BYTES * images // 2)


def _scans(captured: Captured, options: CleanOptions) -> dict[str, Load]:
    """From the files to a merged cloud and its tiles; nothing without scans."""
    count = len(captured.stations)
    millions = sum(captured.stations) / MEGA
    kept = merged_points(captured, options)
    return {
        "scans": Load({"scan_read": millions}, SCAN_READ_BYTES),
        "register": Load(
            {"register": float(count), "register_pair": count * (count - 1) / 2},
            ENGINES_BYTES + REGISTERED_BYTES * count,
        ),
        "cloud": Load({"clean": millions}, ENGINES_BYTES + CLEANED_BYTES),
        "points": Load({"tile": kept / MEGA}, ENGINES_BYTES + TILED_BYTES),
    }


def merged_points(captured: Captured, options: CleanOptions) -> float:
    """About how many points are left where stations overlap."""
    return min(SEEN_ONCE * sum(captured.stations), float(options.max_points))


def _model(captured: Captured, options: Mapping[str, StageOptions]) -> dict[str, Load]:
    """From depth maps to the web versions; nothing without photos and scans."""
    found = _photo_points(captured, options)
    mesh, texture = cast(MeshOptions, options["mesh"]), cast(TextureOptions, options["texture"])
    photos = captured.photos
    if len(photos) < 2 and not captured.stations:
        return {}
    atlas, faces = texture.texture_px**2, mesh.max_faces
    points = fused_points(captured, options)
    if captured.stations:
        merged = merged_points(captured, cast(CleanOptions, options["cloud"]))
        points += min(merged, MOST_SCAN_POINTS)
    looks = looked_at(cast(DerivativesOptions, options["derivatives"]))
    by_photos = {
        "texture": 1.0,
        "atlas": atlas / MEGA,
        "texture_photo": _pixels(list(photos)) / MEGA,
        "texture_view": faces / MEGA * len(photos),
    }
    return found | {
        "mesh": Load({"mesh": 1.0, "mesh_point": points / MEGA}, mesh_bytes(int(points), faces)),
        "texture": Load(
            by_photos if len(photos) > 1 else {"texture_scan": 1.0},
            texture_bytes(largest_px(list(photos)), faces, texture.texture_px),
        ),
        "derivatives": Load(
            {"derivatives": looks, "derivatives_face": looks * faces / MEGA},
            ENGINES_BYTES + ATLAS_COPY_BYTES * atlas + FACE_COPY_BYTES * faces,
        ),
    }


def _models(captured: Captured, options: DerivativesOptions) -> Load:
    """Models made elsewhere, each as the site's own."""
    still = [faces for faces in captured.models if faces]
    textures = captured.textures or (0,) * len(captured.models)
    largest = max(
        (
            FACE_COPY_BYTES * faces + TEXTURE_PIXEL_BYTES * pixels
            for faces, pixels in zip(captured.models, textures, strict=True)
            if faces
        ),
        default=0,
    )
    peak = ENGINES_BYTES + MODEL_BYTES + largest
    looks = looked_at(options)
    amounts = {"model": looks * len(still), "model_face": looks * sum(still) / MEGA}
    return Load(amounts, peak)


def looked_at(options: DerivativesOptions) -> float:
    """What web versions take of the time of eight views of 1024 px: half of it is for looking."""
    return 0.5 + 0.5 * options.views * (options.view_px / 1024) ** 2 / 8


def fused_points(captured: Captured, options: Mapping[str, StageOptions]) -> float:
    """About how many points the depth maps give."""
    if len(captured.photos) < 2:
        return 0.0
    depth, fuse = cast(DepthOptions, options["depth"]), cast(FuseOptions, options["fuse"])
    maps = [_shrunk(size, depth.depth_px) for size in captured.photos]
    return min(POINTS_PER_MAP_PIXEL * _pixels(maps), float(fuse.max_points))


def _photo_points(captured: Captured, options: Mapping[str, StageOptions]) -> dict[str, Load]:
    """Depth maps and their cloud; nothing without photos."""
    depth, fuse = cast(DepthOptions, options["depth"]), cast(FuseOptions, options["fuse"])
    photos = captured.photos
    if len(photos) < 2:
        return {}
    maps = [_shrunk(size, depth.depth_px) for size in photos]
    map_px, largest = _pixels(maps), largest_px(list(photos))
    sources = min(depth.sources, len(photos) - 1)
    largest_map = int(max(width * height for width, height in maps))
    return {
        "depth": Load(
            {"stereo": map_px / MEGA * sources},
            depth_bytes(largest, largest_map, len(photos)),
        ),
        "fuse": Load({"fuse": map_px / MEGA}, fuse_bytes(int(map_px), largest_map, fuse)),
    }


def _tiles(spheres: tuple[Size, ...]) -> dict[str, Load]:
    sizes = [width * height for width, height in spheres]
    peak = ENGINES_BYTES + SPHERE_PIXEL_BYTES * max(sizes, default=0)
    megapixels = sum(sizes) / MEGA
    return {
        "master": Load({"master": megapixels}, peak),
        "pyramid": Load({"pyramid": megapixels}, peak),
    }


def _shrunk(size: Size, longest_px: float) -> tuple[float, float]:
    """A size with its long side at most ``longest_px``."""
    scale = min(1.0, longest_px / max(size))
    return size[0] * scale, size[1] * scale


@dataclass(frozen=True)
class Searched:
    """An image as SIFT sees it: shrunk, or doubled where it is small."""

    megapixels: float
    is_doubled: bool


def _for_sift(size: Size, options: FeatureOptions, longest_px: int, double_up_to: int) -> Searched:
    width, height = _shrunk(size, longest_px)
    is_doubled = max(width, height) <= double_up_to or options.first_octave < 0
    return Searched((4 if is_doubled else 1) * width * height / MEGA, is_doubled)


def _keypoints(view: Searched, most: int) -> float:
    rate = DOUBLED_KEYPOINTS if view.is_doubled else KEYPOINTS_PER_MEGAPIXEL
    return min(rate * view.megapixels, float(most))


def _pixels(sizes: list[tuple[float, float]] | list[Size] | tuple[Size, ...]) -> float:
    return float(sum(width * height for width, height in sizes))
