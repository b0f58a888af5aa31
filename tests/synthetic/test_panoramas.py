import math
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vtour.synthetic.layout import Material
from vtour.synthetic.options import SyntheticOptions, plan_of
from vtour.synthetic.panoramas import (
    STANDPOINTS,
    STITCH_SET,
    Standpoint,
    rays_in_pano,
    set_cameras,
)
from vtour.synthetic.render import Scene


def test_rays_by_hand() -> None:
    pixels = np.array([[50.0, 25], [75, 25], [50, 0], [50, 37.5]])
    half = math.sqrt(0.5)
    expected = [[0, 0, -1], [1, 0, 0], [0, 1, 0], [0, -half, -half]]
    assert rays_in_pano(pixels, 100) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    ("heading", "pitch", "roll", "ray", "world"),
    [
        (90, 0, 0, [0, 0, -1], [1, 0, 0]),  # the image centre looks east
        (90, 0, 0, [1, 0, 0], [0, 0, 1]),  # its right is south
        (0, 30, 0, [0, 0, -1], [0, 0.5, -math.sqrt(0.75)]),  # the centre looks up
        (0, 0, 90, [0, 1, 0], [1, 0, 0]),  # turned clockwise: the camera's top points east
    ],
)
def test_attitude_by_hand(
    heading: float, pitch: float, roll: float, ray: list[float], world: list[float]
) -> None:
    place = Standpoint("", np.zeros(3), heading, pitch, roll)
    assert place.world_from_pano @ ray == pytest.approx(world, abs=1e-12)


def test_the_sun_appears_at_its_azimuth_and_elevation(tiny: Path) -> None:
    # san-truoc looks north, so yaw is the azimuth: 148 degrees, elevation 46.
    with Image.open(tiny / "panoramas" / "san-truoc.jpg") as image:
        light = np.asarray(image.convert("L"), float)
    height, width = light.shape
    rows, columns = np.nonzero(light >= light[: height // 2].max() - 3)
    yaw = ((columns + 0.5) / width - 0.5) * 360
    pitch = (0.5 - (rows + 0.5) / height) * 180
    sky = pitch > 20
    assert np.median(yaw[sky]) == pytest.approx(148, abs=4)
    assert np.median(pitch[sky]) == pytest.approx(46, abs=4)


def test_the_stele_lies_where_the_tilted_panorama_says(scene: Scene) -> None:
    place = STANDPOINTS[2]
    assert place.pitch_deg != 0 != place.roll_deg
    yaw, pitch = (math.radians(v) for v in place.yaw_pitch_deg(np.array([-7.5, 2.0, -7.27])))
    level = math.cos(pitch)
    ray = place.world_from_pano @ [level * math.sin(yaw), math.sin(pitch), -level * math.cos(yaw)]
    hits = scene.look(place.centre[None], ray[None], np.array([0.001]))
    assert hits.materials[0] == Material.inscription
    assert place.centre + hits.distances[0] * ray == pytest.approx([-7.5, 2.0, -7.27], abs=0.001)


def test_gpano_says_what_the_image_is(tiny: Path) -> None:
    data = (tiny / "panoramas" / "bia-da.jpg").read_bytes()
    fields = dict(re.findall(r'GPano:(\w+)="([^"]*)"', data.decode("latin-1")))
    assert fields["ProjectionType"] == "equirectangular"
    assert (fields["FullPanoWidthPixels"], fields["FullPanoHeightPixels"]) == ("256", "128")
    assert float(fields["PoseHeadingDegrees"]) == 320
    assert float(fields["PosePitchDegrees"]) == 1.8
    assert float(fields["PoseRollDegrees"]) == -1.2


def test_the_set_overlaps_all_around() -> None:
    cameras = set_cameras(plan_of(SyntheticOptions()), seed=0)
    rng = np.random.default_rng(0)
    around = rng.normal(size=(4000, 3))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    seen = np.zeros(len(around), int)
    for camera in cameras:
        pixels = camera.pixels_from_world(camera.centre + around)
        ahead = around @ camera.world_from_cam[:, 2] > 0.5
        size = [camera.lens.width, camera.lens.height]
        seen += ahead & (pixels > 0).all(1) & (pixels < size).all(1)
        assert np.linalg.norm(camera.centre - STITCH_SET.centre) < 0.012
    assert (seen >= 1).mean() > 0.99
    assert (seen >= 2).mean() > 0.8
