"""Which photos see each face of the mesh, how well, and in which colour.

The mesh is ray-cast into a depth map per photo (through the true camera model); a face is
visible where its vertices and centre are not behind that map. Quality is the projected area
times the cosine of the viewing angle times the gradient magnitude there: the data term of
Waechter, Moehrle and Goesele (Let there be color, 2014), with the mean gradient of a window
in place of the integral.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.atlas.topology import BoolArray, FloatArray, IntArray, face_vectors
from vtour.files import UInt8Array
from vtour.masks import read_mask
from vtour.progress import Progress, no_progress
from vtour.reconstruct.photo_views import View
from vtour.workspace import Workspace

Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]

DEPTH_SIDE_PX = 900
SCORE_SIDE_PX = 1600  # photos are scored at this size
BORDER_PX = 2.0
EDGE_RADIUS_PX = 2  # of the depth map: this close to something nearer, a photo is distrusted
EDGE_PENALTY = 0.05
STEEP_PENALTY = 0.02  # beyond the widest angle: stretched, yet better than a guess
LEAST_COSINE = 0.05
MOST_SLOPE = 6.0
GRADIENT_FLOOR = 4.0  # grey levels a pixel: a flat wall still counts by its area
WINDOW_PX = 5


class DataTerm(StrEnum):
    """What makes a photo good for a face."""

    gradient = "gradient"
    area = "area"


@dataclass(frozen=True, kw_only=True)
class FaceViews:
    """For each of m faces its k best photos, in no order; -1 where there are fewer."""

    view: Int32Array
    """(m, k) index of the photo, or -1."""
    quality: Float32Array
    """(m, k), 0 where there is none."""
    colour: Float32Array
    """(m, k, 3) mean colour of the face in that photo, 0 to 255."""
    gradient: Float32Array
    """(m, k) gradient magnitude of the face in that photo, grey levels a pixel."""
    radius2: Float32Array
    """(m, k) squared distance from the photo's centre to the face, 1 in the photo's corners."""
    plainness: Float32Array
    """(m,) smallest gradient magnitude in any photo, grey levels a pixel; inf if none sees it."""

    @staticmethod
    def empty(faces: int, most: int) -> "FaceViews":
        """A table without any photo."""
        return FaceViews(
            view=np.full((faces, most), -1, np.int32),
            quality=np.zeros((faces, most), np.float32),
            colour=np.zeros((faces, most, 3), np.float32),
            gradient=np.zeros((faces, most), np.float32),
            radius2=np.zeros((faces, most), np.float32),
            plainness=np.full(faces, np.inf, np.float32),
        )

    def where(self, keep: BoolArray) -> "FaceViews":
        """The rows of the faces that ``keep`` marks."""
        return FaceViews(
            view=self.view[keep],
            quality=self.quality[keep],
            colour=self.colour[keep],
            gradient=self.gradient[keep],
            radius2=self.radius2[keep],
            plainness=self.plainness[keep],
        )

    def without(self, out: BoolArray) -> "FaceViews":
        """The table less the entries that ``out`` (m, k) marks."""
        return replace(
            self,
            view=np.where(out, np.int32(-1), self.view),
            quality=np.where(out, np.float32(0), self.quality),
        )

    def offer(self, view: int, offer: "Offer") -> None:
        """Put a photo in the place of each face's worst one, where it is better."""
        slot = self.quality[offer.faces].argmin(axis=1)
        better = offer.quality.astype(np.float32) > self.quality[offer.faces, slot]
        faces, slot = offer.faces[better], slot[better]
        self.view[faces, slot] = view
        self.quality[faces, slot] = offer.quality[better]
        self.colour[faces, slot] = offer.colour[better]
        self.gradient[faces, slot] = offer.gradient[better]
        self.radius2[faces, slot] = offer.radius2[better]
        self.plainness[offer.faces] = np.minimum(self.plainness[offer.faces], offer.gradient)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one photo has for k faces; see FaceViews."""

    faces: IntArray
    quality: FloatArray
    colour: Float32Array
    gradient: Float32Array
    radius2: FloatArray


def ray_scene(positions: FloatArray, faces: IntArray) -> Any:
    """An Open3D scene of the mesh to cast rays at."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(positions.astype(np.float32)),
        o3d.core.Tensor.from_numpy(faces.astype(np.uint32)),
    )
    return scene


def depth_map(scene: Any, view: View, side_px: int = DEPTH_SIDE_PX) -> Float32Array:
    """Depth (h, w) of the mesh in a photo, along the optical axis; inf where nothing is hit."""
    import open3d as o3d

    scale = min(1.0, side_px / max(view.width, view.height))
    width, height = max(1, round(view.width * scale)), max(1, round(view.height * scale))
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    pixels = np.stack([x.ravel() * view.width / width, y.ravel() * view.height / height], axis=1)
    rays = np.empty((len(pixels), 6), np.float32)
    rays[:, :3] = view.centre
    rays[:, 3:] = view.rays(pixels)
    hits: Float32Array = scene.cast_rays(o3d.core.Tensor.from_numpy(rays))["t_hit"].numpy()
    return hits.reshape(height, width)


def table_of_views(
    positions: FloatArray,
    faces: IntArray,
    views: list[View],
    work: Workspace,
    *,
    most: int,
    widest_angle: float,
    data_term: DataTerm = DataTerm.gradient,
    progress: Progress = no_progress,
) -> FaceViews:
    """The ``most`` best photos of every face. widest_angle: to its normal, in radians."""
    scene = ray_scene(positions, faces)
    table = FaceViews.empty(len(faces), most)
    for index, view in enumerate(views):
        progress(index / len(views), f"visibility {index + 1} of {len(views)}")
        photo = view.read(work, scale=min(1.0, SCORE_SIDE_PX / max(view.width, view.height)))
        mask = read_mask(work, view.file)
        seen = faces_seen(positions, faces, view, depth_map(scene, view), widest_angle, mask)
        if len(seen.faces):
            gradient, colour = score_images(photo)
            at = nearest_pixel(seen.pixels, view, photo.shape)
            quality = seen.area * seen.trust
            if data_term is DataTerm.gradient:
                quality *= seen.cosine * (gradient[at] + GRADIENT_FLOOR)
            offer = Offer(
                faces=seen.faces,
                quality=quality,
                colour=colour[at],
                gradient=gradient[at],
                radius2=radius2(seen.pixels, view),
            )
            table.offer(index, offer)
    return table


def radius2(pixels: FloatArray, view: View) -> FloatArray:
    """Squared distance (n,) of pixels (n, 2) from the photo's centre, 1 in its corners."""
    half = np.array([view.width, view.height]) / 2
    result: FloatArray = ((pixels - half) ** 2).sum(axis=1) / (half**2).sum()
    return result


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Faces (k,) that one photo sees: where their centres are (k, 2), and how well."""

    faces: IntArray
    pixels: FloatArray
    area: FloatArray
    cosine: FloatArray
    trust: FloatArray


def faces_seen(
    positions: FloatArray,
    faces: IntArray,
    view: View,
    depths: Float32Array,
    widest_angle: float,
    mask: BoolArray | None = None,
) -> Seen:
    """Faces that lie in the photo, look towards it and are not hidden, nor masked out.

    mask (h, w) of the upright photo: False where it may not be used. Beyond the widest angle
    (radians) a photo is trusted only where there is no other.
    """
    pixels, depth = view.project(positions)
    low, high = BORDER_PX, np.array([view.width, view.height]) - BORDER_PX
    with np.errstate(invalid="ignore"):
        inside: BoolArray = np.all((pixels >= low) & (pixels <= high), axis=1)
    found = np.flatnonzero(inside[faces].all(axis=1))
    cosine = facing(positions, faces[found], view.centre)
    towards = cosine >= LEAST_COSINE
    if mask is not None:
        towards[towards] = unmasked(pixels[faces[found[towards]]], mask, view)
    found, cosine = found[towards], cosine[towards]

    corners = faces[found]
    at = np.concatenate([pixels[corners], pixels[corners].mean(axis=1, keepdims=True)], axis=1)
    far = np.concatenate([depth[corners], depth[corners].mean(axis=1, keepdims=True)], axis=1)
    visible, clear = depth_test(at, far, cosine, depths, view)
    a, b, c = (pixels[corners[:, k]] for k in range(3))
    steep = cosine < np.cos(widest_angle)
    area = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    return Seen(
        faces=found[visible],
        pixels=at[visible, 3],
        area=area[visible],
        cosine=cosine[visible],
        trust=(np.where(clear, 1.0, EDGE_PENALTY) * np.where(steep, STEEP_PENALTY, 1.0))[visible],
    )


def unmasked(corners: FloatArray, mask: BoolArray, view: View) -> BoolArray:
    """Which faces, by their corners' pixels (k, 3, 2), have no masked-out pixel in their box.

    A pixel on each side is asked as well: colours are taken between pixels.
    """
    black = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    black[1:, 1:] = np.cumsum(np.cumsum(~mask, axis=0), axis=1)
    scale = np.array([mask.shape[1] / view.width, mask.shape[0] / view.height])
    size = np.array(mask.shape[::-1])
    low = np.clip(np.floor(corners.min(axis=1) * scale).astype(np.int64) - 1, 0, size)
    high = np.clip(np.floor(corners.max(axis=1) * scale).astype(np.int64) + 2, 0, size)
    (left, up), (right, down) = low.T, high.T
    count = black[down, right] - black[up, right] - black[down, left] + black[up, left]
    result: BoolArray = count == 0
    return result


def facing(positions: FloatArray, faces: IntArray, centre: FloatArray) -> FloatArray:
    """Cosine (m,) between each face's normal and the direction from it to a camera."""
    normal = face_vectors(positions, faces)
    towards = centre - positions[faces].mean(axis=1)
    length = np.linalg.norm(normal, axis=1) * np.linalg.norm(towards, axis=1)
    result: FloatArray = (normal * towards).sum(axis=1) / np.maximum(length, 1e-300)
    return result


def depth_test(
    pixels: FloatArray, depth: FloatArray, cosine: FloatArray, depths: Float32Array, view: View
) -> tuple[BoolArray, BoolArray]:
    """Whether faces are visible, and whether nothing nearer is close by in the photo.

    pixels (k, s, 2) and depth (k, s) of s samples a face. A sample may lie behind the map by
    as much as a slanted face recedes within the pixels compared.
    """
    import cv2

    height, width = depths.shape
    column = pixels[..., 0] * (width / view.width) - 0.5
    row = pixels[..., 1] * (height / view.height) - 0.5
    slope = np.minimum(np.sqrt(1 - np.minimum(cosine, 1) ** 2) / cosine, MOST_SLOPE)
    pixel_m = depth / mean_focal(view) * (view.width / width)
    slack = pixel_m * (1 + 1.5 * slope[:, None])

    def at(grid: Float32Array, down: FloatArray, right: FloatArray) -> Float32Array:
        down, right = np.clip(down, 0, height - 1), np.clip(right, 0, width - 1)
        return grid[down.astype(np.int64), right.astype(np.int64)]

    around = [at(depths, np.floor(row) + i, np.floor(column) + j) for i in (0, 1) for j in (0, 1)]
    visible = (np.max(around, axis=0) >= depth - slack).all(axis=1)
    size = 2 * EDGE_RADIUS_PX + 1
    nearest = cv2.erode(depths, np.ones((size, size), np.uint8))
    clear = (at(nearest, np.rint(row), np.rint(column)) >= depth - (size - 1) * slack).all(axis=1)
    return visible, clear


def mean_focal(view: View) -> float:
    """Focal length in pixels."""
    return float(view.camera.mean_focal_length())


def score_images(photo: UInt8Array) -> tuple[Float32Array, Float32Array]:
    """Gradient magnitude (h, w) and colour (h, w, 3) of a photo, both means over a window."""
    import cv2

    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    right = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    window = (WINDOW_PX, WINDOW_PX)
    return cv2.blur(np.hypot(right, down), window), cv2.blur(photo.astype(np.float32), window)


def nearest_pixel(
    pixels: FloatArray, view: View, shape: tuple[int, ...]
) -> tuple[IntArray, IntArray]:
    """Row and column, in an image of the photo at another size, of pixels (n, 2) of the photo."""
    column = np.floor(pixels[:, 0] * (shape[1] / view.width)).astype(np.int64)
    row = np.floor(pixels[:, 1] * (shape[0] / view.height)).astype(np.int64)
    return np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1)
