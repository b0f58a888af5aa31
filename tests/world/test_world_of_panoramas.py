"""Panoramas in the world: solved with photos, alone, by GPS, in order. Truth is drawn in ENU."""

import json
import math

import numpy as np
import pycolmap
import pytest
from scipy.spatial.transform import Rotation
from solved_photos import ANCHOR, SFM_FROM_ENU, name_of, pixel_of, ring_centres

from vtour.errors import InputError
from vtour.frames import WORLD_FROM_ENU, geodetic_from_enu, world_from_enu
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, GpsFix, Inventory
from vtour.sphere import PANO_FROM_CAM, rotation_from_angles
from vtour.workspace import Workspace
from vtour.world.options import WorldOptions
from vtour.world.solve import solve_world
from vtour.world.sphere_poses import attitude_of, pose_sigmas

CENTRES = ring_centres(7)
SPHERE = (2000, 1000)
# place in ENU, heading, pitch, roll (degrees)
PLACES = {
    "gate": ([4.0, -3.0, 1.6], 30.0, 0.0, 0.0),
    "yard": ([-5.0, 2.0, 1.8], 200.0, 3.0, -2.0),
    "pond": ([1.0, 6.0, 1.5], 300.0, 0.0, 1.0),
}
GROUND = [(x, y, 0.1 * x) for x in np.linspace(-4, 4, 9) for y in np.linspace(-4, 4, 9)]
SITE = "id: ring\nanchor: {lat: 21.85, lon: 106.75, height_m: 260.0}\n"


def attitude(name):
    _, *angles = PLACES[name]
    return rotation_from_angles(*np.radians(angles))  # world_from_pano


def cam_from_enu(name):
    return PANO_FROM_CAM.T @ attitude(name).T @ WORLD_FROM_ENU


def sphere_pixel(name, point):
    ray = cam_from_enu(name) @ (np.asarray(point, float) - PLACES[name][0])
    yaw, down = math.atan2(ray[0], ray[2]), math.atan2(ray[1], math.hypot(ray[0], ray[2]))
    width, height = SPHERE
    return (yaw / math.tau + 0.5) * width, (down / math.pi + 0.5) * height


def write_model(folder, photos, names):
    """A COLMAP model of photos of the ring and of panoramas, in the gauge of SFM_FROM_ENU."""
    from solved_photos import FOCAL, HEIGHT, WIDTH, looking_at

    model = pycolmap.Reconstruction()
    if len(photos):
        camera = pycolmap.Camera.create_from_model_name(1, "PINHOLE", FOCAL, WIDTH, HEIGHT)
        model.add_camera_with_trivial_rig(camera)
    camera = pycolmap.Camera.create_from_model_name(2, "EQUIRECTANGULAR", 1, *SPHERE)
    model.add_camera_with_trivial_rig(camera)
    images = [(name_of(n), 1, c, looking_at(c)) for n, c in enumerate(photos, 1)]
    for name in names:
        place = np.array(PLACES[name][0])
        images.append((f"panoramas/{name}.jpg", 2, place, cam_from_enu(name)))
    for number, (path, camera_id, centre, turn) in enumerate(images, 1):
        image = pycolmap.Image(name=path, camera_id=camera_id, image_id=number)
        pixels = [
            pixel_of(centre, p) if camera_id == 1 else sphere_pixel(path[10:-4], p) for p in GROUND
        ]
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(np.array(p)) for p in pixels])
        rotation = turn @ SFM_FROM_ENU.rotation.T
        pose = pycolmap.Rigid3d(
            pycolmap.Rotation3d(rotation), -rotation @ SFM_FROM_ENU.apply(centre)
        )
        model.add_image_with_trivial_frame(image, pose)
    for index, point in enumerate(GROUND):
        track = pycolmap.Track()
        for number in range(1, len(images) + 1):
            track.add_element(number, index)
        model.add_point3D(SFM_FROM_ENU.apply(np.array(point)), track, np.zeros(3, np.uint8))
    folder.mkdir(parents=True)
    model.write_binary(folder)


def captured(path, kind, place=None, gpano=None):
    gps = None
    if place is not None:
        lat, lon, height = geodetic_from_enu(place, ANCHOR)
        gps = GpsFix(lat=lat, lon=lon, height_m=height, sigma_m=1.0)
    return CaptureFile(
        path=path, kind=kind, status=FileStatus.used, bytes=1, sha256="0", gps=gps, gpano=gpano,
        width_px=SPHERE[0], height_px=SPHERE[1],
    )  # fmt: skip


def gpano_of(name):
    _, heading, pitch, roll = PLACES[name]
    return {
        "PoseHeadingDegrees": heading,
        "PosePitchDegrees": pitch,
        "PoseRollDegrees": roll,
    }


def solve(root, *, photos=CENTRES, solved=PLACES, gps=True, metadata=False, site=SITE):
    """Run the stage; the panoramas of PLACES are captured, those of ``solved`` in the model."""
    captures = root / "captures"
    (captures / "panoramas").mkdir(parents=True)
    (captures / "site.yaml").write_text(site)
    files = [
        captured(name_of(n), FileKind.photo, c if gps else None) for n, c in enumerate(photos, 1)
    ]
    for name, (place, *_) in PLACES.items():
        (captures / "panoramas" / f"{name}.jpg").write_bytes(b"0")
        gpano = gpano_of(name) if metadata else None
        path = f"panoramas/{name}.jpg"
        files.append(captured(path, FileKind.panorama, place if gps else None, gpano))
    files.append(captured("site.yaml", FileKind.site))
    work = Workspace(root / "work", captures)
    work.root.mkdir()
    work.inventory.write_text(
        Inventory(site_id="ring", layout="standard", files=files).model_dump_json()
    )
    if solved:
        write_model(work.sfm, photos, solved)
    out = Workspace(root / "done", captures)
    report = solve_world(work, out, WorldOptions())
    found = json.loads(out.standpoints.read_text())["standpoints"]
    return {one["id"]: one for one in found}, json.loads(out.world.read_text()), out, report


def distances_from_gate(places):
    return [np.linalg.norm(np.subtract(places["gate"], place)) for place in places.values()]


def off_deg(found, name):
    turn = Rotation.from_quat(found["rotation"]).inv() * Rotation.from_matrix(attitude(name))
    return math.degrees(turn.magnitude())


def test_panoramas_and_photos_share_one_world(tmp_path):
    found, world, out, report = solve(tmp_path, metadata=True)
    assert world["scale"] == "metric"
    for name, (place, *_) in PLACES.items():
        assert found[name]["position"] == pytest.approx(world_from_enu(place), abs=0.01)
        assert off_deg(found[name], name) < 0.05
        assert found[name]["placed_by"] == "sfm"
    photos = pycolmap.Reconstruction(out.sparse)
    assert sorted(i.name for i in photos.images.values()) == [name_of(n) for n in range(1, 8)]
    both = pycolmap.Reconstruction(out.spheres)
    assert both.num_reg_images() == 10
    assert report.measures["panoramas_placed_by_sfm"].value == 3


def test_panoramas_alone_are_put_up_by_their_own_up(tmp_path):
    found, world, out, _ = solve(tmp_path, photos=[], gps=False, metadata=True, site="id: a\n")
    assert world["scale"] == "unknown"
    assert not out.sparse.exists()
    apart = [
        np.linalg.norm(np.subtract(found["gate"]["position"], found[n]["position"])) for n in found
    ]
    true = [np.linalg.norm(np.subtract(PLACES["gate"][0], PLACES[n][0])) for n in found]
    assert np.divide(apart[1:], true[1:]) == pytest.approx(apart[1] / true[1])  # up to scale
    for name in found:
        up = Rotation.from_quat(found[name]["rotation"]).inv().apply([0, 1, 0])
        assert up == pytest.approx(attitude(name)[1], abs=2e-3)  # +Y of the world in the panorama


def test_compasses_give_the_north_of_a_world_without_positions(tmp_path):
    found, world, *_ = solve(tmp_path, photos=[], gps=False, metadata=True, site="id: a\n")
    assert world["north"] == "true"
    assert max(off_deg(found[name], name) for name in found) < 0.2


def test_without_geometry_positions_place_the_panoramas(tmp_path):
    found, world, out, report = solve(tmp_path, photos=[], solved=None, metadata=True)
    assert world["scale_source"] == "gps"
    for name, (place, *_) in PLACES.items():
        east_south = np.array(found[name]["position"])[[0, 2]]
        assert east_south == pytest.approx([place[0], -place[1]], abs=1e-3)
        assert off_deg(found[name], name) < 1e-6
        assert (found[name]["placed_by"], found[name]["sigma_m"]) == ("gps", 1.0)
        assert found[name]["levelled"] and found[name]["heading_known"]
    assert not out.spheres.exists()
    assert "placed by its GPS position, without geometry" in report.warnings[0]


def test_an_anchor_at_another_place_does_not_carry_positions(tmp_path):
    site = "id: a\nanchor: {lat: 12.85, lon: 106.75, height_m: 260}\n"
    _, world, _, report = solve(tmp_path, photos=[], solved=None, metadata=True, site=site)
    assert world["anchor"]["lat"] == pytest.approx(21.85, abs=0.01)
    assert "1,001 km from the GPS positions" in report.warnings[0]


def test_a_panorama_10_km_off_is_named_and_put_in_order(tmp_path, monkeypatch):
    monkeypatch.setitem(PLACES, "pond", ([10_000.0, 6.0, 1.5], 300.0, 0.0, 1.0))
    found, _, _, report = solve(tmp_path, photos=[], solved=None, metadata=True)
    assert found["pond"]["placed_by"] == "order"
    assert np.abs(found["pond"]["position"]).max() < 50
    told = "panoramas/pond.jpg: its GPS position is more than 5 km from the site, left out"
    assert told in report.warnings


def test_headings_that_are_not_known_are_said(tmp_path):
    found, _, _, report = solve(tmp_path, photos=[], solved=None)
    assert not any(one["heading_known"] for one in found.values())
    assert sum("its heading is not known" in text for text in report.warnings) == 3


def test_without_positions_their_order_is_a_street(tmp_path):
    site = "id: a\norder: [panoramas/pond.jpg, gate]\n"  # by path or by id
    found, world, *_ = solve(tmp_path, photos=[], solved=None, gps=False, site=site)
    assert list(found) == ["pond", "gate", "yard"]
    assert world["scale"] == "unknown"
    assert [one["position"] for one in found.values()] == [[0, 1.6, 0], [0, 1.6, -5], [0, 1.6, -10]]
    assert all("sigma_m" not in one for one in found.values())
    assert not any(one["levelled"] or one["heading_known"] for one in found.values())


def test_one_that_was_not_solved_is_placed_by_its_position(tmp_path):
    found, _, _, report = solve(tmp_path, solved=["gate", "pond"], metadata=True)
    assert [found[n]["placed_by"] for n in ("gate", "pond", "yard")] == ["sfm", "sfm", "gps"]
    assert found["yard"]["position"] == pytest.approx([-5.0, 1.55, -2.0], abs=0.02)  # eye level
    assert any("yard" in text for text in report.warnings)


def test_an_order_that_names_no_panorama_is_one_line(tmp_path):
    with pytest.raises(InputError, match="order: 'gat' leads to nowhere, did you mean 'gate'"):
        solve(tmp_path, site=SITE + "order: [gat]\n")


@pytest.mark.parametrize(
    ("gpano", "heading"),
    [
        ({"PoseHeadingDegrees": 90.0}, math.pi / 2),
        ({"PoseHeadingDegrees": 0.0}, None),  # what cameras without a compass write
        ({"PoseHeadingDegrees": True}, None),
        ({"PoseHeadingDegrees": "north"}, None),
        ({}, None),
    ],
)
def test_headings_that_count(gpano, heading):
    assert attitude_of(gpano).heading == pytest.approx(heading)


def test_sigmas_of_a_pose_grow_with_the_distance():
    rays = np.vstack([np.eye(3), -np.eye(3), np.ones((1, 3)) / math.sqrt(3)])
    near, turn = pose_sigmas(rays, np.full(7, 2.0), 0.001)
    far, _ = pose_sigmas(rays, np.full(7, 20.0), 0.001)
    assert far == pytest.approx(10 * near)
    assert 0.0005 < near < 0.003  # 2 m x 1 mrad over the root of a few rays
    assert 0.0002 < turn < 0.001
    assert pose_sigmas(rays[:1], np.ones(1), 0.001) == (math.inf, math.inf)
