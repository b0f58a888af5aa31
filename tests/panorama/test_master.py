import math
import shutil

import numpy as np
import pytest
from panorama_works import colours_of, panorama_work, pixel_rays, place
from PIL import Image
from scipy.spatial.transform import Rotation

from vtour.errors import InputError
from vtour.gpano import heading_of, is_sphere, read_gpano
from vtour.panorama.master import MasterOptions, level_panoramas
from vtour.schema.masters import Masters
from vtour.sphere import rotation_from_angles
from vtour.workspace import Workspace

HEADING, PITCH, ROLL = math.radians(30), math.radians(6), math.radians(-9)


def levelled(work, **options):
    report = level_panoramas(work, work, MasterOptions(**options))
    masters = Masters.model_validate_json((work.masters / "masters.json").read_text()).masters
    return report, masters


def pixels_of(work, node):
    with Image.open(work.masters / f"{node}.jpg") as image:
        return np.asarray(image.convert("RGB")).astype(float)


def test_a_tilted_panorama_is_levelled(tmp_path):
    """The picture shows its own directions; after levelling, the world's under a turn about up."""
    work = panorama_work(tmp_path, "Sân trước")
    world_from_pano = rotation_from_angles(HEADING, PITCH, ROLL)
    place(work, world_from_pano, north="true")
    report, (master,) = levelled(work)
    assert (master.id, master.width, master.height) == ("san-truoc", 512, 256)
    assert master.rotation[0] == master.rotation[2] == 0
    world_from_master = Rotation.from_quat(master.rotation).as_matrix()
    rays_in_pano = pixel_rays(512) @ world_from_master.T @ world_from_pano
    assert np.abs(pixels_of(work, "san-truoc") - (rays_in_pano + 1) * 127.5).max() <= 4
    # cos(angle between the panorama's up and up) = cos pitch * cos roll
    tilt_deg = math.degrees(math.acos(math.cos(PITCH) * math.cos(ROLL)))
    assert master.tilt_deg == pytest.approx(tilt_deg, abs=1e-3)
    assert report.measures["panoramas_levelled"].value == 1


def test_what_is_published_says_its_geometry_and_rights_and_no_more(tmp_path):
    site = 'id: yard\nlicense: CC-BY-SA-4.0\ncredit: "Ban quản lý <di tích>"\n'
    work = panorama_work(tmp_path, "a", site=site)
    place(work, rotation_from_angles(HEADING, PITCH, ROLL), north="true")
    _, (master,) = levelled(work)
    with Image.open(work.masters / "a.jpg") as image:
        found = read_gpano(image)
        assert "CC-BY-SA-4.0 / Ban quản lý &lt;di tích&gt;".encode() in image.info["xmp"]
        assert not image.getexif()
        assert "icc_profile" not in image.info
    assert is_sphere(found)
    # A turn about +Y by -heading: y of the quaternion is -sin(heading / 2).
    heading = -2 * math.asin(master.rotation[1])
    assert heading_of(found) == pytest.approx(heading, abs=1e-5)
    assert found["FullPanoWidthPixels"] == 512


def test_without_north_no_heading_is_written(tmp_path):
    work = panorama_work(tmp_path, "a")
    place(work, rotation_from_angles(HEADING, 0, 0))
    levelled(work)
    with Image.open(work.masters / "a.jpg") as image:
        assert heading_of(read_gpano(image)) is None


def test_one_that_is_level_is_not_resampled(tmp_path):
    rng = np.random.default_rng(0)
    smooth = np.repeat(np.repeat(rng.integers(60, 200, (16, 32, 3)), 16, 0), 16, 1)
    work = panorama_work(tmp_path, "a", pixels=smooth.astype(np.uint8))
    place(work, rotation_from_angles(HEADING, math.radians(0.03), 0))
    _, (master,) = levelled(work, jpeg_quality=100)
    assert master.tilt_deg == 0
    assert np.abs(pixels_of(work, "a") - smooth).max() <= 2


def test_unknown_up_is_left_as_it_is_and_said(tmp_path):
    work = panorama_work(tmp_path, "a")
    world_from_pano = rotation_from_angles(HEADING, PITCH, ROLL)
    place(work, world_from_pano, levelled=False)
    report, (master,) = levelled(work)
    assert not master.levelled
    found = Rotation.from_quat(master.rotation).as_matrix()
    np.testing.assert_allclose(found, world_from_pano, atol=1e-9)
    assert np.abs(pixels_of(work, "a") - (pixel_rays(512) + 1) * 127.5).max() <= 4
    assert report.warnings == ["a: up is not known, so not levelled"]


def test_the_blurred_copy_is_what_is_published(tmp_path):
    work = panorama_work(tmp_path, "a", "b")
    place(work, np.eye(3))
    copy = work.blurred / "panoramas" / "a.png"
    copy.parent.mkdir(parents=True)
    Image.fromarray(np.full((256, 512, 3), 77, np.uint8)).save(copy)
    _, masters = levelled(work)
    assert [master.blurred for master in masters] == [True, False]
    assert np.abs(pixels_of(work, "a") - 77).max() <= 1


@pytest.mark.parametrize("nadir", ["fill", "logo.png", "media/logo.png"])
def test_the_tripod_is_covered(tmp_path, nadir):
    captures = tmp_path / "captures"
    (captures / "media").mkdir(parents=True)
    logo = np.full((40, 40, 4), 255, np.uint8)
    logo[..., :3] = (250, 0, 0)
    Image.fromarray(logo).save(captures / "media" / "logo.png")
    ground = np.full((256, 512, 3), 150, np.uint8)
    ground[244:] = 0  # within 8.4 degrees of straight down
    (tmp_path / "x").mkdir()
    work = panorama_work(tmp_path / "x", "a", pixels=ground, site=f"id: yard\nnadir: {nadir}\n")
    shutil.move(captures / "media", work.captures / "media")
    work = Workspace(work.root, captures=work.captures)
    work = again(work)
    place(work, np.eye(3))
    _, (master,) = levelled(work)
    found = pixels_of(work, "a")
    expected = (250, 0, 0) if "logo" in nadir else (150, 150, 150)
    assert np.abs(found[250:] - expected).max() <= 6
    assert np.abs(found[:220] - 150).max() <= 2
    assert master.nadir == ("media/logo.png" if "logo" in nadir else "fill")


def test_a_nadir_picture_with_a_blurred_place_is_read_from_its_copy(tmp_path):
    pixels = np.full((256, 512, 3), 150, np.uint8)
    work = panorama_work(tmp_path, "a", pixels=pixels, site="id: yard\nnadir: logo.png\n")
    original, copy = (root / "media" / "logo.png" for root in (work.captures, work.blurred))
    for path, colour in ((original, (250, 0, 0)), (copy, (0, 0, 250))):
        path.parent.mkdir(parents=True)
        Image.fromarray(np.full((40, 40, 3), colour, np.uint8)).save(path)
    work = again(work)
    place(work, np.eye(3))
    levelled(work)
    assert np.abs(pixels_of(work, "a")[250:] - (0, 0, 250)).max() <= 6


def again(work):
    """The same captures listed anew."""
    from vtour.capture.inventory import InventoryOptions, take_inventory

    fresh = Workspace(work.root, captures=work.captures)
    take_inventory(fresh, fresh, InventoryOptions(check_overlap=False))
    return Workspace(work.root, captures=work.captures)


def test_a_site_without_panoramas(tmp_path):
    work = panorama_work(tmp_path, "a")
    report, masters = levelled(work)
    assert masters == []
    assert report.measures["panorama_masters"].value == 0


def test_a_nadir_picture_that_is_not_there(tmp_path):
    work = panorama_work(tmp_path, "a", site="id: yard\nnadir: logo.png\n")
    place(work, np.eye(3))
    with pytest.raises(InputError, match=r"nadir 'logo.png': expected fill or a picture"):
        levelled(work)
    warnings = work.files.warnings
    assert any("nadir: media/logo.png not found" in warning for warning in warnings)


def test_same_inputs_same_bytes_and_nothing_left_behind(tmp_path):
    work = panorama_work(tmp_path, "a", site="id: yard\nnadir: fill\n")
    place(work, rotation_from_angles(HEADING, PITCH, ROLL))
    contents = []
    for _ in range(2):
        levelled(work)
        contents.append((work.masters / "a.jpg").read_bytes())
    assert contents[0] == contents[1]
    assert sorted(path.name for path in work.masters.iterdir()) == ["a.jpg", "masters.json"]


def test_a_panorama_that_was_damaged_since_leaves_nothing(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (256, 512, 3), dtype=np.uint8)
    work = panorama_work(tmp_path, "a", pixels=noise)
    place(work, rotation_from_angles(HEADING, PITCH, ROLL))
    path = work.captures / "panoramas" / "a.png"
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(InputError, match=r"a.png: damaged or truncated"):
        levelled(work)
    assert list(work.masters.iterdir()) == []


def test_colours_are_directions():
    np.testing.assert_array_equal(colours_of(np.array([1.0, 0, -1])), [255, 128, 0])
