"""A room with mottled walls: photos of it solved in a frame of their own, and laser scans."""

from dataclasses import dataclass

import numpy as np
import pycolmap
from scipy.spatial.transform import Rotation

from vtour.clouds.store import write_store
from vtour.sphere import PANO_FROM_CAM, pixels_from_rays, rays_from_pixels
from vtour.world.model import SparseModel
from vtour.world.scan_tie import Scans
from vtour.world.similarity import Similarity

LOW, HIGH = np.array([-4.0, -3.0, -1.5]), np.array([4.0, 3.0, 1.8])
WIDTH, HEIGHT, FOCAL = 320, 240, 160.0
SCAN_COLUMNS = 440
WALL_AXES = [0, 0, 1, 1, 2, 2]
WALLS = np.array([-4.0, 4.0, -3.0, 3.0, -1.5, 1.8])
UPRIGHT = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""cam_from_room of a camera that looks along +y, its top to +z."""


class Room:
    """Walls at LOW and HIGH, z up, each mottled in its own way."""

    def __init__(self, seed):
        import cv2

        rng = np.random.default_rng(seed)
        self.mottle = []
        for _ in range(6):
            layers = [
                cv2.resize(rng.uniform(0, 1, (n, n)), (512, 512), interpolation=cv2.INTER_CUBIC)
                for n in (8, 24, 72)
            ]
            mean = sum(layers) / 3
            self.mottle.append(np.clip(mean * 400 - 70, 0, 255))

    def look(self, centre, rays):
        """Distances (n,) and grey values (n,) along unit rays (n, 3)."""
        with np.errstate(divide="ignore"):
            to_walls = np.where(rays > 0, (HIGH - centre) / rays, (LOW - centre) / rays)
        axis = to_walls.argmin(axis=1)
        away = to_walls.min(axis=1)
        places = centre + away[:, None] * rays
        share = np.clip((places - LOW) / (HIGH - LOW), 0, 1)
        grey = np.zeros(len(rays))
        for wall in range(6):
            own = (axis == wall // 2) & ((rays[np.arange(len(rays)), axis] > 0) == (wall % 2))
            u, v = np.delete(share[own], wall // 2, axis=1).T * 511
            grey[own] = self.mottle[wall][v.astype(int), u.astype(int)]
        return away, grey


@dataclass(frozen=True)
class Site:
    """A sparse model of the room, where it truly lies, and the photos by name."""

    model: SparseModel
    room_from_sfm: Similarity
    photos: dict[str, np.ndarray]

    def read(self, name, side_px):
        import cv2

        photo = self.photos[name]
        factor = min(1.0, side_px / photo.shape[1])
        size = (2 * round(photo.shape[1] * factor / 2), round(photo.shape[0] * factor))
        return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)


ROOM_FROM_SFM = Similarity(
    2.7, Rotation.from_euler("xyz", (0.4, -1.1, 2.0)).as_matrix(), np.array([5.0, -3.0, 11.0])
)


def photographed(room, *, photos=18, points=2000, seed=0, noise=0.002):
    """Photos all around from amid the room, and the true model with ``noise`` metres."""
    rng = np.random.default_rng(seed)
    rays = rng.normal(size=(points, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    away, _ = room.look(np.zeros(3), rays)
    in_room = away[:, None] * rays
    fit = ROOM_FROM_SFM
    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera(
        camera_id=1, model="PINHOLE", width=WIDTH, height=HEIGHT,
        params=[FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2],
    )  # fmt: skip
    model.add_camera_with_trivial_rig(camera)
    tracks, pictures = [pycolmap.Track() for _ in in_room], {}
    for number in range(photos):
        yaw = Rotation.from_euler("z", 2 * np.pi * number / photos + 0.1).as_matrix()
        pitch = Rotation.from_euler("x", (0.0, 0.7, -0.7)[number % 3]).as_matrix()
        cam_from_room = UPRIGHT @ (yaw @ pitch).T
        centre = rng.uniform(-1.2, 1.2, 3) * [1, 1, 0.3]
        name = f"photos/{number:02d}.jpg"
        pictures[name] = _picture(room, cam_from_room, centre)
        in_cam = (in_room - centre) @ cam_from_room.T
        pixels = FOCAL * in_cam[:, :2] / in_cam[:, 2:] + [WIDTH / 2, HEIGHT / 2]
        inside = ((pixels > 0) & (pixels < (WIDTH, HEIGHT))).all(axis=1) & (in_cam[:, 2] > 0.1)
        own = np.flatnonzero(inside)
        for index, point in enumerate(own):
            tracks[point].add_element(number + 1, index)
        image = pycolmap.Image(name=name, camera_id=1, image_id=number + 1)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(pixels[point]) for point in own])
        cam_from_sfm = cam_from_room @ fit.rotation
        in_sfm = fit.rotation.T @ (centre - fit.translation) / fit.scale
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(cam_from_sfm), -cam_from_sfm @ in_sfm)
        model.add_image_with_trivial_frame(image, pose)
    moved = in_room + rng.normal(0, noise, in_room.shape)
    for place, track in zip(
        (moved - fit.translation) @ fit.rotation / fit.scale, tracks, strict=True
    ):
        if track.length() >= 3:
            model.add_point3D(place, track, np.zeros(3, np.uint8))
    return Site(SparseModel.of(model), fit, pictures)


PLACES = ((1.5, 0.5, 0.0), (-1.8, -0.8, 0.2))


def scanned(room, folder, *, columns=("rgb",), without=()):
    """Scans from two places whose poses take to the room's frame.

    without : walls left out, 0 to 5: -x, +x, -y, +y, floor, ceiling.
    """
    poses, stores = [], []
    column, row = np.meshgrid(np.arange(SCAN_COLUMNS), np.arange(SCAN_COLUMNS // 2))
    azimuth = 2 * np.pi * (column.reshape(-1) + 0.5) / SCAN_COLUMNS
    elevation = np.pi / 2 - np.pi * (row.reshape(-1) + 0.5) / (SCAN_COLUMNS // 2)
    level = np.cos(elevation)
    rays = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], axis=1)
    rng = np.random.default_rng(5)
    for number, place in enumerate(PLACES):
        pose = np.eye(4)
        pose[:3, :3] = Rotation.from_euler("zyx", (1.3 * number, 0.01, -0.02)).as_matrix()
        pose[:3, 3] = place
        away, grey = room.look(np.array(place), rays @ pose[:3, :3].T)
        away = away + rng.normal(0, 0.002, len(away))
        placed = np.array(place) + away[:, None] * (rays @ pose[:3, :3].T)
        off = np.abs(placed[:, WALL_AXES] - WALLS)
        seen = ~np.isin(off.argmin(axis=1), without)
        found = {
            "xyz": (rays * away[:, None]).astype(np.float32),
            "rgb": np.repeat(grey[:, None], 3, axis=1).astype(np.uint8),
            "intensity": np.rint(257 * grey).astype(np.uint16),
        }
        kept = {name: found[name][seen] for name in ("xyz", *columns)}
        poses.append(pose)
        stores.append(write_store(folder / f"scan-{number}", kept))
    return Scans(poses, stores, [True] * len(poses))


def _picture(room, cam_from_room, centre):
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    rays = np.stack([(x - WIDTH / 2) / FOCAL, (y - HEIGHT / 2) / FOCAL, np.ones_like(x)], axis=-1)
    rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).reshape(-1, 3)
    _, grey = room.look(centre, rays @ cam_from_room)
    return grey.reshape(HEIGHT, WIDTH).astype(np.uint8)


SPHERE_WIDTH = 640


def panoramas_of(room, *, count=4, points=900, seed=3):
    """Panoramas from amid the room, upright, each turned another way; the true model."""
    rng = np.random.default_rng(seed)
    rays = rng.normal(size=(points, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    in_room = room.look(np.zeros(3), rays)[0][:, None] * rays
    model, fit = pycolmap.Reconstruction(), ROOM_FROM_SFM
    size = [SPHERE_WIDTH, SPHERE_WIDTH // 2]
    camera = pycolmap.Camera(
        camera_id=1, model="EQUIRECTANGULAR", width=size[0], height=size[1], params=size
    )
    model.add_camera_with_trivial_rig(camera)
    tracks, pictures = [pycolmap.Track() for _ in in_room], {}
    for number in range(count):
        turn = Rotation.from_euler("z", 1.7 * number).as_matrix()
        cam_from_room = UPRIGHT @ turn.T
        centre = rng.uniform(-1.5, 1.5, 3) * [1, 1, 0.2]
        name = f"panoramas/{number}.jpg"
        pictures[name] = _sphere(room, cam_from_room, centre)
        in_pano = (in_room - centre) @ cam_from_room.T @ PANO_FROM_CAM
        pixels = pixels_from_rays(in_pano, SPHERE_WIDTH)
        for point in range(points):
            tracks[point].add_element(number + 1, point)
        image = pycolmap.Image(name=name, camera_id=1, image_id=number + 1)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(pixel) for pixel in pixels])
        cam_from_sfm = cam_from_room @ fit.rotation
        in_sfm = fit.rotation.T @ (centre - fit.translation) / fit.scale
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(cam_from_sfm), -cam_from_sfm @ in_sfm)
        model.add_image_with_trivial_frame(image, pose)
    places = (in_room - fit.translation) @ fit.rotation / fit.scale
    for place, track in zip(places, tracks, strict=True):
        model.add_point3D(place, track, np.zeros(3, np.uint8))
    return Site(SparseModel.of(model), fit, pictures)


def _sphere(room, cam_from_room, centre):
    column, row = np.meshgrid(np.arange(SPHERE_WIDTH) + 0.5, np.arange(SPHERE_WIDTH // 2) + 0.5)
    rays = rays_from_pixels(np.stack([column, row], axis=-1), SPHERE_WIDTH).reshape(-1, 3)
    _, grey = room.look(centre, rays @ PANO_FROM_CAM @ cam_from_room)
    return grey.reshape(column.shape).astype(np.uint8)
