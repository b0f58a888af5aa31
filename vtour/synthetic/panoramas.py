"""Panoramas: whole spheres with GPano XMP, and one set of overlapping photos to stitch.

Frame ``pano``: +X right, +Y up, -Z forward; yaw 0 at the image centre, growing to the right.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.progress import Progress
from vtour.synthetic.cameras import Camera, FloatArray, Lens
from vtour.synthetic.exif import FIRST_PHOTO, exif_of
from vtour.synthetic.images import SUBPIXELS, UInt8Array, developed, photo_of
from vtour.synthetic.options import Plan
from vtour.synthetic.render import Hits, Scene, edges_of

JPEG_QUALITY = 93


@dataclass(frozen=True)
class Standpoint:
    """A panorama: its file (or folder of a set), place and attitude.

    Heading is clockwise from north; pitch is upwards; a positive roll turns the camera
    clockwise, so that the horizon turns anticlockwise (Google's Photo Sphere XMP).
    """

    file: str
    centre: FloatArray
    heading_deg: float
    pitch_deg: float = 0.0
    roll_deg: float = 0.0

    @property
    def world_from_pano(self) -> FloatArray:
        """Rotation (3, 3)."""
        from scipy.spatial.transform import Rotation

        angles = [-self.heading_deg, self.pitch_deg, -self.roll_deg]
        matrix: FloatArray = Rotation.from_euler("YXZ", angles, degrees=True).as_matrix()
        return matrix

    def yaw_pitch_deg(self, point_in_world: FloatArray) -> tuple[float, float]:
        """Where in the panorama a world point appears, in degrees."""
        x, y, z = (point_in_world - self.centre) @ self.world_from_pano
        return float(np.degrees(np.arctan2(x, -z))), float(
            np.degrees(np.arctan2(y, np.hypot(x, z)))
        )


STANDPOINTS = (
    Standpoint("panoramas/san-truoc.jpg", np.array([0.6, 1.62, 6.2]), 0.0),
    Standpoint("panoramas/thuy-dinh.jpg", np.array([3.4, 2.05, -2.2]), 215.0),
    Standpoint("panoramas/bia-da.jpg", np.array([-7.3, 2.35, -5.9]), 320.0, 1.8, -1.2),
)
STITCH_SET = Standpoint("panoramas/san-dong", np.array([8.4, 1.6, 1.6]), 290.0)


def rays_in_pano(pixels: FloatArray, width: int) -> FloatArray:
    """Unit rays (n, 3) of (n, 2) pixel positions in a sphere ``width`` pixels around."""
    yaw = (pixels[:, 0] / width - 0.5) * 2 * np.pi
    pitch = (0.5 - pixels[:, 1] / (width / 2)) * np.pi
    level = np.cos(pitch)
    return np.stack([level * np.sin(yaw), np.sin(pitch), -level * np.cos(yaw)], -1)


def sphere_of(scene: Scene, place: Standpoint, width: int) -> UInt8Array:
    """Take a panorama: (width / 2, width, 3) uint8 sRGB, in bands to keep memory low."""
    height = width // 2
    band_rows = max(1, 1_500_000 // width)
    image = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, band_rows):
        rows = np.arange(top, min(top + band_rows, height))
        x, y = np.meshgrid(np.arange(width) + 0.5, rows + 0.5)
        image[rows] = _band_of(scene, place, np.stack([x, y], -1).reshape(-1, 2), width)
    return image


def _band_of(scene: Scene, place: Standpoint, pixels: FloatArray, width: int) -> UInt8Array:
    def look(at: FloatArray) -> Hits:
        rays = np.einsum("ij,kj->ik", rays_in_pano(at, width), place.world_from_pano)
        origins = np.broadcast_to(place.centre, rays.shape)
        return scene.look(origins, rays, np.full(len(at), 2 * np.pi / width))

    shape = (len(pixels) // width, width)
    hits = look(pixels)
    edge = np.flatnonzero(edges_of(hits, shape, wraps=True))
    total = np.zeros((len(edge), 3), np.float32)
    for offset in SUBPIXELS:
        total += np.minimum(look(pixels[edge] + offset).colours, 2.0)
    hits.colours[edge] = total / len(SUBPIXELS)
    return developed(hits.colours.reshape(*shape, 3), None)


def write_panoramas(out: Path, scene: Scene, plan: Plan, seed: int, progress: Progress) -> None:
    """Write the spheres."""
    for number, place in enumerate(STANDPOINTS):
        rng = np.random.default_rng([seed, 3, number])
        image = sphere_of(scene, place, plan.panorama_px)
        height, width = image.shape[:2]
        lens = Lens("sphere", width, height, width / (2 * np.pi), (width / 2, height / 2), (0, 0))
        forward = place.world_from_pano @ np.diag([1.0, -1.0, -1.0])
        camera = Camera(place.file, lens, forward, place.centre)
        exif = exif_of(camera, 500 + 20 * number, rng, focal_35mm=None)
        path = out / place.file
        path.parent.mkdir(parents=True, exist_ok=True)
        xmp = gpano_of(place, width, height, 500 + 20 * number)
        Image.fromarray(image).save(
            path, quality=JPEG_QUALITY, subsampling=0, exif=exif, xmp=xmp.encode()
        )
        progress((number + 1) / len(STANDPOINTS), place.file)


def gpano_of(place: Standpoint, width: int, height: int, number: int) -> str:
    """The Photo Sphere XMP packet (developers.google.com/streetview/spherical-metadata)."""
    taken = FIRST_PHOTO + timedelta(seconds=9 * number)
    fields = {
        "ProjectionType": "equirectangular",
        "UsePanoramaViewer": "True",
        "CaptureSoftware": "vtour synthetic",
        "SourcePhotosCount": 1,
        "FirstPhotoDate": taken.strftime("%Y-%m-%dT%H:%M:%S+07:00"),
        "LastPhotoDate": taken.strftime("%Y-%m-%dT%H:%M:%S+07:00"),
        "PoseHeadingDegrees": f"{place.heading_deg:.2f}",
        "PosePitchDegrees": f"{place.pitch_deg:.2f}",
        "PoseRollDegrees": f"{place.roll_deg:.2f}",
        "FullPanoWidthPixels": width,
        "FullPanoHeightPixels": height,
        "CroppedAreaImageWidthPixels": width,
        "CroppedAreaImageHeightPixels": height,
        "CroppedAreaLeftPixels": 0,
        "CroppedAreaTopPixels": 0,
    }
    attributes = "\n".join(f'   GPano:{name}="{value}"' for name, value in fields.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n'
        '   xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"\n'
        f"{attributes}/>\n"
        " </rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    )


SET_FOCAL_35MM = 18
SET_ROWS = ((0.0, 8), (52.0, 6), (-52.0, 6))
"""Pitch and number of photos of each row; neighbours overlap by a third or more."""
PUPIL_ERROR_M = 0.002
"""How far the lens moves as the head turns."""


def set_cameras(plan: Plan, seed: int) -> list[Camera]:
    """The cameras of the set to stitch: rows around one standpoint."""
    rng = np.random.default_rng([seed, 4])
    width, height = plan.set_px, round(plan.set_px * 0.75)
    lens = Lens(
        "wide", width, height, 0.5036 * width, (0.5012 * width, 0.499 * height), (-0.012, 0.002)
    )
    cameras: list[Camera] = []
    for pitch, count in SET_ROWS:
        for turn in range(count):
            heading = STITCH_SET.heading_deg + 360.0 * turn / count + float(rng.uniform(-1.5, 1.5))
            tilt = pitch + float(rng.uniform(-1, 1))
            view = Standpoint("", STITCH_SET.centre, heading, tilt, float(rng.uniform(-0.7, 0.7)))
            rotation = view.world_from_pano @ np.diag([1.0, -1.0, -1.0])
            centre = STITCH_SET.centre + rng.normal(0, PUPIL_ERROR_M, 3)
            file = f"{STITCH_SET.file}/PANO_{len(cameras) + 1:02d}.jpg"
            cameras.append(Camera(file, lens, rotation, centre))
    return cameras


def write_set(
    out: Path, scene: Scene, cameras: list[Camera], seed: int, progress: Progress
) -> None:
    """Write the photos of the set, with a little change of exposure between them."""
    for number, camera in enumerate(cameras):
        rng = np.random.default_rng([seed, 5, number])
        exif = exif_of(camera, 700 + number, rng, focal_35mm=SET_FOCAL_35MM)
        exposure = float(rng.uniform(-0.1, 0.1))
        image, _ = photo_of(scene, camera, rng, exposure_ev=exposure)
        path = out / camera.file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, quality=JPEG_QUALITY, subsampling=0, exif=exif)
        progress((number + 1) / len(cameras), camera.file)
