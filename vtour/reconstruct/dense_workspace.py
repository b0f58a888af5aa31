"""COLMAP's dense workspace: undistorted images, their model, and the map files of each pass."""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.files import remove
from vtour.reconstruct.depthmaps import is_map_whole, read_map, write_map
from vtour.reconstruct.stereo import Sparse, View
from vtour.reconstruct.views import Observations, observations_of, source_views

Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

PHOTOMETRIC, REFINED, GEOMETRIC = "photometric", "refined", "geometric"
CACHE_BYTES = 1 << 30


@dataclass(frozen=True)
class DenseWorkspace:
    """A dense workspace on disk and the sparse model that it holds.

    root    : the folder (``depth/``).
    model   : pycolmap.Reconstruction with pinhole cameras.
    photos  : image id to the path of the photo it was made from, in the inventory.
    sources : image id to the ids of the images to match it with, the best first.
    """

    root: Path
    model: Any
    photos: dict[int, str]
    sources: dict[int, list[int]] = field(default_factory=dict)

    def name(self, image_id: int) -> str:
        """The image's name in this workspace."""
        return str(self.model.images[image_id].name)

    def image_path(self, image_id: int) -> Path:
        """The undistorted image."""
        return self.root / "images" / self.name(image_id)

    def mask_path(self, image_id: int) -> Path:
        """The undistorted mask, of images whose photo has one."""
        return self.root / "masks" / f"{self.name(image_id)}.png"

    def read_mask(self, image_id: int) -> BoolArray | None:
        """Which pixels may be used, (h, w) bool; None for all of them."""
        path = self.mask_path(image_id)
        if not path.is_file():
            return None
        with Image.open(path) as opened:
            mask: BoolArray = np.asarray(opened) > 0
        return mask

    def map_path(self, image_id: int, kind: str, stage: str) -> Path:
        """A map's file; kind is 'depth' or 'normal', stage one of the passes."""
        name = f"{self.name(image_id)}.{stage}.bin"
        return self.root / "stereo" / f"{kind}_maps" / name

    def size(self, image_id: int) -> tuple[int, int]:
        """Width and height in pixels."""
        camera = self.model.cameras[self.model.images[image_id].camera_id]
        return int(camera.width), int(camera.height)

    @property
    def matched(self) -> list[int]:
        """Ids of the images that have sources to match with, ascending."""
        return sorted(i for i, others in self.sources.items() if others)

    def has_maps(self, image_id: int, stage: str) -> bool:
        """Whether both maps of a pass are there and whole."""
        return all(
            is_map_whole(self.map_path(image_id, kind, stage), self.size(image_id))
            for kind in ("depth", "normal")
        )

    def write_maps(
        self, image_id: int, stage: str, depth: Float32Array, normal: Float32Array
    ) -> None:
        """Write both maps of a pass."""
        write_map(self.map_path(image_id, "normal", stage), normal)
        write_map(self.map_path(image_id, "depth", stage), depth)

    def read_maps(self, image_id: int, stage: str) -> tuple[Float32Array, Float32Array]:
        """Depth (h, w) and normal (h, w, 3) maps of a pass."""
        depth, normal = (
            read_map(self.map_path(image_id, kind, stage)) for kind in ("depth", "normal")
        )
        return depth, normal

    def remove_maps(self, image_id: int, stage: str) -> None:
        """Remove both maps of a pass."""
        for kind in ("depth", "normal"):
            remove(self.map_path(image_id, kind, stage))

    def read_image(self, image_id: int) -> UInt8Array:
        """The undistorted image, (h, w, 3) uint8 sRGB."""
        with Image.open(self.image_path(image_id)) as opened:
            return np.asarray(opened.convert("RGB"))

    def read_view(self, image_id: int) -> View:
        """The grey image with its camera."""
        image = self.model.images[image_id]
        with Image.open(self.image_path(image_id)) as opened:
            grey = np.asarray(opened.convert("L"))
        return View(
            name=self.name(image_id),
            calibration=self.model.cameras[image.camera_id].calibration_matrix(),
            cam_from_world=image.cam_from_world().matrix(),
            grey=grey,
        )

    @functools.cached_property
    def observations(self) -> Observations:
        """All observations of sparse points."""
        return observations_of(self.model)

    def centres(self) -> dict[int, FloatArray]:
        """Camera centres in the world."""
        return {i: image.projection_center() for i, image in self.model.images.items()}

    def choose_sources(self, count: int, min_points: int) -> None:
        """Fill ``sources``; images with fewer sparse points than asked get none."""
        chosen = source_views(self.observations, self.centres(), count)
        for image_id, others in chosen.items():
            enough = np.count_nonzero(self.observations.image == image_id) >= min_points
            self.sources[image_id] = others if enough else []

    def sparse_of(self, image_id: int) -> Sparse:
        """The sparse points that an image sees, in front of it."""
        seen = self.observations
        mine = seen.image == image_id
        cam_from_world = self.model.images[image_id].cam_from_world().matrix()
        depths = seen.position[seen.point[mine]] @ cam_from_world[2, :3] + cam_from_world[2, 3]
        front = depths > 1e-9
        return Sparse(pixels=seen.pixel[mine][front], depths=depths[front])


class Shelf:
    """Views and maps that were read lately: bounded memory, whatever the number of photos."""

    def __init__(self, desk: DenseWorkspace) -> None:
        """Hold at most CACHE_BYTES of each kind, and never fewer than a reference needs."""
        largest = max((w * h for w, h in map(desk.size, desk.matched)), default=1)
        fewest = 2 + max((len(others) for others in desk.sources.values()), default=0)
        self.view = functools.lru_cache(max(fewest, CACHE_BYTES // largest))(desk.read_view)
        self.depth = functools.lru_cache(max(fewest, CACHE_BYTES // (4 * largest)))(
            lambda image_id, stage: read_map(desk.map_path(image_id, "depth", stage))
        )
