import cv2
import numpy as np
import pycolmap
import pytest

from vtour.synthetic.cameras import Camera, Lens, looking_at, pixel_grid
from vtour.synthetic.control import is_marked, marks_of
from vtour.synthetic.courtyard import Site, Target
from vtour.synthetic.geometry import moved
from vtour.synthetic.images import photo_of
from vtour.synthetic.options import Size, SyntheticOptions, plan_of
from vtour.synthetic.render import Scene
from vtour.synthetic.survey import survey_cameras
from vtour.synthetic.truth import Truth

PINHOLE = Lens("test", 100, 100, 100.0, (50.0, 50.0), (0.0, 0.0))


def test_projection_by_hand() -> None:
    # At (0, 2, 5) looking north: 1 m to the east and 1 m up in 5 m is 20 px right and up.
    camera = Camera("", PINHOLE, looking_at([0, 2, 5], [0, 2, 0]), np.array([0.0, 2, 5]))
    assert camera.pixels_from_world([1, 3, 0])[0] == pytest.approx([70, 30])
    assert np.isnan(camera.pixels_from_world([1, 3, 9])).all()


def test_distortion_by_hand() -> None:
    # r2 = 0.2^2 + 0.1^2 = 0.05; 1 - 0.1 * 0.05 + 0.02 * 0.0025 = 0.99505.
    lens = Lens("test", 100, 100, 100.0, (50.0, 50.0), (-0.1, 0.02))
    pixels = lens.pixels_from_cam(np.array([[0.4, 0.2, 2.0]]))
    assert pixels[0] == pytest.approx([50 + 20 * 0.99505, 50 + 10 * 0.99505])


def test_rays_undo_the_distortion() -> None:
    lens = Lens("test", 80, 60, 63.0, (40.3, 29.8), (-0.048, 0.011))
    pixels = pixel_grid(80, 60)
    assert np.abs(lens.pixels_from_cam(lens.rays_from_pixels(pixels)) - pixels).max() < 1e-6


def test_roll_turns_the_camera_clockwise() -> None:
    # Looking north with a quarter turn: the image's right is the world's down.
    rotation = looking_at([0, 0, 0], [0, 0, -1], roll_deg=90)
    assert rotation[:, 0] == pytest.approx([0, -1, 0])


def target_named(site: Site, label: str) -> Target:
    return next(target for target in site.targets if target.label == label)


def test_photo_shows_the_target_where_it_projects(scene: Scene, site: Site) -> None:
    target = target_named(site, "P1")  # faces south, on the pedestal
    centre = moved(target.centre, 0.3, 0.2, 1.5)
    lens = Lens("test", 120, 90, 150.0, (60.5, 44.0), (-0.05, 0.01))
    camera = Camera("", lens, looking_at(centre, moved(target.centre, 0.2, 0.1, 0.0), 5.0), centre)
    image, distances = photo_of(scene, camera, np.random.default_rng(0), exposure_ev=0.0)

    x, y = camera.pixels_from_world(target.centre)[0]
    column, row = int(x), int(y)
    assert distances[row, column] == pytest.approx(np.linalg.norm(centre - target.centre), abs=0.01)
    # 0.05 m to each corner: white where right and up agree, black where they do not.
    tones = {}
    for right in (-0.05, 0.05):
        for up in (-0.05, 0.05):
            u, v = camera.pixels_from_world(moved(target.centre, right, up, 0.0))[0]
            tones[right > 0, up > 0] = image[int(v), int(u)].mean()
    assert min(tones[True, True], tones[False, False]) > 150
    assert max(tones[True, False], tones[False, True]) < 90


def test_target_is_found_in_the_photo_to_a_tenth_of_a_pixel(scene: Scene, site: Site) -> None:
    target = target_named(site, "P1")
    centre = moved(target.centre, -0.4, 0.3, 2.0)
    lens = Lens("test", 240, 180, 260.0, (119.3, 91.1), (-0.05, 0.01))
    camera = Camera("", lens, looking_at(centre, moved(target.centre, 0.3, -0.1, 0.0)), centre)
    image, _ = photo_of(scene, camera, np.random.default_rng(0), exposure_ev=0.0)
    expected = camera.pixels_from_world(target.centre)[0]
    grey = image.mean(2).astype(np.float32)
    # OpenCV counts from the centre of the first pixel.
    start = (np.round(expected) - 0.5).astype(np.float32).reshape(1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    found = cv2.cornerSubPix(grey, start.copy(), (5, 5), (-1, -1), criteria)[0, 0] + 0.5
    assert found == pytest.approx(expected, abs=0.1)


def test_depth_of_the_ground_by_hand(scene: Scene) -> None:
    # Straight down from 4 m above the paving, level within 2 cm, at a place that is free.
    lens = Lens("test", 9, 9, 50.0, (4.5, 4.5), (0.0, 0.0))
    centre = np.array([4.0, 4.0, 3.2])
    down = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    _, distances = photo_of(
        scene, Camera("", lens, down, centre), np.random.default_rng(0), exposure_ev=0.0
    )
    assert distances[4, 4] == pytest.approx(4.0, abs=0.03)


def test_marks_are_near_the_projection_and_in_three_photos(scene: Scene, site: Site) -> None:
    options = SyntheticOptions(size=Size.small)
    cameras = survey_cameras(options, plan_of(options))
    marks = marks_of(scene, site.targets, cameras, seed=0)
    places = {target.label: target.centre for target in site.targets}
    by_file = {camera.file: camera for camera in cameras}
    off = np.array(
        [
            by_file[mark.file].pixels_from_world(places[mark.label])[0] - [mark.x_px, mark.y_px]
            for mark in marks
        ]
    )
    assert np.sqrt((off**2).mean()) == pytest.approx(0.3, abs=0.08)
    labels = [mark.label for mark in marks]
    assert len(set(labels)) >= 6
    assert min(labels.count(label) for label in labels) >= 3


def test_a_target_behind_something_or_seen_from_behind_is_not_marked(
    scene: Scene, site: Site
) -> None:
    target = target_named(site, "P1")
    lens = Lens("test", 400, 300, 300.0, (200.0, 150.0), (0.0, 0.0))

    def marked_from(centre: list[float]) -> bool:
        rotation = looking_at(centre, target.centre)
        return is_marked(scene, target, Camera("", lens, rotation, np.array(centre)))

    x, y, z = target.centre
    assert marked_from([x, y + 0.5, z + 2.0])
    assert not marked_from([x, y + 0.5, z - 3.0])  # behind the pedestal
    assert not marked_from([-0.2, 0.7, 6.5 + z])  # the burner stands between, or too small
    assert not marked_from([x + 2.0, y, z + 0.1])  # too slanted


def test_colmap_reads_the_true_cameras(truth: Truth) -> None:
    model = pycolmap.Reconstruction()
    model.read_text(str(truth.folder / "colmap"))
    images = {f"photos/{image.name}": image for image in model.images.values()}
    assert len(images) == len(truth.cameras)
    for camera in truth.cameras:
        image = images[camera.file]
        assert image.projection_center() == pytest.approx(camera.centre, abs=1e-9)
        point = camera.centre + camera.world_from_cam @ [0.3, -0.2, 2.0]
        expected = camera.pixels_from_world(point)[0]
        assert image.project_point(point) == pytest.approx(expected, abs=1e-6)
