"""Masks as people save them: plain, of labels, with alpha, turned; and the ones that do not fit."""

import numpy as np
import pytest
from PIL import Image
from sample_photos import STORED, write_photo

from vtour.capture.inventory import InventoryOptions, list_captures, report_of
from vtour.errors import InputError
from vtour.masks import mask_of, read_mask, read_mask_file
from vtour.workspace import Workspace

QUICK = InventoryOptions(check_overlap=False)
LEFT = np.zeros((480, 640), np.uint8)
LEFT[:, :320] = 255


def write_mask(path, pixels=LEFT, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def listed(captures):
    """The inventory, and a workspace that has it."""
    inventory = list_captures(captures, QUICK)
    work = Workspace(captures.parent / "work", captures)
    work.root.mkdir(exist_ok=True)
    work.inventory.write_text(inventory.model_dump_json())
    return {file.path: file for file in inventory.files}, report_of(inventory), work


@pytest.fixture
def captures(tmp_path):
    write_photo(tmp_path / "captures" / "photos" / "a.jpg")
    return tmp_path / "captures"


@pytest.mark.parametrize("name", ["a.mask.png", "a.jpg.mask.png", "a.MASK.PNG"])
def test_a_mask_is_found_by_either_name(captures, name):
    write_mask(captures / "photos" / name)
    files, report, work = listed(captures)
    mask = files[f"photos/{name}"]
    assert (mask.kind, mask.status, mask.reason) == ("mask", "used", None)
    assert (mask.width_px, mask.height_px) == (640, 480)
    assert report.measures["masks_usable"].value == 1
    assert report.measures["photos_usable"].value == 1
    assert np.array_equal(read_mask(work, files["photos/a.jpg"]), LEFT > 0)


def test_a_photo_without_a_mask(captures):
    files, _, work = listed(captures)
    assert read_mask(work, files["photos/a.jpg"]) is None


def test_the_whole_name_wins(captures):
    write_photo(captures / "photos" / "a.png", seed=1)
    for name in ("a.mask.png", "a.jpg.mask.png"):
        write_mask(captures / "photos" / name)
    files, _, _ = listed(captures)
    assert mask_of(files["photos/a.jpg"], files.values()).path == "photos/a.jpg.mask.png"
    assert mask_of(files["photos/a.png"], files.values()).path == "photos/a.mask.png"


def test_a_mask_of_the_stem_beside_the_only_photo_s_own(captures):
    for name in ("a.mask.png", "a.jpg.mask.png"):
        write_mask(captures / "photos" / name)
    files, _, _ = listed(captures)
    mask = files["photos/a.mask.png"]
    assert (mask.status, mask.reason) == ("ignored", "photos/a.jpg has a mask with its whole name")


@pytest.mark.parametrize(
    ("name", "pixels", "reason"),
    [
        (
            "a.mask.png",
            np.full((240, 320), 255, np.uint8),
            "a mask of 320 x 240 px, expected 640 x 480 px as photos/a.jpg",
        ),
        (  # the photo is stored upright: a mask that is not was made of something else
            "a.mask.png",
            np.full((640, 480), 255, np.uint8),
            "a mask of 480 x 640 px, expected 640 x 480 px as photos/a.jpg",
        ),
        ("b.mask.png", LEFT, "a mask of no photo: expected a photo photos/b.* beside it"),
        ("a.mask.png", 0 * LEFT, "all black: expected white where the photo may be used"),
    ],
)
def test_a_mask_that_cannot_be_used(captures, name, pixels, reason):
    write_mask(captures / "photos" / name, pixels)
    files, report, work = listed(captures)
    mask = files[f"photos/{name}"]
    assert (mask.kind, mask.status, mask.reason) == ("mask", "unusable", reason)
    assert f"photos/{name}: {reason}" in report.warnings
    assert read_mask(work, files["photos/a.jpg"]) is None


def test_a_mask_that_is_no_image(captures):
    (captures / "photos" / "a.mask.png").write_bytes(b"hello")
    files, _, _ = listed(captures)
    mask = files["photos/a.mask.png"]
    assert mask.status == "unusable"
    assert mask.reason.startswith("found text, expected JPEG")


def test_a_truncated_mask(captures):
    path = write_mask(captures / "photos" / "a.mask.png")
    path.write_bytes(path.read_bytes()[:-30])
    files, _, _ = listed(captures)
    mask = files["photos/a.mask.png"]
    assert (mask.status, mask.reason.split(" (")[0]) == ("unusable", "damaged or truncated")


def test_a_mask_of_a_photo_that_is_not_used(captures):
    write_photo(captures / "photos" / "copy of a.jpg")
    write_mask(captures / "photos" / "copy of a.mask.png")
    files, _, _ = listed(captures)
    mask = files["photos/copy of a.mask.png"]
    assert (mask.status, mask.reason) == ("ignored", "its photo photos/copy of a.jpg is not used")


def test_a_mask_that_changed_after_the_inventory(captures):
    path = write_mask(captures / "photos" / "a.mask.png")
    files, _, work = listed(captures)
    write_mask(path, LEFT[:100])
    with pytest.raises(InputError, match=r"a\.mask\.png: a mask of 640 x 100 px, expected"):
        read_mask(work, files["photos/a.jpg"])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_of_a_turned_photo_is_taken_upright(tmp_path, orientation):
    captures = tmp_path / "captures"
    seen = np.zeros((640, 480), np.uint8)
    seen[:200, :100] = 255
    grey = np.ascontiguousarray(STORED[orientation](seen))
    write_photo(captures / "photos" / "a.jpg", grey, orientation=orientation)
    write_mask(captures / "photos" / "a.mask.png", seen)
    files, _, work = listed(captures)
    assert np.array_equal(read_mask(work, files["photos/a.jpg"]), seen > 0)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_with_the_sides_of_the_stored_photo_is_turned_with_it(tmp_path, orientation):
    captures = tmp_path / "captures"
    seen = np.zeros((640, 480), np.uint8)
    seen[:200, :100] = 255
    stored = np.ascontiguousarray(STORED[orientation](seen))
    write_photo(captures / "photos" / "a.jpg", stored, orientation=orientation)
    write_mask(captures / "photos" / "a.mask.png", stored)
    files, _, work = listed(captures)
    assert files["photos/a.mask.png"].status == "used"
    assert np.array_equal(read_mask(work, files["photos/a.jpg"]), seen > 0)


def painted(mode):
    """LEFT as programs save it in one of Pillow's modes."""
    inside = LEFT > 0
    if mode == "RGB":
        return Image.fromarray(np.stack([0 * LEFT, 0 * LEFT, LEFT // 2], axis=2))
    if mode == "RGBA":  # what does not count was erased from a white picture
        return Image.fromarray(np.stack([0 * LEFT + 255] * 3 + [LEFT], axis=2))
    if mode == "LA":
        return Image.fromarray(np.stack([0 * LEFT + 255, LEFT], axis=2), "LA")
    if mode == "P":  # its black has not the number 0
        image = Image.fromarray(np.where(inside, 0, 1).astype(np.uint8), "P")
        image.putpalette([255, 255, 255, 0, 0, 0])
        return image
    if mode == "1":
        return Image.fromarray(inside)
    if mode == "I;16":
        return Image.fromarray(inside.astype(np.uint16))
    return Image.fromarray(inside.astype(np.uint8))  # labels 0 and 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", ["labels", "1", "P", "LA", "RGB", "RGBA", "I;16"])
def test_ways_to_save_a_mask(tmp_path, mode):
    path = tmp_path / "a.mask.png"
    painted(mode).save(path)
    assert np.array_equal(read_mask_file(path), LEFT > 0)


def test_a_whole_name_that_does_not_fit_leaves_its_place_to_the_stem(captures):
    """The photo's suffix sorts after "mask": the stem's mask comes first in the list."""
    write_photo(captures / "photos" / "z.tif", seed=1)
    write_mask(captures / "photos" / "z.mask.png")
    write_mask(captures / "photos" / "z.tif.mask.png", LEFT[:100])
    files, _, _ = listed(captures)
    assert files["photos/z.tif.mask.png"].status == "unusable"
    assert mask_of(files["photos/z.tif"], files.values()).path == "photos/z.mask.png"
