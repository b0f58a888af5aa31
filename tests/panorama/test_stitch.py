"""Whole sets to spheres: photos taken in code of a textured sphere."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.panorama.rooms import LENS, photo_of, texture_sphere, write_photo, write_ring
from vtour.errors import CaptureError
from vtour.gpano import read_gpano, sphere_area
from vtour.panorama.stitch import StitchOptions, stitch_photos, stitch_sets
from vtour.panorama_sources import panorama_sources
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.workspace import Workspace

OPTIONS = StitchOptions(feature_px=400, features=1200)
ALL_ROUND = [
    *[(45 * n, 2 * (-1) ** n, 0.4 * (-1) ** n) for n in range(8)],
    *[(60 * n, 52, 0) for n in range(6)],
    *[(60 * n, -52, 0) for n in range(6)],
]


@pytest.fixture(scope="module")
def sphere():
    return texture_sphere()


@pytest.fixture(scope="module")
def ring(tmp_path_factory, sphere):
    folder = tmp_path_factory.mktemp("ring")
    gains = [1 + 0.08 * (-1) ** (n // 2) for n in range(len(ALL_ROUND))]
    return write_ring(folder / "san", sphere, ALL_ROUND, gains=gains)


@pytest.fixture(scope="module")
def whole(ring, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "san.jpg"
    return stitch_photos(ring, path, OPTIONS), path


def test_every_photo_fits_and_the_lens_is_found(whole):
    done, _ = whole
    assert len(done.photos_used) == 20
    assert done.photos_left_out == {}
    assert done.residual_px < 0.5
    assert done.focal_px == pytest.approx(190, rel=0.005)


def test_the_sphere_is_the_one_that_was_photographed(whole, sphere):
    _, path = whole
    with Image.open(path) as image:
        made = np.asarray(image.convert("RGB")).astype(float)
    shape = made.shape[1], made.shape[0]
    true = np.asarray(Image.fromarray(sphere).resize(shape, Image.Resampling.BOX)).astype(float)
    middle = slice(made.shape[0] // 6, -made.shape[0] // 6)
    made, true = made[middle], true[middle]
    true *= made.mean() / true.mean()
    assert np.median(np.abs(made - true)) < 6
    shifted = np.abs(made - np.roll(true, 4, axis=1))
    assert np.median(shifted) > 1.5 * np.median(np.abs(made - true))


def test_left_and_right_edge_meet(whole):
    _, path = whole
    with Image.open(path) as image:
        made = np.asarray(image.convert("RGB")).astype(float)
    across = np.abs(made[:, 0] - made[:, -1]).mean()
    inside = np.abs(np.diff(made, axis=1)).mean()
    assert across < 1.6 * inside


def test_its_packet_is_read_back(whole):
    done, path = whole
    with Image.open(path) as image:
        gpano = read_gpano(image)
        assert (image.width, image.height) == (done.width_px, done.height_px)
        assert image.width == 2 * image.height
    assert gpano == done.gpano
    assert gpano["ProjectionType"] == "equirectangular"
    assert gpano["FullPanoWidthPixels"] == done.width_px


def test_same_photos_same_bytes(ring, whole, tmp_path):
    stitch_photos(ring, tmp_path / "again.jpg", OPTIONS)
    assert (tmp_path / "again.jpg").read_bytes() == whole[1].read_bytes()


def test_some_photos_give_a_cropped_sphere(ring, tmp_path, sphere):
    done = stitch_photos(ring[:3], tmp_path / "part.jpg", OPTIONS)
    assert done.width_px < done.full_width_px / 1.5
    left = done.gpano["CroppedAreaLeftPixels"]
    # First photo at the middle, two more to its right, each half 43 degrees wide.
    start, end = (
        left / done.full_width_px * 360 - 180,
        (left + done.width_px) / done.full_width_px * 360 - 180,
    )
    assert start == pytest.approx(-43.5, abs=3)
    assert end == pytest.approx(90 + 43.5, abs=3)


def test_a_sweep_over_the_edge_is_turned_to_its_middle(tmp_path, sphere):
    """From 0 to 200 degrees with the first photo ahead: 20 degrees and half a photo too far."""
    photos = write_ring(tmp_path / "quet", sphere, [(40 * n, 0, 0) for n in range(6)])
    done = stitch_photos(photos, tmp_path / "sweep.jpg", OPTIONS)
    area = sphere_area(done.width_px, done.height_px, done.gpano)
    # 100 degrees is the middle; half of the sweep is 100 + 43.5 degrees.
    assert area.left / area.full_width * 360 - 180 == pytest.approx(-143.5, abs=3)
    assert (area.left + area.width) / area.full_width * 360 - 180 == pytest.approx(143.5, abs=3)
    assert done.covered > 0.9
    with Image.open(tmp_path / "sweep.jpg") as image:
        assert read_gpano(image) == done.gpano


def test_a_strange_photo_is_named_and_left_out(ring, tmp_path):
    strange = photo_of(texture_sphere(seed=9), LENS, np.eye(3))
    photos = [*ring[:4], write_photo(tmp_path / "khac.jpg", strange)]
    done = stitch_photos(photos, tmp_path / "part.jpg", OPTIONS)
    assert list(done.photos_left_out) == ["khac.jpg"]
    assert "overlap" in done.photos_left_out["khac.jpg"]


def test_one_picture_twice_is_used_once(ring, tmp_path):
    with Image.open(ring[1].path) as image:
        again = write_photo(tmp_path / "again.jpg", np.asarray(image), focal_px=180.0)
    done = stitch_photos([*ring[:3], again], tmp_path / "part.jpg", OPTIONS)
    assert done.photos_left_out == {
        "again.jpg": "shows the same picture as IMG_01.jpg, which is used"
    }


def test_photos_without_overlap_are_one_line(ring, tmp_path):
    apart = [ring[0], ring[3], ring[5]]
    with pytest.raises(CaptureError, match="3 photos, no two of them overlap"):
        stitch_photos(apart, tmp_path / "part.jpg", OPTIONS)
    assert list(tmp_path.iterdir()) == []


def test_one_photo_shown_twice_alone_is_one_line(ring, tmp_path):
    with pytest.raises(CaptureError, match="all show one picture"):
        stitch_photos([ring[0], replace(ring[0], name="b.jpg")], tmp_path / "x.jpg", OPTIONS)


def work_of_sets(tmp_path, sets):
    """A work folder whose captures hold files, given as {set: {name: bytes}}."""
    captures, work = tmp_path / "captures", tmp_path / "work"
    files = []
    for folder, contents in sets.items():
        for name, data in contents.items():
            path = captures / "panoramas" / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            files.append(
                CaptureFile(
                    path=path.relative_to(captures).as_posix(), kind=FileKind.panorama_set,
                    status=FileStatus.used, bytes=1, sha256="", focal_px=180.0,
                )
            )  # fmt: skip
    listing = Inventory(site_id="x", layout="standard", files=files)
    work.mkdir()
    (work / "inventory.json").write_text(listing.model_dump_json())
    return Workspace(work, captures)


def test_the_stage_lists_what_it_made(ring, tmp_path):
    photos = {photo.name: photo.path.read_bytes() for photo in ring[:3]}
    place = work_of_sets(tmp_path, {"Sân Đông": photos})
    report = stitch_sets(place, place, OPTIONS)
    assert report.measures["panoramas_stitched"].value == 1
    assert report.measures["stitch_photos_used"].value == 3
    (source,) = panorama_sources(place)
    assert source.id == "san-dong"
    assert source.path.is_file()
    found = json.loads((place.root / "stitched" / "stitched.json").read_text())["panoramas"][0]
    assert found["photos_used"] == ["IMG_00.jpg", "IMG_01.jpg", "IMG_02.jpg"]


def test_a_set_that_cannot_be_used_is_a_warning_with_its_name(ring, tmp_path):
    photo = ring[0].path.read_bytes()
    sets = {
        "alone": {"front_1.jpg": photo, "back_1.jpg": photo, "front_2.jpg": photo},
        "cut": {"a.jpg": photo[: len(photo) // 2], "b.jpg": photo[: len(photo) // 3]},
        "good": {photo.name: photo.path.read_bytes() for photo in ring[:2]},
        "lens": {"front.jpg": photo, "back.jpg": photo, "lens.txt": b"ZOOM: 3"},
        "text": {"a.jpg": b"hello", "b.jpg": b"hello"},
    }
    place = work_of_sets(tmp_path, sets)
    report = stitch_sets(place, place, OPTIONS)
    assert report.measures["panoramas_stitched"].value == 1
    told = dict(zip(("alone", "text", "cut", "lens"), report.warnings, strict=True))
    assert all(text.startswith("not stitched: ") for text in told.values())
    assert "alone: front_2.jpg has no back" in told["alone"]
    assert "panoramas/text: a.jpg" in told["text"]
    assert "panoramas/cut: a.jpg: damaged or truncated" in told["cut"]
    assert "panoramas/lens: lens.txt" in told["lens"]


def test_bad_sets_do_not_stop_a_site_that_has_other_panoramas(ring, tmp_path):
    photo = ring[0].path.read_bytes()
    place = work_of_sets(tmp_path, {"text": {"a.jpg": b"hello", "b.jpg": b"hello"}})
    with pytest.raises(CaptureError, match=r"panoramas/text: a\.jpg"):
        stitch_sets(place, place, OPTIONS)
    files = place.files
    files.files.append(
        CaptureFile(path="panoramas/gate.jpg", kind=FileKind.panorama, status=FileStatus.used,
                    bytes=len(photo), sha256="0")
    )  # fmt: skip
    report = stitch_sets(place, place, OPTIONS)
    assert len(report.warnings) == 1
    assert report.measures["panoramas_stitched"].value == 0


def test_no_sets_no_panoramas(tmp_path):
    listing = Inventory(site_id="x", layout="standard", files=[])
    (tmp_path / "inventory.json").write_text(listing.model_dump_json())
    place = Workspace(tmp_path, tmp_path)
    assert stitch_sets(place, place).measures["panoramas_stitched"].value == 0
