"""Pictures with a face in them (scikit-image's astronaut, NASA, public domain), and their site."""

import functools
import math

import numpy as np
from PIL import Image

from vtour.files import file_digest, write_json
from vtour.sphere import rays_from_pixels, rays_from_yaw_pitch
from vtour.workspace import Workspace

FACE_AT = (0.48, 0.38)  # the nose in face_picture(), as shares of its width and height


@functools.cache
def face_picture():
    """(300, 300, 3): head and shoulders."""
    from skimage.data import astronaut

    return np.ascontiguousarray(astronaut()[:300, 80:380])


def shrunk(size):
    return np.asarray(Image.fromarray(face_picture()).resize((size, size), Image.Resampling.BOX))


def photo_with_face(left, top, *, size=150, width=480, height=360):
    """A grey photo with the picture of a face at a place."""
    photo = np.full((height, width, 3), 120, np.uint8)
    photo[top : top + size, left : left + size] = shrunk(size)
    return photo


def sphere_with_faces(width, *places_deg):
    """A grey sphere (width / 2, width, 3) with upright faces at (yaw, pitch), 40 degrees wide."""
    sphere = np.full((width // 2, width, 3), 120, np.uint8)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(width // 2) + 0.5)
    rays = rays_from_pixels(np.stack([x, y], -1), width)
    picture = shrunk(round(width / 9))
    for yaw_deg, pitch_deg in places_deg:
        yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
        forward = rays_from_yaw_pitch(yaw, pitch)
        right, up = (
            rays_from_yaw_pitch(yaw + math.pi / 2, 0),
            rays_from_yaw_pitch(yaw, pitch + math.pi / 2),
        )
        ahead = rays @ forward
        with np.errstate(divide="ignore", invalid="ignore"):
            u = rays @ right / ahead / math.tan(math.radians(20))
            v = -(rays @ up) / ahead / math.tan(math.radians(20))
        there = (ahead > 0) & (np.abs(u) < 1) & (np.abs(v) < 1)
        at = [((value[there] + 1) / 2 * len(picture)).astype(int) for value in (v, u)]
        sphere[there] = picture[at[0], at[1]]
    return sphere


def ray_of_face(yaw_deg, pitch_deg):
    """Where the nose of such a face is: its picture's own pixel, through the middle of the view."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    u, v = (2 * share - 1 for share in FACE_AT)
    tangent = math.tan(math.radians(20))
    ray = (
        rays_from_yaw_pitch(yaw, pitch)
        + u * tangent * rays_from_yaw_pitch(yaw + math.pi / 2, 0)
        - v * tangent * rays_from_yaw_pitch(yaw, pitch + math.pi / 2)
    )
    return ray / np.linalg.norm(ray)


def site_of(root, images, *, privacy=None, **more):
    """A workspace with images by path ({"photos/a.jpg": array}) and an inventory of them.

    more : further fields of the inventory's lines, by path with every / as __.
    """
    work = Workspace(root / "work", root / "captures")
    files = []
    for name, pixels in images.items():
        path = work.captures / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(pixels, np.ndarray):
            Image.fromarray(pixels).save(path, format="JPEG", quality=95, subsampling=0)
        with Image.open(path) as image:
            width, height = image.size
        kind = {"photos": "photo", "panoramas": "panorama", "media": "media"}[name.split("/")[0]]
        files.append(
            {
                **{"path": name, "kind": kind, "status": "used", "bytes": 1},
                **{"sha256": file_digest(path), "width_px": width, "height_px": height},
                **more.get(name.replace("/", "__"), {}),
            }
        )
    if privacy is not None:
        (work.captures / "privacy.yaml").write_text(privacy, encoding="utf-8")
        line = {"path": "privacy.yaml", "kind": "privacy", "status": "used", "bytes": 1}
        files.append({**line, "sha256": "0" * 64})
    write_json(work.inventory, {"site_id": "a", "layout": "standard", "files": files})
    return work
