"""Matching, pairs and cameras, on descriptors and photos made here."""

import shutil

import numpy as np
import pycolmap
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from vtour.errors import CaptureError, ResourceError
from vtour.files import file_digest
from vtour.reconstruct.cameras import LensModel, camera_from_group, group_photos, lens_model_for
from vtour.reconstruct.features import (
    FeatureOptions,
    choose_pairs,
    inside_mask,
    match_images,
)
from vtour.reconstruct.pairs import (
    alike_pairs,
    all_pairs,
    gps_pairs,
    sequence_pairs,
    similar_pairs,
)
from vtour.reconstruct.registration import MatchGraph
from vtour.reconstruct.sfm_images import SfmImage
from vtour.reconstruct.sift import extract_sift, largest_keypoints, match_descriptors
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, GpsFix, Inventory
from vtour.workspace import Workspace


def photo(path, **changes):
    given = {"width_px": 320, "height_px": 240, "sha256": path, **changes}
    return CaptureFile(path=path, kind=FileKind.photo, status=FileStatus.used, bytes=1, **given)


def descriptors(rng, count):
    """Random SIFT-like rows: not negative, of norm 512."""
    rows = rng.gamma(0.5, 1.0, (count, 128))
    rows *= 512 / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.rint(np.minimum(rows, 255)).astype(np.uint8)


def brute_force(first, second, ratio=0.8, limit=0.7):
    """Mutual nearest neighbours by angle, the plain way."""
    product = first.astype(float) @ second.astype(float).T / 512**2
    angle = np.arccos(np.minimum(product, 1))

    def best(rows):
        order = np.argsort(rows, axis=1)
        nearest, runner_up = (
            np.take_along_axis(rows, order[:, k : k + 1], 1)[:, 0] for k in (0, 1)
        )
        return order[:, 0], (nearest <= limit) & (nearest < ratio * runner_up)

    (forward, good), (backward, good_back) = best(angle), best(angle.T)
    rows = [(i, j) for i, j in enumerate(forward) if good[i] and good_back[j] and backward[j] == i]
    return np.array(rows).reshape(-1, 2)


def test_matches_are_those_of_brute_force():
    rng = np.random.default_rng(3)
    first = descriptors(rng, 1500)  # more than one tile
    noisy = np.clip(first[:700].astype(int) + rng.integers(-6, 7, (700, 128)), 0, 255)
    second = np.concatenate([descriptors(rng, 400), noisy.astype(np.uint8)])
    found = match_descriptors(first, second)
    assert found.tolist() == brute_force(first, second).tolist()
    assert len(found) > 600
    assert (found[:, 1] - found[:, 0] == 400).all()


@pytest.mark.parametrize("counts", [(0, 5), (1, 5), (5, 1)])
def test_too_few_descriptors_match_nothing(counts):
    rng = np.random.default_rng(0)
    assert match_descriptors(*(descriptors(rng, n) for n in counts)).shape == (0, 2)


def blobs(width=320, height=240, seed=1):
    """A photo of soft spots, (h, w, 3) uint8."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width))
    soft = gaussian_filter(noise, 2.5)
    grey = np.clip(128 + 90 * soft / soft.std() / 2, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def test_keypoints_are_in_pixels_of_the_full_photo():
    image = np.full((200, 300, 3), 60, np.uint8)
    y, x = np.mgrid[:200, :300]
    spot = 150 * np.exp(-((x + 0.5 - 90) ** 2 + (y + 0.5 - 50) ** 2) / (2 * 6.0**2))
    image += spot[:, :, None].astype(np.uint8)  # its middle is at (90, 50), centres at +0.5
    keypoints, _ = extract_sift(image, (600, 400), 100, 0)
    nearest = np.linalg.norm(keypoints[:, :2] - [180, 100], axis=1).min()
    assert nearest < 0.5


def test_the_largest_keypoints_are_kept_in_their_order():
    keypoints = np.array([[0, 0, size, 0] for size in (3.0, 9.0, 1.0, 5.0, 5.0)])
    assert largest_keypoints(keypoints, 3).tolist() == [1, 3, 4]
    assert largest_keypoints(keypoints, 2).tolist() == [1, 3]
    assert largest_keypoints(keypoints, 9).tolist() == [0, 1, 2, 3, 4]


def test_a_pair_that_only_the_later_photo_chose_counts():
    """Photo 2 is most like photo 0, which is more like photo 1."""
    rng = np.random.default_rng(5)
    one, other = descriptors(rng, 60), descriptors(rng, 60)
    coarse = [one, one[:50], np.concatenate([one[:30], other[:20]])]
    assert similar_pairs(coarse, 1) == {(0, 1), (0, 2)}


def test_a_small_photo_is_doubled(tmp_path):
    few, many = (
        build(tmp_path / str(limit), 3, double_up_to_px=limit)[1].measures["keypoints_per_photo"]
        for limit in (0, 1200)
    )
    assert many.value > 1.2 * few.value


def build(root, count, **options):
    """Photos that show the same spots, each moved by 12 px; matched."""
    captures = root / "captures"
    (captures / "photos").mkdir(parents=True)
    wide = blobs(width=320 + 12 * count)
    files = []
    for number in range(count):
        path = f"photos/{number}.png"
        Image.fromarray(wide[:, 12 * number : 12 * number + 320]).save(captures / path)
        files.append(photo(path, camera_group="photos"))
    work = Workspace(root / "work", captures)
    work.root.mkdir()
    inventory = Inventory(site_id="spots", layout="standard", files=files)
    work.inventory.write_text(inventory.model_dump_json())
    return work, match_images(work, work, FeatureOptions(sift_px=320, **options))


def add_mask(work, path, mask):
    """Give a photo a mask, and the inventory its line."""
    name = path.replace(".png", ".mask.png")
    Image.fromarray((255 * mask).astype(np.uint8)).save(work.captures / name)
    line = CaptureFile(path=name, kind=FileKind.mask, status=FileStatus.used, bytes=1, sha256="m")
    inventory = work.files.model_copy(update={"files": [*work.files.files, line]})
    work.inventory.write_text(inventory.model_dump_json())
    return Workspace(work.root, work.captures)


def keypoints_of(work, image_id):
    with pycolmap.Database.open(work.database) as database:
        return database.read_keypoints(image_id)


def test_keypoints_outside_a_mask_are_dropped(tmp_path):
    options = {"max_features": 300, "double_up_to_px": 0}
    work, _ = build(tmp_path, 2, **options)
    whole = keypoints_of(work, 1)
    mask = np.zeros((240, 320), bool)
    mask[:, 60:200] = True
    work = add_mask(work, "photos/0.png", mask)
    match_images(work, work, FeatureOptions(sift_px=320, **options))
    x, before = keypoints_of(work, 1)[:, 0], whole[:, 0]
    assert 60 <= x.min() < 80
    assert 180 < x.max() < 200
    # smaller ones fill the room
    assert ((before >= 60) & (before < 200)).sum() < len(x) == options["max_features"]
    assert len(keypoints_of(work, 2)) == pytest.approx(len(whole), rel=0.2)


def test_the_middle_of_a_keypoint_decides():
    mask = np.zeros((10, 20), bool)
    mask[2:, 10:] = True
    keypoints = np.array([[9.9, 5], [10.0, 5], [15, 1.9], [15, 2.0], [20.0, 10.0]], np.float32)
    descriptors = np.arange(5 * 128).reshape(5, 128).astype(np.uint8)
    kept, described = inside_mask(keypoints, descriptors, mask)
    assert np.array_equal(kept, keypoints[[1, 3, 4]])
    assert np.array_equal(described, descriptors[[1, 3, 4]])


def test_the_database_holds_every_pair_and_nothing_else_is_left(tmp_path):
    work, report = build(tmp_path, 3)
    assert report.measures["pairs_matched"].value == 3
    graph = MatchGraph.read(work.database)
    assert set(graph.keypoints) == {"photos/0.png", "photos/1.png", "photos/2.png"}
    assert graph.is_flat(graph.keypoints)  # moved spots are one plane
    assert [path.name for path in work.features.iterdir()] == ["database.db"]


def test_the_same_bytes_again(tmp_path):
    first, _ = build(tmp_path / "a", 3)
    second, _ = build(tmp_path / "b", 3)
    assert file_digest(first.database) == file_digest(second.database)


def test_features_of_finished_photos_are_kept_for_the_next_run(tmp_path, monkeypatch):
    from vtour.reconstruct import features

    seen = []
    plain = features.features_from_photo

    def counted(work, one, *more):
        seen.append(one.path)
        return plain(work, one, *more)

    monkeypatch.setattr(features, "features_from_photo", counted)
    monkeypatch.setattr(features, "write_database", stop)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, 3)
    assert len(seen) == 3
    monkeypatch.undo()
    monkeypatch.setattr(features, "features_from_photo", counted)
    work = Workspace(tmp_path / "work", tmp_path / "captures")
    match_images(work, work, FeatureOptions(sift_px=320))
    assert len(seen) == 3
    assert work.database.is_file()


def test_a_database_fits_into_the_room_that_it_asks_for(tmp_path, monkeypatch):
    from vtour.reconstruct import features

    asked = []
    monkeypatch.setattr(features, "check_free_disk", lambda _, needed: asked.append(needed))
    work, _ = build(tmp_path, 3)
    assert work.database.stat().st_size < asked[0] < 10 * work.database.stat().st_size


def test_a_disk_without_room_for_the_database_is_one_line(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000))
    with pytest.raises(ResourceError, match="features: disk full, 0 MB free"):
        build(tmp_path, 3)


def test_a_database_that_colmap_cannot_write_is_one_line(tmp_path, monkeypatch):
    def full(_):
        raise RuntimeError("No registered database factory succeeded.")

    monkeypatch.setattr(pycolmap.Database, "open", full)
    with pytest.raises(ResourceError, match=r"cannot be written \(No registered .* disk full"):
        build(tmp_path, 3)


def stop(*_):
    raise KeyboardInterrupt


def test_one_photo_is_too_few(tmp_path):
    with pytest.raises(CaptureError, match="1 usable photos: expected at least 3"):
        build(tmp_path, 1)


def test_pairs_of_a_small_set_are_all():
    assert all_pairs(3) == [(0, 1), (0, 2), (1, 2)]
    images = [SfmImage(f"{n}.jpg", photo=photo(f"{n}.jpg")) for n in range(4)]
    assert choose_pairs(images, [], FeatureOptions()) == all_pairs(4)


def test_pairs_of_a_walk_reach_forward():
    assert sequence_pairs(4, 1) == {(0, 1), (1, 2), (2, 3)}
    assert len(sequence_pairs(4, 9)) == 6


def test_pairs_by_position_are_the_nearest():
    lats = [21.0, 21.1, 21.0001, None, 21.1001]
    fixes = [GpsFix(lat=lat, lon=106.0) if lat else None for lat in lats]
    assert gps_pairs(fixes, 1) == {(0, 2), (1, 4)}
    assert gps_pairs(fixes[:1], 1) == set()


def test_pairs_by_likeness_share_descriptors():
    rng = np.random.default_rng(5)
    one, other = descriptors(rng, 60), descriptors(rng, 60)
    assert similar_pairs([one, other, one, other], 1) == {(0, 2), (1, 3)}


def walk(rng, count, room=20):
    """Coarse features of photos of a walk: each shares half of them with the next."""
    kept = descriptors(rng, room * (count + 1))
    return [kept[room * n : room * (n + 2)] for n in range(count)]


def test_words_find_the_photos_that_share_something():
    coarse = walk(np.random.default_rng(7), 60)
    pairs = alike_pairs(coarse, 6)
    missing = [n for n in range(59) if (n, n + 1) not in pairs]
    assert missing == []
    assert len(pairs) < 60 * 6


def test_a_large_set_is_compared_by_words_first(monkeypatch):
    from vtour.reconstruct import pairs

    coarse = walk(np.random.default_rng(7), 40)
    whole = similar_pairs(coarse, 2)
    compared = []
    monkeypatch.setattr(pairs, "SHORTLIST_FROM", 10)
    monkeypatch.setattr(
        pairs, "match_descriptors", lambda a, b: compared.append(1) or match_descriptors(a, b)
    )
    assert {(n, n + 1) for n in range(39)} <= similar_pairs(coarse, 2) <= whole
    assert len(compared) < 40 * 39 / 2 / 3


def test_photos_without_features_are_alike_to_nobody_in_particular():
    empty = np.empty((0, 128), np.uint8)
    coarse = [*walk(np.random.default_rng(7), 5), empty]
    assert all(0 <= i < j < 6 for i, j in alike_pairs(coarse, 2))


def test_photos_of_a_group_share_a_camera_and_sizes_never_mix():
    photos = [
        photo("b.jpg", camera_group="phone"),
        photo("a.jpg", camera_group="phone"),
        photo("c.jpg", camera_group="phone", width_px=240, height_px=320),
        photo("d.jpg"),
        photo("e.jpg"),
    ]
    groups = [[one.path for one in group] for group in group_photos(photos)]
    assert groups == [["a.jpg", "b.jpg"], ["c.jpg"], ["d.jpg"], ["e.jpg"]]


def test_a_lens_gets_as_many_parameters_as_photos_can_fix():
    known = [photo(f"{n}.jpg", focal_px=300.0) for n in range(10)]
    assert lens_model_for(known, LensModel.auto) is LensModel.opencv
    assert lens_model_for(known[:9], LensModel.auto) is LensModel.simple_radial
    unknown = [photo(f"{n}.jpg") for n in range(10)]
    assert lens_model_for(unknown, LensModel.auto) is LensModel.simple_radial
    assert lens_model_for(known[:1], LensModel.radial) is LensModel.radial


def test_a_camera_starts_at_the_focal_length_of_exif():
    told = camera_from_group([photo("a.jpg", focal_px=310.0)], 7, (320, 240), LensModel.auto)
    assert (told.camera_id, told.mean_focal_length()) == (7, 310.0)
    assert told.has_prior_focal_length
    guessed = camera_from_group([photo("a.jpg")], 1, (320, 240), LensModel.auto)
    assert guessed.mean_focal_length() == pytest.approx(1.2 * 320)
    assert not guessed.has_prior_focal_length
