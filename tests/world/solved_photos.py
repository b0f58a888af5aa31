"""A ring of solved photos around points, in a frame that is not the world."""

import numpy as np
import pycolmap

from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, GpsFix, Inventory
from vtour.workspace import Workspace
from vtour.world.similarity import Similarity

WIDTH, HEIGHT, FOCAL = 1000, 800, 900.0
TARGET = np.array([0.0, 0.0, 1.0])
ANCHOR = (21.85, 106.75, 260.0)

# A turn of 90 degrees about x: what is up in ENU (z) is -y in the model.
SFM_FROM_ENU = Similarity(
    0.25, np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T, np.array([3.0, -1.0, 2.0])
)
SCALE = 4.0  # metres of one model unit: 1 / 0.25


KINDS = {
    "site.yaml": FileKind.site,
    "control.csv": FileKind.control,
    "marks.csv": FileKind.marks,
    "gcp_list.txt": FileKind.gcp_list,
    "scalebars.csv": FileKind.scale_bars,
}


def name_of(number):
    return f"photos/{number:02d}.jpg"


def ring_centres(count, radius=10.0):
    """Camera centres (n, 3) in ENU; heights alternate, so that they are no plane."""
    angles = 2 * np.pi * np.arange(count) / count
    heights = np.where(np.arange(count) % 2, 3.0, 1.5)
    return np.stack([radius * np.sin(angles), radius * np.cos(angles), heights], axis=1)


def looking_at(centre, target=TARGET):
    """cam_from_enu (3, 3) of a level camera: x right, y down, z forward."""
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def pixel_of(centre, point):
    """Where a photo of the ring shows a point of ENU."""
    x, y, z = looking_at(centre) @ (np.asarray(point, float) - centre)
    return FOCAL * x / z + WIDTH / 2, FOCAL * y / z + HEIGHT / 2


def write_model(folder, centres_enu):
    """A COLMAP model in the gauge of SFM_FROM_ENU, with points on the ground between."""
    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera.create_from_model_name(1, "PINHOLE", FOCAL, WIDTH, HEIGHT)
    model.add_camera_with_trivial_rig(camera)
    ground = [(x, y, 0.1 * x) for x in np.linspace(-2, 2, 8) for y in np.linspace(-2, 2, 8)]
    for number, centre in enumerate(centres_enu, start=1):
        image = pycolmap.Image(name=name_of(number), camera_id=1, image_id=number)
        image.points2D = pycolmap.Point2DList(
            [pycolmap.Point2D(np.array(pixel_of(centre, point))) for point in ground]
        )
        rotation = looking_at(centre) @ SFM_FROM_ENU.rotation.T
        centre_in_sfm = SFM_FROM_ENU.apply(centre)
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(rotation), -rotation @ centre_in_sfm)
        model.add_image_with_trivial_frame(image, pose)
    for index, point in enumerate(ground):
        track = pycolmap.Track()
        for number in range(1, len(centres_enu) + 1):
            track.add_element(number, index)
        model.add_point3D(SFM_FROM_ENU.apply(np.array(point)), track, np.zeros(3, np.uint8))
    folder.mkdir(parents=True)
    model.write_binary(folder)


def write_work(root, centres_enu, fixes=None, texts=None):
    """A workspace with sfm/, an inventory and text files among the captures.

    fixes : by the photo's number from 1, (lat, lon, height).
    texts : by the file's name, one of KINDS.
    """
    captures = root / "captures"
    captures.mkdir(parents=True)
    files = []
    for number in range(1, len(centres_enu) + 1):
        fix = (fixes or {}).get(number)
        gps = GpsFix(lat=fix[0], lon=fix[1], height_m=fix[2], sigma_m=1.0) if fix else None
        files.append(
            CaptureFile(
                path=name_of(number),
                kind=FileKind.photo,
                status=FileStatus.used,
                bytes=1,
                sha256="",
                width_px=WIDTH,
                height_px=HEIGHT,
                gps=gps,
            )
        )
    for name, text in (texts or {}).items():
        (captures / name).write_text(text, encoding="utf-8")
        kind = KINDS[name]
        files.append(CaptureFile(path=name, kind=kind, status=FileStatus.used, bytes=1, sha256=""))
    work = Workspace(root / "work", captures)
    write_model(work.sfm, centres_enu)
    inventory = Inventory(site_id="ring", layout="standard", files=files)
    work.inventory.write_text(inventory.model_dump_json())
    return work
