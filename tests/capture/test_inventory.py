import json
import os
import re
import unicodedata

import numpy as np
import pytest
from PIL import Image
from sample_photos import (
    gpano_xmp,
    texture,
    write_giant,
    write_photo,
    write_sphere,
    write_truncated,
)

from vtour.capture import look
from vtour.capture.inventory import (
    InventoryOptions,
    check_usable,
    list_captures,
    report_of,
    take_inventory,
)
from vtour.errors import CaptureError, InputError
from vtour.files import read_image
from vtour.workspace import Workspace

QUICK = InventoryOptions(check_overlap=False)


def listed(root, options=QUICK):
    return {file.path: file for file in list_captures(root, options).files}


def one(root, name="photos/a.jpg"):
    return listed(root)[name]


def test_a_photo_and_all_that_is_known_of_it(tmp_path):
    write_photo(
        tmp_path / "photos" / "a.jpg", make="DJI", model="FC300S", focal_mm=3.6, focal_35_mm=20,
        taken="2024:05:06 07:08:09",
        gps={1: "N", 2: (21.0, 30.0, 0.0), 3: "E", 4: (106.0, 45.0, 0.0), 5: b"\0", 6: 300.0},
    )  # fmt: skip
    file = one(tmp_path)
    assert (file.kind, file.status, file.reason, file.notes) == ("photo", "used", None, [])
    assert (file.width_px, file.height_px, file.orientation) == (640, 480, 1)
    assert file.camera_group == "photos | DJI FC300S | 640 x 480 px | 3.6 mm"
    assert file.focal_px == pytest.approx(20 * 800 / 43.267, abs=0.01)
    assert (file.gps.lat, file.gps.lon, file.gps.height_m) == (21.5, 106.75, 300.0)
    assert file.taken == "2024-05-06T07:08:09"
    assert file.sharpness > 0.7
    assert file.bytes == (tmp_path / "photos" / "a.jpg").stat().st_size
    assert len(file.sha256) == 64


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_are_those_of_the_upright_image(tmp_path, orientation):
    path = write_photo(tmp_path / "photos" / "a.jpg", orientation=orientation)
    file = one(tmp_path)
    height, width = read_image(path).shape[:2]
    assert (file.width_px, file.height_px) == (width, height)
    assert (width < height) == (orientation >= 5)
    assert file.orientation == orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_measured_is_the_upright_image(tmp_path, orientation):
    from vtour.capture.photos import examine_photo

    path = write_photo(tmp_path / "a.png", orientation=orientation)
    grey = np.asarray(Image.fromarray(read_image(path)).convert("L"))
    assert np.array_equal(examine_photo(path).luma, grey)


def unusable(write):
    def build(tmp_path):
        (tmp_path / "photos").mkdir(parents=True, exist_ok=True)
        write(tmp_path / "photos" / "a.jpg")
        file = one(tmp_path)
        assert file.status == "unusable"
        assert file.kind == "photo"
        return file.reason

    return build


def test_a_truncated_jpeg(tmp_path):
    assert "truncated" in unusable(write_truncated)(tmp_path)


def test_a_jpeg_that_lacks_only_its_last_hundred_bytes(tmp_path):
    def write(path):
        write_photo(path)
        path.write_bytes(path.read_bytes()[:-100])

    assert "truncated" in unusable(write)(tmp_path)


def test_an_empty_file(tmp_path):
    assert unusable(lambda path: path.write_bytes(b""))(tmp_path) == "an empty file"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.7\n", "found PDF, expected JPEG"),
        (b"PK\x03\x04....", "found ZIP, expected JPEG"),
        (b"hello", "found text, expected JPEG"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC: convert it"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "expected JPEG"),
        (b"GIF89a" + b"\0" * 50, "found GIF, expected JPEG"),
    ],
)
def test_a_file_that_lies_about_its_type(tmp_path, data, found):
    assert found in unusable(lambda path: path.write_bytes(data))(tmp_path)


def test_media_are_used_when_a_hotspot_names_them(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    media = tmp_path / "media"
    (media / "old").mkdir(parents=True)
    for name in ("guide.mp3", "guide.vtt", "old/gate.jpg", "spare.jpg", "spare.vtt"):
        (media / name).write_bytes(b"x")
    (media / "silent.mp3").touch()
    (tmp_path / "site.yaml").write_text(
        "id: gate\nhotspots:\n- id: a\n  at: {enu_m: [0, 0, 0]}\n  title: {en: A}\n"
        "  media: [guide.mp3, media/old/gate.jpg, silent.mp3, ../site.yaml, .., /, nothing.png]\n"
    )
    files = listed(tmp_path)
    said = {name: (f.status, f.reason) for name, f in files.items() if f.kind == "media"}
    unnamed = ("ignored", "no hotspot names it")
    assert said == {
        "media/guide.mp3": ("used", None),
        "media/guide.vtt": ("used", None),
        "media/old/gate.jpg": ("used", None),
        "media/silent.mp3": ("unusable", "an empty file"),
        "media/spare.jpg": unnamed,
        "media/spare.vtt": unnamed,
    }


def test_a_giant_by_its_header_is_not_decoded(tmp_path):
    reason = unusable(write_giant)(tmp_path)
    assert "40000 x 25000 px, expected at most" in reason


def test_a_tiny_image(tmp_path):
    write = lambda path: write_photo(path, texture(150, 300))  # noqa: E731
    assert unusable(write)(tmp_path) == "150 x 300 px: expected at least 200 px a side"


def test_a_file_without_permission(tmp_path, monkeypatch):
    write_photo(tmp_path / "photos" / "a.jpg")

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(look, "file_digest", refuse)
    file = one(tmp_path)
    assert (file.status, file.reason) == ("unusable", "cannot be read (Permission denied)")


def test_heic_by_its_suffix_says_how_to_convert(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "IMG 1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    assert "convert it to JPEG" in one(tmp_path, "photos/IMG 1.HEIC").reason


def test_one_bad_photo_does_not_stop_the_others(tmp_path):
    write_truncated(tmp_path / "photos" / "b.jpg")
    for index in range(3):
        write_photo(tmp_path / "photos" / f"c{index}.jpg", seed=index)
    work = Workspace(tmp_path / "work", captures=tmp_path)
    report = take_inventory(work, work, QUICK)
    assert report.measures["photos_usable"].value == 3
    assert report.measures["photos_unusable"].value == 1
    assert any(warning.startswith("photos/b.jpg: damaged") for warning in report.warnings)
    assert len(work.files.usable_photos()) == 3


@pytest.mark.parametrize(
    ("mode", "note"),
    [("L", "grey"), ("RGBA", "alpha"), ("P", "palette"), ("LA", "alpha"), ("I;16", "16-bit")],
)
def test_unusual_pixels_are_converted_and_noted(tmp_path, mode, note):
    (tmp_path / "photos").mkdir()
    image = Image.fromarray(texture())
    if mode == "I;16":
        image = Image.fromarray(texture().astype(np.uint16) * 256)
    else:
        image = image.convert("RGB").convert(mode)
    image.save(tmp_path / "photos" / "a.png")
    file = one(tmp_path, "photos/a.png")
    assert file.status == "used"
    assert note in file.notes[0]
    assert abs(float(read_image(tmp_path / "photos" / "a.png").mean()) - texture().mean()) < 3


def test_damaged_exif_does_not_cost_the_photo(tmp_path):
    path = write_photo(tmp_path / "a.jpg", make="Maker of cameras", model="Model 1000")
    data = path.read_bytes()
    at = data.index(b"Exif\0\0") + 6 + 8 + 2 + 4  # the count of the first tag
    path.write_bytes(data[:at] + b"\xff\xff\xff\x0f" + data[at + 4 :])
    file = one(tmp_path, "a.jpg")
    assert (file.status, file.camera) == ("used", None)
    assert file.notes == ["EXIF is damaged: not used"]


def test_cmyk_is_noted(tmp_path):
    (tmp_path / "photos").mkdir()
    Image.fromarray(texture()).convert("CMYK").save(tmp_path / "photos" / "a.jpg")
    assert "CMYK" in one(tmp_path).notes[0]


def test_a_png_called_jpg_is_used_and_noted(tmp_path):
    write_photo(tmp_path / "a.png")
    (tmp_path / "photos").mkdir()
    (tmp_path / "a.png").rename(tmp_path / "photos" / "a.jpg")
    file = one(tmp_path)
    assert (file.status, file.notes) == ("used", ["is a PNG, whatever its name says"])


def test_a_multi_picture_file_is_a_photo(tmp_path):
    (tmp_path / "photos").mkdir()
    first, second = (
        Image.fromarray(texture(w, h)).convert("RGB") for w, h in ((640, 480), (160, 120))
    )
    first.save(tmp_path / "photos" / "a.jpg", "MPO", save_all=True, append_images=[second])
    file = one(tmp_path)
    assert (file.status, file.notes, file.width_px) == ("used", [], 640)


def test_a_sphere_among_photos_is_a_panorama(tmp_path):
    write_sphere(tmp_path / "photos" / "a.jpg", xmp=gpano_xmp(ProjectionType="equirectangular"))
    file = one(tmp_path)
    assert (file.kind, file.status, file.reason) == ("panorama", "used", None)
    assert file.gpano == {"ProjectionType": "equirectangular"}
    assert file.notes == ["small: 512 x 256 px", "a sphere by its GPano: taken as a panorama"]


def test_names_with_spaces_and_marks(tmp_path):
    names = ["ảnh số 1.jpg", unicodedata.normalize("NFD", "đền.jpg"), "照片 #2 100%.JPG"]
    for index, name in enumerate(names):
        write_photo(tmp_path / "ảnh" / "photos" / name, seed=index)
    inventory = list_captures(tmp_path / "ảnh", QUICK)
    assert {file.path for file in inventory.usable_photos()} == {f"photos/{name}" for name in names}
    work = Workspace(tmp_path / "work", captures=tmp_path / "ảnh")
    assert all(work.capture_path(file).is_file() for file in inventory.files)
    assert inventory.site_id == "anh"


def test_names_that_other_systems_take_for_one(tmp_path):
    write_photo(tmp_path / "photos" / unicodedata.normalize("NFC", "đền.jpg"))
    write_photo(tmp_path / "photos" / unicodedata.normalize("NFD", "ĐỀN.JPG"), seed=1)
    if len(list((tmp_path / "photos").iterdir())) < 2:
        pytest.skip("this file system takes the two for one")
    assert any("rename one" in text for text in list_captures(tmp_path, QUICK).warnings)


def test_repeats(tmp_path):
    path = write_photo(tmp_path / "photos" / "a.jpg")
    (tmp_path / "photos" / "b.jpg").write_bytes(path.read_bytes())
    write_photo(tmp_path / "photos" / "c.jpg", quality=60)
    write_photo(tmp_path / "photos" / "d.jpg", seed=5)
    files = listed(tmp_path)
    same = files["photos/b.jpg"]
    assert (same.status, same.duplicate_of) == ("ignored", "photos/a.jpg")
    assert files["photos/c.jpg"].status == "used"
    assert files["photos/c.jpg"].notes == ["almost the same picture as photos/a.jpg"]
    assert files["photos/d.jpg"].notes == []


def test_blur_is_noted_and_counted(tmp_path):
    import cv2

    write_photo(tmp_path / "photos" / "a.jpg", cv2.GaussianBlur(texture(), (0, 0), 3))
    inventory = list_captures(tmp_path, QUICK)
    assert inventory.files[0].notes[0].startswith("blurred: sharpness 0.")
    assert report_of(inventory).measures["photos_blurred"].value == 1


def test_photos_that_do_not_overlap(tmp_path):
    wall, other = texture(1200, 480, seed=1), texture(1200, 480, seed=2)
    for index, x in enumerate((0, 180, 360)):
        write_photo(tmp_path / f"a{index}.jpg", wall[:, x : x + 640])
        write_photo(tmp_path / f"b{index}.jpg", other[:, x : x + 640])
    inventory = list_captures(tmp_path)
    assert "2 groups that do not overlap, the largest has 3 of 6" in inventory.warnings[0]
    assert inventory.expected_overlap == pytest.approx(0.72, abs=0.07)


def test_the_same_captures_give_the_same_bytes(tmp_path, monkeypatch):
    for index in range(4):
        write_photo(tmp_path / "photos" / f"{index}.jpg", texture(seed=index))
    texts = []
    for cores in (1, 5):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        work = Workspace(tmp_path / f"work{cores}", captures=tmp_path)
        out = Workspace(tmp_path / "out" / str(cores))
        take_inventory(work, out, progress=lambda share, note="": None)
        texts.append(out.inventory.read_bytes())
        (tmp_path / "out").rename(tmp_path.parent / f"{tmp_path.name}-out{cores}")
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0].decode()


def test_the_id_comes_from_site_yaml(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    (tmp_path / "site.yaml").write_text("id: tam-thanh\n")
    assert list_captures(tmp_path, QUICK).site_id == "tam-thanh"


def test_two_site_files_are_one_too_many(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    for name, site_id in (("site.yaml", "one"), ("Site.yaml", "two")):
        (tmp_path / name).write_text(f"id: {site_id}\n")
    with pytest.raises(InputError, match=r": found Site.yaml, site.yaml, expected only one$"):
        take_inventory(Workspace(tmp_path / "work", tmp_path), Workspace(tmp_path / "out"))


def test_a_bad_site_yaml_stops_a_build_but_not_an_inspection(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    (tmp_path / "site.yaml").write_text("id: Tam Thanh\n")
    file = one(tmp_path, "site.yaml")
    assert file.status == "unusable"
    work = Workspace(tmp_path / "w", captures=tmp_path)
    with pytest.raises(InputError, match=r"site\.yaml:1:5: id: found 'Tam Thanh', expected"):
        take_inventory(work, work, QUICK)
    assert not work.inventory.exists()


def refused(root):
    with pytest.raises(CaptureError) as caught:
        check_usable(root, list_captures(root, QUICK))
    return str(caught.value)


def test_nothing_usable_is_refused_with_the_reasons(tmp_path):
    assert "no captures among 0 files" in refused(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    assert "no captures among 1 files" in refused(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"%PDF")
    assert "1 unusable (photos/a.jpg: found PDF" in refused(tmp_path)
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "s.e57").write_bytes(b"ASTM-E57")
    message = refused(tmp_path)
    assert "scans/s.e57: damaged E57 file" in message
    assert "\n" not in message


def test_without_captures_it_says_so(tmp_path):
    work = Workspace(tmp_path)
    with pytest.raises(InputError, match="captures folder is not known"):
        take_inventory(work, work)
    with pytest.raises(InputError, match="not found, expected a folder"):
        take_inventory(Workspace(tmp_path, captures=tmp_path / "no"), work)


def test_what_a_build_should_know(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    warnings = " / ".join(list_captures(tmp_path, QUICK).warnings)
    assert "1 usable photos: expected at least 3" in warnings
    assert "photos/a.jpg: no focal length in EXIF" in warnings
    assert "scale unknown" in warnings


def test_the_file_is_json_with_unicode_names(tmp_path):
    write_photo(tmp_path / "photos" / "đền.jpg")
    work = Workspace(tmp_path / "w", captures=tmp_path)
    take_inventory(work, work, QUICK)
    assert "đền" in work.inventory.read_text(encoding="utf-8")
    assert json.loads(work.inventory.read_text())["layout"] == "standard"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("control.csv", "label,x,y,z,role\n", "control.csv: no crs"),
        ("marks.csv", "label,file,x_px,y_px\nA,b.jpg,1,1\n", "'b.jpg' not found among"),
        ("gcp_list.txt", "EPSG:32648\n1 2 3 4 5 b.jpg\n", "'b.jpg' not found among"),
        ("scalebars.csv", "from,to,length_m\nA,B,0\n", "length_m 0, expected more than 0"),
        ("privacy.yaml", "remove: [face]\n", r"privacy.yaml:1:10: remove[0]: found 'face'"),
    ],
)
def test_a_bad_table_is_found_on_site_and_stops_a_build_at_once(tmp_path, name, text, said):
    write_photo(tmp_path / "photos" / "a.jpg")
    (tmp_path / name).write_text(text)
    assert said in one(tmp_path, name).reason
    work = Workspace(tmp_path / "w", captures=tmp_path)
    with pytest.raises(InputError, match=re.escape(said)):
        take_inventory(work, work, QUICK)


def test_control_csv_goes_before_a_list_of_odm(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    (tmp_path / "gcp_list.txt").write_text("EPSG:32648\n1 2 3 4 5 a.jpg\n")
    assert one(tmp_path, "gcp_list.txt").status == "used"
    (tmp_path / "control.csv").write_text("# crs: enu\nlabel,x,y,z,role\n")
    assert one(tmp_path, "gcp_list.txt").status == "used"  # nothing says where photos show control
    (tmp_path / "marks.csv").write_text("label,file,x_px,y_px\n")
    assert one(tmp_path, "gcp_list.txt").reason == "control.csv is there, too, and is used"


def test_what_privacy_yaml_points_at_is_looked_for(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    box = "y_px: 1, width_px: 9, height_px: 9}"
    (tmp_path / "privacy.yaml").write_text(
        f"add:\n- {{file: photos/aa.jpg, x_px: 1, {box}\n"
        f"- {{file: photos/a.jpg, x_px: 9999, {box}\n"
        f"- {{file: photos/a.jpg, x_px: 1, {box}\n- {{file: stitched/yard.jpg, x_px: 1, {box}\n"
    )
    told = [text for text in list_captures(tmp_path, QUICK).warnings if "privacy.yaml" in text]
    assert len(told) == 2
    assert "add[0]: file 'photos/aa.jpg' not found; did you mean 'photos/a.jpg'?" in told[0]
    assert "add[1]: box at 9999, 1, expected it inside of photos/a.jpg" in told[1]


def test_what_site_yaml_points_at_is_looked_for(tmp_path):
    write_photo(tmp_path / "photos" / "a.jpg")
    size = one(tmp_path, "photos/a.jpg")
    (tmp_path / "site.yaml").write_text(
        "id: a\nname: {vn: Tam Thanh}\nhotspots:\n"
        "- {id: x, title: {vi: X}, at: {photo: b.jpg, x_px: 1, y_px: 1}}\n"
        "- {id: y, title: {vi: Y}, at: {photo: a.jpg, x_px: 9999, y_px: 1}, media: [c.jpg]}\n"
        "- {id: z, title: {vi: Z}, at: {photo: a.jpg, x_px: 1, y_px: 1}}\n"
    )
    told = [text for text in list_captures(tmp_path, QUICK).warnings if "site.yaml" in text]
    assert len(told) == 4
    assert told[0].startswith("site.yaml: language 'vn'")
    assert "hotspot 'x': photo 'b.jpg' not found" in told[1]
    assert f"pixel 9999, 1, expected one inside of photos/a.jpg, {size.width_px} x" in told[2]
    assert "hotspot 'y': media 'c.jpg' not found, expected it in media/" in told[3]


def test_a_thousand_photos_of_which_five_are_usable(tmp_path):
    for number in range(5):
        write_photo(tmp_path / "photos" / f"good {number}.jpg", seed=number)
    whole = (tmp_path / "photos" / "good 0.jpg").read_bytes()
    for number in range(995):
        broken = whole[: 3000 + number]
        (tmp_path / "photos" / f"broken {number:03}.jpg").write_bytes(broken)
    inventory = list_captures(tmp_path, QUICK)
    assert len(inventory.usable_photos()) == 5
    check_usable(tmp_path, inventory)

    for number in range(5):
        (tmp_path / "photos" / f"good {number}.jpg").unlink()
    with pytest.raises(CaptureError) as error:
        check_usable(tmp_path, list_captures(tmp_path, QUICK))
    message = str(error.value)
    assert "found 995 unusable (photos/broken 000.jpg: damaged or truncated" in message
    assert "\n" not in message
    assert len(message.removeprefix(str(tmp_path))) < 450
