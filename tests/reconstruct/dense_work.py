"""A work folder with photos, inventory and a sparse model of the scene of stereo_scene."""

from pathlib import Path

import numpy as np
import pycolmap
from PIL import Image
from stereo_scene import FOCAL_PX, SIZE, rendered

from vtour.files import file_digest
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.workspace import Workspace

CENTRES = [(0, 0, 0), (0.6, 0, 0), (-0.6, 0.1, 0), (0.1, -0.6, 0.1)]
NAMES = ["photos/a b/ảnh 1.jpg", "photos/a b/ảnh 2.jpg", "photos/c, d/3.png", "photos/4.JPG"]
DENSE = ["000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg"]


def work_folder(root: Path, *, points=80, names=NAMES) -> Workspace:
    """Photos of four cameras and a model of ``points`` places that all of them see."""
    photos = [rendered(centre) for centre in CENTRES]
    work = Workspace(root / "work", captures=root / "captures")
    files = []
    for name, photo in zip(names, photos, strict=True):
        path = work.captures / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo.view.grey).convert("RGB").save(path, quality=98)
        files.append(
            CaptureFile(
                path=name,
                kind=FileKind.photo,
                status=FileStatus.used,
                bytes=path.stat().st_size,
                sha256=file_digest(path),
            )
        )
    work.sparse.mkdir(parents=True)
    sparse_model(photos, points, names).write(str(work.sparse))
    inventory = Inventory(site_id="scene", layout="standard", files=files)
    work.inventory.write_text(inventory.model_dump_json(), encoding="utf-8")
    return work


def sparse_model(photos, points, names=NAMES):
    """pycolmap.Reconstruction with the true cameras and points of the first photo's surface."""
    model = pycolmap.Reconstruction()
    params = [FOCAL_PX, FOCAL_PX, SIZE[0] / 2, SIZE[1] / 2]
    camera = pycolmap.Camera(
        model="PINHOLE", width=SIZE[0], height=SIZE[1], params=params, camera_id=1
    )
    model.add_camera_with_trivial_rig(camera)
    rng = np.random.default_rng(0)
    rows, cols = rng.integers(20, 100, points), rng.integers(30, 130, points)
    places = photos[0].place[rows, cols]
    for number, (name, photo) in enumerate(zip(names, photos, strict=True), start=1):
        pose = photo.view.cam_from_world
        cam = places @ pose[:, :3].T + pose[:, 3]
        seen = [pycolmap.Point2D(xy) for xy in camera.img_from_cam(cam)]
        image = pycolmap.Image(
            name=name, camera_id=1, image_id=number, points2D=pycolmap.Point2DList(seen)
        )
        model.add_image_with_trivial_frame(image, pycolmap.Rigid3d(pose))
    for index, place in enumerate(places):
        track = pycolmap.Track()
        for number in range(1, len(photos) + 1):
            track.add_element(number, index)
        model.add_point3D(place, track)
    return model
