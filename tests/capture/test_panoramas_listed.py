"""Panoramas and sets to stitch in the inventory: what is used, what is not and why."""

import numpy as np
import pytest
from PIL import Image
from sample_photos import gpano_xmp, texture, write_giant, write_photo, write_sphere

from vtour.capture.inventory import InventoryOptions, list_captures, report_of, take_inventory
from vtour.errors import CaptureError
from vtour.workspace import Workspace

QUICK = InventoryOptions(check_overlap=False)
WIDTH, HEIGHT = 512, 256


def crop(**changes):
    return gpano_xmp(
        **{
            "ProjectionType": "equirectangular",
            "FullPanoWidthPixels": 512, "FullPanoHeightPixels": 256,
            "CroppedAreaImageWidthPixels": 512, "CroppedAreaImageHeightPixels": 220,
            "CroppedAreaLeftPixels": 0, "CroppedAreaTopPixels": 20, "PoseHeadingDegrees": 285,
        }
        | changes
    )  # fmt: skip


def listed(root):
    return {file.path: file for file in list_captures(root, QUICK).files}


def taken(captures):
    work = Workspace(captures.parent / "work", captures=captures)
    report = take_inventory(work, work, QUICK)
    return Workspace(work.root, captures=captures), report


def test_panoramas_alone_are_enough(tmp_path):
    captures = tmp_path / "captures"
    write_sphere(captures / "panoramas" / "a.jpg", gps={1: "N", 2: (21.0, 30.0, 0.0)})
    write_photo(captures / "panoramas" / "part.jpg", texture(512, 220), xmp=crop())
    work, report = taken(captures)
    whole, part = work.files.usable_panoramas()
    assert (whole.path, whole.width_px, whole.gpano) == ("panoramas/a.jpg", 512, None)
    assert part.gpano["PoseHeadingDegrees"] == 285
    assert report.measures["panoramas_usable"].value == 2
    assert report.measures["photos_usable"].value == 0


def test_a_set_holds_photos_and_a_lens_file(tmp_path):
    captures = tmp_path / "captures"
    for name in ("1.jpg", "2.jpg"):
        path = captures / "panoramas" / "gate" / name
        write_photo(path, seed=int(name[0]), focal_mm=4, focal_35_mm=24)
    (captures / "panoramas" / "gate" / "lens.txt").write_text("fov 190")
    (captures / "panoramas" / "gate" / "notes.pdf").write_text("x")
    work, report = taken(captures)
    (files,) = work.files.panorama_sets().values()
    assert [file.path.rpartition("/")[2] for file in files] == ["1.jpg", "2.jpg", "lens.txt"]
    assert files[0].width_px == 640
    assert files[0].focal_px > 0
    assert files[2].width_px is None
    assert report.measures["panorama_sets"].value == 1
    assert listed(captures)["panoramas/gate/notes.pdf"].status == "ignored"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: write_photo(p, texture(512, 250)), "512 x 250 px: not 2:1 and no cropped area"),
        (
            lambda p: write_photo(p, texture(512, 220), xmp=crop(CroppedAreaImageWidthPixels=600)),
            "600 px wide, expected at most the full 512 px",
        ),
        (
            lambda p: write_photo(p, texture(512, 220), xmp=crop(CroppedAreaTopPixels=60)),
            "from 60 to 280 px, expected it inside the full 0 to 256 px",
        ),
        (
            lambda p: write_photo(p, texture(512, 220), xmp=crop(FullPanoHeightPixels=300)),
            "GPano's full size is 512 x 300 px, expected 2:1",
        ),
        (lambda p: write_giant(p, 1_000_000, 500_000), "1000000 x 500000 px, expected at most"),
        (lambda p: write_giant(p, 32769, 16384), "32769 x 16384 px, expected at most 32768 x"),
        (
            lambda p: write_sphere(p, xmp=b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + crop()),
            "XMP with a DOCTYPE or entities, expected none",
        ),
        (
            lambda p: write_sphere(p.with_suffix(".webp"), xmp=b" " * 10_000_000),
            "XMP of 10.0 MB, expected at most 1 MB",
        ),
    ],
)
def test_what_is_set_aside_in_one_line(tmp_path, make, reason):
    (tmp_path / "panoramas").mkdir()
    make(tmp_path / "panoramas" / "a.jpg")
    inventory = list_captures(tmp_path, QUICK)
    (file,) = inventory.files
    assert (file.kind, file.status) == ("panorama", "unusable")
    assert reason in file.reason
    assert "\n" not in file.reason
    report = report_of(inventory)
    assert report.measures["panoramas_unusable"].value == 1
    assert any(reason in warning for warning in report.warnings)


def test_what_is_converted_is_said(tmp_path):
    folder = tmp_path / "panoramas"
    folder.mkdir()
    rgb = np.repeat(texture(WIDTH, HEIGHT)[..., None], 3, axis=2)
    alpha = np.dstack([rgb, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    Image.fromarray(rgb).convert("CMYK").save(folder / "cmyk.jpg")
    Image.fromarray(rgb[..., 0]).save(folder / "grey.jpg")
    Image.fromarray(alpha).save(folder / "alpha.png")
    Image.fromarray(rgb[..., 0].astype(np.uint16) * 257).save(folder / "deep.png")
    notes = {path: file.notes for path, file in listed(tmp_path).items()}
    small = "small: 512 x 256 px"
    assert notes == {
        "panoramas/cmyk.jpg": ["CMYK image: converted to RGB", small],
        "panoramas/grey.jpg": ["grey image: used as grey RGB", small],
        "panoramas/alpha.png": [
            "alpha channel: transparent parts count as not captured", small,
        ],
        "panoramas/deep.png": ["16-bit grey image: used with 8 bits", small],
    }  # fmt: skip


@pytest.mark.parametrize("other", ["sân.png", "sân/1.jpg"])
def test_a_node_id_used_twice(tmp_path, other):
    captures = tmp_path / "captures"
    write_sphere(captures / "panoramas" / "san.jpg")
    write_photo(captures / "panoramas" / other, texture(512, 256, seed=1))
    twice = "node id 'san' is used by panoramas/san.jpg too, rename one of them"
    assert any(twice in warning for warning in list_captures(captures, QUICK).warnings)
    with pytest.raises(CaptureError, match=twice):
        taken(captures)
    assert not (tmp_path / "work").exists()


def test_names_of_nodes_that_lead_to_nowhere_are_told_before_the_build(tmp_path):
    write_sphere(tmp_path / "panoramas" / "Sân trước.jpg")
    (tmp_path / "site.yaml").write_text(
        "id: a\norder: [san-truoc, vuon]\nstart: san-truoc\nlinks: {add: [[san-truoc, san-truc]]}\n"
        "nodes: {Sân trước.jpg: {name: {vi: Sân}}}\n",
        encoding="utf-8",
    )
    told = list_captures(tmp_path, InventoryOptions(check_overlap=False)).warnings
    assert [text for text in told if "nowhere" in text] == [
        "site.yaml: order: 'vuon' leads to nowhere, expected a node: san-truoc",
        "site.yaml: links: 'san-truc' leads to nowhere, did you mean 'san-truoc'?",
    ]
